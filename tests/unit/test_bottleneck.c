/* Where the pipeline is held up, and how fast it goes: tables of what ingest sees and what follows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "worker/ingest/bottleneck.h"
#include "worker/ingest/rates.h"

#define BUSY(stage, queue)                                                                         \
    .stage = {.ready = (queue), .leased = 16, .workers = 1, .credit = 16, .free = false}
#define IDLE(stage) .stage = {.workers = 1, .credit = 16, .free = true}

static void test_bottleneck(void **state)
{
    static const struct {
        struct bottleneck_facts facts;
        const char *stage, *part;
    } cases[] = {
        {{IDLE(analyze), IDLE(store)}, "none", "Nothing"},
        {{.in_flight = 0, .analyze = {0}, .store = {0}}, "none", "Nothing"},
        {{.in_flight = 3, IDLE(analyze), IDLE(store)}, "producers", "room for more"},
        {{.accepted_rate = 2, IDLE(analyze), IDLE(store)}, "producers", "room for more"},
        {{.disk_full = true, .in_flight = 9, BUSY(analyze, 5), BUSY(store, 5)},
         "ingest",
         "disk is full"},
        /* Storage: none, full, some hands free, quiet, hanging. */
        {{.in_flight = 9, IDLE(analyze)}, "store", "no storage worker"},
        {{.in_flight = 9}, "store", "no storage worker"},
        {{.in_flight = 99, BUSY(analyze, 5), BUSY(store, 7)}, "store", "7 results wait"},
        {{.in_flight = 9,
          IDLE(analyze),
          .store = {.ready = 3, .workers = 1, .credit = 9, .free = true}},
         "producers",
         ""},
        {{.in_flight = 9,
          IDLE(analyze),
          .store = {.ready = 5, .leased = 5, .workers = 1, .credit = 9, .free = true}},
         "store",
         "5 results wait"},
        {{.in_flight = 9, IDLE(analyze), .store = {.workers = 2, .quiet = 2}},
         "database",
         "not usable"},
        {{.in_flight = 0, IDLE(analyze), .store = {.workers = 2, .quiet = 2}}, "none", ""},
        {{.in_flight = 9,
          IDLE(analyze),
          .store = {.leased = 1, .workers = 1, .credit = 9, .free = true, .longest_ms = 7300}},
         "database",
         "for 7 s"},
        {{.in_flight = 9,
          BUSY(analyze, 5),
          .store = {.leased = 1, .workers = 1, .credit = 9, .free = true, .longest_ms = 60000}},
         "database",
         "for 60 s"},
        /* Analysis: none, full, quiet, stuck. */
        {{.in_flight = 9, .analyze = {.ready = 9}, IDLE(store)}, "analyze", "no analysis worker"},
        {{.in_flight = 99, BUSY(analyze, 37), IDLE(store)}, "analyze", "37 articles wait"},
        {{.in_flight = 9, .analyze = {.ready = 9, .workers = 3, .quiet = 3}, IDLE(store)},
         "analyze",
         "of 3"},
        {{.in_flight = 1,
          .analyze = {.leased = 1, .workers = 1, .credit = 16, .free = true, .longest_ms = 31000},
          IDLE(store)},
         "analyze",
         "for 31 s"},
        {{.in_flight = 16, BUSY(analyze, 0), IDLE(store)}, "producers", ""},
        /* What is in the journal only. */
        {{.in_flight = 99, .behind = 50, IDLE(analyze), IDLE(store)}, "ingest", "50 articles"},
        {{.in_flight = 99, .behind = 50, .window_full = true, BUSY(analyze, 0), IDLE(store)},
         "analyze",
         "--window-messages"},
        {{.in_flight = 99, .behind = 50, .window_full = true, IDLE(analyze), BUSY(store, 0)},
         "store",
         "--window-messages"},
        /* Only retries are left. */
        {{.in_flight = 2,
          .analyze = {.waiting = 2, .workers = 1, .credit = 16, .free = true},
          IDLE(store)},
         "analyze",
         "2 articles failed"},
        {{.in_flight = 2,
          IDLE(analyze),
          .store = {.waiting = 2, .workers = 1, .credit = 16, .free = true}},
         "store",
         "2 articles failed"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bottleneck found = bottleneck_find(&cases[i].facts);
        assert_string_equal(found.stage, cases[i].stage);
        assert_non_null(strstr(found.why, cases[i].part));
        assert_int_equal(found.why[strlen(found.why) - 1], '.');
    }
}

/* The longest sentences still end. */
static void test_sentences_fit(void **state)
{
    const struct bottleneck_facts facts = {
        .in_flight = UINT64_MAX,
        .behind = UINT64_MAX,
        .analyze = {.workers = UINT32_MAX, .credit = UINT32_MAX, .free = true},
        .store = {.workers = UINT32_MAX, .quiet = UINT32_MAX, .free = true}};
    struct bottleneck_facts other = facts;
    (void)state;
    struct bottleneck found = bottleneck_find(&facts);
    assert_int_equal(found.why[strlen(found.why) - 1], '.');
    other.store.quiet = 0;
    other.store.longest_ms = INT64_MAX;
    found = bottleneck_find(&other);
    assert_int_equal(found.why[strlen(found.why) - 1], '.');
    other.store.longest_ms = 0;
    found = bottleneck_find(&other);
    assert_int_equal(found.why[strlen(found.why) - 1], '.');
}

static void assert_rate(const struct rates *rates, double wanted)
{
    double found = rates_of(rates, RATE_DONE);
    assert_true(found > wanted - 0.001 && found < wanted + 0.001);
}

static void test_rates(void **state)
{
    struct rates rates = {.count = 0};
    (void)state;
    assert_rate(&rates, 0);
    rates_look(&rates, 1000, (const uint64_t[RATES]){[RATE_DONE] = 100});
    assert_rate(&rates, 0);
    rates_look(&rates, 2000, (const uint64_t[RATES]){[RATE_DONE] = 150});
    assert_rate(&rates, 50);
    rates_look(&rates, 4000, (const uint64_t[RATES]){[RATE_DONE] = 400});
    assert_rate(&rates, 100);
    /* Old looks are forgotten. */
    for (int i = 0; i < RATES_SAMPLES; i++)
        rates_look(&rates, 5000 + i * 1000,
                   (const uint64_t[RATES]){[RATE_DONE] = 400 + 7 * (uint64_t)i});
    assert_rate(&rates, 7);
    /* A clock that stands still. */
    struct rates still = {.count = 0};
    rates_look(&still, 5, (const uint64_t[RATES]){0});
    rates_look(&still, 5, (const uint64_t[RATES]){[RATE_DONE] = 9});
    assert_rate(&still, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bottleneck),
        cmocka_unit_test(test_sentences_fit),
        cmocka_unit_test(test_rates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
