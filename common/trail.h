/* A file that grows to a limit, and then is begun again while the one before is kept as PATH.1: at
 * most twice the limit on disk, and always the last of what happened.
 *
 * Lines are gathered and written in pieces. One process writes it, in one thread; what several
 * append to one file does not mix, but they would put it aside under one another. */
#ifndef NEWSMILL_COMMON_TRAIL_H
#define NEWSMILL_COMMON_TRAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/status.h"

struct trail;

/* FATAL "trail" when the file cannot be opened; on a full disk it is tried again later. */
enum status trail_open(const char *path, uint64_t limit_bytes, struct trail **out,
                       struct fault *fault) MUST_CHECK;
/* Does not write what was gathered. NULL is fine. */
void trail_close(struct trail *trail);
/* False when it is time for trail_flush(). A line for which there is no room is dropped. */
bool trail_add(struct trail *trail, const char *line, size_t len);
/* RETRY when it could not be written: what was gathered is dropped. */
enum status trail_flush(struct trail *trail) MUST_CHECK;
/* True when a failure is worth a line now: once a minute. */
bool trail_complains(struct trail *trail, int64_t now_ms);
const char *trail_path(const struct trail *trail);

#endif
