/* Who it is that speaks: the name that a speaker is written with, or the person that "she" or "he"
 * stands for where only one can be meant.
 *
 * A pronoun is resolved when, in its paragraph and the one before it, exactly one person is named
 * outside quotations whose gender fits (data/genders.txt; a name that tells nothing fits either),
 * and nobody without a name has spoken in between. Otherwise the pronoun stays what it is. Pure;
 * looks at a bounded stretch before each pronoun. */
#ifndef NEWSMILL_WORKER_ANALYSIS_QUOTES_SPEAKERS_H
#define NEWSMILL_WORKER_ANALYSIS_QUOTES_SPEAKERS_H

#include "worker/analysis/doc.h"

/* A quotation with the token that is its speaker's head, DOC_TOKEN_NONE without one. */
struct spoken {
    struct result_quote quote;
    uint32_t speaker;
};

/* Fills `name` and `key` of quotations that are in the order of the text. REJECT at the arena's
 * limit. */
enum status speakers_name(const struct doc *doc, struct spoken *spoken, size_t count,
                          struct arena *arena) MUST_CHECK;

#endif
