/* What the files that read numbers share: numbers.c puts a number together, number_digits.c reads
 * digits, number_words.c words, number_fractions.c fractions. */
#ifndef NEWSMILL_WORKER_ANALYSIS_AMOUNTS_NUMBER_READER_H
#define NEWSMILL_WORKER_ANALYSIS_AMOUNTS_NUMBER_READER_H

#include "worker/analysis/amounts/numbers.h"
#include "worker/analysis/tables.h"

#define NUMBER_VALUE_MAX 1e18

/* ---- number_digits.c ---- */

size_t piece_digit_count(const struct doc *doc, size_t at); /* 0: no digits */
double piece_digits(const struct doc *doc, size_t at);
/* No blank stands before it. */
bool piece_is_stuck(const struct doc *doc, size_t at);
/* A sign between two runs of digits, all stuck together. */
bool piece_joins(const struct doc *doc, size_t at, uint32_t sign);
/* 1/4; dates are not ours. */
bool number_digit_fraction(const struct doc *doc, size_t at, double *value, size_t *end);

/* ---- number_words.c ---- */

/* The class of a word (tables.h), 0 when it is no number's. */
int number_class(const struct doc *doc, size_t at, double *value);
/* What one sign multiplies by (a myriad in East Asian writing); 0 for others. */
double number_scale_sign(const struct doc_piece *piece);
bool number_is_fraction_sign(const struct doc_piece *piece);

/* A number being read: what was read so far is `total` and `current`. */
struct reader {
    const struct doc *doc;
    size_t at;
    double total, current; /* current: below the next scale word */
    double last_scale;     /* the scale word that was read last; 0 when none */
    enum { LAST_NONE, LAST_UNIT, LAST_TENS, LAST_HUNDRED, LAST_SCALE, LAST_DIGITS } last;
    bool digits, words;
    bool inside_fraction; /* its numerator or denominator: it has none of its own */
    size_t bare_tens_at;  /* the piece of a tens word that nothing followed */
};

double reader_sum(const struct reader *reader);
bool reader_goes_on(const struct reader *reader, size_t at);
/* A number word stands there. */
bool reader_meets_word(const struct reader *reader, size_t at);
/* The piece behind a hyphen at `at`, with or without blanks around it; `at` when none stands there.
 */
size_t reader_over_hyphen(const struct reader *reader, size_t at);
/* Takes a word of that class and value in; it is the caller who moves on. */
void reader_take(struct reader *reader, int class, double value);
/* Reads number words and scales from here on, "and" between them where English has it. */
void reader_words(struct reader *reader);

/* ---- number_fractions.c ---- */

/* A fraction at `at` whose numerator is a word, or "a": three fifths, a third, half. */
bool reader_fraction(const struct reader *from, size_t at, double *value, size_t *end);
/* "of a million", "million", "a million": what a fraction is of. 1 when nothing. */
double reader_fraction_of(const struct reader *reader, size_t *end);
/* "and a half", "and three quarters": of the scale before, or of one that follows. */
void reader_and_fraction(struct reader *reader);
/* A denominator behind what was read: three | fifths. */
bool reader_denominator(struct reader *reader, double *value);
/* "over 3", "out of three" */
bool reader_ratio(struct reader *reader, double *value);

#endif
