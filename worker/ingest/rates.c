/* A ring of looks. */
#include "worker/ingest/rates.h"

#include <string.h>

void rates_look(struct rates *rates, int64_t now_ms, const uint64_t counts[RATES])
{
    rates->samples[rates->next].at_ms = now_ms;
    memcpy(rates->samples[rates->next].counts, counts, sizeof rates->samples[0].counts);
    rates->next = (rates->next + 1) % RATES_SAMPLES;
    if (rates->count < RATES_SAMPLES)
        rates->count++;
}

double rates_of(const struct rates *rates, enum rate which)
{
    if (rates->count < 2)
        return 0;
    uint32_t last = (rates->next + RATES_SAMPLES - 1) % RATES_SAMPLES;
    uint32_t first = (rates->next + RATES_SAMPLES - rates->count) % RATES_SAMPLES;
    int64_t elapsed_ms = rates->samples[last].at_ms - rates->samples[first].at_ms;
    uint64_t grown = rates->samples[last].counts[which] - rates->samples[first].counts[which];
    return elapsed_ms > 0 ? (double)grown * 1000 / (double)elapsed_ms : 0;
}
