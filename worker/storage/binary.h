/* PostgreSQL's binary formats, written into a buffer: fields of COPY rows and array parameters.
 * Pure; the buffer's sticky error is the only failure.
 *
 *   COPY:  begin ( row ( field… ) )… end        field: int32 length (-1 is NULL), then the bytes
 *   array: int32 dimensions, has-nulls, element type, length, lower bound; then fields */
#ifndef NEWSMILL_STORAGE_BINARY_H
#define NEWSMILL_STORAGE_BINARY_H

#include "common/buffer.h"
#include "common/uuid.h"
#include "proto/fields.h"

void binary_copy_begin(struct buffer *out);
void binary_row(struct buffer *out, size_t fields);
void binary_copy_end(struct buffer *out);

void binary_null(struct buffer *out);
void binary_bool(struct buffer *out, bool value);
void binary_int4(struct buffer *out, int32_t value);
void binary_int8(struct buffer *out, int64_t value); /* FIELD_NONE is NULL */
void binary_real(struct buffer *out, double value);  /* NaN is NULL */
void binary_double(struct buffer *out, double value);
void binary_uuid(struct buffer *out, const struct uuid *uuid);
/* timestamptz from milliseconds since 1970; NULL for CLOCK_NONE and for what PostgreSQL has no date
 * for. */
void binary_time(struct buffer *out, int64_t ms);
void binary_date(struct buffer *out, int32_t day);         /* days since 1970 */
void binary_bytes(struct buffer *out, struct slice bytes); /* text and bytea; NULL data is NULL */
void binary_bits(struct buffer *out, const uint8_t *bytes, size_t bits); /* whole bytes */
void binary_jsonb(struct buffer *out, struct slice text);

/* What a statement takes as a parameter is a field without its length: these write the value of a
 * one-dimensional array, to be followed by `count` fields of its type. */
enum binary_type {
    BINARY_BOOL = 16,
    BINARY_INT8 = 20,
    BINARY_INT4 = 23,
    BINARY_TEXT = 25,
    BINARY_OID = 26,
    BINARY_REAL = 700,
    BINARY_DOUBLE = 701,
    BINARY_DATE = 1082,
    BINARY_TIME = 1184,
    BINARY_UUID = 2950,
    BINARY_VECTOR = 3614 /* tsvector */
};
void binary_array(struct buffer *out, enum binary_type type, size_t count);

/* Such values of one number: `out` is emptied and holds it. binary_time_value() is NULL where
 * binary_time() is. */
struct slice binary_int4_value(struct buffer *out, int32_t value);
struct slice binary_int8_value(struct buffer *out, int64_t value);
struct slice binary_time_value(struct buffer *out, int64_t ms);

/* Columns of a result: 0 and CLOCK_NONE for NULL. */
int64_t binary_read_int8(struct slice column);
int64_t binary_read_time(struct slice column);

/* A field whose length is not known yet: binary_field_end() fills it in. */
size_t binary_field_begin(struct buffer *out);
void binary_field_end(struct buffer *out, size_t begin);

/* text[] from a list of slices. */
void binary_texts(struct buffer *out, const struct field_list *texts);

#endif
