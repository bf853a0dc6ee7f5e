/* What a storage worker counts. */
#ifndef NEWSMILL_STORAGE_METRICS_H
#define NEWSMILL_STORAGE_METRICS_H

#include "common/metrics.h"

enum store_metric {
    STORE_ACCEPT_TO_COMMIT,
    STORE_UNKNOWN_LATENCY,
    STORE_DONE,
    STORE_REFUSED,
    STORE_FAILURES,
    STORE_FOLLOW_FAILURES,
    STORE_STALE,
    STORE_HELD,
    STORE_USABLE,
    STORE_BATCH,
    STORE_BATCH_ARTICLES,
    STORE_METRICS
};
extern const struct metric_table store_metrics;

#endif
