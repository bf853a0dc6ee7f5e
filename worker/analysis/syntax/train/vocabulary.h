/* The words the model knows: those of the treebank that are seen often enough have a vector of
 * their own, and WordNet says how a form may be read. */
#ifndef NEWSMILL_WORKER_ANALYSIS_SYNTAX_TRAIN_VOCABULARY_H
#define NEWSMILL_WORKER_ANALYSIS_SYNTAX_TRAIN_VOCABULARY_H

#include "worker/analysis/syntax/features.h"
#include "worker/analysis/syntax/train/conllu.h"

struct vocabulary {
    struct word_slot *slots;
    struct word_table table; /* the same, as features_of() takes it */
    uint32_t used;
    uint32_t rows;    /* of word vectors; row 0 is the unknown word */
    uint32_t *counts; /* how often each row's word is in the treebank */
};

/* `wordnet` is the folder of WordNet 3.0's data files. */
void vocabulary_make(const struct conllu *treebank, unsigned count_min, const char *wordnet,
                     struct vocabulary *out);
/* The slot of the word with this hash, made when it is new; valid until the next call. */
struct word_slot *vocabulary_know(struct vocabulary *vocabulary, uint32_t hash);
void vocabulary_free(struct vocabulary *vocabulary);

#endif
