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

void journal_runs_init(struct journal *journal)
{
    const size_t limit = JOURNAL_PENDING_MAX + (1 << 20);
    buffer_init_aligned(&journal->pending.bytes, limit, DISK_BLOCK);
    buffer_init_aligned(&journal->writing.bytes, limit, DISK_BLOCK);
    recall_init(&journal->recall);
}

void journal_runs_deinit(struct journal *journal)
{
    buffer_deinit(&journal->pending.bytes);
    buffer_deinit(&journal->writing.bytes);
    recall_deinit(&journal->recall);
}

size_t journal_run_bytes(const struct journal_run *run)
{
    return run->bytes.len - run->lead;
}

static void clear_run(struct journal_run *run)
{
    if (run->bytes.capacity > BUFFER_KEPT)
        buffer_deinit(&run->bytes); /* a large article's memory is not kept */
    else
        buffer_clear(&run->bytes);
    run->lead = run->articles = 0;
}

struct segment *journal_head(struct journal *journal)
{
    return &journal->segments[journal->segment_count - 1];
}

void journal_put(struct journal *journal, enum record_type type, uint64_t sequence,
                 const struct slice *parts, size_t count)
{
    const struct segment *head = journal_head(journal);
    struct slice envelope = type == RECORD_ARTICLE ? parts[1] : SLICE_NULL;
    struct recalled record = {.segment = head->first,
                              .offset = journal_end(journal),
                              .type = type,
                              .sequence = sequence,
                              .envelope_len = (uint32_t)envelope.len,
                              .article_len = type == RECORD_ARTICLE ? (uint32_t)parts[2].len : 0};
    record_write(&journal->pending.bytes, head->salt, type, sequence, parts, count);
    record.next = journal_end(journal);
    if (type != RECORD_MOVED && !buffer_failed(&journal->pending.bytes))
        recall_add(&journal->recall, &record, envelope);
}

uint64_t journal_end(const struct journal *journal)
{
    const struct segment *segment = &journal->segments[journal->segment_count - 1];
    return segment->size + journal_run_bytes(&journal->writing) +
           journal_run_bytes(&journal->pending);
}

void journal_fold_done(struct journal *journal)
{
    if (journal->done_pending.len == 0)
        return;
    struct slice entries = buffer_slice(&journal->done_pending);
    journal_put(journal, RECORD_DONE, 0, &entries, 1);
    buffer_clear(&journal->done_pending);
}

/* What `run` added to the file is on the disk, or is not. */
static enum status take_written(struct journal *journal, const struct journal_run *run,
                                const struct disk_written *written, struct fault *fault)
{
    struct segment *segment = journal_head(journal);
    errno = written->error;
    if (written->error != 0)
        return journal_disk_failed(journal, written->what, fault);
    segment->size += journal_run_bytes(run);
    if (segment->size > segment->disk_bytes)
        segment->disk_bytes = segment->size;
    journal->durable = run->appended;
    journal->commit = (struct journal_commit){run->articles, written->ns};
    return STATUS_OK;
}

/* `run` is written, or is being written: `next`, which may be the same, goes on where it ended. */
static void begin_run(const struct journal_run *run, struct journal_run *next)
{
    char tail[DISK_BLOCK];
    size_t len = run->bytes.len % DISK_BLOCK;
    if (len > 0)
        memcpy(tail, run->bytes.data + run->bytes.len - len, len);
    clear_run(next);
    buffer_append(&next->bytes, tail, len);
    next->lead = next->bytes.len;
}

/* Its bytes as whole blocks; what is behind them is zeros, the end for whoever reads. NULL without
 * memory. */
static struct slice blocks_of(struct journal_run *run)
{
    size_t len = run->bytes.len, more = (DISK_BLOCK - len % DISK_BLOCK) % DISK_BLOCK;
    char *zeros = buffer_extend(&run->bytes, more);
    if (!zeros)
        return SLICE_NULL;
    memset(zeros, 0, more);
    run->bytes.len = len;
    return (struct slice){run->bytes.data, len + more};
}

/* What the thread was given is durable then; RETRY, without `wait`: not yet. */
static enum status end_writing(struct journal *journal, bool wait, struct fault *fault)
{
    struct disk_written written;
    if (journal->failed)
        return journal_tell_failure(journal, fault);
    if (journal_run_bytes(&journal->writing) == 0)
        return STATUS_OK;
    if (!disk_writer_end(journal->writer, wait, &written))
        return STATUS_RETRY;
    enum status status = take_written(journal, &journal->writing, &written, fault);
    if (status == STATUS_OK)
        clear_run(&journal->writing);
    return status;
}

/* What was gathered, as it goes to the disk: there may be nothing. */
static enum status close_pending(struct journal *journal, struct slice *blocks, struct fault *fault)
{
    struct journal_run *pending = &journal->pending;
    journal_fold_done(journal);
    pending->appended = journal->appended;
    *blocks = SLICE_NULL;
    if (journal_run_bytes(pending) > 0)
        *blocks = blocks_of(pending);
    if (!buffer_failed(&pending->bytes))
        return STATUS_OK;
    journal->failed = true;
    fault_set(&journal->failure, STATUS_FATAL, "out-of-memory", "no memory for the journal");
    return journal_tell_failure(journal, fault);
}

/* Where the blocks of the next run begin in the file. */
static uint64_t blocks_at(const struct journal *journal, const struct journal_run *run)
{
    return journal->segments[journal->segment_count - 1].size - run->lead;
}

static struct disk_file file_of(struct journal *journal)
{
    const struct segment *head = journal_head(journal);
    return (struct disk_file){head->fd, head->direct_fd};
}

enum status journal_flush(struct journal *journal, struct fault *fault)
{
    struct slice blocks;
    struct journal_run *pending = &journal->pending;
    enum status status = end_writing(journal, true, fault);
    if (status == STATUS_OK)
        status = close_pending(journal, &blocks, fault);
    if (status != STATUS_OK || !blocks.data)
        return status;
    struct disk_written written = disk_write(file_of(journal), blocks, blocks_at(journal, pending));
    status = take_written(journal, pending, &written, fault);
    if (status == STATUS_OK)
        begin_run(pending, pending);
    return status;
}

/* Gives what was gathered to the thread. */
static enum status begin_writing(struct journal *journal, struct fault *fault)
{
    struct slice blocks;
    enum status status = close_pending(journal, &blocks, fault);
    if (status != STATUS_OK || !blocks.data)
        return status;
    struct journal_run free = journal->writing;
    journal->writing = journal->pending;
    journal->pending = free;
    begin_run(&journal->writing, &journal->pending);
    journal->droppable = journal_count_done(journal);
    disk_writer_begin(journal->writer, file_of(journal), blocks,
                      blocks_at(journal, &journal->writing));
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
    return journal_run_bytes(&journal->writing) + journal_run_bytes(&journal->pending) +
           journal->done_pending.len;
}

struct journal_commit journal_take_commit(struct journal *journal)
{
    struct journal_commit commit = journal->commit;
    journal->commit = (struct journal_commit){0};
    return commit;
}
