/* Reading JSON-LD with jansson, after mending what can be mended. */
#include "worker/analysis/page/jsonld.h"

#include <jansson.h>
#include <stdlib.h>

#include "common/buffer.h"
#include "common/utf8.h"

#define OBJECTS_MAX 400 /* visited in one script */
#define DEPTH_MAX   8

/* Control characters become spaces, escapes that do not exist lose their backslash, a comma before
 * a closing bracket goes. What stands before the first bracket is left out. */
static void mend(struct slice script, struct buffer *out)
{
    bool quoted = false;
    size_t comma = SIZE_MAX; /* where a comma stands that nothing but white space has followed */
    size_t at = 0;
    while (at < script.len && script.data[at] != '{' && script.data[at] != '[')
        at++;
    for (; at < script.len; at++) {
        char c = script.data[at];
        if ((unsigned char)c < 0x20)
            c = ' ';
        if (quoted && c == '\\' && at + 1 < script.len) {
            char next = script.data[++at];
            if ((unsigned char)next < 0x20)
                next = ' ';
            if (strchr("\"\\/bfnrtu", next))
                buffer_append(out, "\\", 1);
            buffer_append(out, &next, 1);
            continue;
        }
        if (c == '"')
            quoted = !quoted;
        if (!quoted && (c == '}' || c == ']') && comma != SIZE_MAX)
            out->data[comma] = ' ';
        if (c != ' ')
            comma = !quoted && c == ',' ? out->len : SIZE_MAX;
        buffer_append(out, &c, 1);
        if (buffer_failed(out))
            return;
    }
}

static size_t reference_at(struct slice text, size_t at, uint32_t *point)
{
    static const struct {
        const char *name;
        uint32_t point;
    } names[] = {{"&amp;", '&'},  {"&lt;", '<'},    {"&gt;", '>'},
                 {"&quot;", '"'}, {"&apos;", '\''}, {"&nbsp;", ' '}};
    struct slice rest = slice_sub(text, at, text.len);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (slice_starts_with(rest, slice_from(names[i].name))) {
            *point = names[i].point;
            return strlen(names[i].name);
        }
    if (rest.len < 4 || rest.data[1] != '#')
        return 0;
    bool hex = rest.data[2] == 'x' || rest.data[2] == 'X';
    size_t i = hex ? 3 : 2;
    for (*point = 0; i < rest.len && i < 10 && rest.data[i] != ';'; i++) {
        int digit = rest.data[i] >= '0' && rest.data[i] <= '9'    ? rest.data[i] - '0'
                    : hex && strchr("abcdefABCDEF", rest.data[i]) ? (rest.data[i] | 32) - 'a' + 10
                                                                  : -1;
        if (digit < 0)
            return 0;
        *point = *point * (hex ? 16 : 10) + (uint32_t)digit;
    }
    bool valid = *point >= 0x20 && *point <= 0x10ffff && (*point < 0xd800 || *point > 0xdfff);
    return valid && i < rest.len && rest.data[i] == ';' ? i + 1 : 0;
}

struct slice jsonld_unescape(struct slice text, struct arena *arena)
{
    if (!text.data || !memchr(text.data, '&', text.len))
        return text;
    char *out = arena_alloc(arena, text.len + 1);
    size_t len = 0;
    for (size_t at = 0; out && at < text.len;) {
        uint32_t point = 0;
        size_t used = text.data[at] == '&' ? reference_at(text, at, &point) : 0;
        if (used)
            len += utf8_put(point, out + len);
        else
            out[len++] = text.data[at];
        at += used ? used : 1;
    }
    return out ? (struct slice){out, len} : SLICE_NULL;
}

static struct slice text_of(const json_t *value, struct arena *arena)
{
    if (json_is_array(value))
        value = json_array_get(value, 0);
    if (json_is_object(value)) {
        const json_t *inner = json_object_get(value, "@value");
        value = inner ? inner : json_object_get(value, "name");
    }
    if (!json_is_string(value) || json_string_length(value) == 0)
        return SLICE_NULL;
    struct slice text = {json_string_value(value), json_string_length(value)};
    size_t repaired = 0;
    text = utf8_repair(text, &repaired, arena);
    return text.data ? jsonld_unescape(arena_copy(text, arena), arena) : SLICE_NULL;
}

static struct slice text_at(const json_t *object, const char *key, struct arena *arena)
{
    return text_of(json_object_get(object, key), arena);
}

static struct slice image_of(const json_t *object, struct arena *arena)
{
    const json_t *image = json_object_get(object, "image");
    if (json_is_array(image))
        image = json_array_get(image, 0);
    if (json_is_object(image)) {
        struct slice url = text_at(image, "url", arena);
        return url.data ? url : text_at(image, "contentUrl", arena);
    }
    return text_of(image, arena);
}

static struct slice url_of(const json_t *object, struct arena *arena)
{
    const json_t *page = json_object_get(object, "mainEntityOfPage");
    struct slice url = json_is_object(page) ? text_at(page, "@id", arena) : text_of(page, arena);
    return url.data ? url : text_at(object, "url", arena);
}

static void add_author(const json_t *author, struct jsonld *facts, struct arena *arena)
{
    struct slice name = text_of(author, arena);
    if (name.len > 0 && facts->author_count < JSONLD_AUTHORS_MAX)
        facts->authors[facts->author_count++] = name;
}

