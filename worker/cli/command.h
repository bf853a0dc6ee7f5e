/* The commands of the program and the one table of their options.
 *
 * Adding a command is a row in commands.c, a bit here, and the bit on the rows of options.c it
 * takes.
 */
#ifndef NEWSMILL_WORKER_CLI_COMMAND_H
#define NEWSMILL_WORKER_CLI_COMMAND_H

#include "common/options.h"

enum command_bit {
    COMMAND_UP = 1 << 0,
    COMMAND_INGEST = 1 << 1,
    COMMAND_ANALYZE = 1 << 2,
    COMMAND_STORE = 1 << 3,
    COMMAND_PUSH = 1 << 4,
    COMMAND_INSPECT = 1 << 5,
    COMMAND_MIGRATE = 1 << 6,
    COMMAND_STATUS = 1 << 7,
    COMMAND_CONFIG = 1 << 8,
    COMMAND_JOURNAL = 1 << 9,
    COMMAND_DEAD = 1 << 10,
    COMMAND_WORKER = 1 << 11,
    COMMAND_REPLAY = 1 << 12,
    COMMAND_TOP = 1 << 13,
    COMMAND_TAP = 1 << 14,
    COMMAND_GAZETTEER = 1 << 15,
    COMMAND_WATCH = 1 << 16,
    COMMAND_DASHBOARD = 1 << 17,
    COMMAND_ALERTS = 1 << 18,
    COMMAND_EXPORT = 1 << 19,
    COMMAND_ROLLUPS = 1 << 20,
    COMMAND_RETAIN = 1 << 21,
    COMMAND_KEYS = 1 << 22,
    COMMAND_METRICS = 1 << 23,
    COMMAND_MANUAL = 1 << 24,
    COMMAND_COMPLETION = 1 << 25,
    COMMAND_TRACE = 1 << 26,
    COMMAND_HTTP = 1 << 27,
    COMMAND_ALL = (1 << 28) - 1
};

struct command {
    const char *name;
    enum command_bit bit;
    int (*run)(const struct options *options); /* returns the exit code of CONTRACT section 3 */
    size_t operands_min, operands_max;
    const char *help;     /* one line */
    const char *usage;    /* what follows the name */
    const char *examples; /* lines, each indented by two spaces */
};

extern const struct option option_table[]; /* options.c */
extern const size_t option_count;
extern const struct command command_table[]; /* commands.c */
extern const size_t command_count;

/* Each in a file of its own name. */
int up_main(const struct options *options);
int push_main(const struct options *options);
int inspect_main(const struct options *options);
int status_main(const struct options *options);
int dashboard_main(const struct options *options);
int top_main(const struct options *options);
int trace_main(const struct options *options);
int tap_main(const struct options *options);
int dead_main(const struct options *options);
int gazetteer_main(const struct options *options);
int worker_main(const struct options *options);
int replay_main(const struct options *options);
int alerts_main(const struct options *options);
int export_main(const struct options *options);
int rollups_main(const struct options *options);
int retain_main(const struct options *options);
int keys_main(const struct options *options);
/* Prints deploy/metrics.md: every metric with its labels and help. */
int metrics_main(const struct options *options);
/* Prints manual pages, and completions of shells, made from the two tables. */
int manual_main(const struct options *options);
int completion_main(const struct options *options);
/* Prints deploy/newsmill.conf.sample: every option with its help and default. */
int config_main(const struct options *options);

/* One line on stderr, "newsmill: MESSAGE", and the exit code that belongs to `fault`: 2 for bad
 * usage (REJECT), 3 for everything else. */
int command_failed(const struct fault *fault);

/* The operands in an array, which the caller frees; NULL without memory. */
const char **command_operands(const struct options *options);

#endif
