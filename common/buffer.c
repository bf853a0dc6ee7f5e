/* A growable run of bytes with a limit and a sticky error. */
#include "common/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define LARGE_PAGE_BYTES ((size_t)2 << 20)

void buffer_init(struct buffer *buffer, size_t limit)
{
    *buffer = (struct buffer){.limit = limit};
}

void buffer_init_aligned(struct buffer *buffer, size_t limit, size_t alignment)
{
    *buffer = (struct buffer){.limit = limit, .alignment = alignment};
}

void buffer_deinit(struct buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct buffer){.limit = buffer->limit, .alignment = buffer->alignment};
}

void buffer_clear(struct buffer *buffer)
{
    buffer->len = 0;
    buffer->failed = false;
}

/* Aligned bytes go to the disk from where they are, and every page of theirs is held for that:
 * large ones, where the machine gives them to who asks, are fewer. */
static void *aligned_bytes(size_t alignment, size_t capacity)
{
    void *bytes;
    bool large = capacity >= LARGE_PAGE_BYTES;
    if (posix_memalign(&bytes, large ? LARGE_PAGE_BYTES : alignment, capacity) != 0)
        return NULL;
    if (large)
        (void)madvise(bytes, capacity, MADV_HUGEPAGE);
    return bytes;
}

/* realloc() that keeps the alignment. */
static char *move_bytes(struct buffer *buffer, size_t capacity)
{
    if (buffer->alignment == 0)
        return realloc(buffer->data, capacity);
    char *moved = aligned_bytes(buffer->alignment, capacity);
    if (!moved)
        return NULL;
    if (buffer->len > 0)
        memcpy(moved, buffer->data, buffer->len);
    free(buffer->data);
    return moved;
}

static bool buffer_reserve(struct buffer *buffer, size_t more)
{
    if (buffer->failed || more > buffer->limit - buffer->len) {
        buffer->failed = true;
        return false;
    }
    if (more <= buffer->capacity - buffer->len)
        return true;
    size_t wanted = buffer->capacity ? buffer->capacity : 256;
    while (wanted < buffer->len + more && wanted <= buffer->limit / 2)
        wanted *= 2;
    if (wanted < buffer->len + more || wanted > buffer->limit)
        wanted = buffer->limit;
    char *bigger = move_bytes(buffer, wanted);
    if (!bigger) {
        buffer->failed = true;
        return false;
    }
    buffer->data = bigger;
    buffer->capacity = wanted;
    return true;
}

char *buffer_grow(struct buffer *buffer, size_t len)
{
    if (!buffer_reserve(buffer, len))
        return NULL;
    buffer->len += len;
    return buffer->data + buffer->len - len;
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (len < 0 || !buffer_reserve(buffer, (size_t)len + 1)) {
        buffer->failed = true;
    } else {
        (void)vsnprintf(buffer->data + buffer->len, (size_t)len + 1, format, again);
        buffer->len += (size_t)len;
    }
    va_end(again);
}

bool buffer_failed(const struct buffer *buffer)
{
    return buffer->failed;
}

struct slice buffer_slice(const struct buffer *buffer)
{
    return (struct slice){buffer->data, buffer->len};
}
