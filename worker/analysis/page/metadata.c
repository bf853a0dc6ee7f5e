/* What <head>, JSON-LD and microdata say, and what of it goes into the result. */
#include "worker/analysis/page/metadata.h"

#include <strings.h>

#include "common/clock.h"
#include "common/utf8.h"

/* Of a <meta>, which may have several, with spaces between. */
#define NAME_BYTES_MAX 64

enum fact_kind {
    FACT_TITLE,
    FACT_SITE,
    FACT_SECTION,
    FACT_IMAGE,
    FACT_CANONICAL,
    FACT_LANGUAGE,
    FACT_DESCRIPTION,
    FACT_AUTHOR,
    FACT_DATE
};

/* Names of <meta>, in any of name, property, itemprop and http-equiv; the rank is the fact's own,
 * of a date an enum date_rank. */
static const struct {
    const char *name;
    enum fact_kind kind;
    uint8_t rank;
} metas[] = {
    {"og:title", FACT_TITLE, 2},
    {"twitter:title", FACT_TITLE, 3},
    {"dc.title", FACT_TITLE, 4},
    {"dcterms.title", FACT_TITLE, 4},
    {"dc:title", FACT_TITLE, 4},
    {"parsely-title", FACT_TITLE, 4},
    {"sailthru.title", FACT_TITLE, 4},
    {"headline", FACT_TITLE, 4},
    {"og:site_name", FACT_SITE, 1},
    {"application-name", FACT_SITE, 3},
    {"dc.publisher", FACT_SITE, 4},
    {"copyright", FACT_SITE, 9},
    {"article:section", FACT_SECTION, 1},
    {"parsely-section", FACT_SECTION, 3},
    {"section", FACT_SECTION, 4},
    {"og:image", FACT_IMAGE, 1},
    {"og:image:url", FACT_IMAGE, 1},
    {"og:image:secure_url", FACT_IMAGE, 2},
    {"twitter:image", FACT_IMAGE, 4},
    {"twitter:image:src", FACT_IMAGE, 4},
    {"thumbnailurl", FACT_IMAGE, 5},
    {"og:description", FACT_DESCRIPTION, 1},
    {"description", FACT_DESCRIPTION, 2},
    {"og:url", FACT_CANONICAL, 2},
    {"og:locale", FACT_LANGUAGE, 2},
    {"content-language", FACT_LANGUAGE, 3},
    {"language", FACT_LANGUAGE, 4},
    {"dc.language", FACT_LANGUAGE, 4},
    {"author", FACT_AUTHOR, 2},
    {"article:author", FACT_AUTHOR, 3},
    {"og:article:author", FACT_AUTHOR, 3},
    {"dc.creator", FACT_AUTHOR, 2},
    {"dcterms.creator", FACT_AUTHOR, 2},
    {"dc:creator", FACT_AUTHOR, 2},
    {"parsely-author", FACT_AUTHOR, 2},
    {"sailthru.author", FACT_AUTHOR, 2},
    {"byl", FACT_AUTHOR, 2},
    {"byline", FACT_AUTHOR, 2},
    {"article:published_time", FACT_DATE, DATE_META},
    {"article:published", FACT_DATE, DATE_META},
    {"og:article:published_time", FACT_DATE, DATE_META},
    {"og:published_time", FACT_DATE, DATE_META},
    {"og:pubdate", FACT_DATE, DATE_META},
    {"published_time", FACT_DATE, DATE_META},
    {"published_at", FACT_DATE, DATE_META},
    {"datepublished", FACT_DATE, DATE_META},
    {"date_published", FACT_DATE, DATE_META},
    {"pubdate", FACT_DATE, DATE_META},
    {"pub_date", FACT_DATE, DATE_META},
    {"publishdate", FACT_DATE, DATE_META},
    {"publish-date", FACT_DATE, DATE_META},
    {"publish_date", FACT_DATE, DATE_META},
    {"publication_date", FACT_DATE, DATE_META},
    {"publicationdate", FACT_DATE, DATE_META},
    {"prism.publicationdate", FACT_DATE, DATE_META},
    {"citation_publication_date", FACT_DATE, DATE_META},
    {"citation_date", FACT_DATE, DATE_META},
    {"parsely-pub-date", FACT_DATE, DATE_META},
    {"sailthru.date", FACT_DATE, DATE_META},
    {"cxenseparse:publishtime", FACT_DATE, DATE_META},
    {"cxenseparse:recs:publishtime", FACT_DATE, DATE_META},
    {"shareaholic:article_published_time", FACT_DATE, DATE_META},
    {"article_date_original", FACT_DATE, DATE_META},
    {"originalpublicationdate", FACT_DATE, DATE_META},
    {"dc.date.issued", FACT_DATE, DATE_META},
    {"dcterms.issued", FACT_DATE, DATE_META},
    {"dcterms.available", FACT_DATE, DATE_META},
    {"rnews:datepublished", FACT_DATE, DATE_META},
    {"bt:pubdate", FACT_DATE, DATE_META},
    {"sw-pubdate", FACT_DATE, DATE_META},
    {"displaydate", FACT_DATE, DATE_META},
    {"date", FACT_DATE, DATE_META_PLAIN},
    {"dc.date", FACT_DATE, DATE_META_PLAIN},
    {"dc:date", FACT_DATE, DATE_META_PLAIN},
    {"dcterms.date", FACT_DATE, DATE_META_PLAIN},
    {"dc.date.created", FACT_DATE, DATE_META_PLAIN},
    {"dcterms.created", FACT_DATE, DATE_META_PLAIN},
    {"datecreated", FACT_DATE, DATE_META_PLAIN},
    {"article:created", FACT_DATE, DATE_META_PLAIN},
    {"og:release_date", FACT_DATE, DATE_META_PLAIN},
    {"release_date", FACT_DATE, DATE_META_PLAIN},
    {"created", FACT_DATE, DATE_META_PLAIN},
    {"last-modified", FACT_DATE, DATE_MODIFIED},
    {"article:modified_time", FACT_DATE, DATE_MODIFIED},
    {"og:updated_time", FACT_DATE, DATE_MODIFIED},
    {"datemodified", FACT_DATE, DATE_MODIFIED},
    {"dcterms.modified", FACT_DATE, DATE_MODIFIED},
    {"lastmod", FACT_DATE, DATE_MODIFIED},
    {"revised", FACT_DATE, DATE_MODIFIED},
};

