/* Adding up, and writing. */
#include "worker/cli/up_metrics.h"

#include "worker/analysis/metrics.h"
#include "worker/ingest/metrics.h"
#include "worker/sources/front/metrics.h"
#include "worker/storage/metrics.h"

enum { UP_IS_READY, UP_INGEST_ANSWERS, UP_RESTARTS, UP_METRICS };

static const struct {
    enum command_bit bit;
    const char *name;
    const struct metric_table *table;
} roles[] = {
    {COMMAND_INGEST, "ingest", &ingest_metrics},
    {COMMAND_ANALYZE, "analyze", &analyze_metrics},
    {COMMAND_STORE, "store", &store_metrics},
    {COMMAND_HTTP, "http", &front_metrics},
};
#define ROLES (sizeof roles / sizeof *roles)

static const char *role_name(size_t index)
{
    return index < ROLES ? roles[index].name : NULL;
}

static const struct metric rows[UP_METRICS] = {
    [UP_IS_READY] = {.name = "newsmill_up_ready",
                     .kind = METRIC_GAUGE,
                     .help = "1 while /readyz says ready."},
    [UP_INGEST_ANSWERS] = {.name = "newsmill_up_ingest_answers",
                           .kind = METRIC_GAUGE,
                           .help = "1 while ingest answers; without it nothing is said of what "
                                   "only ingest knows."},
    [UP_RESTARTS] = {.name = "newsmill_up_worker_restarts",
                     .kind = METRIC_COUNTER,
                     .help = "Workers started again after they died.",
                     .labels = {{"role", role_name}}},
};
const struct metric_table up_metrics = {"The supervisor (`newsmill up`)", rows, UP_METRICS};

const struct metric_table *up_metrics_of(enum command_bit bit)
{
    for (size_t i = 0; i < ROLES; i++)
        if (roles[i].bit == bit)
            return roles[i].table;
    return NULL;
}

static bool runs(const struct up *up, enum command_bit bit)
{
    for (size_t i = 0; i < up->child_count; i++)
        if (up->children[i].bit == bit)
            return true;
    return false;
}

/* What all workers of a role have counted together; NULL for a front that nobody wanted. */
static struct metrics *sum(const struct up *up, size_t role)
{
    bool wanted = roles[role].bit != COMMAND_HTTP || runs(up, COMMAND_HTTP);
    struct metrics *metrics = wanted ? metrics_new(roles[role].table) : NULL;
    for (size_t i = 0; metrics && i < up->child_count; i++)
        if (up->children[i].bit == roles[role].bit && up->children[i].metrics)
            metrics_merge(metrics, up->children[i].metrics);
    return metrics;
}

/* One answer of ingest has the books, so that they balance. */
static void set_ingest(const struct up *up, struct metrics *metrics)
{
    struct standing standing = up_standing(up);
    ingest_metrics_set(metrics, standing.node_count > 0 ? standing.nodes[0] : NULL);
}

static void write_own(const struct up *up, enum metrics_format format, struct buffer *out)
{
    struct metrics *metrics = metrics_new(&up_metrics);
    if (!metrics)
        return;
    metrics_set(metrics, UP_IS_READY, 0, !up_missing(up));
    metrics_set(metrics, UP_INGEST_ANSWERS, 0, up_standing(up).node_count > 0);
    for (size_t role = 0; role < ROLES; role++)
        for (size_t i = 0; i < up->child_count; i++)
            if (up->children[i].bit == roles[role].bit)
                metrics_add(metrics, UP_RESTARTS, role, up->children[i].restarts);
    metrics_write(metrics, format, out);
    metrics_free(metrics);
}

void up_metrics_write(const struct up *up, enum metrics_format format, struct buffer *out)
{
    for (size_t role = 0; role < ROLES; role++) {
        struct metrics *metrics = sum(up, role);
        if (metrics && roles[role].bit == COMMAND_INGEST)
            set_ingest(up, metrics);
        if (metrics)
            metrics_write(metrics, format, out);
        metrics_free(metrics);
    }
    write_own(up, format, out);
    metrics_write_end(format, out);
}
