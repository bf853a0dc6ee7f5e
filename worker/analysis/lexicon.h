/* A read-only table from phrases to numbers, made at build time by data/build.py.
 *
 * Keys are words in folded form (lower case by simple mapping, ’ as ', the stops of U.S. left out)
 * with one space between them. The first word of every longer phrase is a key as well, so that
 * `words` of its entry says how far to look. Static storage, shared by all processes; nothing
 * fails. */
#ifndef NEWSMILL_WORKER_ANALYSIS_LEXICON_H
#define NEWSMILL_WORKER_ANALYSIS_LEXICON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/slice.h"

#define LEXICON_PREFIX_ONLY INT32_MIN /* the key only begins longer ones */
/* Words of a phrase of tone or themes, at most; the makers of tables read it here. */
#define LEXICON_PHRASE_WORDS 8

struct lexicon_entry {
    uint32_t key; /* where the key starts in the pool */
    uint16_t key_len;
    uint16_t words; /* of the longest key that begins with this word; 0 unless this is one word */
    int32_t value;  /* or LEXICON_PREFIX_ONLY */
    uint32_t more;  /* what `value` and `more` mean is the table's business */
};

/* The upper half of the key's hash: most words of a text are in no table, and are found missing
 * without a look at the entry. */
struct lexicon_slot {
    uint32_t tag, entry; /* 1 + index, 0 free */
};

struct lexicon {
    const struct lexicon_entry *entries;
    const struct lexicon_slot *slots; /* open addressing, linear probing */
    uint32_t mask;                    /* slots - 1, a power of two */
    const char *pool;
    const uint64_t *pairs; /* a bit for the first two words of each phrase; NULL: no phrases */
};

/* FNV-1a, 64 bits: of a whole key, or continued with more of it. */
#define LEXICON_HASH_START 0xcbf29ce484222325u
static inline uint64_t lexicon_hash_byte(uint64_t hash, unsigned char byte)
{
    return (hash ^ byte) * 0x100000001b3u;
}
static inline uint64_t lexicon_hash(uint64_t hash, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        hash = lexicon_hash_byte(hash, (unsigned char)bytes[i]);
    return hash;
}

/* The same with `len` bytes of eight, the first one lowest, zeros behind them. All eight are taken,
 * so that nothing waits for the length: a zero multiplies, and the number's inverse undoes it. */
static inline uint64_t lexicon_hash_eight(uint64_t hash, uint64_t eight, size_t len)
{
    static const uint64_t inverse[9] = {
        0x48e254e75f5eb9e1u, 0x375026270df5d953u, 0xf30a275cb8c04809u,
        0xba88eb8deeba674bu, 0xb10f8d2ca6bd8471u, 0x9af153df54080c03u,
        0x501d877bc9ac6919u, 0xce965057aff6957bu, 1}; /* to the power of 8 - len */
#pragma GCC unroll 8
    for (unsigned i = 0; i < 64; i += 8)
        hash = lexicon_hash_byte(hash, (unsigned char)(eight >> i));
    return hash * inverse[len];
}

static inline bool lexicon_is(const struct lexicon *lexicon, const struct lexicon_entry *entry,
                              struct slice key)
{
    return entry->key_len == key.len && memcmp(lexicon->pool + entry->key, key.data, key.len) == 0;
}

/* The entry of `key`, whose hash is given; NULL when there is none. Here, because stages ask for
 * most words of a text. */
static inline const struct lexicon_entry *lexicon_find(const struct lexicon *lexicon,
                                                       struct slice key, uint64_t hash)
{
    const uint32_t tag = (uint32_t)(hash >> 32);
    uint32_t at = (uint32_t)hash & lexicon->mask;
    for (; lexicon->slots[at].entry; at = (at + 1) & lexicon->mask) {
        if (lexicon->slots[at].tag != tag)
            continue;
        const struct lexicon_entry *entry = &lexicon->entries[lexicon->slots[at].entry - 1];
        if (lexicon_is(lexicon, entry, key))
            return entry;
    }
    return NULL;
}
/* The entry of the key with this hash, if it has one: NULL is sure, any other is hardly ever wrong.
 * It is not looked at. */
static inline const struct lexicon_entry *lexicon_maybe(const struct lexicon *lexicon,
                                                        uint64_t hash)
{
    const uint32_t tag = (uint32_t)(hash >> 32);
    uint32_t at = (uint32_t)hash & lexicon->mask;
    while (lexicon->slots[at].entry && lexicon->slots[at].tag != tag)
        at = (at + 1) & lexicon->mask;
    return lexicon->slots[at].entry ? &lexicon->entries[lexicon->slots[at].entry - 1] : NULL;
}
/* Tables lie beyond the near caches: a stage has them fetched, one step for all its words before
 * the next step for any, and then looks them up. */
static inline void lexicon_expect(const struct lexicon *lexicon, uint64_t hash)
{
    __builtin_prefetch(&lexicon->slots[(uint32_t)hash & lexicon->mask]);
}
static inline void lexicon_expect_key(const struct lexicon *lexicon,
                                      const struct lexicon_entry *maybe)
{
    if (maybe)
        __builtin_prefetch(lexicon->pool + maybe->key);
}
/* Which of the LEXICON_PAIR_BITS bits stands for two words, by their hashes. */
#define LEXICON_PAIR_BITS 32768
static inline uint32_t lexicon_pair(uint64_t first, uint64_t second)
{
    return (uint32_t)(((first ^ (second << 32 | second >> 32)) * 0x9e3779b97f4a7c15u) >> 49);
}
/* Whether a phrase may begin with the two words: "no" is sure, and hardly any other is answered
 * "yes". */
static inline bool lexicon_may_go_on(const struct lexicon *lexicon, uint64_t first, uint64_t second)
{
    uint32_t pair = lexicon_pair(first, second);
    return lexicon->pairs && lexicon->pairs[pair / 64] >> pair % 64 & 1;
}
/* The value of the first entry with that hash or one that is hardly to be told from it, 0 when
 * there is none: for tables that only say where else to look. */
static inline int32_t lexicon_value(const struct lexicon *lexicon, uint64_t hash)
{
    const struct lexicon_entry *entry = lexicon_maybe(lexicon, hash);
    return entry ? entry->value : 0;
}
const struct lexicon_entry *lexicon_look_up(const struct lexicon *lexicon, struct slice key);
/* Its `more`, 0 when absent. */
uint32_t lexicon_flags(const struct lexicon *lexicon, struct slice key, uint64_t hash);

#endif
