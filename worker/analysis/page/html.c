/* Pages to blocks with the gumbo HTML5 parser: the text of block elements, without navigation,
 * page headers and footers, asides and forms, which go to `removed`. The tree is walked by its
 * parent links, never by recursion. */
#include "worker/analysis/page/html.h"

#include <gumbo.h>
#include <strings.h>

#include "common/clock.h"

bool html_is(struct slice type)
{
    static const char *const types[] = {"text/html", "application/xhtml+xml"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        size_t len = strlen(types[i]);
        if (type.len >= len && strncasecmp(type.data, types[i], len) == 0 &&
            (type.len == len || type.data[len] == ';' || type.data[len] == ' '))
            return true;
    }
    return false;
}

struct slice html_charset(struct slice page)
{
    struct slice head = slice_sub(page, 0, page.len < 1024 ? page.len : 1024);
    for (size_t at = 0; at + 8 < head.len; at++) {
        if (strncasecmp(head.data + at, "charset=", 8) != 0)
            continue;
        size_t start = at + 8;
        start += head.data[start] == '"' || head.data[start] == '\'';
        size_t end = start;
        while (end < head.len && !strchr("\"' ;/>", head.data[end]))
            end++;
        return end > start && end - start < 40 ? slice_sub(head, start, end) : SLICE_NULL;
    }
    return SLICE_NULL;
}

/* What an element means for the blocks. */
enum role { ROLE_INLINE, ROLE_BLOCK, ROLE_HEADING, ROLE_BREAK, ROLE_HEAD };

static enum role role_of(GumboTag tag)
{
    switch (tag) {
    case GUMBO_TAG_HEAD:
        return ROLE_HEAD;
    case GUMBO_TAG_BR:
        return ROLE_BREAK;
    case GUMBO_TAG_H1:
    case GUMBO_TAG_H2:
    case GUMBO_TAG_H3:
    case GUMBO_TAG_H4:
    case GUMBO_TAG_H5:
    case GUMBO_TAG_H6:
        return ROLE_HEADING;
    case GUMBO_TAG_ADDRESS:
    case GUMBO_TAG_ARTICLE:
    case GUMBO_TAG_ASIDE:
    case GUMBO_TAG_BLOCKQUOTE:
    case GUMBO_TAG_BODY:
    case GUMBO_TAG_BUTTON:
    case GUMBO_TAG_CAPTION:
    case GUMBO_TAG_DD:
    case GUMBO_TAG_DETAILS:
    case GUMBO_TAG_DIV:
    case GUMBO_TAG_DL:
    case GUMBO_TAG_DT:
    case GUMBO_TAG_FIELDSET:
    case GUMBO_TAG_FIGCAPTION:
    case GUMBO_TAG_FIGURE:
    case GUMBO_TAG_FOOTER:
    case GUMBO_TAG_FORM:
    case GUMBO_TAG_HEADER:
    case GUMBO_TAG_HR:
    case GUMBO_TAG_HTML:
    case GUMBO_TAG_LI:
    case GUMBO_TAG_MAIN:
    case GUMBO_TAG_MENU:
    case GUMBO_TAG_NAV:
    case GUMBO_TAG_OL:
    case GUMBO_TAG_P:
    case GUMBO_TAG_PRE:
    case GUMBO_TAG_SECTION:
    case GUMBO_TAG_SUMMARY:
    case GUMBO_TAG_TABLE:
    case GUMBO_TAG_TD:
    case GUMBO_TAG_TH:
    case GUMBO_TAG_TR:
    case GUMBO_TAG_UL:
        return ROLE_BLOCK;
    default:
        return ROLE_INLINE;
    }
}

static const char *attribute(const GumboNode *node, const char *name)
{
    GumboAttribute *found = gumbo_get_attribute(&node->v.element.attributes, name);
    return found ? found->value : NULL;
}

static bool says(const GumboNode *node, const char *name, const char *word)
{
    const char *value = attribute(node, name);
    return value && strcasestr(value, word);
}

