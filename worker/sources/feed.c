/* The feed parser: libxml2's events become items. */
#include "worker/sources/feed.h"

#include <assert.h>
#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/utf8.h"
#include "proto/article.h"
#include "proto/limits.h"
#include "proto/url.h"
#include "worker/sources/feed_names.h"
#include "worker/sources/feed_repair.h"
#include "worker/sources/feed_text.h"

#define DEPTH_MAX 300 /* libxml2 itself stops at 256 */
/* One item of the longest body and its other texts, and as many empty ones as a push can hold. */
#define DONE_BYTES     ((size_t)4 * LIMIT_BODY_BYTES)
#define SHORT_BYTES    ((size_t)LIMIT_TITLE_BYTES)
#define REPAIRED_BYTES ((size_t)FEED_PUSH_BYTES * 5 + 1024) /* when each byte is an ampersand */
#define ATTRIBUTE      5 /* strings an attribute: name, prefix, namespace, value, its end */

struct done {
    struct feed_item item;
    struct done *next;
};

struct feed {
    xmlParserCtxtPtr parser;
    xmlSAXHandler sax;
    xmlEntity entity; /* the one of HTML asked for last, and its UTF-8 */
    xmlChar entity_text[8];
    struct feed_repair repair;
    struct buffer repaired;   /* the bytes of one push */
    struct arena *base_arena; /* `base`, for as long as the feed */
    struct slice base;

    enum feed_place places[DEPTH_MAX]; /* of the elements that are open */
    size_t depth;
    bool started, alien, ended; /* a byte was pushed; the root is no feed's; the root was closed */

    enum feed_field open; /* the field whose text is being collected */
    size_t open_depth;
    bool markup; /* its text is made of elements, not of escaped HTML */
    struct buffer text;
    bool text_html, text_dropped; /* what its attributes say */

    struct buffer fields[FIELDS];
    bool html[FIELDS], failed[FIELDS];
    bool guid_is_link;

    struct arena *arena; /* items that wait to be taken */
    struct done *first, *last;
};

/* ---- attributes ---- */

static struct slice attribute(const xmlChar **attributes, int count, const char *name)
{
    for (int i = 0; i < count; i++) {
        const xmlChar **at = attributes + (ptrdiff_t)i * ATTRIBUTE;
        if (strcmp((const char *)at[0], name) == 0)
            return (struct slice){(const char *)at[3], (size_t)(at[4] - at[3])};
    }
    return SLICE_NULL;
}

/* ---- the text of a field ---- */

static void put_escaped(struct buffer *out, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        const char *escape = text.data[i] == '<'   ? "&lt;"
                             : text.data[i] == '>' ? "&gt;"
                             : text.data[i] == '&' ? "&amp;"
                             : text.data[i] == '"' ? "&quot;"
                                                   : NULL;
        if (escape)
            buffer_append(out, escape, strlen(escape));
        else
            buffer_append(out, text.data + i, 1);
    }
}

static void put_start(struct buffer *out, const char *name, const xmlChar **attributes, int count)
{
    buffer_printf(out, "<%s", name);
    for (int i = 0; i < count; i++) {
        const xmlChar **at = attributes + (ptrdiff_t)i * ATTRIBUTE;
        buffer_printf(out, " %s=\"", (const char *)at[0]);
        put_escaped(out, (struct slice){(const char *)at[3], (size_t)(at[4] - at[3])});
        buffer_append(out, "\"", 1);
    }
    buffer_append(out, ">", 1);
}

