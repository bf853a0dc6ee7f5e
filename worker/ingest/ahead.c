/* Notes of what waits in the journal; free slots are chained through their own memory. */
#include "worker/ingest/ahead.h"

#include <stdlib.h>

struct ahead {
    struct fair *fair;
    struct ahead_note *notes; /* of free slots, `place` is the next free one */
    uint32_t capacity;
    uint32_t used;       /* slots that were ever used: the memory touched */
    uint64_t free_first; /* capacity: none */
};

struct ahead *ahead_new(uint32_t capacity, uint32_t salt)
{
    struct ahead *ahead = calloc(1, sizeof *ahead);
    if (!ahead)
        return NULL;
    ahead->capacity = capacity;
    ahead->free_first = capacity;
    ahead->fair = fair_new(capacity, salt);
    ahead->notes = malloc(capacity * sizeof *ahead->notes);
    if (!ahead->fair || !ahead->notes) {
        ahead_free(ahead);
        return NULL;
    }
    return ahead;
}

void ahead_free(struct ahead *ahead)
{
    if (!ahead)
        return;
    fair_free(ahead->fair);
    free(ahead->notes);
    free(ahead);
}

uint32_t ahead_count(const struct ahead *ahead)
{
    return fair_count(ahead->fair);
}

bool ahead_is_full(const struct ahead *ahead)
{
    return ahead_count(ahead) == ahead->capacity;
}

void ahead_add(struct ahead *ahead, enum lane lane, uint32_t flow, uint32_t bytes,
               struct ahead_note note)
{
    uint32_t slot;
    if (ahead->free_first < ahead->capacity) {
        slot = (uint32_t)ahead->free_first;
        ahead->free_first = ahead->notes[slot].place;
    } else {
        slot = ahead->used++;
    }
    ahead->notes[slot] = note;
    fair_push(ahead->fair, lane, flow, slot, bytes);
}

bool ahead_take(struct ahead *ahead, struct ahead_note *note)
{
    uint32_t slot;
    if (!fair_peek(ahead->fair, &slot))
        return false;
    fair_pop(ahead->fair);
    *note = ahead->notes[slot];
    ahead->notes[slot].place = ahead->free_first;
    ahead->free_first = slot;
    return true;
}
