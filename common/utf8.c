/* UTF-8 on top of ICU's header-only macros, with a fast path for plain ASCII. */
#include "common/utf8.h"

#include <unicode/utf8.h>

#define REPLACEMENT "\xef\xbf\xbd"
#define SHORT_BYTES 256 /* of a longer text, what is plain is not looked through twice */

/* Not 0 when one of these eight bytes is NUL or not ASCII: only then has one less than a byte its
 * high bit, or the byte itself. */
static uint64_t not_plain(uint64_t eight)
{
    const uint64_t high = 0x8080808080808080u, ones = 0x0101010101010101u;
    return (eight | (eight - ones)) & high;
}

/* Nothing but ASCII, and no NUL: most short texts. The last step goes over some bytes again. */
static inline bool is_plain(struct slice text)
{
    const size_t len = text.len;
    if (len >= 8) {
        for (size_t at = 0; at + 8 < len; at += 8)
            if (not_plain(slice_load_8(text.data + at)))
                return false;
        return !not_plain(slice_load_8(text.data + len - 8));
    }
    if (len >= 4)
        return !not_plain(slice_load_4(text.data) | (uint64_t)slice_load_4(text.data + len - 4)
                                                        << 32);
    bool plain = true;
    for (size_t at = 0; at < len; at++)
        plain = plain && text.data[at] > 0;
    return plain;
}

/* The first byte at or after `at` that is not plain ASCII or is NUL. */
static size_t skip_ascii(struct slice text, size_t at)
{
    while (at + 8 <= text.len && !not_plain(slice_load_8(text.data + at)))
        at += 8;
    if (at + 8 > text.len && text.len >= 8 && !not_plain(slice_load_8(text.data + text.len - 8)))
        return text.len; /* the rest, with some of what was seen */
    while (at < text.len && text.data[at] > 0)
        at++;
    return at;
}

/* Steps over one well-formed character; false on an ill-formed sequence or NUL, `*at` then stands
 * behind its maximal subpart. */
static bool step(struct slice text, size_t *at)
{
    const uint8_t *bytes = (const uint8_t *)text.data;
    UChar32 point;
    int64_t index = (int64_t)*at, len = (int64_t)text.len;
    U8_NEXT(bytes, index, len, point);
    *at = (size_t)index;
    return point > 0;
}

bool utf8_is_clean(struct slice text)
{
    size_t at = skip_ascii(text, 0);
    while (at < text.len) {
        if (!step(text, &at))
            return false;
        at = skip_ascii(text, at);
    }
    return true;
}

/* Walks `text`, writing its repaired form to `out` when that is not NULL; returns its length. */
static size_t repair_into(struct slice text, char *out, size_t *repaired)
{
    size_t at = 0, len = 0;
    while (at < text.len) {
        size_t start = at;
        at = skip_ascii(text, at);
        bool good = at > start || step(text, &at);
        size_t width = good ? at - start : strlen(REPLACEMENT);
        if (out)
            memcpy(out + len, good ? text.data + start : REPLACEMENT, width);
        len += width;
        *repaired += !good;
    }
    return len;
}

static __attribute__((noinline)) struct slice repair(struct slice text, size_t *repaired,
                                                     struct arena *arena)
{
    size_t counted = 0;
    size_t len = repair_into(text, NULL, &counted);
    char *out = arena_alloc(arena, len + 1);
    if (!out)
        return SLICE_NULL;
    counted = 0;
    (void)repair_into(text, out, &counted);
    *repaired += counted;
    return (struct slice){out, len};
}

struct slice utf8_repair(struct slice text, size_t *repaired, struct arena *arena)
{
    const bool clean = (text.len <= SHORT_BYTES && is_plain(text)) || utf8_is_clean(text);
    return clean ? text : repair(text, repaired, arena);
}

/* How many of eight bytes do not begin a code point: the high bit is set, the next one not. */
static size_t later_bytes(uint64_t eight)
{
    const uint64_t ones = 0x0101010101010101u;
    return (size_t)((eight >> 7 & ~eight >> 6 & ones) * ones >> 56); /* adds the bytes up */
}

size_t utf8_length(struct slice text)
{
    size_t count = text.len, i = 0;
    uint64_t word;
    for (; i + sizeof word <= text.len; i += sizeof word) {
        memcpy(&word, text.data + i, sizeof word);
        count -= later_bytes(word);
    }
    if (i > 0 && i < text.len) { /* the last eight, without those that are counted */
        memcpy(&word, text.data + text.len - sizeof word, sizeof word);
        return count - later_bytes(word >> 8 * (i + sizeof word - text.len));
    }
    for (; i < text.len; i++)
        count -= ((unsigned char)text.data[i] & 0xC0) == 0x80;
    return count;
}

uint32_t utf8_next_wide(struct slice text, size_t *at)
{
    const uint8_t *bytes = (const uint8_t *)text.data;
    UChar32 point;
    size_t index = *at;
    U8_NEXT_UNSAFE(bytes, index, point);
    *at = index;
    return (uint32_t)point;
}

size_t utf8_put(uint32_t point, char *out)
{
    uint8_t *bytes = (uint8_t *)out;
    size_t len = 0;
    U8_APPEND_UNSAFE(bytes, len, point);
    return len;
}
