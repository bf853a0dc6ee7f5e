/* Pages of stored articles, behind a cursor. */
#include "worker/storage/stored.h"

#include <stdlib.h>

#include "common/clock.h"
#include "storage/statements.h"
#include "worker/storage/binary.h"
#include "worker/storage/session.h"

#define PAGE_ROWS       500
#define PAGE_BYTES      ((int64_t)8 << 20)
#define PARAMETERS      11
#define PARAMETER_BYTES ((size_t)1 << 26)

struct stored {
    struct pg *pg;
    struct buffer parameters[PARAMETERS];
};

enum status stored_open(const char *db, struct stored **out, struct fault *fault)
{
    struct stored *stored = calloc(1, sizeof *stored);
    *out = NULL;
    if (!stored)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for stored articles");
    for (size_t i = 0; i < PARAMETERS; i++)
        buffer_init(&stored->parameters[i], PARAMETER_BYTES);
    enum status status = session_open(db, "newsmill-replay", &stored->pg, fault);
    if (status == STATUS_OK)
        *out = stored;
    else
        stored_close(stored);
    return status;
}

void stored_close(struct stored *stored)
{
    if (!stored)
        return;
    for (size_t i = 0; i < PARAMETERS; i++)
        buffer_deinit(&stored->parameters[i]);
    pg_close(&stored->pg);
    free(stored);
}

static struct slice articles_value(struct buffer *out, const struct stored_filter *filter)
{
    if (filter->article_count == 0)
        return SLICE_NULL;
    buffer_clear(out);
    binary_array(out, BINARY_UUID, filter->article_count);
    for (size_t i = 0; i < filter->article_count; i++)
        binary_uuid(out, &filter->articles[i]);
    return buffer_slice(out);
}

/* A key begins with the milliseconds of its acceptance, and is never earlier than `received`: where
 * the walk may begin. */
static struct uuid first_key(int64_t since_ms)
{
    struct uuid key = {{0}};
    for (size_t i = 0; i < 6 && since_ms > 0; i++)
        key.bytes[i] = (uint8_t)((uint64_t)since_ms >> (40 - 8 * i));
    return key;
}

static enum status ask_page(struct stored *stored, const struct stored_filter *filter,
                            const struct uuid *after, struct pg_result **result,
                            struct fault *fault)
{
    struct buffer *scratch = stored->parameters;
    struct pg_fault why;
    const struct slice values[PARAMETERS] = {
        binary_time_value(&scratch[0], filter->since_ms),
        binary_time_value(&scratch[1], filter->until_ms),
        filter->source,
        filter->analyzer,
        filter->not_analyzer,
        articles_value(&scratch[5], filter),
        {(const char *)after->bytes, sizeof after->bytes},
        binary_int8_value(&scratch[7], PAGE_ROWS),
        binary_int8_value(&scratch[8], PAGE_BYTES),
        filter->current,
        {filter->messages ? "\1" : "\0", 1},
    };
    for (size_t i = 0; i < PARAMETERS; i++)
        if (buffer_failed(&scratch[i]))
            return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for a question");
    enum status status = pg_execute(stored->pg, &statements[STATEMENT_STORED_WALK], values,
                                    PARAMETERS, result, &why);
    return status == STATUS_OK ? status : session_explain(&why, fault);
}

enum status stored_walk(struct stored *stored, const struct stored_filter *filter,
                        stored_call *call, void *user, struct fault *fault)
{
    struct uuid last = first_key(filter->since_ms);
    for (;;) {
        struct pg_result *result = NULL;
        enum status status = ask_page(stored, filter, &last, &result, fault);
        if (status != STATUS_OK)
            return status;
        size_t got = pg_rows(result);
        for (size_t i = 0; i < got && status == STATUS_OK; i++) {
            const struct stored_article article = {
                .key = pg_uuid(result, i, 0),
                .article = pg_uuid(result, i, 1),
                .content = pg_uuid(result, i, 2),
                .received_ms = binary_read_time(pg_bytes(result, i, 3)),
                .current = pg_bool(result, i, 4),
                .original = pg_bytes(result, i, 5),
            };
            last = article.key;
            status = call(user, &article, fault);
        }
        pg_result_free(result);
        if (status != STATUS_OK || got == 0)
            return status;
    }
}
