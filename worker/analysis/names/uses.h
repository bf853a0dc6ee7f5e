/* How the article writes each word that it begins with a capital somewhere: whether it has it in
 * lower case too, and how often with a capital inside a sentence, where capitals mean something.
 * And what name_words says of each of its words, looked up once a kind. */
#ifndef NEWSMILL_WORKER_ANALYSIS_NAMES_USES_H
#define NEWSMILL_WORKER_ANALYSIS_NAMES_USES_H

#include "worker/analysis/doc.h"

struct word_use {
    uint32_t kind;  /* of the document's words */
    uint32_t count; /* times with a capital */
    uint16_t inner; /* times with a capital and not first in the sentence */
    bool lower;     /* it is written in lower case too */
};

struct word_uses {
    uint32_t *of; /* by word of the document: 1 + an index into `items`, 0 for none */
    struct word_use *items;
    size_t count;
    uint32_t *starts; /* the words with a capital and the numbers, in the order of the text */
    size_t start_count;
    uint32_t *topical; /* the words in lower case that tell a topic, likewise */
    size_t topical_count;
    uint32_t *values; /* of name_words, by kind of word */
    uint32_t topics;  /* NAME_WORD_TOPICS that the article is about */
};

static inline uint32_t use_value(const struct doc *doc, const struct word_uses *uses, uint32_t word)
{
    return uses->values[doc->word_kinds[word]];
}

/* Lists the uses of `doc`'s words. REJECT at the arena's limit. */
enum status word_uses_of(const struct doc *doc, struct word_uses *out,
                         struct arena *arena) MUST_CHECK;

#endif