void fact_offer(struct page_fact *fact, struct slice text, uint8_t rank)
{
    if (text.len > 0 && text.len <= FACT_BYTES_MAX && (!fact->rank || rank < fact->rank))
        *fact = (struct page_fact){text, rank};
}

static struct page_fact *fact_of(struct page_facts *facts, enum fact_kind kind)
{
    switch (kind) {
    case FACT_TITLE:
        return &facts->title;
    case FACT_SITE:
        return &facts->site;
    case FACT_SECTION:
        return &facts->section;
    case FACT_IMAGE:
        return &facts->image;
    case FACT_CANONICAL:
        return &facts->canonical;
    case FACT_LANGUAGE:
        return &facts->language;
    case FACT_DESCRIPTION:
        return &facts->description;
    case FACT_AUTHOR:
    case FACT_DATE:
        break;
    }
    return NULL;
}

/* Attribute values are the tree's: the fact gets its own copy. */
static struct slice own(const char *value, struct arena *arena)
{
    size_t repaired = 0, len = value ? strnlen(value, FACT_BYTES_MAX + 1) : 0;
    if (len == 0 || len > FACT_BYTES_MAX)
        return SLICE_NULL;
    struct slice copy = arena_copy((struct slice){value, len}, arena);
    copy = copy.data ? utf8_repair(copy, &repaired, arena) : copy;
    return copy.data ? doc_clean(copy, arena) : SLICE_NULL;
}

