/* How the article writes each word that it begins with a capital somewhere: whether it has it in
 * lower case too, and how often with a capital inside a sentence, where capitals mean something.
 * And what name_words says of each of its words, looked up once a kind. */
#ifndef NEWSMILL_WORKER_ANALYSIS_NAMES_USES_H
#define NEWSMILL_WORKER_ANALYSIS_NAMES_USES_H

#include "worker/analysis/doc.h"

#define USE_NONE UINT32_MAX

struct word_use {
    bool lower;     /* it is written in lower case too */
    uint16_t inner; /* times with a capital and not first in the sentence */
    uint32_t count; /* times with a capital */
};

struct word_uses {
    uint32_t *of; /* by word of the document: an index into `items`, or USE_NONE */
    struct word_use *items;
    size_t count;
    uint32_t *values; /* of name_words, by kind of word */
    uint32_t topics;  /* NAME_WORD_TOPICS that the article is about */
};

static inline uint32_t use_value(const struct doc *doc, const struct word_uses *uses, uint32_t word)
{
    return uses->values[doc->word_kinds[word]];
}

/* True when a name may begin at the word: it has a capital. */
bool use_is_capital(const struct doc *doc, uint32_t word);

/* Lists the uses of `doc`'s words. REJECT at the arena's limit. */
enum status word_uses_of(const struct doc *doc, struct word_uses *out,
                         struct arena *arena) MUST_CHECK;

#endif
