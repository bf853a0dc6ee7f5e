/* Events: every pattern's own example, then who, to whom, whether and when. */
#include "tests/unit/analysis_bench.h"

#include <stdio.h>

#define LINE_MAX_BYTES 1000

static const struct result_event *event_of(const struct result *result, const char *type)
{
    for (size_t i = 0; i < result->events.count; i++) {
        const struct result_event *event = field_at(result->events, struct result_event, i);
        if (slice_is(event->type, type))
            return event;
    }
    return NULL;
}

/* No pattern without an example sentence, and the example is found. */
static void test_examples_of_the_patterns(void **state)
{
    char line[LINE_MAX_BYTES], type[16];
    unsigned patterns = 0, missed = 0;
    FILE *in = fopen(SOURCE_DIR "/worker/analysis/data/event_patterns.txt", "r");
    assert_non_null(in);
    while (fgets(line, sizeof line, in)) {
        char *example = strrchr(line, '|');
        if (line[0] == '#' || !example)
            continue;
        patterns++;
        assert_int_equal(sscanf(line, "%15s", type), 1);
        example[strcspn(example, "\n")] = '\0';
        if (!event_of(bench_analyse(*state, example + 2), type)) {
            print_error("no %s in:%s\n", type, example + 1);
            missed++;
        }
    }
    (void)fclose(in);
    assert_true(patterns > 150);
    assert_int_equal(missed, 0);
}

static struct slice code_of(const struct field_list *role, size_t index)
{
    return index < role->count ? field_at(*role, struct result_actor, index)->code : SLICE_NULL;
}

/* NULL: nobody. */
static const struct {
    const char *text, *type, *source, *target, *modality;
    bool negated;
} rows[] = {
    {"Sweden and Poland agreed to build a tunnel.", "AGREE", "SWE", NULL, "actual", false},
    {"The minister was arrested by the Kenyan police.", "COERCE", "KEN", "KEN", "actual", false},
    {"Sweden rejected Norway's offer.", "REJECT", "SWE", "NOR", "actual", false},
    {"Chad threatened to bomb Libyan ports.", "THREATEN", "TCD", "LBY", "actual", false},
    {"Canadian officials demanded that France wait.", "REQUEST", "CAN", "FRA", "actual", false},
    {"The Irish minister said that Spain must pay.", "REQUEST", "IRL", "ESP", "actual", false},
    {"Austria says it will not help the bank.", "REJECT", "AUT", NULL, "future", false},
    {"Japan will lend Peru 40 million dollars.", "AGREE", "JPN", "PER", "future", false},
    {"Sudanese rebels did not attack the town.", "ASSAULT", "SDN", NULL, "actual", true},
    {"If Iran attacks Israel, prices will rise.", "ASSAULT", "IRN", "ISR", "hypothetical", false},
    {"The Japanese prime minister met Chinese officials in 1945.", "CONSULT", "JPN", "CHN",
     "historical", false},
    {"The army of Chad launched an offensive against Libyan rebels.", "ASSAULT", "TCD", "LBY",
     "actual", false},
    {"The UN condemned Israel.", "ACCUSE", "IGO", "ISR", "actual", false},
    {"The Turkish and Greek ministers met in Vienna.", "CONSULT", "TUR", NULL, "actual", false},
};

static void test_who_to_whom_and_whether(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct result *result = bench_analyse(*state, rows[i].text);
        const struct result_event *event = event_of(result, rows[i].type);
        if (!event)
            fail_msg("no %s in: %s", rows[i].type, rows[i].text);
        struct slice source = code_of(&event->source, 0), target = code_of(&event->target, 0);
        bool same = slice_is(source, rows[i].source) &&
                    (!rows[i].target || slice_is(target, rows[i].target));
        if (!same)
            fail_msg("%.*s to %.*s in: %s", (int)source.len, source.data, (int)target.len,
                     target.data, rows[i].text);
        if (!slice_is(event->modality, rows[i].modality) || event->negated != rows[i].negated)
            fail_msg("%.*s, negated %d in: %s", (int)event->modality.len, event->modality.data,
                     event->negated, rows[i].text);
    }
}

static void test_two_act_together(void **state)
{
    const struct result *result =
        bench_analyse(*state, "The Turkish and Greek ministers met in Vienna.");
    const struct result_event *event = event_of(result, "CONSULT");
    assert_non_null(event);
    assert_int_equal(event->source.count, 2);
    assert_true(slice_is(code_of(&event->source, 1), "GRC"));
}

static void test_heads_of_state_by_date(void **state)
{
    struct article article = {.body = slice_from("Trump criticized Iran on Monday."),
                              .language = slice_from("en"),
                              .published_ms = INT64_C(1528675200000)}; /* 11 June 2018 */
    const struct result_event *event = event_of(bench_article(*state, &article), "ACCUSE");
    if (!event)
        skip(); /* the name was not found: names' own tests say so */
    assert_true(slice_is(code_of(&event->source, 0), "USA"));
}

static void test_repeats_are_merged(void **state)
{
    const struct result *result = bench_analyse(
        *state, "Iran attacked Iraq on Monday.\n\nOfficials said that Iran attacked Iraq.");
    size_t assaults = 0;
    for (size_t i = 0; i < result->events.count; i++)
        assaults += slice_is(field_at(result->events, struct result_event, i)->type, "ASSAULT");
    assert_int_equal(assaults, 1);
    const struct result_event *event = event_of(result, "ASSAULT");
    assert_int_equal(event->mentions, 2);
    assert_true(event->lead);
}

static void test_who_says_so(void **state)
{
    const struct result *result =
        bench_analyse(*state, "Tokyo said that Beijing had attacked Taiwan.");
    const struct result_event *event = event_of(result, "ASSAULT");
    assert_non_null(event);
    assert_non_null(event->attributed);
    assert_true(slice_is(event->attributed->text, "Tokyo"));
}

static void test_no_event_rather_than_a_wild_one(void **state)
{
    static const char *const texts[] = {
        "The Dutch queen opened a fair in Spain on Monday.",
        "The weather will be fine on Monday, with light winds in the north.",
        "ARSENAL 2 CHELSEA 1 LIVERPOOL 3 EVERTON 0",
        "Smith, Jones, Brown, Taylor, Williams, Wilson, Johnson",
        "Norway beat Poland 2-1 in the final on Sunday.",
        "He attacked the problem with energy and struck a balance.",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const struct result *result = bench_analyse(*state, texts[i]);
        if (result->events.count > 0)
            fail_msg("%s in: %s", field_at(result->events, struct result_event, 0)->type.data,
                     texts[i]);
    }
}

static void test_an_unending_sentence(void **state)
{
    size_t len = 0, capacity = 60000;
    char *text = malloc(capacity);
    while (len + 40 < capacity)
        len += (size_t)snprintf(text + len, 40, "Iran attacked Iraq and Iraq attacked ");
    const struct result *result = bench_analyse(*state, text);
    assert_true(result->events.count <= 500);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples_of_the_patterns),
        cmocka_unit_test(test_who_to_whom_and_whether),
        cmocka_unit_test(test_two_act_together),
        cmocka_unit_test(test_heads_of_state_by_date),
        cmocka_unit_test(test_repeats_are_merged),
        cmocka_unit_test(test_who_says_so),
        cmocka_unit_test(test_no_event_rather_than_a_wild_one),
        cmocka_unit_test(test_an_unending_sentence),
    };
    return cmocka_run_group_tests(tests, analysis_bench_open, analysis_bench_close);
}
