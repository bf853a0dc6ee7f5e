/* The hash table. */
#include "worker/storage/tally.h"

#include <stdlib.h>
#include <string.h>

#include "worker/storage/binary.h"

#define KEYS_BYTES_MAX ((size_t)1 << 28)
#define SLOTS_FIRST    1024

void tally_init(struct tally *tally)
{
    *tally = (struct tally){.entries = NULL};
    buffer_init(&tally->keys, KEYS_BYTES_MAX);
}

void tally_deinit(struct tally *tally)
{
    buffer_deinit(&tally->keys);
    free(tally->entries);
    free(tally->slots);
    tally_init(tally);
}

void tally_clear(struct tally *tally)
{
    buffer_clear(&tally->keys);
    tally->count = 0;
    tally->failed = false;
    if (tally->slots)
        (void)memset(tally->slots, 0, tally->slot_count * sizeof *tally->slots);
}

/* FNV-1a. Whoever makes keys collide makes one batch slow, not wrong: a batch is bounded. */
static uint32_t hash_of(struct slice key)
{
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < key.len; i++)
        hash = (hash ^ (unsigned char)key.data[i]) * 16777619U;
    return hash;
}

static bool more_slots(struct tally *tally)
{
    size_t wanted = tally->slot_count ? tally->slot_count * 2 : SLOTS_FIRST;
    uint32_t *slots = calloc(wanted, sizeof *slots);
    if (!slots)
        return false;
    for (size_t i = 0; i < tally->count; i++) {
        size_t at = tally->entries[i].hash & (wanted - 1);
        while (slots[at])
            at = (at + 1) & (wanted - 1);
        slots[at] = (uint32_t)i + 1;
    }
    free(tally->slots);
    tally->slots = slots;
    tally->slot_count = wanted;
    return true;
}

static bool more_entries(struct tally *tally)
{
    size_t wanted = tally->capacity ? tally->capacity * 2 : SLOTS_FIRST / 2;
    struct tally_entry *entries = realloc(tally->entries, wanted * sizeof *entries);
    if (!entries)
        return false;
    tally->entries = entries;
    tally->capacity = wanted;
    return true;
}

static bool is_key(const struct tally *tally, const struct tally_entry *entry, struct slice key)
{
    return entry->key_len == key.len &&
           memcmp(buffer_slice(&tally->keys).data + entry->key, key.data, key.len) == 0;
}

static struct tally_entry *add(struct tally *tally, struct slice key, uint32_t hash, size_t slot)
{
    struct tally_entry *entry = &tally->entries[tally->count];
    *entry = (struct tally_entry){
        .key = buffer_slice(&tally->keys).len, .key_len = (uint32_t)key.len, .hash = hash};
    buffer_append(&tally->keys, key.data, key.len);
    if (buffer_failed(&tally->keys)) {
        tally->failed = true;
        return NULL;
    }
    tally->slots[slot] = (uint32_t)++tally->count;
    return entry;
}

struct tally_entry *tally_at(struct tally *tally, struct slice key)
{
    if (tally->failed || ((tally->count + 1) * 2 > tally->slot_count && !more_slots(tally)) ||
        (tally->count == tally->capacity && !more_entries(tally))) {
        tally->failed = true;
        return NULL;
    }
    const uint32_t hash = hash_of(key);
    size_t at = hash & (tally->slot_count - 1);
    for (; tally->slots[at]; at = (at + 1) & (tally->slot_count - 1)) {
        struct tally_entry *entry = &tally->entries[tally->slots[at] - 1];
        if (entry->hash == hash && is_key(tally, entry, key))
            return entry;
    }
    return add(tally, key, hash, at);
}

bool tally_failed(const struct tally *tally)
{
    return tally->failed;
}

/* The field behind `from` of a key, with its length; a NULL has no bytes. */
static size_t field_end(const char *keys, size_t from)
{
    uint32_t len = 0;
    for (size_t i = 0; i < sizeof len; i++)
        len = len << 8 | (uint8_t)keys[from + i];
    return from + sizeof len + (len == UINT32_MAX ? 0 : len);
}

static void write_fields(const struct tally *tally, enum binary_type type, size_t number,
                         struct buffer *out)
{
    const char *keys = buffer_slice(&tally->keys).data;
    size_t array = binary_field_begin(out);
    binary_array(out, type, tally->count);
    for (size_t i = 0; i < tally->count; i++) {
        size_t from = tally->entries[i].key, end = field_end(keys, from);
        for (size_t skipped = 0; skipped < number; skipped++) {
            from = end;
            end = field_end(keys, from);
        }
        buffer_append(out, keys + from, end - from);
    }
    binary_field_end(out, array);
}

void tally_write(const struct tally *tally, const enum binary_type *types, size_t fields,
                 size_t sums, struct buffer *out)
{
    binary_row(out, 1 + fields + sums);
    binary_int4(out, (int32_t)tally->count);
    for (size_t f = 0; f < fields; f++)
        write_fields(tally, types[f], f, out);
    for (size_t s = 0; s < sums; s++) {
        size_t array = binary_field_begin(out);
        binary_array(out, BINARY_INT8, tally->count);
        for (size_t i = 0; i < tally->count; i++)
            binary_int8(out, tally->entries[i].sums[s]);
        binary_field_end(out, array);
    }
}
