/* What is said of a transaction that was committed: counted, and told of each article. */
#ifndef NEWSMILL_STORAGE_MEASURE_H
#define NEWSMILL_STORAGE_MEASURE_H

#include "worker/storage/batch.h"
#include "worker/storage/latency.h"
#include "worker/storage/metrics.h"

/* "stored", "duplicate", "dead": of a row that is committed. */
const char *measure_outcome(enum row_fate fate);
/* The rows of one transaction, and how long it took. Their deliveries are still there. */
void measure_commit(struct metrics *metrics, struct latency *latency, struct row *const *rows,
                    size_t count, int64_t took_ns);

#endif
