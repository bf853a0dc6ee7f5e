/* newsmill up: everything on this machine. Starts the database and the workers in order, starts
 * again what dies, shows how things stand, and stops in the order that loses nothing: ingest takes
 * no more and finishes, then the workers go, then the database. */
#include "worker/cli/up.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/security.h"
#include "worker/analysis/analysis.h"
#include "worker/cli/up_metrics.h"

#define TICK_MS          20    /* looks at what is due: restarts, a file that appears, deadlines */
#define LOOK_EVERY_TICKS 10    /* the database is looked at this often */
#define REFRESH_MS       200   /* ingest answers between two turns of its loop */
#define DATABASE_WAIT_MS 10000 /* for a database that is not ours to answer */
#define SLOW_START_MS    30000 /* then we say what we are waiting for */
#define DRAIN_MS         15000 /* ingest bounds its own drain below this */
#define END_MS           10000 /* for workers to finish what they hold */

static void set_phase(struct up *up, enum up_phase phase)
{
    up->phase = phase;
    up->phase_since_ms = clock_steady_ms();
}

struct standing up_standing(const struct up *up)
{
    struct standing standing = {.asked = 1, .pids = {up->children[0].pid}};
    const struct link_status *answer = up->ask ? ask_answer(up->ask) : NULL;
    if (up->shown_database[0])
        standing.database = up->shown_database;
    if (answer && clock_steady_ms() - up->answered_ms < UP_FRESH_MS)
        standing.nodes[standing.node_count++] = answer;
    return standing;
}

void up_refresh(struct up *up)
{
    if (up->ask && ask_wait(up->ask, REFRESH_MS))
        up->answered_ms = clock_steady_ms();
}

static bool wants(const struct up *up, enum command_bit bit)
{
    for (size_t i = 0; i < up->child_count; i++)
        if (up->children[i].bit == bit)
            return true;
    return false;
}

const char *up_missing(const struct up *up)
{
    struct standing standing = up_standing(up);
    if (up->phase >= UP_DRAIN)
        return "stopping";
    if (up->phase == UP_MIGRATE)
        return "the database is not ready";
    if (standing.node_count == 0)
        return "ingest does not answer";
    if (wants(up, COMMAND_ANALYZE) && standing_workers(&standing, LINK_ANALYZE) == 0)
        return "no analysis worker runs";
    if (wants(up, COMMAND_STORE) && standing_workers(&standing, LINK_STORE) == 0)
        return "no storage worker runs";
    return NULL;
}

/* The command line of a worker: what was given to up, and the endpoints as they turned out. */
static void arguments_of(const struct up *up, const struct child *child,
                         struct child_arguments *arguments)
{
    static const char *const except[] = {"db", "work", "http", "http-open", "drain-ms", NULL};
    static const char *const ingest_except[] = {"db", "http", "http-open", NULL};
    /* Its ranges and meanings of these are others. */
    static const char *const front_except[] = {"http", "http-open", "connections", "drain-ms",
                                               NULL};
    bool is_front = child->bit == COMMAND_HTTP;
    bool is_ingest = child->bit == COMMAND_INGEST, known = up->endpoints.work[0] != '\0';
    *arguments = (struct child_arguments){.count = 0};
    child_hand_on(arguments, child, up->options,
                  is_ingest  ? ingest_except
                  : is_front ? front_except
                             : except);
    if (child->bit != COMMAND_MIGRATE) /* whatever the environment says: the port is up's own */
        child_argument(arguments, "http", "off");
    if (is_front)
        child_argument(arguments, "to", up->endpoints.push);
    else if (child->bit != COMMAND_MIGRATE && known)
        child_argument(arguments, "work", up->endpoints.work);
    /* Started again, ingest keeps the ports that producers and workers know. */
    if (is_ingest && known) {
        child_argument(arguments, "push", up->endpoints.push);
        child_argument(arguments, "ingest", up->endpoints.ingest);
    }
}

/* DIR/trail/analyze-1.log and so on: newsmill trace looks there. */
static void add_trail(const struct up *up, const struct child *child,
                      struct child_arguments *arguments)
{
    char path[PATH_MAX];
    if (child->bit == COMMAND_MIGRATE || child->bit == COMMAND_HTTP || !up->trails)
        return;
    int len = snprintf(path, sizeof path, "%s/" FOLDER_TRAIL "/%s-%u.log", up->folder,
                       child->command, child->number);
    if (len > 0 && (size_t)len < sizeof path)
        child_argument(arguments, "trail", path);
}

