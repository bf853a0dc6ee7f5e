/* Dead letters, for the commands that show, retry and drop them: a connection to the database that
 * keeps them. Reading goes through the view newsmill.dead, so that a dashboard's role may; dropping
 * needs the writer's.
 *
 * Calls wait for the server. Failures come as one sentence for a person; RETRY when no server
 * answers, FATAL otherwise. */
#ifndef NEWSMILL_STORAGE_DEAD_H
#define NEWSMILL_STORAGE_DEAD_H

#include <stdint.h>

#include "common/slice.h"
#include "common/status.h"
#include "common/uuid.h"

struct dead;

struct dead_filter {
    struct slice stage, code, source, id; /* exactly this; NULL: any */
    int64_t since_ms, until_ms;           /* when it died, until excluded; CLOCK_NONE: any */
    /* Each a key or an article (UUIDs as text), or the producer's id; none: any. */
    const struct slice *names;
    size_t name_count;
};

/* Borrowed for the call. Times are CLOCK_NONE, slices NULL, when they are not known. */
struct dead_letter {
    struct uuid key, article;
    struct slice id, source, stage, code, sqlstate, message;
    int32_t attempts, retries;
    int64_t received_ms, died_ms, last_retry_ms, original_bytes;
    struct slice original; /* NULL unless asked for */
};
/* Anything but OK ends the walk and is its result. */
typedef enum status dead_call(void *user, const struct dead_letter *letter, struct fault *fault);

/* `db` is a libpq URI, or NULL for libpq's environment. */
enum status dead_open(const char *db, struct dead **out, struct fault *fault) MUST_CHECK;
void dead_close(struct dead *dead);

/* The newest acceptance first, at most `limit` of them (0: all), in constant memory. `originals`
 * brings the messages too, one at a time. */
enum status dead_newest(struct dead *dead, const struct dead_filter *filter, uint64_t limit,
                        bool originals, dead_call *call, void *user,
                        struct fault *fault) MUST_CHECK;

/* Deletes them; `*dropped` is how many were there. */
enum status dead_drop(struct dead *dead, const struct uuid *keys, size_t count, uint64_t *dropped,
                      struct fault *fault) MUST_CHECK;

/* Counts a retry, before it is made: REJECT "too-many-retries" when it has had `max_retries`, or is
 * there no longer. Then gives the message to `call`, with key and original only. */
enum status dead_claim(struct dead *dead, const struct uuid *key, int32_t max_retries,
                       dead_call *call, void *user, struct fault *fault) MUST_CHECK;
/* The retry that was counted could not be made. */
enum status dead_unclaim(struct dead *dead, const struct uuid *key, struct fault *fault) MUST_CHECK;

#endif