static void use_name(const struct page *page, struct page_facts *facts, const char *name,
                     const char *content)
{
    for (size_t i = 0; name && i < sizeof metas / sizeof metas[0]; i++) {
        if (strcasecmp(name, metas[i].name) != 0)
            continue;
        struct page_fact *fact = fact_of(facts, metas[i].kind);
        struct slice value = own(content, page->arena);
        if (fact)
            fact_offer(fact, value, metas[i].rank);
        else if (metas[i].kind == FACT_AUTHOR)
            facts_add_authors(facts, value, metas[i].rank, page->arena);
        else
            facts_offer_date(facts, value, metas[i].rank, "meta");
        return;
    }
}

static void use_meta(const struct page *page, struct page_facts *facts,
                     const struct page_node *node)
{
    static const char *const attributes[] = {"property", "name", "itemprop", "http-equiv"};
    const char *content = page_attribute(node, "content");
    for (size_t i = 0; content && i < sizeof attributes / sizeof attributes[0]; i++) {
        const char *names = page_attribute(node, attributes[i]);
        while (names && *names) {
            char name[NAME_BYTES_MAX] = "";
            size_t len = strcspn(names, " ");
            if (len < sizeof name)
                memcpy(name, names, len);
            use_name(page, facts, name, content);
            names += len + strspn(names + len, " ");
        }
    }
}

static void use_link(const struct page *page, struct page_facts *facts,
                     const struct page_node *node)
{
    const char *rel = page_attribute(node, "rel");
    struct slice href = own(page_attribute(node, "href"), page->arena);
    if (rel && strcasecmp(rel, "canonical") == 0)
        fact_offer(&facts->canonical, href, 1);
    if (rel && strcasecmp(rel, "image_src") == 0)
        fact_offer(&facts->image, href, 5);
}

static void read_head(struct page *page, struct page_facts *facts)
{
    fact_offer(&facts->language, own(page_attribute(&page->nodes[0], "lang"), page->arena), 1);
    for (size_t i = 0; i < page->node_count; i++) {
        const struct page_node *node = &page->nodes[i];
        if (node->tag == GUMBO_TAG_META)
            use_meta(page, facts, node);
        if (node->tag == GUMBO_TAG_LINK)
            use_link(page, facts, node);
        if (node->tag == GUMBO_TAG_TITLE)
            fact_offer(&facts->document_title, page_text(page, node, FACT_BYTES_MAX), 1);
    }
}

static void read_jsonld(struct page *page, struct page_facts *facts)
{
    struct jsonld *jsonld = &facts->jsonld;
    struct arena *arena = page->arena;
    for (size_t i = 0; i < page->scripts.count; i++)
        jsonld_read(page->scripts.items[i], jsonld, arena);
    bool article = jsonld->rank == 1;
    fact_offer(&facts->title, doc_clean(jsonld->headline, arena), article ? 1 : 8);
    fact_offer(&facts->site, doc_clean(jsonld->site, arena), 2);
    fact_offer(&facts->section, doc_clean(jsonld->section, arena), 2);
    fact_offer(&facts->image, doc_clean(jsonld->image, arena), 3);
    fact_offer(&facts->canonical, doc_clean(jsonld->url, arena), 3);
    fact_offer(&facts->language, doc_clean(jsonld->language, arena), 5);
    facts_offer_date(facts, jsonld->published, article ? DATE_JSONLD : DATE_JSONLD_WEAK, "jsonld");
    facts_offer_date(facts, jsonld->created, DATE_JSONLD_WEAK, "jsonld");
    facts_offer_date(facts, jsonld->modified, DATE_MODIFIED, "jsonld");
    for (size_t i = 0; i < jsonld->author_count; i++)
        facts_add_authors(facts, doc_clean(jsonld->authors[i], arena), 1, arena);
}

