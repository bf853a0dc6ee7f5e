/* The analysis worker: one article at a time, in the order they came, one a turn of the loop, so
 * that heartbeats and signals are seen to between two articles. */
#include "worker/analysis/analyze.h"

#include <signal.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/probe.h"
#include "common/security.h"
#include "common/service.h"
#include "proto/consumer.h"
#include "proto/limits.h"
#include "worker/analysis/analysis.h"
#include "worker/analysis/memory.h"
#include "worker/analysis/metrics.h"
#include "worker/analysis/rehearse.h"
#include "worker/analysis/watchdog.h"

struct held {
    struct held *next;
    struct consumer_delivery *delivery;
};

struct worker {
    struct bus *bus;
    struct loop *loop;
    struct consumer *consumer;
    struct analysis *analysis;
    struct arena *arena;
    struct pack_reader envelope_reader, article_reader;
    struct buffer encoded;
    struct held *first, **last; /* deliveries in the order they came; bounded by the credit */
    struct probe *probe;
    struct service *service;
    struct watchdog watchdog;
    bool rehearsing; /* --rehearse */
    bool scheduled, stopping;
    int64_t drain_ms, stop_ms; /* when stopping: until when what is held may be finished */
    struct metrics *metrics;
    uint64_t stale; /* that are in the metrics */
    int exit_code;
};

static void step(void *user);
static void stop(struct worker *worker);

static void schedule(struct worker *worker)
{
    if (worker->scheduled)
        return;
    worker->scheduled = true;
    (void)loop_once(worker->loop, 0, step, worker);
}

static void fail(struct worker *worker, const struct fault *fault)
{
    log_error("cannot go on", log_text("code", fault->code), log_text("why", fault->message));
    worker->exit_code = EXIT_OUTSIDE;
    loop_stop(worker->loop);
}

static enum status analyze(struct worker *worker, const struct consumer_delivery *delivery,
                           struct envelope *envelope, struct fault *fault)
{
    struct article article;
    struct result result;
    enum status status = envelope_decode(delivery->envelope, &worker->envelope_reader, envelope,
                                         worker->arena, fault);
    if (status == STATUS_OK)
        status = article_decode(delivery->article, &worker->article_reader, &article, worker->arena,
                                fault);
    if (status == STATUS_OK && worker->rehearsing)
        status = rehearse(article.id, fault);
    if (status == STATUS_OK)
        status = analysis_run(worker->analysis, envelope, &article, worker->arena, &result, fault);
    if (status != STATUS_OK)
        return status;
    result_encode(&result, &worker->encoded);
    if (buffer_failed(&worker->encoded))
        return fault_set(fault, STATUS_REJECT, "result-too-large",
                         "the facts of this article take more than LIMIT_RESULT_BYTES (%d)",
                         LIMIT_RESULT_BYTES);
    return STATUS_OK;
}

static void refuse(struct worker *worker, const struct consumer_delivery *delivery,
                   const struct envelope *envelope, struct fault *fault)
{
    log_article(&envelope->article, "not analysed", log_uuid("key", &envelope->key),
                log_int("lease", (int64_t)delivery->lease), log_text("code", fault->code));
    log_trail_flush();
    bool fatal = fault->status == STATUS_FATAL;
    metrics_add(worker->metrics, ANALYZE_REFUSED, 0, 1);
    if (fatal)
        fault->status = STATUS_RETRY; /* counts as an attempt: it may be this article's doing */
    consumer_refuse(worker->consumer, delivery, "analysis", NULL, fault);
    if (fatal)
        fail(worker, fault);
}

/* Counts it, and says so, before anybody else can know. */
static void measure(struct worker *worker, const struct consumer_delivery *delivery,
                    const struct envelope *envelope, int64_t took_ns)
{
    struct analysis_timing slowest = {.stage = ""};
    metrics_add(worker->metrics, ANALYZE_DONE, 0, 1);
    metrics_observe(worker->metrics, ANALYZE_ARTICLE, 0, (uint64_t)took_ns);
    for (size_t i = 0; i < analysis_stage_count(); i++) {
        struct analysis_timing timing = analysis_timing(worker->analysis, i);
        metrics_observe(worker->metrics, ANALYZE_STAGE, i, timing.ns);
        slowest = timing.ns > slowest.ns ? timing : slowest;
    }
    log_article(&envelope->article, "analysed", log_uuid("key", &envelope->key),
                log_int("lease", (int64_t)delivery->lease), log_int("us", took_ns / 1000),
                log_text("slowest", slowest.stage),
                log_int("slowest_us", (int64_t)slowest.ns / 1000));
    log_trail_flush();
}

