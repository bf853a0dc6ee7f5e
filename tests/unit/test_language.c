/* Language: which one is found, with and without the producer's hint. */
#include "tests/unit/analysis_bench.h"

#include <stdio.h>

struct row {
    const char *code, *hint, *text;
};

static const struct row rows[] = {
    {"en", NULL, "The minister said on Monday that the talks would go on."},
    {"de", NULL, "Der Minister sagte am Montag, die Gespräche würden fortgesetzt."},
    {"fr", NULL, "Le ministre a déclaré lundi que les négociations allaient se poursuivre."},
    {"uk", NULL, "Міністр заявив у понеділок, що переговори триватимуть."},
    {"ja", NULL, "大臣は月曜日に、協議は続くと述べた。"},
    /* These need CLD2's full tables. */
    {"mi", NULL, "Kei te haere ngā tāngata ki te hui i tēnei rā."},
    {"nn", NULL, "Eg veit ikkje kva dei har gjort, men det var ikkje noko nytt."},
    {"eo", NULL, "La ministro diris lunde, ke la interparoloj daŭros."},
    {"zu", NULL, "Umongameli uthe abantu kufanele bahlale emakhaya abo ngalesi sikhathi."},
    {"so", NULL, "Wasiirku wuxuu sheegay in wadahadalladu ay sii socon doonaan."},
    {"und", NULL, "1234 5678 !!"},
    {"und", "de", "1234 5678 !!"},
};

static void language_is_found(void **state)
{
    int wrong = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct article article = {.body = slice_from(rows[i].text)};
        if (rows[i].hint)
            article.language = slice_from(rows[i].hint);
        const struct result *result = bench_article(*state, &article);
        if (slice_is(result->language.code, rows[i].code))
            continue;
        wrong++;
        fprintf(stderr, "%s: %.*s instead of %s\n", rows[i].text, (int)result->language.code.len,
                result->language.code.data, rows[i].code);
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(language_is_found, analysis_bench_open,
                                        analysis_bench_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
