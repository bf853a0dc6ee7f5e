/* Which places the gazetteers know by a name. */
#ifndef NEWSMILL_WORKER_ANALYSIS_PLACES_CANDIDATES_H
#define NEWSMILL_WORKER_ANALYSIS_PLACES_CANDIDATES_H

#include "worker/analysis/places/mentions.h"

/* Has fetched what the gazetteers say of the first names of the document, which lies far apart. */
void names_expect(const struct doc *doc);
/* The hash of the name that the words [first, end) make. */
uint64_t name_hash(const struct doc *doc, uint32_t first, uint32_t end);
/* How many words at `first`, at most up to `end`, are the longest known name; 0 none. */
uint32_t longest_name(const struct doc *doc, uint32_t first, uint32_t end);
/* Fills `out` with the likeliest places of this name in all gazetteers, each once. */
size_t find_candidates(const struct doc *doc, uint64_t hash,
                       struct place_candidate out[PLACE_CANDIDATES_MAX]);

#endif
