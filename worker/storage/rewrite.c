/* Rewriting in place. */
#include "worker/storage/rewrite.h"

#include "proto/envelope.h"
#include "storage/statements.h"
#include "worker/storage/binary.h"

static bool is_replay(const struct row *row)
{
    return row->replay != ENVELOPE_NEW;
}

static bool is_ranked(const struct row *row)
{
    return is_replay(row) && row->fresh && row->latest && row->revision > 1;
}

static bool is_candidate(const struct row *row)
{
    return is_replay(row) && !row->fresh && row->fate == ROW_STORED;
}

static bool is_locked(const struct row *row)
{
    return writer_supersedes(row) || is_candidate(row);
}

static bool is_back(const struct row *row)
{
    return is_replay(row) && row->fresh;
}

static bool is_rewritten(const struct row *row)
{
    return row->rewritten;
}

/* The first row of `key` that is wanted, among rows sorted by key; NULL when there is none. */
static struct row *find_key(struct row *const *rows, size_t count, const struct uuid *key,
                            bool (*wanted)(const struct row *))
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(rows[middle]->key.bytes, key->bytes, sizeof key->bytes) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < count && uuid_equal(&rows[low]->key, key); low++)
        if (wanted(rows[low]))
            return rows[low];
    return NULL;
}

/* Runs a statement on the keys of the wanted rows, and on when they were received where it asks for
 * that; not at all when there are none. */
static enum status on_keys(struct writer *writer, struct pg *pg, unsigned statement, size_t values,
                           struct row **rows, size_t count, bool (*wanted)(const struct row *),
                           struct pg_result **result, struct pg_fault *fault)
{
    if (result)
        *result = NULL;
    if (writer_count(rows, count, wanted) == 0)
        return STATUS_OK;
    const struct slice value[] = {
        writer_uuids(&writer->parameters[0], rows, count, wanted, UUID_KEY),
        writer_times(&writer->parameters[1], rows, count, wanted),
    };
    if (writer_failed(writer))
        return writer_no_memory(fault);
    return pg_execute(pg, &statements[statement], value, values, result, fault);
}

enum status rewrite_rank(struct writer *writer, struct pg *pg, struct row **rows, size_t count,
                         struct pg_fault *fault)
{
    struct pg_result *result;
    if (writer_count(rows, count, is_ranked) == 0)
        return STATUS_OK;
    const struct slice values[] = {
        writer_uuids(&writer->parameters[0], rows, count, is_ranked, UUID_ARTICLE),
        writer_uuids(&writer->parameters[1], rows, count, is_ranked, UUID_KEY),
    };
    if (writer_failed(writer))
        return writer_no_memory(fault);
    enum status status =
        pg_execute(pg, &statements[STATEMENT_ARTICLES_NEWER], values, 2, &result, fault);
    if (status != STATUS_OK)
        return status;
    batch_sort_by_key(rows, count);
    for (size_t i = 0; i < pg_rows(result); i++) {
        struct uuid key = pg_uuid(result, i, 0);
        struct row *row = find_key(rows, count, &key, is_ranked);
        if (row)
            row->latest = false;
    }
    pg_result_free(result);
    return STATUS_OK;
}

/* The answer of ledger_lock: what is superseded, and when what is written anew was received. */
static void take_locked(struct writer *writer, const struct pg_result *result, struct row **rows,
                        size_t count)
{
    writer->old_count = 0;
    for (size_t i = 0; i < pg_rows(result); i++)
        writer->old_count += pg_bool(result, i, 2);
    buffer_clear(&writer->old_keys);
    buffer_clear(&writer->old_times);
    binary_array(&writer->old_keys, BINARY_UUID, writer->old_count);
    binary_array(&writer->old_times, BINARY_TIME, writer->old_count);
    for (size_t i = 0; i < pg_rows(result); i++) {
        struct uuid key = pg_uuid(result, i, 0);
        int64_t received_ms = binary_read_time(pg_bytes(result, i, 1));
        struct row *row = find_key(rows, count, &key, is_candidate);
        if (row)
            row->received_ms = received_ms;
        if (!pg_bool(result, i, 2))
            continue;
        binary_uuid(&writer->old_keys, &key);
        binary_time(&writer->old_times, received_ms);
    }
}

enum status rewrite_lock(struct writer *writer, struct pg *pg, struct row **rows, size_t count,
                         struct pg_fault *fault)
{
    struct pg_result *result;
    writer->old_count = 0;
    if (writer_count(rows, count, is_locked) == 0)
        return STATUS_OK;
    batch_sort_by_key(rows, count);
    const struct slice values[] = {
        writer_uuids(&writer->parameters[0], rows, count, is_locked, UUID_ARTICLE),
        writer_uuids(&writer->parameters[1], rows, count, writer_supersedes, UUID_ARTICLE),
    };
    if (writer_failed(writer))
        return writer_no_memory(fault);
    enum status status =
        pg_execute(pg, &statements[STATEMENT_LEDGER_LOCK], values, 2, &result, fault);
    if (status != STATUS_OK)
        return status;
    take_locked(writer, result, rows, count);
    pg_result_free(result);
    return writer_failed(writer) ? writer_no_memory(fault) : STATUS_OK;
}

/* `stored` is the version that made what is there. */
static enum status decide(struct writer *writer, struct row *row, struct slice stored,
                          struct fault *fault)
{
    struct result found;
    enum status status = writer_decode(writer, row, &found, fault);
    if (status == STATUS_OK)
        row->rewritten = row->replay == ENVELOPE_FORCE || !slice_equal(found.analyzer, stored);
    return status;
}

enum status rewrite_clear(struct writer *writer, struct pg *pg, struct row **rows, size_t count,
                          struct pg_fault *fault)
{
    struct pg_result *result = NULL;
    enum status status =
        on_keys(writer, pg, STATEMENT_SKETCHES_FORGET, 1, rows, count, is_back, NULL, fault);
    if (status == STATUS_OK)
        status = on_keys(writer, pg, STATEMENT_ARTICLES_LOCK, 2, rows, count, is_candidate, &result,
                         fault);
    if (status != STATUS_OK || !result)
        return status;
    fault->sqlstate[0] = '\0';
    for (size_t i = 0; i < pg_rows(result) && status == STATUS_OK; i++) {
        struct uuid key = pg_uuid(result, i, 0);
        struct row *row = find_key(rows, count, &key, is_candidate);
        if (!row)
            continue;
        row->revision = pg_int4(result, i, 1);
        row->latest = pg_bool(result, i, 2);
        row->stored_ms = binary_read_time(pg_bytes(result, i, 4));
        status = decide(writer, row, pg_bytes(result, i, 3), &fault->fault);
    }
    pg_result_free(result);
    if (status == STATUS_OK && writer->with_rollups)
        status = on_keys(writer, pg, STATEMENT_ROLLUPS_RETRACT, 2, rows, count, is_rewritten, NULL,
                         fault);
    return status == STATUS_OK ? on_keys(writer, pg, STATEMENT_FACTS_DELETE, 2, rows, count,
                                         is_rewritten, NULL, fault)
                               : status;
}

enum status rewrite_settle(struct writer *writer, struct pg *pg, struct row **rows, size_t count,
                           struct pg_fault *fault)
{
    return on_keys(writer, pg, STATEMENT_DEAD_SETTLE, 1, rows, count, is_replay, NULL, fault);
}
