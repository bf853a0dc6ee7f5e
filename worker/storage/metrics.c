/* The rows of storage. */
#include "worker/storage/metrics.h"

/* In the order of enum row_fate. */
static const char *outcome(size_t index)
{
    static const char *const outcomes[] = {"stored", "duplicate", "dead", NULL};
    return outcomes[index];
}

static const struct metric rows[STORE_METRICS] = {
    [STORE_ACCEPT_TO_COMMIT] = {.name = "newsmill_accept_to_commit_seconds",
                                .kind = METRIC_HISTOGRAM,
                                .unit = METRIC_SECONDS,
                                .help = "From the moment an article was accepted to the commit "
                                        "that finished it; without replays.",
                                .labels = {{"outcome", outcome}},
                                .bounds = metric_wait_bounds},
    [STORE_UNKNOWN_LATENCY] = {.name = "newsmill_accept_to_commit_unknown",
                               .kind = METRIC_COUNTER,
                               .help = "Articles left out there, because a clock was set between "
                                       "the two moments or the hosts' clocks differ."},
    [STORE_DONE] = {.name = "newsmill_store_done",
                    .kind = METRIC_COUNTER,
                    .help = "Articles committed, by what became of them.",
                    .labels = {{"outcome", outcome}}},
    [STORE_REFUSED] = {.name = "newsmill_store_refused",
                       .kind = METRIC_COUNTER,
                       .help = "Articles refused: the database would not take them."},
    [STORE_FAILURES] = {.name = "newsmill_store_failures",
                        .kind = METRIC_COUNTER,
                        .help = "Times the database failed and was tried again."},
    [STORE_FOLLOW_FAILURES] = {.name = "newsmill_store_follow_failures",
                               .kind = METRIC_COUNTER,
                               .help = "Times that what follows a commit (stories) failed and was "
                                       "tried again."},
    [STORE_STALE] = {.name = "newsmill_store_stale",
                     .kind = METRIC_COUNTER,
                     .help = "Answers that were dropped because ingest had forgotten the lease."},
    [STORE_HELD] = {.name = "newsmill_store_held_articles",
                    .kind = METRIC_GAUGE,
                    .help = "Articles that the worker holds."},
    [STORE_USABLE] = {.name = "newsmill_store_database_usable",
                      .kind = METRIC_GAUGE,
                      .help = "Storage workers whose database took the last batch: of one worker, "
                              "0 or 1."},
    [STORE_BATCH] = {.name = "newsmill_store_batch_seconds",
                     .kind = METRIC_HISTOGRAM,
                     .unit = METRIC_SECONDS,
                     .help = "Time of one transaction that was committed.",
                     .bounds = metric_work_bounds},
    [STORE_BATCH_ARTICLES] = {.name = "newsmill_store_batch_articles",
                              .kind = METRIC_HISTOGRAM,
                              .help = "Articles in one transaction that was committed.",
                              .bounds = metric_many_bounds},
};
const struct metric_table store_metrics = {"Storage", rows, STORE_METRICS};
