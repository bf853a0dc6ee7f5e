/* The text in fine pieces, for what is read by pattern (numbers, amounts, dates): runs of letters,
 * runs of digits, and every other sign alone. Characters of scripts that are written without spaces
 * are signs too. White space is no piece; each piece knows what kind of it stands before.
 *
 * In the document's arena, made once by the stage; plain data. */
#ifndef NEWSMILL_WORKER_ANALYSIS_WORDS_PIECES_H
#define NEWSMILL_WORKER_ANALYSIS_WORDS_PIECES_H

#include <endian.h>

#include "worker/analysis/doc.h"
#include "worker/analysis/tables.h"

enum piece_kind { PIECE_LETTERS, PIECE_DIGITS, PIECE_SIGN };
enum piece_gap { GAP_NONE, GAP_BLANK, GAP_BREAK /* a line or paragraph ends */ };

struct doc_piece {
    uint32_t from, to; /* bytes of text */
    union {
        uint64_t head; /* PIECE_LETTERS: its first eight bytes in lower case, the first the lowest;
                          zeros behind a shorter one */
        uint32_t sign; /* PIECE_SIGN: its code point */
    };
    uint16_t word;     /* PIECE_LETTERS: its row of piece_words (tables.h); 0: in no table */
    uint8_t kind, gap; /* enum piece_gap, before it */
    bool capital : 1;  /* begins with a capital letter of ASCII */
    bool counts : 1;   /* an amount may begin with it: its word's (tables.h) */
    uint8_t hints, class, begins; /* the dates stage's own, but for this hint: */
};
#define PIECE_DATED 0x80 /* part of a date, which is no amount: 1945, not "three days" */

#define PIECE_WORD_MAX 40 /* longer runs of letters are no word we know */

extern const struct lexicon *const piece_lexicons[PIECE_TABLES];
/* What stands past the end: neither of the kinds' contents. */
extern const struct doc_piece piece_none;

/* The piece, or piece_none. */
static inline const struct doc_piece *piece_at(const struct doc *doc, size_t index)
{
    return index < doc->piece_count ? &doc->pieces[index] : &piece_none;
}
/* The piece in lower case (ASCII only is changed), in `out`; empty for other kinds and long ones.
 */
struct slice piece_word(const struct doc *doc, size_t index, char out[PIECE_WORD_MAX]);
/* All of a piece of eight bytes or more that begins as the word does is the word. */
bool piece_is_tail(const struct doc *doc, const struct doc_piece *piece, const char *word);
/* Its entry in one of the PIECE_TABLES; NULL when there is none. */
static inline const struct lexicon_entry *piece_entry(const struct doc *doc, size_t index,
                                                      unsigned table)
{
    unsigned entry = piece_words[piece_at(doc, index)->word].entries[table];
    return entry ? &piece_lexicons[table]->entries[entry - 1] : NULL;
}

/* A word as lists of such have it, in lower case. */
#define PIECE_TEXT 16
static inline uint64_t piece_head(const char word[PIECE_TEXT])
{
    uint64_t head;
    memcpy(&head, word, sizeof head);
    return le64toh(head);
}
/* The piece of letters begins as the word does: is all of it the word? */
static inline bool piece_is_rest(const struct doc *doc, const struct doc_piece *piece,
                                 const char *word)
{
    return piece->head >> 56 == 0 || piece_is_tail(doc, piece, word);
}
/* The head of a word that is written in the source: a number when that is compiled. */
static inline uint64_t piece_head_of(const char *word, size_t len)
{
#define PIECE_BYTE(i) ((i) < len ? (uint64_t)(unsigned char)word[i] << 8 * (i) : 0)
    return PIECE_BYTE(0) | PIECE_BYTE(1) | PIECE_BYTE(2) | PIECE_BYTE(3) | PIECE_BYTE(4) |
           PIECE_BYTE(5) | PIECE_BYTE(6) | PIECE_BYTE(7);
#undef PIECE_BYTE
}
static inline bool piece_is(const struct doc *doc, size_t index, const char *lower_case_word)
{
    const struct doc_piece *piece = piece_at(doc, index);
    return piece->head == piece_head_of(lower_case_word, strlen(lower_case_word)) &&
           piece->kind == PIECE_LETTERS && piece_is_rest(doc, piece, lower_case_word);
}
static inline bool piece_is_sign(const struct doc *doc, size_t index, uint32_t sign)
{
    const struct doc_piece *piece = piece_at(doc, index);
    return piece->kind == PIECE_SIGN && piece->sign == sign;
}
/* Neither at the text's end nor behind the end of a line. */
static inline bool piece_goes_on(const struct doc *doc, size_t index)
{
    return index < doc->piece_count && doc->pieces[index].gap != GAP_BREAK;
}

/* The longest phrase of the table that begins with this piece, its words divided by blanks or
 * hyphens; `*end` is the piece behind it. NULL when there is none. */
const struct lexicon_entry *piece_phrase(const struct doc *doc, size_t index, unsigned table,
                                         size_t *end);

#endif
