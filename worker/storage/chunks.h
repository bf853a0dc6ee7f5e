/* A text cut into the pieces that PostgreSQL's default text-search parser reads each by itself.
 *
 * A chunk is a run without white space, and without the punctuation around it that means nothing to
 * the parser: read between two spaces it gives the tokens that it gives in the text. Derived from
 * the parser's table of states (src/backend/tsearch/wparser_def.c, PostgreSQL 9 to 18):
 *
 *   only tags and comments, which begin with <, and entities, with &, take white space or the signs
 *   of PLAIN below for anything else than the end of a token; an entity holds no white space;
 *   behind white space or such a sign all but letters, digits and < & + - / is passed over;
 *   a full stop or a colon at the end of a run matters in nothing but two full stops before white
 *   space, which are a file name.
 *
 * What is no letter, digit or combining mark beyond ASCII depends on the server's locale: it is
 * asked for (chunks_add_sign()); until then such signs are part of a chunk, as letters are.
 *
 * Pure. Two kinds of text are read: one of which newsmill.search_text() makes spaces of hyphens,
 * slashes and underscores, so they are, and one that it leaves them in, where they may be part of a
 * path or of a compound and are like an &. */
#ifndef NEWSMILL_STORAGE_CHUNKS_H
#define NEWSMILL_STORAGE_CHUNKS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/slice.h"

#define CHUNK_BYTES_MAX 255

/* Signs beyond ASCII that part words and are nothing else, of the blocks where punctuation is. */
#define CHUNK_SIGNS 240
struct chunk_signs {
    bool is[CHUNK_SIGNS];
};
/* The code points that may be; and one of them that is. */
uint32_t chunks_sign(size_t index);
void chunks_add_sign(struct chunk_signs *signs, uint32_t code);

struct chunks {
    const char *at, *end;
    const struct chunk_signs *signs; /* borrowed */
    bool dashes;                     /* hyphens, slashes and underscores are what they are */
    bool whole;
};

enum chunk { CHUNK_FOUND, CHUNK_END, CHUNK_WHOLE };

/* `text` is valid UTF-8. */
void chunks_begin(struct chunks *chunks, struct slice text, bool dashes,
                  const struct chunk_signs *signs);
/* The next chunk, of 1 to CHUNK_BYTES_MAX bytes. CHUNK_WHOLE: this text cannot be cut, what was
 * found of it is of no use. */
enum chunk chunks_next(struct chunks *chunks, struct slice *chunk);

#endif
