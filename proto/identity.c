/* Which article this is, by its URL or else by its content; and which content it has. */
#include <endian.h>
#include <string.h>

#include "proto/envelope.h"
#include "proto/url.h"

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Sixteen bytes that the compiler compares at once, whatever the processor has for it. */
typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef uint64_t words2 __attribute__((vector_size(16)));

/* Not 0 where these bytes, one more standing before them, do not stay as they are: control
 * characters, and a space behind white space. */
static inline bytes16 changed(const char *bytes)
{
    bytes16 here, before;
    memcpy(&here, bytes, sizeof here);
    memcpy(&before, bytes - 1, sizeof before);
    return (bytes16)((here < 0x20) | ((here == ' ') & (before <= ' ')));
}

static inline bool is_none(bytes16 marks)
{
    words2 words = (words2)marks;
    return (words[0] | words[1]) == 0;
}

/* How many bytes stand before the first mark. */
static inline size_t first_mark(bytes16 marks)
{
    uint64_t words[2];
    memcpy(words, &marks, sizeof words);
    return words[0] ? (size_t)__builtin_ctzll(le64toh(words[0])) / 8
                    : 8 + (size_t)__builtin_ctzll(le64toh(words[1])) / 8;
}

/* How many of the `len` bytes, one more standing before them, are known to stay: most of an
 * article. */
static size_t plain_run(const char *bytes, size_t len)
{
    const size_t step = sizeof(bytes16);
    size_t run = 0;
    while (len - run >= 4 * step &&
           is_none(changed(bytes + run) | changed(bytes + run + step) |
                   changed(bytes + run + 2 * step) | changed(bytes + run + 3 * step)))
        run += 4 * step;
    for (; len - run >= step; run += step) {
        bytes16 marks = changed(bytes + run);
        if (!is_none(marks))
            return run + first_mark(marks);
    }
    return run;
}

/* Title or body as `content` hashes it: runs of white space as one space, none at the ends. */
static struct slice folded(struct slice text, struct arena *arena)
{
    text = slice_trim(text);
    size_t i = text.len > 0 ? 1 + plain_run(text.data + 1, text.len - 1) : 0;
    char *out = i < text.len ? arena_bytes(arena, text.len + 1) : NULL;
    if (!out)
        return text; /* nothing to change, or no memory */
    size_t len = i;
    memcpy(out, text.data, len);
    while (i < text.len) {
        if (!is_space(text.data[i]))
            out[len++] = text.data[i];
        else if (out[len - 1] != ' ')
            out[len++] = ' ';
        i++;
        size_t run = plain_run(text.data + i, text.len - i);
        memcpy(out + len, text.data + i, run);
        len += run;
        i += run;
    }
    return (struct slice){out, len};
}

/* FNV-1a over the letters as lower case; 0 says that there is no name. */
static uint32_t name_hash(struct slice name)
{
    if (name.len == 0)
        return 0;
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.data[i];
        hash = (hash ^ (c >= 'A' && c <= 'Z' ? c | 0x20u : c)) * 16777619u;
    }
    return hash ? hash : 1;
}

static struct uuid content_of(const struct article *article, struct arena *arena)
{
    const struct slice parts[] = {SLICE_LITERAL("content"), folded(article->title, arena),
                                  folded(article->body, arena)};
    return uuid_hash(parts, sizeof parts / sizeof parts[0]);
}

void envelope_name(struct envelope *envelope, const struct article *article, struct arena *arena)
{
    struct slice url = slice_trim(article->url), source = slice_trim(article->source),
                 site = SLICE_NULL;
    if (url.len > 0) {
        struct slice named[] = {SLICE_LITERAL("url"), url_canonical(url, &site, arena)};
        envelope->article = uuid_hash(named, sizeof named / sizeof named[0]);
    } else {
        envelope->article = envelope->content = content_of(article, arena);
    }
    envelope->flow = name_hash(source.len > 0 ? source : site);
}

void envelope_complete(struct envelope *envelope, const struct article *article,
                       struct arena *arena)
{
    static const struct uuid none;
    if (uuid_equal(&envelope->content, &none))
        envelope->content = content_of(article, arena);
}

void envelope_identify(struct envelope *envelope, const struct article *article,
                       struct arena *arena)
{
    envelope_name(envelope, article, arena);
    envelope->content = content_of(article, arena);
}
