/* Which URL a page says is its own: `<link rel="canonical">`. Ingest sees an article's map and
 * never looks into its body, so whoever makes an article from a page decides here what its `url`,
 * and with it its identity, is. Linear in the page's beginning, which may be anything. */
#ifndef NEWSMILL_WORKER_SOURCES_PAGE_URL_H
#define NEWSMILL_WORKER_SOURCES_PAGE_URL_H

#include "common/arena.h"
#include "common/slice.h"

#define PAGE_URL_LOOK_BYTES ((size_t)256 * 1024) /* a head is not longer */

/* The page's canonical URL, absolute, when it may be believed; else `url` (NULL: not known).
 *
 * Believed is one of the same site (registrable domain), because syndicated copies that point to
 * somebody else's page are articles of their own here, and none that is the front page while `url`
 * is not, because broken templates say that of every page. */
struct slice page_url(struct slice html, struct slice url, struct arena *arena);

#endif
