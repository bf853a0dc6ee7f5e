/* Rings of links. */
#include "worker/storage/near.h"

#include <stdlib.h>
#include <string.h>

#define BEGIN_ARTICLES 1024
#define NO_LINK        0 /* links are numbered from 1 */

struct link {
    uint32_t tag, next;
};

struct near {
    struct uuid *keys;
    struct link *links; /* SKETCH_BANDS an article; next NO_LINK: none */
    uint32_t *seen;     /* the search that found it last */
    uint32_t *tails;
    size_t count, capacity, most, tail_count; /* tail_count is a power of two */
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
static size_t tail_of(const struct near *near, uint32_t tag)
{
    return (size_t)((tag * 2654435761u) >> 4) & (near->tail_count - 1);
}

static void join(struct near *near, uint32_t number)
{
    struct link *link = &near->links[number - 1];
    uint32_t *tail = &near->tails[tail_of(near, link->tag)];
    if (*tail == NO_LINK) {
        link->next = number;
    } else {
        link->next = near->links[*tail - 1].next;
        near->links[*tail - 1].next = number;
    }
    *tail = number;
}

static void join_all(struct near *near)
{
    memset(near->tails, 0, near->tail_count * sizeof *near->tails);
    for (uint32_t number = 1; number <= near->count * SKETCH_BANDS; number++)
        if (near->links[number - 1].next != NO_LINK)
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
    size_t capacity = wanted < near->most ? wanted : near->most, tails = BEGIN_ARTICLES;
    while (tails < capacity * 2)
        tails *= 2;
    if (!resize((void **)&near->keys, capacity, sizeof *near->keys) ||
        !resize((void **)&near->links, capacity * SKETCH_BANDS, sizeof *near->links) ||
        !resize((void **)&near->seen, capacity, sizeof *near->seen) ||
        !resize((void **)&near->tails, tails, sizeof *near->tails))
        return false;
    near->capacity = capacity;
    near->tail_count = tails;
    join_all(near);
    return true;
}

struct near *near_new(size_t most)
{
    struct near *near = calloc(1, sizeof *near);
    if (!near)
        return NULL;
    near->most = most < UINT32_MAX / SKETCH_BANDS ? most : UINT32_MAX / SKETCH_BANDS;
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
    free(near->tails);
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
        near->links[number + i - 1] = (struct link){.next = NO_LINK};
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

static size_t find_band(const struct near *near, const struct near_article *article, uint32_t tag,
                        int64_t span_ms, size_t walk, uint32_t *earliest)
{
    const int64_t ms = near_ms(&article->key);
    const uint32_t tail = near->tails[tail_of(near, tag)];
    size_t count = 0, walked = 0;
    if (tail == NO_LINK)
        return 0;
    for (uint32_t at = near->links[tail - 1].next;; at = near->links[at - 1].next) {
        uint32_t other = (at - 1) / SKETCH_BANDS;
        if (near->links[at - 1].tag == tag && !uuid_equal(&near->keys[other], &article->key)) {
            int64_t apart = near_ms(&near->keys[other]) - ms;
            if (apart <= span_ms && apart >= -span_ms)
                keep(near, earliest, &count, other);
        }
        if (at == tail || ++walked == walk)
            return count;
    }
}

size_t near_find(struct near *near, const struct near_article *article, int64_t span_ms,
                 size_t walk, struct uuid *out)
{
    uint32_t earliest[NEAR_BAND_MOST];
    size_t found = 0;
    if (++near->search == 0) { /* numbered anew, once in four thousand million */
        memset(near->seen, 0, near->count * sizeof *near->seen);
        near->search = 1;
    }
    for (uint32_t i = 0; i < article->count; i++) {
        size_t count = find_band(near, article, tag_of(article->bands[i]), span_ms, walk, earliest);
        for (size_t k = 0; k < count; k++) {
            if (near->seen[earliest[k]] != near->search)
                out[found++] = near->keys[earliest[k]];
            near->seen[earliest[k]] = near->search;
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
