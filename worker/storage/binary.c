/* Big-endian all the way. */
#include "worker/storage/binary.h"

#include <math.h>

#include "common/clock.h"

#define EPOCH_2000_MS INT64_C(946684800000) /* PostgreSQL counts from 2000-01-01 */
/* timestamptz ends at 4713 BC and 294276 AD; well inside, and free of overflow. */
#define TIME_MIN_MS INT64_C(-210800000000000)
#define TIME_MAX_MS INT64_C(9224000000000000)

void binary_copy_begin(struct buffer *out)
{
    static const char signature[] = "PGCOPY\n\377\r\n"; /* its NUL belongs to it */
    buffer_append(out, signature, sizeof signature);
    buffer_be32(out, 0); /* flags */
    buffer_be32(out, 0); /* no extension */
}

void binary_row(struct buffer *out, size_t fields)
{
    buffer_be16(out, (uint16_t)fields);
}

void binary_copy_end(struct buffer *out)
{
    buffer_be16(out, UINT16_MAX);
}

void binary_null(struct buffer *out)
{
    buffer_be32(out, UINT32_MAX);
}

void binary_bool(struct buffer *out, bool value)
{
    char byte = value ? 1 : 0;
    binary_bytes(out, (struct slice){&byte, 1});
}

void binary_int4(struct buffer *out, int32_t value)
{
    buffer_be32(out, 4);
    buffer_be32(out, (uint32_t)value);
}

static void int8_field(struct buffer *out, int64_t value)
{
    buffer_be32(out, 8);
    buffer_be64(out, (uint64_t)value);
}

void binary_int8(struct buffer *out, int64_t value)
{
    if (value == FIELD_NONE)
        binary_null(out);
    else
        int8_field(out, value);
}

void binary_real(struct buffer *out, double value)
{
    float narrow = (float)value;
    uint32_t bits;
    if (isnan(value)) {
        binary_null(out);
        return;
    }
    memcpy(&bits, &narrow, sizeof bits);
    buffer_be32(out, 4);
    buffer_be32(out, bits);
}

void binary_double(struct buffer *out, double value)
{
    uint64_t bits;
    if (isnan(value)) {
        binary_null(out);
        return;
    }
    memcpy(&bits, &value, sizeof bits);
    buffer_be32(out, 8);
    buffer_be64(out, bits);
}

void binary_uuid(struct buffer *out, const struct uuid *uuid)
{
    buffer_be32(out, sizeof uuid->bytes);
    buffer_append(out, uuid->bytes, sizeof uuid->bytes);
}

void binary_time(struct buffer *out, int64_t ms)
{
    if (ms == CLOCK_NONE || ms < TIME_MIN_MS || ms > TIME_MAX_MS)
        binary_null(out);
    else
        int8_field(out, (ms - EPOCH_2000_MS) * 1000);
}

void binary_date(struct buffer *out, int32_t day)
{
    binary_int4(out, day - (int32_t)(EPOCH_2000_MS / 86400000));
}

void binary_bytes(struct buffer *out, struct slice bytes)
{
    if (!bytes.data) {
        binary_null(out);
        return;
    }
    buffer_be32(out, (uint32_t)bytes.len);
    buffer_append_slice(out, bytes);
}

void binary_bits(struct buffer *out, const uint8_t *bytes, size_t bits)
{
    buffer_be32(out, (uint32_t)(sizeof(uint32_t) + bits / 8));
    buffer_be32(out, (uint32_t)bits);
    buffer_append(out, bytes, bits / 8);
}

void binary_jsonb(struct buffer *out, struct slice text)
{
    if (!text.data) {
        binary_null(out);
        return;
    }
    buffer_be32(out, (uint32_t)text.len + 1);
    buffer_append(out, "\1", 1); /* the format's version */
    buffer_append_slice(out, text);
}

void binary_array(struct buffer *out, enum binary_type type, size_t count)
{
    buffer_be32(out, count > 0); /* an empty array has no dimension */
    buffer_be32(out, 0);         /* nothing in it is NULL */
    buffer_be32(out, (uint32_t)type);
    if (count > 0) {
        buffer_be32(out, (uint32_t)count);
        buffer_be32(out, 1);
    }
}

struct slice binary_int4_value(struct buffer *out, int32_t value)
{
    buffer_clear(out);
    buffer_be32(out, (uint32_t)value);
    return buffer_slice(out);
}

struct slice binary_int8_value(struct buffer *out, int64_t value)
{
    buffer_clear(out);
    buffer_be64(out, (uint64_t)value);
    return buffer_slice(out);
}

struct slice binary_time_value(struct buffer *out, int64_t ms)
{
    buffer_clear(out);
    binary_time(out, ms);
    struct slice field = buffer_slice(out);
    return field.len > 4 ? slice_sub(field, 4, field.len) : SLICE_NULL;
}

int64_t binary_read_int8(struct slice column)
{
    uint64_t value = 0;
    if (column.len != 8)
        return 0;
    for (size_t i = 0; i < 8; i++)
        value = value << 8 | (uint8_t)column.data[i];
    return (int64_t)value;
}

int64_t binary_read_time(struct slice column)
{
    int64_t us = binary_read_int8(column);
    /* The two ends stand for infinity. */
    if (column.len != 8 || us == INT64_MAX || us == INT64_MIN)
        return CLOCK_NONE;
    return us / 1000 + EPOCH_2000_MS;
}

size_t binary_field_begin(struct buffer *out)
{
    buffer_be32(out, 0);
    return out->len;
}

void binary_field_end(struct buffer *out, size_t begin)
{
    if (buffer_failed(out))
        return;
    uint32_t len = (uint32_t)(out->len - begin);
    for (size_t i = 0; i < 4; i++)
        out->data[begin - 4 + i] = (char)(len >> (24 - 8 * i));
}

void binary_texts(struct buffer *out, const struct field_list *texts)
{
    size_t field = binary_field_begin(out);
    binary_array(out, BINARY_TEXT, texts->count);
    for (size_t i = 0; i < texts->count; i++) {
        struct slice text = *field_at(*texts, struct slice, i);
        binary_bytes(out, text.data ? text : SLICE_LITERAL(""));
    }
    binary_field_end(out, field);
}
