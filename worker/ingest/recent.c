/* A bounded set in buckets: a full bucket forgets its oldest. */
#include "worker/ingest/recent.h"

#include <stdlib.h>
#include <string.h>

#include "common/fetch.h"

#define BUCKET       8
#define BUCKET_BYTES (BUCKET * sizeof(uint64_t)) /* a line of the caches */

struct recent {
    uint32_t mask;
    uint64_t *tags; /* buckets of BUCKET tags, the youngest first; 0 is empty */
};

struct recent *recent_new(uint32_t capacity)
{
    struct recent *recent = calloc(1, sizeof *recent);
    if (!recent)
        return NULL;
    uint32_t buckets = capacity / BUCKET * 2;
    recent->mask = buckets - 1;
    recent->tags = aligned_alloc(BUCKET_BYTES, buckets * BUCKET_BYTES);
    if (!recent->tags) {
        free(recent);
        return NULL;
    }
    memset(recent->tags, 0, buckets * BUCKET_BYTES);
    return recent;
}

void recent_free(struct recent *recent)
{
    if (!recent)
        return;
    free(recent->tags);
    free(recent);
}

static uint64_t *bucket_of(const struct recent *recent, uint64_t tag)
{
    return recent->tags + (size_t)((tag & RECENT_PLACE) >> 20 & recent->mask) * BUCKET;
}

void recent_fetch(const struct recent *recent, uint64_t tag)
{
    fetch_to_read((const char *)bucket_of(recent, tag), BUCKET_BYTES);
}

bool recent_has(const struct recent *recent, uint64_t tag)
{
    const uint64_t *bucket = bucket_of(recent, tag);
    for (int i = 0; i < BUCKET; i++)
        if (bucket[i] == tag)
            return true;
    return false;
}

void recent_add(struct recent *recent, uint64_t tag)
{
    uint64_t *bucket = bucket_of(recent, tag);
    if (recent_has(recent, tag))
        return;
    memmove(bucket + 1, bucket, (BUCKET - 1) * sizeof *bucket);
    bucket[0] = tag;
}

void recent_remove(struct recent *recent, uint64_t tag)
{
    uint64_t *bucket = bucket_of(recent, tag);
    for (int i = 0; i < BUCKET; i++) {
        if (bucket[i] != tag)
            continue;
        memmove(bucket + i, bucket + i + 1, (size_t)(BUCKET - 1 - i) * sizeof *bucket);
        bucket[BUCKET - 1] = 0;
        return;
    }
}
