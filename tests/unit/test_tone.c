/* Tone: which side a sentence falls on and how sentences compare; a lexicon of the user's own. */
#include "tests/unit/analysis_bench.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "worker/analysis/tone/lexicon_file.h"

#define assert_near(a, b) assert_true(fabs((a) - (b)) < 1e-9)

static double tone_of(void **state, const char *text)
{
    return bench_analyse(*state, text)->tone.tone;
}

/* The first is clearly more positive than the second. */
static const struct {
    const char *brighter, *darker;
} pairs[] = {
    {"The rescue was a triumph.", "The rescue was a disaster."},
    {"The plan is not a disaster.", "The plan is a disaster."},
    {"The plan is good.", "The plan is not good."},
    {"The new law will reduce poverty.", "The new law will increase poverty."},
    {"The minister declared war on drugs.", "The minister brought war to the region."},
    {"She fights cancer every day.", "She brings cancer every day."},
    {"The house killed a bill on Monday.", "The house killed a child on Monday."},
    {"The speech was very good.", "The speech was good."},
    {"The speech was somewhat bad.", "The speech was very bad."},
    {"The start was awful, but the end was wonderful.",
     "The start was wonderful, but the end was awful."},
    {"He met the Terror Committee on Friday.", "He met the terror committee on Friday."},
    {"There were fewer deaths this year.", "There were more deaths this year."},
    {"The talks are a step in the right direction.", "The talks are a step in the direction."},
};

static void test_which_is_brighter(void **state)
{
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        double brighter = tone_of(state, pairs[i].brighter);
        if (brighter <= tone_of(state, pairs[i].darker))
            fail_msg("%s: %f is not above %s", pairs[i].brighter, brighter, pairs[i].darker);
    }
}

/* GDELT's identities, and the number of words that everything is per cent of. */
static void test_the_seven_numbers(void **state)
{
    const struct result_tone *tone =
        &bench_analyse(*state, "We run an excellent school. The terrible fire killed nobody.")
             ->tone;
    assert_int_equal(tone->words, 10);
    assert_true(tone->positive > 0 && tone->negative > 0);
    assert_near(tone->tone, tone->positive - tone->negative);
    assert_near(tone->polarity, tone->positive + tone->negative);
    assert_near(tone->self_group, 10.0);
    assert_true(tone->activity > 0);
}

static void test_other_languages_have_none(void **state)
{
    struct article article = {.body =
                                  slice_from("Das ist eine Katastrophe, ein Desaster, ein war.")};
    const struct result *result = bench_article(*state, &article);
    assert_near(result->tone.tone, 0);
}

static void write_file(char *path, const char *text)
{
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(close(fd), 0);
}

static void test_a_lexicon_of_ones_own(void **state)
{
    char path[] = "/tmp/newsmill-lexicon-XXXXXX";
    struct lexicon_file *file;
    struct fault fault;
    (void)state;
    write_file(path, "# ours\nMoon-Cheese\t2\nnever\t0\tNEGATOR\nbright\t1.5\t0.7\t[1, 2]\n");
    assert_int_equal(lexicon_file_open(path, &file, &fault), STATUS_OK);
    const struct lexicon *lexicon = lexicon_file_lexicon(file);
    const struct lexicon_entry *phrase = lexicon_look_up(lexicon, SLICE_LITERAL("moon cheese"));
    assert_non_null(phrase);
    assert_int_equal(phrase->value, 200);
    const struct lexicon_entry *first = lexicon_look_up(lexicon, SLICE_LITERAL("moon"));
    assert_int_equal(first->value, LEXICON_PREFIX_ONLY);
    assert_int_equal(first->words, 2);
    assert_int_equal(lexicon_look_up(lexicon, SLICE_LITERAL("bright"))->value, 150);
    assert_true(lexicon_look_up(lexicon, SLICE_LITERAL("never"))->more != 0);
    assert_null(lexicon_look_up(lexicon, SLICE_LITERAL("cheese")));
    lexicon_file_close(file);
    unlink(path);
}

static void test_a_large_lexicon(void **state)
{
    char path[] = "/tmp/newsmill-lexicon-XXXXXX", line[64];
    struct lexicon_file *file;
    struct fault fault;
    (void)state;
    FILE *out = fdopen(mkstemp(path), "w");
    assert_non_null(out);
    for (int i = 0; i < 5000; i++)
        (void)fprintf(out, "word%d\t%g\n", i, i % 10 - 5.0);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(lexicon_file_open(path, &file, &fault), STATUS_OK);
    for (int i = 0; i < 5000; i++) {
        (void)snprintf(line, sizeof line, "word%d", i);
        const struct lexicon_entry *entry =
            lexicon_look_up(lexicon_file_lexicon(file), slice_from(line));
        assert_non_null(entry);
        assert_int_equal(entry->value, (i % 10 - 5) * 100);
    }
    lexicon_file_close(file);
    unlink(path);
}

static void test_a_bad_lexicon_is_refused(void **state)
{
    static const char *const bad[] = {"",      "good\n",      "good\tvery\n", "good\t11\n",
                                      "\t1\n", "good\tnan\n", "- -\t1\n"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char path[] = "/tmp/newsmill-lexicon-XXXXXX";
        struct lexicon_file *file;
        struct fault fault;
        write_file(path, bad[i]);
        assert_int_equal(lexicon_file_open(path, &file, &fault), STATUS_REJECT);
        assert_string_equal(fault.code, "bad-lexicon");
        assert_null(file);
        unlink(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_which_is_brighter),
        cmocka_unit_test(test_the_seven_numbers),
        cmocka_unit_test(test_other_languages_have_none),
        cmocka_unit_test(test_a_lexicon_of_ones_own),
        cmocka_unit_test(test_a_large_lexicon),
        cmocka_unit_test(test_a_bad_lexicon_is_refused),
    };
    return cmocka_run_group_tests(tests, analysis_bench_open, analysis_bench_close);
}
