/* One question, or two. */
#include "worker/storage/traced.h"

#include "storage/statements.h"
#include "worker/storage/binary.h"
#include "worker/storage/session.h"

static struct traced_row row_at(const struct pg_result *result, size_t row)
{
    return (struct traced_row){
        .article = pg_uuid(result, row, 0),
        .key = pg_uuid(result, row, 1),
        .id = pg_bytes(result, row, 2),
        .received_ms = binary_read_time(pg_bytes(result, row, 3)),
        .stored_ms = binary_read_time(pg_bytes(result, row, 4)),
        .revision = pg_int4(result, row, 5),
        .latest = pg_bool(result, row, 6),
        .analyzer = pg_bytes(result, row, 7),
    };
}

static enum status ask(struct pg *pg, const struct slice values[2], traced_call *call, void *user,
                       size_t *found, struct fault *fault)
{
    struct pg_result *result;
    struct pg_fault why;
    enum status status =
        pg_execute(pg, &statements[STATEMENT_TRACE_FIND], values, 2, &result, &why);
    if (status != STATUS_OK)
        return session_explain(&why, fault);
    *found = pg_rows(result);
    for (size_t i = 0; i < *found; i++) {
        const struct traced_row row = row_at(result, i);
        call(user, &row);
    }
    pg_result_free(result);
    return STATUS_OK;
}

enum status traced_find(const char *db, struct slice name, traced_call *call, void *user,
                        struct fault *fault)
{
    struct pg *pg;
    struct uuid uuid;
    size_t found = 0;
    enum status status = session_open(db, "newsmill-trace", &pg, fault);
    if (status != STATUS_OK)
        return status;
    if (uuid_parse(name, &uuid)) {
        const struct slice values[] = {{(const char *)uuid.bytes, sizeof uuid.bytes}, SLICE_NULL};
        status = ask(pg, values, call, user, &found, fault);
    }
    if (status == STATUS_OK && found == 0) { /* a producer may call its articles by UUIDs, too */
        const struct slice values[] = {SLICE_NULL, name};
        status = ask(pg, values, call, user, &found, fault);
    }
    pg_close(&pg);
    return status;
}
