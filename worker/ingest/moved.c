/* Slots in two hash tables at once: chains by first and by present sequence. */
#include "worker/ingest/moved.h"

#include <stdlib.h>

#define NONE       UINT32_MAX
#define SLOTS_MIN  1024u
#define HASH_SHIFT 32

enum { BY_FROM, BY_TO, KEYS };

struct slot {
    struct moved moved;
    uint32_t next[KEYS]; /* in its chain; of free slots, next[BY_FROM] is the next free one */
};

struct moved_table {
    struct slot *slots;
    uint32_t *heads[KEYS]; /* as many as there are slots, a power of two */
    uint32_t capacity, used, count, free_first;
};

struct moved_table *moved_new(void)
{
    struct moved_table *table = calloc(1, sizeof *table);
    if (table)
        table->free_first = NONE;
    return table;
}

void moved_free(struct moved_table *table)
{
    if (!table)
        return;
    for (int key = 0; key < KEYS; key++)
        free(table->heads[key]);
    free(table->slots);
    free(table);
}

static uint64_t key_of(const struct moved *moved, int key)
{
    return key == BY_FROM ? moved->from : moved->to;
}

/* Multiplicative hashing (Knuth): sequences come in rows, and their products are spread. */
static uint32_t *chain_of(const struct moved_table *table, int key, uint64_t sequence)
{
    uint32_t hash = (uint32_t)(sequence * 0x9e3779b97f4a7c15u >> HASH_SHIFT);
    return &table->heads[key][hash & (table->capacity - 1)];
}

static void link_in(struct moved_table *table, int key, uint32_t slot)
{
    uint32_t *chain = chain_of(table, key, key_of(&table->slots[slot].moved, key));
    table->slots[slot].next[key] = *chain;
    *chain = slot;
}

static void link_out(struct moved_table *table, int key, uint32_t slot)
{
    uint32_t *at = chain_of(table, key, key_of(&table->slots[slot].moved, key));
    while (*at != slot)
        at = &table->slots[*at].next[key];
    *at = table->slots[slot].next[key];
}

static uint32_t find(const struct moved_table *table, int key, uint64_t sequence)
{
    if (table->count == 0)
        return NONE;
    uint32_t slot = *chain_of(table, key, sequence);
    while (slot != NONE && key_of(&table->slots[slot].moved, key) != sequence)
        slot = table->slots[slot].next[key];
    return slot;
}

/* Twice as many slots; all of those there are in use. */
static bool grow(struct moved_table *table)
{
    uint32_t wanted = table->capacity ? table->capacity * 2 : SLOTS_MIN;
    if (wanted > MOVED_MAX)
        return false;
    struct slot *slots = realloc(table->slots, wanted * sizeof *slots);
    if (!slots)
        return false;
    table->slots = slots;
    uint32_t *heads[KEYS];
    for (int key = 0; key < KEYS; key++)
        heads[key] = malloc(wanted * sizeof *heads[key]);
    if (!heads[BY_FROM] || !heads[BY_TO]) {
        free(heads[BY_FROM]);
        free(heads[BY_TO]);
        return false;
    }
    table->capacity = wanted;
    for (int key = 0; key < KEYS; key++) {
        free(table->heads[key]);
        table->heads[key] = heads[key];
        for (uint32_t i = 0; i < wanted; i++)
            heads[key][i] = NONE;
        for (uint32_t slot = 0; slot < table->used; slot++)
            link_in(table, key, slot);
    }
    return true;
}

bool moved_reserve(struct moved_table *table)
{
    return table->free_first != NONE || table->used < table->capacity || grow(table);
}

static uint32_t take_slot(struct moved_table *table)
{
    uint32_t slot = table->free_first;
    if (slot == NONE)
        return table->used++;
    table->free_first = table->slots[slot].next[BY_FROM];
    return slot;
}

void moved_put(struct moved_table *table, struct moved moved)
{
    uint32_t slot = find(table, BY_TO, moved.from);
    if (slot != NONE) {
        link_out(table, BY_TO, slot);
        table->slots[slot].moved.to = moved.to;
        table->slots[slot].moved.place = moved.place;
        link_in(table, BY_TO, slot);
        return;
    }
    slot = take_slot(table);
    table->slots[slot].moved = moved;
    for (int key = 0; key < KEYS; key++)
        link_in(table, key, slot);
    table->count++;
}

const struct moved *moved_find(const struct moved_table *table, uint64_t from)
{
    uint32_t slot = find(table, BY_FROM, from);
    return slot == NONE ? NULL : &table->slots[slot].moved;
}

bool moved_is_to(const struct moved_table *table, uint64_t to)
{
    return find(table, BY_TO, to) != NONE;
}

uint64_t moved_take(struct moved_table *table, uint64_t from)
{
    uint32_t slot = find(table, BY_FROM, from);
    if (slot == NONE)
        return from;
    uint64_t to = table->slots[slot].moved.to;
    for (int key = 0; key < KEYS; key++)
        link_out(table, key, slot);
    table->slots[slot].next[BY_FROM] = table->free_first;
    table->free_first = slot;
    table->count--;
    return to;
}

uint32_t moved_count(const struct moved_table *table)
{
    return table->count;
}
