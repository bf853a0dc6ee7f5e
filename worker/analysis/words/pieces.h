/* The text in fine pieces, for what is read by pattern (numbers, amounts, dates): runs of letters,
 * runs of digits, and every other sign alone. Characters of scripts that are written without spaces
 * are signs too. White space is no piece; each piece knows what kind of it stands before.
 *
 * In the document's arena, made once by the stage; plain data. */
#ifndef NEWSMILL_WORKER_ANALYSIS_WORDS_PIECES_H
#define NEWSMILL_WORKER_ANALYSIS_WORDS_PIECES_H

#include "worker/analysis/doc.h"
#include "worker/analysis/lexicon.h"

enum piece_kind { PIECE_LETTERS, PIECE_DIGITS, PIECE_SIGN };
enum piece_gap { GAP_NONE, GAP_BLANK, GAP_BREAK /* a line or paragraph ends */ };

struct doc_piece {
    uint32_t from, to;    /* bytes of text */
    uint32_t sign;        /* PIECE_SIGN: its code point */
    uint8_t kind, gap;    /* enum piece_gap, before it */
    uint8_t hints, class; /* the dates stage's own, but for PIECE_DATED in hints */
};

#define PIECE_DATED 0x80 /* part of a date, which is no amount: 1945, not "three days" */

#define PIECE_WORD_MAX 40 /* longer runs of letters are no word we know */

/* The piece, or one that is neither of the kinds' contents when there is none (past the end). */
const struct doc_piece *piece_at(const struct doc *doc, size_t index);
/* The piece in lower case (ASCII only is changed), in `out`; empty for other kinds and long ones.
 */
struct slice piece_word(const struct doc *doc, size_t index, char out[PIECE_WORD_MAX]);
bool piece_is(const struct doc *doc, size_t index, const char *lower_case_word);
bool piece_is_sign(const struct doc *doc, size_t index, uint32_t sign);
/* Neither at the text's end nor behind the end of a line. */
bool piece_goes_on(const struct doc *doc, size_t index);

/* The longest phrase of `lexicon` that begins with this piece, its words divided by blanks or
 * hyphens; `*end` is the piece behind it. NULL when there is none. */
const struct lexicon_entry *piece_phrase(const struct doc *doc, size_t index,
                                         const struct lexicon *lexicon, size_t *end);

#endif
