/* newsmill watch: follows feeds, fetches the pages they link to, and pushes them. */
#include "worker/sources/watch.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <curl/curl.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/security.h"
#include "proto/limits.h"
#include "worker/sources/watch/state.h"

#define TURN_MS         20 /* how long one look at the network may take while answers are awaited */
#define IDLE_MS         250
#define STOP_MS         5000 /* how long answers are awaited after a signal */
#define RESEND_AFTER_MS 5000
#define ARENA_BYTES     ((size_t)LIMIT_MESSAGE_BYTES * 2)

/* ---- beginning and end ---- */

static enum status open_feeds(struct watch *watch, const struct feed_line *lines, size_t count,
                              struct fault *fault)
{
    watch->feeds = calloc(count, sizeof *watch->feeds);
    if (!watch->feeds)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the feeds");
    watch->feed_count = count;
    for (size_t i = 0; i < count; i++) {
        struct watched *feed = &watch->feeds[i];
        struct slice parts[] = {SLICE_LITERAL("feed"), slice_from(lines[i].url)};
        feed->line = &lines[i];
        feed->id = uuid_hash(parts, 2);
        if (memory_read_feed(watch->memory, &feed->id, &feed->known) != STATUS_OK)
            return fault_set(fault, STATUS_FATAL, "state-file", "cannot read the state file");
    }
    return STATUS_OK;
}

static enum status open_all(struct watch *watch, const struct feed_line *lines, size_t count,
                            struct fault *fault)
{
    const struct watch_options *options = &watch->options;
    struct fetch_options fetch = {.timeout_ms = options->timeout_ms,
                                  .allow_private = options->allow_private,
                                  .user_agent = options->user_agent};
    struct client_options client = {.endpoint = options->to,
                                    .window = WATCH_WINDOW,
                                    .resend_after_ms = RESEND_AFTER_MS,
                                    .give_up_after_ms = options->once ? options->give_up_ms : 0,
                                    .answered = pages_answered,
                                    .user = watch,
                                    .security = &options->security};
    watch->last = &watch->first;
    pack_reader_init(&watch->reader);
    buffer_init(&watch->out, LIMIT_MESSAGE_BYTES);
    watch->arena = arena_new(ARENA_BYTES);
    if (!watch->arena)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for watch");
    enum status status = memory_open(options->state, &watch->memory, fault);
    if (status == STATUS_OK)
        status = open_feeds(watch, lines, count, fault);
    if (status == STATUS_OK)
        status = fetcher_new(&fetch, &watch->fetcher, fault);
    return status == STATUS_OK ? client_new(&client, &watch->client, fault) : status;
}

static void free_tasks(struct watch *watch, struct task *task)
{
    while (task) {
        struct task *next = task->next;
        task_free(watch, task);
        task = next;
    }
}

static void close_all(struct watch *watch)
{
    free_tasks(watch, watch->first);
    free_tasks(watch, watch->started);
    for (int i = 0; i < WATCH_WINDOW; i++)
        if (watch->pushed[i])
            item_free(watch, watch->pushed[i]);
    client_free(watch->client);
    fetcher_free(watch->fetcher);
    hosts_deinit(&watch->hosts);
    memory_close(watch->memory);
    arena_free(watch->arena);
    pack_reader_deinit(&watch->reader);
    buffer_deinit(&watch->out);
    free(watch->feeds);
}

/* ---- running ---- */

static void take_arrivals(struct watch *watch)
{
    struct fetch_result result;
    while (fetcher_done(watch->fetcher, &result)) {
        tasks_finish(watch, result.user, &result, clock_steady_ms());
        fetch_release(watch->fetcher, &result);
    }
}

static bool is_idle(const struct watch *watch)
{
    return watch->running == 0 && watch->task_count == 0 && client_in_flight(watch->client) == 0;
}

/* One turn: start what may start, wait a moment, take what came, write it down. */
static enum status turn(struct watch *watch, int signal_fd, struct fault *fault)
{
    if (!watch->stopping)
        feeds_start_due(watch, clock_wall_ms());
    tasks_start(watch, clock_steady_ms());
    bool waiting = client_in_flight(watch->client) > 0 || watch->task_count > 0;
    fetcher_wait(watch->fetcher, signal_fd, waiting ? TURN_MS : IDLE_MS);
    take_arrivals(watch);
    client_run(watch->client, 0);
    enum status status = memory_commit(watch->memory, fault);
    if (status == STATUS_OK && watch->fault.status != STATUS_OK) {
        *fault = watch->fault;
        status = fault->status;
    }
    return status;
}

