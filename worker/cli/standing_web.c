/* How things stand, over HTTP: OpenMetrics and the status page. */
#include <inttypes.h>

#include "common/http.h"
#include "worker/cli/standing.h"

/* The counters and gauges that come from the books and the nodes, a row each. */
struct metric {
    const char *name, *type, *help;
    uint64_t (*value)(const struct standing *standing);
};

static uint64_t accepted(const struct standing *standing)
{
    return standing_books(standing).accepted;
}
static uint64_t stored(const struct standing *standing)
{
    return standing_books(standing).stored;
}
static uint64_t duplicate(const struct standing *standing)
{
    return standing_books(standing).duplicate;
}
static uint64_t dead(const struct standing *standing)
{
    return standing_books(standing).dead;
}
static uint64_t refused(const struct standing *standing)
{
    return standing_books(standing).refused;
}
static uint64_t in_flight(const struct standing *standing)
{
    return standing_books(standing).in_flight;
}
static uint64_t restarts(const struct standing *standing)
{
    return standing->restarts;
}
static uint64_t node_up(const struct standing *standing)
{
    return standing->node_count;
}
static uint64_t waiting(const struct standing *standing)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < standing->node_count; i++)
        sum += standing->nodes[i]->waiting;
    return sum;
}
static uint64_t stale(const struct standing *standing)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < standing->node_count; i++)
        sum += standing->nodes[i]->stale;
    return sum;
}
static uint64_t strangers(const struct standing *standing)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < standing->node_count; i++)
        sum += standing->nodes[i]->strangers;
    return sum;
}
static uint64_t deaths(const struct standing *standing)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < standing->node_count; i++)
        sum += standing->nodes[i]->deaths;
    return sum;
}
static uint64_t journal_bytes(const struct standing *standing)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < standing->node_count; i++)
        sum += standing->nodes[i]->journal_bytes;
    return sum;
}

static const struct metric metrics[] = {
    {"newsmill_accepted", "counter", "Articles written to the journal.", accepted},
    {"newsmill_stored", "counter", "Articles committed to PostgreSQL.", stored},
    {"newsmill_duplicate", "counter", "Articles that were known already.", duplicate},
    {"newsmill_dead", "counter", "Articles that could not be processed.", dead},
    {"newsmill_refused", "counter", "Messages refused at the sockets, never accepted.", refused},
    {"newsmill_stale_answers", "counter", "Answers of workers whose lease had ended.", stale},
    {"newsmill_strangers", "counter", "Messages at the work socket that are not ours.", strangers},
    {"newsmill_worker_deaths", "counter", "Workers that died or fell silent.", deaths},
    {"newsmill_worker_restarts", "counter", "Workers started again after they died.", restarts},
    {"newsmill_in_flight", "gauge", "Articles accepted and not yet done.", in_flight},
    {"newsmill_waiting", "gauge", "Articles that wait to be tried again.", waiting},
    {"newsmill_journal_bytes", "gauge", "Disk that the journal takes.", journal_bytes},
    {"newsmill_nodes", "gauge", "Ingest nodes that answer.", node_up},
};

/* Depths and ages by stage. A stage without articles has the age 0. */
static void stage_metrics(const struct standing *standing, struct buffer *out)
{
    struct link_stage stages[STANDING_STAGES_MAX];
    size_t count = standing_stages(standing, stages);
    if (count == 0)
        return;
    buffer_printf(out,
                  "# TYPE newsmill_stage_articles gauge\n"
                  "# HELP newsmill_stage_articles Articles at a stage, by what they wait for.\n");
    for (size_t i = 0; i < count; i++) {
        const uint32_t depths[] = {stages[i].ready, stages[i].leased, stages[i].waiting};
        static const char *const states[] = {"ready", "leased", "retrying"};
        for (size_t k = 0; k < sizeof states / sizeof *states; k++)
            buffer_printf(out, "newsmill_stage_articles{stage=\"%.*s\",state=\"%s\"} %" PRIu32 "\n",
                          (int)stages[i].stage.len, stages[i].stage.data, states[k], depths[k]);
    }
    buffer_printf(out,
                  "# TYPE newsmill_stage_oldest_seconds gauge\n"
                  "# HELP newsmill_stage_oldest_seconds Age of the oldest article at a stage.\n");
    for (size_t i = 0; i < count; i++)
        buffer_printf(out, "newsmill_stage_oldest_seconds{stage=\"%.*s\"} %.3f\n",
                      (int)stages[i].stage.len, stages[i].stage.data,
                      stages[i].oldest_ms == FIELD_NONE ? 0 : (double)stages[i].oldest_ms / 1000);
}

/* One series a place, 1 where it is: to be graphed and alerted on. */
static void bottleneck_metrics(const struct standing *standing, struct buffer *out)
{
    static const char *const places[] = {"producers", "ingest",   "analyze",
                                         "store",     "database", "none"};
    struct slice found = standing_bottleneck(standing).stage;
    if (!found.data)
        return;
    buffer_printf(out, "# TYPE newsmill_bottleneck gauge\n"
                       "# HELP newsmill_bottleneck 1 where the pipeline is held up.\n");
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        buffer_printf(out, "newsmill_bottleneck{stage=\"%s\"} %d\n", places[i],
                      slice_is(found, places[i]));
}

