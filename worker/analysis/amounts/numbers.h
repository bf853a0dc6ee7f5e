/* Reading a number that is written in digits, in words, or in both: 1,234.5; 2¾; two hundred and
 * two thousand; 3 million and a half; minus five point five; three fifths; one out of three.
 * English words; digits and scale words in other languages too. Pure. */
#ifndef NEWSMILL_WORKER_ANALYSIS_AMOUNTS_NUMBERS_H
#define NEWSMILL_WORKER_ANALYSIS_AMOUNTS_NUMBERS_H

#include "worker/analysis/words/pieces.h"

struct number {
    size_t first, end; /* pieces */
    double value;
    bool digits; /* it begins in digits */
    bool words;  /* a word of it is more than a scale: "two", not "million" in "2 million" */
    bool whole;  /* a whole number, not a fraction */
};

/* The number that begins at piece `at`; false when none does, or when what stands there is part of
 * something else (A4, 10:30, 1.2.3.4, 180ml is read as 180). */
bool number_read(const struct doc *doc, size_t at, struct number *out);

/* The same without a look at what stands before: USD5. */
bool number_read_here(const struct doc *doc, size_t at, struct number *out);

/* Whether a number, a word that amounts begin with or a sign that is not ASCII stands at this
 * piece, of the text's: what is asked first, for most do not. */
bool number_may_go_on(const struct doc *doc, size_t at);
static inline bool number_may_begin(const struct doc *doc, size_t at)
{
    const struct doc_piece *piece = &doc->pieces[at];
    return (piece->kind != PIECE_LETTERS || piece->counts) && number_may_go_on(doc, at);
}

/* Digits alone, with separators; `*end` is the piece behind. */
bool number_digits(const struct doc *doc, size_t at, double *value, size_t *end);

#endif
