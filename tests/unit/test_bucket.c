/* So many a second and no more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "worker/ingest/bucket.h"

static int taken(struct bucket *bucket, int64_t from_ms, int64_t to_ms, int64_t step_ms, int tries)
{
    int count = 0;
    for (int64_t now = from_ms; now < to_ms; now += step_ms)
        for (int i = 0; i < tries; i++)
            count += bucket_take(bucket, now);
    return count;
}

static void test_rates(void **state)
{
    static const uint32_t rates[] = {1, 5, 33, 100};
    (void)state;
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        struct bucket bucket;
        int rate = (int)rates[i];
        bucket_init(&bucket, rates[i], 1000);
        assert_int_equal(taken(&bucket, 1000, 1001, 1, 1000), rate);
        /* Looked at every millisecond or every 7: the same rate over ten seconds. */
        int fine = taken(&bucket, 1001, 11001, 1, 3), coarse = taken(&bucket, 11001, 21001, 7, 20);
        assert_in_range(fine, rate * 10 - 1, rate * 10 + 1);
        assert_in_range(coarse, rate * 10 - 2, rate * 10 + 1);
        /* A long pause saves up a second's worth. */
        assert_int_equal(taken(&bucket, 99000, 99001, 1, 1000), rate);
    }
}

static void test_time_that_goes_back(void **state)
{
    struct bucket bucket;
    (void)state;
    bucket_init(&bucket, 2, 5000);
    assert_int_equal(taken(&bucket, 5000, 5001, 1, 9), 2);
    assert_false(bucket_take(&bucket, 1000));
    assert_true(bucket_take(&bucket, 5500));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rates),
        cmocka_unit_test(test_time_that_goes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
