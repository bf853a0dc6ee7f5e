/* Reading the journal's folder at the start: which articles are not done, and the books. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "worker/ingest/journal_state.h"

/* The books at a segment's beginning are exact: what went before may be damaged, or gone. */
static void take_books(struct journal *journal, const struct record *record)
{
    if (record->payload.len < 40)
        return;
    const char *at = record->payload.data;
    journal->books = (struct backlog_books){.accepted = get_le64(at),
                                            .stored = get_le64(at + 8),
                                            .duplicate = get_le64(at + 16),
                                            .dead = get_le64(at + 24)};
    if (get_le64(at + 32) > journal->next_sequence)
        journal->next_sequence = get_le64(at + 32);
}

static void take_done(struct journal *journal, struct slice entries)
{
    for (size_t at = 0; at + DONE_ENTRY_BYTES <= entries.len; at += DONE_ENTRY_BYTES) {
        uint64_t sequence = get_le64(entries.data + at);
        int outcome = (unsigned char)entries.data[at + 8];
        struct segment *segment = journal_segment_of(journal, sequence);
        /* A segment that is gone was counted as in flight by the books of those that followed. */
        if (segment && !segment_mark_done(segment, sequence))
            continue;
        /* OUTCOME_COUNTED changes nothing but the mark. */
        if (outcome >= BACKLOG_STORED && outcome <= BACKLOG_DEAD)
            journal_count_outcome(&journal->books, (enum backlog_outcome)outcome);
    }
}

/* The article's first record is done with; the books already have it, from there or from the
 * books at the oldest segment's beginning. */
static void take_moved(struct journal *journal, uint64_t from)
{
    struct segment *segment = journal_segment_of(journal, from);
    if (segment)
        (void)segment_mark_done(segment, from);
}

/* Each article has a record in its file: a sequence beyond what the file has room for is nobody's,
 * however good its checksum. */
static bool is_plausible(const struct segment *segment, uint64_t sequence)
{
    return sequence >= segment->first &&
           sequence - segment->first < segment->disk_bytes / RECORD_HEADER_BYTES;
}

static bool take_record(struct journal *journal, struct segment *segment,
                        const struct record *record)
{
    if ((record->type == RECORD_ARTICLE || record->type == RECORD_MOVED) &&
        !is_plausible(segment, record->sequence))
        return true;
    switch (record->type) {
    case RECORD_BOOKS:
        take_books(journal, record);
        return true;
    case RECORD_ARTICLE:
        if (record->sequence < segment->first + segment->count)
            return true; /* a leftover of an earlier life of the file */
        journal->books.accepted++;
        if (record->sequence >= journal->next_sequence)
            journal->next_sequence = record->sequence + 1;
        return segment_count_in(segment, record->sequence);
    case RECORD_MOVED:
        if (record->payload.len < 8 || record->sequence < segment->first + segment->count)
            return true;
        if (record->sequence >= journal->next_sequence)
            journal->next_sequence = record->sequence + 1;
        take_moved(journal, get_le64(record->payload.data));
        return segment_count_in(segment, record->sequence);
    case RECORD_DUPLICATE:
        journal->books.accepted++;
        journal->books.duplicate++;
        return true;
    case RECORD_DONE:
        take_done(journal, record->payload);
        return true;
    }
    return true;
}

/* Reads one segment's records in order. Damage is skipped; what follows the last valid record is a
 * torn end when the file is the last one. */
static enum status scan_segment(struct journal *journal, struct segment *segment,
                                struct segment_reader *reader, struct fault *fault)
{
    uint64_t at = 0;
    while (at < reader->size) {
        struct record record;
        enum status status = segment_read(reader, at, &record);
        if (status == STATUS_OK && !take_record(journal, segment, &record))
            status = STATUS_FATAL;
        if (status == STATUS_FATAL)
            return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the journal");
        if (status == STATUS_OK) {
            at = record.next;
            segment->size = at;
            continue;
        }
        /* Zeros or junk: usually the end, unless something valid follows. */
        uint64_t next = segment_find(reader, at + 8);
        if (next >= reader->size) {
            if (status == STATUS_REJECT) {
                journal->torn++;
                log_warn(journal->looking ? "the journal has a torn end"
                                          : "the journal's torn end was cut",
                         log_int("segment", (int64_t)segment->first),
                         log_int("offset", (int64_t)at));
            }
            break;
        }
        journal->damaged++;
        segment->damaged = true;
        log_error("a part of the journal is damaged and was skipped",
                  log_int("segment", (int64_t)segment->first), log_int("offset", (int64_t)at),
                  log_int("bytes", (int64_t)(next - at)));
        at = next;
    }
    return STATUS_OK;
}

