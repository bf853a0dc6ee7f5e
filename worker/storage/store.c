/* The storage worker's loop: batches, back-off, standby, and stopping.
 *
 *   standby --database is good--> consuming --no answer--> holding (back-off) --> consuming
 *      ^-------------- schema, rights or version are wrong ------'  */
#include "worker/storage/store.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "common/backoff.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/probe.h"
#include "common/security.h"
#include "common/service.h"
#include "proto/consumer.h"
#include "worker/storage/batch.h"
#include "worker/storage/follow.h"
#include "worker/storage/measure.h"
#include "worker/storage/metrics.h"
#include "worker/storage/pg.h"
#include "worker/storage/write.h"

#define CONNECT_MS   10000
#define STATEMENT_MS 60000
#define CHECK_MS     5000 /* somebody may migrate while we are connected */
#define BACKOFF_MS   50
#define BACKOFF_CAP  5000
#define NODES_MAX    16 /* ingest nodes whose books wait to be written */
#define NODE_BYTES   256
#define NO_TIMER     (-1)
#define RACES_QUIET  5 /* lost in a row before it is worth a line */

/* The newest books of a node, until they are written. */
struct kept_books {
    char node[NODE_BYTES];
    struct link_books books;
    bool pending;
};

struct store {
    const struct options *options;
    struct bus *bus;
    struct loop *loop;
    struct consumer *consumer;
    struct writer *writer;
    struct pg *pg;
    int64_t checked_ms; /* when its schema and our rights were looked at */
    struct follow *follow;
    struct probe *probe;
    struct service *service;
    struct batch_limits limits;
    struct batch batch;
    struct row **order; /* limits.rows of them */
    struct kept_books books[NODES_MAX];
    size_t node_count;
    struct backoff backoff;
    int timer;
    bool urgent;    /* the timer is set to now: not to be put off by what else arrives */
    bool consuming; /* credit is granted */
    bool stopping, quiet;
    unsigned stop_signals;
    int64_t stop_ms; /* until when the batch in hand may be written */
    struct metrics *metrics;
    struct {
        uint64_t follow_failures, stale; /* of this consumer */
    } counted;                           /* that are in the metrics */
    struct latency latency;
    char complaint[256]; /* logged last; empty when all is well */
};

static void work(void *user);
static void collect(void *user);

/* ---- telling ingest ---- */

/* Committed: the deliveries end here. */
static void settle(struct store *store, struct row **rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        consumer_done(store->consumer, rows[i]->delivery, measure_outcome(rows[i]->fate));
        consumer_delivery_free(rows[i]->delivery);
        rows[i]->delivery = NULL;
    }
    consumer_flush(store->consumer);
}

static void refuse(struct store *store, struct consumer_delivery *delivery, const char *sqlstate,
                   const struct fault *fault)
{
    log_warn("an article is refused", log_int("lease", (int64_t)delivery->lease),
             log_text("code", fault->code), log_text("sqlstate", sqlstate),
             log_text("why", fault->message));
    metrics_add(store->metrics, STORE_REFUSED, 0, 1);
    consumer_refuse(store->consumer, delivery, "storage", sqlstate, fault);
    consumer_delivery_free(delivery);
}

static void refuse_row(struct store *store, struct row *row, const struct pg_fault *fault)
{
    log_warn("the database refuses an article", log_uuid("article", &row->article),
             log_uuid("key", &row->key));
    log_article(&row->article, "refused by the database", log_uuid("key", &row->key),
                log_text("code", fault->fault.code), log_text("sqlstate", fault->sqlstate));
    refuse(store, row->delivery, fault->sqlstate, &fault->fault);
    row->delivery = NULL;
}

/* Forgets the batch; ingest gives its leases to others once we have said goodbye. */
static void drop_batch(struct store *store)
{
    for (size_t i = 0; i < store->batch.count; i++) {
        consumer_delivery_free(store->batch.rows[i].delivery);
        store->batch.rows[i].delivery = NULL;
    }
    batch_compact(&store->batch, loop_now_ms(store->loop));
}

/* ---- the timer ---- */

