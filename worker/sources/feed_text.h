/* Small texts of feeds: titles and names that hold markup, dates, and HTML's entities. */
#ifndef NEWSMILL_WORKER_SOURCES_FEED_TEXT_H
#define NEWSMILL_WORKER_SOURCES_FEED_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/slice.h"

/* Without tags, with HTML's entities undone and white space folded; for texts that hold markup. */
struct slice feed_text_plain(struct slice html, struct arena *arena);
/* White space folded only; for texts that hold none. */
struct slice feed_text_folded(struct slice text, struct arena *arena);
/* True when the text holds a tag or an entity: it was written as HTML. */
bool feed_text_is_html(struct slice text);
/* RFC 3339 or RFC 822 as servers write it; CLOCK_NONE when it is neither. */
int64_t feed_text_date(struct slice text);

#endif
