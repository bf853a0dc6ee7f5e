/* A page made harmless for a tree builder. Not a parser: it only has to agree with one about where
 * tags are, and it closes everything itself, so that what comes out is nested properly. */
#include <strings.h>

#include "worker/analysis/page/html.h"

enum tag_kind {
    INLINE = 0,
    VOID = 1,      /* has no end tag */
    RAW = 2,       /* its content is not markup: left out up to its end tag */
    DROPPED = 3,   /* left out with all that is inside */
    BLOCK = 4,     /* ends an open paragraph */
    CONTAINER = 5, /* a block that ends of inner items do not reach beyond */
    ITEM = 6       /* ended by the next of its kind in the same container */
};
static const struct {
    const char *name;
    enum tag_kind kind;
} tags[] = {
    {"area", VOID},         {"base", VOID},
    {"br", VOID},           {"col", VOID},
    {"embed", VOID},        {"hr", VOID},
    {"img", VOID},          {"input", VOID},
    {"link", VOID},         {"meta", VOID},
    {"param", VOID},        {"source", VOID},
    {"track", VOID},        {"wbr", VOID},
    {"script", RAW},        {"style", RAW},
    {"textarea", RAW},      {"xmp", RAW},
    {"iframe", RAW},        {"noembed", RAW},
    {"noframes", RAW},      {"plaintext", RAW},
    {"svg", DROPPED},       {"math", DROPPED},
    {"select", DROPPED},    {"object", DROPPED},
    {"template", DROPPED},  {"noscript", DROPPED},
    {"canvas", DROPPED},    {"audio", DROPPED},
    {"video", DROPPED},     {"frameset", DROPPED},
    {"applet", DROPPED},    {"marquee", INLINE},
    {"address", BLOCK},     {"article", CONTAINER},
    {"aside", CONTAINER},   {"blockquote", CONTAINER},
    {"center", BLOCK},      {"details", BLOCK},
    {"div", CONTAINER},     {"dl", CONTAINER},
    {"fieldset", BLOCK},    {"figcaption", BLOCK},
    {"figure", BLOCK},      {"footer", CONTAINER},
    {"form", CONTAINER},    {"h1", BLOCK},
    {"h2", BLOCK},          {"h3", BLOCK},
    {"h4", BLOCK},          {"h5", BLOCK},
    {"h6", BLOCK},          {"header", CONTAINER},
    {"main", CONTAINER},    {"menu", CONTAINER},
    {"nav", CONTAINER},     {"ol", CONTAINER},
    {"p", BLOCK},           {"pre", BLOCK},
    {"section", CONTAINER}, {"summary", BLOCK},
    {"table", CONTAINER},   {"ul", CONTAINER},
    {"body", CONTAINER},    {"html", CONTAINER},
    {"li", ITEM},           {"dd", ITEM},
    {"dt", ITEM},           {"tr", ITEM},
    {"td", ITEM},           {"th", ITEM},
    {"thead", ITEM},        {"tbody", ITEM},
    {"tfoot", ITEM},        {"caption", ITEM},
};

struct open_tag {
    struct slice name; /* as written in the page */
    enum tag_kind kind;
};
struct straighten {
    struct slice page;
    size_t at;
    struct buffer *out;
    struct html_scripts *scripts;
    struct open_tag open[HTML_DEPTH_MAX];
    size_t depth, too_deep, tags;
    bool no_more[128]; /* quotes that do not occur in the rest */
};

static bool name_is(struct slice name, const char *word)
{
    return name.len == strlen(word) && strncasecmp(name.data, word, name.len) == 0;
}

static enum tag_kind kind_of(struct slice name)
{
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++)
        if (name_is(name, tags[i].name))
            return tags[i].kind;
    return INLINE;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/* Moves behind the next `c`; to the end of the page when there is none. */
static bool skip_behind(struct straighten *page, char c)
{
    const char *found = NULL;
    if (!page->no_more[(unsigned char)c & 127])
        found = memchr(page->page.data + page->at, c, page->page.len - page->at);
    page->no_more[(unsigned char)c & 127] = !found;
    if (found)
        page->at = (size_t)(found - page->page.data) + 1;
    return found != NULL;
}

/* Stands behind a tag's name; moves behind its '>'. Returns what stands between. */
static struct slice read_attributes(struct straighten *page)
{
    size_t start = page->at;
    bool value = false; /* an '=' has just been seen */
    while (page->at < page->page.len && page->page.data[page->at] != '>') {
        char c = page->page.data[page->at++];
        if (value && (c == '"' || c == '\''))
            (void)skip_behind(page, c);
        value = c == '=' || (value && is_space(c));
    }
    struct slice between = slice_sub(page->page, start, page->at);
    page->at += page->at < page->page.len;
    return between;
}

static void close_to(struct straighten *page, size_t depth)
{
    while (page->depth > depth) {
        struct slice name = page->open[--page->depth].name;
        buffer_append(page->out, "</", 2);
        buffer_append_slice(page->out, name);
        buffer_append(page->out, ">", 1);
    }
}

