/* The rows of analysis. */
#include "worker/analysis/metrics.h"

#include "worker/analysis/stages.h"

static const char *stage(size_t index)
{
    return index < stage_count ? stages[index].name : NULL;
}

static const struct metric rows[ANALYZE_METRICS] = {
    [ANALYZE_DONE] = {.name = "newsmill_analyze_done",
                      .kind = METRIC_COUNTER,
                      .help = "Articles analysed."},
    [ANALYZE_REFUSED] = {.name = "newsmill_analyze_refused",
                         .kind = METRIC_COUNTER,
                         .help = "Articles refused or put back."},
    [ANALYZE_STALE] = {.name = "newsmill_analyze_stale",
                       .kind = METRIC_COUNTER,
                       .help = "Answers that were dropped because ingest had forgotten the lease."},
    [ANALYZE_HELD] = {.name = "newsmill_analyze_held_articles",
                      .kind = METRIC_GAUGE,
                      .help = "Articles that the worker holds."},
    [ANALYZE_ARTICLE] = {.name = "newsmill_analyze_article_seconds",
                         .kind = METRIC_HISTOGRAM,
                         .unit = METRIC_SECONDS,
                         .help = "Time of one article, from its decoding to its result.",
                         .bounds = metric_work_bounds},
    [ANALYZE_STAGE] = {.name = "newsmill_analyze_stage_seconds",
                       .kind = METRIC_HISTOGRAM,
                       .unit = METRIC_SECONDS,
                       .help = "Time of one article in one stage of the analysis.",
                       .labels = {{"stage", stage}},
                       .bounds = metric_work_bounds},
};
const struct metric_table analyze_metrics = {"Analysis", rows, ANALYZE_METRICS};
