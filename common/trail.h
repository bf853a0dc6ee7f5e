/* A file that grows to a limit, and then is written over from its beginning: always the last of
 * what happened. A file that was full when its process began is kept as PATH.1, so there is at most
 * twice the limit on disk.
 *
 * Lines are gathered and written in pieces; each tells its time, so their order in the file does
 * not matter. After the opening nothing but pread(2) and pwrite(2) is needed: whoever writes it may
 * be in a sandbox, and be another user than the folder's. One process writes it, in one thread. */
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
