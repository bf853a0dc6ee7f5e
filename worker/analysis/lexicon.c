/* Looking up phrases in the word tables. */
#include "worker/analysis/lexicon.h"

const struct lexicon_entry *lexicon_look_up(const struct lexicon *lexicon, struct slice key)
{
    return lexicon_find(lexicon, key, lexicon_hash(LEXICON_HASH_START, key.data, key.len));
}

uint32_t lexicon_flags(const struct lexicon *lexicon, struct slice key, uint64_t hash)
{
    const struct lexicon_entry *entry = lexicon_find(lexicon, key, hash);
    return entry && entry->value != LEXICON_PREFIX_ONLY ? entry->more : 0;
}