static bool is_void(const char *name)
{
    static const char *const names[] = {"br",   "img",   "hr",     "input", "meta", "link", "area",
                                        "base", "embed", "source", "track", "wbr",  "col"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* Atom says what a text is; RSS leaves it to be guessed when the item is whole. */
static void open_field(struct feed *feed, enum feed_field field, const xmlChar **attributes,
                       int count)
{
    struct slice type = attribute(attributes, count, "type");
    feed->open = field;
    feed->open_depth = feed->depth;
    feed->markup = slice_is(type, "xhtml") || slice_is(type, "application/xhtml+xml");
    feed->text_html = feed->markup || slice_is(type, "html") || slice_is(type, "text/html");
    feed->text_dropped = type.data && !feed->text_html && !slice_is(type, "text") &&
                         !slice_is(type, "text/plain") && !slice_is(type, "plain") &&
                         (field == FIELD_CONTENT || field == FIELD_SUMMARY);
    buffer_clear(&feed->text);
}

static bool is_several(enum feed_field field)
{
    return field == FIELD_AUTHORS || field == FIELD_CATEGORIES;
}

/* The first value counts; of authors and categories all do, with a NUL behind each. */
static void keep(struct feed *feed, enum feed_field field, struct slice value, bool html)
{
    struct buffer *to = &feed->fields[field];
    value = slice_trim(value);
    if (value.len == 0 || (to->len && !is_several(field)))
        return;
    buffer_append_slice(to, value);
    if (is_several(field))
        buffer_append(to, "", 1);
    feed->html[field] = html;
    feed->failed[field] |= buffer_failed(to);
    if (buffer_failed(to) && !is_several(field))
        to->len = 0;
}

static void close_field(struct feed *feed)
{
    enum feed_field field = feed->open;
    feed->open = FIELD_NONE;
    feed->failed[field] |= buffer_failed(&feed->text);
    if (feed->text_dropped || buffer_failed(&feed->text))
        return;
    keep(feed, field, buffer_slice(&feed->text), feed->text_html);
}

static void keep_link(struct feed *feed, enum feed_field field, const xmlChar **attributes,
                      int count)
{
    struct slice rel = attribute(attributes, count, "rel");
    if (!rel.data || slice_is(rel, "alternate") || slice_is(rel, ""))
        keep(feed, field, attribute(attributes, count, "href"), false);
}

static void keep_image(struct feed *feed, const xmlChar **attributes, int count)
{
    struct slice type = attribute(attributes, count, "type"),
                 medium = attribute(attributes, count, "medium");
    if ((!type.data || slice_starts_with(type, SLICE_LITERAL("image/"))) &&
        (!medium.data || slice_is(medium, "image")))
        keep(feed, FIELD_IMAGE, attribute(attributes, count, "url"), false);
}

static void take_value(struct feed *feed, const struct feed_name *name, const xmlChar **attributes,
                       int count)
{
    if (name->field == FIELD_GUID)
        feed->guid_is_link = !slice_is(attribute(attributes, count, "isPermaLink"), "false");
    if (name->value == VALUE_TEXT)
        open_field(feed, name->field, attributes, count);
    else if (name->value == VALUE_HREF)
        keep_link(feed, name->field, attributes, count);
    else if (name->value == VALUE_TERM)
        keep(feed, name->field, attribute(attributes, count, "term"), false);
    else if (name->value == VALUE_URL)
        keep_image(feed, attributes, count);
}

/* ---- items ---- */

static void begin_item(struct feed *feed)
{
    for (enum feed_field field = FIELD_NONE; field < FIELD_CHANNEL_TITLE; field++) {
        buffer_clear(&feed->fields[field]);
        feed->html[field] = feed->failed[field] = false;
    }
    feed->guid_is_link = false;
}

static struct slice field_slice(const struct feed *feed, enum feed_field field)
{
    return feed->fields[field].len ? buffer_slice(&feed->fields[field]) : SLICE_NULL;
}

static struct slice copy(const struct feed *feed, enum feed_field field, size_t limit)
{
    struct slice value = field_slice(feed, field);
    return value.len && value.len <= limit ? arena_copy(value, feed->arena) : SLICE_NULL;
}

/* RSS authors are "mail@example.org (Name)". */
static struct slice without_mail(struct slice author)
{
    const char *open = memchr(author.data, '(', author.len);
    return open && author.data[author.len - 1] == ')' && memchr(author.data, '@', author.len)
               ? slice_sub(author, (size_t)(open - author.data) + 1, author.len - 1)
               : author;
}

static size_t split(struct feed *feed, enum feed_field field, struct slice out[FEED_LIST_MAX])
{
    struct slice rest = field_slice(feed, field);
    size_t count = 0;
    while (rest.len && count < FEED_LIST_MAX) {
        size_t len = strnlen(rest.data, rest.len);
        struct slice value = slice_sub(rest, 0, len);
        if (field == FIELD_AUTHORS)
            value = without_mail(value);
        value = feed_text_plain(value, feed->arena);
        rest = slice_sub(rest, len < rest.len ? len + 1 : len, rest.len);
        if (value.len && value.len <= LIMIT_AUTHOR_BYTES)
            out[count++] = value;
    }
    return count;
}

static struct slice item_url(struct feed *feed)
{
    struct slice link = field_slice(feed, FIELD_ORIGINAL_LINK),
                 channel = field_slice(feed, FIELD_CHANNEL_LINK);
    if (!link.data)
        link = field_slice(feed, FIELD_LINK);
    if (!link.data && feed->guid_is_link)
        link = field_slice(feed, FIELD_GUID);
    if (!link.data || link.len > LIMIT_URL_BYTES)
        return SLICE_NULL;
    return url_resolve(feed->base.len ? feed->base : channel, link, feed->arena);
}

static struct slice item_title(struct feed *feed)
{
    struct slice title = field_slice(feed, FIELD_TITLE);
    if (!title.data)
        return SLICE_NULL;
    /* RSS does not say whether titles are HTML; those that look like it were written so. */
    return feed->html[FIELD_TITLE] || feed_text_is_html(title)
               ? feed_text_plain(title, feed->arena)
               : feed_text_folded(title, feed->arena);
}

static void set_body(struct feed *feed, struct feed_item *item)
{
    static const enum feed_field order[] = {FIELD_CONTENT, FIELD_SUMMARY, FIELD_DESCRIPTION};
    item->body = SLICE_LITERAL("");
    for (size_t i = 0; i < sizeof order / sizeof *order && item->body.len == 0; i++) {
        struct slice body = field_slice(feed, order[i]);
        item->too_long |= feed->failed[order[i]];
        if (!body.data)
            continue;
        item->body = arena_copy(body, feed->arena);
        item->body_is_html = feed->html[order[i]] || feed_text_is_html(body);
        item->too_long |= !item->body.data;
    }
    if (item->body.len)
        item->too_long = false;
}

static int64_t item_date(struct feed *feed)
{
    static const enum feed_field order[] = {FIELD_PUBLISHED, FIELD_DATE, FIELD_UPDATED};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        int64_t ms = feed_text_date(field_slice(feed, order[i]));
        if (ms != CLOCK_NONE)
            return ms;
    }
    return CLOCK_NONE;
}

static void end_item(struct feed *feed)
{
    struct done *done = arena_alloc(feed->arena, sizeof *done);
    if (!done)
        return;
    struct feed_item *item = &done->item;
    item->title = item_title(feed);
    item->url = item_url(feed);
    item->guid = copy(feed, FIELD_GUID, LIMIT_ID_BYTES);
    item->language = copy(feed, FIELD_LANGUAGE, LIMIT_LANGUAGE_BYTES);
    item->image = copy(feed, FIELD_IMAGE, LIMIT_URL_BYTES);
    item->author_count = split(feed, FIELD_AUTHORS, item->authors);
    item->category_count = split(feed, FIELD_CATEGORIES, item->categories);
    item->published_ms = item_date(feed);
    item->updated_ms = feed_text_date(field_slice(feed, FIELD_UPDATED));
    set_body(feed, item);
    if (feed->last)
        feed->last->next = done;
    else
        feed->first = done;
    feed->last = done;
}

/* ---- libxml2's events ---- */

/* libxml2 drops every reference (&amp; too) of a document that was found not well-formed. We go on
 * reading those, so it has to forget. */
static void forget_faults(struct feed *feed)
{
    feed->parser->wellFormed = 1;
}

static void on_start(void *user, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri,
                     int space_count, const xmlChar **space_pairs, int count, int defaulted,
                     const xmlChar **attributes)
{
    struct feed *feed = user;
    (void)space_count;
    (void)space_pairs;
    (void)defaulted;
    forget_faults(feed);
    enum feed_place place = feed->depth ? feed->places[feed->depth - 1] : PLACE_TOP;
    const struct feed_name *name = NULL;
    if (feed->open)
        feed->markup = feed->text_html = true;
    else
        name = feed_name_find(place, (const char *)uri, (const char *)prefix, (const char *)local);
    if (feed->depth == DEPTH_MAX || (place == PLACE_TOP && (!name || feed->ended))) {
        feed->alien |= !feed->ended;
        xmlStopParser(feed->parser);
        return;
    }
    feed->places[feed->depth++] = name ? name->inside : PLACE_OTHER;
    if (feed->open)
        put_start(&feed->text, (const char *)local, attributes, count);
    else if (name && name->inside == PLACE_ITEM)
        begin_item(feed);
    else if (name)
        take_value(feed, name, attributes, count);
}

static void on_end(void *user, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri)
{
    struct feed *feed = user;
    (void)prefix;
    (void)uri;
    forget_faults(feed);
    if (feed->depth == 0)
        return;
    if (feed->open && feed->depth == feed->open_depth)
        close_field(feed);
    else if (feed->open && !is_void((const char *)local))
        buffer_printf(&feed->text, "</%s>", (const char *)local);
    feed->depth--;
    if (feed->places[feed->depth] == PLACE_ITEM)
        end_item(feed);
    feed->ended |= feed->depth == 0;
}

static void on_text(void *user, const xmlChar *bytes, int len)
{
    struct feed *feed = user;
    struct slice text = {(const char *)bytes, (size_t)len};
    forget_faults(feed);
    if (feed->open && feed->markup)
        put_escaped(&feed->text, text);
    else if (feed->open)
        buffer_append_slice(&feed->text, text);
}

/* Only HTML's entities: what the document itself declares is never looked at, so nothing expands.
 */
static xmlEntityPtr on_entity(void *user, const xmlChar *name)
{
    struct feed *feed = user;
    const htmlEntityDesc *found = htmlEntityLookup(name);
    if (!found)
        return NULL;
    size_t len = utf8_put(found->value, (char *)feed->entity_text);
    feed->entity_text[len] = 0;
    feed->entity = (xmlEntity){.type = XML_ENTITY_DECL,
                               .name = name,
                               .etype = XML_INTERNAL_PREDEFINED_ENTITY,
                               .content = feed->entity_text,
                               .length = (int)len};
    return &feed->entity;
}

/* Faults of a stranger's feed are no lines on our standard error. */
static void on_fault(void *user, xmlErrorPtr error)
{
    (void)user;
    (void)error;
}

/* ---- the outside ---- */

static void init_buffers(struct feed *feed)
{
    for (enum feed_field field = FIELD_NONE; field < FIELDS; field++) {
        bool body = field == FIELD_CONTENT || field == FIELD_SUMMARY || field == FIELD_DESCRIPTION;
        buffer_init(&feed->fields[field], body ? LIMIT_BODY_BYTES : SHORT_BYTES);
    }
    buffer_init(&feed->text, LIMIT_BODY_BYTES);
    buffer_init(&feed->repaired, REPAIRED_BYTES);
}

enum status feed_new(struct slice base, struct feed **out, struct fault *fault)
{
    struct feed *feed = calloc(1, sizeof *feed);
    if (!feed)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for a feed");
    init_buffers(feed);
    /* libxml2's own setting, for faults it finds outside of a parser: in an encoding, say. */
    xmlSetStructuredErrorFunc(NULL, on_fault);
    feed->sax = (xmlSAXHandler){.initialized = XML_SAX2_MAGIC,
                                .startElementNs = on_start,
                                .endElementNs = on_end,
                                .characters = on_text,
                                .ignorableWhitespace = on_text,
                                .cdataBlock = on_text,
                                .getEntity = on_entity};
    feed->arena = arena_new(DONE_BYTES);
    feed->base_arena = arena_new(LIMIT_URL_BYTES + 64);
    feed->parser = xmlCreatePushParserCtxt(&feed->sax, feed, NULL, 0, NULL);
    if (!feed->arena || !feed->base_arena || !feed->parser) {
        feed_free(feed);
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for a feed");
    }
    (void)xmlCtxtUseOptions(feed->parser, XML_PARSE_RECOVER | XML_PARSE_NONET | XML_PARSE_NOERROR |
                                              XML_PARSE_NOWARNING);
    if (base.data)
        feed->base = arena_copy(base, feed->base_arena);
    *out = feed;
    return STATUS_OK;
}

void feed_free(struct feed *feed)
{
    if (!feed)
        return;
    if (feed->parser) {
        xmlFreeDoc(feed->parser->myDoc);
        xmlFreeParserCtxt(feed->parser);
    }
    for (enum feed_field field = FIELD_NONE; field < FIELDS; field++)
        buffer_deinit(&feed->fields[field]);
    buffer_deinit(&feed->text);
    buffer_deinit(&feed->repaired);
    arena_free(feed->arena);
    arena_free(feed->base_arena);
    free(feed);
}

/* White space in front of the XML declaration is a fault that is common and harmless. */
static struct slice begin(struct feed *feed, struct slice bytes)
{
    size_t at = 0;
    while (!feed->started && at < bytes.len && strchr(" \t\r\n", bytes.data[at]) && bytes.data[at])
        at++;
    feed->started |= at < bytes.len;
    return slice_sub(bytes, at, bytes.len);
}

static enum status not_a_feed(struct fault *fault)
{
    return fault_set(fault, STATUS_REJECT, "not-a-feed", "This is no RSS or Atom feed.");
}

enum status feed_push(struct feed *feed, struct slice bytes, bool last, struct fault *fault)
{
    if (feed->first)
        return STATUS_RETRY;
    arena_reset(feed->arena);
    feed->last = NULL;
    assert(bytes.len <= FEED_PUSH_BYTES);
    buffer_clear(&feed->repaired);
    feed_repair(&feed->repair, begin(feed, bytes.data ? bytes : SLICE_LITERAL("")), last,
                &feed->repaired);
    if (feed->repaired.len && !feed->alien && !feed->ended)
        (void)xmlParseChunk(feed->parser, feed->repaired.data, (int)feed->repaired.len, 0);
    if (last && !feed->alien && !feed->ended)
        (void)xmlParseChunk(feed->parser, "", 0, 1);
    if (arena_exhausted(feed->arena) || buffer_failed(&feed->repaired))
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for a feed's items");
    if (feed->alien || (last && feed->depth == 0 && !feed->ended))
        return not_a_feed(fault);
    if (last && !feed->ended)
        return fault_set(fault, STATUS_REJECT, "truncated", "The feed ends too early.");
    return STATUS_OK;
}

bool feed_next(struct feed *feed, struct feed_item *item)
{
    if (!feed->first)
        return false;
    *item = feed->first->item;
    feed->first = feed->first->next;
    return true;
}

struct slice feed_title(const struct feed *feed)
{
    return field_slice(feed, FIELD_CHANNEL_TITLE);
}

struct slice feed_language(const struct feed *feed)
{
    struct slice language = field_slice(feed, FIELD_CHANNEL_LANGUAGE);
    return language.len <= LIMIT_LANGUAGE_BYTES ? language : SLICE_NULL;
}
