/* Letters of ASCII, eight bytes at a time: most words of most texts are nothing else. The first
 * byte is the lowest one. */
#ifndef NEWSMILL_WORKER_ANALYSIS_WORDS_LETTERS_H
#define NEWSMILL_WORKER_ANALYSIS_WORDS_LETTERS_H

#include <endian.h>
#include <stdint.h>

#include "common/slice.h"

#define LETTERS_EIGHT    8
#define LETTERS_ONES     UINT64_C(0x0101010101010101)
#define LETTERS_CASE_BIT 0x20 /* set in small letters */

/* The bytes at `at`, with zeros for those behind the end of the text. */
static inline uint64_t letters_load(struct slice text, size_t at)
{
    uint64_t eight = 0;
    size_t left = text.len - at;
    if (left >= LETTERS_EIGHT)
        memcpy(&eight, text.data + at, LETTERS_EIGHT);
    else if (left > 0)
        memcpy(&eight, text.data + at, left);
    return le64toh(eight);
}

/* The high bits of the bytes that are no letters. */
static inline uint64_t letters_others(uint64_t eight)
{
    uint64_t low = (eight | LETTERS_CASE_BIT * LETTERS_ONES) & 0x7f * LETTERS_ONES;
    uint64_t from_a = low + (0x80 - 'a') * LETTERS_ONES,
             behind_z = low + (0x7f - 'z') * LETTERS_ONES;
    return (~from_a | behind_z | eight) & 0x80 * LETTERS_ONES;
}

/* The end of the letters that stand at `at`. */
static inline size_t letters_end(struct slice text, size_t at)
{
    for (; at < text.len; at += LETTERS_EIGHT) {
        uint64_t others = letters_others(letters_load(text, at));
        if (others) /* zeros behind the end are some */
            return at + (size_t)__builtin_ctzll(others) / 8;
    }
    return at;
}

#endif
