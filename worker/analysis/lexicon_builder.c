/* Open addressing with linear probing, doubled when it is a quarter full. */
#include "worker/analysis/lexicon_builder.h"

#include <stdlib.h>

#define FIRST_CAPACITY  1024
#define SLOTS_PER_ENTRY 4

void lexicon_builder_init(struct lexicon_builder *builder, size_t bytes_max)
{
    memset(builder, 0, sizeof *builder);
    buffer_init(&builder->pool, bytes_max);
}

void lexicon_builder_deinit(struct lexicon_builder *builder)
{
    buffer_deinit(&builder->pool);
    free(builder->entries);
    free(builder->slots);
    builder->entries = NULL;
    builder->slots = NULL;
}

/* The slot of `key`, or the free one where it belongs. */
static struct lexicon_slot *slot_of(const struct lexicon_builder *builder, struct slice key,
                                    uint64_t hash)
{
    uint32_t at = (uint32_t)hash & builder->mask;
    for (; builder->slots[at].entry; at = (at + 1) & builder->mask) {
        const struct lexicon_entry *entry = &builder->entries[builder->slots[at].entry - 1];
        if (slice_equal((struct slice){builder->pool.data + entry->key, entry->key_len}, key))
            break;
    }
    return &builder->slots[at];
}

/* Twice the slots, everything put in again. */
static bool grow(struct lexicon_builder *builder)
{
    uint32_t capacity = builder->capacity ? builder->capacity * 2 : FIRST_CAPACITY;
    struct lexicon_entry *entries = realloc(builder->entries, capacity * sizeof *entries);
    struct lexicon_slot *slots = calloc((size_t)capacity * SLOTS_PER_ENTRY, sizeof *slots);
    if (entries)
        builder->entries = entries;
    if (!entries || !slots) {
        free(slots);
        return false;
    }
    free(builder->slots);
    builder->slots = slots;
    builder->capacity = capacity;
    builder->mask = capacity * SLOTS_PER_ENTRY - 1;
    for (uint32_t i = 0; i < builder->count; i++) {
        struct slice key = {builder->pool.data + entries[i].key, entries[i].key_len};
        uint64_t hash = lexicon_hash(LEXICON_HASH_START, key.data, key.len);
        *slot_of(builder, key, hash) = (struct lexicon_slot){(uint32_t)(hash >> 32), i + 1};
    }
    return true;
}

struct lexicon_entry *lexicon_builder_entry(struct lexicon_builder *builder, struct slice key)
{
    if (builder->count == builder->capacity && !grow(builder))
        return NULL;
    uint64_t hash = lexicon_hash(LEXICON_HASH_START, key.data, key.len);
    struct lexicon_slot *slot = slot_of(builder, key, hash);
    if (!slot->entry) {
        uint32_t at = (uint32_t)builder->pool.len;
        buffer_append_slice(&builder->pool, key);
        if (buffer_failed(&builder->pool))
            return NULL;
        builder->entries[builder->count] = (struct lexicon_entry){
            .key = at, .key_len = (uint16_t)key.len, .value = LEXICON_PREFIX_ONLY};
        *slot = (struct lexicon_slot){(uint32_t)(hash >> 32), ++builder->count};
    }
    return &builder->entries[slot->entry - 1];
}

static uint64_t hash_of(struct slice word)
{
    return lexicon_hash(LEXICON_HASH_START, word.data, word.len);
}

/* The word that begins at `from`. */
static struct slice word_at(struct slice key, size_t from)
{
    const char *space = memchr(key.data + from, ' ', key.len - from);
    return slice_sub(key, from, space ? (size_t)(space - key.data) : key.len);
}

struct lexicon_entry *lexicon_builder_phrase(struct lexicon_builder *builder, struct slice key,
                                             size_t words)
{
    struct slice one = word_at(key, 0);
    struct lexicon_entry *first = lexicon_builder_entry(builder, one);
    if (first && first->words < words)
        first->words = (uint16_t)words;
    if (one.len < key.len) {
        uint32_t pair = lexicon_pair(hash_of(one), hash_of(word_at(key, one.len + 1)));
        builder->pairs[pair / 64] |= UINT64_C(1) << pair % 64;
        builder->phrases = true;
    }
    return first ? lexicon_builder_entry(builder, key) : NULL;
}

struct lexicon lexicon_builder_view(const struct lexicon_builder *builder)
{
    return (struct lexicon){.entries = builder->entries,
                            .slots = builder->slots,
                            .mask = builder->mask,
                            .pool = builder->pool.data,
                            .pairs = builder->phrases ? builder->pairs : NULL};
}
