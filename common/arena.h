/* Memory for one message: handed out piece by piece, given back all at once.
 *
 * One owner, one thread. Nothing from an arena is freed alone or outlives arena_reset(). A function
 * that returns arena memory takes the arena as its last parameter. An arena has a limit; an
 * allocation beyond it returns NULL and is remembered (arena_exhausted), so that a caller may check
 * once at the end and REJECT the message.
 *
 * Sanitizer builds use a second implementation (arena_exact.c) that mallocs each block, because a
 * bump allocator hides overflows from AddressSanitizer.
 */
#ifndef NEWSMILL_COMMON_ARENA_H
#define NEWSMILL_COMMON_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "common/slice.h"

struct arena;

/* An arena that never holds more than `limit` bytes; NULL when memory is short. */
struct arena *arena_new(size_t limit);
void arena_free(struct arena *arena);

/* Forgets everything handed out; keeps a few blocks for the next message. */
void arena_reset(struct arena *arena);

/* `size` zeroed bytes, aligned for any type; NULL at the limit. A size of 0 gives a valid pointer.
 */
void *arena_alloc(struct arena *arena, size_t size);

/* The same, not zeroed: for bytes that are all written at once. */
void *arena_bytes(struct arena *arena, size_t size);

/* `count` zeroed elements of `size` bytes; NULL at the limit or when the product overflows. */
void *arena_array(struct arena *arena, size_t count, size_t size);

/* A copy with a NUL behind it (not counted in len); SLICE_NULL at the limit. */
struct slice arena_copy(struct slice from, struct arena *arena);

/* printf into the arena; SLICE_NULL at the limit. */
struct slice arena_format(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Bytes handed out since the last reset, and whether an allocation was ever refused since then. */
size_t arena_used(const struct arena *arena);
bool arena_exhausted(const struct arena *arena);

/* Makes room for more than the `count` elements of an arena-backed vector: twice as many, zeroed
 * behind them. False at the limit, and the vector is as it was. */
bool arena_grow(void **items, size_t count, size_t *capacity, size_t size, struct arena *arena);

/* Appends to an arena-backed vector: `*items` points at `*count` elements of `size` bytes with room
 * for `*capacity`; doubles when full. Returns the new zeroed element, or NULL at the limit. */
static inline void *arena_push(void **items, size_t *count, size_t *capacity, size_t size,
                               struct arena *arena)
{
    if (*count == *capacity && !arena_grow(items, *count, capacity, size, arena))
        return NULL;
    return (char *)*items + (*count)++ * size;
}

#endif
