/* Upkeep, in functions of the schema. */
#include "worker/storage/upkeep.h"

#include "storage/statements.h"
#include "worker/storage/binary.h"
#include "worker/storage/session.h"

#define NAME         "newsmill-upkeep"
#define STATEMENT_MS 86400000 /* of years of facts */

enum status upkeep_verify(const char *db, upkeep_rollup_call *call, void *user, struct fault *fault)
{
    struct pg *pg;
    struct pg_fault why;
    struct pg_result *result;
    enum status status = session_open_for(db, NAME, STATEMENT_MS, &pg, fault);
    if (status != STATUS_OK)
        return status;
    status = pg_execute(pg, &statements[STATEMENT_ROLLUPS_VERIFY], NULL, 0, &result, &why);
    for (size_t i = 0; status == STATUS_OK && i < pg_rows(result); i++)
        call(user, &(struct upkeep_rollup){.name = pg_bytes(result, i, 0),
                                           .rows = binary_read_int8(pg_bytes(result, i, 1)),
                                           .missing = binary_read_int8(pg_bytes(result, i, 2)),
                                           .surplus = binary_read_int8(pg_bytes(result, i, 3))});
    if (status == STATUS_OK)
        pg_result_free(result);
    pg_close(&pg);
    return status == STATUS_OK ? status : session_explain(&why, fault);
}

static enum status run(struct pg *pg, unsigned statement, struct pg_fault *why)
{
    return pg_execute(pg, &statements[statement], NULL, 0, NULL, why);
}

enum status upkeep_rebuild(const char *db, struct fault *fault)
{
    struct pg *pg;
    struct pg_fault why;
    enum status status = session_open_for(db, NAME, STATEMENT_MS, &pg, fault);
    if (status != STATUS_OK)
        return status;
    status = run(pg, STATEMENT_ROLLUPS_LOCK, &why);
    if (status == STATUS_OK)
        status = pg_begin(pg, &why);
    if (status == STATUS_OK)
        status = run(pg, STATEMENT_ROLLUPS_ISOLATE, &why);
    if (status == STATUS_OK)
        status = run(pg, STATEMENT_ROLLUPS_REBUILD, &why);
    if (status == STATUS_OK)
        status = pg_commit(pg, &why);
    pg_close(&pg);
    return status == STATUS_OK ? status : session_explain(&why, fault);
}

static enum status list(struct pg *pg, const struct slice *keep, upkeep_part_call *call, void *user,
                        struct pg_fault *why)
{
    struct pg_result *result;
    enum status status = pg_execute(pg, &statements[STATEMENT_RETAIN_LIST], keep, 1, &result, why);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < pg_rows(result); i++)
        call(user, &(struct upkeep_part){.name = pg_bytes(result, i, 0),
                                         .rows = binary_read_int8(pg_bytes(result, i, 1)),
                                         .bytes = binary_read_int8(pg_bytes(result, i, 2))});
    pg_result_free(result);
    return STATUS_OK;
}

enum status upkeep_retain(const char *db, int32_t keep_months, bool rollups, bool dry_run,
                          upkeep_part_call *call, void *user, struct fault *fault)
{
    struct pg *pg;
    struct pg_fault why;
    struct buffer scratch;
    enum status status = session_open_for(db, NAME, STATEMENT_MS, &pg, fault);
    if (status != STATUS_OK)
        return status;
    buffer_init(&scratch, sizeof keep_months * 4);
    const struct slice values[] = {binary_int4_value(&scratch, keep_months),
                                   {rollups ? "\1" : "\0", 1}};
    status = list(pg, values, call, user, &why);
    if (status == STATUS_OK && !dry_run)
        status = pg_execute(pg, &statements[STATEMENT_RETAIN_DROP], values, 2, NULL, &why);
    buffer_deinit(&scratch);
    pg_close(&pg);
    return status == STATUS_OK ? status : session_explain(&why, fault);
}
