/* The ingest worker's life: opening, the turn of the loop, stopping. */
#include "worker/ingest/ingest.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/backoff.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/security.h"
#include "worker/ingest/backlog_amqp.h"
#include "worker/ingest/backlog_journal.h"
#include "worker/ingest/ingest_state.h"
#include "worker/ingest/metrics.h"

#define RECENT_PAIRS (1u << 16)
/* Done records wait this long for an article to share a sync with. */
#define DONE_SYNC_MS 100
#define PATH_BYTES   1024
/* A stop waits for the active articles at most --drain-ms in all, and this long without progress.
 */
#define DRAIN_STALL_MS 1000

/* ---- the turn ---- */

static void fail(struct ingest *ingest, const struct fault *fault)
{
    log_error(fault->message, log_text("code", fault->code));
    ingest->exit_code = EXIT_OUTSIDE;
    loop_stop(ingest->loop);
}

struct turn {
    struct ingest *ingest;
    int64_t synced_ms;
    /* While stopping: since when, and when an article was last finished. */
    int64_t stopping_ms, progress_ms;
    uint32_t active;
};

/* Stopping, ingest takes nothing more and lets the workers finish what they have, as long as that
 * goes on: the journal keeps the rest. */
static bool drained(struct turn *turn, int64_t now)
{
    uint32_t active = dispatch_counts(turn->ingest->dispatch).active;
    if (turn->stopping_ms == 0)
        turn->stopping_ms = now;
    if (turn->progress_ms == 0 || active < turn->active)
        turn->progress_ms = now;
    turn->active = active;
    return (active == 0 && turn->ingest->backlog.verbs->end(turn->ingest->backlog.self)) ||
           now - turn->progress_ms > DRAIN_STALL_MS ||
           now - turn->stopping_ms > turn->ingest->drain_ms;
}

static void watch(struct watermark *watermark, uint64_t left, const char *what)
{
    enum watermark_level before = watermark->level;
    enum watermark_level now = watermark_update(watermark, left);
    if (now > before)
        log_warn(what, log_text("level", watermark_name(now)), log_int("left", (int64_t)left));
    else if (now < before)
        log_info(what, log_text("level", watermark_name(now)), log_int("left", (int64_t)left));
}

bool ingest_overloaded(const struct ingest *ingest)
{
    return ingest->disk.level == WATERMARK_STOP || ingest->room.level == WATERMARK_STOP ||
           ingest->backlog.verbs->refuses(ingest->backlog.self);
}

enum status ingest_check_length(const struct ingest *ingest, size_t bytes, struct fault *fault)
{
    uint64_t longest = ingest->backlog.verbs->longest(ingest->backlog.self);
    return bytes <= longest ? STATUS_OK
                            : fault_set(fault, STATUS_REJECT, "message-too-long",
                                        "The article is longer than the %" PRIu64
                                        " bytes that the backlog's cluster takes.",
                                        longest);
}

/* What is left under backlog-bytes changes with every article, what the disk has with every second.
 */
static void watch_backlog(struct ingest *ingest)
{
    uint64_t taken = ingest->backlog.verbs->stats(ingest->backlog.self).bytes;
    watch(&ingest->room, taken < ingest->backlog_bytes ? ingest->backlog_bytes - taken : 0,
          "room for the backlog");
}

static enum status sync_backlog(struct ingest *ingest)
{
    return ingest->backlog.verbs->sync(ingest->backlog.self, &ingest->fault);
}

/* Done with the active articles, and no producer left without its answer. */
static void stop(struct ingest *ingest)
{
    (void)ingest->backlog.verbs->end(ingest->backlog.self);
    if (sync_backlog(ingest) != STATUS_OK)
        fail(ingest, &ingest->fault);
    producers_reply(ingest);
    replays_reply(ingest);
    loop_stop(ingest->loop);
}

/* The group commit: what the turns have brought becomes durable, then its producers are answered.
 */
static void end_turn(struct turn *turn)
{
    struct ingest *ingest = turn->ingest;
    int64_t now = loop_now_ms(ingest->loop);
    const struct backlog_unsynced unsynced = ingest->backlog.verbs->unsynced(ingest->backlog.self);
    if (unsynced.appends > 0 || (unsynced.bytes > 0 && now - turn->synced_ms >= DONE_SYNC_MS)) {
        if (sync_backlog(ingest) != STATUS_OK) {
            fail(ingest, &ingest->fault);
            return;
        }
        turn->synced_ms = now;
    }
    producers_reply(ingest);
    replays_reply(ingest);
    watch_backlog(ingest);
    if (ingest->stopping && drained(turn, now)) {
        stop(ingest);
        return;
    }
    if (!ingest->stopping && admission_turn(ingest) != STATUS_OK) {
        fail(ingest, &ingest->fault);
        return;
    }
    workers_deliver(ingest);
    producers_pace(ingest);
}

static void on_turn_end(void *user)
{
    end_turn(user);
    log_trail_flush();
}

/* So that what only waits (done records, retries, a full queue) gets its turn. */
static void on_tick(void *user)
{
    (void)user;
}

