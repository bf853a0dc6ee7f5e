/* What a process counts, and how it is written for Prometheus.
 *
 * A table of rows says what there is; names, labels, units and buckets are fixed when the program
 * is built, so that counting is an addition to a number in memory. The numbers of one table are one
 * block of cells:
 *
 *   | row 0, series 0 | row 0, series 1 | … | row 1: bucket 0 … bucket n-1, beyond, sum | … |
 *
 * One process and thread writes a block; others may read it at any time. A block may lie in memory
 * that a supervisor gave to the process, where the supervisor reads along and where the counts
 * outlive the process (metrics_share). */
#ifndef NEWSMILL_COMMON_METRICS_H
#define NEWSMILL_COMMON_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };
/* Times are counted in nanoseconds and written in seconds. */
enum metric_unit { METRIC_COUNT, METRIC_SECONDS, METRIC_BYTES };

/* The value at `index` of a label, or NULL behind the last one. */
typedef const char *metric_value(size_t index);
struct metric_label {
    const char *name; /* NULL: there is no such label */
    metric_value *value;
};
#define METRIC_LABELS 2

/* One row: a family of series, one for each combination of its labels' values; of two labels the
 * second turns faster. */
struct metric {
    const char *name; /* ends in its unit; a counter's without "_total" */
    enum metric_kind kind;
    enum metric_unit unit;
    const char *help;
    struct metric_label labels[METRIC_LABELS];
    const uint64_t *bounds; /* of a histogram: rising, ended by 0 */
};
struct metric_table {
    const char *title; /* of its chapter in the documentation */
    const struct metric *rows;
    size_t count;
};

/* From ten microseconds to a minute, for work; and from five milliseconds to a day, for what
 * an article waits. */
extern const uint64_t metric_work_bounds[], metric_wait_bounds[];
/* 1 to 10,000, for how many. */
extern const uint64_t metric_many_bounds[];

struct metrics;

/* All numbers are 0. In the memory the supervisor gave when it did and this table fits it. NULL
 * without memory. */
struct metrics *metrics_new(const struct metric_table *table);
void metrics_free(struct metrics *metrics);

/* A gauge or counter with this value has no sample: what is not known is not written as zero. */
#define METRIC_UNKNOWN UINT64_MAX

void metrics_add(struct metrics *metrics, size_t row, size_t series, uint64_t more);
void metrics_set(struct metrics *metrics, size_t row, size_t series, uint64_t value);
/* A counter that is counted elsewhere from 0 on: adds what has come since `*last`. */
void metrics_catch_up(struct metrics *metrics, size_t row, size_t series, uint64_t *last,
                      uint64_t now);
/* Counts one observation of a histogram. */
void metrics_observe(struct metrics *metrics, size_t row, size_t series, uint64_t value);
/* Nothing is known of the first `count` rows, of which none may be a histogram. */
void metrics_forget(struct metrics *metrics, size_t count);
/* Whoever set the gauges is gone: they are 0. */
void metrics_rest(struct metrics *metrics);
/* Adds the numbers of a block of the same table. */
void metrics_merge(struct metrics *into, const struct metrics *from);

/* ---- sharing ---- */

/* A supervisor's block for a process it starts: the process finds it as descriptor
 * METRICS_SHARED_FD, which it inherits. NULL, with a descriptor of -1, when there is no memory. */
#define METRICS_SHARED_FD 3
struct metrics *metrics_share(const struct metric_table *table, int *fd);
/* True when a supervisor reads along: gauges are to be set now and then. */
bool metrics_shared(const struct metrics *metrics);

/* ---- writing ---- */

enum metrics_format {
    METRICS_OPEN, /* OpenMetrics 1.0.0 */
    METRICS_TEXT  /* Prometheus' text format 0.0.4, in which counters are named otherwise */
};
/* What to answer to an Accept header: OpenMetrics where it is named, or nothing is said; the text
 * format to who asks for plain text or for anything. */
enum metrics_format metrics_format_for(const char *accept);
const char *metrics_content_type(enum metrics_format format);

void metrics_write(const struct metrics *metrics, enum metrics_format format, struct buffer *out);
/* The program, and what this process uses; then the end. */
void metrics_write_end(enum metrics_format format, struct buffer *out);
/* A chapter of deploy/metrics.md. */
void metrics_document(const struct metric_table *table, struct buffer *out);
/* The last one, about what metrics_write_end() writes. */
void metrics_document_end(struct buffer *out);

#endif
