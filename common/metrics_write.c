/* Metrics as text: OpenMetrics, Prometheus' older format, and the documentation. */
#include <assert.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "common/metrics_state.h"

#define LABELS_BYTES 128
#define NUMBER_BYTES 32
#define NS_PER_S     UINT64_C(1000000000)

enum metrics_format metrics_format_for(const char *accept)
{
    /* Whoever takes anything (curl, browsers) is given what every tool can read. */
    bool text = accept && (strstr(accept, "text/plain") || strstr(accept, "*/*"));
    return text && !strstr(accept, "application/openmetrics-text") ? METRICS_TEXT : METRICS_OPEN;
}

const char *metrics_content_type(enum metrics_format format)
{
    return format == METRICS_OPEN ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                  : "text/plain; version=0.0.4; charset=utf-8";
}

static const char *kind_name(enum metric_kind kind)
{
    static const char *const names[] = {"counter", "gauge", "histogram"};
    return names[kind];
}

static const char *unit_name(enum metric_unit unit)
{
    static const char *const names[] = {NULL, "seconds", "bytes"};
    return names[unit];
}

/* As a decimal fraction without trailing zeros; `point`: with a point in any case, which bounds of
 * buckets have in OpenMetrics. */
static const char *number(enum metric_unit unit, uint64_t value, bool point, char out[NUMBER_BYTES])
{
    if (unit != METRIC_SECONDS) {
        (void)snprintf(out, NUMBER_BYTES, "%" PRIu64 "%s", value, point ? ".0" : "");
        return out;
    }
    int len =
        snprintf(out, NUMBER_BYTES, "%" PRIu64 ".%09" PRIu64, value / NS_PER_S, value % NS_PER_S);
    while (out[len - 1] == '0')
        len--;
    len += out[len - 1] == '.' && point;
    out[out[len - 1] == '.' ? len - 1 : len] = '\0';
    return out;
}

static void write_head(const struct metric *row, enum metrics_format format, struct buffer *out)
{
    const char *total = format == METRICS_TEXT && row->kind == METRIC_COUNTER ? "_total" : "";
    buffer_printf(out, "# TYPE %s%s %s\n", row->name, total, kind_name(row->kind));
    if (format == METRICS_OPEN && unit_name(row->unit))
        buffer_printf(out, "# UNIT %s %s\n", row->name, unit_name(row->unit));
    buffer_printf(out, "# HELP %s%s %s\n", row->name, total, row->help);
}

/* `stage="analyze",state="ready"`; empty without labels. */
static void labels_of(const struct metric *row, size_t series, char out[LABELS_BYTES])
{
    size_t index[METRIC_LABELS] = {series, 0}, used = 0;
    out[0] = '\0';
    if (row->labels[1].name) {
        size_t turns = 0;
        while (row->labels[1].value(turns))
            turns++;
        index[0] = series / turns;
        index[1] = series % turns;
    }
    for (size_t i = 0; i < METRIC_LABELS && row->labels[i].name; i++) {
        int len = snprintf(out + used, LABELS_BYTES - used, "%s%s=\"%s\"", i ? "," : "",
                           row->labels[i].name, row->labels[i].value(index[i]));
        assert(len > 0 && (size_t)len < LABELS_BYTES - used); /* the tables are ours */
        used += (size_t)len;
    }
}

static void write_plain(const struct metric *row, const char *labels, uint64_t value,
                        struct buffer *out)
{
    char text[NUMBER_BYTES];
    buffer_printf(out, "%s%s", row->name, row->kind == METRIC_COUNTER ? "_total" : "");
    if (*labels)
        buffer_printf(out, "{%s}", labels);
    buffer_printf(out, " %s\n", number(row->unit, value, false, text));
}

static void write_histogram(const struct metric *row, const char *labels, const metrics_cell *cells,
                            struct buffer *out)
{
    size_t buckets = metrics_buckets(row);
    const char *comma = *labels ? "," : "";
    char text[NUMBER_BYTES], braces[LABELS_BYTES + 2] = "";
    uint64_t below = 0;
    if (*labels)
        (void)snprintf(braces, sizeof braces, "{%s}", labels);
    for (size_t i = 0; i <= buckets; i++) {
        below += atomic_load_explicit(cells + i, memory_order_relaxed);
        const char *bound = i < buckets ? number(row->unit, row->bounds[i], true, text) : "+Inf";
        buffer_printf(out, "%s_bucket{%s%sle=\"%s\"} %" PRIu64 "\n", row->name, labels, comma,
                      bound, below);
    }
    uint64_t sum = atomic_load_explicit(cells + buckets + 1, memory_order_relaxed);
    buffer_printf(out, "%s_sum%s %s\n%s_count%s %" PRIu64 "\n", row->name, braces,
                  number(row->unit, sum, false, text), row->name, braces, below);
}

static void write_row(const struct metrics *metrics, size_t index, enum metrics_format format,
                      struct buffer *out)
{
    const struct metric *row = &metrics->table->rows[index];
    const metrics_cell *cells = metrics->cells + metrics->at[index];
    bool begun = false;
    char labels[LABELS_BYTES];
    for (size_t i = 0; i < metrics_series(row); i++, cells += metrics_series_cells(row)) {
        uint64_t first = atomic_load_explicit(cells, memory_order_relaxed);
        if (row->kind != METRIC_HISTOGRAM && first == METRIC_UNKNOWN)
            continue;
        if (!begun)
            write_head(row, format, out);
        begun = true;
        labels_of(row, i, labels);
        if (row->kind == METRIC_HISTOGRAM)
            write_histogram(row, labels, cells, out);
        else
            write_plain(row, labels, first, out);
    }
}

void metrics_write(const struct metrics *metrics, enum metrics_format format, struct buffer *out)
{
    for (size_t i = 0; i < metrics->table->count; i++)
        write_row(metrics, i, format, out);
}

static void document_labels(const struct metric *row, struct buffer *out)
{
    for (size_t i = 0; i < METRIC_LABELS && row->labels[i].name; i++) {
        buffer_printf(out, "%s`%s`: ", i ? "; " : "", row->labels[i].name);
        for (size_t k = 0; row->labels[i].value(k); k++)
            buffer_printf(out, "%s%s", k ? ", " : "", row->labels[i].value(k));
    }
}

void metrics_document(const struct metric_table *table, struct buffer *out)
{
    buffer_printf(
        out, "\n## %s\n\n| name | kind | unit | labels | what it says |\n|---|---|---|---|---|\n",
        table->title);
    for (size_t i = 0; i < table->count; i++) {
        const struct metric *row = &table->rows[i];
        const char *unit = unit_name(row->unit);
        buffer_printf(out, "| `%s%s` | %s | %s | ", row->name,
                      row->kind == METRIC_COUNTER ? "_total" : "", kind_name(row->kind),
                      unit ? unit : "");
        document_labels(row, out);
        buffer_printf(out, " | %s |\n", row->help);
    }
}
