/* A cursor of the server's, read a few hundred rows at a time. */
#include "worker/storage/export.h"

#include <stdlib.h>

#include "storage/statements.h"
#include "worker/storage/binary.h"
#include "worker/storage/session.h"

#define STATEMENT_MS 3600000 /* for the first rows of a view that counts much */

struct export
{
    struct pg *pg;
    struct buffer times[2];
};

static enum status explain(const struct pg_fault *why, struct fault *fault)
{
    return why->fault.status == STATUS_REJECT
               ? fault_set(fault, STATUS_REJECT, "bad-value", "%s", why->fault.message)
               : session_explain(why, fault);
}

static enum status run(struct export *export, unsigned statement, const struct slice *values,
                       size_t count, struct pg_result **result, struct fault *fault)
{
    struct pg_fault why;
    enum status status =
        pg_execute(export->pg, &statements[statement], values, count, result, &why);
    return status == STATUS_OK ? status : explain(&why, fault);
}

enum status export_open(const char *db, struct export **out, struct fault *fault)
{
    struct pg_fault why;
    struct export *export = calloc(1, sizeof *export);
    *out = NULL;
    if (!export)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for an export");
    for (size_t i = 0; i < 2; i++)
        buffer_init(&export->times[i], 64);
    enum status status = session_open_for(db, "newsmill-export", STATEMENT_MS, &export->pg, fault);
    if (status == STATUS_OK && (status = pg_begin(export->pg, &why)) != STATUS_OK)
        status = session_explain(&why, fault);
    if (status == STATUS_OK)
        status = run(export, STATEMENT_EXPORT_BEGIN, NULL, 0, NULL, fault);
    if (status == STATUS_OK)
        *out = export;
    else
        export_close(export);
    return status;
}

void export_close(struct export *export)
{
    if (!export)
        return;
    for (size_t i = 0; i < 2; i++)
        buffer_deinit(&export->times[i]);
    pg_close(&export->pg);
    free(export);
}

static enum status fetch(struct export *export, export_call *call, void *user, uint64_t *rows,
                         struct fault *fault)
{
    enum status status;
    size_t got;
    do {
        struct pg_result *result;
        status = run(export, STATEMENT_EXPORT_FETCH, NULL, 0, &result, fault);
        if (status != STATUS_OK)
            return status;
        got = pg_rows(result);
        for (size_t i = 0; i < got && status == STATUS_OK; i++, ++*rows)
            status = call(user, pg_bytes(result, i, 0), fault);
        pg_result_free(result);
    } while (got > 0 && status == STATUS_OK);
    return status;
}

enum status export_view(struct export *export, const char *view, const char *format,
                        int64_t since_ms, int64_t until_ms, export_call *call, void *user,
                        uint64_t *rows, struct fault *fault)
{
    struct pg_result *result;
    const struct slice values[] = {slice_from(view), slice_from(format),
                                   binary_time_value(&export->times[0], since_ms),
                                   binary_time_value(&export->times[1], until_ms)};
    *rows = 0;
    enum status status = run(export, STATEMENT_EXPORT_OPEN, values, 4, &result, fault);
    if (status != STATUS_OK)
        return status;
    struct slice heading = pg_bytes(result, 0, 0);
    if (heading.data)
        status = call(user, heading, fault);
    pg_result_free(result);
    if (status == STATUS_OK)
        status = fetch(export, call, user, rows, fault);
    return status == STATUS_OK ? run(export, STATEMENT_EXPORT_CLOSE, NULL, 0, NULL, fault) : status;
}
