/* Which of many recent articles share a band of their sketches (sketch.h) with one: in memory, by a
 * hash table, so that nothing has to be asked for the many that are like no other.
 *
 *   chains: hash of a band -> its first and last link, in the order they were added
 *   links:  8 an article: the band's tag, and the links before and after it
 *   keys:   one an article, in the order they were added
 *
 * A band counts with its lower 48 bits, of which a tag keeps 32: one answer in some thousands is of
 * an article that shares nothing, as it is for the caller to compare sketches. One owner, one
 * thread; NEAR_ARTICLE_BYTES of memory for each of `most` articles at the end, less as long as
 * there are fewer. */
#ifndef NEWSMILL_STORAGE_NEAR_H
#define NEWSMILL_STORAGE_NEAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/uuid.h"
#include "worker/storage/sketch.h"

#define NEAR_ARTICLE_BYTES 116
#define NEAR_BAND_MOST     64 /* of one band the earliest are told */
#define NEAR_BAND_LATEST   16 /* and of one that is not looked through, those added last */
#define NEAR_MOST          ((NEAR_BAND_MOST + NEAR_BAND_LATEST) * SKETCH_BANDS)

struct near;

/* What is known of an article: `key` is time-ordered (the envelope's). */
struct near_article {
    struct uuid key;
    uint64_t bands[SKETCH_BANDS];
    uint32_t count; /* of bands: none for a text without words */
};

/* NULL without memory. */
struct near *near_new(size_t most);
void near_free(struct near *near);
size_t near_count(const struct near *near);
/* Of the oldest quarter that was added, the newest; INT64_MAX of none. */
int64_t near_quarter_ms(const struct near *near);
/* False when it is full, or without memory. A key may be added again, with other bands. */
bool near_add(struct near *near, const struct near_article *article);
/* Keys of others that share a band and are not further away than `span_ms`; how many, at most
 * NEAR_MOST. Looks at `walk` links for a band, half of them those added first, half those added
 * last: many share the hash of what boilerplate says, and a copy is most often of a recent article.
 */
#define NEAR_WALK ((size_t)16384)
size_t near_find(struct near *near, const struct near_article *article, int64_t span_ms,
                 size_t walk, struct uuid *out);
/* Drops what is older. */
void near_evict(struct near *near, int64_t since_ms);

/* Milliseconds since 1970 that a key begins with. */
int64_t near_ms(const struct uuid *key);

#endif
