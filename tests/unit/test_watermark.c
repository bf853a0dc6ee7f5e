/* Watermarks: where they lie, and that they do not flutter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "worker/ingest/watermark.h"

static void it_rises_and_falls_with_slack(void **state)
{
    (void)state;
    static const struct {
        uint64_t left;
        const char *level;
    } steps[] = {{5000, "fine"}, {1000, "fine"}, {999, "low"},  {1050, "low"}, {1099, "low"},
                 {1100, "fine"}, {500, "low"},   {99, "stop"},  {100, "stop"}, {109, "stop"},
                 {110, "low"},   {0, "stop"},    {2000, "fine"}};
    struct watermark watermark = {.warn = 1000, .stop = 100};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        assert_string_equal(watermark_name(watermark_update(&watermark, steps[i].left)),
                            steps[i].level);
}

static void a_mark_of_zero_is_never_reached(void **state)
{
    (void)state;
    struct watermark watermark = {0};
    assert_int_equal(watermark_update(&watermark, 0), WATERMARK_FINE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_rises_and_falls_with_slack),
        cmocka_unit_test(a_mark_of_zero_is_never_reached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
