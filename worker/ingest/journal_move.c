/* Articles written again at the head of the journal, so that the segment they were in can go.
 *
 * Only the oldest segment is cleared (journal.c says why they go in that order), a part at a sync.
 * It begins when at least half of what was given out is done with: to clear all of that once is to
 * write the living half again and to free the other, so in the long run no more is moved than is
 * pushed, however many articles stay and however they lie among the others. */
#include <stdlib.h>
#include <string.h>

#include "worker/ingest/journal_state.h"

/* Moving begins when so many segments could be freed... */
#define PINNED_MIN 3
/* ...and when they are that share of all that were given out (one half). */
#define PINNED_SHARE 2
/* What one sync moves and reads at most, about: some milliseconds. As much is moved as a turn of
 * ingest's loop may bring, so that moving keeps up. */
#define MOVE_BYTES ((uint64_t)8 << 20)
#define SCAN_BYTES ((uint64_t)32 << 20)

static enum status move_article(struct journal *journal, size_t index, const struct record *record,
                                struct moved *moved, struct fault *fault)
{
    struct slice envelope, article;
    *moved = (struct moved){.from = record->sequence};
    if (!record_article(record, &envelope, &article))
        return STATUS_OK; /* its checksum is right, its inside is not: there is nothing to move */
    enum status status = journal_append_moved(journal, envelope, article, moved, fault);
    if (status == STATUS_RETRY && strcmp(fault->code, "unsynced") == 0) {
        status = journal_flush(journal, fault);
        if (status == STATUS_OK)
            status = journal_append_moved(journal, envelope, article, moved, fault);
    }
    if (status == STATUS_OK)
        (void)segment_mark_done(&journal->segments[index], record->sequence);
    return status;
}

static bool is_live(const struct segment *segment, const struct record *record)
{
    return (record->type == RECORD_ARTICLE || record->type == RECORD_MOVED) &&
           !segment_is_done(segment, record->sequence);
}

enum status journal_move_live(struct journal *journal, size_t index, struct fault *fault)
{
    const struct segment *segment = &journal->segments[index];
    struct segment_reader reader;
    struct record record;
    struct moved moved;
    enum status status = STATUS_OK;
    if (segment->live == 0)
        return STATUS_OK;
    segment_reader_init(&reader, segment->fd, segment->salt, segment->size);
    for (uint64_t at = segment_find(&reader, 0); at < reader.size && status == STATUS_OK;) {
        if (segment_read(&reader, at, &record) != STATUS_OK) {
            at = segment_find(&reader, at + 8);
            continue;
        }
        at = record.next;
        if (is_live(&journal->segments[index], &record))
            status = move_article(journal, index, &record, &moved, fault);
    }
    segment_reader_deinit(&reader);
    return status;
}

/* Moves one that somebody has: he goes on calling it by its first sequence. */
static enum status move_given(struct journal *journal, const struct record *record,
                              struct fault *fault)
{
    struct moved moved;
    if (!moved_reserve(journal->moved))
        return fault_set(fault, STATUS_RETRY, "moved-full", "too much was moved");
    enum status status = move_article(journal, 0, record, &moved, fault);
    if (status == STATUS_OK && moved.to != 0)
        moved_put(journal->moved, moved);
    return status;
}

/* On from where the last call ended. */
static enum status move_some(struct journal *journal, struct segment_reader *reader,
                             struct fault *fault)
{
    enum status status = STATUS_OK;
    uint64_t moved_bytes = 0, begin = segment_find(reader, journal->move_offset), at = begin;
    while (at < reader->size && status == STATUS_OK && journal->segments[0].live > 0 &&
           moved_bytes < MOVE_BYTES && at - begin < SCAN_BYTES) {
        struct record record;
        if (segment_read(reader, at, &record) != STATUS_OK) {
            at = segment_find(reader, at + 8);
            continue;
        }
        if (is_live(&journal->segments[0], &record)) {
            status = move_given(journal, &record, fault);
            moved_bytes += record.next - record.offset;
        }
        if (status == STATUS_OK)
            at = record.next;
    }
    journal->move_offset = at;
    return status;
}

/* Whether the oldest segment keeps enough from going: whole segments that are done with, or as many
 * bytes in between what is live. The live share of a segment is taken for that of its articles. */
bool journal_is_pinned(const struct journal *journal)
{
    uint64_t done = 0, bytes = 0, live_bytes = 0;
    if (journal->full || journal->cursor_segment <= PINNED_MIN || journal->segments[0].live == 0)
        return false;
    for (size_t i = 0; i < journal->cursor_segment; i++) {
        const struct segment *segment = &journal->segments[i];
        done += segment->live == 0;
        bytes += segment->size;
        if (segment->count > 0)
            live_bytes += segment->size * segment->live / segment->count;
    }
    return (done >= PINNED_MIN && done * PINNED_SHARE >= journal->cursor_segment) ||
           (bytes >= live_bytes * PINNED_SHARE &&
            bytes - live_bytes >= PINNED_MIN * journal->segment_bytes);
}

enum status journal_move_leftovers(struct journal *journal, struct fault *fault)
{
    const struct segment *oldest = &journal->segments[0];
    struct segment_reader reader;
    if (!journal_is_pinned(journal))
        return STATUS_OK;
    segment_reader_init(&reader, oldest->fd, oldest->salt, oldest->size);
    enum status status = move_some(journal, &reader, fault);
    segment_reader_deinit(&reader);
    return status == STATUS_RETRY ? STATUS_OK : status; /* no room: they stay where they are */
}
