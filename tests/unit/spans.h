/* Every span of a result is inside the text, ordered, on borders of code points, and its text is
 * its text: whatever list or struct it is in, found by walking the tables of proto/result.c. */
#ifndef NEWSMILL_TESTS_SPANS_H
#define NEWSMILL_TESTS_SPANS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/result.h"

struct spans {
    struct slice text;
    size_t *bytes; /* of each code point and of the end, where it begins */
    size_t points, seen;
    char why[160]; /* what is wrong with the first wrong one; "" nothing */
};

static inline const struct field *spans_field(const struct field_table *table, const char *key,
                                              enum field_type type)
{
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(table->fields[i].key, key) == 0 && table->fields[i].type == type)
            return &table->fields[i];
    return NULL;
}

static inline void spans_look_at(struct spans *spans, const struct field_table *table,
                                 const char *record)
{
    const struct field *from = spans_field(table, "start", FIELD_COUNT);
    const struct field *to = spans_field(table, "end", FIELD_COUNT);
    const struct field *text = spans_field(table, "text", FIELD_STRING);
    if (!from || !to || spans->why[0])
        return;
    uint32_t start, end;
    memcpy(&start, record + from->offset, sizeof start);
    memcpy(&end, record + to->offset, sizeof end);
    spans->seen++;
    if (start >= end || end > spans->points) {
        (void)snprintf(spans->why, sizeof spans->why, "%s [%u, %u) of %zu points", table->name,
                       start, end, spans->points);
        return;
    }
    struct slice said, is = slice_sub(spans->text, spans->bytes[start], spans->bytes[end]);
    if (text)
        memcpy(&said, record + text->offset, sizeof said);
    if (text && !slice_equal(said, is))
        (void)snprintf(spans->why, sizeof spans->why, "%s [%u, %u) is '%.40s', not '%.40s'",
                       table->name, start, end, is.data, said.data ? said.data : "");
}

static inline void spans_walk(struct spans *spans, const struct field_table *table,
                              const char *record)
{
    spans_look_at(spans, table, record);
    for (size_t i = 0; i < table->count; i++) {
        const struct field *field = &table->fields[i];
        const char *at = record + field->offset;
        struct field_list list;
        const char *optional;
        if (field->type == FIELD_STRUCT)
            spans_walk(spans, field->table, at);
        if (field->type == FIELD_OPTIONAL) {
            memcpy(&optional, at, sizeof optional);
            if (optional)
                spans_walk(spans, field->table, optional);
        }
        if (field->type == FIELD_LIST) {
            memcpy(&list, at, sizeof list);
            for (size_t j = 0; j < list.count; j++)
                spans_walk(spans, field->table, (const char *)list.items + j * field->table->size);
        }
    }
}

/* Walks all of `result`; `why` says what is wrong. The text is clean UTF-8. */
static inline struct spans spans_check(const struct result *result)
{
    struct spans spans = {.text = result->text};
    spans.bytes = calloc(result->text.len + 1, sizeof *spans.bytes);
    if (!spans.bytes)
        abort();
    for (size_t i = 0; i < result->text.len; i++)
        if (((unsigned char)result->text.data[i] & 0xc0) != 0x80)
            spans.bytes[spans.points++] = i;
    spans.bytes[spans.points] = result->text.len;
    spans_walk(&spans, &result_table, (const char *)result);
    free(spans.bytes);
    return spans;
}

#endif
