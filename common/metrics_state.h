/* The inside of a block of metrics, shared by metrics.c, metrics_share.c and metrics_write.c only.
 */
#ifndef NEWSMILL_COMMON_METRICS_STATE_H
#define NEWSMILL_COMMON_METRICS_STATE_H

#include "common/metrics.h"

/* Written by one thread, read by any process: no number is ever torn. */
typedef _Atomic uint64_t metrics_cell;

struct metrics {
    const struct metric_table *table;
    metrics_cell *cells;
    size_t cell_count;
    void *mapping; /* that the cells lie in, of `mapping_bytes`; NULL: on the heap */
    size_t mapping_bytes;
    size_t at[]; /* where each row begins */
};

/* How many series a row has; how many cells each of them. */
size_t metrics_series(const struct metric *row);
size_t metrics_series_cells(const struct metric *row);
size_t metrics_buckets(const struct metric *row); /* without the one beyond all bounds */

/* A block without cells. NULL without memory. */
struct metrics *metrics_lay_out(const struct metric_table *table);
/* Gives it the memory that was inherited; false when there is none, or it is not for this table. */
bool metrics_inherit(struct metrics *metrics);

#endif
