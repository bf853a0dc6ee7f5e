/* When a page was published: the URL, <time>, microdata, and what is written for readers. */
#include "worker/analysis/page/metadata.h"

#include <strings.h>

#include "common/clock.h"
#include "worker/analysis/tables.h"

#define LINE_POINTS_MAX 160
#define HEAD_LINES      8
#define BLOCKS_MAX      2000 /* read for dates, from the head on */

void facts_offer_date(struct page_facts *facts, struct slice value, enum date_rank rank,
                      const char *from)
{
    struct page_date date;
    if (!value.data || rank >= facts->published_rank || !date_value(value, &facts->style, &date))
        return;
    facts->published = date;
    facts->published_rank = rank;
    facts->published_from = from;
}

static void offer_text(struct page_facts *facts, struct slice text, enum date_rank rank)
{
    struct page_date date;
    size_t from = 0, to = 0;
    if (rank >= facts->published_rank || !date_in_text(text, &facts->style, &date, &from, &to))
        return;
    facts->published = date;
    facts->published_rank = rank;
    facts->published_from = "text";
}

static bool has_word(struct slice text, const char *const *words)
{
    char start[LINE_POINTS_MAX * 4 + 1];
    size_t len = text.len < sizeof start - 1 ? text.len : sizeof start - 1;
    memcpy(start, text.data, len);
    start[len] = 0;
    for (; *words; words++)
        if (strcasestr(start, *words))
            return true;
    return false;
}

static bool says_modified(struct slice text)
{
    static const char *const words[] = {
        "updated",    "update:",    "modified", "aktualisiert", "letzte änderung",
        "geändert",   "mis à jour", "modifié",  "actualizado",  "aggiornat",
        "atualizado", "bijgewerkt", "обновл",   "güncelle",     "更新",
        "zuletzt",    "changed",    "edited",   "reviewed",     "accessed",
        "retrieved",  "abgerufen",  NULL};
    return has_word(text, words);
}

static bool says_published(struct slice text)
{
    static const char *const words[] = {
        "publish",   "posted",       "veröffentlicht", "erschienen", "erstellt am", "publié",
        "publicado", "pubblicato",   "gepubliceerd",   "geplaatst",  "опубликован", "yayın",
        "published", "first shared", "released",       "written on", "eingestellt", "pubdate",
        "stand:",    "datum:",       "date:",          "fecha:",     "data:",       "dnia",
        "発表",      "公開",         "发布",           "發布",       "публик",      "created",
        "datum der", "vom ",         "submitted",      "added on",   NULL};
    return has_word(text, words);
}

/* The page's own clock. */
static bool says_today(struct slice text)
{
    static const char *const words[] = {
        "current time",  "current date", "today is", "it is now", "heute ist", "aktuelles datum",
        "aktuelle zeit", "aujourd'hui",  "сегодня",  "hoy es",    NULL};
    return has_word(text, words);
}

static bool says_copyright(struct slice text)
{
    static const char *const words[] = {"©", "copyright", "(c) ", "all rights", NULL};
    return has_word(text, words);
}

static bool is_why(const struct page_node *node, const char *reason)
{
    return node->why && strcmp(page_hint_reasons[node->why], reason) == 0;
}

/* How much less a date is worth for where it stands: among comments and other articles dates are of
 * those, and what comes long before the headline is today's. */
static enum date_rank rank_at(const struct page_node *node, enum date_rank rank, uint32_t start)
{
    if (is_why(node, "comments"))
        return DATE_COMMENT;
    if (rank > DATE_MICRODATA && rank < DATE_ELSEWHERE &&
        (is_why(node, "related") || is_why(node, "advertisement") || is_why(node, "hidden") ||
         is_why(node, "cookie-notice") || is_why(node, "navigation") || node->last < start))
        return DATE_ELSEWHERE;
    return rank;
}

static bool has_any(const struct page_node *node, const char *const *words)
{
    if (!page_attribute(node, "class") && !page_attribute(node, "id") &&
        !page_attribute(node, "itemprop"))
        return false;
    for (; *words; words++)
        if (page_attribute_has(node, "class", *words) || page_attribute_has(node, "id", *words) ||
            page_attribute_has(node, "itemprop", *words))
            return true;
    return false;
}

static bool named_after_date(const struct page_node *node)
{
    static const char *const words[] = {
        "date",       "publish",   "posted",   "time",      "datum",        "fecha",  "byline",
        "entry-meta", "post-meta", "postmeta", "submitted", "article-meta", "pubdat", NULL};
    return has_any(node, words);
}

static bool named_after_change(const struct page_node *node)
{
    static const char *const words[] = {"updat",     "modif",         "lastmod", "expire",
                                        "comment",   "current",       "today",   "event",
                                        "copyright", "footer-bottom", NULL};
    return has_any(node, words);
}

static bool is_short(const struct page *page, const struct page_node *node)
{
    uint32_t points = 0;
    for (uint32_t i = node->first; i < node->last && points <= LINE_POINTS_MAX; i++)
        points += page->blocks[i].points;
    return points <= LINE_POINTS_MAX;
}

