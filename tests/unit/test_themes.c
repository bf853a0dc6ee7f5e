/* Themes of the user's own: what a file says, and what is wrong with it. */
#include <stdio.h>
#include <unistd.h>

#include "tests/unit/analysis_bench.h"
#include "worker/analysis/themes/themes_file.h"

/* The path of a new file with this text; the caller removes it. */
static void make_file(const char *text, char path[32])
{
    (void)strcpy(path, "/tmp/nm-themes-XXXXXX");
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(close(file), 0);
}

static const struct row {
    const char *text, *says; /* a part of the fault's sentence; NULL: nothing is wrong */
} rows[] = {
    {"[shipping]\nharbour ferry\n", NULL},
    {"# ours\n\n[a]\nb=2.5 c_d=10 # behind\n[e]\nf\n", NULL},
    {"harbour\n", "line 1: words stand below"},
    {"[a]\nb\nc=20\n", "line 3: the weight"},
    {"[a]\nb=x\n", "line 2: the weight"},
    {"[a]\n\n=2\n", "line 3: a word is empty"},
    {"[a]\nb_c_d_e_f_g_h_i\n", NULL},
    {"[a]\nb_c_d_e_f_g_h_i_j\n", "line 2: a word is empty or too long"},
    {"[a\nb\n", "line 1: a theme begins"},
    {"[]\nb\n", "line 1: a theme begins"},
    {"[a]\n", "has no words"},
    {"", "has no words"},
};

static void test_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char path[32];
        struct themes_file *file;
        struct fault fault;
        make_file(rows[i].text, path);
        enum status status = themes_file_open(path, &file, &fault);
        (void)unlink(path);
        assert_int_equal(status, rows[i].says ? STATUS_REJECT : STATUS_OK);
        if (rows[i].says && !strstr(fault.message, rows[i].says))
            fail_msg("'%s' says: %s", rows[i].text, fault.message);
        themes_file_close(file);
    }
}

static void test_a_file_that_is_not_there(void **state)
{
    (void)state;
    struct themes_file *file;
    struct fault fault;
    assert_int_equal(themes_file_open("/nowhere/themes", &file, &fault), STATUS_REJECT);
    assert_non_null(strstr(fault.message, "/nowhere/themes"));
}

static const struct result_theme *theme_of(const struct result *result, const char *code)
{
    for (size_t i = 0; i < result->themes.count; i++) {
        const struct result_theme *theme = field_at(result->themes, struct result_theme, i);
        if (slice_is(theme->code, code))
            return theme;
    }
    return NULL;
}

/* New themes are counted beside the built-in ones, phrases and plurals too; a built-in name goes on
 * under that name. */
static void test_themes_are_counted(void **state)
{
    static const char text[] =
        "The harbours were closed after the strike ballot, and the ferries stayed there. An "
        "earthquake and a landslip were reported by the harbour, the port of first call.";
    struct analysis_bench *bench = *state;
    struct analysis *plain = bench->analysis, *own;
    struct analysis_options options = {.level = ANALYSIS_FAST};
    char path[32];
    make_file("[shipping]\nharbour=2 strike_ballot port_of_first_call\n[disasters]\nlandslip\n",
              path);
    options.themes = path;
    assert_int_equal(analysis_new(&options, &own, &bench->fault), STATUS_OK);
    (void)unlink(path);
    const struct result *result = bench_analyse(bench, text);
    uint32_t disasters = theme_of(result, "disasters")->count;
    assert_null(theme_of(result, "shipping"));
    bench->analysis = own;
    result = bench_analyse(bench, text);
    bench->analysis = plain;
    assert_int_equal(theme_of(result, "shipping")->count, 4);
    assert_int_equal(theme_of(result, "disasters")->count, disasters + 1);
    analysis_free(own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_a_file_that_is_not_there),
        cmocka_unit_test(test_themes_are_counted),
    };
    return cmocka_run_group_tests(tests, analysis_bench_open, analysis_bench_close);
}
