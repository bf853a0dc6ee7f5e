/* Lemmas: the dictionary form of a word by its tag. Irregular ones from the model's table, the
 * others by WordNet's rules, preferring what is a word. Pure. */
#ifndef NEWSMILL_WORKER_ANALYSIS_SYNTAX_LEMMA_H
#define NEWSMILL_WORKER_ANALYSIS_SYNTAX_LEMMA_H

#include "common/arena.h"
#include "worker/analysis/syntax/model.h"

/* May return part of `form` or of the model. SLICE_NULL at the arena's limit. */
struct slice lemma_of(const struct model *model, struct slice form, enum upos upos, enum xpos xpos,
                      struct arena *arena);

/* The key of the model's table; never 0. `lower` is the form in lower case. */
uint32_t lemma_hash(struct slice lower, enum xpos xpos);

#endif
