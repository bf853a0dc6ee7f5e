/* A worker process that a supervisor keeps running: this program again, with another command.
 *
 * Children get SIGTERM when the supervisor dies, write nothing to its standard output, and are in a
 * process group of their own, so that Ctrl-C reaches the supervisor alone and it decides the order.
 */
#ifndef NEWSMILL_WORKER_CLI_CHILD_H
#define NEWSMILL_WORKER_CLI_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/backoff.h"
#include "common/metrics.h"
#include "worker/cli/command.h"

#define CHILD_ARGUMENTS_MAX 64

struct child {
    const char *command;  /* "ingest" */
    unsigned number;      /* from 1 on, among those with its command */
    enum command_bit bit; /* of the command */
    pid_t pid;            /* 0: does not run */
    int64_t started_ms;
    int64_t due_ms; /* when to start it again, when it does not run */
    struct backoff backoff;
    uint64_t restarts;
    struct metrics *metrics; /* that it writes and we read, through all its lives; NULL: none */
    int metrics_fd;          /* where they lie; -1: nowhere */
};
/* Of a child that has ended. */
void child_deinit(struct child *child);

/* A command line: words that belong to it. The overflow is sticky, like an allocation failure. */
struct child_arguments {
    char *words[CHILD_ARGUMENTS_MAX + 1];
    size_t count;
    bool failed;
};
void child_arguments_free(struct child_arguments *arguments);
/* "--name=value". */
void child_argument(struct child_arguments *arguments, const char *name, const char *value);
/* Hands on every option that was given to `up` and that the child's command has as well. `except`
 * is a NULL-terminated list of names. */
void child_hand_on(struct child_arguments *arguments, const struct child *child,
                   const struct options *options, const char *const *except);

/* Starts it. `database`, when not NULL, goes into its environment (NEWSMILL_DB), because it may
 * hold a password, and command lines are public. RETRY when the system has no process to give. */
enum status child_start(struct child *child, const struct child_arguments *arguments,
                        const char *database, int64_t now_ms, struct fault *fault) MUST_CHECK;
/* True when it has ended since the last look; `*code` is its exit code, or 128 plus the signal. */
bool child_ended(struct child *child, int *code);
/* Counts the end and sets when to start it again. */
void child_plan_restart(struct child *child, int64_t now_ms);
void child_signal(const struct child *child, int signal);

#endif
