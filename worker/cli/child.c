/* Worker processes: start, end, start again. */
#include "worker/cli/child.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/loop.h"
#include "common/service.h"

#define RESTART_BASE_MS 100
#define RESTART_CAP_MS  10000
#define STEADY_MS       10000 /* a child that ran this long starts its back-off anew */
#define DATABASE_NAME   "NEWSMILL_DB="

extern char **environ;

void child_deinit(struct child *child)
{
    metrics_free(child->metrics);
    if (child->metrics_fd >= 0)
        (void)close(child->metrics_fd);
    child->metrics = NULL;
    child->metrics_fd = -1;
}

void child_arguments_free(struct child_arguments *arguments)
{
    for (size_t i = 0; i < arguments->count; i++)
        free(arguments->words[i]);
    arguments->count = 0;
}

static void add_word(struct child_arguments *arguments, char *word)
{
    if (!word || arguments->count == CHILD_ARGUMENTS_MAX) {
        free(word);
        arguments->failed = true;
        return;
    }
    arguments->words[arguments->count++] = word;
    arguments->words[arguments->count] = NULL;
}

void child_argument(struct child_arguments *arguments, const char *name, const char *value)
{
    char *word = NULL;
    if (asprintf(&word, "--%s=%s", name, value) < 0)
        word = NULL;
    add_word(arguments, word);
}

static bool is_in(const char *name, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(*list, name) == 0)
            return true;
    return false;
}

static bool up_has(const char *name)
{
    for (size_t i = 0; i < option_count; i++)
        if ((option_table[i].commands & COMMAND_UP) && strcmp(option_table[i].name, name) == 0)
            return true;
    return false;
}

void child_hand_on(struct child_arguments *arguments, const struct child *child,
                   const struct options *options, const char *const *except)
{
    for (size_t i = 0; i < option_count; i++) {
        const struct option *row = &option_table[i];
        if ((row->commands & (unsigned)child->bit) && up_has(row->name) &&
            !is_in(row->name, except) && options_given(options, row->name))
            child_argument(arguments, row->name, options_text(options, row->name));
    }
}

/* What is the supervisor's own: its place with systemd, and what `database` stands for. */
static bool is_kept(const char *variable, const char *database)
{
    for (size_t i = 0; service_variables[i]; i++)
        if (strncmp(variable, service_variables[i], strlen(service_variables[i])) == 0)
            return false;
    return !database || strncmp(variable, DATABASE_NAME, strlen(DATABASE_NAME)) != 0;
}

/* Our environment with `database` in it; the caller frees the array and `*entry`. */
static char **environment_with(const char *database, char **entry)
{
    size_t count = 0, kept = 0;
    while (environ[count])
        count++;
    char **copy = calloc(count + 2, sizeof *copy);
    *entry = NULL;
    if (!copy || (database && asprintf(entry, DATABASE_NAME "%s", database) < 0)) {
        free(copy);
        *entry = NULL;
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        if (is_kept(environ[i], database))
            copy[kept++] = environ[i];
    copy[kept] = *entry;
    return copy;
}

/* The new program inherits it under the number where it looks. */
static bool hand_over(int metrics_fd)
{
    if (metrics_fd == METRICS_SHARED_FD)
        return fcntl(metrics_fd, F_SETFD, 0) == 0;
    return dup2(metrics_fd, METRICS_SHARED_FD) == METRICS_SHARED_FD;
}

/* In the child, between fork and exec: only calls that are safe there. The program is started by
 * its path, so that process lists show its name; a program replaced on disk is still found as
 * itself. */
static _Noreturn void become(const char *program, char *const *words, char *const *environment,
                             pid_t parent, int metrics_fd)
{
    loop_signals_restore();
    (void)setpgid(0, 0);
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent)
        _exit(EXIT_OUTSIDE); /* the supervisor died meanwhile */
    int null = open("/dev/null", O_RDWR);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
        _exit(EXIT_OUTSIDE);
    bool shares = metrics_fd >= 0 && hand_over(metrics_fd);
    (void)close_range(METRICS_SHARED_FD + shares, ~0U, 0);
    (void)execve(program, words, environment);
    (void)execve("/proc/self/exe", words, environment);
    _exit(EXIT_OUTSIDE);
}

enum status child_start(struct child *child, const struct child_arguments *arguments,
                        const char *database, int64_t now_ms, struct fault *fault)
{
    char name[] = "newsmill", *entry = NULL, program[PATH_MAX] = "";
    char *words[CHILD_ARGUMENTS_MAX + 3] = {name, (char *)(uintptr_t)child->command};
    assert(child->pid == 0);
    if (readlink("/proc/self/exe", program, sizeof program - 1) < 0)
        program[0] = '\0';
    memcpy(words + 2, arguments->words, arguments->count * sizeof *words);
    char **environment = arguments->failed ? NULL : environment_with(database, &entry);
    pid_t parent = getpid(), pid = environment ? fork() : -1;
    if (pid == 0)
        become(program, words, environment, parent, child->metrics_fd);
    int error = environment ? errno : ENOMEM;
    free(environment);
    free(entry);
    if (pid < 0)
        return fault_set(fault, STATUS_RETRY, "no-process", "cannot start newsmill %s: %s",
                         child->command, strerror(error));
    child->pid = pid;
    child->started_ms = now_ms;
    return STATUS_OK;
}

bool child_ended(struct child *child, int *code)
{
    int status;
    if (child->pid == 0 || waitpid(child->pid, &status, WNOHANG) != child->pid)
        return false;
    *code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    child->pid = 0;
    if (child->metrics)
        metrics_rest(child->metrics);
    return true;
}

void child_plan_restart(struct child *child, int64_t now_ms)
{
    child->backoff.base_ms = RESTART_BASE_MS;
    child->backoff.cap_ms = RESTART_CAP_MS;
    if (now_ms - child->started_ms >= STEADY_MS)
        backoff_reset(&child->backoff);
    child->due_ms = now_ms + backoff_next(&child->backoff, backoff_random());
    child->restarts++;
}

void child_signal(const struct child *child, int signal)
{
    if (child->pid > 0)
        (void)kill(child->pid, signal);
}
