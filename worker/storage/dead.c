/* Walking and dropping dead letters. */
#include "worker/storage/dead.h"

#include <stdlib.h>

#include "common/clock.h"
#include "storage/statements.h"
#include "worker/storage/binary.h"
#include "worker/storage/session.h"

#define PAGE            200
#define PARAMETERS      10
#define PARAMETER_BYTES ((size_t)1 << 26)

struct dead {
    struct pg *pg;
    struct buffer parameters[PARAMETERS];
};

enum status dead_open(const char *db, struct dead **out, struct fault *fault)
{
    struct dead *dead = calloc(1, sizeof *dead);
    *out = NULL;
    if (!dead)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for dead letters");
    for (size_t i = 0; i < PARAMETERS; i++)
        buffer_init(&dead->parameters[i], PARAMETER_BYTES);
    enum status status = session_open(db, "newsmill-dead", &dead->pg, fault);
    if (status == STATUS_OK)
        *out = dead;
    else
        dead_close(dead);
    return status;
}

void dead_close(struct dead *dead)
{
    if (!dead)
        return;
    for (size_t i = 0; i < PARAMETERS; i++)
        buffer_deinit(&dead->parameters[i]);
    pg_close(&dead->pg);
    free(dead);
}

static enum status run(struct dead *dead, unsigned statement, const struct slice *values,
                       size_t count, struct pg_result **result, struct fault *fault)
{
    struct pg_fault why;
    for (size_t i = 0; i < PARAMETERS; i++)
        if (buffer_failed(&dead->parameters[i]))
            return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for a question");
    enum status status = pg_execute(dead->pg, &statements[statement], values, count, result, &why);
    return status == STATUS_OK ? status : session_explain(&why, fault);
}

/* ---- walking ---- */

static struct slice names_value(struct buffer *out, const struct dead_filter *filter)
{
    if (filter->name_count == 0)
        return SLICE_NULL;
    buffer_clear(out);
    binary_array(out, BINARY_TEXT, filter->name_count);
    for (size_t i = 0; i < filter->name_count; i++)
        binary_bytes(out, filter->names[i]);
    return buffer_slice(out);
}

static struct dead_letter letter_at(const struct pg_result *result, size_t row)
{
    return (struct dead_letter){
        .key = pg_uuid(result, row, 0),
        .article = pg_uuid(result, row, 1),
        .id = pg_bytes(result, row, 2),
        .source = pg_bytes(result, row, 3),
        .stage = pg_bytes(result, row, 4),
        .code = pg_bytes(result, row, 5),
        .sqlstate = pg_bytes(result, row, 6),
        .message = pg_bytes(result, row, 7),
        .attempts = pg_int4(result, row, 8),
        .retries = pg_int4(result, row, 9),
        .received_ms = binary_read_time(pg_bytes(result, row, 10)),
        .died_ms = binary_read_time(pg_bytes(result, row, 11)),
        .last_retry_ms = binary_read_time(pg_bytes(result, row, 12)),
        .original_bytes = binary_read_int8(pg_bytes(result, row, 13)),
        .original = pg_bytes(result, row, 14),
    };
}

static enum status ask_page(struct dead *dead, const struct dead_filter *filter,
                            const struct uuid *after, uint64_t limit, bool originals,
                            struct pg_result **result, struct fault *fault)
{
    struct buffer *scratch = dead->parameters;
    const struct slice values[PARAMETERS] = {
        filter->stage,
        filter->code,
        filter->source,
        filter->id,
        binary_time_value(&scratch[4], filter->since_ms),
        binary_time_value(&scratch[5], filter->until_ms),
        names_value(&scratch[6], filter),
        after ? (struct slice){(const char *)after->bytes, sizeof after->bytes} : SLICE_NULL,
        binary_int8_value(&scratch[8], (int64_t)limit),
        {originals ? "\1" : "\0", 1},
    };
    return run(dead, STATEMENT_DEAD_NEWEST, values, PARAMETERS, result, fault);
}

enum status dead_newest(struct dead *dead, const struct dead_filter *filter, uint64_t limit,
                        bool originals, dead_call *call, void *user, struct fault *fault)
{
    struct uuid last;
    uint64_t left = limit ? limit : UINT64_MAX, page = originals ? 1 : PAGE;
    size_t got = 0;
    enum status status = STATUS_OK;
    for (bool first = true; status == STATUS_OK && left > 0; first = false) {
        struct pg_result *result;
        uint64_t wanted = left < page ? left : page;
        status = ask_page(dead, filter, first ? NULL : &last, wanted, originals, &result, fault);
        if (status != STATUS_OK)
            return status;
        got = pg_rows(result);
        for (size_t i = 0; i < got && status == STATUS_OK; i++) {
            struct dead_letter letter = letter_at(result, i);
            last = letter.key;
            status = call(user, &letter, fault);
        }
        pg_result_free(result);
        left = got < wanted ? 0 : left - got;
    }
    return status;
}

/* ---- dropping ---- */

enum status dead_drop(struct dead *dead, const struct uuid *keys, size_t count, uint64_t *dropped,
                      struct fault *fault)
{
    struct buffer *scratch = dead->parameters;
    struct pg_result *result;
    buffer_clear(scratch);
    binary_array(scratch, BINARY_UUID, count);
    for (size_t i = 0; i < count; i++)
        binary_uuid(scratch, &keys[i]);
    const struct slice value = buffer_slice(scratch);
    enum status status = run(dead, STATEMENT_DEAD_DROP, &value, 1, &result, fault);
    if (status != STATUS_OK)
        return status;
    *dropped = (uint64_t)binary_read_int8(pg_bytes(result, 0, 0));
    pg_result_free(result);
    return STATUS_OK;
}

/* ---- retrying ---- */

enum status dead_claim(struct dead *dead, const struct uuid *key, int32_t max_retries,
                       dead_call *call, void *user, struct fault *fault)
{
    struct pg_result *result;
    const struct slice values[] = {
        {(const char *)key->bytes, sizeof key->bytes},
        binary_int4_value(&dead->parameters[1], max_retries),
    };
    enum status status = run(dead, STATEMENT_DEAD_CLAIM, values, 2, &result, fault);
    if (status != STATUS_OK)
        return status;
    if (pg_rows(result) == 0) {
        status = fault_set(fault, STATUS_REJECT, "too-many-retries",
                           "it has had its %d retries; --max-retries allows more", max_retries);
    } else {
        const struct dead_letter letter = {.key = *key, .original = pg_bytes(result, 0, 0)};
        status = call(user, &letter, fault);
    }
    pg_result_free(result);
    return status;
}

enum status dead_unclaim(struct dead *dead, const struct uuid *key, struct fault *fault)
{
    const struct slice value = {(const char *)key->bytes, sizeof key->bytes};
    return run(dead, STATEMENT_DEAD_UNCLAIM, &value, 1, NULL, fault);
}
