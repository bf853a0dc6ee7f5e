/* What the database knows of one article, for newsmill trace. Needs the writer's role.
 *
 * Calls wait for the server. Failures come as one sentence for a person; RETRY when no server
 * answers, FATAL otherwise. */
#ifndef NEWSMILL_STORAGE_TRACED_H
#define NEWSMILL_STORAGE_TRACED_H

#include <stdbool.h>
#include <stdint.h>

#include "common/slice.h"
#include "common/status.h"
#include "common/uuid.h"

/* One revision. Borrowed for the call. */
struct traced_row {
    struct uuid article, key;
    struct slice id;                /* its producer's; NULL: none */
    int64_t received_ms, stored_ms; /* CLOCK_NONE: not known */
    int32_t revision;
    bool latest;
    struct slice analyzer;
};
typedef void traced_call(void *user, const struct traced_row *row);

/* All revisions of the article that `name` means: an article or a key, or where no article has
 * that, the identifier of a producer. `db` is a libpq URI, or NULL for libpq's environment. */
enum status traced_find(const char *db, struct slice name, traced_call *call, void *user,
                        struct fault *fault) MUST_CHECK;

#endif
