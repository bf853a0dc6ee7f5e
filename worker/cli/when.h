/* Points in time as people write them in options. */
#ifndef NEWSMILL_WORKER_CLI_WHEN_H
#define NEWSMILL_WORKER_CLI_WHEN_H

#include "common/options.h"

/* RFC 3339, a date (midnight UTC), or how long ago: 90s, 30m, 12h, 7d. Milliseconds since 1970.
 * False when it is none of them. */
bool when_parse(const char *text, int64_t now_ms, int64_t *ms);

/* The option's value; CLOCK_NONE when it was not given. REJECT "bad-value". */
enum status when_option(const struct options *options, const char *name, int64_t *ms,
                        struct fault *fault) MUST_CHECK;

#endif
