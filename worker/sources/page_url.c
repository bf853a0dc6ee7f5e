/* Finding rel=canonical. */
#include "worker/sources/page_url.h"

#include <strings.h>

#include "proto/limits.h"
#include "proto/url.h"

static bool begins(struct slice text, const char *with)
{
    size_t len = strlen(with);
    return text.len >= len && strncasecmp(text.data, with, len) == 0;
}

/* Where `mark` ends, at or behind `from`; the text's end when it is not there. */
static size_t behind(struct slice text, size_t from, const char *mark)
{
    for (size_t at = from; at < text.len; at++)
        if (text.data[at] == mark[0] && begins(slice_sub(text, at, text.len), mark))
            return at + strlen(mark);
    return text.len;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct attribute {
    struct slice name, value;
};

/* The attribute at `*at`, which moves behind it; false at the tag's end. */
static bool next_attribute(struct slice tag, size_t *at, struct attribute *attribute)
{
    while (*at < tag.len && (is_space(tag.data[*at]) || tag.data[*at] == '/'))
        (*at)++;
    size_t from = *at;
    while (*at < tag.len && !is_space(tag.data[*at]) && !strchr("=>", tag.data[*at]))
        (*at)++;
    attribute->name = slice_sub(tag, from, *at);
    attribute->value = SLICE_LITERAL("");
    while (*at < tag.len && is_space(tag.data[*at]))
        (*at)++;
    if (*at >= tag.len || tag.data[*at] != '=')
        return attribute->name.len > 0;
    (*at)++;
    while (*at < tag.len && is_space(tag.data[*at]))
        (*at)++;
    char quote = *at < tag.len && strchr("\"'", tag.data[*at]) ? tag.data[*at] : '\0';
    from = *at += quote != '\0';
    while (*at < tag.len &&
           (quote ? tag.data[*at] != quote : !is_space(tag.data[*at]) && tag.data[*at] != '>'))
        (*at)++;
    attribute->value = slice_sub(tag, from, *at);
    *at += quote && *at < tag.len;
    return true;
}

static bool has_word(struct slice text, const char *word)
{
    size_t len = strlen(word);
    for (size_t at = 0; at + len <= text.len; at++)
        if (begins(slice_sub(text, at, text.len), word) &&
            (at == 0 || is_space(text.data[at - 1])) &&
            (at + len == text.len || is_space(text.data[at + len])))
            return true;
    return false;
}

/* Of a link element's attributes; NULL when it is not the canonical one. `*at` moves behind it. */
static struct slice link_href(struct slice html, size_t *at)
{
    struct attribute attribute;
    struct slice href = SLICE_NULL;
    bool canonical = false;
    while (*at < html.len && html.data[*at] != '>' && next_attribute(html, at, &attribute)) {
        if (attribute.name.len == 3 && begins(attribute.name, "rel"))
            canonical |= has_word(attribute.value, "canonical");
        else if (attribute.name.len == 4 && begins(attribute.name, "href"))
            href = attribute.value;
        while (*at < html.len && is_space(html.data[*at]))
            (*at)++;
    }
    return canonical ? href : SLICE_NULL;
}

/* The first rel=canonical outside comments, scripts and styles, before the body. */
static struct slice find_canonical(struct slice html)
{
    size_t at = 0;
    while ((at = behind(html, at, "<")) < html.len) {
        struct slice rest = slice_sub(html, at, html.len);
        if (begins(rest, "!--")) {
            at = behind(html, at + 3, "-->");
        } else if (begins(rest, "script")) {
            at = behind(html, at, "</script");
        } else if (begins(rest, "style")) {
            at = behind(html, at, "</style");
        } else if (begins(rest, "body") || begins(rest, "article")) {
            break;
        } else if (begins(rest, "link") && rest.len > 4 && is_space(rest.data[4])) {
            at += 4;
            struct slice href = link_href(html, &at);
            if (href.data)
                return href;
        }
    }
    return SLICE_NULL;
}

/* "&amp;" is the one escape that URLs in attributes need. */
static struct slice unescaped(struct slice text, struct arena *arena)
{
    char *out = arena_alloc(arena, text.len + 1);
    size_t len = 0;
    for (size_t at = 0; out && at < text.len; at++) {
        out[len++] = text.data[at];
        if (begins(slice_sub(text, at, text.len), "&amp;"))
            at += 4;
    }
    return out ? (struct slice){out, len} : SLICE_NULL;
}

struct slice page_url(struct slice html, struct slice url, struct arena *arena)
{
    html.len = html.len < PAGE_URL_LOOK_BYTES ? html.len : PAGE_URL_LOOK_BYTES;
    struct slice href = html.data ? find_canonical(html) : SLICE_NULL;
    if (!href.data || href.len == 0 || href.len > LIMIT_URL_BYTES)
        return url;
    struct slice own = url_resolve(url, unescaped(href, arena), arena);
    if (!own.data || own.len > LIMIT_URL_BYTES || !url_is_web(own, arena))
        return url;
    if (!url.data)
        return own;
    struct slice site = url_site(url, arena), own_site = url_site(own, arena);
    bool same = site.data && own_site.data && slice_equal(site, own_site);
    return same && (!url_is_front(own, arena) || url_is_front(url, arena)) ? own : url;
}
