/* Which article this is: by its URL, else by its content. */
#include <string.h>

#include "proto/envelope.h"
#include "proto/url.h"

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

#define EVERY_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

/* True when these eight bytes, behind `before`, stay as they are: no control character among them,
 * and no space beside another. Most of an article does, and is copied eight at a time. */
static bool is_plain(const char *bytes, char before)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    uint64_t control = (word - EVERY_BYTE(0x20)) & ~word & EVERY_BYTE(0x80);
    uint64_t other = word ^ EVERY_BYTE(' ');
    uint64_t spaces = ~(((other & EVERY_BYTE(0x7f)) + EVERY_BYTE(0x7f)) | other | EVERY_BYTE(0x7f));
    return control == 0 && (spaces & spaces << 8) == 0 && !(before == ' ' && bytes[0] == ' ');
}

/* Runs of white space as one space, none at the ends: copies that differ in line breaks are equal.
 */
static struct slice normalised(struct slice text, struct arena *arena)
{
    text = slice_trim(text);
    char *out = arena_alloc(arena, text.len + 1);
    if (!out)
        return text;
    size_t len = 0, i = 0;
    while (i < text.len) {
        if (text.len - i >= sizeof(uint64_t) &&
            is_plain(text.data + i, len > 0 ? out[len - 1] : 0)) {
            memcpy(out + len, text.data + i, sizeof(uint64_t));
            len += sizeof(uint64_t);
            i += sizeof(uint64_t);
            continue;
        }
        if (!is_space(text.data[i]))
            out[len++] = text.data[i];
        else if (out[len - 1] != ' ')
            out[len++] = ' ';
        i++;
    }
    return (struct slice){out, len};
}

void identity_of(const struct article *article, struct uuid *identity, struct uuid *content,
                 struct arena *arena)
{
    struct slice parts[] = {SLICE_LITERAL("content"), normalised(article->title, arena),
                            normalised(article->body, arena)};
    *content = uuid_hash(parts, sizeof parts / sizeof parts[0]);
    struct slice url = slice_trim(article->url);
    if (url.len == 0) {
        *identity = *content;
        return;
    }
    struct slice named[] = {SLICE_LITERAL("url"), url_canonical(url, arena)};
    *identity = uuid_hash(named, sizeof named / sizeof named[0]);
}

uint32_t flow_of(const struct article *article, struct arena *arena)
{
    struct slice source = slice_trim(article->source);
    if (source.len == 0)
        source = url_site(article->url, arena);
    if (source.len == 0)
        return 0;
    uint32_t hash = 2166136261u; /* FNV-1a, over the letters as lower case */
    for (size_t i = 0; i < source.len; i++) {
        unsigned char c = (unsigned char)source.data[i];
        hash = (hash ^ (c >= 'A' && c <= 'Z' ? c | 0x20u : c)) * 16777619u;
    }
    return hash ? hash : 1;
}
