/* Where the newsmill is that a command is about: named by options, or the one that runs in --data.
 */
#ifndef NEWSMILL_WORKER_CLI_PLACE_H
#define NEWSMILL_WORKER_CLI_PLACE_H

#include "common/options.h"
#include "worker/cli/folder.h"

struct place {
    char database[FOLDER_DATABASE_BYTES]; /* a libpq URI */
    char work[FOLDER_DATABASE_BYTES];     /* work endpoints, with commas between them */
};

/* Fills `database` from --db, or from what runs in --data. FATAL "not-running" when neither says.
 */
enum status place_database(const struct options *options, struct place *place,
                           struct fault *fault) MUST_CHECK;
/* Fills `work` from --work, or from what runs in --data. */
enum status place_work(const struct options *options, struct place *place,
                       struct fault *fault) MUST_CHECK;

#endif
