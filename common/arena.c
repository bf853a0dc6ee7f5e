/* Arenas: limits and the conveniences on top of the block layer. */
#include "common/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/arena_blocks.h"

struct arena *arena_new(size_t limit)
{
    struct arena *arena = calloc(1, sizeof *arena);
    if (arena)
        arena->limit = limit;
    return arena;
}

void arena_free(struct arena *arena)
{
    if (!arena)
        return;
    arena_blocks_free(arena);
    free(arena);
}

void arena_reset(struct arena *arena)
{
    arena_blocks_reset(arena);
    arena->used = 0;
    arena->exhausted = false;
}

void *arena_bytes(struct arena *arena, size_t size)
{
    if (size == 0)
        size = 1;
    void *memory = NULL;
    if (size <= arena->limit - arena->used)
        memory = arena_blocks_take(arena, size);
    if (!memory) {
        arena->exhausted = true;
        return NULL;
    }
    arena->used += size;
    return memory;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    void *memory = arena_bytes(arena, size);
    return memory ? memset(memory, 0, size ? size : 1) : NULL;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        arena->exhausted = true;
        return NULL;
    }
    return arena_alloc(arena, bytes);
}

struct slice arena_copy(struct slice from, struct arena *arena)
{
    char *copy = from.len == SIZE_MAX ? NULL : arena_bytes(arena, from.len + 1);
    if (!copy)
        return SLICE_NULL;
    if (from.len)
        memcpy(copy, from.data, from.len);
    copy[from.len] = '\0';
    return (struct slice){copy, from.len};
}

struct slice arena_format(struct arena *arena, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = len < 0 ? NULL : arena_bytes(arena, (size_t)len + 1);
    if (text)
        (void)vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    return text ? (struct slice){text, (size_t)len} : SLICE_NULL;
}

size_t arena_used(const struct arena *arena)
{
    return arena->used;
}

bool arena_exhausted(const struct arena *arena)
{
    return arena->exhausted;
}

bool arena_grow(void **items, size_t count, size_t *capacity, size_t size, struct arena *arena)
{
    size_t wanted = *capacity ? *capacity * 2 : 8;
    void *bigger = arena_array(arena, wanted, size);
    if (!bigger)
        return false;
    if (count)
        memcpy(bigger, *items, count * size);
    *items = bigger;
    *capacity = wanted;
    return true;
}
