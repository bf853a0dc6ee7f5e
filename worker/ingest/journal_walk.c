/* Walking the articles that are not done, in order, over whatever damage; and fetching one again.
 */
#include "common/log.h"
#include "worker/ingest/journal_state.h"

/* A record that damage took: it can never be done, so it leaves the books, loudly. */
static void lose(struct journal *journal, struct segment *segment, uint64_t sequence)
{
    if (!segment_mark_done(segment, sequence))
        return;
    journal->books.accepted--;
    journal->books.in_flight--;
    journal->damaged++;
    log_error("an article is lost to a damaged journal record",
              log_int("sequence", (int64_t)sequence));
}

/* Articles up to `sequence` that the cursor should have met and did not: damage took them. */
static void count_lost(struct journal *journal, struct segment *segment, uint64_t sequence)
{
    if (journal->cursor_sequence < segment->first)
        journal->cursor_sequence = segment->first;
    for (; journal->cursor_sequence < sequence; journal->cursor_sequence++)
        lose(journal, segment, journal->cursor_sequence);
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

/* Behind a damaged record: the next valid one. */
static void skip_damage(struct journal *journal, const struct segment *segment)
{
    struct segment_reader reader;
    segment_reader_init(&reader, segment->fd, segment->salt, segment->size);
    journal->cursor_offset = segment_find(&reader, journal->cursor_offset + 8);
    segment_reader_deinit(&reader);
}

/* The record at the cursor lies in front of it now. True when it is an article to be given. */
static bool step(struct journal *journal, struct segment *segment, const struct record *record)
{
    journal->given_place = journal->cursor_offset;
    journal->cursor_offset = record->next;
    if (record->type != RECORD_ARTICLE && record->type != RECORD_MOVED)
        return false;
    if (record->sequence - segment->first >= segment->count)
        return false; /* recovery passed it over too */
    count_lost(journal, segment, record->sequence);
    journal->cursor_sequence = record->sequence + 1;
    return !segment_is_done(segment, record->sequence) &&
           !moved_is_to(journal->moved, record->sequence);
}

bool journal_peek(struct journal *journal, uint64_t *sequence, struct slice *envelope,
                  size_t *article_len)
{
    struct recalled at;
    while (cursor_settle(journal)) {
        struct segment *segment = &journal->segments[journal->cursor_segment];
        if (!recall_take(&journal->recall, segment->first, journal->cursor_offset, &at, envelope))
            return false;
        const struct record record = {.type = at.type, .sequence = at.sequence, .next = at.next};
        if (!step(journal, segment, &record))
            continue;
        *sequence = at.sequence;
        *article_len = at.article_len;
        return true;
    }
    return false;
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
        if (!step(journal, segment, &found))
            continue;
        if (!record_article(&found, envelope, article)) {
            lose(journal, segment, found.sequence);
            continue;
        }
        *sequence = found.sequence;
        return STATUS_OK;
    }
    return STATUS_RETRY;
}

uint64_t journal_place(const struct journal *journal)
{
    return journal->given_place;
}

enum status journal_fetch(struct journal *journal, uint64_t sequence, uint64_t place,
                          struct buffer *record, struct slice *envelope, struct slice *article,
                          struct fault *fault)
{
    const struct moved *moved = moved_find(journal->moved, sequence);
    uint64_t now = moved ? moved->to : sequence;
    struct segment *segment = journal_segment_of(journal, now);
    struct record found;
    if (!segment || segment_is_done(segment, now))
        return fault_set(fault, STATUS_REJECT, "not-there", "The article is done already.");
    enum status status = record_pread(segment->fd, segment->salt, moved ? moved->place : place,
                                      record, &found, fault);
    if (status == STATUS_OK &&
        (found.sequence != now || !record_article(&found, envelope, article)))
        status = fault_set(fault, STATUS_REJECT, "journal-record", "The record is another one.");
    if (status == STATUS_REJECT) {
        lose(journal, segment, now);
        (void)moved_take(journal->moved, sequence);
    }
    return status;
}
