/* The lines of a dictionary without comments, and what is said of those that cannot be read. */
#ifndef NEWSMILL_WORKER_ANALYSIS_PETRARCH_PETRARCH_LINES_H
#define NEWSMILL_WORKER_ANALYSIS_PETRARCH_PETRARCH_LINES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/slice.h"

#define PETRARCH_LINE_BYTES 4096

struct petrarch_lines {
    FILE *in;
    const char *path;
    uint32_t number; /* of the line that was given last, from 1 */
    uint32_t bad;    /* lines that could not be read */
    bool in_comment; /* "<!--" over several lines */
    char text[PETRARCH_LINE_BYTES];
};

/* The next line that says something, trimmed, clean UTF-8; false at the end. Valid until the next
 * call. */
bool petrarch_lines_next(struct petrarch_lines *lines, struct slice *line);
/* Counts the line as bad and logs why; of many in a file the first few. */
void petrarch_lines_bad(struct petrarch_lines *lines, const char *why);

#endif
