/* How the words of a sentence speak of somebody it mentions.
 *
 * Every tonal word counts, the less the farther it is: in steps through the tree (what is said of
 * somebody's own clause is near, whatever stands between) and in words. What lies on the way says
 * whom a word is about: who suffers or owns something has it said of him, who condemns or says
 * something has not, and a clause with a subject of its own is about that one. */
#ifndef NEWSMILL_WORKER_ANALYSIS_TONE_TOWARD_H
#define NEWSMILL_WORKER_ANALYSIS_TONE_TOWARD_H

#include "worker/analysis/syntax/tree.h"

/* A sentence's words as tone_of_words() weighs them. */
struct weighed {
    const double *weights;   /* of the words [first_word, word_end) */
    const uint32_t *word_of; /* of each token: 1 + the word it begins in, or 0 */
    uint32_t first_word, word_end;
};

/* The tone towards the phrase with the head `token`, -100 to 100, about ±1 for a plain word of
 * praise or blame. */
double tone_toward(const struct tree *tree, uint32_t token, const struct weighed *words);

#endif
