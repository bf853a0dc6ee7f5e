/* Whether a stamp can be compared. */
#include "worker/storage/latency.h"

#define STEP_MS 500  /* slewing moves a clock by half a millisecond a second */
#define SKEW_MS 1000 /* between the clocks of two machines that NTP keeps */

void latency_look(struct latency *latency, int64_t wall_ms, int64_t steady_ms)
{
    int64_t distance = wall_ms - steady_ms, step = distance - latency->distance_ms;
    if (!latency->begun)
        latency->trusted_ms = INT64_MIN;
    else if (step > STEP_MS || step < -STEP_MS)
        latency->trusted_ms = wall_ms;
    latency->begun = true;
    latency->distance_ms = distance;
}

int64_t latency_since(const struct latency *latency, int64_t stamped_ms, int64_t wall_ms)
{
    if (stamped_ms < latency->trusted_ms || stamped_ms > wall_ms + SKEW_MS)
        return LATENCY_UNKNOWN;
    return stamped_ms < wall_ms ? wall_ms - stamped_ms : 0;
}