static void read_time(struct page *page, struct page_facts *facts, const struct page_node *node,
                      uint32_t start)
{
    const char *value = page_attribute(node, "datetime");
    struct slice text = value ? slice_from(value) : page_text(page, node, LINE_POINTS_MAX);
    bool published = page_attribute(node, "pubdate") ||
                     page_attribute_has(node, "itemprop", "datePublished") ||
                     page_attribute_has(node, "property", "datePublished");
    enum date_rank rank = published                  ? DATE_MICRODATA
                          : named_after_change(node) ? DATE_MODIFIED
                                                     : DATE_TIME;
    facts_offer_date(facts, text, rank_at(node, rank, start), "time");
}

static void read_element(struct page *page, struct page_facts *facts, const struct page_node *node,
                         uint32_t start)
{
    static const char *const attributes[] = {"content",      "datetime",       "title",
                                             "data-date",    "data-timestamp", "data-time",
                                             "data-datetime"};
    bool published = page_attribute_has(node, "itemprop", "datePublished");
    if (!published && !named_after_date(node))
        return;
    enum date_rank rank = named_after_change(node) ? DATE_MODIFIED
                          : published              ? DATE_MICRODATA
                                                   : DATE_ELEMENT;
    rank = rank_at(node, rank, start);
    for (size_t i = 0; i < sizeof attributes / sizeof attributes[0]; i++) {
        const char *value = page_attribute(node, attributes[i]);
        if (value && (published || i > 0))
            facts_offer_date(facts, slice_from(value), rank, published ? "meta" : "text");
    }
    if (rank >= facts->published_rank || !is_short(page, node))
        return;
    struct slice text = page_text(page, node, LINE_POINTS_MAX * 2);
    if (text.len == 0 || says_copyright(text) || says_today(text))
        return;
    if (says_modified(text) && !says_published(text) && rank < DATE_MODIFIED)
        rank = DATE_MODIFIED;
    offer_text(facts, text, rank);
}

/* A long paragraph speaks of other days, unless it begins with the date or says what it is. */
static bool may_date(const struct page_facts *facts, const struct page_block *block)
{
    struct page_date date;
    size_t from = 0, to = 0;
    if (block->points <= LINE_POINTS_MAX)
        return true;
    if (!date_in_text(block->text, &facts->style, &date, &from, &to))
        return false;
    return from < 4 || (block->points < 500 && says_published(block->text));
}

static void read_block(struct page *page, struct page_facts *facts, const struct page_block *block,
                       uint32_t start)
{
    const struct page_node *node = &page->nodes[block->node];
    if (facts->published_rank <= DATE_ELEMENT || says_copyright(block->text) ||
        says_today(block->text) || !may_date(facts, block))
        return;
    enum date_rank rank = says_published(block->text)  ? DATE_CUE
                          : says_modified(block->text) ? DATE_MODIFIED
                          : is_why(node, "byline")     ? DATE_ELEMENT
                                                       : DATE_TEXT;
    if (block < page->blocks + start)
        rank = DATE_ELSEWHERE;
    offer_text(facts, block->text, rank_at(node, rank, 0));
}

/* Data that scripts carry, when nothing else says anything. */
static void read_scripts(struct page *page, struct page_facts *facts)
{
    static const char *const keys[] = {"datePublished", "published_at",       "publishedAt",
                                       "publishDate",   "publish_date",       "publication_date",
                                       "pubDate",       "first_published_at", "publishedDate",
                                       "createdAt",     "created_at"};
    struct slice body = page->doc->body;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const char *found = slice_find(body, keys[i]);
        if (!found || DATE_SCRIPT >= facts->published_rank)
            continue;
        size_t at = (size_t)(found - body.data) + strlen(keys[i]), end = at;
        while (at < body.len && strchr("\\\"': ", body.data[at]))
            at++;
        for (end = at; end < body.len && end - at < 40 && !strchr("\\\"',}", body.data[end]);)
            end++;
        facts_offer_date(facts, slice_sub(body, at, end), DATE_SCRIPT, "meta");
    }
}

static void read_url(struct page *page, struct page_facts *facts)
{
    struct page_date date;
    struct slice url = page->doc->article->url;
    if (!url.data)
        url = facts->canonical.text;
    if (url.data && facts->published_rank > DATE_URL && date_in_url(url, &facts->style, &date)) {
        facts->published = date;
        facts->published_rank = DATE_URL;
        facts->published_from = "url";
    }
}

/* Where the article's head may begin: a few lines before the headline. */
static uint32_t head_of(const struct page *page, const struct page_facts *facts)
{
    for (uint32_t i = 0; i < page->block_count; i++)
        if (page->blocks[i].text.data == facts->heading.text.data)
            return i > HEAD_LINES ? i - HEAD_LINES : 0;
    return 0;
}

void facts_read_date(struct page *page, struct page_facts *facts)
{
    read_url(page, facts);
    uint32_t start = head_of(page, facts);
    if (facts->published_rank <= DATE_META)
        return;
    for (size_t i = 0; i < page->node_count; i++) {
        const struct page_node *node = &page->nodes[i];
        if (node->tag == GUMBO_TAG_TIME)
            read_time(page, facts, node, start);
        else if (node->tag != GUMBO_TAG_META && node->tag != GUMBO_TAG_BODY &&
                 node->tag != GUMBO_TAG_HTML)
            read_element(page, facts, node, start);
    }
    for (size_t i = 0; i < page->block_count && i < start + BLOCKS_MAX; i++)
        read_block(page, facts, &page->blocks[i], start);
    read_scripts(page, facts);
    offer_text(facts, facts->document_title.text, DATE_ELSEWHERE);
    offer_text(facts, facts->description.text, DATE_ELSEWHERE);
}
