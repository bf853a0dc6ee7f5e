/* What an event is about: PLOVER's contexts, from the words of its clause (data/themes.txt) and its
 * CAMEO code (data/cameo.txt). Pure. */
#ifndef NEWSMILL_WORKER_ANALYSIS_EVENTS_CONTEXTS_H
#define NEWSMILL_WORKER_ANALYSIS_EVENTS_CONTEXTS_H

#include "worker/analysis/events/clause.h"

#define CONTEXTS_MAX 5

/* Of struct slice, those with the most words first; none is an empty list. The list has no items
 * at the arena's limit. */
struct field_list contexts_of(const struct tree *tree, const struct clause *clause,
                              const char *cameo, struct arena *arena);

#endif