static void start_child(struct up *up, struct child *child)
{
    struct child_arguments arguments;
    struct fault fault;
    int64_t now = clock_steady_ms();
    bool needs_database = child->bit == COMMAND_STORE || child->bit == COMMAND_MIGRATE;
    arguments_of(up, child, &arguments);
    add_trail(up, child, &arguments);
    if (child_start(child, &arguments, needs_database ? up->database : NULL, now, &fault) ==
        STATUS_OK) {
        log_write(child->bit == COMMAND_MIGRATE ? LOG_DEBUG : LOG_INFO, "started",
                  LOG_FIELDS(log_text("worker", child->command), log_int("pid", child->pid)));
    } else {
        log_error(fault.message);
        child_plan_restart(child, now);
    }
    child_arguments_free(&arguments);
}

static void signal_all(const struct up *up, int signal)
{
    child_signal(&up->migrate, signal);
    for (size_t i = 0; i < up->child_count; i++)
        child_signal(&up->children[i], signal);
}

static void begin_end(struct up *up)
{
    set_phase(up, UP_END);
    service_stopping(up->service);
    signal_all(up, SIGTERM);
}

/* Goes on to the end with this exit code; the first failure decides. */
static void give_up(struct up *up, int code)
{
    if (up->phase == UP_END)
        return;
    up->exit_code = code;
    begin_end(up);
}

static void begin_ingest(struct up *up)
{
    folder_forget(up->folder, "ingest.json");
    set_phase(up, UP_INGEST);
    start_child(up, &up->children[0]);
}

static void migrate_ended(struct up *up, int code)
{
    if (code == EXIT_DONE && up->phase == UP_MIGRATE)
        set_phase(up, UP_CLEAR);
    else if (up->phase == UP_MIGRATE)
        give_up(up, code == EXIT_USAGE ? EXIT_USAGE : EXIT_OUTSIDE); /* it said why */
}

/* A worker died. Before everything has once worked, bad options and ports in use are the user's to
 * mend; afterwards it is started again, whatever the reason. */
static void worker_ended(struct up *up, struct child *child, int code)
{
    if (up->phase >= UP_DRAIN)
        return;
    bool listens = child->bit == COMMAND_INGEST || child->bit == COMMAND_HTTP;
    bool hopeless =
        up->phase != UP_READY && (code == EXIT_USAGE || (listens && code == EXIT_OUTSIDE));
    if (hopeless) {
        give_up(up, code);
        return;
    }
    int64_t now = clock_steady_ms();
    child_plan_restart(child, now);
    log_warn("a worker died; it is started again", log_text("worker", child->command),
             log_int("code", code), log_int("in_ms", child->due_ms - now));
}

static void reap(struct up *up)
{
    int code;
    if (child_ended(&up->migrate, &code))
        migrate_ended(up, code);
    for (size_t i = 0; i < up->child_count; i++)
        if (child_ended(&up->children[i], &code))
            worker_ended(up, &up->children[i], code);
}

static void restart_due(struct up *up)
{
    int64_t now = clock_steady_ms();
    for (size_t i = 0; i < up->child_count; i++) {
        struct child *child = &up->children[i];
        bool begun = i == 0 ? up->phase >= UP_INGEST : up->phase >= UP_WORKERS;
        if (begun && child->pid == 0 && child->due_ms <= now)
            start_child(up, child);
    }
}

static void on_answer(void *user)
{
    struct up *up = user;
    if (ask_receive(up->ask))
        up->answered_ms = clock_steady_ms();
}

/* Ingest has written where it listens: the workers can start. */
static void begin_workers(struct up *up)
{
    struct fault fault;
    if (!folder_read_ingest(up->folder, &up->endpoints))
        return; /* not yet */
    if (ask_new(up->bus, up->endpoints.work, &up->ask, &fault) != STATUS_OK) {
        log_error(fault.message);
        give_up(up, EXIT_OUTSIDE);
        return;
    }
    loop_watch_socket(up->loop, ask_socket(up->ask), on_answer, up);
    set_phase(up, UP_WORKERS); /* restart_due() starts those that do not run */
}

static const char *missing(void *user)
{
    return up_missing(user);
}

