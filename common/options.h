/* Options of a command: from its flags, the environment, a file, and the table's defaults, in that
 * order. The table (worker/cli/options.c) is the only place that knows names, types, ranges and
 * help;
 * --help and the sample file are printed from it.
 *
 * `--batch-rows 200` on the command line, `NEWSMILL_BATCH_ROWS=200` in the environment and
 * `batch-rows = 200` in the file named by --config are the same. An unknown name is an error that
 * suggests the nearest known one. */
#ifndef NEWSMILL_COMMON_OPTIONS_H
#define NEWSMILL_COMMON_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/status.h"

/* CONTRACT section 3. */
enum { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_OUTSIDE = 3 };

enum option_type {
    OPTION_TEXT,
    OPTION_INT,
    OPTION_FLAG,
    OPTION_ENDPOINT,  /* tcp://HOST:PORT or ipc://PATH */
    OPTION_ENDPOINTS, /* several, with commas between them */
    OPTION_FILES,     /* likewise; given several times in one place, they add up */
    OPTION_ADDRESS,   /* HOST:PORT of an HTTP server, or "off", or "systemd" */
    OPTION_BACKLOG,   /* "journal", or the URI of a cluster (amqp_uri.h) */
    OPTION_CHOICE     /* one of the words of `value`, "full|fast" */
};

struct option {
    const char *name; /* "batch-rows" */
    enum option_type type;
    const char *fallback; /* as text; NULL: absent */
    int64_t min, max;     /* of INT */
    unsigned commands;    /* bits of the commands that take it */
    const char *value;    /* "N", "URI": for the help */
    const char *help;     /* one line */
};

struct options;

/* Reads `argv[0..argc)` (without program and command name) for the command whose bit is `command`.
 * Arguments that are not options are kept as operands ("-" is one; "--" ends the options). A file
 * may hold options of any command; the command line and NEWSMILL_ names only this one's (unknown
 * NEWSMILL_ variables are errors too). REJECT with one sentence: code "unknown-option",
 * "bad-value", "config-file". */
enum status options_parse(const struct option *table, size_t count, unsigned command, int argc,
                          char *const *argv, char *const *environment, struct options **out,
                          struct fault *fault) MUST_CHECK;
void options_free(struct options *options);

/* The value; asking for a name that is not in the table is a bug. Text is NULL when absent. */
const char *options_text(const struct options *options, const char *name);
int64_t options_int(const struct options *options, const char *name);
bool options_flag(const struct options *options, const char *name);
/* True when the value did not come from the table's default. */
bool options_given(const struct options *options, const char *name);

size_t options_operand_count(const struct options *options);
const char *options_operand(const struct options *options, size_t index);

/* Prints the options of `command`, a line or two each, to stdout. */
void options_help(const struct option *table, size_t count, unsigned command);

#endif
