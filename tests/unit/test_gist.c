/* What an article is about: themes, genre, key phrases, a summary. */
#include "tests/unit/analysis_bench.h"

#define STORY                                                                                      \
    "The parliament of Norway passed a new budget on Tuesday after weeks of debate about taxes. "  \
    "The budget raises taxes on oil companies and lowers them for families with children. "        \
    "Opposition lawmakers said the budget would hurt the economy and slow growth next year.\n\n"   \
    "It rained in the capital all day. The finance minister answered that the economy had grown "  \
    "faster than forecast and that oil companies could bear higher taxes. The vote in parliament " \
    "was close, with a majority of three. A cat slept in the hall of the building meanwhile. "     \
    "Analysts expect the central bank to raise interest rates in spring because of the budget."

static bool has_theme(const struct result *result, const char *code)
{
    for (size_t i = 0; i < result->themes.count; i++)
        if (slice_is(field_at(result->themes, struct result_theme, i)->code, code))
            return true;
    return false;
}

static void test_themes(void **state)
{
    const struct result *result = bench_analyse(*state, STORY);
    assert_true(has_theme(result, "economic"));
    assert_true(has_theme(result, "legislative"));
    assert_false(has_theme(result, "terrorism"));
    for (size_t i = 1; i < result->themes.count; i++)
        assert_true(field_at(result->themes, struct result_theme, i - 1)->score >=
                    field_at(result->themes, struct result_theme, i)->score);
}

static void test_key_phrases(void **state)
{
    const struct result *result = bench_analyse(*state, STORY);
    bool budget = false, cat = false;
    for (size_t i = 0; i < result->keyphrases.count; i++) {
        struct slice text = field_at(result->keyphrases, struct result_keyphrase, i)->text;
        budget = budget || memmem(text.data, text.len, "budget", 6);
        cat = cat || slice_is(text, "cat");
    }
    assert_true(budget);
    assert_false(cat);
    assert_in_range(result->keyphrases.count, 1, 10);
}

static void test_a_summary_is_three_sentences_of_the_article(void **state)
{
    const struct result *result = bench_analyse(*state, STORY);
    assert_int_equal(result->summary.count, 3);
    uint32_t before = 0;
    for (size_t i = 0; i < 3; i++) {
        const struct result_extent *extent = field_at(result->summary, struct result_extent, i);
        struct slice text = slice_sub(result->text, extent->start, extent->end); /* all ASCII */
        assert_true(extent->start >= before && extent->end > extent->start);
        assert_null(memmem(text.data, text.len, "cat slept", 9));
        assert_null(memmem(text.data, text.len, "rained", 6));
        before = extent->end;
    }
    assert_int_equal(bench_analyse(*state, "One. Two. Three.")->summary.count, 0);
}

static void test_genres(void **state)
{
    static const char interview[] =
        "Q: How did you begin?\n\nI began late, and with nothing in my hands but an old radio.\n\n"
        "What came next?\n\nA long winter, then the first station that would hear us at all.\n\n"
        "Were you afraid?\n\nEvery day of that year, and most of all in the night before the "
        "vote.\n\n"
        "And now?\n\nNow there are others who do it better, and that is what was wanted then.";
    static const char opinion[] =
        "We must ask what our city should be. I believe that we need fewer cars, and I say so as "
        "one "
        "who drives. My street should belong to us, to our children, to those who walk. Perhaps we "
        "must begin small: I would close one road, and we should see what our neighbours make of "
        "it. "
        "Surely we can try. We ought to, and I think that we need to do it soon, before it is "
        "late.";
    assert_true(slice_is(bench_analyse(*state, STORY)->genre, "news"));
    assert_true(slice_is(bench_analyse(*state, interview)->genre, "interview"));
    assert_true(slice_is(bench_analyse(*state, opinion)->genre, "opinion"));
    assert_null(bench_analyse(*state, "Too short to tell.")->genre.data);
    struct article article = {.body = slice_from(STORY),
                              .url = slice_from("https://example.org/opinion/budget")};
    assert_true(slice_is(bench_article(*state, &article)->genre, "opinion"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_themes),
        cmocka_unit_test(test_key_phrases),
        cmocka_unit_test(test_a_summary_is_three_sentences_of_the_article),
        cmocka_unit_test(test_genres),
    };
    return cmocka_run_group_tests(tests, analysis_bench_open, analysis_bench_close);
}