void standing_metrics(const struct standing *standing, struct buffer *out)
{
    static const char *const roles[] = {LINK_ANALYZE, LINK_STORE};
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) {
        const struct metric *metric = &metrics[i];
        /* Without an answer the books are not zero but unknown: no sample rather than a wrong one.
         */
        if (standing->node_count == 0 && metric->value != restarts && metric->value != node_up)
            continue;
        buffer_printf(out, "# TYPE %s %s\n# HELP %s %s\n%s%s %" PRIu64 "\n", metric->name,
                      metric->type, metric->name, metric->help, metric->name,
                      strcmp(metric->type, "counter") == 0 ? "_total" : "",
                      metric->value(standing));
    }
    buffer_printf(out, "# TYPE newsmill_workers gauge\n"
                       "# HELP newsmill_workers Workers that are running.\n");
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        buffer_printf(out, "newsmill_workers{role=\"%s\"} %zu\n", roles[i],
                      standing_workers(standing, roles[i]));
    stage_metrics(standing, out);
    bottleneck_metrics(standing, out);
    buffer_printf(out,
                  "# TYPE newsmill_build info\n# HELP newsmill_build The running program.\n"
                  "newsmill_build_info{version=\"%s\"} 1\n# EOF\n",
                  NEWSMILL_VERSION);
}

static void cell(struct buffer *out, struct slice text)
{
    buffer_printf(out, "<td>");
    http_escape(out, text);
    buffer_printf(out, "</td>");
}

static void worker_row(struct buffer *out, const struct link_worker *worker)
{
    buffer_printf(out, "<tr>");
    cell(out, worker->role);
    cell(out, worker->host);
    buffer_printf(out, "<td>%" PRId64 "</td>", worker->pid);
    cell(out, worker->state);
    buffer_printf(out, "<td>%" PRIu32 "</td><td>%" PRIu64 "</td><td>%" PRIu64 "</td></tr>\n",
                  worker->outstanding, worker->done, worker->failed);
}

static void books_table(struct buffer *out, const struct standing *standing)
{
    struct link_books books = standing_books(standing);
    buffer_printf(out,
                  "<table><tr><th>accepted</th><th>stored</th><th>duplicate</th><th>dead</th>"
                  "<th>in flight</th><th>refused</th></tr>\n<tr><td>%" PRIu64 "</td><td>%" PRIu64
                  "</td><td>%" PRIu64 "</td><td>%" PRIu64 "</td><td>%" PRIu64 "</td><td>%" PRIu64
                  "</td></tr></table>\n<p>The books %s.</p>\n",
                  books.accepted, books.stored, books.duplicate, books.dead, books.in_flight,
                  books.refused,
                  standing_balances(standing) ? "balance" : "<strong>do not balance</strong>");
}

static void workers_table(struct buffer *out, const struct standing *standing)
{
    buffer_printf(out, "<table><tr><th>role</th><th>host</th><th>pid</th><th>state</th>"
                       "<th>holds</th><th>done</th><th>failed</th></tr>\n");
    for (size_t n = 0; n < standing->node_count; n++)
        for (size_t i = 0; i < standing->nodes[n]->workers.count; i++)
            worker_row(out, field_at(standing->nodes[n]->workers, struct link_worker, i));
    buffer_printf(out, "</table>\n");
}

static void bottleneck_line(struct buffer *out, const struct standing *standing)
{
    struct standing_bottleneck found = standing_bottleneck(standing);
    if (!found.stage.data)
        return;
    buffer_printf(out, "<p>Bottleneck: <strong>");
    http_escape(out, found.stage);
    buffer_printf(out, "</strong>. ");
    http_escape(out, found.why);
    buffer_printf(out, "</p>\n");
}

static void stages_table(struct buffer *out, const struct standing *standing)
{
    struct link_stage stages[STANDING_STAGES_MAX];
    size_t count = standing_stages(standing, stages);
    if (count == 0)
        return;
    buffer_printf(out, "<table><tr><th>stage</th><th>queue</th><th>in hands</th><th>retrying</th>"
                       "<th>oldest, s</th><th>articles/s</th></tr>\n");
    for (size_t i = 0; i < count; i++) {
        buffer_printf(out, "<tr>");
        cell(out, stages[i].stage);
        buffer_printf(out,
                      "<td>%" PRIu32 "</td><td>%" PRIu32 "</td><td>%" PRIu32
                      "</td><td>%.1f</td><td>%.1f</td></tr>\n",
                      stages[i].ready, stages[i].leased, stages[i].waiting,
                      stages[i].oldest_ms == FIELD_NONE ? 0 : (double)stages[i].oldest_ms / 1000,
                      stages[i].rate);
    }
    buffer_printf(out, "</table>\n");
}

void standing_page(const struct standing *standing, struct buffer *out)
{
    buffer_printf(
        out,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta http-equiv=\"refresh\" content=\"2\">"
        "<meta name=\"viewport\" content=\"width=device-width\"><title>newsmill</title><style>"
        "body{font:16px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem;"
        "color:#222;background:#fff}table{border-collapse:collapse;margin:1rem 0}"
        "th,td{padding:.3rem .9rem;text-align:right;border-bottom:1px solid #ddd;"
        "font-variant-numeric:tabular-nums}th{font-weight:600}code{background:#f3f3f3;"
        "padding:.1rem .3rem}</style></head><body><h1>newsmill %s</h1>\n",
        NEWSMILL_VERSION);
    if (standing->node_count == 0)
        buffer_printf(out, "<p><strong>Ingest does not answer.</strong></p>\n");
    books_table(out, standing);
    bottleneck_line(out, standing);
    stages_table(out, standing);
    workers_table(out, standing);
    if (standing->database) {
        buffer_printf(out, "<p>Rows are in <code>");
        http_escape(out, slice_from(standing->database));
        buffer_printf(out, "</code>, schema <code>newsmill</code>.</p>\n");
    }
    buffer_printf(out, "<p>For programs: <a href=\"/status\">/status</a>, "
                       "<a href=\"/metrics\">/metrics</a>, <a href=\"/healthz\">/healthz</a>, "
                       "<a href=\"/readyz\">/readyz</a>.</p></body></html>\n");
}
