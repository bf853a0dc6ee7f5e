/* Targets: how a sentence speaks of each of those it mentions, one construction after the other. */
#include "tests/unit/analysis_bench.h"

#define DEAD_ZONE 0.25 /* within it nothing is said */

static int side_of(double tone)
{
    return tone > DEAD_ZONE ? 1 : tone < -DEAD_ZONE ? -1 : 0;
}

/* The first mention whose text this is. */
static const struct result_target *target_of(const struct result *result, const char *text)
{
    for (size_t i = 0; i < result->targets.count; i++) {
        const struct result_target *target = field_at(result->targets, struct result_target, i);
        if (slice_is(target->text, text))
            return target;
    }
    return NULL;
}

static const struct {
    const char *text, *name;
    int side;
} rows[] = {
    /* what verbs say of their objects, and not of their subjects */
    {"Norway condemned the brutal regime of Belarus.", "Belarus", -1},
    {"On Tuesday the speech of Angela Merkel was praised.", "Angela Merkel", 1},
    {"Jack Warner was accused of fraud.", "Jack Warner", -1},
    {"Jack Warner was criticized by Angela Merkel.", "Jack Warner", -1},
    {"Angela Merkel saw Jack Warner in Oslo.", "Jack Warner", 0},
    /* negation */
    {"Jack Warner is not honest.", "Jack Warner", -1},
    /* copulas, adjectives, appositions */
    {"Angela Merkel is a brilliant leader.", "Angela Merkel", 1},
    {"The corrupt Jack Warner went to Oslo.", "Jack Warner", -1},
    {"Jack Warner, a notorious liar, went to Oslo.", "Jack Warner", -1},
    /* owners */
    {"Angela Merkel's excellent work lasted for years.", "Angela Merkel", 1},
    /* what is said is said of others */
    {"Angela Merkel said that Jack Warner was corrupt.", "Jack Warner", -1},
    {"Angela Merkel said that Jack Warner was corrupt.", "Angela Merkel", 0},
    {"\"The deal was a failure,\" Angela Merkel said.", "Angela Merkel", 0},
    /* clauses about somebody else */
    {"Angela Merkel arrived while the corrupt Jack Warner was arrested.", "Jack Warner", -1},
    /* references */
    {"The president is a brilliant man.", "president", 1},
    {"She is a shameful liar.", "She", -1},
};

static void test_each_construction(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct result_target *target =
            target_of(bench_analyse(*state, rows[i].text), rows[i].name);
        if (!target)
            fail_msg("%s is no target in: %s", rows[i].name, rows[i].text);
        if (side_of(target->tone) != rows[i].side)
            fail_msg("%s %.2f in: %s", rows[i].name, target->tone, rows[i].text);
    }
}

static void test_two_in_one_sentence(void **state)
{
    const struct result *result = bench_analyse(
        *state,
        "Angela Merkel was praised as a brilliant leader, while the corrupt Jack Warner was "
        "accused of shameful fraud.");
    const struct result_target *merkel = target_of(result, "Angela Merkel");
    const struct result_target *warner = target_of(result, "Jack Warner");
    assert_true(merkel && merkel->tone > DEAD_ZONE);
    assert_true(warner && warner->tone < -DEAD_ZONE);
}

/* Who condemns has less of it said of him than who is condemned. */
static void test_who_judges_is_not_judged(void **state)
{
    const struct result *result =
        bench_analyse(*state, "Angela Merkel condemned Jack Warner on Monday.");
    const struct result_target *merkel = target_of(result, "Angela Merkel");
    const struct result_target *warner = target_of(result, "Jack Warner");
    assert_non_null(merkel);
    assert_non_null(warner);
    assert_true(warner->tone < -DEAD_ZONE);
    assert_true(merkel->tone > warner->tone / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_construction),
        cmocka_unit_test(test_two_in_one_sentence),
        cmocka_unit_test(test_who_judges_is_not_judged),
    };
    return cmocka_run_group_tests(tests, analysis_bench_open, analysis_bench_close);
}
