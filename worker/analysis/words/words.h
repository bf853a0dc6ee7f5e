/* ICU's word break iterators, opened once a language and kept. One thread; not for sharing. */
#ifndef NEWSMILL_WORKER_ANALYSIS_WORDS_WORDS_H
#define NEWSMILL_WORKER_ANALYSIS_WORDS_WORDS_H

#include "common/slice.h"
#include "common/status.h"

struct doc_breaks;

#define WORDS_FOLD_BYTES 259 /* room for a folded form; longer ones are cut */

enum status words_breaks_new(struct doc_breaks **out, struct fault *fault) MUST_CHECK;
void words_breaks_free(struct doc_breaks *breaks);

/* The folded form of one word, as the lexicons have it; returns its length. */
size_t words_fold(struct slice word, char fold[WORDS_FOLD_BYTES]);

#endif