static void work_on(struct worker *worker, const struct consumer_delivery *delivery)
{
    struct fault fault;
    struct envelope envelope = {.received_ms = 0}; /* as long as it is not read */
    consumer_working_on(worker->consumer, delivery);
    watchdog_begin(&worker->watchdog, delivery->lease);
    int64_t begun_ns = clock_steady_ns();
    enum status status = analyze(worker, delivery, &envelope, &fault);
    bool asked_to_stop = watchdog_end(&worker->watchdog);
    if (status == STATUS_OK) {
        measure(worker, delivery, &envelope, clock_steady_ns() - begun_ns);
        consumer_done_result(worker->consumer, delivery, buffer_slice(&worker->encoded));
    } else {
        fault.status = status;
        refuse(worker, delivery, &envelope, &fault);
    }
    consumer_working_on(worker->consumer, NULL);
    buffer_clear(&worker->encoded);
    arena_reset(worker->arena);
    if (asked_to_stop)
        stop(worker);
}

static void step(void *user)
{
    struct worker *worker = user;
    struct held *held = worker->first;
    worker->scheduled = false;
    if (worker->stopping && clock_steady_ms() >= worker->stop_ms) {
        loop_stop(worker->loop); /* BYE gives back what is still held */
        return;
    }
    if (held) {
        worker->first = held->next;
        if (!worker->first)
            worker->last = &worker->first;
        work_on(worker, held->delivery);
        consumer_delivery_free(held->delivery);
        free(held);
    }
    if (worker->first)
        schedule(worker);
    else if (worker->stopping)
        loop_stop(worker->loop);
}

static void on_deliver(void *user, struct consumer_delivery *delivery)
{
    struct worker *worker = user;
    struct held *held = calloc(1, sizeof *held);
    if (!held) {
        struct fault fault;
        (void)fault_set(&fault, STATUS_FATAL, "out-of-memory", "no memory for a delivery");
        consumer_delivery_free(delivery);
        fail(worker, &fault);
        return;
    }
    held->delivery = delivery;
    *worker->last = held;
    worker->last = &held->next;
    schedule(worker);
}

/* What is held is finished, as far as the time allows; what comes meanwhile too, and then BYE. */
static void stop(struct worker *worker)
{
    if (worker->stopping) {
        loop_stop(worker->loop);
        return;
    }
    worker->stopping = true;
    worker->stop_ms = clock_steady_ms() + worker->drain_ms;
    log_info("stopping", log_int("held", consumer_outstanding(worker->consumer)));
    service_stopping(worker->service);
    consumer_quiet(worker->consumer);
    schedule(worker);
}

static void on_terminate(void *user)
{
    struct worker *worker = user;
    if (!worker->stopping)
        stop(worker);
}

static void on_signal(void *user, int signal)
{
    if (signal == SIGTERM || signal == SIGINT)
        stop(user);
}

static const char *missing(void *user)
{
    const struct worker *worker = user;
    if (worker->stopping)
        return "stopping";
    if (!consumer_connected(worker->consumer))
        return "no ingest answers";
    return consumer_is_quiet(worker->consumer) ? "told to be quiet" : NULL;
}

static void collect(void *user)
{
    struct worker *worker = user;
    metrics_set(worker->metrics, ANALYZE_HELD, 0, consumer_outstanding(worker->consumer));
    metrics_catch_up(worker->metrics, ANALYZE_STALE, 0, &worker->stale,
                     consumer_stale(worker->consumer));
}

/* Without a limit: a day. */
static uint32_t busy_ms(int64_t article_ms)
{
    return article_ms > 0 ? (uint32_t)article_ms : 86400000u;
}