static void call_in(struct store *store, int64_t after_ms)
{
    if (store->urgent)
        return;
    loop_cancel(store->loop, store->timer);
    store->urgent = after_ms == 0;
    store->timer = loop_once(store->loop, after_ms, work, store);
}

static bool failing(const struct store *store)
{
    return store->backoff.failures > 0;
}

/* ---- what the consumer brings ---- */

static void on_deliver(void *user, struct consumer_delivery *delivery)
{
    struct store *store = user;
    struct row row;
    struct fault fault;
    if (store->stopping) { /* our goodbye returns it */
        consumer_delivery_free(delivery);
        return;
    }
    enum status status = writer_read(store->writer, delivery, &row, &fault);
    if (status == STATUS_OK && batch_add(&store->batch, &row, clock_steady_ms()) != STATUS_OK)
        status = fault_set(&fault, STATUS_RETRY, "out-of-memory", "no memory for a batch");
    if (status != STATUS_OK) {
        refuse(store, delivery, "", &fault);
        return;
    }
    if (failing(store))
        return;
    if (batch_due(&store->batch, &store->limits, clock_steady_ms()))
        call_in(store, 0);
    else if (store->timer == NO_TIMER)
        call_in(store, store->limits.age_ms);
}

static struct kept_books *books_slot(struct store *store, struct slice node)
{
    for (size_t i = 0; i < store->node_count; i++)
        if (slice_is(node, store->books[i].node))
            return &store->books[i];
    if (store->node_count == NODES_MAX || node.len >= NODE_BYTES)
        return NULL;
    struct kept_books *slot = &store->books[store->node_count++];
    memcpy(slot->node, node.data, node.len);
    slot->node[node.len] = '\0';
    return slot;
}

static void on_books(void *user, const struct link_books *books)
{
    struct store *store = user;
    struct kept_books *slot = books->node.data ? books_slot(store, books->node) : NULL;
    if (!slot) {
        log_warn("the books of an ingest node are not kept: its name is too long, or it is one "
                 "node too many");
        return;
    }
    slot->books = *books;
    slot->books.node = slice_from(slot->node);
    slot->pending = true;
    if (store->timer == NO_TIMER && !failing(store))
        call_in(store, 0);
}

/* ---- stopping ---- */

static void begin_stop(struct store *store)
{
    if (store->stopping)
        return;
    log_info("stopping", log_int("held", (int64_t)store->batch.count));
    store->stopping = true;
    store->stop_ms = clock_steady_ms() + options_int(store->options, "drain-ms");
    service_stopping(store->service);
}

static void on_stop_signal(struct store *store)
{
    store->stop_signals++;
    begin_stop(store);
}

static bool out_of_patience(const struct store *store)
{
    return store->stop_signals > 1 || (store->stopping && clock_steady_ms() >= store->stop_ms);
}

static void on_signal(void *user, int signal)
{
    struct store *store = user;
    if (signal != SIGTERM && signal != SIGINT)
        return;
    on_stop_signal(store);
    if (out_of_patience(store))
        loop_stop(store->loop);
    else
        call_in(store, 0);
}

static void on_terminate(void *user)
{
    struct store *store = user;
    begin_stop(store);
    call_in(store, 0);
}

/* While the database is waited for, the loop does not turn: heartbeats, signals and systemd's
 * watchdog are seen to here. False gives up waiting. */
static bool while_waiting(void *user)
{
    struct store *store = user;
    sigset_t stops;
    (void)sigemptyset(&stops);
    (void)sigaddset(&stops, SIGTERM);
    (void)sigaddset(&stops, SIGINT);
    while (sigtimedwait(&stops, NULL, &(const struct timespec){0, 0}) > 0)
        on_stop_signal(store);
    if (store->consumer)
        consumer_beat(store->consumer);
    probe_turn(store->probe);
    service_beat(store->service);
    return !out_of_patience(store);
}

/* The same for what waits outside of work(): a signal that came in the meantime is acted upon. */
static bool while_following(void *user)
{
    struct store *store = user;
    bool go_on = while_waiting(store);
    if (store->stopping)
        call_in(store, 0);
    return go_on;
}

/* ---- the database ---- */

