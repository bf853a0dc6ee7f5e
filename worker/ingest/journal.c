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

/* ---- segments in memory ---- */

void segment_name(uint64_t first, uint32_t salt, char out[SEGMENT_NAME_BYTES])
{
    (void)snprintf(out, SEGMENT_NAME_BYTES, "%016" PRIx64 "-%08" PRIx32 ".segment", first, salt);
}

bool segment_count_in(struct segment *segment, uint64_t sequence)
{
    uint64_t index = sequence - segment->first;
    if (index >= segment->done_capacity) {
        uint64_t wanted = segment->done_capacity ? segment->done_capacity * 2 : 4096;
        while (wanted <= index)
            wanted *= 2;
        uint8_t *bigger = realloc(segment->done, (size_t)(wanted / 8));
        if (!bigger)
            return false;
        /* Sequences that never get a record (damaged ones) count as done. */
        memset(bigger + segment->done_capacity / 8, 0xff,
               (size_t)((wanted - segment->done_capacity) / 8));
        segment->done = bigger;
        segment->done_capacity = wanted;
    }
    segment->done[index / 8] &= (uint8_t) ~(1u << (index % 8));
    segment->count = index + 1;
    segment->live++;
    return true;
}

bool segment_is_done(const struct segment *segment, uint64_t sequence)
{
    uint64_t index = sequence - segment->first;
    return index >= segment->count || (segment->done[index / 8] >> (index % 8) & 1);
}

bool segment_mark_done(struct segment *segment, uint64_t sequence)
{
    if (segment_is_done(segment, sequence))
        return false;
    uint64_t index = sequence - segment->first;
    segment->done[index / 8] |= (uint8_t)(1u << (index % 8));
    segment->live--;
    return true;
}

struct segment *journal_segment_of(struct journal *journal, uint64_t sequence)
{
    size_t low = 0, high = journal->segment_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (journal->segments[middle].first <= sequence)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? NULL : &journal->segments[low - 1];
}

enum status journal_add_segment(struct journal *journal, struct segment segment,
                                struct fault *fault)
{
    if (journal->segment_count == journal->segment_capacity) {
        size_t wanted = journal->segment_capacity ? journal->segment_capacity * 2 : 16;
        struct segment *bigger = realloc(journal->segments, wanted * sizeof *bigger);
        if (!bigger)
            return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the journal");
        journal->segments = bigger;
        journal->segment_capacity = wanted;
    }
    journal->segments[journal->segment_count++] = segment;
    return STATUS_OK;
}

void journal_count_outcome(struct journal_books *books, enum journal_outcome outcome)
{
    switch (outcome) {
    case JOURNAL_STORED:
        books->stored++;
        break;
    case JOURNAL_DUPLICATE:
        books->duplicate++;
        break;
    case JOURNAL_DEAD:
        books->dead++;
        break;
    }
}

/* ---- writing ---- */

