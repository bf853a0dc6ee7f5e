/* Entries one behind the other, taken from the front. */
#include "worker/ingest/journal_recall.h"

#include <string.h>

/* The envelopes of several thousand articles: more than one turn brings and two runs hold. */
#define RECALL_BYTES ((size_t)1 << 20)

void recall_init(struct recall *recall)
{
    byte_queue_init(&recall->entries, RECALL_BYTES);
}

void recall_deinit(struct recall *recall)
{
    byte_queue_deinit(&recall->entries);
}

void recall_add(struct recall *recall, const struct recalled *record, struct slice envelope)
{
    struct buffer *end = byte_queue_room(&recall->entries, sizeof *record + envelope.len);
    if (!end)
        return;
    buffer_append(end, record, sizeof *record);
    buffer_append_slice(end, envelope);
}

static bool is_before(const struct recalled *record, uint64_t segment, uint64_t offset)
{
    return record->segment < segment || (record->segment == segment && record->offset < offset);
}

bool recall_take(struct recall *recall, uint64_t segment, uint64_t offset, struct recalled *record,
                 struct slice *envelope)
{
    for (;;) {
        struct slice left = byte_queue_front(&recall->entries);
        if (left.len == 0)
            return false;
        memcpy(record, left.data, sizeof *record);
        bool here = record->segment == segment && record->offset == offset;
        if (!here && !is_before(record, segment, offset))
            return false;
        *envelope = slice_sub(left, sizeof *record, sizeof *record + record->envelope_len);
        byte_queue_take(&recall->entries, sizeof *record + record->envelope_len);
        if (here)
            return true;
    }
}
