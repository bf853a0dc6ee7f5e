/* Chains of links that can be walked from both ends: each link holds the numbers of its two
 * neighbours in one (an XOR list). */
#include "worker/storage/near.h"

#include <stdlib.h>
#include <string.h>

#define BEGIN_ARTICLES 1024
#define NO_LINK        0          /* links are numbered from 1 */
#define NO_BAND        UINT32_MAX /* more than any two numbers make together */

struct link {
    uint32_t tag, sides; /* the number before, XOR the number after */
};

struct chain {
    uint32_t first, last;
};

struct near {
    struct uuid *keys;
    struct link *links; /* SKETCH_BANDS an article; sides NO_BAND: none */
    uint32_t *seen;     /* the search that found it last */
    struct chain *chains;
    size_t count, capacity, most, chain_count; /* chain_count is a power of two */
    uint32_t search;
};

int64_t near_ms(const struct uuid *key)
{
    int64_t ms = 0;
    for (size_t i = 0; i < 6; i++)
        ms = ms << 8 | key->bytes[i];
    return ms;
}

static uint32_t tag_of(uint64_t band)
{
    return (uint32_t)(band >> 16);
}

/* Tags are mixed already; multiplied (Knuth's golden ratio), so that other bits than the tag's
 * lowest choose. */
static size_t chain_of(const struct near *near, uint32_t tag)
{
    return (size_t)((tag * 2654435761u) >> 4) & (near->chain_count - 1);
}

static void join(struct near *near, uint32_t number)
{
    struct link *link = &near->links[number - 1];
    struct chain *chain = &near->chains[chain_of(near, link->tag)];
    link->sides = chain->last;
    if (chain->last == NO_LINK)
        chain->first = number;
    else
        near->links[chain->last - 1].sides ^= number;
    chain->last = number;
}

static void join_all(struct near *near)
{
    memset(near->chains, 0, near->chain_count * sizeof *near->chains);
    for (uint32_t number = 1; number <= near->count * SKETCH_BANDS; number++)
        if (near->links[number - 1].sides != NO_BAND)
            join(near, number);
}

static bool resize(void **array, size_t count, size_t bytes)
{
    void *moved = realloc(*array, count * bytes);
    if (moved)
        *array = moved;
    return moved != NULL;
}

/* What could be enlarged stays so when something else could not. */
static bool grow(struct near *near)
{
    size_t wanted = near->capacity > 0 ? near->capacity * 2 : BEGIN_ARTICLES;
    size_t capacity = wanted < near->most ? wanted : near->most, chains = BEGIN_ARTICLES;
    while (chains < capacity * 2)
        chains *= 2;
    if (!resize((void **)&near->keys, capacity, sizeof *near->keys) ||
        !resize((void **)&near->links, capacity * SKETCH_BANDS, sizeof *near->links) ||
        !resize((void **)&near->seen, capacity, sizeof *near->seen) ||
        !resize((void **)&near->chains, chains, sizeof *near->chains))
        return false;
    near->capacity = capacity;
    near->chain_count = chains;
    join_all(near);
    return true;
}

struct near *near_new(size_t most)
{
    struct near *near = calloc(1, sizeof *near);
    if (!near)
        return NULL;
    near->most = most < INT32_MAX / SKETCH_BANDS ? most : INT32_MAX / SKETCH_BANDS;
    near->most = near->most > 0 ? near->most : 1;
    if (!grow(near)) {
        near_free(near);
        return NULL;
    }
    return near;
}

void near_free(struct near *near)
{
    if (!near)
        return;
    free(near->keys);
    free(near->links);
    free(near->seen);
    free(near->chains);
    free(near);
}

size_t near_count(const struct near *near)
{
    return near->count;
}

int64_t near_quarter_ms(const struct near *near)
{
    return near->count > 0 ? near_ms(&near->keys[near->count / 4]) : INT64_MAX;
}