/* Why a whole element is no part of the article; NULL when it may be. */
static const char *reason_of(const GumboNode *node, bool in_article)
{
    switch (node->v.element.tag) {
    case GUMBO_TAG_NAV:
    case GUMBO_TAG_FOOTER:
        return "navigation";
    case GUMBO_TAG_HEADER:
        return in_article ? NULL : "navigation";
    case GUMBO_TAG_ASIDE:
        return "related";
    case GUMBO_TAG_FORM:
        return says(node, "class", "newsletter") || says(node, "id", "newsletter") ? "newsletter"
                                                                                   : "navigation";
    case GUMBO_TAG_BUTTON:
        return "navigation";
    case GUMBO_TAG_HTML:
    case GUMBO_TAG_BODY:
    case GUMBO_TAG_ARTICLE:
    case GUMBO_TAG_MAIN:
        return NULL;
    default:
        break;
    }
    if (attribute(node, "hidden") || says(node, "aria-hidden", "true") ||
        says(node, "style", "display:none") || says(node, "style", "display: none"))
        return "hidden";
    if (says(node, "id", "cookie") || says(node, "class", "cookie") ||
        says(node, "id", "consent") || says(node, "class", "consent"))
        return "cookie-notice";
    return says(node, "role", "navigation") ? "navigation" : NULL;
}

struct page {
    struct doc *doc;
    struct arena *arena;
    struct buffer text; /* of the block being read */
    size_t link_bytes, blocks_capacity;
    size_t breaks;      /* <br> in a row */
    const char *reason; /* of the element `reason_node`, which is being left out */
    const GumboNode *reason_node;
    size_t in_link, in_heading, in_article;
    struct slice title, heading;
    enum status status;
};

static void flush(struct page *page)
{
    struct slice text = buffer_slice(&page->text);
    struct doc_block *block = NULL;
    if (buffer_failed(&page->text))
        page->status = STATUS_REJECT;
    else if (text.len > 0 && page->status == STATUS_OK) {
        /* The buffer is used again: the block gets its own copy. */
        struct slice copy = arena_copy(text, page->arena);
        page->status =
            copy.data ? doc_add_block(page->doc, &page->blocks_capacity, copy, &block, page->arena)
                      : STATUS_REJECT;
    }
    if (block) {
        block->reason = page->reason;
        block->heading = page->in_heading > 0;
        block->links = page->link_bytes * 10 > text.len * 8;
        if (page->in_heading && !page->reason && !page->heading.data)
            page->heading = block->text;
    }
    buffer_clear(&page->text);
    page->link_bytes = 0;
    page->breaks = 0;
}

static void add_text(struct page *page, const char *text)
{
    size_t len = strlen(text);
    buffer_append(&page->text, text, len);
    if (page->in_link)
        page->link_bytes += len;
    if (strspn(text, " \t\r\n") < len)
        page->breaks = 0;
}

static void add_break(struct page *page)
{
    buffer_append(&page->text, " ", 1);
    if (++page->breaks == 2)
        flush(page);
}

/* `enter` true at an element's start, false at its end. */
static void count_depths(struct page *page, GumboTag tag, bool enter)
{
    size_t step = enter ? 1 : (size_t)-1;
    if (tag == GUMBO_TAG_A)
        page->in_link += step;
    if (tag == GUMBO_TAG_ARTICLE || tag == GUMBO_TAG_MAIN)
        page->in_article += step;
    if (role_of(tag) == ROLE_HEADING)
        page->in_heading += step;
}

/* The first text inside an element, e.g. of <title>. */
static struct slice text_of(const GumboNode *node, struct arena *arena)
{
    const GumboVector *children = &node->v.element.children;
    for (unsigned i = 0; i < children->length; i++) {
        const GumboNode *child = children->data[i];
        if (child->type == GUMBO_NODE_TEXT) {
            struct slice copy = arena_copy(slice_from(child->v.text.text), arena);
            return copy.data ? doc_clean(copy, arena) : SLICE_NULL;
        }
    }
    return SLICE_NULL;
}

static void use_date(struct page *page, const char *value, const char *from)
{
    struct result *result = page->doc->result;
    int64_t ms;
    if (value && result->published_ms == CLOCK_NONE && clock_parse(slice_from(value), &ms)) {
        result->published_ms = ms;
        result->published_from = slice_from(from);
    }
}

