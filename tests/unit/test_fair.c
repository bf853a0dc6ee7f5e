/* Turns: order within a flow, turns of flows by what they cost, lanes, and what comes back. */
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
        fair_push(fair, LANE_NORMAL, 1, i, 100);
    fair_push(fair, LANE_NORMAL, 2, 5, 100);
    fair_push(fair, LANE_NORMAL, 3, 6, 100);
    fair_push(fair, LANE_NORMAL, 2, 7, 100);
    static const uint32_t order[] = {0, 5, 6, 1, 7, 2, 3, 4};
    expect_order(fair, order, 8);
    fair_free(fair);
}

static void what_comes_back_is_first_of_its_flow(void **state)
{
    (void)state;
    struct fair *fair = fair_new(16, 5);
    fair_push(fair, LANE_NORMAL, 1, 0, 100);
    fair_push(fair, LANE_NORMAL, 1, 1, 100);
    assert_int_equal(take(fair), 0);
    fair_push_front(fair, LANE_NORMAL, 1, 0, 100);
    static const uint32_t order[] = {0, 1};
    expect_order(fair, order, 2);
    fair_push_front(fair, LANE_NORMAL, 1, 3,
                    100); /* into an empty flow, and it can be pushed behind */
    fair_push(fair, LANE_NORMAL, 1, 4, 100);
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
            fair_push(fair, LANE_NORMAL, 99, i, 100);
        for (uint32_t i = 0; i < OTHERS; i++)
            fair_push(fair, LANE_NORMAL, 1000 + i * 77, FLOOD + i, 100);
        unsigned others = 0;
        for (unsigned turn = 0; turn < 1000; turn++)
            others += take(fair) >= FLOOD;
        assert_true(others >= OTHERS - 1); /* one may share the flood's bucket */
        fair_free(fair);
    }
}

enum { HEAVY = 5 << 20, LIGHT = 5 << 10 };

static bool is_heavy(uint32_t item)
{
    return item < 50;
}

/* Both always have some: each gets half of the bytes, within one item. */
static void bytes_are_shared_and_not_turns(void **state)
{
    (void)state;
    struct fair *fair = fair_new(20000, 5);
    uint64_t heavy = 0, light = 0;
    for (uint32_t i = 0; i < 20000; i++)
        fair_push(fair, LANE_NORMAL, is_heavy(i) ? 1 : 2, i, is_heavy(i) ? HEAVY : LIGHT);
    for (unsigned turn = 0; turn < 15000; turn++) {
        if (is_heavy(take(fair)))
            heavy += HEAVY + FAIR_ITEM_BYTES;
        else
            light += LIGHT + FAIR_ITEM_BYTES;
        uint64_t apart = heavy > light ? heavy - light : light - heavy;
        assert_true(apart <= HEAVY + FAIR_ITEM_BYTES);
    }
    assert_true(heavy > 20ull * HEAVY);
    fair_free(fair);
}

/* A flow that was away does not make up for it at the others' cost. */
static void nobody_saves_up(void **state)
{
    (void)state;
    struct fair *fair = fair_new(64, 5);
    for (uint32_t i = 0; i < 20; i++)
        fair_push(fair, LANE_NORMAL, 1, i, LIGHT);
    for (uint32_t i = 0; i < 10; i++)
        assert_int_equal(take(fair), i);
    for (uint32_t i = 20; i < 30; i++)
        fair_push(fair, LANE_NORMAL, 2, i, LIGHT);
    unsigned late = 0;
    for (unsigned turn = 0; turn < 10; turn++)
        late += take(fair) >= 20;
    assert_in_range(late, 5, 6);
    fair_free(fair);
}

/* One part in FAIR_LOW_EVERY, however large the articles of either lane are. */
static void the_low_lane_has_its_share_of_bytes(void **state)
{
    (void)state;
    static const struct {
        uint32_t normal, low;
    } sizes[] = {{LIGHT, LIGHT}, {LIGHT, HEAVY / 8}, {HEAVY / 8, LIGHT}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct fair *fair = fair_new(40000, 5);
        uint64_t low = 0, all = 0;
        for (uint32_t item = 0; item < 40000; item++)
            fair_push(fair, item < 20000 ? LANE_NORMAL : LANE_LOW, 1, item,
                      item < 20000 ? sizes[i].normal : sizes[i].low);
        for (unsigned turn = 0; turn < 18000; turn++) {
            bool is_low = take(fair) >= 20000;
            uint64_t cost = (is_low ? sizes[i].low : sizes[i].normal) + FAIR_ITEM_BYTES;
            low += is_low ? cost : 0;
            all += cost;
        }
        assert_in_range(low * 1000 / all, 1000 / FAIR_LOW_EVERY - 10, 1000 / FAIR_LOW_EVERY + 10);
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
            ahead_add(ahead, LANE_NORMAL, i == 3 ? 9 : 5, 100,
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
        cmocka_unit_test(bytes_are_shared_and_not_turns),
        cmocka_unit_test(nobody_saves_up),
        cmocka_unit_test(the_low_lane_has_its_share_of_bytes),
        cmocka_unit_test(notes_are_kept_for_their_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
