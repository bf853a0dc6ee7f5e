/* Which article this is: by its URL, else by its content. */
#include "proto/envelope.h"
#include "proto/url.h"

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Runs of white space as one space, none at the ends: copies that differ in line breaks are equal.
 */
static struct slice normalised(struct slice text, struct arena *arena)
{
    text = slice_trim(text);
    char *out = arena_alloc(arena, text.len + 1);
    if (!out)
        return text;
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!is_space(text.data[i]))
            out[len++] = text.data[i];
        else if (out[len - 1] != ' ')
            out[len++] = ' ';
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
