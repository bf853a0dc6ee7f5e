/* How the article writes each word that it begins with a capital somewhere: whether it has it in
 * lower case too, and how often with a capital inside a sentence, where capitals mean something. */
#ifndef NEWSMILL_WORKER_ANALYSIS_NAMES_USES_H
#define NEWSMILL_WORKER_ANALYSIS_NAMES_USES_H

#include "worker/analysis/doc.h"

#define USE_NONE UINT32_MAX

struct word_use {
    bool lower;     /* it is written in lower case too */
    uint16_t inner; /* times with a capital and not first in the sentence */
};

struct word_uses {
    uint32_t *of; /* by word of the document: an index into `items`, or USE_NONE */
    struct word_use *items;
    size_t count;
    uint32_t topics; /* NAME_WORD_TOPICS that the article is about */
};

/* True when a name may begin at the word: it has a capital. */
bool use_is_capital(const struct doc *doc, uint32_t word);

/* Lists the uses of `doc`'s words. REJECT at the arena's limit. */
enum status word_uses_of(const struct doc *doc, struct word_uses *out,
                         struct arena *arena) MUST_CHECK;

#endif
