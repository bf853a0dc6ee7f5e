/* How things stand, as OpenMetrics. */
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
