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
    /* Close relatives, and names that look English. */
    {"hr", NULL, "Ministar je rekao da će se pregovori nastaviti tijekom siječnja."},
    {"sr", NULL,
     "Ministar je rekao da će se pregovori nastaviti u toku sledeće nedelje u Beogradu."},
    {"bs", NULL, "Ministar je kazao da će se razgovori u Sarajevu nastaviti tokom januara."},
    {"ms", NULL, "Menteri berkata beliau tidak akan hadir kerana sakit di hospital."},
    {"id", NULL, "Menteri mengatakan bahwa ia tidak bisa hadir karena sakit."},
    {"nb", NULL, "Jeg vet ikke hva de har gjort, men det var ikke noe nytt."},
    {"da", NULL, "Jeg ved ikke, hvad de har gjort, men det var ikke noget nyt."},
    {"ca", NULL, "El ministre va dir que les converses amb els sindicats no són fàcils."},
    {"es", NULL, "Microsoft Windows Server para los nuevos"},
    {"mk", NULL, "Министерот рече дека разговорите ќе продолжат."},
    {"bg", NULL, "Министърът каза, че разговорите ще продължат."},
    {"ru", NULL, "Он сказал, что переговоры продолжатся."},
    {"hr", "hr", "Bila je na projektu."},
    {"bs", "bs", "Bila je na projektu."},
    {"de", "en", "Der Minister sagte am Montag, die Gespräche würden fortgesetzt."},
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

/* Short and doubtful is said to be so; long and clear too. */
static void confidence_tells(void **state)
{
    const struct {
        const char *text;
        double least, most;
    } cases[] = {
        {"The minister said on Monday that the talks would go on and that they were not easy.",
         0.98, 1},
        {"Bila je na projektu.", 0.3, 0.93},
        {"Omega", 0, 0.9},
        {"!!", 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct article article = {.body = slice_from(cases[i].text)};
        double confidence = bench_article(*state, &article)->language.confidence;
        if (confidence < cases[i].least || confidence > cases[i].most)
            fail_msg("%s: %.3f", cases[i].text, confidence);
    }
}

/* A quoted original in the middle, and a script of its own at the end. */
static void passages_are_found(void **state)
{
    struct article article = {
        .body = SLICE_LITERAL(
            "The minister said on Monday that the talks would go on, and that they were hard.\n\n"
            "They had been going on for three weeks when the others left, and nobody knew why.\n\n"
            "„Wir werden nicht aufgeben“, sagte er, „und es wird noch lange dauern.“\n\n"
            "Er hat auch gesagt, dass es nur mit den anderen geht.\n\n"
            "Nobody in the room believed him when he left it, and he did not come back.\n\n"
            "Министр заявил, что переговоры продолжатся.")};
    const struct result *result = bench_article(*state, &article);
    const struct result_passage *passages = result->languages.items;
    assert_true(slice_is(result->language.code, "en"));
    assert_int_equal(result->languages.count, 2);
    assert_true(slice_is(passages[0].code, "de"));
    assert_int_equal(passages[0].start, 165);
    assert_true(slice_is(passages[1].code, "ru"));
    assert_true(passages[0].end + 2 < passages[1].start);
}

static void one_language_has_no_passages(void **state)
{
    struct article article = {
        .body = SLICE_LITERAL(
            "The minister said that the talks would go on.\n\nAngela Merkel, Emmanuel Macron, Xi "
            "Jinping\n\nReuters\n\nThey were hard, he said, “c'est la vie”.")};
    assert_int_equal(bench_article(*state, &article)->languages.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(language_is_found, analysis_bench_open,
                                        analysis_bench_close),
        cmocka_unit_test_setup_teardown(passages_are_found, analysis_bench_open,
                                        analysis_bench_close),
        cmocka_unit_test_setup_teardown(one_language_has_no_passages, analysis_bench_open,
                                        analysis_bench_close),
        cmocka_unit_test_setup_teardown(confidence_tells, analysis_bench_open,
                                        analysis_bench_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
