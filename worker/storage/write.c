/* The transaction: ledger, articles and facts, dead letters.
 *
 *   ledger_insert    which contents are new, and as which revision
 *   ledger_owners    the others: stored under which key (ours: a redelivery; another: a duplicate)
 *   ledger_lock      what stands of articles that get a new revision, or are written anew
 *   replays          what is stored already and comes again (rewrite.h)
 *   rollups_retract  what the rollups lose by that
 *   articles_supersede, COPY articles, COPY each kind of fact   of the new ones and the rewritten
 *   COPY what the rollups gain (rollups.h)
 *   dead_insert      one a dead letter
 *   COMMIT */
#include "worker/storage/write.h"

#include <stdlib.h>

#include "common/clock.h"
#include "common/utf8.h"
#include "proto/article.h"
#include "proto/consumer.h"
#include "proto/envelope.h"
#include "proto/limits.h"
#include "proto/result.h"
#include "proto/url.h"
#include "storage/statements.h"
#include "worker/storage/binary.h"
#include "worker/storage/rewrite.h"

#define PARAMETER_BYTES ((size_t)1 << 28)

struct writer *writer_new(bool rollups, bool sketches)
{
    struct writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return NULL;
    writer->arena = arena_new(ARENA_BYTES);
    if (!writer->arena) {
        free(writer);
        return NULL;
    }
    pack_reader_init(&writer->reader);
    facts_init(&writer->facts);
    partitions_init(&writer->partitions);
    rollups_init(&writer->rollups);
    writer->with_rollups = rollups;
    writer->facts.with_sketches = sketches;
    for (size_t i = 0; i < sizeof writer->parameters / sizeof writer->parameters[0]; i++)
        buffer_init(&writer->parameters[i], PARAMETER_BYTES);
    buffer_init(&writer->old_keys, PARAMETER_BYTES);
    buffer_init(&writer->old_times, PARAMETER_BYTES);
    return writer;
}

void writer_free(struct writer *writer)
{
    if (!writer)
        return;
    for (size_t i = 0; i < sizeof writer->parameters / sizeof writer->parameters[0]; i++)
        buffer_deinit(&writer->parameters[i]);
    buffer_deinit(&writer->old_keys);
    buffer_deinit(&writer->old_times);
    rollups_deinit(&writer->rollups);
    partitions_deinit(&writer->partitions);
    facts_deinit(&writer->facts);
    pack_reader_deinit(&writer->reader);
    arena_free(writer->arena);
    free(writer);
}

/* ---- reading deliveries ---- */

enum status writer_decode(struct writer *writer, struct row *row, struct result *result,
                          struct fault *fault)
{
    arena_reset(writer->arena);
    enum status status =
        result_decode(row->delivery->result, &writer->reader, result, writer->arena, fault);
    if (status == STATUS_FATAL)
        status =
            fault_set(fault, STATUS_REJECT, "result-too-large",
                      "The result of analysis takes more than %zu bytes in memory.", ARENA_BYTES);
    row->broken = status == STATUS_REJECT;
    return status;
}

enum status writer_check_result(struct writer *writer, struct row *row, struct fault *fault)
{
    struct result result;
    return writer_decode(writer, row, &result, fault);
}

static enum status check_present(const struct consumer_delivery *delivery, struct fault *fault)
{
    return delivery->result.data
               ? STATUS_OK
               : fault_set(fault, STATUS_REJECT, "result-missing",
                           "The article came to storage without the result of analysis.");
}

static enum status decode_header(struct writer *writer, const struct consumer_delivery *delivery,
                                 struct link_deliver *header, struct fault *fault)
{
    arena_reset(writer->arena);
    return link_header(&link_deliver_table, delivery->header, &writer->reader, header,
                       writer->arena, fault);
}

