/* Words as dictionaries and texts are compared: cut at everything that is neither a letter nor a
 * digit, folded as the word tables are. "U.N.", "U_N" and "u n" are the same two pieces. Pure. */
#ifndef NEWSMILL_WORKER_ANALYSIS_PETRARCH_PETRARCH_PIECES_H
#define NEWSMILL_WORKER_ANALYSIS_PETRARCH_PETRARCH_PIECES_H

#include <stdbool.h>

#include "common/slice.h"

#define PETRARCH_KEY_BYTES  250
#define PETRARCH_PIECES_MAX 16 /* of a phrase */

/* The next piece of `text` from byte `*at` on, not folded; false when there is none. Moves `*at`
 * behind it. */
bool petrarch_next_piece(struct slice text, size_t *at, struct slice *piece);
/* The folded pieces of a phrase with one space between them; `*count` is their number. Empty when
 * there are none, or too many. */
struct slice petrarch_key(struct slice phrase, char out[PETRARCH_KEY_BYTES], size_t *count);

#endif
