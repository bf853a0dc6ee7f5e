/* Which pattern of data/event_patterns.txt a word of the text fulfils. Pure. */
#ifndef NEWSMILL_WORKER_ANALYSIS_EVENTS_PATTERNS_H
#define NEWSMILL_WORKER_ANALYSIS_EVENTS_PATTERNS_H

#include "worker/analysis/events/clause.h"
#include "worker/analysis/tables.h"

/* Of the patterns whose conditions all hold for this verb or noun, the one with the most, those
 * that name words counting double; NULL when none does. */
const struct event_pattern *pattern_of(const struct tree *tree, uint32_t token);

/* The mode that the words of the clause tell for an event of this type whose pattern has none;
 * NULL.
 */
const char *pattern_mode(const struct tree *tree, const struct clause *clause, const char *type);

#endif
