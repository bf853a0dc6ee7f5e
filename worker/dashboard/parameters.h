/* Parameters of the dashboard's questions: what each may be. Pure. */
#ifndef NEWSMILL_DASHBOARD_PARAMETERS_H
#define NEWSMILL_DASHBOARD_PARAMETERS_H

#include <stdbool.h>
#include <stdint.h>

#define PARAMETER_TEXT_MAX 400 /* bytes */

enum parameter_kind {
    PARAMETER_TIME,   /* RFC 3339, or a date */
    PARAMETER_TEXT,   /* UTF-8 without control characters */
    PARAMETER_CODE,   /* letters, digits, "-" and "_" */
    PARAMETER_UUID,   /* 8-4-4-4-12 */
    PARAMETER_NUMBER, /* min to max */
    PARAMETER_CHOICE  /* one of the words of `choices` */
};

struct parameter {
    const char *name;
    enum parameter_kind kind;
    const char *fallback; /* when it is absent or empty; NULL: then the statement gets NULL */
    int64_t min, max;
    const char *choices; /* words with spaces between them */
    bool required;
};

/* Whether a value that is there is what the parameter takes. */
bool parameter_fits(const struct parameter *parameter, const char *value);
/* What it takes, for the message: "a time such as 2026-11-27T08:00:00Z". */
const char *parameter_wants(const struct parameter *parameter);

#endif
