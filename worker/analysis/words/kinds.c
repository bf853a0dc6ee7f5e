/* Finding the different words. */
#include "worker/analysis/words/kinds.h"

enum status kinds_find(struct doc *doc, struct arena *arena)
{
    void *items = NULL;
    size_t slots = 16, capacity = 0;
    while (slots < 2 * doc->word_count)
        slots *= 2;
    uint32_t *table = arena_array(arena, slots, sizeof *table); /* 1 + kind, by hash */
    doc->word_kinds = arena_array(arena, doc->word_count, sizeof *doc->word_kinds);
    if (!table || !doc->word_kinds)
        return STATUS_REJECT;
    for (size_t i = 0; i < doc->word_count; i++) {
        uint64_t hash = doc->words[i].hash;
        size_t at = (size_t)hash & (slots - 1);
        while (table[at] && ((struct doc_kind *)items)[table[at] - 1].hash != hash)
            at = (at + 1) & (slots - 1);
        if (!table[at]) {
            struct doc_kind *kind =
                arena_push(&items, &doc->kind_count, &capacity, sizeof *kind, arena);
            if (!kind)
                return STATUS_REJECT;
            *kind = (struct doc_kind){.hash = hash, .first = (uint32_t)i};
            table[at] = (uint32_t)doc->kind_count;
        }
        doc->word_kinds[i] = table[at] - 1;
        ((struct doc_kind *)items)[table[at] - 1].count++;
    }
    doc->kinds = items;
    return STATUS_OK;
}

const struct lexicon_entry **kinds_entries(const struct doc *doc, const struct lexicon *lexicon,
                                           struct arena *arena)
{
    const struct lexicon_entry **entries = arena_array(arena, doc->kind_count, sizeof *entries);
    for (size_t i = 0; entries && i < doc->kind_count; i++)
        entries[i] = lexicon_find(lexicon, doc_fold(doc, &doc->words[doc->kinds[i].first]),
                                  doc->kinds[i].hash);
    return entries;
}
