/* One article, one event once. */
#include "worker/analysis/events/merge.h"

#include <stdlib.h>
#include <string.h>

bool event_list_add(struct event_list *list, const struct result_event *event, struct arena *arena)
{
    struct result_event *added =
        arena_push(&list->items, &list->count, &list->capacity, sizeof *added, arena);
    if (added)
        *added = *event;
    else
        list->failed = true;
    return added != NULL;
}

static bool same_side(const struct field_list *a, const struct field_list *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct result_actor *one = field_at(*a, struct result_actor, i);
        const struct result_actor *other = field_at(*b, struct result_actor, i);
        if (!slice_equal(one->code, other->code) || !slice_equal(one->sector, other->sector))
            return false;
    }
    return true;
}

static bool same_event(const struct result_event *a, const struct result_event *b)
{
    return slice_equal(a->type, b->type) && slice_equal(a->modality, b->modality) &&
           a->negated == b->negated && same_side(&a->source, &b->source) &&
           same_side(&a->target, &b->target);
}

static int by_place(const void *a, const void *b)
{
    uint32_t one = ((const struct result_event *)a)->start;
    uint32_t other = ((const struct result_event *)b)->start;
    return one < other ? -1 : one > other;
}

static void join(struct result_event *into, const struct result_event *event)
{
    into->mentions += event->mentions;
    if (event->confidence > into->confidence)
        into->confidence = event->confidence;
    if (into->date.data == NULL)
        into->date = event->date;
    if (into->place == FIELD_NONE)
        into->place = event->place;
}

struct field_list event_list_merge(struct event_list *list, struct arena *arena)
{
    struct result_event *events = list->items;
    size_t kept = 0;
    (void)arena;
    if (list->count > 1)
        qsort(events, list->count, sizeof *events, by_place);
    for (size_t i = 0; i < list->count; i++) {
        size_t same = 0;
        while (same < kept && !same_event(&events[same], &events[i]))
            same++;
        if (same < kept)
            join(&events[same], &events[i]);
        else
            events[kept++] = events[i];
    }
    return (struct field_list){events, kept};
}
