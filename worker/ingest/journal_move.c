/* Articles written again at the head of the journal, so that the segment they were in can go. */
#include <stdlib.h>
#include <string.h>

#include "worker/ingest/journal_state.h"

/* Leftovers are moved when they keep that many segments from going that are done otherwise... */
#define PINNED_MIN 3
/* ...and these are that share of all that were given out (one half): moving must pay. */
#define PINNED_SHARE 2

static struct moved *find_from(const struct journal *journal, uint64_t from)
{
    for (size_t i = 0; i < journal->moved_count; i++)
        if (journal->moved[i].from == from)
            return &journal->moved[i];
    return NULL;
}

static struct moved *find_to(const struct journal *journal, uint64_t to)
{
    for (size_t i = 0; i < journal->moved_count; i++)
        if (journal->moved[i].to == to)
            return &journal->moved[i];
    return NULL;
}

const struct moved *journal_find_moved(const struct journal *journal, uint64_t sequence)
{
    return find_from(journal, sequence);
}

uint64_t journal_take_moved(struct journal *journal, uint64_t sequence)
{
    struct moved *moved = find_from(journal, sequence);
    if (!moved)
        return sequence;
    uint64_t to = moved->to;
    *moved = journal->moved[--journal->moved_count];
    return to;
}

bool journal_was_given(const struct journal *journal, uint64_t sequence)
{
    return find_to(journal, sequence) != NULL;
}

/* Its owner goes on calling it by its first sequence, however often it is moved. */
static void remember(struct journal *journal, const struct moved *moved)
{
    struct moved *before = find_to(journal, moved->from);
    if (before)
        *before = (struct moved){before->from, moved->to, moved->place};
    else
        journal->moved[journal->moved_count++] = *moved;
}

static enum status move_article(struct journal *journal, size_t index, const struct record *record,
                                bool given, struct fault *fault)
{
    struct slice envelope, article;
    struct moved moved = {.from = record->sequence};
    if (!record_article(record, &envelope, &article))
        return STATUS_OK; /* its checksum is right, its inside is not: there is nothing to move */
    enum status status = journal_append_moved(journal, envelope, article, &moved, fault);
    if (status == STATUS_RETRY && strcmp(fault->code, "unsynced") == 0) {
        status = journal_flush(journal, fault);
        if (status == STATUS_OK)
            status = journal_append_moved(journal, envelope, article, &moved, fault);
    }
    if (status != STATUS_OK)
        return status;
    (void)segment_mark_done(&journal->segments[index], record->sequence);
    if (given)
        remember(journal, &moved);
    return STATUS_OK;
}

static enum status move_records(struct journal *journal, size_t index,
                                struct segment_reader *reader, bool given, struct fault *fault)
{
    enum status status = STATUS_OK;
    uint64_t at = segment_find(reader, 0);
    while (at < reader->size && status == STATUS_OK && journal->segments[index].live > 0) {
        struct record record;
        if (segment_read(reader, at, &record) != STATUS_OK) {
            at = segment_find(reader, at + 8);
            continue;
        }
        at = record.next;
        if (!segment_is_done(&journal->segments[index], record.sequence) &&
            (record.type == RECORD_ARTICLE || record.type == RECORD_MOVED))
            status = move_article(journal, index, &record, given, fault);
    }
    return status;
}

enum status journal_move_live(struct journal *journal, size_t index, bool given,
                              struct fault *fault)
{
    const struct segment *segment = &journal->segments[index];
    struct segment_reader reader;
    if (segment->live == 0)
        return STATUS_OK;
    if (!journal->moved)
        journal->moved = calloc(MOVED_MAX, sizeof *journal->moved);
    if (!journal->moved)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the journal");
    segment_reader_init(&reader, segment->fd, segment->salt, segment->size);
    enum status status = move_records(journal, index, &reader, given, fault);
    segment_reader_deinit(&reader);
    return status;
}

/* Whether the oldest segment keeps enough others from going. */
static bool pins(const struct journal *journal)
{
    size_t done = 0;
    if (journal->cursor_segment <= PINNED_MIN || journal->segments[0].live == 0)
        return false;
    for (size_t i = 0; i < journal->cursor_segment; i++)
        done += journal->segments[i].live == 0;
    return done >= PINNED_MIN && done * PINNED_SHARE >= journal->cursor_segment;
}

enum status journal_move_leftovers(struct journal *journal, struct fault *fault)
{
    if (journal->full || !pins(journal) ||
        journal->segments[0].live + journal->moved_count > MOVED_MAX)
        return STATUS_OK;
    enum status status = journal_move_live(journal, 0, true, fault);
    return status == STATUS_RETRY ? STATUS_OK : status; /* no room: they stay where they are */
}
