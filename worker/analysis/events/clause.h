/* The words of an event's own clause: the trigger, its arguments and what describes them, without
 * clauses about something else. Pure. */
#ifndef NEWSMILL_WORKER_ANALYSIS_EVENTS_CLAUSE_H
#define NEWSMILL_WORKER_ANALYSIS_EVENTS_CLAUSE_H

#include "worker/analysis/syntax/tree.h"

#define CLAUSE_TOKENS_MAX 64

struct clause {
    uint32_t tokens[CLAUSE_TOKENS_MAX]; /* the nearest to the trigger first */
    size_t count;
};

/* Of a noun that is an argument, the clause of its verb. */
void clause_of(const struct tree *tree, uint32_t trigger, struct clause *out);

#endif
