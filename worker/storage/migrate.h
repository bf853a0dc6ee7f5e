/* Brings a database to this program's schema, or says where it stands.
 *
 * Migrations are the files of migrations/, embedded at build time, applied in order, each in a
 * transaction of its own under an advisory lock: any number of processes may do it at once. */
#ifndef NEWSMILL_STORAGE_MIGRATE_H
#define NEWSMILL_STORAGE_MIGRATE_H

#include "common/options.h"
#include "common/status.h"

struct migration {
    int version;
    const char *name, *text;
};

/* The command `newsmill migrate [status]`; returns its exit code. `status` is 0 when the database
 * is at this program's version, 1 when it is not. */
int migrate_main(const struct options *options);

/* For `up`: applies what is missing. `db` is a libpq URI, or NULL for libpq's environment. RETRY
 * when no server answers; FATAL when it cannot be migrated. */
enum status migrate_apply(const char *db, struct fault *fault) MUST_CHECK;

#endif
