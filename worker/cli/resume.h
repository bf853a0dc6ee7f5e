/* The memory of an interrupted push: FILE of --resume.
 *
 * Articles are numbered in the order they are read. Those up to the `prefix` are all acknowledged
 * or refused; beyond it only some are. Both are written to FILE, whole or not at all and synced, so
 * that a push that is killed at any moment goes on there:
 *
 *     1 2 3 4 5 6 7 8 9          # done   . not yet
 *     # # # # . # # . .          prefix 4, beyond 6 and 7
 *
 * What was acknowledged in the last moment before a SIGKILL, and not yet written, is pushed again
 * and found to be a copy. FILE also holds what was read to get there (articles_position), and does
 * not fit anything else. Memory is bounded: reading waits when it is RESUME_AHEAD articles ahead.
 */
#ifndef NEWSMILL_WORKER_CLI_RESUME_H
#define NEWSMILL_WORKER_CLI_RESUME_H

#include <stdbool.h>
#include <stdint.h>

#include "common/status.h"
#include "worker/sources/articles.h"

#define RESUME_AHEAD         65536
#define RESUME_SAVE_EVERY_MS 100

enum resume_outcome { RESUME_ACKNOWLEDGED, RESUME_KNOWN, RESUME_REFUSED, RESUME_OUTCOMES };

struct resume;

/* Reads `path`, or begins when there is none. REJECT "bad-resume-file" when it is something else.
 * FATAL without memory. */
enum status resume_open(const char *path, struct resume **out, struct fault *fault) MUST_CHECK;
void resume_free(struct resume *resume);
/* Goes to where the last push ended, and writes FILE, so that what cannot be written is known
 * before anything is pushed. REJECT "resume-mismatch": FILE was written for other files, or they
 * have changed. */
enum status resume_begin(struct resume *resume, struct articles *articles,
                         struct fault *fault) MUST_CHECK;

/* Numbers what articles_next() just gave. False: an earlier push has done it. */
bool resume_take(struct resume *resume, const struct articles *articles,
                 uint64_t *number) MUST_CHECK;
void resume_done(struct resume *resume, uint64_t number, enum resume_outcome outcome);
/* True when reading has to wait for answers. */
bool resume_is_full(const struct resume *resume);
/* Everything was read. */
void resume_all_read(struct resume *resume, const struct articles *articles);

/* Writes FILE when something changed; unless `now`, not more often than RESUME_SAVE_EVERY_MS. */
enum status resume_save(struct resume *resume, int64_t steady_ms, bool now,
                        struct fault *fault) MUST_CHECK;
/* Of all pushes with this FILE. */
uint64_t resume_count(const struct resume *resume, enum resume_outcome outcome);

#endif