/* Somebody may have made room on a full disk, or taken it. */
static void on_second(void *user)
{
    struct ingest *ingest = user;
    stages_look(ingest);
    taps_look(ingest);
    const struct backlog *backlog = &ingest->backlog;
    watch(&ingest->disk, backlog->verbs->disk_free(backlog->self), "room on the journal's disk");
    if (backlog->verbs->look(backlog->self, &ingest->fault) == STATUS_FATAL)
        fail(ingest, &ingest->fault);
}

/* ---- what it says of itself ---- */

static const char *missing(void *user)
{
    const struct ingest *ingest = user;
    if (ingest->stopping)
        return "stopping";
    const char *refuses = ingest->backlog.verbs->refuses(ingest->backlog.self);
    return refuses ? refuses : ingest_overloaded(ingest) ? "the backlog is full" : NULL;
}

static void collect(void *user)
{
    struct ingest *ingest = user;
    const struct gate_counts gate = gate_counts(ingest->gate);
    workers_measure(ingest);
    ingest_metrics_gate(ingest->metrics, &ingest->counted, &gate);
}

static void on_signal(void *user, int number)
{
    struct ingest *ingest = user;
    if (number != SIGTERM && number != SIGINT)
        return;
    if (ingest->stopping)
        _exit(EXIT_DONE); /* the second time: at once; the journal has what was promised */
    ingest->stopping = true;
    service_stopping(ingest->service);
}

/* ---- where others find us ---- */

static enum status announce(const struct ingest *ingest, const char *data, struct fault *fault)
{
    char path[PATH_BYTES], temporary[PATH_BYTES + 8];
    (void)snprintf(path, sizeof path, "%s/ingest.json", data);
    (void)snprintf(temporary, sizeof temporary, "%s.new", path);
    json_t *json =
        json_pack("{s:i,s:s,s:s,s:s,s:s}", "pid", (int)getpid(), "push",
                  producers_push_endpoint(ingest), "ingest", producers_ingest_endpoint(ingest),
                  "work", workers_endpoint(ingest), "node", ingest->node);
    bool good =
        json && json_dump_file(json, temporary, JSON_COMPACT) == 0 && rename(temporary, path) == 0;
    json_decref(json);
    if (!good)
        return fault_set(fault, STATUS_FATAL, "data-folder", "cannot write %.150s: %s", path,
                         strerror(errno));
    return STATUS_OK;
}

static void retract(const char *data)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/ingest.json", data);
    (void)unlink(path);
}

/* ---- opening and closing ---- */

static enum status open_journal(struct ingest *ingest, const struct options *options,
                                struct fault *fault)
{
    char path[PATH_BYTES];
    if ((size_t)snprintf(path, sizeof path, "%s/journal", options_text(options, "data")) >=
        sizeof path)
        return fault_set(fault, STATUS_FATAL, "data-folder", "the path of --data is too long");
    const struct backlog_journal_options journal = {
        .loop = ingest->loop,
        .journal = {.directory = path,
                    .archive = options_text(options, "archive"),
                    .segment_bytes = (uint64_t)options_int(options, "segment-bytes")},
        .metrics = ingest->metrics};
    return backlog_journal_open(&journal, &ingest->backlog, fault);
}

static enum status open_cluster(struct ingest *ingest, const struct options *options,
                                struct fault *fault)
{
    struct amqp_uri uri;
    enum status status = amqp_uri_parse(options_text(options, "backlog"), &uri, fault);
    const struct backlog_amqp_options amqp = {
        .loop = ingest->loop,
        .uri = &uri,
        .window_messages = (uint32_t)options_int(options, "window-messages"),
        .window_bytes = (uint64_t)options_int(options, "window-bytes"),
        .metrics = ingest->metrics};
    if (status == STATUS_OK && options_text(options, "archive"))
        status = fault_set(fault, STATUS_REJECT, "no-archive",
                           "--archive keeps the files of a journal; the backlog of --backlog has "
                           "none. Replay from the database, or leave --archive out");
    /* Whoever takes over the queue takes over its books. */
    if (status == STATUS_OK)
        (void)snprintf(ingest->own_name, sizeof ingest->own_name, "%s", uri.queue);
    return status == STATUS_OK ? backlog_amqp_open(&amqp, &ingest->backlog, fault) : status;
}

static bool has_journal(const struct options *options)
{
    return strcmp(options_text(options, "backlog"), "journal") == 0;
}

static enum status open_backlog(struct ingest *ingest, const struct options *options,
                                struct fault *fault)
{
    const char *data = options_text(options, "data");
    if (mkdir(data, 0755) != 0 && errno != EEXIST)
        return fault_set(fault, STATUS_FATAL, "data-folder",
                         "cannot make the folder %.150s: %s; choose another with --data", data,
                         strerror(errno));
    enum status status = has_journal(options) ? open_journal(ingest, options, fault)
                                              : open_cluster(ingest, options, fault);
    if (status != STATUS_OK)
        return status;
    struct dispatch_options dispatch = {
        (uint32_t)options_int(options, "window-messages"), options_int(options, "window-bytes"),
        (uint32_t)options_int(options, "attempts"), backoff_random()};
    ingest->dispatch = dispatch_new(&dispatch);
    copies_init(&ingest->copies);
    ingest->recent = recent_new(RECENT_PAIRS);
    if (!ingest->dispatch || !ingest->recent)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the window");
    return admission_open(ingest, fault);
}

