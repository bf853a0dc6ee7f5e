/* The commonest fault of feeds undone before the parser sees it: "AT&T" where XML wants "AT&amp;T".
 * An ampersand that begins no reference becomes "&amp;", except in CDATA sections, comments and
 * processing instructions. libxml2, recovering, would drop it and the name behind it. */
#ifndef NEWSMILL_WORKER_SOURCES_FEED_REPAIR_H
#define NEWSMILL_WORKER_SOURCES_FEED_REPAIR_H

#include <stdbool.h>

#include "common/buffer.h"
#include "common/slice.h"

#define FEED_REPAIR_LOOK 40 /* bytes to know what begins at one */

enum feed_inside { INSIDE_MARKUP, INSIDE_CDATA, INSIDE_COMMENT, INSIDE_INSTRUCTION };

struct feed_repair {
    enum feed_inside where;
    bool off; /* UTF-16: left as it is */
    bool begun;
    char kept[FEED_REPAIR_LOOK]; /* the end of a push, too short to be known */
    size_t kept_len;
};

/* Appends the repaired bytes to `out`; a few of the last may come with the next call. */
void feed_repair(struct feed_repair *repair, struct slice bytes, bool last, struct buffer *out);

#endif
