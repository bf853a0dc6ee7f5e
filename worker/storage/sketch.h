/* The sketch of an article: what tells copies and rewrites of a text from other texts, small enough
 * to be compared by the million. Pure.
 *
 * The text is a set of shingles: every two words that follow one another, every three signs where
 * a script writes no spaces. J, the part of all shingles of two texts that both have, is 1 for
 * copies, 2/3 where one word in ten is another, near 0 for strangers. One hash a shingle puts it
 * into one of SKETCH_BITS bins, and the least hash of each bin is kept (one permutation hashing:
 * Li, Owen, Zhang, NIPS 2012; empty bins borrow: Shrivastava, Li, ICML 2014). Two texts have the
 * same least hash in a bin with the probability J. Of these
 *
 *   bits   one bit a bin: the part of equal bits is (1 + J) / 2 (Li, König, WWW 2010)
 *   bands  SKETCH_ROWS bins in one number: equal with the probability J^SKETCH_ROWS; who shares
 *          none of SKETCH_BANDS is not looked at
 *
 * A text of few words says little: its title counts with it. */
#ifndef NEWSMILL_STORAGE_SKETCH_H
#define NEWSMILL_STORAGE_SKETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "common/slice.h"

#define SKETCH_BITS  256
#define SKETCH_BANDS 8
#define SKETCH_ROWS  3

struct sketch {
    bool empty; /* no shingle: like nothing */
    uint8_t bits[SKETCH_BITS / 8];
    uint64_t bands[SKETCH_BANDS];
};

/* `title` and `text` are clean UTF-8; either may be NULL. */
void sketch_make(struct slice title, struct slice text, struct sketch *out);

#endif
