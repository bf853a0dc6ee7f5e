/* Sums by key, against a plain list. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "worker/storage/rollups.h"

#define KEYS 3000

static struct slice key_of(int i, char out[32])
{
    int len = snprintf(out, 32, "key %d", i % KEYS);
    return (struct slice){out, (size_t)len};
}

static void test_sums(void **state)
{
    struct tally tally;
    char text[32];
    (void)state;
    tally_init(&tally);
    for (int round = 0; round < 2; round++) {
        tally_clear(&tally);
        for (int i = 0; i < 5 * KEYS; i++) {
            struct tally_entry *entry = tally_at(&tally, key_of(i, text));
            assert_non_null(entry);
            entry->sums[0] += i;
            entry->sums[1] -= 1;
        }
        assert_int_equal(tally.count, KEYS);
        assert_false(tally_failed(&tally));
        for (int i = 0; i < KEYS; i++) {
            const struct tally_entry *entry = tally_at(&tally, key_of(i, text));
            assert_int_equal(entry->sums[0], 5 * i + 10 * KEYS);
            assert_int_equal(entry->sums[1], -5);
        }
        assert_int_equal(tally.count, KEYS);
    }
    tally_deinit(&tally);
}

#define NUMBER(n)    "\0\0\0" n
#define HEADER(type) NUMBER("\1") NUMBER("\0") type NUMBER("\2") NUMBER("\1")
#define INT8         NUMBER("\x14")

/* Two entries of a text, NULL in one of them, and a date; two sums. */
static void test_arrays(void **state)
{
    struct tally tally;
    struct buffer out;
    static const char expected[] =
        "\0\5" NUMBER("\4") NUMBER("\2") /* the fields, and how many elements */
        NUMBER("\x1e") HEADER(NUMBER("\x19")) NUMBER("\2") "ab\xff\xff\xff\xff" NUMBER("\x24")
            HEADER("\0\0\x04\x3a") NUMBER("\4") NUMBER("\1") NUMBER("\4") NUMBER("\2")
                NUMBER("\x2c") HEADER(INT8) NUMBER("\x8") "\0\0\0\0" NUMBER("\7")
                    NUMBER("\x8") "\0\0\0\0" NUMBER("\0") NUMBER("\x2c") HEADER(INT8)
                        NUMBER("\x8") "\xff\xff\xff\xff\xff\xff\xff\xfe" NUMBER(
                            "\x8") "\0\0\0\0" NUMBER("\0");
    (void)state;
    tally_init(&tally);
    buffer_init(&out, 1000);
    struct tally_entry *entry =
        tally_at(&tally, (struct slice){NUMBER("\2") "ab" NUMBER("\4") NUMBER("\1"), 14});
    entry->sums[0] = 7;
    entry->sums[1] = -2;
    assert_non_null(
        tally_at(&tally, (struct slice){"\xff\xff\xff\xff" NUMBER("\4") NUMBER("\2"), 12}));
    tally_write(&tally, (const enum binary_type[]){BINARY_TEXT, BINARY_DATE}, 2, 2, &out);
    assert_int_equal(buffer_slice(&out).len, sizeof expected - 1);
    assert_memory_equal(buffer_slice(&out).data, expected, sizeof expected - 1);
    buffer_deinit(&out);
    tally_deinit(&tally);
}

static void test_millionths(void **state)
{
    (void)state;
    assert_int_equal(rollups_millionths(1.5), 1500000);
    assert_int_equal(rollups_millionths(-0.0000005), 0); /* half to even, like PostgreSQL */
    assert_int_equal(rollups_millionths(6.4), 6400000);
    assert_int_equal(rollups_millionths((double)NAN), 0);
    assert_int_equal(rollups_millionths((double)INFINITY), 0);
    assert_int_equal(rollups_millionths(2e9), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_arrays),
        cmocka_unit_test(test_millionths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
