/* What an element's tag, role and names say about the text in it: that it is an article's, or why
 * it is not. The names are in data/page_hints.txt. */
#include "worker/analysis/page/page.h"

#include <strings.h>

#include "worker/analysis/tables.h"

#define NAME_WORDS_MAX 12

struct hint {
    uint8_t why, body;
};

/* One name of a class by its words, in lower case, one space between. */
struct name {
    char text[2 * PAGE_TOKENS_BYTES_MAX + 2];
    size_t starts[NAME_WORDS_MAX + 1], ends[NAME_WORDS_MAX], count;
};

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
    return (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

/* Cuts a name into words: at capitals behind small letters and at all that is no letter. */
static void cut(const char *bytes, size_t len, struct name *name)
{
    size_t out = 0;
    char before = 0;
    name->count = 0;
    for (size_t i = 0; i < len; before = bytes[i++]) {
        char c = bytes[i];
        if (!is_upper(c) && !is_lower(c))
            continue;
        bool inside = is_lower(before) || is_upper(before);
        if (!inside || (is_upper(c) && is_lower(before))) {
            if (name->count == NAME_WORDS_MAX)
                return;
            if (name->count > 0)
                name->text[out++] = ' ';
            name->starts[name->count++] = out;
        }
        name->text[out++] = is_upper(c) ? (char)(c - 'A' + 'a') : c;
        name->ends[name->count - 1] = out;
    }
}

/* The longest phrase that begins at word `from`; how many words it has. */
static int32_t phrase_at(const struct name *name, size_t from, size_t *words)
{
    struct slice first = {name->text + name->starts[from], name->ends[from] - name->starts[from]};
    const struct lexicon_entry *entry = lexicon_look_up(&page_hints_lexicon, first);
    for (size_t n = entry ? entry->words : 0; n > 0; n--) {
        if (from + n > name->count)
            continue;
        struct slice key = {name->text + name->starts[from],
                            name->ends[from + n - 1] - name->starts[from]};
        const struct lexicon_entry *found = lexicon_look_up(&page_hints_lexicon, key);
        if (!found || found->value == LEXICON_PREFIX_ONLY || (found->more && n < name->count))
            continue;
        *words = n;
        return found->value;
    }
    *words = 1;
    return 0;
}

static void read_name(const char *bytes, size_t len, struct hint *hint)
{
    struct name name;
    size_t words = 1;
    cut(bytes, len, &name);
    for (size_t i = 0; i < name.count; i += words) {
        int32_t value = phrase_at(&name, i, &words);
        if (value == HINT_NOT && i == 0)
            return;
        if (value == HINT_BODY && !hint->body)
            hint->body = 1;
        if (value == HINT_BODY_CERTAIN)
            hint->body = 2;
        if (value > 0 && value < HINT_NOT && !hint->why)
            hint->why = (uint8_t)value;
    }
}

static void read_names(const char *names, struct hint *hint)
{
    size_t len = names ? strnlen(names, PAGE_TOKENS_BYTES_MAX) : 0;
    for (size_t at = 0; at < len;) {
        size_t start = at + strspn(names + at, " \t\r\n\f");
        size_t end = start + strcspn(names + start, " \t\r\n\f");
        if (start < len)
            read_name(names + start, (end < len ? end : len) - start, hint);
        at = end;
    }
}

static uint8_t reason_index(const char *reason)
{
    for (unsigned i = 1; i < page_hint_reason_count; i++)
        if (strcmp(page_hint_reasons[i], reason) == 0)
            return (uint8_t)i;
    return 0;
}

/* The head of an article is no head of a page. */
static bool heads_article(const struct page *page, const struct page_node *node)
{
    while (node->parent > 0) {
        node = &page->nodes[node->parent];
        if (node->tag == GUMBO_TAG_ARTICLE)
            return true;
    }
    return false;
}

static const char *by_tag(const struct page *page, const struct page_node *node)
{
    switch (node->tag) {
    case GUMBO_TAG_NAV:
    case GUMBO_TAG_FOOTER:
    case GUMBO_TAG_BUTTON:
    case GUMBO_TAG_LABEL:
    case GUMBO_TAG_FORM:
        return "navigation";
    case GUMBO_TAG_HEADER:
        return heads_article(page, node) ? NULL : "navigation";
    case GUMBO_TAG_ASIDE:
        return "related";
    case GUMBO_TAG_FIGCAPTION:
        return "caption";
    default:
        return NULL;
    }
}

static const char *by_role(const struct page_node *node)
{
    static const struct {
        const char *role, *reason;
    } roles[] = {{"navigation", "navigation"},  {"banner", "navigation"},
                 {"contentinfo", "navigation"}, {"search", "navigation"},
                 {"menu", "navigation"},        {"complementary", "related"},
                 {"dialog", "hidden"},          {"alertdialog", "hidden"}};
    const char *role = page_attribute(node, "role");
    for (size_t i = 0; role && i < sizeof roles / sizeof roles[0]; i++)
        if (strcasecmp(role, roles[i].role) == 0)
            return roles[i].reason;
    return NULL;
}

static bool is_hidden(const struct page_node *node)
{
    const char *style = page_attribute(node, "style");
    if (page_attribute(node, "hidden") || page_attribute_has(node, "aria-hidden", "true"))
        return true;
    return style &&
           (strcasestr(style, "display:none") || strcasestr(style, "display: none") ||
            strcasestr(style, "visibility:hidden") || strcasestr(style, "visibility: hidden"));
}

/* `lenient`: names speak of comments and consent only. */
static struct hint hint_of(const struct page *page, const struct page_node *node, bool lenient)
{
    struct hint hint = {0, 0};
    if (page_attribute_has(node, "itemprop", "articleBody") ||
        page_attribute_has(node, "property", "articleBody"))
        hint.body = 2;
    read_names(page_attribute(node, "class"), &hint);
    read_names(page_attribute(node, "id"), &hint);
    if (lenient && hint.why != reason_index("comments") &&
        hint.why != reason_index("cookie-notice"))
        hint.why = 0;
    if (hint.body == 2 && hint.why == reason_index("hidden"))
        hint.why = 0; /* "entry-content print-only": printed as well */
    const char *reason = is_hidden(node) ? "hidden" : by_role(node);
    if (!reason && !hint.why)
        reason = by_tag(page, node);
    if (reason)
        hint.why = reason_index(reason);
    if (page_attribute_has(node, "itemtype", "schema.org/Comment") ||
        page_attribute_has(node, "itemprop", "comment"))
        hint.why = reason_index("comments");
    return hint;
}

/* Text that an article may consist of, in bytes. */
static uint32_t prose_of(const struct page_block *block)
{
    bool good = block->points >= 60 && block->link_bytes * 3 < block->text.len && !block->caption;
    return good ? (uint32_t)block->text.len : 0;
}

/* Sums over the blocks before each one. */
struct sums {
    uint32_t prose, text, links, paragraphs, headings;
};

static void sum_blocks(const struct page *page, struct sums *sums)
{
    for (size_t i = 0; i < page->block_count; i++) {
        const struct page_block *block = &page->blocks[i];
        uint32_t prose = prose_of(block);
        sums[i + 1] = sums[i];
        sums[i + 1].prose += prose;
        sums[i + 1].text += (uint32_t)block->text.len;
        sums[i + 1].links += block->link_bytes;
        sums[i + 1].paragraphs += prose > 0;
        sums[i + 1].headings += block->level == 1;
    }
}

static struct sums inside(const struct page_node *node, const struct sums *sums)
{
    const struct sums *from = &sums[node->first], *to = &sums[node->last];
    return (struct sums){to->prose - from->prose, to->text - from->text, to->links - from->links,
                         to->paragraphs - from->paragraphs, to->headings - from->headings};
}

/* How much prose can stand in what is called so, in bytes; more, and the name means another thing:
 * "image-text", "gallery-article". */
static uint32_t prose_max(const char *reason)
{
    static const struct {
        const char *reason;
        uint32_t bytes;
    } limits[] = {{"caption", 400},  {"byline", 1000},        {"title", 400},      {"share", 600},
                  {"paywall", 1500}, {"advertisement", 1000}, {"newsletter", 5000}};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++)
        if (strcmp(reason, limits[i].reason) == 0)
            return limits[i].bytes;
    return UINT32_MAX;
}

