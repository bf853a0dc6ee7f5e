/* The transition system against trees made by hand: the oracle's way gives the tree back, wherever
 * the parser has strayed the oracle still loses no more than it must, trees that cross are lifted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "worker/analysis/syntax/transitions.h"

#define COUNT_MAX 10

struct tree {
    const char *what;
    uint32_t count, heads[COUNT_MAX]; /* the root is `count` */
};

static const struct tree trees[] = {
    {"one word", 1, {1}},
    {"They saw her.", 4, {1, 4, 1, 1}},
    {"the last is the root", 4, {3, 3, 3, 4}},
    {"the first is the root", 4, {4, 0, 0, 0}},
    {"a chain to the right", 5, {5, 0, 1, 2, 3}},
    {"a chain to the left", 5, {1, 2, 3, 4, 5}},
    {"A cat that the dog chased sat down.", 9, {1, 6, 5, 4, 5, 1, 9, 6, 6}},
};

static unsigned right_heads(const struct transitions *state, const uint32_t *gold)
{
    unsigned right = 0;
    for (uint32_t i = 0; i < state->count; i++)
        right += state->heads[i] == gold[i];
    return right;
}

static enum transition first_of(unsigned set)
{
    return (enum transition)__builtin_ctz(set);
}

/* Follows the oracle to the end, taking the last rather than the first of a choice when asked. */
static void follow(struct transitions *state, const uint32_t *gold, bool last)
{
    while (!transitions_done(state)) {
        unsigned best = transitions_optimal(state, gold);
        enum transition next = last ? (enum transition)(31 - __builtin_clz(best)) : first_of(best);
        assert_true(transitions_legal(state) & TRANSITION_BIT(next));
        (void)transitions_apply(state, next);
    }
}

static void test_oracle_gives_the_tree(void **unused)
{
    (void)unused;
    for (size_t t = 0; t < sizeof trees / sizeof trees[0]; t++)
        for (int last = 0; last < 2; last++) {
            uint32_t room[TRANSITIONS_ROOM(COUNT_MAX)];
            struct transitions state;
            transitions_start(&state, trees[t].count, room);
            follow(&state, trees[t].heads, last);
            assert_int_equal(right_heads(&state, trees[t].heads), trees[t].count);
        }
}

/* The most heads that can still become right, by trying everything. */
static unsigned most_right(const struct transitions *state, const uint32_t *gold)
{
    if (transitions_done(state))
        return right_heads(state, gold);
    unsigned most = 0;
    for (unsigned t = 0; t < TRANSITION_COUNT; t++) {
        uint32_t room[TRANSITIONS_ROOM(COUNT_MAX)];
        struct transitions next;
        if (!(transitions_legal(state) & TRANSITION_BIT(t)))
            continue;
        transitions_start(&next, state->count, room);
        next.buffer = state->buffer;
        next.depth = state->depth;
        for (uint32_t i = 0; i < state->count; i++) {
            next.stack[i] = state->stack[i];
            next.heads[i] = state->heads[i];
        }
        (void)transitions_apply(&next, (enum transition)t);
        unsigned right = most_right(&next, gold);
        most = right > most ? right : most;
    }
    return most;
}

/* From any state, also one that the oracle would not have come to. */
static void test_oracle_after_errors(void **unused)
{
    (void)unused;
    srand(1);
    for (int round = 0; round < 300; round++) {
        const struct tree *tree = &trees[1 + rand() % 5];
        uint32_t room[TRANSITIONS_ROOM(COUNT_MAX)];
        struct transitions state;
        transitions_start(&state, tree->count, room);
        for (int steps = rand() % (int)(2 * tree->count); steps > 0; steps--) {
            unsigned legal = transitions_legal(&state), t = (unsigned)rand() % TRANSITION_COUNT;
            if (legal & TRANSITION_BIT(t))
                (void)transitions_apply(&state, (enum transition)t);
        }
        if (state.buffer == state.count)
            continue; /* only the root is left: there is one way to go */
        unsigned most = most_right(&state, tree->heads);
        follow(&state, tree->heads, false);
        assert_int_equal(right_heads(&state, tree->heads), most);
    }
}

static void test_one_root(void **unused)
{
    (void)unused;
    uint32_t room[TRANSITIONS_ROOM(COUNT_MAX)];
    struct transitions state;
    unsigned roots = 0;
    transitions_start(&state, 6, room);
    while (!transitions_done(&state)) /* a parser that would always shift, then always LEFT */
        (void)transitions_apply(&state, first_of(transitions_legal(&state)));
    for (uint32_t i = 0; i < 6; i++)
        roots += state.heads[i] == 6;
    assert_int_equal(roots, 1);
}

static void test_slots(void **unused)
{
    (void)unused;
    uint32_t room[TRANSITIONS_ROOM(4)], slots[SLOT_COUNT];
    struct transitions state;
    transitions_start(&state, 4, room);
    transitions_slots(&state, slots);
    assert_int_equal(slots[SLOT_S0], TOKEN_NONE);
    assert_int_equal(slots[SLOT_B0], 0);
    (void)transitions_apply(&state, TRANSITION_SHIFT);
    (void)transitions_apply(&state, TRANSITION_LEFT);
    (void)transitions_apply(&state, TRANSITION_SHIFT);
    (void)transitions_apply(&state, TRANSITION_SHIFT);
    (void)transitions_apply(&state, TRANSITION_RIGHT);
    transitions_slots(&state, slots);
    assert_int_equal(slots[SLOT_S0], 1);
    assert_int_equal(slots[SLOT_S0_LEFT], 0);
    assert_int_equal(slots[SLOT_S0_RIGHT], 2);
    assert_int_equal(slots[SLOT_S1], TOKEN_NONE);
    assert_int_equal(slots[SLOT_B0], 3);
}

/* "A hearing is scheduled on the issue": `on` belongs to `hearing` across the verb. */
static void test_crossing_arcs_are_lifted(void **unused)
{
    (void)unused;
    uint32_t heads[] = {1, 3, 3, 7, 6, 6, 1}, flat[] = {1, 3, 3, 7, 6, 6, 3};
    assert_int_equal(transitions_projectivize(heads, 7), 1);
    assert_memory_equal(heads, flat, sizeof heads);
    assert_int_equal(transitions_projectivize(heads, 7), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_oracle_gives_the_tree),
        cmocka_unit_test(test_oracle_after_errors),
        cmocka_unit_test(test_one_root),
        cmocka_unit_test(test_slots),
        cmocka_unit_test(test_crossing_arcs_are_lifted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
