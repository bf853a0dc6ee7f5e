/* Cuts a sentence into the tokens of Universal Dependencies for English: do|n't, China|'s,
 * state|-|owned,
 * $|5|,; numbers, abbreviations, acronyms, addresses of the web and smileys stay whole.
 * Each decision looks at a bounded stretch, so that the whole is linear. Pure. */
#ifndef NEWSMILL_WORKER_ANALYSIS_SYNTAX_TOKENIZER_H
#define NEWSMILL_WORKER_ANALYSIS_SYNTAX_TOKENIZER_H

#include <stdint.h>

#include "common/arena.h"
#include "common/slice.h"
#include "common/status.h"

struct token_span {
    uint32_t from, to; /* bytes of the text */
};

struct token_list {
    struct token_span *items;
    size_t count, capacity;
};

/* Appends the tokens of the sentence [from, to) of `text`. REJECT at the arena's limit. */
enum status tokenizer_cut(struct slice text, size_t from, size_t to, struct token_list *out,
                          struct arena *arena) MUST_CHECK;

#endif
