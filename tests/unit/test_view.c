/* The article for a person: lines that fit, notes beside them, marks where evidence is, nothing
 * that a terminal would obey. */
#include "tests/unit/analysis_bench.h"

#include <locale.h>
#include <stdio.h>

#include "common/utf8.h"
#include "worker/cli/view.h"

static char *shown(struct analysis_bench *bench, const char *text, unsigned columns, bool color)
{
    char *printed = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&printed, &len);
    const struct result *result = bench_analyse(bench, text);
    view_print(result, columns, color, out, bench->arena);
    view_print_events(result, columns, out);
    assert_int_equal(fclose(out), 0);
    return printed;
}

static void test_notes_stand_beside_their_lines(void **state)
{
    char *printed = shown(*state, "Japan will lend Peru 40 million dollars.", 90, false);
    assert_non_null(strstr(printed, "| place Japan"));
    assert_non_null(strstr(printed, "money 40000000 USD"));
    assert_non_null(strstr(printed, "JPN AGREE PER"));
    assert_null(strchr(printed, '\033'));
    free(printed);
}

static void test_an_event_is_a_sentence(void **state)
{
    char *printed = shown(*state, "Tokyo said that Beijing had attacked Taiwan.", 90, false);
    const char *event = strstr(printed, "ASSAULT Taiwan (TWN)");
    assert_non_null(event);
    assert_non_null(strstr(printed, "says Tokyo"));
    assert_non_null(strstr(printed, "from: Tokyo said"));
    free(printed);
}

static void test_colours_are_given_back(void **state)
{
    char *printed = shown(*state, "Sweden helped Poland last year.", 90, true);
    const char *last = strrchr(printed, '\033');
    assert_non_null(strstr(printed, "\033[32mSweden"));
    assert_int_equal(strncmp(last, "\033[0m", 4), 0);
    free(printed);
}

static void test_lines_fit(void **state)
{
    char text[5000] = "";
    for (unsigned i = 0; i < 60; i++)
        strcat(text, "Zwölf Boxkämpfer jagen Viktor quer über den großen Deich. ");
    memset(text + strlen(text), 'x', 300); /* a word longer than any line */
    char *printed = shown(*state, text, 60, false);
    for (char *line = strtok(printed, "\n"); line; line = strtok(NULL, "\n"))
        assert_true(utf8_length(slice_from(line)) <= 60);
    free(printed);
}

/* The bar stands in one column; notes of a line share the margin while they fit, each once. */
static void test_the_margin_is_straight(void **state)
{
    char *printed = shown(*state,
                          "Japan met Peru and Japan, which is not far, as the ministers of Japan, "
                          "Chile and Peru said on Monday in a hall full of people who listened to "
                          "them for hours. Sweden’s minister has attacked the king of Norway, "
                          "whom nobody in Finland, Denmark or Iceland had ever heard complain.",
                          120, false);
    size_t bar = 0, lines = 0;
    for (char *line = strtok(printed, "\n"); line; line = strtok(NULL, "\n")) {
        const char *at = strstr(line, " | ");
        if (!at)
            continue;
        size_t column = utf8_length((struct slice){line, (size_t)(at - line)});
        assert_int_equal(column, bar ? bar : column);
        bar = column;
        lines++;
        const char *japan = strstr(at, "Japan");
        assert_true(!japan || !strstr(japan + 1, "place Japan"));
    }
    assert_in_range(lines, 3, 12);
    free(printed);
}

static void test_nothing_that_a_terminal_obeys(void **state)
{
    char *printed = shown(*state,
                          "An escape \033[2J and \xc2\x9b"
                          "31m and \xe2\x80\xae here.",
                          90, false);
    assert_null(strchr(printed, '\033'));
    assert_null(strstr(printed, "\xc2\x9b"));
    assert_null(strstr(printed, "\xe2\x80\xae"));
    free(printed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_notes_stand_beside_their_lines),
        cmocka_unit_test(test_an_event_is_a_sentence),
        cmocka_unit_test(test_colours_are_given_back),
        cmocka_unit_test(test_lines_fit),
        cmocka_unit_test(test_the_margin_is_straight),
        cmocka_unit_test(test_nothing_that_a_terminal_obeys),
    };
    (void)setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, analysis_bench_open, analysis_bench_close);
}
