/* What commands read from people and show to them: times, and text that comes from strangers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/clock.h"
#include "worker/cli/clean.h"
#include "worker/cli/when.h"
#include "worker/storage/binary.h"

#define NOW INT64_C(1790000000000)

static void test_when(void **state)
{
    static const struct {
        const char *text;
        bool good;
        int64_t ms;
    } cases[] = {
        {"90s", true, NOW - 90 * 1000},
        {"30m", true, NOW - 30 * 60 * 1000},
        {"12h", true, NOW - 12 * 3600 * 1000},
        {"7d", true, NOW - INT64_C(7) * 24 * 3600 * 1000},
        {"0s", true, NOW},
        {"1970-01-02", true, 86400000},
        {"1970-01-01T00:00:01Z", true, 1000},
        {"1000000000d", true, NOW - INT64_C(1000000000) * 24 * 3600 * 1000},
        {"1000000001d", false, 0},
        {"99999999999999999999d", false, 0},
        {"7w", false, 0},
        {"7", false, 0},
        {"d", false, 0},
        {"7dd", false, 0},
        {"-7d", false, 0},
        {"yesterday", false, 0},
        {"", false, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t ms = 0;
        assert_int_equal(when_parse(cases[i].text, NOW, &ms), cases[i].good);
        if (cases[i].good)
            assert_int_equal(ms, cases[i].ms);
    }
}

static void assert_clean(const char *text, size_t len, size_t limit, const char *shown)
{
    struct buffer out;
    buffer_init(&out, SIZE_MAX / 2);
    clean_append(&out, (struct slice){text, len}, limit);
    buffer_append(&out, "", 1);
    assert_string_equal(out.data, shown);
    buffer_deinit(&out);
}

static void test_clean_text(void **state)
{
    (void)state;
    assert_clean("plain", 5, 100, "plain");
    assert_clean("a\x1b[31mred\r\n\x7f", 12, 100, "a [31mred   ");
    assert_clean("c1 \xc2\x9b[2J", 8, 100, "c1  [2J");
    assert_clean("d\xc3\xa9j\xc3\xa0", 6, 100, "d\xc3\xa9j\xc3\xa0");
    assert_clean("d\xc3\xa9j\xc3\xa0", 6, 2, "d\xe2\x80\xa6");
    assert_clean("abc", 3, 3, "abc");
    assert_clean("", 0, 3, "");
}

static void test_clean_bytes(void **state)
{
    static const char bytes[] = "ok \xc3\xa9 \\ \x1b\n\xff\xc3 \xc2\x9b\xe2\x82";
    char *shown = NULL;
    size_t len = 0;
    (void)state;
    FILE *out = open_memstream(&shown, &len);
    assert_non_null(out);
    clean_print_bytes(out, (struct slice){bytes, sizeof bytes});
    (void)fclose(out);
    assert_string_equal(shown, "ok \xc3\xa9 \\x5c \\x1b\\x0a\\xff\\xc3 \\xc2\\x9b\\xe2\\x82\\x00");
    free(shown);
}

static void test_columns_read(void **state)
{
    static const int64_t times[] = {0, 1, -1, NOW, INT64_C(-62135596800000), 999};
    struct buffer out;
    (void)state;
    buffer_init(&out, SIZE_MAX / 2);
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        assert_int_equal(binary_read_time(binary_time_value(&out, times[i])), times[i]);
    assert_int_equal(binary_read_time(binary_time_value(&out, CLOCK_NONE)), CLOCK_NONE);
    assert_int_equal(binary_read_time(binary_int8_value(&out, INT64_MAX)), CLOCK_NONE);
    assert_int_equal(binary_read_int8(binary_int8_value(&out, -7)), -7);
    assert_int_equal(binary_read_int8(SLICE_NULL), 0);
    assert_int_equal(binary_read_int8(binary_int4_value(&out, 5)), 0);
    buffer_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_when),
        cmocka_unit_test(test_clean_text),
        cmocka_unit_test(test_clean_bytes),
        cmocka_unit_test(test_columns_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
