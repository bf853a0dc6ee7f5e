/* Which article this is: by its URL, else by its content. */
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

/* True when these sixteen bytes, one more standing before them, stay as they are: no control
 * character among them, and no space behind white space. Most of an article does. */
static bool is_plain(const char *bytes)
{
    bytes16 here, before;
    memcpy(&here, bytes, sizeof here);
    memcpy(&before, bytes - 1, sizeof before);
    words2 changed = (words2)((here < 0x20) | ((here == ' ') & (before <= ' ')));
    return (changed[0] | changed[1]) == 0;
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
        if (i > 0 && text.len - i >= sizeof(bytes16) && is_plain(text.data + i)) {
            memcpy(out + len, text.data + i, sizeof(bytes16));
            len += sizeof(bytes16);
            i += sizeof(bytes16);
            continue;
        }
        for (size_t end = i + sizeof(bytes16); i < end && i < text.len; i++) {
            if (!is_space(text.data[i]))
                out[len++] = text.data[i];
            else if (out[len - 1] != ' ')
                out[len++] = ' ';
        }
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

void envelope_identify(struct envelope *envelope, const struct article *article,
                       struct arena *arena)
{
    struct slice parts[] = {SLICE_LITERAL("content"), normalised(article->title, arena),
                            normalised(article->body, arena)};
    struct slice url = slice_trim(article->url), source = slice_trim(article->source),
                 site = SLICE_NULL;
    envelope->content = uuid_hash(parts, sizeof parts / sizeof parts[0]);
    envelope->article = envelope->content;
    if (url.len > 0) {
        struct slice named[] = {SLICE_LITERAL("url"), url_canonical(url, &site, arena)};
        envelope->article = uuid_hash(named, sizeof named / sizeof named[0]);
    }
    envelope->flow = name_hash(source.len > 0 ? source : site);
}