static enum status connect_checked(struct store *store, struct pg_fault *fault)
{
    if (store->pg && !pg_usable(store->pg))
        pg_close(&store->pg);
    if (store->pg && store->consuming && clock_steady_ms() - store->checked_ms < CHECK_MS)
        return STATUS_OK;
    enum status status = STATUS_OK;
    if (!store->pg) {
        const struct pg_options options = {.uri = options_text(store->options, "db"),
                                           .application_name = "newsmill-store",
                                           .connect_ms = CONNECT_MS,
                                           .statement_ms = STATEMENT_MS,
                                           .idle = while_waiting,
                                           .user = store};
        status = pg_open(&options, &store->pg, fault);
    }
    if (status == STATUS_OK)
        status = writer_check(store->pg, fault);
    store->checked_ms = clock_steady_ms();
    if (status != STATUS_OK)
        pg_close(&store->pg);
    return status;
}

/* Says hello with all the credit, or with none. Leases held go back to ingest. */
static enum status open_consumer(struct store *store, bool consuming, struct fault *fault)
{
    bool quiet = store->consumer && consumer_is_quiet(store->consumer);
    collect(store);
    store->counted.stale = 0;
    consumer_free(store->consumer);
    store->consumer = NULL;
    drop_batch(store);
    const struct consumer_options options = {
        .role = LINK_STORE,
        .endpoints = options_text(store->options, "work"),
        .resolve_ms = options_int(store->options, "resolve-ms"),
        .credit_messages = consuming ? (uint32_t)options_int(store->options, "credit") : 0,
        .credit_bytes = consuming ? options_int(store->options, "credit-bytes") : 0,
        .deliver = on_deliver,
        .books = on_books,
        .terminate = on_terminate,
        .user = store};
    store->consuming = consuming;
    enum status status = consumer_new(store->bus, store->loop, &options, &store->consumer, fault);
    if (status == STATUS_OK && quiet) /* an operator said so */
        consumer_quiet(store->consumer);
    return status;
}

/* How many are left, in front. */
static size_t refuse_broken(struct store *store, struct row **rows, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        struct fault why;
        if (!rows[i]->broken || writer_check_result(store->writer, rows[i], &why) == STATUS_OK) {
            rows[kept++] = rows[i];
            continue;
        }
        refuse(store, rows[i]->delivery, "", &why);
        rows[i]->delivery = NULL;
    }
    return kept;
}

/* Rows whose result is broken are known; those a database refuses are found by halving: each half
 * is a transaction of its own. */
static enum status write_rows(struct store *store, struct row **rows, size_t count,
                              struct pg_fault *fault)
{
    int64_t begun_ns = clock_steady_ns();
    enum status status = writer_write(store->writer, store->pg, rows, count, fault);
    if (status == STATUS_OK) {
        measure_commit(store->metrics, &store->latency, rows, count, clock_steady_ns() - begun_ns);
        settle(store, rows, count);
        return STATUS_OK;
    }
    if (status != STATUS_REJECT)
        return status;
    const size_t kept = refuse_broken(store, rows, count);
    if (kept < count)
        return kept > 0 ? write_rows(store, rows, kept, fault) : STATUS_OK;
    if (count == 1) {
        refuse_row(store, rows[0], fault);
        return STATUS_OK;
    }
    size_t half = count / 2;
    status = write_rows(store, rows, half, fault);
    return status == STATUS_OK ? write_rows(store, rows + half, count - half, fault) : status;
}

static enum status write_batch(struct store *store, struct pg_fault *fault)
{
    enum status status = STATUS_OK;
    while (status == STATUS_OK && (batch_due(&store->batch, &store->limits, clock_steady_ms()) ||
                                   (store->stopping && store->batch.count > 0))) {
        size_t count = batch_take(&store->batch, &store->limits);
        for (size_t i = 0; i < count; i++)
            store->order[i] = &store->batch.rows[i];
        status = write_rows(store, store->order, count, fault);
        batch_compact(&store->batch, clock_steady_ms());
    }
    return status;
}

