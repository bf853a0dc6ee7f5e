/* From a page's bytes to struct page: parsed with gumbo, walked once by its parent links, never by
 * recursion. */
#include "worker/analysis/page/page.h"

#include <strings.h>

#include "common/utf8.h"

enum role { ROLE_INLINE, ROLE_BLOCK, ROLE_BREAK, ROLE_HEAD };

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
    case GUMBO_TAG_ADDRESS:
    case GUMBO_TAG_ARTICLE:
    case GUMBO_TAG_ASIDE:
    case GUMBO_TAG_BLOCKQUOTE:
    case GUMBO_TAG_BODY:
    case GUMBO_TAG_BUTTON:
    case GUMBO_TAG_CAPTION:
    case GUMBO_TAG_CENTER:
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
    case GUMBO_TAG_TBODY:
    case GUMBO_TAG_TD:
    case GUMBO_TAG_TFOOT:
    case GUMBO_TAG_TH:
    case GUMBO_TAG_THEAD:
    case GUMBO_TAG_TR:
    case GUMBO_TAG_UL:
        return ROLE_BLOCK;
    default:
        return ROLE_INLINE;
    }
}

const char *page_attribute(const struct page_node *node, const char *name)
{
    GumboAttribute *found = gumbo_get_attribute(&node->source->v.element.attributes, name);
    return found ? found->value : NULL;
}

bool page_attribute_has(const struct page_node *node, const char *name, const char *word)
{
    const char *value = page_attribute(node, name);
    return value && strcasestr(value, word);
}

static const GumboVector *children_of(const GumboNode *node)
{
    return node->type == GUMBO_NODE_ELEMENT || node->type == GUMBO_NODE_TEMPLATE
               ? &node->v.element.children
               : NULL;
}

/* The node after `node` in document order inside `root`; NULL behind the last. `*left` is called
 * for with each element that ends on the way. */
static const GumboNode *next_node(const GumboNode *node, const GumboNode *root,
                                  void (*left)(void *user, const GumboNode *node), void *user)
{
    const GumboVector *children = children_of(node);
    if (children && children->length > 0)
        return children->data[0];
    for (;;) {
        if (left)
            left(user, node);
        if (node == root)
            return NULL;
        const GumboVector *siblings = children_of(node->parent);
        size_t next = node->index_within_parent + 1;
        if (next < siblings->length)
            return siblings->data[next];
        node = node->parent;
    }
}

static const char *text_of(const GumboNode *node)
{
    return node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE ||
                   node->type == GUMBO_NODE_CDATA
               ? node->v.text.text
               : NULL;
}

struct slice page_text(const struct page *page, const struct page_node *node, size_t limit)
{
    struct buffer text;
    buffer_init(&text, 2 * limit + 64);
    for (const GumboNode *at = node->source; at && text.len < limit;
         at = next_node(at, node->source, NULL, NULL)) {
        const char *piece = text_of(at);
        if (piece)
            buffer_append(&text, piece, strnlen(piece, limit));
        else if (at->type == GUMBO_NODE_ELEMENT && role_of(at->v.element.tag) != ROLE_INLINE)
            buffer_append(&text, " ", 1);
    }
    size_t repaired = 0;
    struct slice clean = utf8_repair(buffer_slice(&text), &repaired, page->arena);
    clean = clean.data ? arena_copy(clean, page->arena) : SLICE_NULL;
    buffer_deinit(&text);
    return clean.data ? doc_clean(clean, page->arena) : SLICE_NULL;
}

#define NO_NODE UINT32_MAX

/* What is being read: the open elements are found through `node` and its parents. */
struct reading {
    struct page *page;
    struct buffer text;
    uint32_t node;      /* the innermost open one of page->nodes */
    uint32_t text_node; /* the innermost one around all text of the block; NO_NODE: no text yet */
    uint32_t link_bytes, links, in_link, in_quote, in_pre, in_head;
    bool link_first;
    size_t breaks; /* <br> in a row */
    enum status status;
};