static void announce(struct up *up)
{
    struct fault fault;
    struct folder_up about = {.pid = getpid(),
                              .database = up->shown_database,
                              .push = up->endpoints.push,
                              .ingest = up->endpoints.ingest,
                              .work = up->endpoints.work,
                              .http = http_url(up->http)};
    const struct service_options service = {.missing = missing, .user = up};
    if (folder_write_up(up->folder, &about, &fault) != STATUS_OK ||
        service_new(up->loop, &service, &up->service, &fault) != STATUS_OK) {
        log_error(fault.message);
        give_up(up, EXIT_OUTSIDE);
        return;
    }
    set_phase(up, UP_READY);
    (void)printf("ready database=%s ingest=%s push=%s http=%s\n", up->shown_database,
                 up->endpoints.ingest, up->endpoints.push, http_url(up->http));
    (void)fflush(stdout);
}

/* Says once what a slow start is waiting for. */
static void complain(struct up *up, int64_t now)
{
    if (now - up->phase_since_ms < SLOW_START_MS)
        return;
    log_warn("still starting", log_text("because", up_missing(up)));
    up->phase_since_ms = now;
}

static void check_database(struct up *up, int64_t now)
{
    if (up->cluster || now - up->phase_since_ms < DATABASE_WAIT_MS)
        return;
    (void)fprintf(stderr,
                  "newsmill: the database %s did not answer within %d s; check --db and that "
                  "PostgreSQL runs there\n",
                  up->shown_database, DATABASE_WAIT_MS / 1000);
    give_up(up, EXIT_OUTSIDE);
}

static void begin_drain(struct up *up)
{
    if (up->phase < UP_WORKERS || up->children[0].pid == 0) {
        give_up(up, EXIT_DONE);
        return;
    }
    log_info("stopping; articles in flight are finished first");
    set_phase(up, UP_DRAIN);
    service_stopping(up->service);
    child_signal(&up->children[0], SIGTERM);
    for (size_t i = 1; i < up->child_count; i++) /* it answers what has begun, and lets nobody in */
        if (up->children[i].bit == COMMAND_HTTP)
            child_signal(&up->children[i], SIGTERM);
}

static void check_end(struct up *up, int64_t now)
{
    bool running = up->migrate.pid != 0;
    for (size_t i = 0; i < up->child_count; i++)
        running = running || up->children[i].pid != 0;
    if (!running) {
        loop_stop(up->loop);
        return;
    }
    int64_t patience = up->signals > 1 ? END_MS / 10 : END_MS;
    if (now - up->phase_since_ms >= patience)
        signal_all(up, SIGKILL); /* the journal has what they held */
}

static void tick(void *user)
{
    struct up *up = user;
    int64_t now = clock_steady_ms();
    reap(up);
    if (up->phase <= UP_READY)
        restart_due(up);
    switch (up->phase) {
    case UP_MIGRATE:
        check_database(up, now);
        break;
    case UP_CLEAR:
        if (!folder_ingest_lives(up->folder) || now - up->phase_since_ms >= DRAIN_MS)
            begin_ingest(up);
        break;
    case UP_INGEST:
        begin_workers(up);
        break;
    case UP_WORKERS:
        (void)ask_send(up->ask);
        if (!up_missing(up))
            announce(up);
        else
            complain(up, now);
        break;
    case UP_READY:
        break;
    case UP_DRAIN:
        if (up->children[0].pid == 0 || now - up->phase_since_ms >= DRAIN_MS)
            begin_end(up);
        break;
    case UP_END:
        check_end(up, now);
        break;
    }
}

/* Less often than every tick. */
static void look_after(void *user)
{
    struct up *up = user;
    if (up->cluster && up->phase <= UP_DRAIN)
        (void)cluster_keep(up->cluster); /* it logs */
}

/* The first signal stops in order; the second does not wait for the drain. */
static void on_signal(void *user, int signal)
{
    struct up *up = user;
    if (signal == SIGCHLD) {
        tick(up);
        return;
    }
    up->signals++;
    if (up->phase < UP_DRAIN)
        begin_drain(up);
    else if (up->phase == UP_DRAIN)
        begin_end(up);
}

/* Without memory for its metrics it works all the same. */
static void add_child(struct up *up, const char *command, enum command_bit bit)
{
    unsigned number = 1;
    for (size_t i = 0; i < up->child_count; i++)
        number += up->children[i].bit == bit;
    struct child *child = &up->children[up->child_count++];
    *child = (struct child){.command = command, .bit = bit, .number = number};
    child->metrics = metrics_share(up_metrics_of(bit), &child->metrics_fd);
}

