/* A cluster's server: initdb, starting, waiting, stopping. */
#include "worker/storage/cluster.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/loop.h"
#include "storage/statements.h"
#include "worker/storage/cluster_state.h"
#include "worker/storage/pg.h"

#define INITDB_MS   120000
#define START_MS    300000 /* recovery after a crash replays up to max_wal_size */
#define SURVIVOR_MS 30000
#define STOP_MS     30000
#define RESTART_MS  1000 /* between two starts of one that keeps dying */
#define STEP_MS     50
#define TRIES       5 /* while a killed server's last processes let go of its memory */
#define ARGUMENTS   64

/* ---- children ---- */

static bool interrupted(void)
{
    sigset_t waiting;
    return sigpending(&waiting) == 0 &&
           (sigismember(&waiting, SIGINT) == 1 || sigismember(&waiting, SIGTERM) == 1);
}

/* Between fork and exec: only what is safe there. Leaves our process group, so that a Ctrl-C on the
 * terminal does not reach the server before `up` has finished with it. */
static void become(const struct cluster *cluster, int log, int death_signal)
{
    int null = open("/dev/null", O_RDONLY);
    if (setsid() < 0 || null < 0 || dup2(null, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0 ||
        close_range(3, ~0U, 0) != 0)
        _exit(126);
    if (geteuid() == 0 &&
        (setgroups(0, NULL) != 0 || setgid(cluster->gid) != 0 || setuid(cluster->uid) != 0))
        _exit(126);
    /* After the change of user, which would clear it. */
    if (prctl(PR_SET_PDEATHSIG, death_signal) != 0 || chdir(cluster->root) != 0)
        _exit(126);
    loop_signals_restore();
}

/* Variables that would steer the server, and the language of its messages. */
static char *const *environment_without_pg(void)
{
    extern char **environ;
    static char messages[] = "LC_MESSAGES=C";
    size_t count = 0, kept = 0;
    while (environ[count])
        count++;
    char **clean = calloc(count + 2, sizeof *clean);
    for (size_t i = 0; clean && i < count; i++)
        if (strncmp(environ[i], "PG", 2) != 0 && strncmp(environ[i], "LC_", 3) != 0)
            clean[kept++] = environ[i];
    if (clean)
        clean[kept] = messages;
    return clean;
}

/* Fills arguments[0] with the program's whole path: initdb looks for its files beside it, and would
 * look for a bare name on the PATH. */
static pid_t spawn(const struct cluster *cluster, const char *program, char **arguments,
                   int death_signal, struct fault *fault)
{
    char path[CLUSTER_PATH + 16];
    (void)snprintf(path, sizeof path, "%s/%s", cluster->programs, program);
    int log = cluster_open_log(cluster);
    char *const *environment = environment_without_pg();
    pid_t parent = getpid(), child = log >= 0 && environment ? fork() : -1;
    if (child == 0) {
        become(cluster, log, death_signal);
        arguments[0] = path;
        if (getppid() == parent) /* else it died before it could be noticed */
            (void)execve(path, (char *const *)arguments, environment);
        _exit(127);
    }
    if (child < 0)
        (void)!fault_set(fault, STATUS_FATAL, "database-start", "cannot start %.150s: %s", program,
                         strerror(errno));
    free((void *)(size_t)environment);
    if (log >= 0)
        (void)close(log);
    return child;
}

/* Waits for a process to end, for `ms` at most or until a signal waits (unless `ignore_signals`).
 * True when it has ended; a child is not reaped. */
static bool wait_gone(pid_t pid, int64_t ms, bool ignore_signals)
{
    int64_t deadline = clock_steady_ms() + ms;
    int handle = pidfd_open(pid, 0);
    if (handle < 0)
        return errno == ESRCH;
    struct pollfd entry = {.fd = handle, .events = POLLIN};
    int ready = 0;
    while (ready <= 0 && clock_steady_ms() < deadline && (ignore_signals || !interrupted()))
        ready = poll(&entry, 1, STEP_MS);
    (void)close(handle);
    return ready > 0;
}

static enum status fail_last_words(const struct cluster *cluster, const char *what,
                                   struct fault *fault)
{
    char words[160];
    cluster_last_words(cluster, words, sizeof words);
    return fault_set(fault, STATUS_FATAL, "database-start", "%s: %s", what, words);
}

/* ---- initdb ---- */

static enum status run_initdb(struct cluster *cluster, struct fault *fault)
{
    char target[CLUSTER_PATH + 32];
    (void)snprintf(target, sizeof target, "--pgdata=%s.new", cluster->data);
    char *arguments[] = {NULL,
                         target,
                         (char[]){"--username=" CLUSTER_ROLE},
                         (char[]){"--auth=peer"},
                         (char[]){"--encoding=UTF8"},
                         (char[]){"--locale=C.UTF-8"},
                         (char[]){"--lc-collate=C"}, /* by bytes: half the time of an index */
                         (char[]){"--data-checksums"},
                         NULL};
    int status = 0;
    pid_t child = spawn(cluster, "initdb", arguments, SIGKILL, fault);
    if (child < 0)
        return STATUS_FATAL;
    bool ended = wait_gone(child, INITDB_MS, false);
    if (!ended)
        (void)kill(child, SIGKILL);
    if (waitpid(child, &status, 0) != child || !ended)
        return fault_set(fault, STATUS_RETRY, "database-start",
                         "making the database was interrupted");
    return WIFEXITED(status) && WEXITSTATUS(status) == 0
               ? STATUS_OK
               : fail_last_words(cluster, "cannot make a database cluster", fault);
}

static enum status create(struct cluster *cluster, struct fault *fault)
{
    log_info("making a database cluster", log_text("folder", cluster->data));
    enum status status = cluster_clear_new(cluster, fault);
    if (status == STATUS_OK)
        status = run_initdb(cluster, fault);
    return status == STATUS_OK ? cluster_adopt_new(cluster, fault) : status;
}

/* ---- the server ---- */

/* Tuned for steady inserts by a few connections; everything that keeps data safe stays on. */
static enum status start_server(struct cluster *cluster, struct fault *fault)
{
    static const struct {
        int since; /* major version */
        const char *setting;
    } settings[] = {
        {0, "listen_addresses="},
        {0, "port=5432"},
        {0, "fsync=on"},
        {0, "synchronous_commit=on"},
        {0, "full_page_writes=on"},
        {0, "shared_buffers=256MB"},
        {0, "min_wal_size=1GB"}, /* kept for the next flood: making a file stops everybody */
        {0, "max_wal_size=4GB"},
        {0, "checkpoint_timeout=15min"},
        {0, "checkpoint_completion_target=0.9"},
        {0, "random_page_cost=1.1"},
        {0, "jit=off"},
        {0, "max_connections=100"},
        {0, "timezone=UTC"},
        {0, "log_timezone=UTC"},
        {0, "logging_collector=off"},
        {0, "log_destination=stderr"},
        {0, "log_min_error_statement=panic"}, /* statements hold articles */
        {0, "log_error_verbosity=terse"},
        {14, "default_toast_compression=lz4"},
        {15, "wal_compression=lz4"},
    };
    static char option[] = "-c";
    char socket[96];
    char *arguments[ARGUMENTS] = {NULL, (char[]){"-D"}, cluster->data, option, socket};
    size_t count = 5;
    (void)snprintf(socket, sizeof socket, "unix_socket_directories=%s", cluster->socket);
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        if (cluster->major < settings[i].since)
            continue;
        arguments[count++] = option;
        arguments[count++] = (char *)(size_t)settings[i].setting; /* execve only reads it */
    }
    pid_t child = spawn(cluster, "postgres", arguments, SIGINT, fault);
    cluster->pid = child > 0 ? child : 0;
    cluster->started_ms = clock_steady_ms();
    return child > 0 ? STATUS_OK : STATUS_FATAL;
}

