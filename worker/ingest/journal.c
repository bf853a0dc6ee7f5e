/* The journal: appending, what is done, and dropping the segments that are done with. */
#include "worker/ingest/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/log.h"
#include "proto/limits.h"
#include "worker/ingest/journal_state.h"

/* At least this much of a segment is for done records. */
#define SLACK_BYTES ((uint64_t)64 * 1024)

static enum status write_books(struct journal *journal, struct fault *fault)
{
    const struct backlog_books *books = &journal->books;
    const uint64_t numbers[] = {books->accepted, books->stored, books->duplicate, books->dead,
                                journal->next_sequence};
    char bytes[sizeof numbers];
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        put_le64(bytes + i * 8, numbers[i]);
    struct slice payload = {bytes, sizeof bytes};
    journal_put(journal, RECORD_BOOKS, 0, &payload, 1);
    return journal_flush(journal, fault);
}

static enum status no_room(struct journal *journal, int error, struct fault *fault)
{
    journal->full = true;
    return fault_set(fault, STATUS_RETRY, "disk-full", "no room for the journal in %.120s: %s",
                     journal->directory, strerror(error));
}

/* What is reserved for `articles` bytes of articles: done records must not need a new segment.
 * Whole blocks, as they are written. */
static uint64_t with_slack(uint64_t articles)
{
    uint64_t bytes = articles + articles / 8 + SLACK_BYTES;
    return bytes + (DISK_BLOCK - bytes % DISK_BLOCK) % DISK_BLOCK;
}

/* The head will not be written again: what was reserved behind its records is given back. */
static void seal(struct journal *journal)
{
    struct segment *segment = journal_head(journal);
    if (ftruncate(segment->fd, (off_t)segment->size) == 0)
        segment->disk_bytes = segment->size;
    segment_close_direct(segment);
    buffer_clear(&journal->pending.bytes);
    journal->pending.lead = 0;
}

/* There is no room for the file `name`: it goes, durably. Left behind by a power cut, it would
 * claim the sequences that the head goes on to give out. */
static enum status give_up_segment(struct journal *journal, const char *name, int error,
                                   struct fault *fault)
{
    if (unlinkat(journal->directory_fd, name, 0) != 0 || fsync(journal->directory_fd) != 0)
        return journal_disk_failed(journal, "remove a file of", fault);
    return no_room(journal, error, fault);
}

