/* The tone of a run of words, for the article, its sentences, and the clauses that speak of a
 * target. */
#ifndef NEWSMILL_WORKER_ANALYSIS_TONE_TONE_H
#define NEWSMILL_WORKER_ANALYSIS_TONE_TONE_H

#include "worker/analysis/doc.h"

/* The weights found in a run of words, both not negative, and how many words say what. */
struct tone_sums {
    double positive, negative;
    size_t activity, self_group;
};

/* Reads the words [first, end) of one sentence; adds nothing to what `doc` holds. `weights` has
 * room for one number a word, which says what that word adds; it may be NULL. */
struct tone_sums tone_of_words(const struct doc *doc, size_t first, size_t end, double *weights);

/* positive minus negative, per cent of `words`, -100 to 100. A short text says little: ten words
 * without tone are added to each, or one word in a headline would outweigh a whole column. */
double tone_per_cent(const struct tone_sums *sums, size_t words);

#endif
