/* A dispatcher with articles and workers, for the tests of who works on what. */
#ifndef NEWSMILL_TESTS_DISPATCH_BENCH_H
#define NEWSMILL_TESTS_DISPATCH_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "worker/ingest/dispatch.h"

static const struct slice words = SLICE_LITERAL("words");

static inline struct dispatch *make(uint32_t window, int64_t bytes)
{
    struct dispatch_options options = {window, bytes, 3, 0};
    struct dispatch *dispatch = dispatch_new(&options);
    assert_non_null(dispatch);
    return dispatch;
}

static inline void admit_in(struct dispatch *dispatch, uint64_t sequence, enum lane lane,
                            uint32_t flow)
{
    struct dispatch_article article = {.sequence = sequence,
                                       .tag = sequence * 10,
                                       .lane = lane,
                                       .flow = flow,
                                       .envelope = SLICE_LITERAL("env"),
                                       .article = words};
    assert_true(dispatch_has_room(dispatch));
    assert_int_equal(dispatch_admit(dispatch, &article), STATUS_OK);
}

static inline void admit(struct dispatch *dispatch, uint64_t sequence)
{
    admit_in(dispatch, sequence, LANE_NORMAL, 0);
}

static inline void admit_refused(struct dispatch *dispatch, uint64_t sequence, const char *code)
{
    struct dispatch_article article = {.sequence = sequence,
                                       .tag = sequence * 10,
                                       .envelope = SLICE_LITERAL("env"),
                                       .article = words,
                                       .refused_code = slice_from(code),
                                       .refused_message = SLICE_LITERAL("No.")};
    assert_int_equal(dispatch_admit(dispatch, &article), STATUS_OK);
}

static inline struct worker *join(struct dispatch *dispatch, enum role role, uint32_t credit)
{
    struct worker *worker = dispatch_join(dispatch, role, NULL);
    assert_non_null(worker);
    dispatch_credit(dispatch, worker, credit, 1 << 20);
    return worker;
}

static inline struct dispatch_delivery next(struct dispatch *dispatch)
{
    struct dispatch_delivery delivery;
    assert_true(dispatch_next(dispatch, 0, &delivery));
    return delivery;
}

static inline void expect_none(struct dispatch *dispatch, int64_t now_ms)
{
    struct dispatch_delivery delivery;
    assert_false(dispatch_next(dispatch, now_ms, &delivery));
}

static inline enum dispatch_verdict done(struct dispatch *dispatch,
                                         const struct dispatch_delivery *which, const char *outcome,
                                         struct dispatch_end *end)
{
    struct link_outcome answer = {which->lease, which->attempt, slice_from(outcome)};
    struct bus_frame result;
    assert_int_equal(bus_frame_copy(&result, SLICE_LITERAL("result")), STATUS_OK);
    bool analysis = strcmp(outcome, "analyzed") == 0;
    enum dispatch_verdict verdict =
        dispatch_done(dispatch, which->worker, &answer, analysis ? &result : NULL, end);
    bus_frame_deinit(&result);
    return verdict;
}

static inline enum dispatch_verdict refuse_at(struct dispatch *dispatch,
                                              const struct dispatch_delivery *which,
                                              const char *stage, bool retry)
{
    struct link_refuse refusal = {.lease = which->lease,
                                  .attempt = which->attempt,
                                  .retry = retry,
                                  .stage = slice_from(stage),
                                  .code = SLICE_LITERAL("bad"),
                                  .message = SLICE_LITERAL("It was bad.")};
    return dispatch_refused(dispatch, which->worker, &refusal, 0, 77);
}

static inline enum dispatch_verdict refuse(struct dispatch *dispatch,
                                           const struct dispatch_delivery *which, bool retry)
{
    return refuse_at(dispatch, which, "analysis", retry);
}

#endif
