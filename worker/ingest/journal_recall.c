/* Entries one behind the other, taken from the front. */
#include "worker/ingest/journal_recall.h"

#include <string.h>

/* The envelopes of several thousand articles: more than one turn brings and two runs hold. */
#define RECALL_BYTES ((size_t)1 << 20)

void recall_init(struct recall *recall)
{
    buffer_init(&recall->bytes, RECALL_BYTES);
    recall->first = 0;
}

void recall_deinit(struct recall *recall)
{
    buffer_deinit(&recall->bytes);
    recall->first = 0;
}

/* Moves what is left to the beginning, once that is worth it. */
static void close_up(struct recall *recall)
{
    struct buffer *bytes = &recall->bytes;
    if (recall->first < bytes->len && recall->first < bytes->capacity / 2)
        return;
    if (bytes->len > recall->first)
        memmove(bytes->data, bytes->data + recall->first, bytes->len - recall->first);
    bytes->len -= recall->first;
    recall->first = 0;
}

void recall_add(struct recall *recall, const struct recalled *record, struct slice envelope)
{
    close_up(recall);
    if (recall->bytes.len + sizeof *record + envelope.len > RECALL_BYTES)
        return;
    buffer_append(&recall->bytes, record, sizeof *record);
    buffer_append_slice(&recall->bytes, envelope);
    if (buffer_failed(&recall->bytes)) { /* no memory: nothing is remembered */
        buffer_clear(&recall->bytes);
        recall->first = 0;
    }
}

static bool is_before(const struct recalled *record, uint64_t segment, uint64_t offset)
{
    return record->segment < segment || (record->segment == segment && record->offset < offset);
}

bool recall_take(struct recall *recall, uint64_t segment, uint64_t offset, struct recalled *record,
                 struct slice *envelope)
{
    while (recall->first < recall->bytes.len) {
        const char *at = recall->bytes.data + recall->first;
        memcpy(record, at, sizeof *record);
        bool here = record->segment == segment && record->offset == offset;
        if (!here && !is_before(record, segment, offset))
            return false;
        *envelope = (struct slice){at + sizeof *record, record->envelope_len};
        recall->first += sizeof *record + record->envelope_len;
        if (here)
            return true;
    }
    return false;
}
