/* Where the pipeline is held up, worked out from what ingest can see: who has queues, who has free
 * hands, and who has held something for too long. Pure.
 *
 * Asked from the end of the pipeline to its beginning: what holds up storage fills all that comes
 * before it. */
#ifndef NEWSMILL_INGEST_BOTTLENECK_H
#define NEWSMILL_INGEST_BOTTLENECK_H

#include <stdbool.h>
#include <stdint.h>

struct bottleneck_stage {
    uint32_t ready, leased, waiting; /* articles: in the queue, in hands, before another try */
    uint32_t workers, quiet;         /* quiet: of the workers, those that take nothing */
    uint32_t credit;                 /* articles that all of them take at a time */
    bool free;                       /* some worker could take another article now */
    int64_t longest_ms;              /* that something has been in one worker's hands */
};
struct bottleneck_facts {
    uint64_t in_flight;
    uint64_t behind;      /* of them, in the journal only */
    bool disk_full;       /* no more room for the journal */
    const char *refuses;  /* why else the backlog takes nothing now; NULL: it does */
    bool window_full;     /* no more room in memory */
    double accepted_rate; /* articles a second, lately */
    struct bottleneck_stage analyze, store;
};

#define BOTTLENECK_WHY_BYTES 200
struct bottleneck {
    const char *stage; /* "producers", "ingest", "analyze", "store", "database", "none" */
    char why[BOTTLENECK_WHY_BYTES]; /* one sentence, with what to do where something can be done */
};
struct bottleneck bottleneck_find(const struct bottleneck_facts *facts);

#endif
