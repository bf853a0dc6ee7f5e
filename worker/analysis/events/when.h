/* When and where an event was, from the dates and places found before, and whether that makes it
 * history. Pure. */
#ifndef NEWSMILL_WORKER_ANALYSIS_EVENTS_WHEN_H
#define NEWSMILL_WORKER_ANALYSIS_EVENTS_WHEN_H

#include "worker/analysis/events/modality.h"

struct when {
    struct slice date; /* ISO 8601, from an expression of the sentence; NULL data */
    int64_t place;     /* an index into the result's places; FIELD_NONE */
    enum modality modality;
};

/* `today` is the article's day as ISO 8601, for what is told in the past tense without a date; NULL
 * data when unknown. */
struct when when_of(const struct tree *tree, uint32_t trigger, const struct standing *standing,
                    struct slice today);

#endif
