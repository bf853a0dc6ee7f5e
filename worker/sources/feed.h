/* Feeds, parsed as their bytes arrive: RSS 0.9x, 1.0 (RDF) and 2.0, Atom 0.3 and 1.0, with the
 * modules that news feeds use (content, Dublin Core, Media RSS, FeedBurner).
 *
 * libxml2 reads them in its recovering mode, because many feeds are not well-formed. Nothing is
 * ever fetched for it: no DTD, no external entity; entities that a document declares are ignored,
 * so none expands; the names of HTML are known. Memory is bounded by one item and one push.
 *
 * One owner, one thread. Push bytes, take all items, push more:
 *
 *     feed_push() ─▶ feed_next() … until false ─▶ feed_push() … the last with `last` set */
#ifndef NEWSMILL_WORKER_SOURCES_FEED_H
#define NEWSMILL_WORKER_SOURCES_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/slice.h"
#include "common/status.h"

#define FEED_LIST_MAX   32          /* authors or categories of an item; more are dropped */
#define FEED_PUSH_BYTES (64 * 1024) /* in one push */

/* Absent texts are NULL. Valid until the next push. */
struct feed_item {
    struct slice title; /* plain text: markup and entities of HTML are undone */
    struct slice url;   /* absolute where the feed says enough */
    struct slice guid;  /* the feed's own identifier */
    struct slice body;  /* the content, else the summary; empty when there is neither */
    bool body_is_html;
    bool too_long; /* the body was beyond LIMIT_BODY_BYTES and was dropped */
    struct slice language, image;
    struct slice authors[FEED_LIST_MAX], categories[FEED_LIST_MAX];
    size_t author_count, category_count;
    int64_t published_ms; /* CLOCK_NONE when absent or unreadable */
    int64_t updated_ms;   /* of Atom; CLOCK_NONE likewise */
};

struct feed;

/* `base` resolves relative links; NULL when it is not known. FATAL without memory. */
enum status feed_new(struct slice base, struct feed **out, struct fault *fault) MUST_CHECK;
void feed_free(struct feed *feed);
/* REJECT "not-a-feed": this is something else, and nothing more will come of it; REJECT "truncated"
 * with the last push: the feed has no end. The items that were whole can be taken all the same.
 * RETRY: take items first. */
enum status feed_push(struct feed *feed, struct slice bytes, bool last,
                      struct fault *fault) MUST_CHECK;
bool feed_next(struct feed *feed, struct feed_item *item) MUST_CHECK;
/* The feed's own title and language; NULL when it has none, or none yet. */
struct slice feed_title(const struct feed *feed);
struct slice feed_language(const struct feed *feed);

/* The item as an article (CONTRACT section 1), with what the feed says about itself in `meta`.
 * REJECT "body-too-long". */
enum status feed_item_article(const struct feed_item *item, struct slice feed_title,
                              struct buffer *out, struct fault *fault) MUST_CHECK;

#endif