/* Books that the database refuses are not worth a dead letter: the next ones come soon. */
static enum status write_books(struct store *store, struct pg_fault *fault)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < store->node_count && status == STATUS_OK; i++) {
        struct kept_books *slot = &store->books[i];
        if (!slot->pending)
            continue;
        status = writer_books(store->writer, store->pg, &slot->books, fault);
        slot->pending = status != STATUS_OK && status != STATUS_REJECT;
        if (status == STATUS_REJECT) {
            log_warn("the database refuses the books of an ingest node",
                     log_text("node", slot->node), log_text("why", fault->fault.message));
            status = STATUS_OK;
        }
    }
    return status;
}

/* ---- a turn of work ---- */

/* Lost a race against another worker: natural, and over at the next try. */
static bool is_race(const struct pg_fault *fault)
{
    return fault->fault.status == STATUS_RETRY &&
           (strncmp(fault->sqlstate, "40", 2) == 0 || strncmp(fault->sqlstate, "23", 2) == 0);
}

static void complain(struct store *store, const struct pg_fault *fault)
{
    if (is_race(fault) && store->backoff.failures < RACES_QUIET)
        return;
    if (strcmp(store->complaint, fault->fault.message) == 0)
        return;
    (void)memcpy(store->complaint, fault->fault.message, sizeof store->complaint);
    if (fault->fault.status == STATUS_RETRY)
        log_warn("waiting for the database", log_text("why", fault->fault.message),
                 log_text("sqlstate", fault->sqlstate),
                 log_int("held", (int64_t)store->batch.count));
    else
        log_error("taking no articles: the database is not usable",
                  log_text("why", fault->fault.message), log_text("sqlstate", fault->sqlstate));
}

static void recovered(struct store *store)
{
    backoff_reset(&store->backoff);
    if (store->complaint[0])
        log_info("the database is usable");
    store->complaint[0] = '\0';
}

/* Changes between standby and consuming; without memory or a socket for it the process must end. */
static void switch_consuming(struct store *store, bool consuming)
{
    struct fault fault;
    if (store->consuming != consuming && open_consumer(store, consuming, &fault) != STATUS_OK) {
        log_error("cannot connect to ingest", log_text("why", fault.message));
        loop_stop(store->loop);
    }
}

static void schedule(struct store *store)
{
    int64_t wait = -1;
    if (failing(store))
        wait = backoff_next(&store->backoff, backoff_random());
    else
        wait = batch_wait_ms(&store->batch, &store->limits, clock_steady_ms());
    if (store->stopping) {
        if (store->batch.count == 0 || !store->consuming || out_of_patience(store)) {
            loop_stop(store->loop);
            return;
        }
        if (!store->quiet)
            consumer_quiet(store->consumer);
        store->quiet = true;
        int64_t left = store->stop_ms - clock_steady_ms();
        wait = wait < left ? wait : left;
    }
    if (wait >= 0)
        call_in(store, wait);
}

static void work(void *user)
{
    struct store *store = user;
    struct pg_fault fault = {.sqlstate = ""};
    store->timer = NO_TIMER;
    store->urgent = false;
    enum status status = connect_checked(store, &fault);
    if (status == STATUS_OK) {
        switch_consuming(store, true);
        status = write_batch(store, &fault);
    }
    if (status == STATUS_OK)
        status = write_books(store, &fault);
    if (status == STATUS_OK) {
        recovered(store);
        follow_up(store->follow);
    } else {
        if (!failing(store))
            store->backoff.failures = 1;
        metrics_add(store->metrics, STORE_FAILURES, 0, 1);
        complain(store, &fault);
        if (!is_race(&fault)) /* another server of the URI may be the one that takes writes now */
            pg_close(&store->pg);
        if (status != STATUS_RETRY)
            switch_consuming(store, false);
    }
    schedule(store);
}

/* ---- what it says of itself ---- */

static const char *missing(void *user)
{
    const struct store *store = user;
    if (store->stopping)
        return "stopping";
    if (!store->consuming)
        return store->complaint[0] ? store->complaint : "the database has not been reached yet";
    if (failing(store) && store->complaint[0])
        return store->complaint;
    if (!consumer_connected(store->consumer))
        return "no ingest answers";
    return consumer_is_quiet(store->consumer) ? "told to be quiet" : NULL;
}

