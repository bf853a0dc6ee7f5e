/* What a batch adds to the rollups: sums of its latest revisions, by the keys of each rollup, as
 * COPY streams for the tables batches_NAME, one row of arrays each, written in the batch's
 * transaction.
 *
 * The views newsmill_data.facts_NAME say the same in SQL; `newsmill rollups verify` compares. Tone
 * and Goldstein are summed in millionths of what the database keeps (real), so that what is taken
 * out later leaves nothing behind. */
#ifndef NEWSMILL_STORAGE_ROLLUPS_H
#define NEWSMILL_STORAGE_ROLLUPS_H

#include "proto/result.h"
#include "worker/storage/batch.h"
#include "worker/storage/tally.h"

enum rollup { ROLLUP_HOURS, ROLLUP_PAIRS, ROLLUP_TERMS, ROLLUP_PLACES, ROLLUPS };

struct rollups {
    struct tally tallies[ROLLUPS];
    struct buffer streams[ROLLUPS];
    struct buffer key; /* scratch */
    uint64_t visit;    /* articles added so far */
    bool failed;
};

void rollups_init(struct rollups *rollups);
void rollups_deinit(struct rollups *rollups);
void rollups_begin(struct rollups *rollups);
/* An article as it is stored; nothing when it is not the latest. */
void rollups_add(struct rollups *rollups, const struct row *row, const struct result *result);
/* Makes the streams. RETRY without memory. */
enum status rollups_end(struct rollups *rollups, struct fault *fault) MUST_CHECK;
/* The stream of one rollup, empty when there is nothing to add, and the statement that takes it. */
struct slice rollups_stream(const struct rollups *rollups, enum rollup rollup);
const struct pg_statement *rollups_statement(enum rollup rollup);

/* Millionths of a value as the database keeps it; 0 for what is none. */
int64_t rollups_millionths(double value);

#endif
