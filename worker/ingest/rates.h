/* How fast some counters have grown lately: their values of the last seconds, a look each second.
 * Pure; plain data of its owner, starting as zeros. */
#ifndef NEWSMILL_INGEST_RATES_H
#define NEWSMILL_INGEST_RATES_H

#include <stdint.h>

enum rate { RATE_ACCEPTED, RATE_ANALYZED, RATE_DONE, RATES };
#define RATES_SAMPLES 6 /* looks that are kept */

struct rates {
    struct {
        int64_t at_ms;
        uint64_t counts[RATES];
    } samples[RATES_SAMPLES];
    uint32_t count, next;
};

/* A look, about once a second. */
void rates_look(struct rates *rates, int64_t now_ms, const uint64_t counts[RATES]);
/* A second, between the oldest look that is kept and the last; 0 before there are two. */
double rates_of(const struct rates *rates, enum rate which);

#endif