/* Its room is reserved before anything is promised. */
enum status journal_begin_segment(struct journal *journal, uint64_t articles, struct fault *fault)
{
    char name[SEGMENT_NAME_BYTES];
    struct segment segment = {.first = journal->next_sequence,
                              .salt = randombytes_random(),
                              .limit = articles,
                              .direct_fd = -1,
                              .disk_bytes = with_slack(articles)};
    segment_name((struct segment_file){segment.first, segment.salt, false}, name);
    segment.fd = openat(journal->directory_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (segment.fd < 0)
        return errno == ENOSPC || errno == EDQUOT
                   ? no_room(journal, errno, fault)
                   : journal_disk_failed(journal, "begin a segment of", fault);
    int error = posix_fallocate(segment.fd, 0, (off_t)segment.disk_bytes);
    if (error != 0) {
        (void)close(segment.fd);
        return give_up_segment(journal, name, error, fault);
    }
    if (fsync(segment.fd) != 0 || fsync(journal->directory_fd) != 0) {
        (void)close(segment.fd);
        return journal_disk_failed(journal, "sync", fault);
    }
    if (journal->segment_count > 0)
        seal(journal);
    segment.direct_fd = openat(journal->directory_fd, name, O_WRONLY | O_DIRECT | O_CLOEXEC);
    enum status status = journal_add_segment(journal, segment, fault);
    return status == STATUS_OK ? write_books(journal, fault) : status;
}

/* Gives articles `bytes` more: in the head while it has none yet, else in a new one. */
static enum status more_room(struct journal *journal, uint64_t bytes, struct fault *fault)
{
    enum status status = journal_flush(journal, fault);
    if (status != STATUS_OK)
        return status;
    struct segment *segment = journal_head(journal);
    uint64_t wanted = journal->segment_bytes;
    if (segment->count > 0)
        return journal_begin_segment(
            journal, wanted > bytes + SLACK_BYTES ? wanted : bytes + SLACK_BYTES, fault);
    if (wanted < segment->size + bytes)
        wanted = segment->size + bytes;
    int error = posix_fallocate(segment->fd, 0, (off_t)with_slack(wanted));
    if (error != 0)
        return no_room(journal, error, fault);
    segment->limit = wanted;
    segment->disk_bytes = with_slack(wanted);
    return STATUS_OK;
}

/* Sees to it that the head segment has room for a record of `bytes`. */
static enum status make_room(struct journal *journal, uint64_t bytes, struct fault *fault)
{
    if (journal->failed)
        return journal_tell_failure(journal, fault);
    if (journal->pending.bytes.len + bytes > JOURNAL_PENDING_MAX)
        return fault_set(fault, STATUS_RETRY, "unsynced", "the journal must be synced first");
    if (journal_end(journal) + bytes <= journal_head(journal)->limit)
        return STATUS_OK;
    if (journal->full)
        return fault_set(fault, STATUS_RETRY, "disk-full", "no room for the journal in %.120s",
                         journal->directory);
    return more_room(journal, bytes, fault);
}

enum status journal_find_room(struct journal *journal, struct fault *fault)
{
    if (!journal->full || journal->failed)
        return STATUS_OK;
    enum status status = more_room(journal, 0, fault);
    if (status == STATUS_OK)
        journal->full = false;
    return status;
}

enum status journal_append(struct journal *journal, struct slice envelope, struct slice article,
                           struct fault *fault)
{
    uint64_t bytes = record_size(4 + envelope.len + article.len);
    enum status status = make_room(journal, bytes, fault);
    if (status != STATUS_OK)
        return status;
    char len[4];
    put_le32(len, (uint32_t)envelope.len);
    const struct slice parts[] = {{len, sizeof len}, envelope, article};
    uint64_t sequence = journal->next_sequence;
    if (!segment_count_in(journal_head(journal), sequence))
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the journal");
    journal_put(journal, RECORD_ARTICLE, sequence, parts, 3);
    journal->next_sequence++;
    journal->appended++;
    journal->pending.articles++;
    journal->books.accepted++;
    journal->books.in_flight++;
    return STATUS_OK;
}

enum status journal_append_duplicate(struct journal *journal, struct slice article_uuid,
                                     struct fault *fault)
{
    enum status status = make_room(journal, record_size(article_uuid.len), fault);
    if (status != STATUS_OK)
        return status;
    journal_put(journal, RECORD_DUPLICATE, 0, &article_uuid, 1);
    journal->appended++;
    journal->books.accepted++;
    journal->books.duplicate++;
    return STATUS_OK;
}

enum status journal_append_moved(struct journal *journal, struct slice envelope,
                                 struct slice article, struct moved *moved, struct fault *fault)
{
    enum status status = make_room(journal, record_size(8 + 4 + envelope.len + article.len), fault);
    if (status != STATUS_OK)
        return status;
    char old[8], len[4];
    put_le64(old, moved->from);
    put_le32(len, (uint32_t)envelope.len);
    const struct slice parts[] = {{old, sizeof old}, {len, sizeof len}, envelope, article};
    moved->to = journal->next_sequence;
    moved->place = journal_end(journal);
    if (!segment_count_in(journal_head(journal), moved->to))
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the journal");
    journal_put(journal, RECORD_MOVED, moved->to, parts, 4);
    journal->next_sequence++;
    return STATUS_OK;
}

void journal_note(struct journal *journal, uint64_t sequence, int outcome)
{
    char entry[DONE_ENTRY_BYTES];
    put_le64(entry, sequence);
    entry[8] = (char)outcome;
    buffer_append(&journal->done_pending, entry, sizeof entry);
    if (journal->done_pending.len >= 512 * DONE_ENTRY_BYTES)
        journal_fold_done(journal);
}

void journal_done(struct journal *journal, uint64_t sequence, enum backlog_outcome outcome)
{
    sequence = moved_take(journal->moved, sequence);
    struct segment *segment = journal_segment_of(journal, sequence);
    if (!segment || !segment_mark_done(segment, sequence))
        return;
    journal->books.in_flight--;
    journal_count_outcome(&journal->books, outcome);
    journal_note(journal, sequence, (int)outcome);
}

/* The cursor's segment goes: on from the beginning of what follows. */
static void cursor_leave(struct journal *journal, size_t index)
{
    if (journal->cursor_segment > index) {
        journal->cursor_segment--;
    } else if (journal->cursor_segment == index) {
        journal->cursor_offset = 0;
        journal->cursor_sequence = 0;
    }
}

static enum status drop_one(struct journal *journal, size_t index, struct fault *fault)
{
    if (!journal_drop_file(journal, &journal->segments[index]))
        return journal_disk_failed(journal, "drop a segment of", fault);
    segment_close(&journal->segments[index]);
    journal->segment_count--;
    memmove(journal->segments + index, journal->segments + index + 1,
            (journal->segment_count - index) * sizeof *journal->segments);
    cursor_leave(journal, index);
    if (index == 0)
        journal->move_offset = 0;
    return STATUS_OK;
}

static enum status sync_folders(struct journal *journal, struct fault *fault)
{
    bool synced = (journal->archive_fd < 0 || fsync(journal->archive_fd) == 0) &&
                  fsync(journal->directory_fd) == 0;
    return synced ? STATUS_OK : journal_disk_failed(journal, "sync", fault);
}

/* How many segments, from the oldest on, are done with; the head is not. Only there: a later one
 * may say of an older one's articles that they are done. */
size_t journal_count_done(const struct journal *journal)
{
    size_t count = 0;
    while (count + 1 < journal->segment_count && journal->segments[count].live == 0)
        count++;
    return count;
}

/* Each is gone for good before the next one goes: a power cut may keep any of several changes of a
 * folder. */
enum status journal_drop_oldest(struct journal *journal, size_t count, struct fault *fault)
{
    enum status status = STATUS_OK;
    journal->droppable = 0;
    for (; status == STATUS_OK && count > 0; count--) {
        status = drop_one(journal, 0, fault);
        if (status == STATUS_OK)
            status = sync_folders(journal, fault);
    }
    return status;
}

enum status journal_drop_damaged(struct journal *journal, struct fault *fault)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i + 1 < journal->segment_count;)
        if (journal->segments[i].damaged && journal->segments[i].live == 0)
            status = drop_one(journal, i, fault);
        else
            i++;
    return status == STATUS_OK ? sync_folders(journal, fault) : status;
}

enum status journal_sync(struct journal *journal, struct fault *fault)
{
    if (journal->failed)
        return journal_tell_failure(journal, fault);
    enum status status = journal_flush(journal, fault);
    if (status == STATUS_OK)
        status = journal_move_leftovers(journal, fault);
    if (status == STATUS_OK) /* durable again before anything goes */
        status = journal_flush(journal, fault);
    return status == STATUS_OK ? journal_drop_oldest(journal, journal_count_done(journal), fault)
                               : status;
}

uint64_t journal_disk_free(const struct journal *journal)
{
    struct statvfs info;
    if (fstatvfs(journal->directory_fd, &info) != 0)
        return UINT64_MAX;
    return (uint64_t)info.f_bavail * info.f_frsize;
}

struct backlog_books journal_books(const struct journal *journal)
{
    return journal->books;
}

struct journal_stats journal_stats(const struct journal *journal)
{
    struct journal_stats stats = {.segments = journal->segment_count,
                                  .damaged = journal->damaged,
                                  .torn = journal->torn,
                                  .full = journal->full};
    for (size_t i = 0; i < journal->segment_count; i++) {
        stats.bytes += journal->segments[i].disk_bytes;
        stats.backlog_bytes += journal->segments[i].size;
    }
    return stats;
}
