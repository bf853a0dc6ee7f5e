/* What tells copies of one article from revisions of it, at the entrance: the same identity, and
 * the same bytes of title and body. One whose white space differs is taken in, and found to be a
 * copy by its `content` when it is stored: folding white space would cost each article a pass over
 * its text and a copy of it.
 *
 * XXH3 with a secret of this process, because the hash that is kept (envelope.h, `content`) costs
 * twenty times as much and can wait until the article is handed out. Nobody who does not know the
 * secret can write a text that passes for another one's copy, and nothing of it leaves the process.
 */
#ifndef NEWSMILL_INGEST_COPIES_H
#define NEWSMILL_INGEST_COPIES_H

#include <stdint.h>

#include "proto/envelope.h"

#define COPIES_SECRET_BYTES 192 /* XXH3 wants 136 at least */

struct copies {
    unsigned char secret[COPIES_SECRET_BYTES];
};

void copies_init(struct copies *copies);
/* Stands for an article, whatever it says now. */
uint64_t copies_identity(const struct copies *copies, const struct uuid *article);
/* Stands for an article as it is, in recent.h. Never 0. All of one `identity` have one place there,
 * which can be fetched while this hashes their text. */
uint64_t copies_tag(const struct copies *copies, uint64_t identity, const struct article *article);

#endif
