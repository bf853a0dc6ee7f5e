/* Which months were asked for. */
#include "worker/storage/partitions.h"

#include <time.h>

#include "common/log.h"
#include "storage/statements.h"
#include "worker/storage/binary.h"

#define REMEMBER_MS     3600000
#define PARAMETER_BYTES 64

void partitions_init(struct partitions *partitions)
{
    *partitions = (struct partitions){.count = 0};
    buffer_init(&partitions->parameter, PARAMETER_BYTES);
}

void partitions_deinit(struct partitions *partitions)
{
    buffer_deinit(&partitions->parameter);
}

int32_t partitions_month(int64_t wall_ms)
{
    const time_t seconds = (time_t)(wall_ms / 1000 - (wall_ms % 1000 < 0));
    struct tm date;
    if (!gmtime_r(&seconds, &date))
        return INT32_MIN;
    return (int32_t)(date.tm_year - 70) * 12 + date.tm_mon;
}

static bool is_known(const struct partitions *partitions, int32_t month)
{
    for (size_t i = 0; i < partitions->count; i++)
        if (partitions->months[i] == month)
            return true;
    return false;
}

static void remember(struct partitions *partitions, int32_t month, int64_t now_ms)
{
    if (partitions->count == PARTITIONS_KEPT)
        partitions->count = 0;
    if (partitions->count == 0)
        partitions->since_ms = now_ms;
    partitions->months[partitions->count++] = month;
}

static enum status make(struct partitions *partitions, struct pg *pg, int64_t received_ms,
                        struct pg_fault *fault)
{
    const struct slice value = binary_time_value(&partitions->parameter, received_ms);
    enum status status =
        pg_execute(pg, &statements[STATEMENT_PARTITIONS_MAKE], &value, 1, NULL, fault);
    if (status == STATUS_OK || !pg_usable(pg))
        return status;
    log_info("a month has no partitions of its own yet", log_text("why", fault->fault.message),
             log_text("sqlstate", fault->sqlstate));
    return STATUS_OK;
}

enum status partitions_prepare(struct partitions *partitions, struct pg *pg,
                               struct row *const *rows, size_t count, int64_t now_ms,
                               struct pg_fault *fault)
{
    enum status status = STATUS_OK;
    if (now_ms - partitions->since_ms > REMEMBER_MS)
        partitions->count = 0;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        int32_t month = partitions_month(rows[i]->received_ms);
        if (rows[i]->dead || is_known(partitions, month))
            continue;
        status = make(partitions, pg, rows[i]->received_ms, fault);
        if (status == STATUS_OK)
            remember(partitions, month, now_ms);
    }
    return status;
}
