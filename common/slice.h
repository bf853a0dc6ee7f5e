/* A borrowed run of bytes: a pointer and a length, never owning, not NUL-terminated.
 * `data` is NULL for "absent", which is not the same as empty. */
#ifndef NEWSMILL_COMMON_SLICE_H
#define NEWSMILL_COMMON_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const char *data;
    size_t len;
};

#define SLICE_NULL          ((struct slice){NULL, 0})
#define SLICE_LITERAL(text) ((struct slice){(text), sizeof(text) - 1})

static inline struct slice slice_from(const char *text)
{
    return (struct slice){text, text ? strlen(text) : 0};
}

static inline bool slice_equal(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline uint64_t slice_load_8(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

static inline uint32_t slice_load_4(const char *bytes)
{
    uint32_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* The same for short ones, where a call to memcmp() takes longer than the comparison. The last step
 * compares some bytes again. */
static inline bool slice_equal_short(struct slice a, struct slice b)
{
    const size_t len = a.len;
    if (len != b.len)
        return false;
    if (len >= 8) {
        for (size_t i = 0; i + 8 < len; i += 8)
            if (slice_load_8(a.data + i) != slice_load_8(b.data + i))
                return false;
        return slice_load_8(a.data + len - 8) == slice_load_8(b.data + len - 8);
    }
    if (len >= 4)
        return slice_load_4(a.data) == slice_load_4(b.data) &&
               slice_load_4(a.data + len - 4) == slice_load_4(b.data + len - 4);
    for (size_t i = 0; i < len; i++)
        if (a.data[i] != b.data[i])
            return false;
    return true;
}

/* Most differ in their first byte: then a length that is not known yet need not be found. */
static inline bool slice_is(struct slice a, const char *text)
{
    if (!__builtin_constant_p(text[0]) && text && a.len > 0 && a.data[0] != text[0])
        return false;
    return slice_equal(a, slice_from(text));
}

static inline struct slice slice_sub(struct slice a, size_t from, size_t to)
{
    return (struct slice){from ? a.data + from : a.data, to - from}; /* nothing of NULL is NULL */
}

static inline bool slice_starts_with(struct slice a, struct slice prefix)
{
    return a.len >= prefix.len && memcmp(a.data, prefix.data, prefix.len) == 0;
}

/* Where `part`, which is not empty, begins first; NULL when it is nowhere. */
static inline const char *slice_find(struct slice text, const char *part)
{
    size_t len = strlen(part);
    return text.len >= len ? memmem(text.data, text.len, part, len) : NULL;
}

/* Without leading and trailing ASCII white space. */
struct slice slice_trim(struct slice a);

/* Bytewise order, shorter first on a tie: <0, 0, >0. */
int slice_compare(struct slice a, struct slice b);

#endif
