/* What a page says about itself besides its text, and whom to believe.
 *
 * Each fact is offered by several places of a page; the first of these that has it is believed:
 *
 *   published   1 JSON-LD datePublished of an article   7 an element called after a date
 *               2 <meta> that means publication         8 text with a cue ("Published", "Stand:")
 *               3 microdata datePublished, <time pubdate> 9 JSON-LD of a page; created, uploaded
 *               4 the URL's path                       10 any <time>
 *               5 <meta> with a date of unsaid meaning 11 a date in a short line near the text
 *               6 <time> in the article or its head    12 when it was last changed
 *   title       JSON-LD headline, og:title, twitter:title, Dublin Core, the heading of the article,
 *               <title>; the site's name is taken off in any case
 *   authors     JSON-LD, <meta>, microdata and rel=author, an element called byline or author
 *   site        og:site_name, JSON-LD publisher, application-name
 *   section     article:section, JSON-LD articleSection
 *   image       og:image, JSON-LD image, twitter:image, rel=image_src
 *   canonical   rel=canonical, og:url, JSON-LD
 *   language    <html lang>, og:locale, content-language, JSON-LD
 *
 * A copyright line never dates a page; neither do comments and lists of other articles. What the
 * producer gave is not touched. */
#ifndef NEWSMILL_WORKER_ANALYSIS_PAGE_METADATA_H
#define NEWSMILL_WORKER_ANALYSIS_PAGE_METADATA_H

#include "worker/analysis/page/date.h"
#include "worker/analysis/page/jsonld.h"
#include "worker/analysis/page/page.h"

enum date_rank {
    DATE_JSONLD = 1,
    DATE_META,
    DATE_MICRODATA,
    DATE_URL,
    DATE_META_PLAIN,
    DATE_TIME,
    DATE_ELEMENT,
    DATE_CUE,
    DATE_JSONLD_WEAK,
    DATE_TIME_ANY,
    DATE_SCRIPT,
    DATE_TEXT,
    DATE_ELSEWHERE,
    DATE_MODIFIED,
    DATE_COMMENT,
    DATE_NONE
};

#define FACT_BYTES_MAX   2000
#define FACT_AUTHORS_MAX 16

/* A fact and how far down the list of who is believed its source stands; 0: none yet. */
struct page_fact {
    struct slice text;
    uint8_t rank;
};

struct page_facts {
    struct jsonld jsonld;
    struct page_fact title, site, section, image, canonical, language, heading, document_title,
        description;
    struct slice authors[FACT_AUTHORS_MAX];
    size_t author_count;
    uint8_t author_rank;
    struct page_date published;
    enum date_rank published_rank;
    const char *published_from; /* jsonld, meta, time, url, text */
    struct date_style style;
};

/* Keeps `text` when no better source has spoken; the first of equal ones stays. */
void fact_offer(struct page_fact *fact, struct slice text, uint8_t rank);

/* Reads everything; fills what the document's result lacks. REJECT at the arena's limit. Before
 * page_prune(), which compares with the title. */
enum status page_read_metadata(struct page *page, struct page_facts *facts) MUST_CHECK;

/* prune.c: gives each block that is no part of the article a reason. */
void page_prune(struct page *page, const struct page_facts *facts);

/* confirm.c: takes the reason from blocks that JSON-LD's articleBody has. */
void page_confirm(struct page *page, const struct page_facts *facts);

/* metadata_title.c */
void facts_read_title(struct page *page, struct page_facts *facts);
/* metadata_author.c */
void facts_read_authors(struct page *page, struct page_facts *facts);
/* Adds what `text` names, cut at commas and conjunctions, without "By". */
void facts_add_authors(struct page_facts *facts, struct slice text, uint8_t rank,
                       struct arena *arena);
/* metadata_date.c */
void facts_offer_date(struct page_facts *facts, struct slice value, enum date_rank rank,
                      const char *from);
void facts_read_date(struct page *page, struct page_facts *facts);

/* metadata_links.c */
/* An http(s) URL, relative to the article's; NULL slice when it is none. */
struct slice facts_absolute(const struct page *page, const struct page_facts *facts,
                            struct slice reference);
/* Fills the result's links. REJECT at the arena's limit. */
enum status facts_read_links(struct page *page, const struct page_facts *facts) MUST_CHECK;

#endif
