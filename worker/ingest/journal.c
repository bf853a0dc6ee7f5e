/* The journal: appending, syncing, dropping, and walking what is not done. */
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

/* What one loop turn may gather before it must sync: the largest article and plenty of small ones.
 */
#define PENDING_BYTES_MAX ((size_t)LIMIT_MESSAGE_BYTES * 2 + (1 << 20))

#define PENDING_KEPT ((size_t)4 * 1024 * 1024)
/* At least this much of a segment is for done records. */
#define SLACK_BYTES ((uint64_t)64 * 1024)

/* ---- writing ---- */

/* The journal has failed, now or before: whoever asks hears what it was. */
static enum status tell_failure(const struct journal *journal, struct fault *fault)
{
    if (fault)
        *fault = journal->failure;
    return STATUS_FATAL;
}

/* Once the disk has failed us, what it holds is unknown: nothing more is promised. */
static enum status disk_failed(struct journal *journal, const char *what, struct fault *fault)
{
    int error = errno;
    journal->failed = true;
    fault_set(&journal->failure, STATUS_FATAL, "journal-write",
              "cannot %s the journal in %.120s: %s; nothing more is accepted", what,
              journal->directory, strerror(error));
    return tell_failure(journal, fault);
}

static struct segment *head(struct journal *journal)
{
    return &journal->segments[journal->segment_count - 1];
}

static enum status write_all(struct journal *journal, const struct buffer *bytes,
                             struct fault *fault)
{
    struct segment *segment = head(journal);
    size_t at = 0;
    while (at < bytes->len) {
        ssize_t put =
            pwrite(segment->fd, bytes->data + at, bytes->len - at, (off_t)(segment->size + at));
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return disk_failed(journal, "write", fault);
        at += (size_t)put;
    }
    segment->size += bytes->len;
    if (segment->size > segment->disk_bytes)
        segment->disk_bytes = segment->size;
    return STATUS_OK;
}

/* The done entries gathered since the last sync, as one record behind the articles. */
static void fold_done(struct journal *journal)
{
    if (journal->done_pending.len == 0)
        return;
    struct slice entries = buffer_slice(&journal->done_pending);
    record_write(&journal->pending, head(journal)->salt, RECORD_DONE, 0, &entries, 1);
    buffer_clear(&journal->done_pending);
}

enum status journal_flush(struct journal *journal, struct fault *fault)
{
    fold_done(journal);
    if (buffer_failed(&journal->pending)) {
        journal->failed = true;
        fault_set(&journal->failure, STATUS_FATAL, "out-of-memory", "no memory for the journal");
        return tell_failure(journal, fault);
    }
    if (journal->pending.len == 0)
        return STATUS_OK;
    enum status status = write_all(journal, &journal->pending, fault);
    if (status == STATUS_OK && fdatasync(head(journal)->fd) != 0)
        status = disk_failed(journal, "sync", fault);
    if (status != STATUS_OK)
        return status;
    journal->pending_articles = 0;
    if (journal->pending.capacity > PENDING_KEPT)
        buffer_deinit(&journal->pending); /* a large article's memory is not kept */
    else
        buffer_clear(&journal->pending);
    return STATUS_OK;
}

static enum status write_books(struct journal *journal, struct fault *fault)
{
    const struct backlog_books *books = &journal->books;
    const uint64_t numbers[] = {books->accepted, books->stored, books->duplicate, books->dead,
                                journal->next_sequence};
    char bytes[sizeof numbers];
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        put_le64(bytes + i * 8, numbers[i]);
    struct slice payload = {bytes, sizeof bytes};
    record_write(&journal->pending, head(journal)->salt, RECORD_BOOKS, 0, &payload, 1);
    return journal_flush(journal, fault);
}

static enum status no_room(struct journal *journal, int error, struct fault *fault)
{
    journal->full = true;
    return fault_set(fault, STATUS_RETRY, "disk-full", "no room for the journal in %.120s: %s",
                     journal->directory, strerror(error));
}

/* What is reserved for `articles` bytes of articles: done records must not need a new segment. */
static uint64_t with_slack(uint64_t articles)
{
    return articles + articles / 8 + SLACK_BYTES;
}

/* The head will not be written again: what was reserved behind its records is given back. */
static void seal(struct segment *segment)
{
    if (ftruncate(segment->fd, (off_t)segment->size) == 0)
        segment->disk_bytes = segment->size;
}

/* There is no room for the file `name`: it goes, durably. Left behind by a power cut, it would
 * claim the sequences that the head goes on to give out. */
