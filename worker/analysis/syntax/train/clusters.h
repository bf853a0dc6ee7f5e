/* Classes of words that stand in like places, found in text without any marking: what the treebank
 * does not know of a word, its class may tell.
 *
 * Each word is a vector of its neighbours, left and right, weighted by positive pointwise mutual
 * information; spherical k-means makes coarse classes of these, and fine ones of each (after
 * Schütze, "Part-of-speech induction from scratch", 1993). Seeded and in fixed order: the same text
 * gives the same classes. */
#ifndef NEWSMILL_WORKER_ANALYSIS_SYNTAX_TRAIN_CLUSTERS_H
#define NEWSMILL_WORKER_ANALYSIS_SYNTAX_TRAIN_CLUSTERS_H

#include "worker/analysis/syntax/train/vocabulary.h"

/* Reads the *.txt files of `folder` in the order of their names, WordNet's glosses and the
 * treebank, and sets the class of each word of the vocabulary that is seen often enough; adds those
 * that are new. */
void clusters_find(const char *folder, const char *wordnet, const struct conllu *treebank,
                   struct vocabulary *vocabulary);

#endif
