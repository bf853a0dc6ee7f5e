/* The months that a batch needs, made before it is written.
 *
 * A storage worker has no right to make tables: it calls a function of the schema that has. What it
 * has asked for it remembers for an hour, so that a new month is there long before its first
 * article, and a batch asks nothing. When a partition cannot be made now (somebody holds the
 * table), the rows go to the default partition, and move with the next call that succeeds. */
#ifndef NEWSMILL_STORAGE_PARTITIONS_H
#define NEWSMILL_STORAGE_PARTITIONS_H

#include "common/buffer.h"
#include "worker/storage/batch.h"
#include "worker/storage/pg.h"

#define PARTITIONS_KEPT 64

struct partitions {
    int32_t months[PARTITIONS_KEPT]; /* since 1970, asked for */
    size_t count;
    int64_t since_ms; /* when the first of them was asked for */
    struct buffer parameter;
};

void partitions_init(struct partitions *partitions);
void partitions_deinit(struct partitions *partitions);

/* Months since January 1970 (UTC) of a time. */
int32_t partitions_month(int64_t wall_ms);

/* Outside a transaction. Fails only when the connection does. */
enum status partitions_prepare(struct partitions *partitions, struct pg *pg,
                               struct row *const *rows, size_t count, int64_t now_ms,
                               struct pg_fault *fault) MUST_CHECK;

#endif
