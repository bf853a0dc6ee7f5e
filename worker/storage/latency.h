/* How long ago something was stamped, by a wall clock that may be set at any time. Pure.
 *
 * The steady clock tells when the wall clock was set: the distance between the two changes at once.
 * What was stamped before that cannot be compared any more, and is not guessed at. Slewing, as NTP
 * does, is followed. */
#ifndef NEWSMILL_STORAGE_LATENCY_H
#define NEWSMILL_STORAGE_LATENCY_H

#include <stdbool.h>
#include <stdint.h>

struct latency {
    bool begun;
    int64_t distance_ms; /* from the steady clock to the wall clock, when last looked at */
    int64_t trusted_ms;  /* wall clock: stamps from then on can be compared */
};

/* Reads both clocks; before latency_since(). */
void latency_look(struct latency *latency, int64_t wall_ms, int64_t steady_ms);
#define LATENCY_UNKNOWN (-1)
/* Milliseconds from `stamped_ms` to `wall_ms`, which was looked at last; LATENCY_UNKNOWN when the
 * clock was set in between, or when it was stamped in the future by more than the clocks of two
 * machines may differ. */
int64_t latency_since(const struct latency *latency, int64_t stamped_ms, int64_t wall_ms);

#endif
