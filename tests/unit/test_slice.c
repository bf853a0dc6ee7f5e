/* Slices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/slice.h"

static void trims_white_space(void **state)
{
    (void)state;
    assert_true(slice_is(slice_trim(SLICE_LITERAL(" \t a b \n")), "a b"));
    assert_int_equal(slice_trim(SLICE_LITERAL(" \r\n ")).len, 0);
}

static void orders_bytewise_and_shorter_first(void **state)
{
    (void)state;
    assert_true(slice_compare(SLICE_LITERAL("ab"), SLICE_LITERAL("abc")) < 0);
    assert_true(slice_compare(SLICE_LITERAL("b"), SLICE_LITERAL("abc")) > 0);
    assert_int_equal(slice_compare(SLICE_LITERAL(""), SLICE_NULL), 0);
}

static void finds_the_first_place(void **state)
{
    (void)state;
    static const char text[] = "one and one";
    assert_ptr_equal(slice_find(SLICE_LITERAL(text), "one"), text);
    assert_ptr_equal(slice_find(SLICE_LITERAL(text), "and o"), text + 4);
    assert_null(slice_find((struct slice){text, 5}, "and")); /* it goes on behind the slice */
    assert_null(slice_find(SLICE_LITERAL(""), "o"));
    assert_null(slice_find(SLICE_NULL, "one"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(trims_white_space),
                                       cmocka_unit_test(orders_bytewise_and_shorter_first),
                                       cmocka_unit_test(finds_the_first_place)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