enum status writer_read(struct writer *writer, struct consumer_delivery *delivery, struct row *row,
                        struct fault *fault)
{
    struct envelope envelope;
    struct link_deliver header;
    arena_reset(writer->arena);
    enum status status =
        envelope_decode(delivery->envelope, &writer->reader, &envelope, writer->arena, fault);
    if (status != STATUS_OK)
        return status;
    *row = (struct row){.key = envelope.key,
                        .article = envelope.article,
                        .content = envelope.content,
                        .received_ms = envelope.received_ms,
                        .delivery = delivery,
                        .bytes = delivery->article.len + delivery->result.len,
                        .dead = delivery->dead,
                        .solo = delivery->solo,
                        .replay = envelope.replay};
    return delivery->dead ? decode_header(writer, delivery, &header, fault)
                          : check_present(delivery, fault);
}

/* ---- parameters ---- */

enum status writer_no_memory(struct pg_fault *fault)
{
    fault->sqlstate[0] = '\0';
    return fault_set(&fault->fault, STATUS_RETRY, "out-of-memory", "no memory for a batch");
}

static const struct uuid *uuid_of(const struct row *row, enum writer_uuid which)
{
    return which == UUID_ARTICLE   ? &row->article
           : which == UUID_CONTENT ? &row->content
                                   : &row->key;
}

static bool is_first(const struct row *row)
{
    return row->first;
}

static bool is_unowned(const struct row *row)
{
    return row->first && !row->owned;
}

bool writer_supersedes(const struct row *row)
{
    return row->fresh && row->latest && row->revision > 1;
}

size_t writer_count(struct row *const *rows, size_t count, bool (*wanted)(const struct row *))
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += wanted(rows[i]);
    return found;
}

struct slice writer_uuids(struct buffer *out, struct row *const *rows, size_t count,
                          bool (*wanted)(const struct row *), enum writer_uuid which)
{
    buffer_clear(out);
    binary_array(out, BINARY_UUID, writer_count(rows, count, wanted));
    for (size_t i = 0; i < count; i++)
        if (wanted(rows[i]))
            binary_uuid(out, uuid_of(rows[i], which));
    return buffer_slice(out);
}

struct slice writer_times(struct buffer *out, struct row *const *rows, size_t count,
                          bool (*wanted)(const struct row *))
{
    buffer_clear(out);
    binary_array(out, BINARY_TIME, writer_count(rows, count, wanted));
    for (size_t i = 0; i < count; i++)
        if (wanted(rows[i]))
            binary_time(out, rows[i]->received_ms);
    return buffer_slice(out);
}

bool writer_failed(const struct writer *writer)
{
    bool failed = buffer_failed(&writer->old_keys) || buffer_failed(&writer->old_times);
    for (size_t i = 0; i < sizeof writer->parameters / sizeof writer->parameters[0]; i++)
        failed = failed || buffer_failed(&writer->parameters[i]);
    return failed;
}

/* ---- the ledger ---- */

static enum status enter(struct writer *writer, struct pg *pg, struct row **rows, size_t count,
                         struct pg_fault *fault)
{
    const struct slice values[] = {
        writer_uuids(&writer->parameters[0], rows, count, is_first, UUID_ARTICLE),
        writer_uuids(&writer->parameters[1], rows, count, is_first, UUID_CONTENT),
        writer_uuids(&writer->parameters[2], rows, count, is_first, UUID_KEY),
        writer_times(&writer->parameters[3], rows, count, is_first),
    };
    struct pg_result *result;
    if (writer_failed(writer))
        return writer_no_memory(fault);
    enum status status =
        pg_execute(pg, &statements[STATEMENT_LEDGER_INSERT], values, 4, &result, fault);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < pg_rows(result); i++) {
        struct uuid article = pg_uuid(result, i, 0), content = pg_uuid(result, i, 1);
        struct row *row = batch_find(rows, count, &article, &content);
        if (!row)
            continue;
        row->fresh = row->owned = true;
        row->owner = row->key;
        row->revision = pg_int4(result, i, 2);
    }
    pg_result_free(result);
    return STATUS_OK;
}

