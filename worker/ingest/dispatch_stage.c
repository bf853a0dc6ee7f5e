/* What of the window is at which stage: for those who watch. */
#include "worker/ingest/dispatch_state.h"

struct dispatch_stage dispatch_stage(const struct dispatch *dispatch, enum role role,
                                     int64_t now_ms)
{
    struct dispatch_stage stage = {.oldest_ms = -1};
    for (uint32_t i = 0; i < dispatch->options.window_messages; i++) {
        const struct entry *entry = &dispatch->entries[i];
        if (!entry->active || entry->stage != role)
            continue;
        bool waits = entry->on == &dispatch->waiting;
        stage.leased += entry->holder != NULL;
        stage.waiting += waits;
        stage.ready += !entry->holder && !waits;
        if (entry->holder && now_ms - entry->leased_ms > stage.longest_ms)
            stage.longest_ms = now_ms - entry->leased_ms;
        if (stage.oldest_ms < 0 || entry->received_ms < stage.oldest_ms)
            stage.oldest_ms = entry->received_ms;
    }
    stage.free = dispatch->available[role].first != NULL;
    return stage;
}

void dispatch_find(const struct dispatch *dispatch, const struct uuid *uuid, dispatch_found *found,
                   void *user)
{
    for (uint32_t i = 0; i < dispatch->options.window_messages; i++) {
        const struct entry *entry = &dispatch->entries[i];
        if (!entry->active ||
            !(uuid_equal(uuid, &entry->name.article) || uuid_equal(uuid, &entry->name.key)))
            continue;
        struct dispatch_place place = {.stage = entry->stage,
                                       .waiting = entry->on == &dispatch->waiting,
                                       .leased_ms = entry->leased_ms};
        dispatch_describe(entry, &place.delivery);
        found(user, &place);
    }
}
