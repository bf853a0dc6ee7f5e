/* The table of moved articles against a plain list: found by either sequence, taken, moved again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "worker/ingest/moved.h"

static void put(struct moved_table *table, uint64_t from, uint64_t to)
{
    assert_true(moved_reserve(table));
    moved_put(table, (struct moved){from, to, to * 8});
}

static void expect_moved(const struct moved_table *table, uint64_t from, uint64_t to)
{
    const struct moved *moved = moved_find(table, from);
    assert_non_null(moved);
    assert_int_equal(moved->from, from);
    assert_int_equal(moved->to, to);
    assert_int_equal(moved->place, to * 8);
    assert_true(moved_is_to(table, to));
}

static void one_is_known_by_its_first_sequence(void **state)
{
    (void)state;
    struct moved_table *table = moved_new();
    assert_null(moved_find(table, 7));
    assert_false(moved_is_to(table, 7));
    assert_int_equal(moved_take(table, 7), 7);
    put(table, 7, 100);
    put(table, 100, 200); /* again: 7 goes on */
    put(table, 200, 300);
    assert_int_equal(moved_count(table), 1);
    expect_moved(table, 7, 300);
    assert_null(moved_find(table, 100));
    assert_false(moved_is_to(table, 100));
    assert_int_equal(moved_take(table, 7), 300);
    assert_int_equal(moved_count(table), 0);
    assert_null(moved_find(table, 7));
    assert_false(moved_is_to(table, 300));
    moved_free(table);
    moved_free(NULL);
}

/* 20,000 at once, moved three times, every third taken after each, in an order of their own. */
static void many_are_found_again(void **state)
{
    (void)state;
    enum { COUNT = 20000, ROUNDS = 3 };
    static uint64_t now[COUNT]; /* where article i stands; 0: taken */
    struct moved_table *table = moved_new();
    uint64_t next = COUNT + 1;
    for (uint64_t i = 0; i < COUNT; i++)
        now[i] = i + 1;
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (uint64_t i = 0; i < COUNT; i++) {
            uint64_t at = i * 7919 % COUNT;
            if (now[at] == 0)
                continue;
            put(table, now[at], next);
            now[at] = next++;
        }
        for (uint64_t i = round; i < COUNT; i += 3) {
            if (now[i] != 0)
                assert_int_equal(moved_take(table, i + 1), now[i]);
            now[i] = 0;
        }
        uint32_t left = 0;
        for (uint64_t i = 0; i < COUNT; i++) {
            left += now[i] != 0;
            if (now[i] != 0)
                expect_moved(table, i + 1, now[i]);
            else
                assert_null(moved_find(table, i + 1));
        }
        assert_int_equal(moved_count(table), left);
    }
    assert_int_equal(moved_count(table), 0);
    moved_free(table);
}

static void it_is_bounded(void **state)
{
    (void)state;
    struct moved_table *table = moved_new();
    for (uint64_t i = 1; i <= MOVED_MAX; i++)
        put(table, i, i + MOVED_MAX);
    assert_false(moved_reserve(table));
    assert_int_equal(moved_take(table, 5), 5 + MOVED_MAX);
    put(table, 5, 3ull * MOVED_MAX);
    expect_moved(table, 5, 3ull * MOVED_MAX);
    assert_false(moved_reserve(table));
    moved_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_is_known_by_its_first_sequence),
        cmocka_unit_test(many_are_found_again),
        cmocka_unit_test(it_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
