/* Counting words. */
#include "worker/analysis/gist/frequencies.h"

#define GRAMMAR_LEN 3

static struct frequency *slot_of(const struct frequencies *frequencies, uint64_t hash)
{
    size_t at = (size_t)hash & frequencies->mask;
    while (frequencies->slots[at].count && frequencies->slots[at].hash != hash)
        at = (at + 1) & frequencies->mask;
    return &frequencies->slots[at];
}

enum status frequencies_count(const struct doc *doc, struct frequencies *out, struct arena *arena)
{
    size_t slots = 16;
    while (slots < 2 * doc->word_count)
        slots *= 2;
    out->slots = arena_array(arena, slots, sizeof *out->slots);
    out->mask = slots - 1;
    if (!out->slots)
        return STATUS_REJECT;
    memset(out->slots, 0, slots * sizeof *out->slots);
    for (size_t i = 0; i < doc->word_count; i++) {
        const struct doc_word *word = &doc->words[i];
        if (word->fold_len <= GRAMMAR_LEN)
            continue;
        struct frequency *slot = slot_of(out, word->hash);
        if (slot->count++ == 0) {
            slot->hash = word->hash;
            slot->first = (uint32_t)i;
        }
    }
    return STATUS_OK;
}

const struct frequency *frequency_of(const struct frequencies *frequencies, uint64_t hash)
{
    const struct frequency *slot = slot_of(frequencies, hash);
    return slot->count ? slot : NULL;
}
