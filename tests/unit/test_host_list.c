/* Lists with commas, as URIs with several hosts have them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "worker/storage/host_list.h"

static void items_are_counted(void **state)
{
    (void)state;
    assert_int_equal(host_list_count(NULL), 0);
    assert_int_equal(host_list_count(""), 0);
    assert_int_equal(host_list_count("one"), 1);
    assert_int_equal(host_list_count("one,two,"), 3);
}

static void items_are_copied(void **state)
{
    (void)state;
    char out[8];
    assert_null(host_list_item(NULL, 0, out, sizeof out));
    assert_string_equal(host_list_item("one,two", 0, out, sizeof out), "one");
    assert_string_equal(host_list_item("one,two", 1, out, sizeof out), "two");
    assert_string_equal(host_list_item("5432", 3, out, sizeof out), "5432"); /* one port for all */
    assert_string_equal(host_list_item("one,", 1, out, sizeof out), "");
    assert_string_equal(host_list_item("much-too-long,b", 0, out, sizeof out), "much-to");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_are_counted),
        cmocka_unit_test(items_are_copied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
