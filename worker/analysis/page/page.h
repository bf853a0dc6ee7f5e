/* A page as flat arrays, in document order: its elements, and its blocks of text. All the rules
 * about pages read these; only tree.c, and who wants an attribute, knows the parser's own tree.
 *
 *   nodes   0 html … i … end(i) …       the elements inside i are [i + 1, end)
 *   blocks  0 … first(i) … last(i) …    the text inside i is in the blocks [first, last)
 *
 * Everything is the arena's, and what `source` points at lives until page_close(). */
#ifndef NEWSMILL_WORKER_ANALYSIS_PAGE_PAGE_H
#define NEWSMILL_WORKER_ANALYSIS_PAGE_PAGE_H

#include <gumbo.h>

#include "common/buffer.h"
#include "worker/analysis/doc.h"
#include "worker/analysis/page/html.h"

/* The parser may add to HTML_TAGS_MAX what a page has left out. */
#define PAGE_NODES_MAX (HTML_TAGS_MAX + HTML_TAGS_MAX / 2)

/* Longer values than this are no names of classes, and no facts. */
#define PAGE_TOKENS_BYTES_MAX 512

struct page_node {
    const GumboNode *source;
    uint32_t parent, end;
    uint32_t first, last; /* blocks */
    uint16_t tag;         /* GumboTag */
    uint8_t why;          /* index into page_hint_reasons; 0: nothing speaks against it */
    uint8_t body;         /* its names say that it holds an article's text: 1, or 2 for certain */
    bool in_body;         /* it, or what it stands in, is such a one */
    uint32_t body_prose;  /* the most prose in one element inside whose names speak for it, bytes */
    float score;          /* score.c */
};

/* A paragraph, heading, item or the like: the text between two borders of blocks. */
struct page_block {
    struct slice text; /* cleaned */
    uint32_t node;     /* the innermost element around all of it that is no inline one */
    uint32_t link_bytes;
    uint32_t points;    /* code points */
    uint32_t links;     /* how many <a> */
    bool link_first;    /* it begins with one */
    const char *reason; /* why it is left out */
    uint8_t level;      /* 1 to 6: a heading */
    bool item, cell, caption, quote, pre, sentence;
    uint64_t points_before; /* of all blocks before it */
};

struct page {
    struct doc *doc;
    struct arena *arena;
    struct html_scripts scripts; /* application/ld+json */
    GumboOutput *tree;
    struct page_node *nodes;
    size_t node_count, node_capacity;
    struct page_block *blocks;
    size_t block_count, block_capacity;
    uint32_t main; /* the node that holds the article */
};

/* Parses the document's body. REJECT at the arena's limit; page_close() in any case. */
enum status page_open(struct doc *doc, struct arena *arena, struct page *page) MUST_CHECK;
void page_close(struct page *page);

/* The value of an attribute, NULL when it is absent. Borrowed from the tree. */
const char *page_attribute(const struct page_node *node, const char *name);
bool page_attribute_has(const struct page_node *node, const char *name, const char *word);
/* The text inside an element, cleaned, at most about `limit` bytes of it; empty without text. */
struct slice page_text(const struct page *page, const struct page_node *node, size_t limit);

/* hints.c: fills `why`, `body` and `in_body` from tags, roles and names of classes; `lenient`:
 * names of classes count for little. Resets the score. */
void page_read_hints(struct page *page, bool lenient);
/* teasers.c: gives lists of teasers `why`. */
void page_find_teasers(struct page *page, uint8_t why);
/* score.c: chooses `main`. */
void page_choose_main(struct page *page);

static inline bool page_node_within(const struct page *page, uint32_t node, uint32_t outer)
{
    return node >= outer && node < page->nodes[outer].end;
}

#endif