static void use_meta(struct page *page, const GumboNode *node)
{
    const char *name = attribute(node, "property"), *content = attribute(node, "content");
    if (!name)
        name = attribute(node, "name");
    if (!name || !content)
        return;
    if (strcasecmp(name, "article:published_time") == 0)
        use_date(page, content, "meta");
    if (strcasecmp(name, "og:title") == 0) {
        struct slice copy = arena_copy(slice_from(content), page->arena);
        if (copy.data)
            page->title = doc_clean(copy, page->arena);
    }
}

/* Facts that a page says about itself. */
static void use_facts(struct page *page, const GumboNode *node)
{
    switch (node->v.element.tag) {
    case GUMBO_TAG_META:
        use_meta(page, node);
        break;
    case GUMBO_TAG_TITLE:
        if (!page->title.data)
            page->title = text_of(node, page->arena);
        break;
    case GUMBO_TAG_TIME:
        if (!page->reason)
            use_date(page, attribute(node, "datetime"), "time");
        break;
    default:
        break;
    }
}

static void enter(struct page *page, const GumboNode *node)
{
    if (node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE ||
        node->type == GUMBO_NODE_CDATA)
        add_text(page, node->v.text.text);
    if (node->type != GUMBO_NODE_ELEMENT)
        return;
    use_facts(page, node);
    enum role role = role_of(node->v.element.tag);
    const char *reason = page->reason ? NULL : reason_of(node, page->in_article > 0);
    if (reason || role == ROLE_BLOCK || role == ROLE_HEADING)
        flush(page);
    if (reason) {
        page->reason = reason;
        page->reason_node = node;
    }
    if (role == ROLE_BREAK)
        add_break(page);
    count_depths(page, node->v.element.tag, true);
}

static void leave(struct page *page, const GumboNode *node)
{
    if (node->type != GUMBO_NODE_ELEMENT)
        return;
    enum role role = role_of(node->v.element.tag);
    if (role == ROLE_HEAD)
        buffer_clear(&page->text); /* the text of <title> is no paragraph */
    if (role == ROLE_BLOCK || role == ROLE_HEADING || node == page->reason_node)
        flush(page);
    if (node == page->reason_node) {
        page->reason = NULL;
        page->reason_node = NULL;
    }
    count_depths(page, node->v.element.tag, false);
}

static const GumboVector *children_of(const GumboNode *node)
{
    return node->type == GUMBO_NODE_ELEMENT || node->type == GUMBO_NODE_TEMPLATE
               ? &node->v.element.children
               : NULL;
}

static void walk(struct page *page, const GumboNode *root)
{
    const GumboNode *node = root;
    enter(page, node);
    for (;;) {
        const GumboVector *children = children_of(node);
        if (children && children->length > 0) {
            node = children->data[0];
            enter(page, node);
            continue;
        }
        /* Up until there is a next sibling. */
        for (;;) {
            leave(page, node);
            if (node == root)
                return;
            const GumboVector *siblings = children_of(node->parent);
            size_t next = node->index_within_parent + 1;
            if (next < siblings->length) {
                node = siblings->data[next];
                break;
            }
            node = node->parent;
        }
        enter(page, node);
    }
}

enum status html_blocks(struct doc *doc, struct arena *arena)
{
    struct page page = {.doc = doc, .arena = arena, .status = STATUS_OK};
    struct buffer straight;
    buffer_init(&straight, 4 * (size_t)HTML_BYTES_MAX);
    buffer_init(&page.text, 2 * (size_t)HTML_BYTES_MAX);
    html_straighten(doc->body, &straight);
    if (buffer_failed(&straight)) {
        page.status = STATUS_REJECT;
    } else {
        GumboOptions options = kGumboDefaultOptions;
        options.max_errors = 0;
        GumboOutput *tree =
            gumbo_parse_with_options(&options, straight.data ? straight.data : "", straight.len);
        walk(&page, tree->root);
        flush(&page);
        gumbo_destroy_output(&options, tree);
    }
    buffer_deinit(&straight);
    buffer_deinit(&page.text);
    if (!doc->result->title.data)
        doc->result->title = page.title.len ? page.title : page.heading;
    return page.status;
}
