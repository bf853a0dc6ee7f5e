/* Views as lines of text, for the command that exports them: a connection to the database and a
 * cursor, so that views of any size go out in constant memory. The reader's role is enough.
 *
 * All that is exported between open and close is as of one moment. Calls wait for the server.
 * Failures come as one sentence for a person; REJECT for a view, format or time there is not, RETRY
 * when no server answers, FATAL otherwise. */
#ifndef NEWSMILL_STORAGE_EXPORT_H
#define NEWSMILL_STORAGE_EXPORT_H

#include <stdint.h>

#include "common/slice.h"
#include "common/status.h"

struct export;

/* One line without its end; borrowed for the call. Anything but OK ends the export and is its
 * result. */
typedef enum status export_call(void *user, struct slice line, struct fault *fault);

/* `db` is a libpq URI, or NULL for libpq's environment. */
enum status export_open(const char *db, struct export **out, struct fault *fault) MUST_CHECK;
void export_close(struct export *export);

/* The rows of newsmill.`view` received from since_ms until before until_ms (CLOCK_NONE: any) as
 * lines of csv (with a heading), tsv or jsonl; `*rows` counts them, without the heading. */
enum status export_view(struct export *export, const char *view, const char *format,
                        int64_t since_ms, int64_t until_ms, export_call *call, void *user,
                        uint64_t *rows, struct fault *fault) MUST_CHECK;

#endif
