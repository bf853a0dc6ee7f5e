/* UTF-8: validation, repair, and the way between bytes and code points. Pure. */
#ifndef NEWSMILL_COMMON_UTF8_H
#define NEWSMILL_COMMON_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/slice.h"

/* True when `text` is well-formed UTF-8 without NUL (PostgreSQL can store it as text). */
bool utf8_is_clean(struct slice text);

/* `text` itself when clean; else a copy in which each ill-formed sequence (maximal subpart, Unicode
 * 15 section 3.9) and each NUL is U+FFFD, and `*repaired` grows by their number.
 * SLICE_NULL at the arena's limit. */
struct slice utf8_repair(struct slice text, size_t *repaired, struct arena *arena);

/* The number of code points in clean text. */
size_t utf8_length(struct slice text);

/* Decodes the code point at `*at` of clean text and moves `*at` behind it. */
uint32_t utf8_next_wide(struct slice text, size_t *at); /* of more than one byte, or not */
static inline uint32_t utf8_next(struct slice text, size_t *at)
{
    unsigned char byte = (unsigned char)text.data[*at];
    if (byte >= 0x80)
        return utf8_next_wide(text, at);
    ++*at;
    return byte;
}

/* Writes `point` at `out` (room for 4 bytes) and returns the number of bytes. */
size_t utf8_put(uint32_t point, char *out);

#endif