static void open_watermarks(struct ingest *ingest, const struct options *options)
{
    ingest->backlog_bytes = (uint64_t)options_int(options, "backlog-bytes");
    ingest->room = (struct watermark){.warn = ingest->backlog_bytes / 5, .stop = 1};
    ingest->disk = (struct watermark){.warn = (uint64_t)options_int(options, "disk-warn"),
                                      .stop = (uint64_t)options_int(options, "disk-stop")};
}

static enum status open_sockets(struct ingest *ingest, const struct options *options,
                                struct fault *fault)
{
    struct producers_options producers = {options_text(options, "push"),
                                          options_text(options, "ingest"),
                                          (uint32_t)options_int(options, "producer-rate")};
    struct workers_options workers = {options_text(options, "work"),
                                      (uint32_t)options_int(options, "heartbeat-ms"),
                                      (uint32_t)options_int(options, "silence-ms")};
    enum status status = security_bus(options, false, &ingest->bus, fault);
    if (status == STATUS_OK)
        status = gate_new(ingest->bus, ingest->loop, options, &ingest->gate, fault);
    if (status == STATUS_OK)
        status = producers_open(ingest, &producers, fault);
    if (status == STATUS_OK)
        status = workers_open(ingest, &workers, fault);
    uint32_t window = (uint32_t)options_int(options, "window-messages");
    if (status == STATUS_OK)
        status = replays_open(ingest, window / 4 + 1, fault);
    return status == STATUS_OK ? taps_open(ingest, fault) : status;
}

static void close_all(struct ingest *ingest)
{
    service_free(ingest->service);
    probe_free(ingest->probe);
    gate_free(ingest->gate);
    producers_close(ingest);
    replays_close(ingest);
    taps_close(ingest);
    workers_close(ingest);
    bus_free(ingest->bus);
    admission_close(ingest);
    dispatch_free(ingest->dispatch);
    recent_free(ingest->recent);
    metrics_free(ingest->metrics);
    if (ingest->backlog.verbs)
        ingest->backlog.verbs->close(ingest->backlog.self);
    loop_free(ingest->loop);
}

static void run(struct ingest *ingest)
{
    struct turn turn = {.ingest = ingest};
    struct backlog_books books = ingest->backlog.verbs->books(ingest->backlog.self);
    on_second(ingest);
    (void)loop_every(ingest->loop, DONE_SYNC_MS, on_tick, NULL);
    (void)loop_every(ingest->loop, 1000, on_second, ingest);
    loop_at_turn_end(ingest->loop, on_turn_end, &turn);
    log_info("ready", log_text("push", producers_push_endpoint(ingest)),
             log_text("ingest", producers_ingest_endpoint(ingest)),
             log_text("work", workers_endpoint(ingest)),
             log_int("in_flight", (int64_t)books.in_flight));
    loop_run(ingest->loop);
    books = ingest->backlog.verbs->books(ingest->backlog.self);
    log_info("stopped", log_int("in_flight", (int64_t)books.in_flight));
}

int ingest_main(const struct options *options)
{
    const char *data = options_text(options, "data");
    struct ingest ingest = {.node = options_text(options, "node"),
                            .loop = loop_new(),
                            .metrics = metrics_new(&ingest_metrics)};
    const struct probe_options probe = {
        options_text(options, "http"),     missing, ingest.metrics, collect, &ingest,
        options_flag(options, "http-open")};
    const struct service_options service = {.missing = missing, .user = &ingest};
    struct fault fault;
    ingest.drain_ms = options_int(options, "drain-ms");
    (void)gethostname(ingest.own_name, sizeof ingest.own_name - 1);
    if (!ingest.node)
        ingest.node = ingest.own_name;
    enum status status = ingest.loop && ingest.metrics
                             ? security_sandbox(options, SANDBOX_WRITES, &fault)
                             : fault_set(&fault, STATUS_FATAL, "out-of-memory", "no memory");
    if (status == STATUS_OK)
        status = loop_signals(ingest.loop, on_signal, &ingest, &fault);
    if (status == STATUS_OK)
        status = open_backlog(&ingest, options, &fault);
    if (status == STATUS_OK)
        status = open_sockets(&ingest, options, &fault);
    if (status == STATUS_OK)
        open_watermarks(&ingest, options);
    if (status == STATUS_OK)
        status = probe_new(ingest.loop, &probe, &ingest.probe, &fault);
    if (status == STATUS_OK)
        status = announce(&ingest, data, &fault);
    if (status == STATUS_OK)
        status = service_new(ingest.loop, &service, &ingest.service, &fault);
    if (status == STATUS_OK) {
        run(&ingest);
        retract(data);
    } else {
        log_error(fault.message, log_text("code", fault.code));
        ingest.exit_code = status == STATUS_REJECT ? EXIT_USAGE : EXIT_OUTSIDE;
    }
    close_all(&ingest);
    return ingest.exit_code;
}
