/* Entries one behind the other, taken from the front. */
#include "worker/ingest/journal_recall.h"

#include <string.h>

/* The envelopes of several thousand articles: more than one turn brings and two runs hold. */
#define RECALL_BYTES   ((size_t)1 << 20)
#define CLOSE_UP_BYTES ((size_t)32 << 10) /* less is not worth moving the rest for */

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

/* Moves what is left to the beginning, once as much was taken: no more than that stays in use, and
 * in the near caches. */
static void close_up(struct recall *recall)
{
    struct buffer *bytes = &recall->bytes;
    size_t left = bytes->len - recall->first;
    if (recall->first < left || (left > 0 && recall->first < CLOSE_UP_BYTES))
        return;
    if (left > 0 && recall->first > 0)
        memmove(bytes->data, bytes->data + recall->first, left);
    bytes->len = left;
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
