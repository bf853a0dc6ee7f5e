/* How fast each producer may be: a token bucket a name, which is that of its key or, without keys,
 * its address.
 *
 * Bounded: of more than PACE_NAMES those that have paused longest are forgotten first, which costs
 * them nothing where it is a second: who pauses so long has all of his tokens again. Pure but for
 * what it counts. */
#ifndef NEWSMILL_INGEST_PACE_H
#define NEWSMILL_INGEST_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/slice.h"

#define PACE_NAMES 4096

struct pace;

/* `rate` articles a second, each; a second's are saved up. NULL without memory. */
struct pace *pace_new(uint32_t rate);
void pace_free(struct pace *pace);
/* Counts one article of `name`; false when it comes too fast. */
bool pace_take(struct pace *pace, struct slice name, int64_t now_ms);
/* When it may be sent again: about when as many tokens are there as such a producer sends at a
 * time. */
uint32_t pace_retry_after_ms(const struct pace *pace);

#endif