/* Ends what a start tag ends by being there: paragraphs, and items of the same rank. */
static void close_implied(struct straighten *page, struct slice name, enum tag_kind kind)
{
    if (kind != BLOCK && kind != CONTAINER && kind != ITEM)
        return;
    bool cell = name_is(name, "td") || name_is(name, "th");
    for (size_t i = page->depth; i-- > 0;) {
        const struct open_tag *open = &page->open[i];
        bool open_cell = name_is(open->name, "td") || name_is(open->name, "th");
        if (kind == ITEM ? open->kind == ITEM && (!cell || open_cell) : name_is(open->name, "p")) {
            close_to(page, i);
            if (!(kind == ITEM && open_cell && !cell))
                return;
        } else if (open->kind == CONTAINER || open->kind == ITEM) {
            return;
        }
    }
}

/* Leaves out everything up to and with the end tag of `name`. */
static void skip_element(struct straighten *page, struct slice name, bool raw)
{
    size_t nested = 1;
    while (nested > 0 && skip_behind(page, '<')) {
        struct slice rest = slice_sub(page->page, page->at, page->page.len);
        bool end = rest.len > 0 && rest.data[0] == '/';
        struct slice found = slice_sub(rest, end, rest.len);
        if (found.len <= name.len || strncasecmp(found.data, name.data, name.len) != 0 ||
            is_letter(found.data[name.len]) || (raw && !end))
            continue;
        page->at += end + name.len;
        (void)read_attributes(page);
        nested = end ? nested - 1 : nested + 1;
    }
    if (nested > 0)
        page->at = page->page.len;
}

static bool is_data(struct slice name, struct slice attributes)
{
    return name_is(name, "script") && slice_find(attributes, "ld+json");
}

/* `script` ends with its end tag. */
static void keep_script(struct straighten *page, struct slice script)
{
    const char *end = memrchr(script.data, '<', script.len);
    if (end && page->scripts->count < HTML_SCRIPTS_MAX)
        page->scripts->items[page->scripts->count++] =
            slice_sub(script, 0, (size_t)(end - script.data));
}

static void start_tag(struct straighten *page, struct slice name)
{
    enum tag_kind kind = kind_of(name);
    struct slice attributes = read_attributes(page);
    bool closed = attributes.len && attributes.data[attributes.len - 1] == '/';
    if (kind == RAW || kind == DROPPED) {
        size_t start = page->at;
        if (!(kind == DROPPED && closed))
            skip_element(page, name, kind == RAW);
        if (is_data(name, attributes))
            keep_script(page, slice_sub(page->page, start, page->at));
        return;
    }
    close_implied(page, name, kind);
    page->tags++;
    if (kind != VOID && page->depth == HTML_DEPTH_MAX) {
        page->too_deep++;
        buffer_append(page->out, " ", 1);
        return;
    }
    if (kind != VOID)
        page->open[page->depth++] = (struct open_tag){name, kind};
    buffer_append(page->out, "<", 1);
    buffer_append_slice(page->out, name);
    html_keep_attributes(attributes, page->out);
    buffer_append(page->out, ">", 1);
}

static void end_tag(struct straighten *page, struct slice name)
{
    (void)read_attributes(page);
    if (page->too_deep > 0) {
        page->too_deep--;
        buffer_append(page->out, " ", 1);
        return;
    }
    for (size_t i = page->depth; i-- > 0;) {
        const struct slice open = page->open[i].name;
        if (open.len == name.len && strncasecmp(open.data, name.data, name.len) == 0) {
            close_to(page, i);
            return;
        }
    }
}

/* Stands behind '<'. */
static void markup(struct straighten *page)
{
    struct slice rest = slice_sub(page->page, page->at, page->page.len);
    if (slice_starts_with(rest, SLICE_LITERAL("!--"))) {
        const char *end = slice_find(rest, "-->");
        page->at = end ? (size_t)(end + 3 - page->page.data) : page->page.len;
        return;
    }
    if (rest.len && (rest.data[0] == '!' || rest.data[0] == '?')) {
        if (!skip_behind(page, '>'))
            page->at = page->page.len;
        return;
    }
    bool end = rest.len && rest.data[0] == '/';
    size_t len = end;
    if (rest.len <= len || !is_letter(rest.data[len])) {
        buffer_append(page->out, "&lt;", 4);
        return;
    }
    while (len < rest.len && !is_space(rest.data[len]) && rest.data[len] != '>' &&
           rest.data[len] != '/')
        len++;
    struct slice name = slice_sub(rest, end, len);
    page->at += len;
    if (end)
        end_tag(page, name);
    else
        start_tag(page, name);
}

/* White space shrinks to one space: it means nothing, and pages are full of it. */
static void append_text(struct slice text, struct buffer *out)
{
    for (size_t at = 0; at < text.len;) {
        size_t start = at;
        while (at < text.len && !is_space(text.data[at]))
            at++;
        buffer_append(out, text.data + start, at - start);
        start = at;
        while (at < text.len && is_space(text.data[at]))
            at++;
        if (at > start)
            buffer_append(out, " ", 1);
    }
}

void html_straighten(struct slice page, struct buffer *out, struct html_scripts *scripts)
{
    struct straighten state = {.page = page, .out = out, .scripts = scripts};
    if (state.page.len > HTML_BYTES_MAX)
        state.page.len = HTML_BYTES_MAX;
    while (state.at < state.page.len && state.tags < HTML_TAGS_MAX) {
        const char *start = state.page.data + state.at;
        const char *next = memchr(start, '<', state.page.len - state.at);
        size_t len = next ? (size_t)(next - start) : state.page.len - state.at;
        append_text((struct slice){start, len}, out);
        state.at += len + (next != NULL);
        if (next)
            markup(&state);
    }
    close_to(&state, 0);
}
