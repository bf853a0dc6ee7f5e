/* Buckets by name, in sets: a name has its place in one set, where the one that has paused longest
 * gives way. */
#include "worker/ingest/pace.h"

#include <stdlib.h>

#include "worker/ingest/bucket.h"

#define WAYS           4
#define SETS           (PACE_NAMES / WAYS)
#define RETRY_LEAST_MS 50
#define RETRY_ARTICLES 16 /* together: a client's window does not come back one by one */
#define RETRY_MOST_MS  1000

struct place {
    uint64_t name; /* its hash; 0: nobody */
    struct bucket bucket;
};

struct pace {
    uint32_t rate;
    struct place sets[SETS][WAYS];
};

struct pace *pace_new(uint32_t rate)
{
    struct pace *pace = calloc(1, sizeof *pace);
    if (pace)
        pace->rate = rate;
    return pace;
}

void pace_free(struct pace *pace)
{
    free(pace);
}

/* FNV-1a; two names of one hash share a rate. Keys have no name that strangers choose, and who
 * chooses his address gains nothing by sharing. */
static uint64_t hash_of(struct slice name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < name.len; i++)
        hash = (hash ^ (unsigned char)name.data[i]) * UINT64_C(0x100000001b3);
    return hash ? hash : 1;
}

bool pace_take(struct pace *pace, struct slice name, int64_t now_ms)
{
    uint64_t hash = hash_of(name);
    struct place *set = pace->sets[(hash >> 32) % SETS], *place = &set[0];
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].name == hash)
            return bucket_take(&set[i].bucket, now_ms);
        if (set[i].name == 0 || (place->name != 0 && set[i].bucket.at_ms < place->bucket.at_ms))
            place = &set[i];
    }
    place->name = hash;
    bucket_init(&place->bucket, pace->rate, now_ms);
    return bucket_take(&place->bucket, now_ms);
}

uint32_t pace_retry_after_ms(const struct pace *pace)
{
    uint32_t wait = RETRY_ARTICLES * 1000 / pace->rate;
    return wait < RETRY_LEAST_MS ? RETRY_LEAST_MS : wait > RETRY_MOST_MS ? RETRY_MOST_MS : wait;
}
