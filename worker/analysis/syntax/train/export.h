/* Writes what was learned as a model file (worker/analysis/syntax/model.h). */
#ifndef NEWSMILL_WORKER_ANALYSIS_SYNTAX_TRAIN_EXPORT_H
#define NEWSMILL_WORKER_ANALYSIS_SYNTAX_TRAIN_EXPORT_H

#include "worker/analysis/syntax/train/net.h"
#include "worker/analysis/syntax/train/vocabulary.h"

/* Irregular lemmas come from WordNet's lists and, where its rules fail, from the treebank. Ends the
 * program when `path` cannot be written. */
void export_model(const char *path, const struct net *net, const struct vocabulary *vocabulary,
                  const struct conllu *treebank, const char *wordnet);

/* ---- inside: lemmas.c ---- */

struct lemma_table {
    struct lemma_slot *slots;
    uint32_t size, used; /* size is a power of two */
    char *pool;
    uint32_t pool_len;
};

/* `model` knows the words; its own table of lemmas is not looked at. */
void lemmas_collect(const struct model *model, const struct conllu *treebank, const char *wordnet,
                    struct lemma_table *out);
void lemmas_free(struct lemma_table *table);

#endif
