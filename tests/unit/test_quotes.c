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

/* Who speaks: the last quotation of each text. */
static const struct who {
    const char *text, *name; /* NULL: nobody is named */
} whos[] = {
    {"“We will pay,” Prime Minister Jane Smith said.", "Jane Smith"},
    {"Jane Smith, the foreign minister, met reporters in Oslo. “We will pay,” she said.",
     "Jane Smith"},
    {"Jane Smith came to Oslo.\n\n“We will pay the debt,” she said. “All of it is ours.”",
     "Jane Smith"},
    {"Jane Smith came to Oslo.\n\n“We will pay,” she said.\n\n“It is late now,” she added.",
     "Jane Smith"},
    {"Peter Hansen met Jane Smith in Oslo. “It is too late,” he said.", "Peter Hansen"},
    {"Mr. Okafor met Jane Smith in Oslo. “It is too late,” she said.", "Jane Smith"},
    {"Jane Smith met Maria Brown in Oslo. “It is too late,” she said.", NULL},
    {"Jane Smith came.\n\nIt rained all day.\n\nThe road was wet.\n\n“We will pay,” she said.",
     NULL},
    {"Jane Smith came to Oslo. A spokeswoman was there. “It is too late,” she said.", NULL},
    {"Jane Smith came to Oslo. “We will pay the debt,” they said.", NULL},
    {"Reporters came to Oslo. “Jane Smith will pay the debt,” she said.", NULL},
};

static void test_who_speaks(void **state)
{
    for (size_t i = 0; i < sizeof whos / sizeof *whos; i++) {
        const struct result *result = bench_analyse(*state, whos[i].text);
        assert_true(result->quotes.count > 0);
        struct slice name =
            field_at(result->quotes, struct result_quote, result->quotes.count - 1)->name;
        if (whos[i].name ? !slice_is(name, whos[i].name) : name.data != NULL)
            fail_msg("%.*s speaks in: %s", (int)name.len, name.data ? name.data : "", whos[i].text);
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
        cmocka_unit_test(test_who_speaks),
        cmocka_unit_test(test_other_languages),
        cmocka_unit_test(test_floods_of_marks),
    };
    return cmocka_run_group_tests(tests, analysis_bench_open, analysis_bench_close);
}
