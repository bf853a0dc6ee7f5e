/* Rates of producers by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "worker/ingest/pace.h"

#define RATE 10

static unsigned taken(struct pace *pace, const char *name, unsigned tries, int64_t now_ms)
{
    unsigned count = 0;
    for (unsigned i = 0; i < tries; i++)
        count += pace_take(pace, slice_from(name), now_ms);
    return count;
}

static void each_name_has_its_own(void **state)
{
    struct pace *pace = pace_new(RATE);
    (void)state;
    assert_int_equal(taken(pace, "crawler", 100, 1000), RATE);
    assert_int_equal(taken(pace, "crawler-2", 100, 1000), RATE);
    assert_int_equal(taken(pace, "crawler", 100, 1500), RATE / 2);
    assert_int_equal(taken(pace, "crawler", 100, 60000), RATE);
    pace_free(pace);
}

/* However many come, what is kept of them has a bound, and they get no more than they may. */
static void a_crowd_is_forgotten_from_its_end(void **state)
{
    struct pace *pace = pace_new(RATE);
    char name[32];
    (void)state;
    for (int i = 0; i < 20 * PACE_NAMES; i++) {
        (void)snprintf(name, sizeof name, "192.0.2.%d", i);
        assert_int_equal(taken(pace, name, RATE + 1, 1000 + i), RATE);
    }
    assert_int_equal(taken(pace, name, 100, 1000 + 20 * PACE_NAMES), 0);
    pace_free(pace);
}

static void the_time_to_retry_is_bounded(void **state)
{
    static const struct {
        uint32_t rate, wait_ms;
    } cases[] = {{1, 1000}, {10, 1000}, {100, 160}, {1000, 50}, {10000000, 50}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pace *pace = pace_new(cases[i].rate);
        assert_int_equal(pace_retry_after_ms(pace), cases[i].wait_ms);
        pace_free(pace);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_name_has_its_own),
        cmocka_unit_test(a_crowd_is_forgotten_from_its_end),
        cmocka_unit_test(the_time_to_retry_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
