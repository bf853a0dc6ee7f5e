/* Capped exponential back-off with full jitter. */
#include "common/backoff.h"

#include <sodium.h>

int64_t backoff_next(struct backoff *backoff, uint32_t random)
{
    unsigned shift = backoff->failures < 30 ? backoff->failures + 1 : 30;
    backoff->failures++;
    int64_t ceiling =
        backoff->cap_ms >> shift < backoff->base_ms ? backoff->cap_ms : backoff->base_ms << shift;
    int64_t spread = ceiling - backoff->base_ms;
    if (spread <= 0)
        return backoff->base_ms;
    return backoff->base_ms + (int64_t)((uint64_t)random * (uint64_t)(spread + 1) >> 32);
}

void backoff_reset(struct backoff *backoff)
{
    backoff->failures = 0;
}

uint32_t backoff_random(void)
{
    return randombytes_random();
}