static void read_authors(const json_t *object, struct jsonld *facts, struct arena *arena)
{
    const json_t *authors = json_object_get(object, "author");
    if (!authors)
        authors = json_object_get(object, "creator");
    if (json_is_array(authors))
        for (size_t i = 0; i < json_array_size(authors); i++)
            add_author(json_array_get(authors, i), facts, arena);
    else if (authors)
        add_author(authors, facts, arena);
}

static bool type_has(const json_t *type, const char *const *words)
{
    if (json_is_array(type)) {
        for (size_t i = 0; i < json_array_size(type) && i < 8; i++)
            if (type_has(json_array_get(type, i), words))
                return true;
        return false;
    }
    for (; json_is_string(type) && *words; words++)
        if (strcasestr(json_string_value(type), *words))
            return true;
    return false;
}

/* 1 an article, 2 a page, 3 anything else with a date of its own, 0 nothing of use. */
static int rank_of(const json_t *object)
{
    static const char *const articles[] = {"Article", "BlogPosting", "Report",     "LiveBlog",
                                           "Review",  "Recipe",      "Discussion", NULL};
    static const char *const pages[] = {"WebPage", "CreativeWork", "MediaPosting", NULL};
    static const char *const never[] = {"Comment", "Person",       "Organization", "Image",
                                        "WebSite", "UserInteract", "Event",        NULL};
    const json_t *type = json_object_get(object, "@type");
    if (type_has(type, articles))
        return 1;
    if (type_has(type, pages))
        return 2;
    bool dated = json_object_get(object, "datePublished") || json_object_get(object, "uploadDate");
    return dated && !type_has(type, never) ? 3 : 0;
}

static void take(const json_t *object, int rank, struct jsonld *facts, struct arena *arena)
{
    if (!rank || (facts->rank && facts->rank <= rank))
        return;
    struct slice site = facts->site;
    *facts = (struct jsonld){.rank = rank};
    facts->headline = text_at(object, "headline", arena);
    if (!facts->headline.data)
        facts->headline = text_at(object, "name", arena);
    facts->published = text_at(object, "datePublished", arena);
    facts->modified = text_at(object, "dateModified", arena);
    facts->created = text_at(object, "dateCreated", arena);
    if (!facts->created.data)
        facts->created = text_at(object, "uploadDate", arena);
    facts->site = text_at(object, "publisher", arena);
    if (!facts->site.data)
        facts->site = site;
    facts->section = text_at(object, "articleSection", arena);
    facts->image = image_of(object, arena);
    facts->url = url_of(object, arena);
    facts->language = text_at(object, "inLanguage", arena);
    facts->body = text_at(object, "articleBody", arena);
    read_authors(object, facts, arena);
}

/* Objects inside arrays, graphs and main entities. */
static void visit(const json_t *value, size_t depth, size_t *left, struct jsonld *facts,
                  struct arena *arena)
{
    static const char *const inside[] = {"@graph", "mainEntity", "itemListElement", "item",
                                         "mainEntityOfPage"};
    if (!value || depth > DEPTH_MAX || *left == 0)
        return;
    --*left;
    if (json_is_array(value))
        for (size_t i = 0; i < json_array_size(value) && *left > 0; i++)
            visit(json_array_get(value, i), depth + 1, left, facts, arena);
    if (!json_is_object(value))
        return;
    take(value, depth > 3 && rank_of(value) ? 3 : rank_of(value), facts, arena);
    for (size_t i = 0; i < sizeof inside / sizeof inside[0]; i++)
        visit(json_object_get(value, inside[i]), depth + 1, left, facts, arena);
}

/* The string behind the first `"key":`; for scripts that are no JSON at all. */
static struct slice look_for(struct slice script, const char *key)
{
    const char *found = slice_find(script, key);
    if (!found)
        return SLICE_NULL;
    size_t at = (size_t)(found - script.data) + strlen(key);
    while (at < script.len && strchr(" \t\r\n:", script.data[at]))
        at++;
    if (at >= script.len || script.data[at] != '"')
        return SLICE_NULL;
    size_t end = ++at;
    while (end < script.len && script.data[end] != '"' && script.data[end] != '\n')
        end += script.data[end] == '\\' ? 2 : 1;
    return end < script.len && end > at ? slice_sub(script, at, end) : SLICE_NULL;
}

static void look_around(struct slice script, struct jsonld *facts, struct arena *arena)
{
    if (facts->rank)
        return;
    facts->published = look_for(script, "\"datePublished\"");
    facts->modified = look_for(script, "\"dateModified\"");
    facts->headline = jsonld_unescape(look_for(script, "\"headline\""), arena);
    facts->rank = facts->published.data || facts->headline.data ? 3 : 0;
}

void jsonld_read(struct slice script, struct jsonld *facts, struct arena *arena)
{
    struct buffer mended;
    json_error_t error;
    size_t left = OBJECTS_MAX;
    if (script.len > JSONLD_BYTES_MAX)
        return;
    buffer_init(&mended, 2 * (size_t)JSONLD_BYTES_MAX);
    mend(script, &mended);
    json_t *json = buffer_failed(&mended) || mended.len == 0
                       ? NULL
                       : json_loadb(mended.data, mended.len, JSON_DISABLE_EOF_CHECK, &error);
    if (json)
        visit(json, 0, &left, facts, arena);
    else
        look_around(script, facts, arena);
    json_decref(json);
    buffer_deinit(&mended);
}
