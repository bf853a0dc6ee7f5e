/* The analysis worker: one article after the other, in the order they were delivered. */
#include "worker/analysis/analyze.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/log.h"
#include "common/loop.h"
#include "proto/consumer.h"
#include "proto/limits.h"
#include "worker/analysis/analysis.h"

/* A delivery waiting for its turn; there are never more than the credit. */
struct queued {
    struct queued *next;
    struct consumer_delivery *delivery;
};

struct analyzer {
    struct loop *loop;
    struct bus *bus;
    struct consumer *consumer;
    struct analysis *analysis;
    struct arena *arena;
    struct pack_reader envelope_reader, article_reader;
    struct buffer result;
    struct queued *first, **last;
    bool stopping;
    int exit_code;
};

/* ---- one article ---- */

static enum status analyze(struct analyzer *analyzer, const struct consumer_delivery *delivery,
                           struct fault *fault)
{
    struct envelope envelope;
    struct article article;
    struct result result;
    arena_reset(analyzer->arena);
    enum status status = envelope_decode(delivery->envelope, &analyzer->envelope_reader, &envelope,
                                         analyzer->arena, fault);
    if (status == STATUS_OK)
        status = article_decode(delivery->article, &analyzer->article_reader, &article,
                                analyzer->arena, fault);
    if (status == STATUS_OK)
        status =
            analysis_run(analyzer->analysis, &envelope, &article, analyzer->arena, &result, fault);
    if (status != STATUS_OK)
        return status;
    buffer_clear(&analyzer->result);
    result_encode(&result, &analyzer->result);
    if (buffer_failed(&analyzer->result))
        return fault_set(fault, STATUS_REJECT, "result-too-long",
                         "The result is longer than LIMIT_RESULT_BYTES (%d bytes).",
                         LIMIT_RESULT_BYTES);
    return STATUS_OK;
}

static void work_on(struct analyzer *analyzer, struct consumer_delivery *delivery)
{
    struct fault fault;
    consumer_working_on(analyzer->consumer, delivery->lease);
    enum status status = analyze(analyzer, delivery, &fault);
    consumer_working_on(analyzer->consumer, 0);
    if (status == STATUS_OK)
        consumer_done_result(analyzer->consumer, delivery, buffer_slice(&analyzer->result));
    else
        consumer_refuse(analyzer->consumer, delivery, "analysis", "", &fault);
    consumer_delivery_free(delivery);
}

/* ---- the queue ---- */

static void on_deliver(void *user, struct consumer_delivery *delivery)
{
    struct analyzer *analyzer = user;
    struct queued *queued = malloc(sizeof *queued);
    if (!queued) {
        struct fault fault;
        (void)fault_set(&fault, STATUS_RETRY, "out-of-memory", "no memory for a delivery");
        consumer_refuse(analyzer->consumer, delivery, "analysis", "", &fault);
        consumer_delivery_free(delivery);
        return;
    }
    *queued = (struct queued){NULL, delivery};
    *analyzer->last = queued;
    analyzer->last = &queued->next;
}

static struct consumer_delivery *take_first(struct analyzer *analyzer)
{
    struct queued *queued = analyzer->first;
    if (!queued)
        return NULL;
    struct consumer_delivery *delivery = queued->delivery;
    analyzer->first = queued->next;
    if (!analyzer->first)
        analyzer->last = &analyzer->first;
    free(queued);
    return delivery;
}

/* After each turn all that has come; the credit keeps that short. */
static void on_turn_end(void *user)
{
    struct analyzer *analyzer = user;
    struct consumer_delivery *delivery;
    while (!analyzer->stopping && (delivery = take_first(analyzer))) {
        work_on(analyzer, delivery);
        consumer_beat(analyzer->consumer);
    }
    if (analyzer->stopping)
        loop_stop(analyzer->loop);
}

/* ---- life ---- */

static void on_signal(void *user, int number)
{
    struct analyzer *analyzer = user;
    if (number != SIGTERM && number != SIGINT)
        return;
    if (analyzer->stopping)
        _exit(EXIT_DONE);
    analyzer->stopping = true;
}

static void on_terminate(void *user)
{
    struct analyzer *analyzer = user;
    analyzer->stopping = true;
}

static enum status open_all(struct analyzer *analyzer, const struct options *options,
                            struct fault *fault)
{
    struct analysis_options analysis = {.timings = false};
    struct consumer_options consumer = {
        .role = LINK_ANALYZE,
        .endpoints = options_text(options, "work"),
        .credit_messages = (uint32_t)options_int(options, "credit"),
        .credit_bytes = options_int(options, "credit-bytes"),
        .deliver = on_deliver,
        .terminate = on_terminate,
        .user = analyzer,
    };
    analyzer->arena = arena_new(ANALYSIS_ARENA_BYTES);
    if (!analyzer->loop || !analyzer->arena)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the worker");
    enum status status = loop_signals(analyzer->loop, on_signal, analyzer, fault);
    if (status == STATUS_OK)
        status = analysis_new(&analysis, &analyzer->analysis, fault);
    if (status == STATUS_OK && !(analyzer->bus = bus_new()))
        status = fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for ZeroMQ");
    if (status == STATUS_OK)
        status = consumer_new(analyzer->bus, analyzer->loop, &consumer, &analyzer->consumer, fault);
    return status;
}

static void close_all(struct analyzer *analyzer)
{
    struct consumer_delivery *delivery;
    while ((delivery = take_first(analyzer)))
        consumer_delivery_free(delivery); /* our goodbye returns them */
    consumer_free(analyzer->consumer);
    bus_free(analyzer->bus);
    analysis_free(analyzer->analysis);
    arena_free(analyzer->arena);
    pack_reader_deinit(&analyzer->envelope_reader);
    pack_reader_deinit(&analyzer->article_reader);
    buffer_deinit(&analyzer->result);
    loop_free(analyzer->loop);
}

int analyze_main(const struct options *options)
{
    struct analyzer analyzer = {.loop = loop_new()};
    struct fault fault;
    analyzer.last = &analyzer.first;
    pack_reader_init(&analyzer.envelope_reader);
    pack_reader_init(&analyzer.article_reader);
    buffer_init(&analyzer.result, LIMIT_RESULT_BYTES);
    if (open_all(&analyzer, options, &fault) == STATUS_OK) {
        loop_at_turn_end(analyzer.loop, on_turn_end, &analyzer);
        loop_run(analyzer.loop);
        log_info("stopped");
    } else {
        log_error(fault.message, log_text("code", fault.code));
        analyzer.exit_code = EXIT_OUTSIDE;
    }
    close_all(&analyzer);
    return analyzer.exit_code;
}