static enum status find_owners(struct writer *writer, struct pg *pg, struct row **rows,
                               size_t count, struct pg_fault *fault)
{
    const struct slice values[] = {
        writer_uuids(&writer->parameters[0], rows, count, is_unowned, UUID_ARTICLE),
        writer_uuids(&writer->parameters[1], rows, count, is_unowned, UUID_CONTENT),
    };
    struct pg_result *result;
    if (writer_failed(writer))
        return writer_no_memory(fault);
    enum status status =
        pg_execute(pg, &statements[STATEMENT_LEDGER_OWNERS], values, 2, &result, fault);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < pg_rows(result); i++) {
        struct uuid article = pg_uuid(result, i, 0), content = pg_uuid(result, i, 1);
        struct row *row = batch_find(rows, count, &article, &content);
        if (!row)
            continue;
        row->owned = true;
        row->owner = pg_uuid(result, i, 2);
    }
    pg_result_free(result);
    return STATUS_OK;
}

/* ---- articles and facts ---- */

static enum status supersede(struct writer *writer, struct pg *pg, struct pg_fault *fault)
{
    if (writer->old_count == 0)
        return STATUS_OK;
    const struct slice values[] = {buffer_slice(&writer->old_keys),
                                   buffer_slice(&writer->old_times)};
    enum status status = STATUS_OK;
    if (writer->with_rollups)
        status = pg_execute(pg, &statements[STATEMENT_ROLLUPS_RETRACT], values, 2, NULL, fault);
    return status != STATUS_OK
               ? status
               : pg_execute(pg, &statements[STATEMENT_ARTICLES_SUPERSEDE], values, 2, NULL, fault);
}

/* Decoded here and not when it came: holding a batch of decoded results would take several times
 * its bytes, and what was there already needs no decoding. All that are broken are found at once.
 */
static enum status collect(struct writer *writer, const struct pg *pg, struct row **rows,
                           size_t count, struct fault *fault)
{
    struct result result;
    struct fault why;
    size_t broken = 0;
    const int64_t now_ms = clock_wall_ms();
    facts_begin(&writer->facts);
    rollups_begin(&writer->rollups);
    for (size_t i = 0; i < count; i++) {
        if (!rows[i]->fresh && !rows[i]->rewritten)
            continue;
        if (rows[i]->fresh)
            rows[i]->stored_ms = now_ms;
        pg_idle(pg); /* a batch of long articles takes seconds: ingest must hear of us */
        if (writer_decode(writer, rows[i], &result, &why) != STATUS_OK) {
            broken++;
            continue;
        }
        enum status status =
            facts_add(&writer->facts, rows[i], rows[i]->delivery->article, &result, fault);
        if (status != STATUS_OK)
            return status;
        if (writer->with_rollups)
            rollups_add(&writer->rollups, rows[i], &result);
    }
    facts_end(&writer->facts);
    if (broken > 0)
        return fault_set(fault, STATUS_REJECT, "result-broken", "%zu results cannot be read",
                         broken);
    return rollups_end(&writer->rollups, fault);
}

/* Sorts by key, so that rows are appended in the order of their index. */
static enum status write_facts(struct writer *writer, struct pg *pg, struct row **rows,
                               size_t count, struct pg_fault *fault)
{
    batch_sort_by_key(rows, count);
    fault->sqlstate[0] = '\0';
    enum status status = collect(writer, pg, rows, count, &fault->fault);
    for (size_t i = 0; i < FACTS_TABLES && status == STATUS_OK; i++) {
        struct buffer *stream = &writer->facts.tables[i].rows;
        if (buffer_failed(stream))
            return writer_no_memory(fault);
        if (writer->facts.tables[i].count > 0)
            status = pg_copy(pg, facts_statement(i), buffer_slice(stream), fault);
    }
    return status;
}