/* Is what speaks against an element mistaken? Pages of one <form>, "page-with-sidebar": what holds
 * the headline and prose, or most of the page's prose, is no such thing. */
static bool is_mistaken(const struct page *page, const struct page_node *node,
                        const struct sums *sums)
{
    const char *reason = page_hint_reasons[node->why];
    struct sums in = inside(node, sums), all = sums[page->block_count];
    bool headed = in.headings > 0 && in.paragraphs >= 2;
    if (node->tag == GUMBO_TAG_NAV || node->tag == GUMBO_TAG_FOOTER)
        return headed && in.prose * 100ull > all.prose * 50ull;
    if (in.prose > prose_max(reason) * (in.paragraphs >= 2 ? 1ull : 2ull))
        return true;
    if (strcmp(reason, "related") == 0 && node->tag != GUMBO_TAG_ASIDE && in.paragraphs >= 4 &&
        in.prose > 1500 && in.links * 12ull < in.text)
        return true;
    bool patient = strcmp(reason, "comments") == 0 || strcmp(reason, "hidden") == 0 ||
                   strcmp(reason, "cookie-notice") == 0 || strcmp(reason, "newsletter") == 0;
    if (!patient && node->body_prose > 500 && node->body_prose * 2ull > in.prose)
        return true;
    if (headed)
        return in.prose * 100ull > all.prose * (patient ? 40ull : 15ull);
    if (in.paragraphs < 3)
        return in.prose * 100ull > all.prose * 95ull;
    return in.prose * 100ull > all.prose * (patient ? 85ull : 50ull);
}

