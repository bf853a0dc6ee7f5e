/* Stored articles with the messages they came as, for replay: a connection to the database that
 * keeps them, and a walk through them in constant memory. Needs the writer's role.
 *
 * Failures come as one sentence for a person; RETRY when no server answers, FATAL otherwise. */
#ifndef NEWSMILL_STORAGE_STORED_H
#define NEWSMILL_STORAGE_STORED_H

#include <stdbool.h>
#include <stdint.h>

#include "common/slice.h"
#include "common/status.h"
#include "common/uuid.h"

struct stored;

struct stored_filter {
    int64_t since_ms, until_ms;          /* when received, until excluded; CLOCK_NONE: any */
    struct slice source;                 /* exactly this; NULL: any */
    struct slice analyzer, not_analyzer; /* the version that made the facts; NULL: any */
    const struct uuid *articles;         /* these only; count 0: any */
    size_t article_count;
    struct slice current; /* what this version made is only counted; NULL: nothing */
    bool messages;        /* bring the messages too */
};

/* One revision of an article. Borrowed for the call. */
struct stored_article {
    struct uuid key, article, content;
    int64_t received_ms;
    bool current;          /* made by the filter's version */
    struct slice original; /* NULL when it is current, or messages are not wanted */
};
/* Anything but OK ends the walk and is its result. */
typedef enum status stored_call(void *user, const struct stored_article *article,
                                struct fault *fault);

/* `db` is a libpq URI, or NULL for libpq's environment. */
enum status stored_open(const char *db, struct stored **out, struct fault *fault) MUST_CHECK;
void stored_close(struct stored *stored);

/* Every revision, in the order of their keys, that is of their acceptance. What is stored while the
 * walk goes on comes too. */
enum status stored_walk(struct stored *stored, const struct stored_filter *filter,
                        stored_call *call, void *user, struct fault *fault) MUST_CHECK;

#endif
