/* Latencies by a clock that is set back and forth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "worker/storage/latency.h"

static void it_is_the_difference(void **unused)
{
    (void)unused;
    struct latency latency = {.begun = false};
    latency_look(&latency, 1000000, 50);
    assert_int_equal(latency_since(&latency, 999000, 1000000), 1000);
    assert_int_equal(latency_since(&latency, 1000000, 1000000), 0);
    latency_look(&latency, 1060030, 60050); /* slewed by 30 ms in a minute */
    assert_int_equal(latency_since(&latency, 999000, 1060030), 61030);
}

static void another_host_may_be_a_little_ahead(void **unused)
{
    (void)unused;
    struct latency latency = {.begun = false};
    latency_look(&latency, 1000000, 50);
    assert_int_equal(latency_since(&latency, 1000900, 1000000), 0);
    assert_int_equal(latency_since(&latency, 1001100, 1000000), LATENCY_UNKNOWN);
}

static void what_was_stamped_before_the_clock_was_set_is_not_known(void **unused)
{
    (void)unused;
    struct latency latency = {.begun = false};
    latency_look(&latency, 1000000, 0);
    latency_look(&latency, 5001000, 1000); /* an hour ahead */
    assert_int_equal(latency_since(&latency, 1000500, 5001000), LATENCY_UNKNOWN);
    latency_look(&latency, 5003000, 3000);
    assert_int_equal(latency_since(&latency, 5002000, 5003000), 1000);
    latency_look(&latency, 1004000, 4000); /* and back */
    assert_int_equal(latency_since(&latency, 5003500, 1004000), LATENCY_UNKNOWN);
    assert_int_equal(latency_since(&latency, 1003500, 1004000), LATENCY_UNKNOWN);
    latency_look(&latency, 1006000, 6000);
    assert_int_equal(latency_since(&latency, 1005000, 1006000), 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_difference),
        cmocka_unit_test(another_host_may_be_a_little_ahead),
        cmocka_unit_test(what_was_stamped_before_the_clock_was_set_is_not_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
