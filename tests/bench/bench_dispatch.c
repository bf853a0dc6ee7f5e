/* What the link's own decisions take, by simulation: sockets for a thousand workers cost a machine
 * of two cores more than the protocol does, and hide it.
 *
 *   bench_dispatch WORKERS ARTICLES
 *
 * Half of the workers analyse and half store, each with credit for as many articles as workers have
 * by default. Articles are admitted while the window has room, handed out while anybody has credit,
 * and the longest held one is answered, ARTICLES times through analysis and storage. Prints
 * `articles N seconds S`, processor time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "worker/ingest/dispatch.h"

#define WINDOW       16384
#define WINDOW_BYTES (INT64_C(1) << 30)
#define CREDIT       64
#define CREDIT_BYTES (INT64_C(1) << 24)
#define FLOWS        400

static void fail(const char *why)
{
    (void)fprintf(stderr, "bench_dispatch: %s\n", why);
    exit(3);
}

/* What is out, in the order of its handing out: a ring. */
struct held {
    struct worker *worker;
    uint64_t lease;
    uint32_t attempt;
    bool to_storage;
};
struct bench {
    struct dispatch *dispatch;
    struct bus_frame result;
    struct held ring[WINDOW];
    uint64_t first, last, admitted, finished;
};

static void admit(struct bench *bench)
{
    struct dispatch_article article = {.sequence = ++bench->admitted,
                                       .lane = LANE_NORMAL,
                                       .flow = 1 + (uint32_t)(bench->admitted % FLOWS),
                                       .envelope = SLICE_LITERAL("envelope"),
                                       .article = SLICE_LITERAL("an article")};
    if (dispatch_admit(bench->dispatch, &article) != STATUS_OK)
        fail("no memory");
}

static bool hand_out(struct bench *bench)
{
    struct dispatch_delivery delivery;
    if (!dispatch_next(bench->dispatch, 0, &delivery))
        return false;
    bench->ring[bench->last++ % WINDOW] =
        (struct held){delivery.worker, delivery.lease, delivery.attempt, delivery.result != NULL};
    return true;
}

static void answer(struct bench *bench)
{
    const struct held *held = &bench->ring[bench->first++ % WINDOW];
    struct link_outcome outcome = {held->lease, held->attempt,
                                   held->to_storage ? SLICE_LITERAL("stored")
                                                    : SLICE_LITERAL("analyzed")};
    struct dispatch_end end;
    enum dispatch_verdict verdict = dispatch_done(bench->dispatch, held->worker, &outcome,
                                                  held->to_storage ? NULL : &bench->result, &end);
    if (verdict != (held->to_storage ? DISPATCH_FINISHED : DISPATCH_GOING_ON))
        fail("an answer was not taken");
    bench->finished += held->to_storage;
}

static double work(struct bench *bench, uint64_t articles)
{
    int64_t start = clock_worked_ns();
    while (bench->finished < articles) {
        while (bench->admitted < articles && dispatch_has_room(bench->dispatch))
            admit(bench);
        while (hand_out(bench))
            continue;
        answer(bench);
    }
    return (double)(clock_worked_ns() - start) / 1e9;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        fail("usage: bench_dispatch WORKERS ARTICLES");
    static struct bench bench;
    const unsigned long workers = strtoul(argv[1], NULL, 10), articles = strtoul(argv[2], NULL, 10);
    const struct dispatch_options options = {
        .window_messages = WINDOW, .window_bytes = WINDOW_BYTES, .attempts = 3, .salt = 1};
    bench.dispatch = dispatch_new(&options);
    if (!bench.dispatch || bus_frame_copy(&bench.result, SLICE_LITERAL("result")) != STATUS_OK)
        fail("no memory");
    for (unsigned long i = 0; i < workers || i < 2; i++) {
        struct worker *worker =
            dispatch_join(bench.dispatch, i % 2 ? ROLE_STORE : ROLE_ANALYZE, NULL);
        if (!worker)
            fail("no memory");
        dispatch_credit(bench.dispatch, worker, CREDIT, CREDIT_BYTES);
    }
    printf("articles %lu seconds %.6f\n", articles, work(&bench, articles));
    bus_frame_deinit(&bench.result);
    return 0;
}
