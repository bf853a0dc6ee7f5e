/* The events of one article, and the merging of those that are told more than once. */
#ifndef NEWSMILL_WORKER_ANALYSIS_EVENTS_MERGE_H
#define NEWSMILL_WORKER_ANALYSIS_EVENTS_MERGE_H

#include "common/arena.h"
#include "proto/result.h"

struct event_list {
    void *items; /* of struct result_event */
    size_t count, capacity;
    bool failed; /* the arena's limit was met */
};

/* False when the arena is at its limit. */
bool event_list_add(struct event_list *list, const struct result_event *event, struct arena *arena);

/* One event for those of the same type, modality and sides, in the order of the text: the first,
 * with the mentions of all and the greatest confidence. */
struct field_list event_list_merge(struct event_list *list, struct arena *arena);

#endif
