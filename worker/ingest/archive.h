/* Reading articles out of a folder of segment files: an archive, or a journal that no ingest has.
 *
 * Read-only; done or not, every article comes once a record, oldest first. One that was written
 * again when its segment was dropped comes twice, with the same envelope: storage knows it by its
 * key. Damage is skipped and counted. */
#ifndef NEWSMILL_INGEST_ARCHIVE_H
#define NEWSMILL_INGEST_ARCHIVE_H

#include <stdint.h>

#include "common/slice.h"
#include "common/status.h"

struct archive;

/* FATAL with a sentence: "journal-folder" when it cannot be read or has no segment. */
enum status archive_open(const char *folder, struct archive **out, struct fault *fault) MUST_CHECK;
void archive_close(struct archive *archive);

/* The next article; the slices stay until the next call. RETRY at the end; FATAL with a sentence.
 */
enum status archive_next(struct archive *archive, struct slice *envelope, struct slice *article,
                         struct fault *fault) MUST_CHECK;

struct archive_progress {
    uint64_t bytes_read, bytes;
    uint64_t damaged; /* places that were skipped */
};
struct archive_progress archive_progress(const struct archive *archive);

#endif