/* True when the server has ended; it is reaped then. */
static bool server_ended(struct cluster *cluster)
{
    if (cluster->pid == 0)
        return true;
    if (waitpid(cluster->pid, NULL, WNOHANG) == 0)
        return false;
    cluster->pid = 0;
    return true;
}

/* The server of an earlier run that lost its parent is on its way out, or is told to be. */
static enum status wait_survivor(const struct cluster *cluster, struct fault *fault)
{
    pid_t survivor = cluster_survivor(cluster);
    if (survivor == 0)
        return STATUS_OK;
    log_info("waiting for the database of an earlier run to stop", log_int("pid", survivor));
    (void)kill(survivor, SIGINT);
    if (wait_gone(survivor, SURVIVOR_MS, false))
        return STATUS_OK;
    return fault_set(fault, STATUS_RETRY, "database-start",
                     "the database of an earlier run (process %d) does not stop: end it",
                     (int)survivor);
}

static bool keep_waiting(void *user)
{
    (void)user;
    return !interrupted();
}

static enum status connect_to(const struct cluster *cluster, struct pg **out,
                              struct pg_fault *fault)
{
    char uri[192];
    (void)snprintf(uri, sizeof uri, "postgresql://" CLUSTER_ROLE "@/postgres?host=%s&port=5432",
                   cluster->socket);
    const struct pg_options options = {.uri = uri,
                                       .application_name = "newsmill-up",
                                       .connect_ms = 10000,
                                       .statement_ms = 60000,
                                       .idle = keep_waiting};
    return pg_open(&options, out, fault);
}

