/* Reading points in time. */
#include "worker/cli/when.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"

#define AGO_MAX INT64_C(1000000000) /* of any unit; far from an overflow */

static int64_t unit_ms(char unit)
{
    switch (unit) {
    case 's':
        return 1000;
    case 'm':
        return 60 * 1000;
    case 'h':
        return 3600 * 1000;
    case 'd':
        return INT64_C(24) * 3600 * 1000;
    default:
        return 0;
    }
}

bool when_parse(const char *text, int64_t now_ms, int64_t *ms)
{
    size_t digits = strspn(text, "0123456789");
    int64_t unit = digits > 0 && digits < 11 ? unit_ms(text[digits]) : 0;
    if (unit == 0 || text[digits + 1] != '\0')
        return clock_parse(slice_from(text), ms);
    int64_t number = strtoll(text, NULL, 10);
    if (number > AGO_MAX)
        return false;
    *ms = now_ms - number * unit;
    return true;
}

enum status when_option(const struct options *options, const char *name, int64_t *ms,
                        struct fault *fault)
{
    const char *text = options_text(options, name);
    *ms = CLOCK_NONE;
    if (!text || when_parse(text, clock_wall_ms(), ms))
        return STATUS_OK;
    return fault_set(fault, STATUS_REJECT, "bad-value",
                     "--%s wants a time such as 2026-11-27T08:00:00Z, 2026-11-27, or 36h for that "
                     "long ago, not '%.60s'",
                     name, text);
}
