/* A token bucket: so many a second and no more, saved up for one second at most. Pure; plain data.
 */
#ifndef NEWSMILL_INGEST_BUCKET_H
#define NEWSMILL_INGEST_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct bucket {
    uint32_t rate;    /* a second */
    int64_t thousand; /* thousandths of a token that are there */
    int64_t at_ms;    /* as of then */
};

/* Full. */
void bucket_init(struct bucket *bucket, uint32_t rate, int64_t now_ms);
/* Takes one token; false when there is none now. */
bool bucket_take(struct bucket *bucket, int64_t now_ms);

#endif