static void tell_parents(struct page *page, uint32_t node, uint32_t prose)
{
    while (node > 0 && prose > 0) {
        node = page->nodes[node].parent;
        if (page->nodes[node].body_prose >= prose)
            return;
        page->nodes[node].body_prose = prose;
    }
}

/* A post of a social network that the article quotes. */
static bool is_embed(struct page_node *node)
{
    bool embed =
        node->tag == GUMBO_TAG_BLOCKQUOTE && (page_attribute_has(node, "class", "tweet") ||
                                              page_attribute_has(node, "class", "instagram") ||
                                              page_attribute_has(node, "class", "embed"));
    if (embed)
        node->why = 0;
    return embed;
}

void page_read_hints(struct page *page, bool lenient)
{
    struct sums *sums = arena_array(page->arena, page->block_count + 1, sizeof *sums);
    if (!sums)
        return;
    sum_blocks(page, sums);
    for (size_t i = 0; i < page->node_count; i++) {
        struct hint hint = hint_of(page, &page->nodes[i], lenient);
        page->nodes[i].why = hint.why;
        page->nodes[i].body = hint.body;
        page->nodes[i].score = 0;
        page->nodes[i].body_prose = 0; /* what tells it comes later in the document */
        if (hint.body && !hint.why)
            tell_parents(page, (uint32_t)i, inside(&page->nodes[i], sums).prose);
    }
    for (size_t i = 0; i < page->node_count; i++) {
        struct page_node *node = &page->nodes[i];
        const struct page_node *parent = &page->nodes[node->parent];
        bool whole = node->tag == GUMBO_TAG_HTML || node->tag == GUMBO_TAG_BODY ||
                     node->tag == GUMBO_TAG_MAIN;
        if (node->why && (whole || is_mistaken(page, node, sums)))
            node->why = 0;
        if (i > 0 && parent->why && !is_embed(node))
            node->why = parent->why;
        node->in_body = !node->why && (node->body == 2 || (i > 0 && parent->in_body));
    }
    page_find_teasers(page, reason_index("related"));
}