static void look_for_signal(struct watch *watch, int signal_fd, int64_t *until_ms)
{
    struct signalfd_siginfo signal;
    if (read(signal_fd, &signal, sizeof signal) != sizeof signal || watch->stopping)
        return;
    watch->stopping = true;
    *until_ms = clock_steady_ms() + STOP_MS;
}

/* What is on its way to ingest when a signal comes is awaited; what is not fetched yet comes with
 * the next run. */
static enum status run(struct watch *watch, int signal_fd, struct fault *fault)
{
    int64_t until_ms = INT64_MAX;
    enum status status = STATUS_OK;
    while (status == STATUS_OK) {
        status = turn(watch, signal_fd, fault);
        look_for_signal(watch, signal_fd, &until_ms);
        if (watch->stopping && client_in_flight(watch->client) == 0)
            break;
        if (clock_steady_ms() > until_ms || watch->counts.unanswered)
            break;
        if (watch->options.once && is_idle(watch) && feeds_are_done(watch))
            break;
    }
    return status == STATUS_OK ? memory_commit(watch->memory, fault) : status;
}

/* ---- the command ---- */

static int report(const struct watch *watch)
{
    (void)fprintf(stderr,
                  "newsmill watch: %" PRIu64 " feeds read (%" PRIu64 " not changed), %" PRIu64
                  " failed; %" PRIu64 " articles acknowledged (%" PRIu64 " known already), %" PRIu64
                  " refused, %" PRIu64 " without a page or text\n",
                  watch->counts.feeds, watch->counts.unchanged, watch->counts.failed,
                  watch->counts.acknowledged, watch->counts.duplicate, watch->counts.refused,
                  watch->counts.given_up);
    if (watch->counts.unanswered && client_trouble(watch->client)) {
        (void)fprintf(stderr, "newsmill: nothing answers at %s: %s\n", watch->options.to,
                      client_trouble(watch->client));
        return EXIT_OUTSIDE;
    }
    if (watch->counts.unanswered) {
        (void)fprintf(stderr,
                      "newsmill: nothing answered at %s: start newsmill up there, or aim "
                      "elsewhere with --to; nothing is lost, the next run goes on\n",
                      watch->options.to);
        return EXIT_OUTSIDE;
    }
    return watch->options.once && (watch->counts.failed || watch->counts.refused) ? EXIT_REFUSED
                                                                                  : EXIT_DONE;
}

static struct watch_options options_of(const struct options *options)
{
    return (struct watch_options){.to = options_text(options, "to"),
                                  .state = options_text(options, "state"),
                                  .user_agent = options_text(options, "user-agent"),
                                  .once = options_flag(options, "once"),
                                  .allow_private = options_flag(options, "allow-private"),
                                  .every_ms = options_int(options, "every-ms"),
                                  .host_delay_ms = options_int(options, "host-delay-ms"),
                                  .timeout_ms = options_int(options, "fetch-timeout-ms"),
                                  .give_up_ms = options_int(options, "give-up-ms"),
                                  .parallel = (size_t)options_int(options, "parallel"),
                                  .items = (size_t)options_int(options, "items"),
                                  .fetch_bytes = (size_t)options_int(options, "fetch-bytes")};
}

static int open_signals(void)
{
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &signals, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int failed(const struct fault *fault)
{
    (void)fprintf(stderr, "newsmill: %s\n", fault->message);
    return fault->status == STATUS_REJECT ? EXIT_USAGE : EXIT_OUTSIDE;
}

int watch_main(const struct options *options)
{
    struct watch watch = {.options = options_of(options)};
    struct feed_line *lines = NULL;
    struct fault fault = {.status = STATUS_OK};
    size_t count = 0;
    int signal_fd = open_signals(); /* before threads are made */
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    enum status status = security_read(options, true, &watch.options.security, &fault);
    if (status == STATUS_OK)
        status = feeds_file_read(options_operand(options, 0), &lines, &count, &fault);
    if (status == STATUS_OK)
        status = open_all(&watch, lines, count, &fault);
    if (status == STATUS_OK)
        status = run(&watch, signal_fd, &fault);
    int code = status == STATUS_OK ? report(&watch) : failed(&fault);
    close_all(&watch);
    feeds_file_free(lines, count);
    curl_global_cleanup();
    (void)close(signal_fd);
    return code;
}