static bool ends_sentence(struct slice text)
{
    static const char *const ends[] = {".", "!", "?", "…", "。", "！", "？", "؟", "।", ":"};
    static const char *const quotes[] = {"\"", "”", "»", "'", "’", ")", "]", "“"};
    for (size_t i = 0; i < sizeof quotes / sizeof quotes[0]; i++) {
        size_t len = strlen(quotes[i]);
        if (text.len > len && memcmp(text.data + text.len - len, quotes[i], len) == 0)
            text.len -= len;
    }
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        size_t len = strlen(ends[i]);
        if (text.len >= len && memcmp(text.data + text.len - len, ends[i], len) == 0)
            return true;
    }
    return false;
}

/* What the elements around a block make of it. */
static void describe(struct reading *in, struct page_block *block)
{
    const struct page_node *nodes = in->page->nodes;
    block->quote = in->in_quote > 0;
    block->pre = in->in_pre > 0;
    for (uint32_t at = block->node, depth = 0; depth < 6; at = nodes[at].parent, depth++) {
        GumboTag tag = nodes[at].tag;
        if (tag >= GUMBO_TAG_H1 && tag <= GUMBO_TAG_H6 && !block->level)
            block->level = (uint8_t)(tag - GUMBO_TAG_H1 + 1);
        block->item |= tag == GUMBO_TAG_LI || tag == GUMBO_TAG_DD || tag == GUMBO_TAG_DT;
        block->cell |= tag == GUMBO_TAG_TD || tag == GUMBO_TAG_TH;
        block->caption |= tag == GUMBO_TAG_FIGCAPTION || tag == GUMBO_TAG_CAPTION;
        if (at == 0)
            break;
    }
}

static void flush(struct reading *in)
{
    struct page *page = in->page;
    struct slice text = buffer_slice(&in->text);
    if (buffer_failed(&in->text))
        in->status = STATUS_REJECT;
    else if (in->text_node != NO_NODE && in->status == STATUS_OK && !in->in_head) {
        struct slice copy = arena_copy(text, page->arena);
        copy = copy.data ? doc_clean(copy, page->arena) : copy;
        void *items = page->blocks;
        struct page_block *block = NULL;
        if (copy.data && copy.len > 0)
            block = arena_push(&items, &page->block_count, &page->block_capacity, sizeof *block,
                               page->arena);
        page->blocks = items;
        if (block) {
            *block = (struct page_block){.text = copy, .node = in->text_node};
            block->points = (uint32_t)utf8_length(copy);
            if (page->block_count > 1)
                block->points_before = block[-1].points_before + block[-1].points;
            block->link_bytes = in->link_bytes;
            block->links = in->links;
            block->link_first = in->link_first;
            block->sentence = ends_sentence(copy);
            describe(in, block);
        } else if (!copy.data || copy.len > 0) {
            in->status = STATUS_REJECT;
        }
    }
    buffer_clear(&in->text);
    in->link_bytes = in->links = 0;
    in->breaks = 0;
    in->text_node = NO_NODE;
    in->link_first = false;
}

/* An element is open as long as its end is not known. */
static void widen(struct reading *in)
{
    const struct page_node *nodes = in->page->nodes;
    if (in->text_node == NO_NODE)
        in->text_node = in->node;
    while (in->text_node > 0 && nodes[in->text_node].end)
        in->text_node = nodes[in->text_node].parent;
}

static void add_text(struct reading *in, const char *text)
{
    size_t len = strlen(text), blank = strspn(text, " \t\r\n");
    buffer_append(&in->text, text, len);
    if (in->in_link && blank < len)
        in->link_bytes += (uint32_t)(len - blank);
    if (blank < len) {
        in->link_first |= in->text_node == NO_NODE && in->in_link > 0;
        in->breaks = 0;
        widen(in);
    }
}

