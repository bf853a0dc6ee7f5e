/* What up shows at /metrics: everything that its workers count, added up by role, and what it
 * counts itself. The names are those of the workers' own ports, so that the same alerts and
 * dashboards serve both. */
#ifndef NEWSMILL_WORKER_CLI_UP_METRICS_H
#define NEWSMILL_WORKER_CLI_UP_METRICS_H

#include "worker/cli/up.h"

extern const struct metric_table up_metrics;

void up_metrics_write(const struct up *up, enum metrics_format format, struct buffer *out);

/* The table of a worker's command; NULL when it counts nothing. */
const struct metric_table *up_metrics_of(enum command_bit bit);

#endif
