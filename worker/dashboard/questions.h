/* The questions that the page may ask: one row each, complete at compile time. */
#ifndef NEWSMILL_DASHBOARD_QUESTIONS_H
#define NEWSMILL_DASHBOARD_QUESTIONS_H

#include <stddef.h>

#include "worker/dashboard/parameters.h"

#define QUESTION_PARAMETERS_MAX 8

struct question {
    const char *path;      /* "/api/search" */
    const char *statement; /* a file of sql/; its first column is the JSON that goes out */
    /* $1, $2, … of the statement, in this order; the first without a name ends them. */
    struct parameter parameters[QUESTION_PARAMETERS_MAX];
};

extern const struct question questions[];
extern const size_t question_count;

#endif
