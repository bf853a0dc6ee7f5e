/* robots.txt, RFC 9309. Pure; the file may be anything.
 *
 * Of its groups those that name our product token count, together; without one, those for "*". The
 * longest pattern that matches a path decides; between equals, allow. */
#ifndef NEWSMILL_WORKER_SOURCES_WATCH_ROBOTS_H
#define NEWSMILL_WORKER_SOURCES_WATCH_ROBOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/slice.h"

#define ROBOTS_TOKEN "newsmill"
#define ROBOTS_BYTES ((size_t)500 * 1024) /* what RFC 9309 asks to read; the rest is ignored */
#define ROBOTS_PATTERN_BYTES                                                                       \
    ((size_t)64 * 1024)                    /* of all rules; with the next, bounds the work         \
                                            */
#define ROBOTS_PATH_BYTES   ((size_t)1024) /* of a longer path the beginning is compared */
#define ROBOTS_DELAY_MAX_MS 30000

struct robots;

/* NULL without memory. */
struct robots *robots_parse(struct slice file);
void robots_free(struct robots *robots);
/* `target` is path and query, "/a?b". */
bool robots_allow(const struct robots *robots, struct slice target);
/* What "Crawl-delay" asks for, at most ROBOTS_DELAY_MAX_MS; 0 when it does not. */
int64_t robots_delay_ms(const struct robots *robots);

#endif