static enum status give_up_segment(struct journal *journal, const char *name, int error,
                                   struct fault *fault)
{
    if (unlinkat(journal->directory_fd, name, 0) != 0 || fsync(journal->directory_fd) != 0)
        return disk_failed(journal, "remove a file of", fault);
    return no_room(journal, error, fault);
}

/* Makes the next file, its room reserved before anything is promised. RETRY when the disk is full.
 */
static enum status begin_segment(struct journal *journal, uint64_t articles, struct fault *fault)
{
    char name[SEGMENT_NAME_BYTES];
    struct segment segment = {.first = journal->next_sequence,
                              .salt = randombytes_random(),
                              .limit = articles,
                              .disk_bytes = with_slack(articles)};
    segment_name((struct segment_file){segment.first, segment.salt, false}, name);
    segment.fd = openat(journal->directory_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (segment.fd < 0)
        return errno == ENOSPC || errno == EDQUOT
                   ? no_room(journal, errno, fault)
                   : disk_failed(journal, "begin a segment of", fault);
    int error = posix_fallocate(segment.fd, 0, (off_t)segment.disk_bytes);
    if (error != 0) {
        (void)close(segment.fd);
        return give_up_segment(journal, name, error, fault);
    }
    if (fsync(segment.fd) != 0 || fsync(journal->directory_fd) != 0) {
        (void)close(segment.fd);
        return disk_failed(journal, "sync", fault);
    }
    if (journal->segment_count > 0)
        seal(head(journal));
    enum status status = journal_add_segment(journal, segment, fault);
    return status == STATUS_OK ? write_books(journal, fault) : status;
}

/* Gives articles `bytes` more: in the head while it has none yet, else in a new one. */
static enum status more_room(struct journal *journal, uint64_t bytes, struct fault *fault)
{
    enum status status = journal_flush(journal, fault);
    if (status != STATUS_OK)
        return status;
    struct segment *segment = head(journal);
    uint64_t wanted = journal->segment_bytes;
    if (segment->count > 0)
        return begin_segment(journal, wanted > bytes + SLACK_BYTES ? wanted : bytes + SLACK_BYTES,
                             fault);
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
        return tell_failure(journal, fault);
    if (journal->pending.len + bytes > PENDING_BYTES_MAX)
        return fault_set(fault, STATUS_RETRY, "unsynced", "the journal must be synced first");
    const struct segment *segment = head(journal);
    if (segment->size + journal->pending.len + bytes <= segment->limit)
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
    if (!segment_count_in(head(journal), sequence))
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the journal");
    record_write(&journal->pending, head(journal)->salt, RECORD_ARTICLE, sequence, parts, 3);
    journal->next_sequence++;
    journal->pending_articles++;
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
    record_write(&journal->pending, head(journal)->salt, RECORD_DUPLICATE, 0, &article_uuid, 1);
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
    moved->place = head(journal)->size + journal->pending.len;
    if (!segment_count_in(head(journal), moved->to))
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the journal");
    record_write(&journal->pending, head(journal)->salt, RECORD_MOVED, moved->to, parts, 4);
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
        fold_done(journal);
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

static void segment_close(struct segment *segment)
{
    if (segment->fd >= 0)
        (void)close(segment->fd);
    segment->fd = -1;
    free(segment->done);
    segment->done = NULL; /* closed twice when dropping fails half way */
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
        return disk_failed(journal, "drop a segment of", fault);
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
    return synced ? STATUS_OK : disk_failed(journal, "sync", fault);
}

/* Drops segments from the old end: all done, durably (the caller has just synced), and not the
 * head. Only there: a later one may say of an older one's articles that they are done. For the same
 * reason each is gone for good before the next one goes: a power cut may keep any of several
 * changes of a folder. */
static enum status drop_done(struct journal *journal, struct fault *fault)
{
    enum status status = STATUS_OK;
    while (status == STATUS_OK && journal->segment_count > 1 && journal->segments[0].live == 0) {
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
        return tell_failure(journal, fault);
    enum status status = journal_flush(journal, fault);
    if (status == STATUS_OK)
        status = journal_move_leftovers(journal, fault);
    if (status == STATUS_OK) /* durable again before anything goes */
        status = journal_flush(journal, fault);
    return status == STATUS_OK ? drop_done(journal, fault) : status;
}

uint64_t journal_unsynced(const struct journal *journal)
{
    return journal->pending.len + journal->done_pending.len;
}

uint64_t journal_unsynced_articles(const struct journal *journal)
{
    return journal->pending_articles;
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

/* ---- opening ---- */

/* The folder's own name must last as long as what is in it: it may have just been made, and the one
 * it is in too. One that may not be read is left to its owner. */
static bool sync_parents(int folder_fd)
{
    static const char *const parents[] = {"..", "../.."};
    bool synced = true;
    for (size_t i = 0; i < sizeof parents / sizeof parents[0]; i++) {
        int fd = openat(folder_fd, parents[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
            continue;
        synced = synced && fsync(fd) == 0;
        (void)close(fd);
    }
    return synced;
}

static enum status open_folder(struct journal *journal, struct fault *fault)
{
    const char *path = journal->directory;
    if (mkdir(path, 0750) != 0 && errno != EEXIST)
        return fault_set(fault, STATUS_FATAL, "journal-folder",
                         "cannot make the folder %.150s: %s; choose another with --data", path,
                         strerror(errno));
    journal->directory_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (journal->directory_fd >= 0)
        journal->lock_fd =
            openat(journal->directory_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (journal->lock_fd < 0)
        return fault_set(fault, STATUS_FATAL, "journal-folder",
                         "cannot write in the folder %.150s: %s; choose another with --data", path,
                         strerror(errno));
    if (flock(journal->lock_fd, LOCK_EX | LOCK_NB) != 0)
        return fault_set(fault, STATUS_FATAL, "journal-locked",
                         "another ingest uses the journal in %.150s; stop it, or choose another "
                         "folder with --data",
                         path);
    return sync_parents(journal->directory_fd) ? STATUS_OK : disk_failed(journal, "sync", fault);
}

/* A segment moves into the archive by being renamed, which only one file system can do at once. */
static enum status open_archive(struct journal *journal, const char *path, struct fault *fault)
{
    struct stat here, there;
    if (mkdir(path, 0750) == 0 || errno == EEXIST)
        journal->archive_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (journal->archive_fd < 0 || faccessat(journal->archive_fd, ".", W_OK, 0) != 0)
        return fault_set(fault, STATUS_FATAL, "archive-folder",
                         "cannot write in the folder %.150s: %s; choose another with --archive",
                         path, strerror(errno));
    if (fstat(journal->directory_fd, &here) != 0 || fstat(journal->archive_fd, &there) != 0 ||
        here.st_dev != there.st_dev)
        return fault_set(fault, STATUS_FATAL, "archive-folder",
                         "the archive %.100s must be on the file system of the journal %.100s; "
                         "copy it on from there",
                         path, journal->directory);
    if (here.st_ino == there.st_ino)
        return fault_set(fault, STATUS_FATAL, "archive-folder",
                         "the archive cannot be the journal's own folder");
    return STATUS_OK;
}

enum status journal_open(const struct journal_options *options, struct journal **out,
                         struct fault *fault)
{
    struct journal *journal = calloc(1, sizeof *journal);
    if (!journal)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the journal");
    journal->directory_fd = journal->lock_fd = journal->archive_fd = -1;
    journal->segment_bytes = options->segment_bytes;
    journal->directory = strdup(options->directory);
    journal->moved = moved_new();
    buffer_init(&journal->pending, PENDING_BYTES_MAX + (1 << 20));
    buffer_init(&journal->done_pending, 1 << 20);
    enum status status = journal->directory && journal->moved
                             ? open_folder(journal, fault)
                             : fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory");
    if (status == STATUS_OK && options->archive)
        status = open_archive(journal, options->archive, fault);
    if (status == STATUS_OK)
        status = journal_recover(journal, fault);
    if (status == STATUS_OK) /* what was torn is never written over: a new file begins */
        status = begin_segment(journal, journal->segment_bytes, fault);
    if (status == STATUS_RETRY) /* room to note what is done, which makes room */
        status = begin_segment(journal, 0, fault);
    if (status == STATUS_OK)
        status = drop_done(journal, fault);
    if (status != STATUS_OK) {
        journal_close(journal);
        return status == STATUS_RETRY
                   ? fault_set(fault, STATUS_FATAL, "disk-full",
                               "no room on the disk for the journal in %.120s; free some, or "
                               "choose another folder with --data",
                               options->directory)
                   : status;
    }
    *out = journal;
    return STATUS_OK;
}

void journal_close(struct journal *journal)
{
    if (!journal)
        return;
    for (size_t i = 0; i < journal->segment_count; i++)
        segment_close(&journal->segments[i]);
    free(journal->segments);
    buffer_deinit(&journal->pending);
    buffer_deinit(&journal->done_pending);
    if (journal->directory_fd >= 0)
        (void)close(journal->directory_fd);
    if (journal->lock_fd >= 0)
        (void)close(journal->lock_fd);
    if (journal->archive_fd >= 0)
        (void)close(journal->archive_fd);
    moved_free(journal->moved);
    free(journal->directory);
    free(journal);
}