/* Behind the facts, in no order that matters: nobody else touches these rows. */
static enum status write_rollups(struct writer *writer, struct pg *pg, struct pg_fault *fault)
{
    enum status status = STATUS_OK;
    for (int i = 0; i < ROLLUPS && status == STATUS_OK; i++) {
        struct slice stream = rollups_stream(&writer->rollups, (enum rollup)i);
        if (stream.len > 0)
            status = pg_copy(pg, rollups_statement((enum rollup)i), stream, fault);
    }
    return status;
}

static enum status write_living(struct writer *writer, struct pg *pg, struct row **rows,
                                size_t count, struct pg_fault *fault)
{
    enum status status = enter(writer, pg, rows, count, fault);
    if (status == STATUS_OK && writer_count(rows, count, is_unowned) > 0)
        status = find_owners(writer, pg, rows, count, fault);
    if (status != STATUS_OK)
        return status;
    if (batch_decide(rows, count) != STATUS_OK) {
        fault->sqlstate[0] = '\0';
        return fault_set(&fault->fault, STATUS_RETRY, "database-unavailable",
                         "the ledger changed while it was read");
    }
    status = rewrite_rank(writer, pg, rows, count, fault);
    if (status == STATUS_OK)
        status = rewrite_lock(writer, pg, rows, count, fault);
    if (status == STATUS_OK)
        status = supersede(writer, pg, fault);
    if (status == STATUS_OK)
        status = rewrite_clear(writer, pg, rows, count, fault);
    if (status == STATUS_OK)
        status = write_facts(writer, pg, rows, count, fault);
    if (status == STATUS_OK)
        status = write_rollups(writer, pg, fault);
    return status == STATUS_OK ? rewrite_settle(writer, pg, rows, count, fault) : status;
}

/* ---- dead letters ---- */

static struct slice clean(struct writer *writer, struct slice text)
{
    size_t repaired = 0;
    return text.data ? utf8_repair(text, &repaired, writer->arena) : SLICE_NULL;
}

/* What of the article can be read: its producer's id and its publisher. In the arena. */
struct dead_known {
    struct slice id, source;
};

static struct dead_known dead_known(struct writer *writer, struct slice original)
{
    struct article article;
    struct fault fault;
    if (article_decode(original, &writer->reader, &article, writer->arena, &fault) != STATUS_OK)
        return (struct dead_known){SLICE_NULL, SLICE_NULL};
    struct slice source = article.source;
    if (!source.data && article.url.data)
        source = url_site(article.url, writer->arena);
    return (struct dead_known){clean(writer, article.id), clean(writer, source)};
}

static struct slice word(struct slice text, const char *otherwise)
{
    return text.data ? text : slice_from(otherwise);
}

static enum status write_dead(struct writer *writer, struct pg *pg, const struct row *row,
                              struct pg_fault *fault)
{
    struct link_deliver header;
    struct buffer *scratch = writer->parameters;
    fault->sqlstate[0] = '\0';
    enum status status = decode_header(writer, row->delivery, &header, &fault->fault);
    if (status != STATUS_OK)
        return status;
    int64_t died_ms = header.dead_ms == CLOCK_NONE ? row->received_ms : header.dead_ms;
    const struct slice original = row->delivery->article;
    struct dead_known known = dead_known(writer, original);
    const struct slice values[] = {
        {(const char *)row->key.bytes, sizeof row->key.bytes},
        {(const char *)row->article.bytes, sizeof row->article.bytes},
        known.id,
        word(clean(writer, header.dead_stage), "ingest"),
        word(clean(writer, header.dead_code), "unknown"),
        clean(writer, header.dead_sqlstate),
        word(clean(writer, header.dead_message), ""),
        binary_int4_value(&scratch[0], (int32_t)header.dead_attempts),
        original.data ? original : SLICE_LITERAL(""),
        binary_time_value(&scratch[1], row->received_ms),
        binary_time_value(&scratch[2], died_ms),
        known.source,
        {row->replay != ENVELOPE_NEW ? "\1" : "\0", 1},
    };
    if (writer_failed(writer))
        return writer_no_memory(fault);
    return pg_execute(pg, &statements[STATEMENT_DEAD_INSERT], values,
                      sizeof values / sizeof values[0], NULL, fault);
}

