/* Turns: order within a flow, turns of flows, lanes, and what comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "worker/ingest/ahead.h"

static uint32_t take(struct fair *fair)
{
    uint32_t item = UINT32_MAX;
    assert_true(fair_peek(fair, &item));
    fair_pop(fair);
    return item;
}

static void expect_order(struct fair *fair, const uint32_t *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_int_equal(take(fair), items[i]);
    uint32_t item;
    assert_false(fair_peek(fair, &item));
    assert_int_equal(fair_count(fair), 0);
}

static void flows_take_turns_and_keep_their_order(void **state)
{
    (void)state;
    struct fair *fair = fair_new(16, 5);
    for (uint32_t i = 0; i < 5; i++)
        fair_push(fair, LANE_NORMAL, 1, i);
    fair_push(fair, LANE_NORMAL, 2, 5);
    fair_push(fair, LANE_NORMAL, 3, 6);
    fair_push(fair, LANE_NORMAL, 2, 7);
    static const uint32_t order[] = {0, 5, 6, 1, 7, 2, 3, 4};
    expect_order(fair, order, 8);
    fair_free(fair);
}

static void what_comes_back_is_first_of_its_flow(void **state)
{
    (void)state;
    struct fair *fair = fair_new(16, 5);
    fair_push(fair, LANE_NORMAL, 1, 0);
    fair_push(fair, LANE_NORMAL, 1, 1);
    assert_int_equal(take(fair), 0);
    fair_push_front(fair, LANE_NORMAL, 1, 0);
    static const uint32_t order[] = {0, 1};
    expect_order(fair, order, 2);
    fair_push_front(fair, LANE_NORMAL, 1, 3); /* into an empty flow, and it can be pushed behind */
    fair_push(fair, LANE_NORMAL, 1, 4);
    static const uint32_t again[] = {3, 4};
    expect_order(fair, again, 2);
    fair_free(fair);
}

/* Ten thousand articles of one flow, then one of each of 500 others: every one of those is taken
 * within the first thousand turns, whatever the salt. */
static void nobody_starves(void **state)
{
    (void)state;
    enum { FLOOD = 10000, OTHERS = 500 };
    for (uint32_t salt = 0; salt < 8; salt++) {
        struct fair *fair = fair_new(FLOOD + OTHERS, salt * 2654435761u);
        for (uint32_t i = 0; i < FLOOD; i++)
            fair_push(fair, LANE_NORMAL, 99, i);
        for (uint32_t i = 0; i < OTHERS; i++)
            fair_push(fair, LANE_NORMAL, 1000 + i * 77, FLOOD + i);
        unsigned others = 0;
        for (unsigned turn = 0; turn < 1000; turn++)
            others += take(fair) >= FLOOD;
        assert_true(others >= OTHERS - 1); /* one may share the flood's bucket */
        fair_free(fair);
    }
}

/* Notes come back as they went in, slots are used again, and the capacity holds. */
static void notes_are_kept_for_their_turn(void **state)
{
    (void)state;
    struct ahead *ahead = ahead_new(4, 1);
    struct ahead_note note;
    assert_false(ahead_take(ahead, &note));
    for (uint64_t round = 0; round < 100; round++) {
        for (uint64_t i = 0; i < 4; i++) {
            assert_false(ahead_is_full(ahead));
            ahead_add(ahead, LANE_NORMAL, i == 3 ? 9 : 5,
                      (struct ahead_note){round * 4 + i, i * 1000});
        }
        assert_true(ahead_is_full(ahead));
        static const uint64_t order[] = {0, 3, 1, 2};
        for (size_t i = 0; i < 4; i++) {
            assert_true(ahead_take(ahead, &note));
            assert_int_equal(note.sequence, round * 4 + order[i]);
            assert_int_equal(note.place, order[i] * 1000);
        }
        assert_int_equal(ahead_count(ahead), 0);
    }
    ahead_free(ahead);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flows_take_turns_and_keep_their_order),
        cmocka_unit_test(what_comes_back_is_first_of_its_flow),
        cmocka_unit_test(nobody_starves),
        cmocka_unit_test(notes_are_kept_for_their_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
