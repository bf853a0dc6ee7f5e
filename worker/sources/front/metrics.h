/* What the HTTP front counts. */
#ifndef NEWSMILL_SOURCES_FRONT_METRICS_H
#define NEWSMILL_SOURCES_FRONT_METRICS_H

#include "common/metrics.h"

enum front_metric {
    FRONT_REQUESTS,
    FRONT_ARTICLES,
    FRONT_SECONDS,
    FRONT_WAITING,
    FRONT_HELD,
    FRONT_CONNECTED,
    FRONT_METRICS
};
extern const struct metric_table front_metrics;

/* The series of FRONT_REQUESTS for a status of HTTP. */
size_t front_status_series(unsigned status);

#endif