/* Cuts what is behind the last good record, and makes sure that what was read is on the disk: after
 * a kill it may be in the page cache only, and from here on promises rest on it. */
static enum status settle(struct journal *journal, struct fault *fault)
{
    struct segment *segment = &journal->segments[journal->segment_count - 1];
    /* A damaged one is set aside as it is: what cannot be read now may be readable yet. */
    if ((!segment->damaged && ftruncate(segment->fd, (off_t)segment->size) != 0) ||
        fdatasync(segment->fd) != 0)
        return fault_set(fault, STATUS_FATAL, "journal-write", "cannot write to %.120s: %s",
                         journal->directory, strerror(errno));
    if (!segment->damaged)
        segment->disk_bytes = segment->size;
    return STATUS_OK;
}

static enum status recover_segment(struct journal *journal, struct segment_file which,
                                   struct fault *fault)
{
    char name[SEGMENT_NAME_BYTES];
    struct stat info;
    struct segment segment = {.first = which.first, .salt = which.salt, .direct_fd = -1};
    segment_name(which, name);
    segment.fd =
        openat(journal->directory_fd, name, (journal->looking ? O_RDONLY : O_RDWR) | O_CLOEXEC);
    if (segment.fd < 0 || fstat(segment.fd, &info) != 0) {
        if (segment.fd >= 0)
            (void)close(segment.fd);
        return fault_set(fault, STATUS_FATAL, "journal-folder", "cannot read %.100s/%s: %s",
                         journal->directory, name, strerror(errno));
    }
    segment.disk_bytes = (uint64_t)info.st_size;
    if (which.first > journal->next_sequence)
        journal->next_sequence = which.first;
    enum status status = journal_add_segment(journal, segment, fault);
    if (status != STATUS_OK || info.st_size == 0)
        return status;
    struct segment_reader reader;
    segment_reader_init(&reader, segment.fd, segment.salt, (uint64_t)info.st_size);
    status = scan_segment(journal, &journal->segments[journal->segment_count - 1], &reader, fault);
    if (reader.unreadable) {
        log_error("the disk cannot give back a part of the journal", log_text("file", name));
        journal->segments[journal->segment_count - 1].damaged = true;
    }
    segment_reader_deinit(&reader);
    return status == STATUS_OK && !journal->looking ? settle(journal, fault) : status;
}

/* The books follow from the records; where damage took records away, what is left must balance. */
static void balance(struct journal *journal)
{
    struct backlog_books *books = &journal->books;
    books->in_flight = 0;
    for (size_t i = 0; i < journal->segment_count; i++)
        books->in_flight += journal->segments[i].live;
    uint64_t accounted = books->stored + books->duplicate + books->dead + books->in_flight;
    if (accounted != books->accepted) {
        log_error("the journal's damage cost articles",
                  log_int("accepted", (int64_t)books->accepted),
                  log_int("accounted", (int64_t)accounted));
        books->accepted = accounted;
    }
}

enum status journal_recover(struct journal *journal, struct fault *fault)
{
    struct segment_names names = {NULL, 0, 0};
    journal->next_sequence = 1;
    enum status status = segment_names_list(journal->directory, false, &names, fault);
    for (size_t i = 0; status == STATUS_OK && i < names.count; i++)
        status = recover_segment(journal, names.items[i], fault);
    free(names.items);
    balance(journal);
    /* A file's name is its first sequence: the new head must not take an existing one's. */
    if (status == STATUS_OK && names.count > 0 &&
        journal->next_sequence == journal->segments[names.count - 1].first)
        journal->next_sequence++;
    return status;
}