static void plan_children(struct up *up)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    int64_t analyzers = options_given(up->options, "analyzers")
                            ? options_int(up->options, "analyzers")
                            : (cores > 2 ? (cores > 257 ? 256 : cores - 1) : 1);
    add_child(up, "ingest", COMMAND_INGEST);
    for (int64_t i = 0; i < analyzers; i++)
        add_child(up, "analyze", COMMAND_ANALYZE);
    for (int64_t i = 0; i < options_int(up->options, "stores"); i++)
        add_child(up, "store", COMMAND_STORE);
    if (strcmp(options_text(up->options, "listen"), "off") != 0)
        add_child(up, "http", COMMAND_HTTP);
    up->migrate = (struct child){.command = "migrate", .bit = COMMAND_MIGRATE, .metrics_fd = -1};
}

/* What can fail at once: the folder, the status port, the private database. */
static enum status prepare(struct up *up, struct fault *fault)
{
    enum analysis_level level; /* its analyzers read it again */
    const struct http_options http = {.address = options_text(up->options, "http"),
                                      .open = options_flag(up->options, "http-open"),
                                      .answer = up_answer,
                                      .user = up};
    enum status status = analysis_level_from(options_text(up->options, "level"), &level, fault);
    if (status == STATUS_OK)
        status = folder_claim(up->folder, &up->lock_fd, fault);
    if (status == STATUS_OK)
        status = loop_signals(up->loop, on_signal, up, fault);
    if (status == STATUS_OK)
        status = security_bus(up->options, false, &up->bus, fault);
    if (status == STATUS_OK)
        status = http_new(up->loop, &http, &up->http, fault);
    up->database = options_text(up->options, "db");
    if (status == STATUS_OK && !up->database) {
        status = cluster_start(up->folder, &up->cluster, fault);
        if (status == STATUS_OK)
            up->database = cluster_uri(up->cluster);
    }
    if (status == STATUS_OK)
        status = dashboard_new(up->loop, up->database, &up->dashboard, fault);
    if (status == STATUS_OK)
        folder_hide_password(up->database, up->shown_database);
    return status;
}

static void run(struct up *up)
{
    plan_children(up);
    up->trails = folder_make_trail(up->folder);
    if (!up->trails)
        log_warn("without trails of articles: DIR/" FOLDER_TRAIL " cannot be made");
    set_phase(up, UP_MIGRATE);
    start_child(up, &up->migrate);
    (void)loop_every(up->loop, TICK_MS, tick, up);
    (void)loop_every(up->loop, (int64_t)TICK_MS * LOOK_EVERY_TICKS, look_after, up);
    loop_run(up->loop);
    folder_forget(up->folder, "up.json");
    folder_forget(up->folder, "ingest.json");
}

/* A start that was interrupted by a signal is a stop like any other. */
static bool was_interrupted(struct up *up, enum status status)
{
    if (status == STATUS_RETRY)
        loop_turn(up->loop, 0);
    return up->signals > 0;
}

static struct up *up_new(const struct options *options)
{
    struct up *up = calloc(1, sizeof *up);
    if (!up)
        return NULL;
    *up = (struct up){.options = options, .folder = options_text(options, "data"), .lock_fd = -1};
    up->loop = loop_new();
    if (up->loop)
        return up;
    free(up);
    return NULL;
}

/* The workers are gone by now: the database goes last. */
static void up_free(struct up *up)
{
    if (up->ask)
        loop_unwatch_socket(up->loop, ask_socket(up->ask));
    service_free(up->service);
    ask_free(up->ask);
    for (size_t i = 0; i < up->child_count; i++)
        child_deinit(&up->children[i]);
    dashboard_free(up->dashboard);
    http_free(up->http);
    cluster_stop(&up->cluster);
    bus_free(up->bus);
    loop_free(up->loop);
    if (up->lock_fd >= 0)
        (void)close(up->lock_fd);
    free(up);
}

int up_main(const struct options *options)
{
    struct fault fault = {.status = STATUS_FATAL, .message = "no memory for the supervisor"};
    struct up *up = up_new(options);
    if (!up)
        return command_failed(&fault);
    enum status status = prepare(up, &fault);
    if (status == STATUS_OK)
        run(up);
    else if (!was_interrupted(up, status))
        up->exit_code = command_failed(&fault);
    int code = up->exit_code;
    up_free(up);
    return code;
}
