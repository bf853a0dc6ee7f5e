/* Quotations: what stands in marks, who says it and which word says so. */
#include "tests/unit/analysis_bench.h"

#define FOUND_MAX 4

static const struct row {
    const char *text;
    struct {
        const char *quote, *speaker, *cue; /* NULL: none */
        bool direct;
    } found[FOUND_MAX];
} rows[] = {
    {"“We will not accept this,” Prime Minister Jane Smith said on Monday. “It is late.”",
     {{"We will not accept this,", "Prime Minister Jane Smith", "said", true},
      {"It is late.", "Prime Minister Jane Smith", "said", true}}},
    {"Mr. Brown told reporters: \"The talks failed.\" He left.",
     {{"The talks failed.", "Mr. Brown", "told", true}}},
    {"The spokesman said that Japan \"will never agree\" to the plan.",
     {{"will never agree", "The spokesman", "said", true}}},
    {"She said that the minister had left.",
     {{"that the minister had left", "She", "said", false}}},
    {"“This is the first part.\n\n“And this is the second,” she said.",
     {{"This is the first part.\n\n“And this is the second,", "she", "said", true}}},
    {"The so-called \"experts\" stayed away.", {{NULL}}},
    {"''It was a wire,'' the editor wrote.", {{"It was a wire,", "the editor", "wrote", true}}},
    {"The mark “ is never closed and quotes nothing at all.", {{NULL}}},
};

static bool is(const struct result_span *span, const char *text)
{
    return text ? span && slice_is(span->text, text) : !span;
}

static void test_table(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct result *result = bench_analyse(*state, rows[i].text);
        size_t wanted = 0;
        while (wanted < FOUND_MAX && rows[i].found[wanted].quote)
            wanted++;
        if (result->quotes.count != wanted)
            fail_msg("%zu quotations in: %s", result->quotes.count, rows[i].text);
        for (size_t j = 0; j < wanted; j++) {
            const struct result_quote *quote = field_at(result->quotes, struct result_quote, j);
            assert_int_equal(quote->direct, rows[i].found[j].direct);
            if (!is(quote->speaker, rows[i].found[j].speaker) ||
                !is(quote->cue, rows[i].found[j].cue))
                fail_msg("speaker %.*s in: %s", quote->speaker ? (int)quote->speaker->text.len : 0,
                         quote->speaker ? quote->speaker->text.data : "", rows[i].text);
        }
    }
}

/* Marks of other languages; what lacks a tree has no speaker. */
static void test_other_languages(void **state)
{
    static const char *const texts[] = {
        "Der Minister sagte am Montag: „Wir werden das nicht hinnehmen“, und ging in den Saal.",
        "Le ministre a déclaré lundi : «Nous n'accepterons pas cela», avant de quitter la salle.",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct article article = {.body = slice_from(texts[i])};
        const struct result *result = bench_article(*state, &article);
        assert_int_equal(result->quotes.count, 1);
        assert_null(field_at(result->quotes, struct result_quote, 0)->speaker);
    }
}

/* Marks that nothing closes, and more of them than there are tokens: each byte is looked at a
 * bounded number of times, or this would take hours. */
static void test_floods_of_marks(void **state)
{
    static const char *const units[] = {"“a ", "\"a ", "“a” ", "''a ", "\n\n“a", "„a\" "};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t unit = strlen(units[i]), len = 0, size = 1 << 20;
        char *text = malloc(size + 1);
        while (len + unit <= size) {
            memcpy(text + len, units[i], unit);
            len += unit;
        }
        text[len] = '\0';
        (void)bench_analyse(*state, text);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_other_languages),
        cmocka_unit_test(test_floods_of_marks),
    };
    return cmocka_run_group_tests(tests, analysis_bench_open, analysis_bench_close);
}
