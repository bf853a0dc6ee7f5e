/* The whole analysis over a text given in a test: bench_analyse() and what came out. */
#ifndef NEWSMILL_TESTS_ANALYSIS_BENCH_H
#define NEWSMILL_TESTS_ANALYSIS_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "worker/analysis/analysis.h"

struct analysis_bench {
    struct analysis *analysis;
    struct arena *arena;
    struct envelope envelope;
    struct result result;
    struct fault fault;
};

static inline int analysis_bench_open(void **state)
{
    struct analysis_bench *bench = calloc(1, sizeof *bench);
    struct analysis_options options = {.tokens = true};
    assert_non_null(bench);
    bench->arena = arena_new(ANALYSIS_ARENA_BYTES);
    assert_int_equal(analysis_new(&options, &bench->analysis, &bench->fault), STATUS_OK);
    *state = bench;
    return 0;
}

static inline int analysis_bench_close(void **state)
{
    struct analysis_bench *bench = *state;
    analysis_free(bench->analysis);
    arena_free(bench->arena);
    free(bench);
    return 0;
}

/* Analyses `article`; what the bench gave before is gone. */
static inline const struct result *bench_article(struct analysis_bench *bench,
                                                 const struct article *article)
{
    arena_reset(bench->arena);
    assert_int_equal(analysis_run(bench->analysis, &bench->envelope, article, bench->arena,
                                  &bench->result, &bench->fault),
                     STATUS_OK);
    return &bench->result;
}

/* The same for an English text alone. */
static inline const struct result *bench_analyse(struct analysis_bench *bench, const char *text)
{
    struct article article = {.body = slice_from(text), .language = slice_from("en")};
    return bench_article(bench, &article);
}

#endif