static void count_depths(struct reading *in, GumboTag tag, uint32_t step)
{
    if (tag == GUMBO_TAG_A)
        in->in_link += step;
    if (tag == GUMBO_TAG_BLOCKQUOTE)
        in->in_quote += step;
    if (tag == GUMBO_TAG_PRE)
        in->in_pre += step;
    if (tag == GUMBO_TAG_HEAD)
        in->in_head += step;
}

static void enter(struct reading *in, const GumboNode *node)
{
    struct page *page = in->page;
    const char *text = text_of(node);
    if (text)
        add_text(in, text);
    if (!children_of(node))
        return;
    GumboTag tag = node->v.element.tag;
    enum role role = role_of(tag);
    if (role == ROLE_BLOCK)
        flush(in);
    void *items = page->nodes;
    struct page_node *made =
        arena_push(&items, &page->node_count, &page->node_capacity, sizeof *made, page->arena);
    page->nodes = items;
    if (!made) {
        in->status = STATUS_REJECT;
        return;
    }
    *made = (struct page_node){.source = node,
                               .parent = in->node,
                               .first = (uint32_t)page->block_count,
                               .tag = (uint16_t)tag};
    in->node = (uint32_t)(page->node_count - 1);
    in->links += tag == GUMBO_TAG_A;
    if (role == ROLE_BREAK) {
        buffer_append(&in->text, " ", 1);
        if (++in->breaks == 2)
            flush(in);
    }
    count_depths(in, tag, 1);
}

static void leave(void *user, const GumboNode *node)
{
    struct reading *in = user;
    struct page *page = in->page;
    if (!children_of(node) || in->status != STATUS_OK)
        return;
    enum role role = role_of(node->v.element.tag);
    if (role == ROLE_HEAD)
        buffer_clear(&in->text); /* the text of <title> is no paragraph */
    if (role == ROLE_BLOCK)
        flush(in);
    count_depths(in, node->v.element.tag, (uint32_t)-1);
    struct page_node *made = &page->nodes[in->node];
    made->end = (uint32_t)page->node_count;
    made->last = (uint32_t)page->block_count;
    in->node = made->parent;
}

/* The rest of an endless page is not read: what is open ends here. */
static void close_all(struct reading *in)
{
    struct page *page = in->page;
    flush(in);
    for (uint32_t i = in->node;; i = page->nodes[i].parent) {
        page->nodes[i].end = (uint32_t)page->node_count;
        page->nodes[i].last = (uint32_t)page->block_count;
        if (i == 0)
            return;
    }
}

static enum status flatten(struct page *page)
{
    struct reading in = {.page = page, .text_node = NO_NODE, .status = STATUS_OK};
    const GumboNode *root = page->tree->root, *node = root;
    buffer_init(&in.text, 2 * (size_t)HTML_BYTES_MAX);
    while (node && in.status == STATUS_OK && page->node_count < PAGE_NODES_MAX) {
        enter(&in, node);
        node = next_node(node, root, leave, &in);
    }
    if (node && in.status == STATUS_OK)
        close_all(&in);
    buffer_deinit(&in.text);
    return in.status;
}

enum status page_open(struct doc *doc, struct arena *arena, struct page *page)
{
    enum status status = STATUS_REJECT;
    struct buffer straight;
    *page = (struct page){.doc = doc, .arena = arena};
    buffer_init(&straight, 4 * (size_t)HTML_BYTES_MAX);
    html_straighten(doc->body, &straight, &page->scripts);
    if (!buffer_failed(&straight)) {
        GumboOptions options = kGumboDefaultOptions;
        options.max_errors = 0;
        page->tree =
            gumbo_parse_with_options(&options, straight.data ? straight.data : "", straight.len);
        status = page->tree ? flatten(page) : STATUS_REJECT;
    }
    buffer_deinit(&straight);
    return status;
}

void page_close(struct page *page)
{
    if (page->tree)
        gumbo_destroy_output(&kGumboDefaultOptions, page->tree);
    page->tree = NULL;
}
