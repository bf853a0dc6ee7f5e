/* Fingerprints: copies and light rewrites meet within three bits, strangers stay far apart. */
#include "tests/unit/analysis_bench.h"

#define STORY                                                                                      \
    "The harbour authority closed the northern ferry line on Tuesday after engineers found "       \
    "cracks "                                                                                      \
    "in two of its five ramps. Passengers were taken to the island by smaller boats, and the "     \
    "first "                                                                                       \
    "of them arrived four hours late. The authority said that repairs would take until Friday "    \
    "and "                                                                                         \
    "that tickets would be refunded. Fishermen complained about the noise of the cranes, while "   \
    "the "                                                                                         \
    "mayor thanked volunteers who had brought tea and blankets to the quay during the night. An "  \
    "inquiry into the maintenance of the ramps, which were replaced only six years ago, was "      \
    "announced by the transport ministry; its chairwoman promised a first report before winter. "

static uint64_t of(void **state, const char *text)
{
    return bench_analyse(*state, text)->fingerprint;
}

static int bits_between(uint64_t a, uint64_t b)
{
    return __builtin_popcountll(a ^ b);
}

static void test_copies_meet(void **state)
{
    uint64_t story = of(state, STORY);
    static const char *const copies[] = {
        STORY,
        "  " STORY "\n\n",
        "(Wire) " STORY,
        STORY "Reporting by our correspondent.",
    };
    for (size_t i = 0; i < sizeof copies / sizeof *copies; i++)
        assert_in_range(bits_between(story, of(state, copies[i])), 0, 3);
}

static void test_the_order_of_paragraphs_does_not_matter(void **state)
{
    assert_int_equal(of(state, STORY "\n\nA second part follows."),
                     of(state, "A second part follows.\n\n" STORY));
}

static void test_strangers_stay_apart(void **state)
{
    uint64_t story = of(state, STORY);
    uint64_t other =
        of(state, "Shares of the mining company fell by nine per cent after it cut its "
                  "forecast for copper, and analysts expected the board to sell two "
                  "smelters in order to pay back part of its bonds next spring.");
    assert_in_range(bits_between(story, other), 16, 64);
}

static void test_texts_without_long_words(void **state)
{
    assert_int_not_equal(of(state, "He is up."), of(state, "We go to it."));
    assert_int_equal(of(state, "…"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copies_meet),
        cmocka_unit_test(test_the_order_of_paragraphs_does_not_matter),
        cmocka_unit_test(test_strangers_stay_apart),
        cmocka_unit_test(test_texts_without_long_words),
    };
    return cmocka_run_group_tests(tests, analysis_bench_open, analysis_bench_close);
}