/* Until it answers. RETRY with code "database-busy" when processes of a killed server still hold
 * its memory. */
static enum status wait_ready(struct cluster *cluster, struct pg **out, struct fault *fault)
{
    int64_t deadline = clock_steady_ms() + START_MS;
    struct pg_fault why = {.fault = {.code = ""}};
    while (connect_to(cluster, out, &why) != STATUS_OK) {
        if (interrupted())
            return fault_set(fault, STATUS_RETRY, "interrupted",
                             "interrupted while the database was starting");
        if (cluster->pid == 0 || wait_gone(cluster->pid, STEP_MS, true)) {
            char words[160];
            (void)server_ended(cluster);
            cluster_last_words(cluster, words, sizeof words);
            bool busy = strstr(words, "shared memory block") || strstr(words, "lock file");
            return fault_set(fault, busy ? STATUS_RETRY : STATUS_FATAL,
                             busy ? "database-busy" : "database-start",
                             "the database does not start: %s", words);
        }
        if (clock_steady_ms() > deadline)
            return fault_set(fault, STATUS_FATAL, "database-start",
                             "the database does not answer: %.150s", why.fault.message);
    }
    return STATUS_OK;
}

static enum status make_database(struct pg *pg, struct fault *fault)
{
    struct pg_result *result;
    struct pg_fault why;
    enum status status =
        pg_execute(pg, &statements[STATEMENT_DATABASE_EXISTS], NULL, 0, &result, &why);
    if (status == STATUS_OK && !pg_bool(result, 0, 0))
        status = pg_execute(pg, &statements[STATEMENT_DATABASE_CREATE], NULL, 0, NULL, &why);
    pg_result_free(result);
    if (status != STATUS_OK)
        *fault = why.fault;
    return status;
}

static enum status start_and_wait(struct cluster *cluster, struct fault *fault)
{
    struct pg *pg = NULL;
    enum status status = STATUS_RETRY;
    for (int tries = 0; tries < TRIES && status == STATUS_RETRY; tries++) {
        status = start_server(cluster, fault);
        if (status == STATUS_OK)
            status = wait_ready(cluster, &pg, fault);
        if (status == STATUS_RETRY && strcmp(fault->code, "database-busy") != 0)
            break;
        /* Nothing tells when such memory is free: look again after a while. */
        if (status == STATUS_RETRY)
            (void)poll(NULL, 0, STEP_MS << tries);
    }
    if (status == STATUS_OK)
        status = make_database(pg, fault);
    pg_close(&pg);
    return status;
}

/* ---- the cluster ---- */

enum status cluster_start(const char *folder, struct cluster **out, struct fault *fault)
{
    struct cluster *cluster = calloc(1, sizeof *cluster);
    *out = cluster;
    if (!cluster)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the database");
    enum status status = cluster_place(cluster, folder, fault);
    if (status == STATUS_OK && !cluster_exists(cluster))
        status = create(cluster, fault);
    if (status == STATUS_OK)
        status = wait_survivor(cluster, fault);
    if (status == STATUS_OK)
        status = cluster_configure(cluster, fault);
    if (status == STATUS_OK)
        status = cluster_make_socket(cluster, fault);
    if (status == STATUS_OK)
        status = start_and_wait(cluster, fault);
    if (status != STATUS_OK)
        cluster_stop(out);
    return status;
}

const char *cluster_uri(const struct cluster *cluster)
{
    return cluster->uri;
}

bool cluster_keep(struct cluster *cluster)
{
    struct fault fault;
    if (!server_ended(cluster) || clock_steady_ms() - cluster->started_ms < RESTART_MS)
        return false;
    log_error("the database died; it is started again", log_text("log", cluster->log));
    if (start_server(cluster, &fault) != STATUS_OK)
        log_error(fault.message);
    return true;
}

void cluster_stop(struct cluster **out)
{
    struct cluster *cluster = *out;
    if (!cluster)
        return;
    if (cluster->pid > 0) {
        (void)kill(cluster->pid, SIGINT);
        if (!wait_gone(cluster->pid, STOP_MS, true)) {
            log_warn("the database does not stop; it is told to do so at once");
            (void)kill(cluster->pid, SIGQUIT);
        }
        (void)waitpid(cluster->pid, NULL, 0);
    }
    if (cluster->socket[0])
        (void)rmdir(cluster->socket);
    free(cluster);
    *out = NULL;
}
