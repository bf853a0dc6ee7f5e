/* Three statements. */
#include "worker/storage/alerts.h"

#include <stdlib.h>

#include "storage/statements.h"
#include "worker/storage/binary.h"
#include "worker/storage/session.h"

#define COLUMN_MATCHES ALERT_PARTS
#define COLUMN_LAST    (ALERT_PARTS + 1)

struct alerts {
    struct pg *pg;
};

const char *const alert_part_names[ALERT_PARTS] = {
    "rule",  "actor",  "pair_source", "pair_target", "event_type", "theme",
    "place", "source", "language",    "query",       "tone_below", "tone_above",
};

enum status alerts_open(const char *db, struct alerts **out, struct fault *fault)
{
    struct alerts *alerts = calloc(1, sizeof *alerts);
    *out = NULL;
    if (!alerts)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for watch rules");
    enum status status = session_open(db, "newsmill-alerts", &alerts->pg, fault);
    if (status == STATUS_OK)
        *out = alerts;
    else
        alerts_close(alerts);
    return status;
}

void alerts_close(struct alerts *alerts)
{
    if (!alerts)
        return;
    pg_close(&alerts->pg);
    free(alerts);
}

static enum status run(struct alerts *alerts, unsigned statement, const struct slice *values,
                       size_t count, struct pg_result **result, struct fault *fault)
{
    struct pg_fault why;
    enum status status =
        pg_execute(alerts->pg, &statements[statement], values, count, result, &why);
    return status == STATUS_OK ? status : session_explain(&why, fault);
}

enum status alerts_add(struct alerts *alerts, const struct slice parts[ALERT_PARTS],
                       struct fault *fault)
{
    struct pg_result *result;
    enum status status = run(alerts, STATEMENT_ALERTS_ADD, parts, ALERT_PARTS, &result, fault);
    if (status != STATUS_OK)
        return status;
    bool added = pg_rows(result) > 0;
    pg_result_free(result);
    return added ? STATUS_OK
                 : fault_set(fault, STATUS_REJECT, "rule-exists",
                             "there is a rule of that name; newsmill alerts drop makes room");
}

enum status alerts_list(struct alerts *alerts, alerts_call *call, void *user, struct fault *fault)
{
    struct pg_result *result;
    enum status status = run(alerts, STATEMENT_ALERTS_LIST, NULL, 0, &result, fault);
    if (status != STATUS_OK)
        return status;
    for (size_t row = 0; row < pg_rows(result) && status == STATUS_OK; row++) {
        struct alert_rule rule = {.matches =
                                      binary_read_int8(pg_bytes(result, row, COLUMN_MATCHES)),
                                  .last_ms = binary_read_time(pg_bytes(result, row, COLUMN_LAST))};
        for (int i = 0; i < ALERT_PARTS; i++)
            rule.parts[i] = pg_bytes(result, row, i);
        status = call(user, &rule, fault);
    }
    pg_result_free(result);
    return status;
}

enum status alerts_drop(struct alerts *alerts, struct slice rule, bool *dropped,
                        struct fault *fault)
{
    struct pg_result *result;
    enum status status = run(alerts, STATEMENT_ALERTS_DROP, &rule, 1, &result, fault);
    if (status != STATUS_OK)
        return status;
    *dropped = pg_rows(result) > 0;
    pg_result_free(result);
    return STATUS_OK;
}