/* Once the disk has failed us, what it holds is unknown: nothing more is promised. */
static enum status disk_failed(struct journal *journal, const char *what, struct fault *fault)
{
    int error = errno;
    journal->failed = true;
    return fault_set(fault, STATUS_FATAL, "journal-write",
                     "cannot %s the journal in %.120s: %s; nothing more is accepted", what,
                     journal->directory, strerror(error));
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

static enum status flush(struct journal *journal, struct fault *fault)
{
    fold_done(journal);
    if (buffer_failed(&journal->pending)) {
        journal->failed = true;
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the journal");
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
    const struct journal_books *books = &journal->books;
    const uint64_t numbers[] = {books->accepted, books->stored, books->duplicate, books->dead,
                                journal->next_sequence};
    char bytes[sizeof numbers];
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        put_le64(bytes + i * 8, numbers[i]);
    struct slice payload = {bytes, sizeof bytes};
    record_write(&journal->pending, head(journal)->salt, RECORD_BOOKS, 0, &payload, 1);
    return flush(journal, fault);
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

/* Makes the next file, its room reserved before anything is promised. RETRY when the disk is full.
 */
static enum status begin_segment(struct journal *journal, uint64_t articles, struct fault *fault)
{
    char name[SEGMENT_NAME_BYTES];
    struct segment segment = {.first = journal->next_sequence,
                              .salt = randombytes_random(),
                              .limit = articles,
                              .disk_bytes = with_slack(articles)};
    segment_name(segment.first, segment.salt, name);
    segment.fd = openat(journal->directory_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (segment.fd < 0)
        return errno == ENOSPC || errno == EDQUOT
                   ? no_room(journal, errno, fault)
                   : disk_failed(journal, "begin a segment of", fault);
    int error = posix_fallocate(segment.fd, 0, (off_t)segment.disk_bytes);
    if (error != 0) {
        (void)close(segment.fd);
        (void)unlinkat(journal->directory_fd, name, 0);
        return no_room(journal, error, fault);
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
    enum status status = flush(journal, fault);
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
        return fault_set(fault, STATUS_FATAL, "journal-write", "the journal has failed before");
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

void journal_note(struct journal *journal, uint64_t sequence, int outcome)
{
    char entry[DONE_ENTRY_BYTES];
    put_le64(entry, sequence);
    entry[8] = (char)outcome;
    buffer_append(&journal->done_pending, entry, sizeof entry);
    if (journal->done_pending.len >= 512 * DONE_ENTRY_BYTES)
        fold_done(journal);
}

void journal_done(struct journal *journal, uint64_t sequence, enum journal_outcome outcome)
{
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

/* Drops segments from the old end: all done, durably (the caller has just synced), and not the
 * head. */
static enum status drop_done(struct journal *journal, struct fault *fault)
{
    size_t count = 0;
    while (count + 1 < journal->segment_count && journal->segments[count].live == 0) {
        if (!journal_drop_file(journal, &journal->segments[count]))
            return disk_failed(journal, "drop a segment of", fault);
        segment_close(&journal->segments[count++]);
    }
    if (count == 0)
        return STATUS_OK;
    journal->segment_count -= count;
    memmove(journal->segments, journal->segments + count,
            journal->segment_count * sizeof *journal->segments);
    if (journal->cursor_segment < count) {
        journal->cursor_segment = 0;
        journal->cursor_offset = 0;
        journal->cursor_sequence = 0;
    } else {
        journal->cursor_segment -= count;
    }
    return fsync(journal->directory_fd) == 0 ? STATUS_OK : disk_failed(journal, "sync", fault);
}

enum status journal_sync(struct journal *journal, struct fault *fault)
{
    if (journal->failed)
        return fault_set(fault, STATUS_FATAL, "journal-write", "the journal has failed before");
    enum status status = flush(journal, fault);
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

/* ---- walking ---- */

/* Articles up to `sequence` that the cursor should have met and did not: damage took them. They can
 * never be done, so they leave the books, loudly. */
static void count_lost(struct journal *journal, struct segment *segment, uint64_t sequence)
{
    if (journal->cursor_sequence < segment->first)
        journal->cursor_sequence = segment->first;
    for (; journal->cursor_sequence < sequence; journal->cursor_sequence++) {
        if (!segment_mark_done(segment, journal->cursor_sequence))
            continue;
        journal->books.accepted--;
        journal->books.in_flight--;
        journal->damaged++;
        log_error("an article is lost to a damaged journal record",
                  log_int("sequence", (int64_t)journal->cursor_sequence));
    }
}

/* The cursor at the end of a segment that is not the head moves to the next. */
static bool cursor_settle(struct journal *journal)
{
    while (journal->cursor_segment < journal->segment_count) {
        struct segment *segment = &journal->segments[journal->cursor_segment];
        if (segment->live > 0 && journal->cursor_offset < segment->size)
            return true;
        if (journal->cursor_segment + 1 == journal->segment_count)
            return false;
        if (segment->live > 0)
            count_lost(journal, segment, segment->first + segment->count);
        journal->cursor_segment++;
        journal->cursor_offset = 0;
    }
    return false;
}

bool journal_waiting(const struct journal *journal)
{
    for (size_t i = journal->cursor_segment; i < journal->segment_count; i++)
        if (journal->segments[i].live > 0 &&
            (i > journal->cursor_segment || journal->cursor_offset < journal->segments[i].size))
            return true;
    return false;
}

/* Behind a damaged record: the next valid one, found by reading the segment once. */
static void skip_damage(struct journal *journal, const struct segment *segment)
{
    char *bytes = malloc((size_t)segment->size);
    uint64_t next = segment->size;
    if (bytes && pread(segment->fd, bytes, (size_t)segment->size, 0) == (ssize_t)segment->size)
        next = record_find((struct slice){bytes, (size_t)segment->size}, segment->salt,
                           journal->cursor_offset + 8);
    free(bytes);
    journal->cursor_offset = next;
}

static bool article_split(struct slice payload, struct slice *envelope, struct slice *article)
{
    if (payload.len < 4)
        return false;
    uint32_t len = get_le32(payload.data);
    if (len > payload.len - 4)
        return false;
    *envelope = slice_sub(payload, 4, 4 + (size_t)len);
    *article = slice_sub(payload, 4 + (size_t)len, payload.len);
    return true;
}

enum status journal_next(struct journal *journal, struct buffer *record, uint64_t *sequence,
                         struct slice *envelope, struct slice *article, struct fault *fault)
{
    while (cursor_settle(journal)) {
        struct segment *segment = &journal->segments[journal->cursor_segment];
        struct record found;
        enum status status =
            record_pread(segment->fd, segment->salt, journal->cursor_offset, record, &found, fault);
        if (status == STATUS_FATAL)
            return status;
        if (status == STATUS_REJECT) {
            skip_damage(journal, segment);
            continue;
        }
        journal->cursor_offset = found.next;
        if (found.type != RECORD_ARTICLE)
            continue;
        count_lost(journal, segment, found.sequence);
        journal->cursor_sequence = found.sequence + 1;
        if (segment_is_done(segment, found.sequence) ||
            !article_split(found.payload, envelope, article))
            continue;
        *sequence = found.sequence;
        return STATUS_OK;
    }
    return STATUS_RETRY;
}

struct journal_books journal_books(const struct journal *journal)
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
    return STATUS_OK;
}

enum status journal_open(const struct journal_options *options, struct journal **out,
                         struct fault *fault)
{
    struct journal *journal = calloc(1, sizeof *journal);
    if (!journal)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the journal");
    journal->directory_fd = journal->lock_fd = -1;
    journal->segment_bytes = options->segment_bytes;
    journal->directory = strdup(options->directory);
    buffer_init(&journal->pending, PENDING_BYTES_MAX + (1 << 20));
    buffer_init(&journal->done_pending, 1 << 20);
    enum status status = journal->directory
                             ? open_folder(journal, fault)
                             : fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory");
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
    free(journal->directory);
    free(journal);
}
