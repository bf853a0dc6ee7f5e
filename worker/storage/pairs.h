/* Pairs of signs, for scripts that write no spaces between words: 東京都 is 東京 京都 都. What
 * newsmill.search_text('signs', text) gives, with the same signs. Pure. */
#ifndef NEWSMILL_STORAGE_PAIRS_H
#define NEWSMILL_STORAGE_PAIRS_H

#include "common/buffer.h"

/* Appends it, of the first 50,000 code points. `text` is valid UTF-8. */
void pairs_write(struct slice text, struct buffer *out);

#endif