/* ---- the transaction ---- */

static enum status write_all(struct writer *writer, struct pg *pg, struct row **rows, size_t count,
                             struct pg_fault *fault)
{
    enum status status = STATUS_OK;
    size_t living = batch_plan(rows, count);
    for (size_t i = living; i < count && status == STATUS_OK; i++) {
        status = write_dead(writer, pg, rows[i], fault);
        rows[i]->fate = ROW_DEAD;
    }
    if (status == STATUS_OK && living > 0)
        status = write_living(writer, pg, rows, living, fault);
    return status;
}

enum status writer_write(struct writer *writer, struct pg *pg, struct row **rows, size_t count,
                         struct pg_fault *fault)
{
    enum status status =
        partitions_prepare(&writer->partitions, pg, rows, count, clock_steady_ms(), fault);
    if (status == STATUS_OK)
        status = pg_begin(pg, fault);
    if (status == STATUS_OK)
        status = write_all(writer, pg, rows, count, fault);
    if (status == STATUS_OK)
        status = pg_commit(pg, fault);
    if (status != STATUS_OK)
        pg_rollback(pg);
    return status;
}

/* ---- books and checks ---- */

enum status writer_books(struct writer *writer, struct pg *pg, const struct link_books *books,
                         struct pg_fault *fault)
{
    struct buffer *scratch = writer->parameters;
    const uint64_t numbers[] = {books->accepted, books->stored,    books->duplicate,
                                books->dead,     books->in_flight, books->refused};
    struct slice values[7] = {books->node};
    for (size_t i = 0; i < 6; i++)
        values[i + 1] = binary_int8_value(&scratch[i], (int64_t)numbers[i]);
    if (writer_failed(writer))
        return writer_no_memory(fault);
    return pg_execute(pg, &statements[STATEMENT_BOOKS_KEEP], values, 7, NULL, fault);
}

static enum status judge(const struct pg_result *result, struct pg_fault *fault)
{
    int32_t version = pg_int4(result, 0, 0);
    struct slice forbidden = pg_bytes(result, 0, 1);
    if (version < MIGRATION_COUNT)
        return fault_set(&fault->fault, STATUS_FATAL, "database-schema",
                         "the database's schema is version %d, this program needs %d: run newsmill "
                         "migrate",
                         version, MIGRATION_COUNT);
    if (version > MIGRATION_COUNT)
        return fault_set(&fault->fault, STATUS_FATAL, "database-schema",
                         "the database's schema is version %d, this program knows %d: run the "
                         "newer newsmill",
                         version, MIGRATION_COUNT);
    if (forbidden.data)
        return fault_set(&fault->fault, STATUS_FATAL, "database-schema",
                         "no right to write %.*s: GRANT newsmill_writer to this database user",
                         (int)forbidden.len, forbidden.data);
    if (pg_bool(result, 0, 2))
        return fault_set(&fault->fault, STATUS_RETRY, "database-unavailable",
                         "the server is read-only now");
    return STATUS_OK;
}

enum status writer_check(struct pg *pg, struct pg_fault *fault)
{
    struct pg_result *result;
    enum status status =
        pg_execute(pg, &statements[STATEMENT_SCHEMA_EXISTS], NULL, 0, &result, fault);
    if (status != STATUS_OK)
        return status;
    bool exists = pg_bool(result, 0, 0);
    pg_result_free(result);
    if (!exists)
        return fault_set(&fault->fault, STATUS_FATAL, "database-schema",
                         "the database has no newsmill schema: run newsmill migrate");
    status = pg_execute(pg, &statements[STATEMENT_CHECK], NULL, 0, &result, fault);
    if (status != STATUS_OK)
        return status;
    status = judge(result, fault);
    pg_result_free(result);
    return status;
}
