/* The writer's inside, shared by write.c and rewrite.c only. */
#ifndef NEWSMILL_STORAGE_WRITE_STATE_H
#define NEWSMILL_STORAGE_WRITE_STATE_H

#include "common/arena.h"
#include "common/buffer.h"
#include "proto/consumer.h"
#include "proto/limits.h"
#include "proto/result.h"
#include "worker/storage/facts.h"
#include "worker/storage/partitions.h"
#include "worker/storage/rollups.h"
#include "worker/storage/write.h"

#define ARENA_BYTES ((size_t)4 * LIMIT_RESULT_BYTES) /* structs of a result's every fact */

struct writer {
    struct arena *arena;
    struct pack_reader reader;
    struct facts facts;
    struct partitions partitions;
    struct rollups rollups;
    bool with_rollups;
    struct buffer parameters[11];
    struct buffer old_keys, old_times; /* arrays: the revisions that are superseded */
    size_t old_count;
};

/* The result of a row, in the writer's arena, which is emptied before. REJECT: the row is broken.
 */
enum status writer_decode(struct writer *writer, struct row *row, struct result *result,
                          struct fault *fault) MUST_CHECK;

size_t writer_count(struct row *const *rows, size_t count, bool (*wanted)(const struct row *));
/* A uuid[] of the wanted rows, as a parameter in `out`. */
enum writer_uuid { UUID_ARTICLE, UUID_CONTENT, UUID_KEY };
struct slice writer_uuids(struct buffer *out, struct row *const *rows, size_t count,
                          bool (*wanted)(const struct row *), enum writer_uuid which);
/* A timestamptz[] of when the wanted rows were received. */
struct slice writer_times(struct buffer *out, struct row *const *rows, size_t count,
                          bool (*wanted)(const struct row *));
/* A row that supersedes what is stored of its article. */
bool writer_supersedes(const struct row *row);
/* True when a parameter could not be built; then writer_no_memory() is the status. */
bool writer_failed(const struct writer *writer);
enum status writer_no_memory(struct pg_fault *fault);

#endif