bool near_add(struct near *near, const struct near_article *article)
{
    if (near->count == near->capacity && (near->capacity == near->most || !grow(near)))
        return false;
    uint32_t number = (uint32_t)(near->count * SKETCH_BANDS) + 1;
    near->keys[near->count] = article->key;
    near->seen[near->count] = 0;
    near->count++;
    for (uint32_t i = 0; i < SKETCH_BANDS; i++) {
        near->links[number + i - 1] = (struct link){.sides = NO_BAND};
        if (i >= article->count)
            continue;
        near->links[number + i - 1].tag = tag_of(article->bands[i]);
        join(near, number + i);
    }
    return true;
}

/* Puts a key among the earliest of a band, in their order; a key that is there stays once. */
static void keep(const struct near *near, uint32_t *earliest, size_t *count, uint32_t article)
{
    const struct uuid *key = &near->keys[article];
    size_t at = *count;
    while (at > 0) {
        int order = memcmp(&near->keys[earliest[at - 1]], key, sizeof *key);
        if (order == 0)
            return;
        if (order < 0)
            break;
        at--;
    }
    if (at == NEAR_BAND_MOST)
        return;
    size_t last = *count < NEAR_BAND_MOST ? (*count)++ : NEAR_BAND_MOST - 1;
    memmove(earliest + at + 1, earliest + at, (last - at) * sizeof *earliest);
    earliest[at] = article;
}

static bool fits(const struct near *near, const struct near_article *article, uint32_t number,
                 uint32_t tag, int64_t span_ms)
{
    const struct uuid *key = &near->keys[(number - 1) / SKETCH_BANDS];
    int64_t apart = near_ms(key) - near_ms(&article->key);
    return near->links[number - 1].tag == tag && !uuid_equal(key, &article->key) &&
           apart <= span_ms && apart >= -span_ms;
}

/* One half of `walk` from the first link, the other from the last, as far as they do not meet. */
static size_t find_band(const struct near *near, const struct near_article *article, uint32_t tag,
                        int64_t span_ms, size_t walk, uint32_t *told)
{
    const struct chain *chain = &near->chains[chain_of(near, tag)];
    uint32_t at = chain->first, from = NO_LINK, end = chain->last;
    size_t count = 0, walked = 0;
    for (; at != NO_LINK && walked < walk / 2; walked++) {
        if (fits(near, article, at, tag, span_ms))
            keep(near, told, &count, (at - 1) / SKETCH_BANDS);
        uint32_t after = near->links[at - 1].sides ^ from;
        from = at;
        at = after;
    }
    if (at == NO_LINK)
        return count;
    const uint32_t met = from;
    const size_t most = count + NEAR_BAND_LATEST;
    for (at = end, from = NO_LINK; at != met && walked < walk && count < most; walked++) {
        if (fits(near, article, at, tag, span_ms))
            told[count++] = (at - 1) / SKETCH_BANDS;
        uint32_t before = near->links[at - 1].sides ^ from;
        from = at;
        at = before;
    }
    return count;
}

size_t near_find(struct near *near, const struct near_article *article, int64_t span_ms,
                 size_t walk, struct uuid *out)
{
    uint32_t told[NEAR_BAND_MOST + NEAR_BAND_LATEST];
    size_t found = 0;
    if (++near->search == 0) { /* numbered anew, once in four thousand million */
        memset(near->seen, 0, near->count * sizeof *near->seen);
        near->search = 1;
    }
    for (uint32_t i = 0; i < article->count; i++) {
        size_t count = find_band(near, article, tag_of(article->bands[i]), span_ms, walk, told);
        for (size_t k = 0; k < count; k++) {
            if (near->seen[told[k]] != near->search)
                out[found++] = near->keys[told[k]];
            near->seen[told[k]] = near->search;
        }
    }
    return found;
}

void near_evict(struct near *near, int64_t since_ms)
{
    size_t kept = 0;
    for (size_t i = 0; i < near->count; i++) {
        if (near_ms(&near->keys[i]) < since_ms)
            continue;
        near->keys[kept] = near->keys[i];
        near->seen[kept] = 0;
        memmove(&near->links[kept * SKETCH_BANDS], &near->links[i * SKETCH_BANDS],
                SKETCH_BANDS * sizeof *near->links);
        kept++;
    }
    near->count = kept;
    join_all(near);
}
