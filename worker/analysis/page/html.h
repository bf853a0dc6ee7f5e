/* HTML pages: plain stripping to blocks. The whole knowledge of HTML is behind this header, so
 * that a real extractor can take its place. */
#ifndef NEWSMILL_WORKER_ANALYSIS_PAGE_HTML_H
#define NEWSMILL_WORKER_ANALYSIS_PAGE_HTML_H

#include "common/buffer.h"
#include "worker/analysis/doc.h"

/* Pages are read this far; news pages of more are almost all script. */
#define HTML_BYTES_MAX            (8 * 1024 * 1024)
#define HTML_DEPTH_MAX            128
#define HTML_ATTRIBUTES_BYTES_MAX 1024

/* True for text/html and application/xhtml+xml, whatever parameters follow. */
bool html_is(struct slice type);

/* The charset a page's first 1,024 bytes declare; NULL slice when they do not. */
struct slice html_charset(struct slice page);

/* Copies a page so that a tree builder cannot be made slow or deep by it: scripts, styles,
 * comments and embedded documents left out, every tag closed where it ends, no deeper than
 * HTML_DEPTH_MAX. Linear time. */
void html_straighten(struct slice page, struct buffer *out);

/* Fills the document's blocks, and title, language hint and date where the page says them. */
enum status html_blocks(struct doc *doc, struct arena *arena) MUST_CHECK;

#endif
