/* What watch remembers: which items of a feed were pushed, what to ask a feed with next time, and
 * when. A SQLite file, because it has to survive a SIGKILL at any instruction and stay small; the
 * only user of <sqlite3.h>.
 *
 * Changes are collected in a transaction and are durable after memory_commit(). Bounded: items that
 * a feed has not listed for MEMORY_KEPT_MS are forgotten, and of each feed all but the MEMORY_ITEMS
 * that it listed last. */
#ifndef NEWSMILL_WORKER_SOURCES_WATCH_MEMORY_H
#define NEWSMILL_WORKER_SOURCES_WATCH_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/slice.h"
#include "common/status.h"
#include "common/uuid.h"

#define MEMORY_KEPT_MS         (INT64_C(30) * 24 * 3600 * 1000)
#define MEMORY_ITEMS           20000
#define MEMORY_VALIDATOR_BYTES 512

/* What is known of a feed. */
struct memory_feed {
    char etag[MEMORY_VALIDATOR_BYTES], modified[MEMORY_VALIDATOR_BYTES]; /* "" when there is none */
    int64_t next_ms; /* not to be asked before (wall clock); 0 at once */
    int failures;    /* in a row */
    bool paused;     /* `next_ms` is a pause after a failure: it holds for --once too */
};

struct memory;

/* Opens or makes the file; one watch at a time. FATAL "state-locked" when another has it,
 * "state-file" when it cannot be used. */
enum status memory_open(const char *path, struct memory **out, struct fault *fault) MUST_CHECK;
void memory_close(struct memory *memory);

/* All zero for a feed that is new. */
enum status memory_read_feed(struct memory *memory, const struct uuid *feed,
                             struct memory_feed *out) MUST_CHECK;
enum status memory_write_feed(struct memory *memory, const struct uuid *feed,
                              const struct memory_feed *about) MUST_CHECK;
/* True when the item was pushed in this version. Notes that the feed still lists it. */
bool memory_knows(struct memory *memory, const struct uuid *feed, const struct uuid *item,
                  uint32_t version, int64_t now_ms);
enum status memory_learn(struct memory *memory, const struct uuid *feed, const struct uuid *item,
                         uint32_t version, int64_t now_ms) MUST_CHECK;
/* Forgets what is beyond the bounds. */
enum status memory_trim(struct memory *memory, const struct uuid *feed, int64_t now_ms) MUST_CHECK;
/* Makes everything since the last commit durable; with nothing changed it costs nothing. */
enum status memory_commit(struct memory *memory, struct fault *fault) MUST_CHECK;

#endif