static void collect(void *user)
{
    struct store *store = user;
    struct metrics *metrics = store->metrics;
    metrics_catch_up(metrics, STORE_FOLLOW_FAILURES, 0, &store->counted.follow_failures,
                     follow_failures(store->follow));
    if (store->consumer)
        metrics_catch_up(metrics, STORE_STALE, 0, &store->counted.stale,
                         consumer_stale(store->consumer));
    metrics_set(metrics, STORE_HELD, 0, store->batch.count);
    metrics_set(metrics, STORE_USABLE, 0, store->consuming && !failing(store));
}

/* ---- the command ---- */

static enum status store_open(struct store *store, struct fault *fault)
{
    store->limits =
        (struct batch_limits){.rows = (size_t)options_int(store->options, "batch-rows"),
                              .bytes = (size_t)options_int(store->options, "batch-bytes"),
                              .age_ms = options_int(store->options, "batch-age-ms")};
    batch_init(&store->batch);
    store->loop = loop_new();
    store->metrics = metrics_new(&store_metrics);
    store->writer = writer_new(!options_flag(store->options, "without-rollups"),
                               !options_flag(store->options, "without-stories"));
    store->order = calloc(store->limits.rows, sizeof *store->order);
    const struct follow_options follow = {
        .loop = store->loop,
        .db = options_text(store->options, "db"),
        .story_days = options_int(store->options, "story-days"),
        .story_bytes = (size_t)options_int(store->options, "story-bytes"),
        .left_out = (options_flag(store->options, "without-stories") ? FOLLOW_STORIES : 0) |
                    (options_flag(store->options, "without-search") ? FOLLOW_SEARCH : 0),
        .idle = while_following,
        .user = store};
    store->follow = store->loop ? follow_new(&follow) : NULL;
    if (!store->loop || !store->metrics || !store->writer || !store->order || !store->follow)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory to start");
    enum status status = security_sandbox(store->options, SANDBOX_READS, fault);
    if (status == STATUS_OK)
        status = loop_signals(store->loop, on_signal, store, fault);
    if (status != STATUS_OK)
        return status;
    status = security_bus(store->options, true, &store->bus, fault);
    if (status != STATUS_OK)
        return status;
    const struct probe_options probe = {
        options_text(store->options, "http"),     missing, store->metrics, collect, store,
        options_flag(store->options, "http-open")};
    const struct service_options service = {.missing = missing, .user = store};
    status = open_consumer(store, false, fault);
    if (status == STATUS_OK)
        status = probe_new(store->loop, &probe, &store->probe, fault);
    return status == STATUS_OK ? service_new(store->loop, &service, &store->service, fault)
                               : status;
}

static void store_close(struct store *store)
{
    drop_batch(store);
    service_free(store->service);
    probe_free(store->probe);
    metrics_free(store->metrics);
    consumer_free(store->consumer);
    follow_free(store->follow);
    pg_close(&store->pg);
    writer_free(store->writer);
    batch_deinit(&store->batch);
    free(store->order);
    bus_free(store->bus);
    loop_free(store->loop);
}

int store_main(const struct options *options)
{
    struct fault fault;
    int code = EXIT_DONE;
    struct store *store = calloc(1, sizeof *store);
    if (!store) {
        log_error("no memory to start");
        return EXIT_OUTSIDE;
    }
    store->options = options;
    store->timer = NO_TIMER;
    store->backoff = (struct backoff){.base_ms = BACKOFF_MS, .cap_ms = BACKOFF_CAP};
    if (store_open(store, &fault) == STATUS_OK) {
        call_in(store, 0);
        loop_run(store->loop);
        if (store->consumer == NULL)
            code = EXIT_OUTSIDE;
        log_info("stopped");
    } else {
        log_error(fault.message);
        code = strcmp(fault.code, "bad-endpoint") == 0 || fault.status == STATUS_REJECT
                   ? EXIT_USAGE
                   : EXIT_OUTSIDE;
    }
    store_close(store);
    free(store);
    return code;
}
