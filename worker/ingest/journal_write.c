/* Making durable what the journal has gathered: at once, or by a thread while more is gathered.
 *
 *   head segment   |── durable ──|── writing ──|── pending ──|
 *                              size
 *
 * Only what is in front of `size` is ever read, promised or relied upon. */
#include <errno.h>
#include <string.h>

#include "worker/ingest/journal_state.h"

#define BUFFER_KEPT ((size_t)4 * 1024 * 1024)

enum status journal_tell_failure(const struct journal *journal, struct fault *fault)
{
    if (fault)
        *fault = journal->failure;
    return STATUS_FATAL;
}

enum status journal_disk_failed(struct journal *journal, const char *what, struct fault *fault)
{
    int error = errno;
    journal->failed = true;
    fault_set(&journal->failure, STATUS_FATAL, "journal-write",
              "cannot %s the journal in %.120s: %s; nothing more is accepted", what,
              journal->directory, strerror(error));
    return journal_tell_failure(journal, fault);
}

struct segment *journal_head(struct journal *journal)
{
    return &journal->segments[journal->segment_count - 1];
}

uint64_t journal_end(const struct journal *journal)
{
    const struct segment *segment = &journal->segments[journal->segment_count - 1];
    return segment->size + journal->writing.len + journal->pending.len;
}

void journal_fold_done(struct journal *journal)
{
    if (journal->done_pending.len == 0)
        return;
    struct slice entries = buffer_slice(&journal->done_pending);
    record_write(&journal->pending, journal_head(journal)->salt, RECORD_DONE, 0, &entries, 1);
    buffer_clear(&journal->done_pending);
}

/* What was gathered is complete: ready to be written. */
static enum status close_pending(struct journal *journal, struct fault *fault)
{
    journal_fold_done(journal);
    if (!buffer_failed(&journal->pending))
        return STATUS_OK;
    journal->failed = true;
    fault_set(&journal->failure, STATUS_FATAL, "out-of-memory", "no memory for the journal");
    return journal_tell_failure(journal, fault);
}

/* What was in `bytes`, articles and all up to the `appended`-th append, is on the disk, or is not.
 */
static enum status take_written(struct journal *journal, struct buffer *bytes,
                                struct journal_group group, const struct disk_written *written,
                                struct fault *fault)
{
    struct segment *segment = journal_head(journal);
    errno = written->error;
    if (written->error != 0)
        return journal_disk_failed(journal, written->what, fault);
    segment->size += bytes->len;
    if (segment->size > segment->disk_bytes)
        segment->disk_bytes = segment->size;
    journal->durable = group.appended;
    journal->commit = (struct journal_commit){group.articles, written->ns};
    if (bytes->capacity > BUFFER_KEPT)
        buffer_deinit(bytes); /* a large article's memory is not kept */
    else
        buffer_clear(bytes);
    return STATUS_OK;
}

/* What the thread was given is durable then; RETRY, without `wait`: not yet. */
static enum status end_writing(struct journal *journal, bool wait, struct fault *fault)
{
    struct disk_written written;
    if (journal->failed)
        return journal_tell_failure(journal, fault);
    if (journal->writing.len == 0)
        return STATUS_OK;
    if (!disk_writer_end(journal->writer, wait, &written))
        return STATUS_RETRY;
    return take_written(journal, &journal->writing, journal->writing_group, &written, fault);
}

static struct journal_group take_group(struct journal *journal)
{
    struct journal_group group = {journal->pending_articles, journal->appended};
    journal->pending_articles = 0;
    return group;
}

enum status journal_flush(struct journal *journal, struct fault *fault)
{
    enum status status = end_writing(journal, true, fault);
    if (status == STATUS_OK)
        status = close_pending(journal, fault);
    if (status != STATUS_OK || journal->pending.len == 0)
        return status;
    const struct segment *segment = journal_head(journal);
    struct disk_written written =
        disk_write(segment->fd, buffer_slice(&journal->pending), segment->size);
    return take_written(journal, &journal->pending, take_group(journal), &written, fault);
}

/* Gives what was gathered to the thread. */
static enum status begin_writing(struct journal *journal, struct fault *fault)
{
    const struct segment *segment = journal_head(journal);
    enum status status = close_pending(journal, fault);
    if (status != STATUS_OK || journal->pending.len == 0)
        return status;
    struct buffer free = journal->writing;
    journal->writing = journal->pending;
    journal->pending = free;
    journal->writing_group = take_group(journal);
    journal->droppable = journal_count_done(journal);
    disk_writer_begin(journal->writer, segment->fd, buffer_slice(&journal->writing), segment->size);
    return STATUS_OK;
}

enum status journal_sync_on(struct journal *journal, struct fault *fault)
{
    enum status status = end_writing(journal, false, fault);
    if (status == STATUS_RETRY)
        return STATUS_OK;
    if (status == STATUS_OK && journal_is_pinned(journal))
        return journal_sync(journal, fault); /* an article that moves may be fetched any time */
    if (status == STATUS_OK)
        status = journal_drop_oldest(journal, journal->droppable, fault);
    return status == STATUS_OK ? begin_writing(journal, fault) : status;
}

uint64_t journal_appended(const struct journal *journal)
{
    return journal->appended;
}

uint64_t journal_durable(const struct journal *journal)
{
    return journal->durable;
}

bool journal_has_failed(const struct journal *journal)
{
    return journal->failed;
}

uint64_t journal_unsynced(const struct journal *journal)
{
    return journal->writing.len + journal->pending.len + journal->done_pending.len;
}

struct journal_commit journal_take_commit(struct journal *journal)
{
    struct journal_commit commit = journal->commit;
    journal->commit = (struct journal_commit){0};
    return commit;
}
