/* Counting. */
#include "common/metrics.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "common/metrics_state.h"

#define US UINT64_C(1000)
#define MS (1000 * US)
#define S  (1000 * MS)

const uint64_t metric_work_bounds[] = {10 * US,   50 * US,  100 * US, 250 * US, 500 * US, 1 * MS,
                                       2500 * US, 5 * MS,   10 * MS,  25 * MS,  50 * MS,  100 * MS,
                                       250 * MS,  500 * MS, 1 * S,    5 * S,    60 * S,   0};
const uint64_t metric_wait_bounds[] = {5 * MS,   10 * MS, 25 * MS,   50 * MS,  100 * MS,  250 * MS,
                                       500 * MS, 1 * S,   2500 * MS, 5 * S,    10 * S,    30 * S,
                                       60 * S,   300 * S, 1800 * S,  7200 * S, 86400 * S, 0};
const uint64_t metric_many_bounds[] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10000, 0};

static size_t values(const struct metric_label *label)
{
    size_t count = 0;
    if (!label->name)
        return 1;
    while (label->value(count))
        count++;
    return count;
}

size_t metrics_series(const struct metric *row)
{
    size_t count = 1;
    for (size_t i = 0; i < METRIC_LABELS; i++)
        count *= values(&row->labels[i]);
    return count;
}

size_t metrics_buckets(const struct metric *row)
{
    size_t count = 0;
    while (row->bounds[count])
        count++;
    return count;
}

size_t metrics_series_cells(const struct metric *row)
{
    return row->kind == METRIC_HISTOGRAM ? metrics_buckets(row) + 2 : 1;
}

struct metrics *metrics_lay_out(const struct metric_table *table)
{
    struct metrics *metrics = calloc(1, sizeof *metrics + table->count * sizeof *metrics->at);
    if (!metrics)
        return NULL;
    metrics->table = table;
    for (size_t i = 0; i < table->count; i++) {
        metrics->at[i] = metrics->cell_count;
        metrics->cell_count +=
            metrics_series(&table->rows[i]) * metrics_series_cells(&table->rows[i]);
    }
    return metrics;
}

struct metrics *metrics_new(const struct metric_table *table)
{
    struct metrics *metrics = metrics_lay_out(table);
    if (!metrics || metrics_inherit(metrics))
        return metrics;
    metrics->cells = calloc(metrics->cell_count, sizeof *metrics->cells);
    if (metrics->cells)
        return metrics;
    free(metrics);
    return NULL;
}

void metrics_free(struct metrics *metrics)
{
    if (!metrics)
        return;
    if (metrics->mapping)
        (void)munmap(metrics->mapping, metrics->mapping_bytes);
    else
        free(metrics->cells);
    free(metrics);
}

bool metrics_shared(const struct metrics *metrics)
{
    return metrics->mapping;
}

static metrics_cell *cell(const struct metrics *metrics, size_t row, size_t series)
{
    return metrics->cells + metrics->at[row] +
           series * metrics_series_cells(&metrics->table->rows[row]);
}

/* There is one writer: no need to hold others off between reading and writing. */
static void raise(metrics_cell *at, uint64_t more)
{
    atomic_store_explicit(at, atomic_load_explicit(at, memory_order_relaxed) + more,
                          memory_order_relaxed);
}

void metrics_add(struct metrics *metrics, size_t row, size_t series, uint64_t more)
{
    raise(cell(metrics, row, series), more);
}

void metrics_set(struct metrics *metrics, size_t row, size_t series, uint64_t value)
{
    atomic_store_explicit(cell(metrics, row, series), value, memory_order_relaxed);
}

void metrics_catch_up(struct metrics *metrics, size_t row, size_t series, uint64_t *last,
                      uint64_t now)
{
    metrics_add(metrics, row, series, now - *last);
    *last = now;
}

void metrics_observe(struct metrics *metrics, size_t row, size_t series, uint64_t value)
{
    const uint64_t *bounds = metrics->table->rows[row].bounds;
    metrics_cell *at = cell(metrics, row, series);
    size_t i = 0;
    while (bounds[i] && value > bounds[i])
        i++;
    raise(at + i, 1);
    while (bounds[i])
        i++;
    raise(at + i + 1, value);
}

static void set_row(struct metrics *metrics, size_t row, uint64_t value)
{
    for (size_t i = 0; i < metrics_series(&metrics->table->rows[row]); i++)
        metrics_set(metrics, row, i, value);
}

void metrics_forget(struct metrics *metrics, size_t count)
{
    for (size_t row = 0; row < count; row++)
        set_row(metrics, row, METRIC_UNKNOWN);
}

void metrics_rest(struct metrics *metrics)
{
    for (size_t row = 0; row < metrics->table->count; row++)
        if (metrics->table->rows[row].kind == METRIC_GAUGE)
            set_row(metrics, row, 0);
}

void metrics_merge(struct metrics *into, const struct metrics *from)
{
    for (size_t i = 0; i < into->cell_count; i++) {
        uint64_t more = atomic_load_explicit(from->cells + i, memory_order_relaxed);
        uint64_t has = atomic_load_explicit(into->cells + i, memory_order_relaxed);
        if (more == METRIC_UNKNOWN)
            continue;
        atomic_store_explicit(into->cells + i, has == METRIC_UNKNOWN ? more : has + more,
                              memory_order_relaxed);
    }
}
