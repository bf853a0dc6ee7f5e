/* What an analysis worker counts. */
#ifndef NEWSMILL_ANALYSIS_METRICS_H
#define NEWSMILL_ANALYSIS_METRICS_H

#include "common/metrics.h"

enum analyze_metric {
    ANALYZE_DONE,
    ANALYZE_REFUSED,
    ANALYZE_STALE,
    ANALYZE_HELD,
    ANALYZE_ARTICLE,
    ANALYZE_STAGE,
    ANALYZE_METRICS
};
extern const struct metric_table analyze_metrics;

#endif
