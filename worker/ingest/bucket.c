/* Thousandths, so that a rate below one a turn of the loop adds up. */
#include "worker/ingest/bucket.h"

void bucket_init(struct bucket *bucket, uint32_t rate, int64_t now_ms)
{
    *bucket = (struct bucket){.rate = rate, .thousand = (int64_t)rate * 1000, .at_ms = now_ms};
}

bool bucket_take(struct bucket *bucket, int64_t now_ms)
{
    int64_t full = (int64_t)bucket->rate * 1000, elapsed_ms = now_ms - bucket->at_ms;
    if (elapsed_ms > 1000)
        elapsed_ms = 1000;
    if (elapsed_ms > 0) {
        bucket->thousand += elapsed_ms * bucket->rate;
        bucket->at_ms = now_ms;
    }
    if (bucket->thousand > full)
        bucket->thousand = full;
    if (bucket->thousand < 1000)
        return false;
    bucket->thousand -= 1000;
    return true;
}
