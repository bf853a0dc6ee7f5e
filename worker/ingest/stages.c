/* The stages of this node as others see them: depths, ages, rates, and the bottleneck. */
#include "common/clock.h"
#include "proto/link.h"
#include "worker/ingest/bottleneck.h"
#include "worker/ingest/ingest_state.h"

enum { STAGE_INGEST, STAGE_ANALYZE, STAGE_STORE, STAGES };

void stages_look(struct ingest *ingest)
{
    struct backlog_books books = ingest->backlog.verbs->books(ingest->backlog.self);
    const uint64_t counts[RATES] = {
        [RATE_ACCEPTED] = books.accepted,
        [RATE_ANALYZED] = dispatch_counts(ingest->dispatch).analyzed,
        [RATE_DONE] = books.stored + books.duplicate + books.dead,
    };
    /* A backlog elsewhere has not told its books yet: their jump will be no rate. */
    if (books.accepted == 0 && ingest->backlog.verbs->refuses(ingest->backlog.self))
        return;
    rates_look(&ingest->rates, loop_now_ms(ingest->loop), counts);
}

static int64_t age(int64_t received_ms)
{
    return received_ms < 0 ? FIELD_NONE : clock_wall_ms() - received_ms;
}

static struct link_stage of_dispatch(const char *name, const struct dispatch_stage *stage,
                                     double rate)
{
    return (struct link_stage){.stage = slice_from(name),
                               .ready = stage->ready,
                               .leased = stage->leased,
                               .waiting = stage->waiting,
                               .oldest_ms = age(stage->oldest_ms),
                               .rate = rate};
}

static struct bottleneck_stage facts_of(const struct dispatch_stage *stage, const char *role,
                                        const struct field_list *workers)
{
    struct bottleneck_stage facts = {.ready = stage->ready,
                                     .leased = stage->leased,
                                     .waiting = stage->waiting,
                                     .free = stage->free,
                                     .longest_ms = stage->longest_ms};
    for (size_t i = 0; i < workers->count; i++) {
        const struct link_worker *worker = field_at(*workers, struct link_worker, i);
        if (!slice_is(worker->role, role))
            continue;
        facts.workers++;
        facts.credit += worker->credit_messages;
        facts.quiet += worker->credit_messages == 0;
    }
    return facts;
}

void stages_describe(struct ingest *ingest, struct link_status *status, struct arena *arena)
{
    int64_t now = loop_now_ms(ingest->loop);
    struct dispatch_stage analyze = dispatch_stage(ingest->dispatch, ROLE_ANALYZE, now);
    struct dispatch_stage store = dispatch_stage(ingest->dispatch, ROLE_STORE, now);
    const struct backlog_stats backlog = ingest->backlog.verbs->stats(ingest->backlog.self);
    uint32_t active = dispatch_counts(ingest->dispatch).active;
    uint64_t behind = status->books.in_flight > active ? status->books.in_flight - active : 0;
    const struct bottleneck_facts facts = {
        .in_flight = status->books.in_flight,
        .behind = behind,
        .disk_full = ingest->disk.level == WATERMARK_STOP || backlog.full,
        .refuses = backlog.full ? NULL : ingest->backlog.verbs->refuses(ingest->backlog.self),
        .window_full = !dispatch_has_room(ingest->dispatch),
        .accepted_rate = rates_of(&ingest->rates, RATE_ACCEPTED),
        .analyze = facts_of(&analyze, LINK_ANALYZE, &status->workers),
        .store = facts_of(&store, LINK_STORE, &status->workers),
    };
    struct bottleneck *found = arena_alloc(arena, sizeof *found);
    struct link_stage *stages = arena_array(arena, STAGES, sizeof *stages);
    if (!found || !stages)
        return;
    *found = bottleneck_find(&facts);
    status->bottleneck = slice_from(found->stage);
    status->bottleneck_why = slice_from(found->why);
    stages[STAGE_INGEST] =
        (struct link_stage){.stage = SLICE_LITERAL("ingest"),
                            .ready = behind < UINT32_MAX ? (uint32_t)behind : UINT32_MAX,
                            .oldest_ms = FIELD_NONE,
                            .rate = facts.accepted_rate};
    stages[STAGE_ANALYZE] =
        of_dispatch(LINK_ANALYZE, &analyze, rates_of(&ingest->rates, RATE_ANALYZED));
    stages[STAGE_STORE] = of_dispatch(LINK_STORE, &store, rates_of(&ingest->rates, RATE_DONE));
    status->stages = (struct field_list){stages, STAGES};
}
