/* Which articles, as they were (copies.h), were accepted lately and did not end as dead letters: a
 * bounded memory of 64 bits each, never 0, so that a producer that sends again is told so. Storage
 * is the judge of what is stored; forgetting here costs nothing but the early answer. */
#ifndef NEWSMILL_INGEST_RECENT_H
#define NEWSMILL_INGEST_RECENT_H

#include <stdbool.h>
#include <stdint.h>

struct recent;

/* The bits of a tag that say where it is kept. */
#define RECENT_PLACE ((uint64_t)0xffff << 20)

/* Remembers about the last `capacity` of them, a power of two up to 2^18. NULL without memory. */
struct recent *recent_new(uint32_t capacity);
void recent_free(struct recent *recent);

/* Asks for the memory where tags of this place are. */
void recent_fetch(const struct recent *recent, uint64_t tag);
bool recent_has(const struct recent *recent, uint64_t tag);
void recent_add(struct recent *recent, uint64_t tag);
void recent_remove(struct recent *recent, uint64_t tag);

#endif
