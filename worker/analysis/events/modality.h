/* Whether an event happened: actual, announced, imagined, long past; denied; said by whom. Pure. */
#ifndef NEWSMILL_WORKER_ANALYSIS_EVENTS_MODALITY_H
#define NEWSMILL_WORKER_ANALYSIS_EVENTS_MODALITY_H

#include "worker/analysis/syntax/tree.h"

enum modality { MODALITY_ACTUAL, MODALITY_FUTURE, MODALITY_HYPOTHETICAL, MODALITY_HISTORICAL };

struct standing {
    enum modality modality;
    bool negated;
    bool past;         /* told in the past tense */
    bool obliged;      /* must, should: somebody is told to */
    uint32_t reporter; /* the verb that reports it ("said"), TREE_NONE */
    uint32_t witness;  /* whom "according to" names, TREE_NONE */
};

struct standing standing_of(const struct tree *tree, uint32_t trigger);
/* "actual", "future", … */
const char *modality_name(enum modality modality);

/* Verbs that report what others did: say, announce, … */
bool modality_reports(const struct tree *tree, uint32_t token);

#endif