static enum status watch_over(struct worker *worker, const struct options *options,
                              struct fault *fault)
{
    const struct probe_options probe = {
        options_text(options, "http"),     missing, worker->metrics, collect, worker,
        options_flag(options, "http-open")};
    const struct service_options service = {
        .missing = missing, .user = worker, .busy_ms = busy_ms(options_int(options, "article-ms"))};
    worker->rehearsing = options_flag(options, "rehearse");
    worker->drain_ms = options_int(options, "drain-ms");
    if (worker->rehearsing)
        log_warn("rehearsing: articles may crash, hang and starve this worker");
    enum status status = watchdog_open(&worker->watchdog, options_int(options, "article-ms"),
                                       worker->drain_ms, fault);
    if (status == STATUS_OK)
        status = probe_new(worker->loop, &probe, &worker->probe, fault);
    return status == STATUS_OK ? service_new(worker->loop, &service, &worker->service, fault)
                               : status;
}

static enum status worker_init(struct worker *worker, const struct options *options,
                               struct fault *fault)
{
    struct analysis_options analysis = {.clock = clock_steady_ns,
                                        .actors = options_text(options, "actors"),
                                        .agents = options_text(options, "agents"),
                                        .verbs = options_text(options, "verbs"),
                                        .lexicon = options_text(options, "lexicon"),
                                        .themes = options_text(options, "themes"),
                                        .gazetteer = options_text(options, "gazetteer")};
    const struct consumer_options consumer = {
        .role = LINK_ANALYZE,
        .endpoints = options_text(options, "work"),
        .resolve_ms = options_int(options, "resolve-ms"),
        .busy_ms = busy_ms(options_int(options, "article-ms")),
        .credit_messages = (uint32_t)options_int(options, "credit"),
        .credit_bytes = options_int(options, "credit-bytes"),
        .deliver = on_deliver,
        .terminate = on_terminate,
        .user = worker,
    };
    worker->last = &worker->first;
    pack_reader_init(&worker->envelope_reader);
    pack_reader_init(&worker->article_reader);
    buffer_init(&worker->encoded, LIMIT_RESULT_BYTES);
    worker->arena = arena_new(ANALYSIS_ARENA_BYTES);
    worker->loop = loop_new();
    worker->metrics = metrics_new(&analyze_metrics);
    if (!worker->arena || !worker->loop || !worker->metrics)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory to start with");
    enum status status = memory_limit(options_int(options, "memory-bytes"), fault);
    if (status == STATUS_OK)
        status = loop_signals(worker->loop, on_signal, worker, fault);
    if (status == STATUS_OK)
        status = analysis_level_from(options_text(options, "level"), &analysis.level, fault);
    if (status == STATUS_OK)
        status = analysis_new(&analysis, &worker->analysis, fault);
    if (status != STATUS_OK)
        return status;
    status = security_bus(options, true, &worker->bus, fault);
    if (status == STATUS_OK) /* all files are read; threads and strangers come now */
        status = security_sandbox_as_nobody(options, SANDBOX_READS, fault);
    if (status == STATUS_OK)
        status = consumer_new(worker->bus, worker->loop, &consumer, &worker->consumer, fault);
    return status == STATUS_OK ? watch_over(worker, options, fault) : status;
}

/* BYE gives back what is still held. */
static void worker_deinit(struct worker *worker)
{
    while (worker->first) {
        struct held *held = worker->first;
        worker->first = held->next;
        consumer_delivery_free(held->delivery);
        free(held);
    }
    watchdog_close(&worker->watchdog);
    service_free(worker->service);
    probe_free(worker->probe);
    metrics_free(worker->metrics);
    consumer_free(worker->consumer);
    bus_free(worker->bus);
    loop_free(worker->loop);
    analysis_free(worker->analysis);
    arena_free(worker->arena);
    buffer_deinit(&worker->encoded);
    pack_reader_deinit(&worker->article_reader);
    pack_reader_deinit(&worker->envelope_reader);
}

int analyze_main(const struct options *options)
{
    struct worker worker = {.exit_code = EXIT_DONE};
    struct fault fault;
    enum status status = worker_init(&worker, options, &fault);
    if (status == STATUS_OK) {
        log_info("analyzing", log_text("work", options_text(options, "work")),
                 log_text("version", analysis_version(worker.analysis)));
        loop_run(worker.loop);
    } else {
        log_error("cannot start", log_text("code", fault.code), log_text("why", fault.message));
        worker.exit_code = status == STATUS_REJECT ? EXIT_USAGE : EXIT_OUTSIDE;
    }
    worker_deinit(&worker);
    return worker.exit_code;
}
