/* ICU's word break iterators, opened once a language and kept. One thread; not for sharing. */
#ifndef NEWSMILL_WORKER_ANALYSIS_WORDS_WORDS_H
#define NEWSMILL_WORKER_ANALYSIS_WORDS_WORDS_H

#include "common/status.h"

struct doc_breaks;

enum status words_breaks_new(struct doc_breaks **out, struct fault *fault) MUST_CHECK;
void words_breaks_free(struct doc_breaks *breaks);

#endif
