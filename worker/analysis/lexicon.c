/* Looking up phrases in the word tables. */
#include "worker/analysis/lexicon.h"

const struct lexicon_entry *lexicon_find(const struct lexicon *lexicon, struct slice key,
                                         uint64_t hash)
{
    const uint32_t tag = (uint32_t)(hash >> 32);
    uint32_t at = (uint32_t)hash & lexicon->mask;
    for (; lexicon->slots[at].entry; at = (at + 1) & lexicon->mask) {
        if (lexicon->slots[at].tag != tag)
            continue;
        const struct lexicon_entry *entry = &lexicon->entries[lexicon->slots[at].entry - 1];
        if (entry->key_len == key.len && memcmp(lexicon->pool + entry->key, key.data, key.len) == 0)
            return entry;
    }
    return NULL;
}

const struct lexicon_entry *lexicon_look_up(const struct lexicon *lexicon, struct slice key)
{
    return lexicon_find(lexicon, key, lexicon_hash(LEXICON_HASH_START, key.data, key.len));
}

uint32_t lexicon_flags(const struct lexicon *lexicon, struct slice key, uint64_t hash)
{
    const struct lexicon_entry *entry = lexicon_find(lexicon, key, hash);
    return entry && entry->value != LEXICON_PREFIX_ONLY ? entry->more : 0;
}
