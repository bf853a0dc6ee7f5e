/* The questions, in their order. */
#include "worker/ingest/bottleneck.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define COMMIT_LATE_MS   5000  /* a batch takes milliseconds */
#define ANALYSIS_LATE_MS 30000 /* an article takes milliseconds */

__attribute__((format(printf, 3, 4))) static bool say(struct bottleneck *found, const char *stage,
                                                      const char *format, ...)
{
    va_list arguments;
    found->stage = stage;
    va_start(arguments, format);
    (void)vsnprintf(found->why, sizeof found->why, format, arguments);
    va_end(arguments);
    return true;
}

static bool at_journal(const struct bottleneck_facts *facts, struct bottleneck *found)
{
    return facts->disk_full &&
           say(found, "ingest", "The journal's disk is full: make room on the disk of --data.");
}

static bool at_cluster(const struct bottleneck_facts *facts, struct bottleneck *found)
{
    return facts->refuses && say(found, "ingest", "Nothing is accepted: %s.", facts->refuses);
}

static bool at_database(const struct bottleneck_facts *facts, struct bottleneck *found)
{
    const struct bottleneck_stage *store = &facts->store;
    if (facts->in_flight == 0)
        return false;
    if (store->workers > 0 && store->quiet == store->workers)
        return say(found, "database",
                   "All %" PRIu32
                   " storage workers take nothing: the database is not usable (their "
                   "log says why), or they were told to be quiet.",
                   store->workers);
    if (store->longest_ms > COMMIT_LATE_MS)
        return say(found, "database",
                   "A storage worker has had articles for %" PRId64 " s without a commit: the "
                   "database is away or slow.",
                   store->longest_ms / 1000);
    return false;
}

/* More waits than free hands can take: that some hand is free at this moment says nothing. */
static bool is_behind(const struct bottleneck_stage *stage)
{
    uint32_t room = stage->credit > stage->leased ? stage->credit - stage->leased : 0;
    return stage->ready > 0 && (!stage->free || stage->ready > room);
}

static bool at_store(const struct bottleneck_facts *facts, struct bottleneck *found)
{
    const struct bottleneck_stage *store = &facts->store;
    if (store->workers == 0 && facts->in_flight > 0)
        return say(found, "store", "There is no storage worker: start newsmill store.");
    if (is_behind(store))
        return say(found, "store",
                   "%" PRIu32 " results wait; storage workers: %" PRIu32
                   ", all busy. Start more, or help the database.",
                   store->ready, store->workers);
    return false;
}

static bool at_analyze(const struct bottleneck_facts *facts, struct bottleneck *found)
{
    const struct bottleneck_stage *analyze = &facts->analyze;
    if (analyze->workers == 0 && analyze->ready > 0)
        return say(found, "analyze", "There is no analysis worker: start newsmill analyze.");
    if (analyze->ready > 0 && analyze->quiet == analyze->workers)
        return say(found, "analyze",
                   "No analysis worker takes anything, of %" PRIu32
                   ": they were told to be quiet, or are stopping.",
                   analyze->workers);
    if (analyze->longest_ms > ANALYSIS_LATE_MS)
        return say(found, "analyze",
                   "An analysis worker has had an article for %" PRId64 " s: it is stuck, or has "
                   "too little of the machine.",
                   analyze->longest_ms / 1000);
    if (is_behind(analyze))
        return say(found, "analyze",
                   "%" PRIu32 " articles wait; analysis workers: %" PRIu32
                   ", all busy. Start more.",
                   analyze->ready, analyze->workers);
    return false;
}

/* No queue, and yet not everything is in memory. */
static bool at_window(const struct bottleneck_facts *facts, struct bottleneck *found)
{
    if (facts->behind == 0)
        return false;
    if (!facts->window_full)
        return say(found, "ingest",
                   "%" PRIu64 " articles are in the journal only, and there is room for them: "
                   "ingest is busy, or its disk is.",
                   facts->behind);
    bool store = facts->store.leased + facts->store.ready > facts->analyze.leased;
    return say(found, store ? "store" : "analyze",
               "%" PRIu64 " articles are in the journal only: all that --window-messages and "
               "--window-bytes allow is in hands.",
               facts->behind);
}

static bool at_retries(const struct bottleneck_facts *facts, struct bottleneck *found)
{
    uint32_t waiting = facts->analyze.waiting + facts->store.waiting;
    if (waiting == 0 || waiting < facts->in_flight)
        return false;
    return say(found, facts->store.waiting > 0 ? "store" : "analyze",
               "%" PRIu32 " articles failed and wait to be tried again.", waiting);
}

static bool at_producers(const struct bottleneck_facts *facts, struct bottleneck *found)
{
    return (facts->in_flight > 0 || facts->accepted_rate > 0) &&
           say(found, "producers",
               "Everything that comes is worked off at once: there is room for "
               "more.");
}

struct bottleneck bottleneck_find(const struct bottleneck_facts *facts)
{
    static bool (*const questions[])(const struct bottleneck_facts *facts,
                                     struct bottleneck *found) = {
        at_journal, at_cluster, at_database, at_store,
        at_analyze, at_window,  at_retries,  at_producers,
    };
    struct bottleneck found;
    for (unsigned i = 0; i < sizeof questions / sizeof *questions; i++)
        if (questions[i](facts, &found))
            return found;
    (void)say(&found, "none", "Nothing is in flight.");
    return found;
}
