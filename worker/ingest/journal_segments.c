/* The journal's segments in memory: which articles of each are done, and the books. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "worker/ingest/journal_state.h"

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

void journal_count_outcome(struct backlog_books *books, enum backlog_outcome outcome)
{
    switch (outcome) {
    case BACKLOG_STORED:
        books->stored++;
        break;
    case BACKLOG_DUPLICATE:
        books->duplicate++;
        break;
    case BACKLOG_DEAD:
        books->dead++;
        break;
    }
}

void segment_close_direct(struct segment *segment)
{
    if (segment->direct_fd >= 0)
        (void)close(segment->direct_fd);
    segment->direct_fd = -1;
}

void segment_close(struct segment *segment)
{
    segment_close_direct(segment);
    if (segment->fd >= 0)
        (void)close(segment->fd);
    segment->fd = -1;
    free(segment->done);
    segment->done = NULL; /* closed twice when dropping fails half way */
}
