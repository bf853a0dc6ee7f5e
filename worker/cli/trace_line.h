/* Reads log lines back (common/log_line.h): text, also behind what a collector puts before it, and
 * JSON. What is no line of ours is none; nothing a stranger wrote into a value can pass for another
 * field. Pure. */
#ifndef NEWSMILL_WORKER_CLI_TRACE_LINE_H
#define NEWSMILL_WORKER_CLI_TRACE_LINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/slice.h"

struct trace_line {
    int64_t time_ms;
    json_t *fields; /* {"role", "message", …}: strings and integers, in the line's order; owned */
};
/* False when it is none, or without memory. Ended by json_decref(fields). */
bool trace_line_read(struct slice text, struct trace_line *out);

/* A field that is a string; NULL when it is absent. */
const char *trace_line_text(const struct trace_line *line, const char *key);

#endif
