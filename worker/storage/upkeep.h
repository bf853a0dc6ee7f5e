/* Looking after what is derived and what is old: rollups compared with the facts or made anew,
 * months dropped.
 *
 * Needs the owner of the schema. Failures come as one sentence for a person; RETRY when no server
 * answers or somebody holds a table for too long, FATAL otherwise. */
#ifndef NEWSMILL_STORAGE_UPKEEP_H
#define NEWSMILL_STORAGE_UPKEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "common/slice.h"
#include "common/status.h"

/* A rollup against the facts: `rows` that it should have, how many of those it has not as they
 * should be, how many it has that should not be. */
struct upkeep_rollup {
    struct slice name;
    int64_t rows, missing, surplus;
};
typedef void upkeep_rollup_call(void *user, const struct upkeep_rollup *rollup);

/* One table, or a part of it, that retention drops or would drop. */
struct upkeep_part {
    struct slice name;
    int64_t rows, bytes; /* bytes 0: rows of a table that stays */
};
typedef void upkeep_part_call(void *user, const struct upkeep_part *part);

/* `db` is a libpq URI, or NULL for libpq's environment. */
enum status upkeep_verify(const char *db, upkeep_rollup_call *call, void *user,
                          struct fault *fault) MUST_CHECK;
/* While articles are stored; for each month since the last retention. */
enum status upkeep_rebuild(const char *db, struct fault *fault) MUST_CHECK;

/* The whole months that ended `keep_months` ago or earlier: what there is of them, and then, unless
 * `dry_run`, in one transaction, drops them, with the ledger's rows; with `rollups` what the
 * rollups say of them too. */
enum status upkeep_retain(const char *db, int32_t keep_months, bool rollups, bool dry_run,
                          upkeep_part_call *call, void *user, struct fault *fault) MUST_CHECK;

#endif
