/* How often the words of an article occur: what a summary and key phrases weigh by. */
#ifndef NEWSMILL_WORKER_ANALYSIS_GIST_FREQUENCIES_H
#define NEWSMILL_WORKER_ANALYSIS_GIST_FREQUENCIES_H

#include "worker/analysis/doc.h"

struct frequency {
    uint64_t hash;
    uint32_t count, first; /* the word where it stands first */
};
struct frequencies {
    struct frequency *slots; /* open addressing, linear probing */
    size_t mask;
};

/* Words of more than three bytes; REJECT at the arena's limit. */
enum status frequencies_count(const struct doc *doc, struct frequencies *out,
                              struct arena *arena) MUST_CHECK;
/* NULL for words that are not counted. */
const struct frequency *frequency_of(const struct frequencies *frequencies, uint64_t hash);

#endif
