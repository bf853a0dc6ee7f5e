/* How long to wait before trying again: capped exponential with full jitter, so that many who
 * failed together do not come back together. Pure: the random number is an argument. */
#ifndef NEWSMILL_COMMON_BACKOFF_H
#define NEWSMILL_COMMON_BACKOFF_H

#include <stdint.h>

struct backoff {
    int64_t base_ms, cap_ms;
    unsigned failures;
};

/* Counts a failure and says how long to wait: uniform in [base, min(cap, base * 2^failures)]. */
int64_t backoff_next(struct backoff *backoff, uint32_t random);
void backoff_reset(struct backoff *backoff);
/* A random number for the above (libsodium). */
uint32_t backoff_random(void);

#endif
