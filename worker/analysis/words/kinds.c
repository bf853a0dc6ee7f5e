/* Finding the different words. */
#include "worker/analysis/words/kinds.h"

#define PHRASE_BYTES 160 /* no key is longer */

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
    if (!entries)
        return NULL;
    for (size_t i = 0; i < doc->kind_count; i++) /* the slots lie far apart: all on their way */
        lexicon_expect(lexicon, doc->kinds[i].hash);
    for (size_t i = 0; i < doc->kind_count; i++)
        entries[i] = lexicon_find(lexicon, doc_fold(doc, &doc->words[doc->kinds[i].first]),
                                  doc->kinds[i].hash);
    return entries;
}

const struct lexicon_entry *kinds_phrase(const struct doc *doc, const struct lexicon *lexicon,
                                         const struct lexicon_entry *single, size_t word,
                                         size_t end, size_t *count)
{
    char phrase[PHRASE_BYTES];
    const struct doc_word *words = doc->words;
    const struct lexicon_entry *best = single->value == LEXICON_PREFIX_ONLY ? NULL : single;
    uint64_t hash = words[word].hash;
    *count = 1;
    size_t most = single->words < LEXICON_PHRASE_WORDS ? single->words : LEXICON_PHRASE_WORDS;
    end = end - word < most ? end : word + most;
    if (word + 1 >= end || !lexicon_may_go_on(lexicon, hash, words[word + 1].hash))
        return best;
    struct slice fold = doc_fold(doc, &words[word]);
    size_t len = fold.len;
    memcpy(phrase, fold.data, len < sizeof phrase ? len : 0);
    for (size_t i = word + 1; i < end; i++) {
        fold = doc_fold(doc, &words[i]);
        if (len + 1 + fold.len > sizeof phrase)
            break;
        phrase[len] = ' ';
        memcpy(phrase + len + 1, fold.data, fold.len);
        hash = lexicon_hash(hash, phrase + len, 1 + fold.len);
        len += 1 + fold.len;
        const struct lexicon_entry *longer =
            lexicon_find(lexicon, (struct slice){phrase, len}, hash);
        if (longer && longer->value != LEXICON_PREFIX_ONLY) {
            best = longer;
            *count = i + 1 - word;
        }
    }
    return best;
}