/* American English puts the month first; other countries' hosts tell where the language does not.
 */
static bool month_first(struct slice language, struct slice url)
{
    static const char *const hosts[] = {".uk/", ".au/", ".nz/", ".ie/", ".in/", ".za/",
                                        ".sg/", ".hk/", ".ng/", ".ke/", ".pk/", ".eu/"};
    if (language.len < 2 || strncasecmp(language.data, "en", 2) != 0)
        return false;
    if (language.len >= 5)
        return strncasecmp(language.data + 3, "us", 2) == 0;
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
        if (slice_find(url, hosts[i]))
            return false;
    return true;
}

/* Where dates are 31.5.2019, software from elsewhere has written 5/31/2019. */
static bool writes_dots(const char *language)
{
    static const char *const languages[] = {"bg", "bs", "cs", "da", "de", "et", "fi", "hr",
                                            "hu", "is", "lt", "lv", "mk", "nb", "nn", "no",
                                            "pl", "ro", "ru", "sk", "sl", "sr", "tr", "uk"};
    for (size_t i = 0; i < sizeof languages / sizeof languages[0]; i++)
        if (strcmp(language, languages[i]) == 0)
            return true;
    return false;
}

static void set_style(struct page *page, struct page_facts *facts)
{
    struct slice language = facts->language.text;
    if (!language.data)
        language = page->doc->article->language;
    size_t len = 0;
    while (len < language.len && len < 3 && language.data[len] != '-' && language.data[len] != '_')
        len++;
    struct slice primary = arena_copy(slice_sub(language, 0, len), page->arena);
    facts->style.language = primary.data ? primary.data : "";
    facts->style.month_first = month_first(language, page->doc->article->url);
    facts->style.slashes = !writes_dots(facts->style.language);
}

static enum status fill_authors(struct page *page, const struct page_facts *facts)
{
    struct result *result = page->doc->result;
    if (result->authors.count > 0 || facts->author_count == 0)
        return STATUS_OK;
    struct slice *authors = arena_array(page->arena, facts->author_count, sizeof *authors);
    if (!authors)
        return STATUS_REJECT;
    memcpy(authors, facts->authors, facts->author_count * sizeof *authors);
    result->authors = (struct field_list){authors, facts->author_count};
    return STATUS_OK;
}

static enum status fill(struct page *page, struct page_facts *facts)
{
    struct result *result = page->doc->result;
    if (!result->title.data)
        result->title = facts->title.text;
    if (result->published_ms == CLOCK_NONE && facts->published.ms != CLOCK_NONE) {
        result->published_ms = facts->published.ms;
        result->published_zone = facts->published.zone;
        result->published_from = slice_from(facts->published_from);
    }
    page->doc->page_language = facts->language.text;
    result->site = facts->site.text;
    result->section = facts->section.text;
    result->image = facts_absolute(page, facts, facts->image.text);
    result->canonical = facts_absolute(page, facts, facts->canonical.text);
    enum status status = fill_authors(page, facts);
    return status == STATUS_OK ? facts_read_links(page, facts) : status;
}

enum status page_read_metadata(struct page *page, struct page_facts *facts)
{
    *facts = (struct page_facts){.published = {CLOCK_NONE, 0}, .published_rank = DATE_NONE};
    facts->style = (struct date_style){"", true, true, INT64_MAX};
    if (page->doc->received_ms > 0)
        facts->style.latest_ms = page->doc->received_ms + (int64_t)2 * 24 * 3600 * 1000;
    /* How the page writes dates must be known before any is read. */
    fact_offer(&facts->language, own(page_attribute(&page->nodes[0], "lang"), page->arena), 1);
    set_style(page, facts);
    read_head(page, facts);
    read_jsonld(page, facts);
    facts_read_title(page, facts);
    facts_read_authors(page, facts);
    facts_read_date(page, facts);
    return fill(page, facts);
}
