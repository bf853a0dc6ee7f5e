/* HTML pages: the whole knowledge of HTML is behind this header and page.h. */
#ifndef NEWSMILL_WORKER_ANALYSIS_PAGE_HTML_H
#define NEWSMILL_WORKER_ANALYSIS_PAGE_HTML_H

#include "common/buffer.h"
#include "worker/analysis/doc.h"

/* Pages are read this far; news pages of more are almost all script. */
#define HTML_BYTES_MAX            (8 * 1024 * 1024)
#define HTML_TAGS_MAX             300000
#define HTML_DEPTH_MAX            128
#define HTML_ATTRIBUTE_BYTES_MAX  2000 /* longer values are data */
#define HTML_ATTRIBUTES_BYTES_MAX 8000 /* of one element */
#define HTML_SCRIPTS_MAX          16

/* What stands in the page's <script type="application/ld+json">, as written. */
struct html_scripts {
    struct slice items[HTML_SCRIPTS_MAX];
    size_t count;
};

/* True for text/html and application/xhtml+xml, whatever parameters follow. */
bool html_is(struct slice type);

/* The charset a page's first 1,024 bytes declare; NULL slice when they do not. */
struct slice html_charset(struct slice page);

/* Copies a page so that a tree builder cannot be made slow or deep by it: scripts, styles,
 * comments and embedded documents left out, every tag closed where it ends, no deeper than
 * HTML_DEPTH_MAX. Linear time. `scripts` borrows from `page`. */
void html_straighten(struct slice page, struct buffer *out, struct html_scripts *scripts);

/* Copies those attributes of a start tag that anybody asks for. */
void html_keep_attributes(struct slice attributes, struct buffer *out);

/* Fills the document's blocks, and what the page says about itself. */
enum status html_blocks(struct doc *doc, struct arena *arena) MUST_CHECK;

#endif
