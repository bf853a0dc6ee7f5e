/* The known word that a mistyped one was probably meant to be: for "did you mean". Pure. */
#ifndef NEWSMILL_COMMON_NEAREST_H
#define NEWSMILL_COMMON_NEAREST_H

#include <stddef.h>

/* Collects the best of the candidates it is shown. */
struct nearest {
    const char *word; /* what was typed */
    const char *best; /* the nearest so far, or NULL when none is near enough */
    size_t distance;
};

/* Near enough is within a third of the word's letters, and at least one edit, counting insertions,
 * deletions, substitutions and swaps of neighbours (the restricted Damerau-Levenshtein distance).
 */
void nearest_init(struct nearest *nearest, const char *word);
void nearest_offer(struct nearest *nearest, const char *candidate);

#endif
