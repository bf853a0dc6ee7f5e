/* A growable run of bytes that writers append to. One owner, one thread.
 *
 *   data          data+len            data+capacity
 *    |--- written ----|------ free --------|
 *
 * The error is sticky: after an allocation fails or `limit` is passed, appends do nothing and
 * buffer_failed() says so; check once, at the end. */
#ifndef NEWSMILL_COMMON_BUFFER_H
#define NEWSMILL_COMMON_BUFFER_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/slice.h"

struct buffer {
    char *data;
    size_t len, capacity, limit; /* len <= capacity <= limit */
    size_t alignment;            /* of data, a power of two; 0: as malloc() has it */
    bool failed;
};

void buffer_init(struct buffer *buffer, size_t limit);
/* Its bytes begin at a multiple of `alignment`, as direct input and output wants them. */
void buffer_init_aligned(struct buffer *buffer, size_t limit, size_t alignment);
void buffer_deinit(struct buffer *buffer);
/* Empties it and forgets the error; keeps the memory. */
void buffer_clear(struct buffer *buffer);

/* Room for `len` bytes at the end, counted as written; NULL when failed. */
char *buffer_grow(struct buffer *buffer, size_t len); /* when there may not be room yet */
static inline char *buffer_extend(struct buffer *buffer, size_t len)
{
    if (buffer->failed || len > buffer->capacity - buffer->len)
        return buffer_grow(buffer, len);
    buffer->len += len;
    return buffer->data + buffer->len - len;
}
static inline void buffer_append(struct buffer *buffer, const void *bytes, size_t len)
{
    char *to = len > 0 ? buffer_extend(buffer, len) : NULL;
    if (to)
        memcpy(to, bytes, len);
}
static inline void buffer_append_slice(struct buffer *buffer, struct slice bytes)
{
    buffer_append(buffer, bytes.data, bytes.len);
}
void buffer_printf(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Big-endian integers, for PostgreSQL's binary formats. */
static inline void buffer_be16(struct buffer *buffer, uint16_t value)
{
    uint16_t wire = htobe16(value);
    buffer_append(buffer, &wire, sizeof wire);
}
static inline void buffer_be32(struct buffer *buffer, uint32_t value)
{
    uint32_t wire = htobe32(value);
    buffer_append(buffer, &wire, sizeof wire);
}
static inline void buffer_be64(struct buffer *buffer, uint64_t value)
{
    uint64_t wire = htobe64(value);
    buffer_append(buffer, &wire, sizeof wire);
}

bool buffer_failed(const struct buffer *buffer);
struct slice buffer_slice(const struct buffer *buffer);

#endif
