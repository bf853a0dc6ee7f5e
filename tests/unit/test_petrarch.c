/* Dictionaries of the user's own: the three formats, what they change, and what is said of lines
 * that cannot be read. */
#include <stdio.h>
#include <unistd.h>

#include "tests/unit/analysis_bench.h"
#include "worker/analysis/petrarch/petrarch.h"

#define FOLDER SOURCE_DIR "/tests/unit/dictionaries/"

static const struct analysis_options with_dictionaries = {
    .actors = FOLDER "actors.txt", .agents = FOLDER "agents.txt", .verbs = FOLDER "verbs.txt"};

static int open_bench(void **state)
{
    struct analysis_bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    bench->arena = arena_new(ANALYSIS_ARENA_BYTES);
    assert_int_equal(analysis_new(&with_dictionaries, &bench->analysis, &bench->fault), STATUS_OK);
    *state = bench;
    return 0;
}

static struct petrarch *open_own(void)
{
    const struct petrarch_files files = {with_dictionaries.actors, with_dictionaries.agents,
                                         with_dictionaries.verbs};
    struct petrarch *petrarch;
    struct fault fault;
    assert_int_equal(petrarch_open(&files, &petrarch, &fault), STATUS_OK);
    return petrarch;
}

#define DAY_2005 12784 /* 2005-01-01 */
#define DAY_2012 15340 /* 2012-01-01 */
#define DAY_1970 0

static const struct {
    const char *key;
    int64_t day;
    const char *code, *sector; /* NULL: none */
} actors[] = {
    {"syldavia", INT64_MIN, "SYL", NULL},
    {"klow", DAY_2005, "SYL", NULL},
    {"muskar ottokar", DAY_2005, "SYL", "GOV"},
    {"ottokar", DAY_2012, "SYL", "ELI"},
    {"ottokar", DAY_1970, NULL, NULL},        /* no date fits, no default */
    {"ottokar", INT64_MIN, "SYL", "ELI"},     /* no date: the last */
    {"pleksy gladz", DAY_2005, "BRD", "GOV"}, /* years of two digits */
    {"pleksy gladz", DAY_1970, "BRD", "MIL"},
    {"pleksy gladz", DAY_2012, "BRD", "OPP"}, /* the default */
    {"fjord union", DAY_2012, "IGO", "FJU"},
    {"nobody at all", DAY_2012, NULL, NULL},
};

static void test_actors_by_date(void **state)
{
    struct petrarch *petrarch = open_own();
    (void)state;
    for (size_t i = 0; i < sizeof actors / sizeof *actors; i++) {
        int32_t number = petrarch_actor(petrarch, slice_from(actors[i].key));
        assert_true(number >= 0);
        struct petrarch_role role = petrarch_actor_role(petrarch, number, actors[i].day);
        if (!slice_equal(role.code, slice_from(actors[i].code)) ||
            !slice_equal(role.sector, slice_from(actors[i].sector)))
            fail_msg("%s: %.*s %.*s", actors[i].key, (int)role.code.len, role.code.data,
                     (int)role.sector.len, role.sector.data);
    }
    assert_int_equal(petrarch_actor(petrarch, slice_from("muskar")), -1);
    assert_int_equal(petrarch_actor_reach(petrarch, slice_from("muskar")), 2);
    assert_int_equal(petrarch_bad_lines(petrarch), 0);
    petrarch_close(petrarch);
}

static void test_agents_with_plurals_and_sets(void **state)
{
    static const struct {
        const char *key, *sector;
    } rows[] = {{"harbour master", "GOV"},   {"harbour masters", "GOV"},
                {"ferry warden", "BUS"},     {"ferry wardress", "BUS"},
                {"marshals general", "MIL"}, {"lighthouse keepers", "LAB"},
                {"balloonist", "JRN"}};
    struct petrarch *petrarch = open_own();
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int32_t number = petrarch_agent(petrarch, slice_from(rows[i].key));
        if (number < 0)
            fail_msg("%s", rows[i].key);
        assert_true(slice_is(petrarch_agent_sector(petrarch, number), rows[i].sector));
    }
    assert_int_equal(petrarch_agent(petrarch, slice_from("marshal generals")), -1);
    assert_int_equal(petrarch_agent(petrarch, slice_from("lighthouse keeperses")), -1);
    petrarch_close(petrarch);
}

static struct slice code_of(const struct field_list *role)
{
    return role->count ? field_at(*role, struct result_actor, 0)->code : SLICE_NULL;
}

static struct slice sector_of(const struct field_list *role)
{
    return role->count ? field_at(*role, struct result_actor, 0)->sector : SLICE_NULL;
}

static bool is_or_null(struct slice found, const char *wanted)
{
    return wanted ? slice_is(found, wanted) : !found.data;
}

static const struct {
    const char *text, *type, *cameo; /* type NULL: no event */
    const char *source, *sector, *target;
} events[] = {
    /* verbs, their forms and codes of their own */
    {"Syldavia bamboozled Borduria.", "ACCUSE", "111", "SYL", NULL, "BRD"},
    {"Borduria was hoodwinked by Syldavia.", "ACCUSE", "112", "SYL", NULL, "BRD"},
    {"Syldavia fobbed off Borduria.", "REJECT", "120", "SYL", NULL, "BRD"},
    /* patterns: sets, phrases, prepositions, words before the verb, the null code */
    {"Syldavia bamboozled two ferries of Borduria.", "COERCE", "171", "SYL", NULL, "BRD"},
    {"Syldavia bamboozled a paddle steamer of Borduria.", "COERCE", "171", "SYL", NULL, "BRD"},
    {"Syldavia bamboozled the peace envoy of Borduria.", "REJECT", "125", "SYL", NULL, "BRD"},
    {"Syldavia bamboozled Borduria with white flowers.", "SUPPORT", "051", "SYL", NULL, "BRD"},
    {"Syldavia nearly bamboozled Borduria.", "THREATEN", "130", "SYL", NULL, "BRD"},
    {"Syldavia did not bamboozle Borduria.", NULL, NULL, NULL, NULL, NULL},
    /* who it was, as the pattern says; statements are no events */
    {"Syldavia yodelled to Borduria.", "CONSULT", "042", "SYL", NULL, "BRD"},
    {"Syldavia and Borduria yodelled.", "CONSULT", "040", "SYL", NULL, NULL},
    {"Syldavia yodelled.", NULL, NULL, NULL, NULL, NULL},
    {"Syldavia yodelled the anthem.", NULL, NULL, NULL, NULL, NULL},
    /* our verbs with the user's actors and agents */
    {"The Syldavian harbour master condemned Borduria.", "ACCUSE", "111", "SYL", "GOV", "BRD"},
    {"Bordurian balloonists criticized Norway.", "ACCUSE", "111", "BRD", "JRN", "NOR"},
    {"The Iron Guard attacked Klow.", "ASSAULT", "190", "BRD", "REB", "SYL"},
};

static void check_event(const struct result *result, size_t row)
{
    const struct result_event *event =
        result->events.count ? field_at(result->events, struct result_event, 0) : NULL;
    if (!events[row].type && !event)
        return;
    if (!events[row].type || !event)
        fail_msg("%s in: %s", event ? event->type.data : "nothing", events[row].text);
    if (!slice_is(event->type, events[row].type) || !slice_is(event->cameo, events[row].cameo))
        fail_msg("%.*s %.*s in: %s", (int)event->type.len, event->type.data, (int)event->cameo.len,
                 event->cameo.data, events[row].text);
    if (!is_or_null(code_of(&event->source), events[row].source) ||
        !is_or_null(sector_of(&event->source), events[row].sector) ||
        (events[row].target && !is_or_null(code_of(&event->target), events[row].target)))
        fail_msg("the sides in: %s", events[row].text);
}

static void test_events_are_coded_with_them(void **state)
{
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        check_event(bench_analyse(*state, events[i].text), i);
}

/* "[042:043]": what the target does in turn. */
static void test_two_codes_are_two_events(void **state)
{
    const struct result *result = bench_analyse(*state, "Syldavia yodelled to Borduria.");
    assert_int_equal(result->events.count, 2);
    const struct result_event *back = field_at(result->events, struct result_event, 1);
    assert_true(slice_is(back->cameo, "043"));
    assert_true(slice_is(code_of(&back->source), "BRD"));
    assert_true(slice_is(code_of(&back->target), "SYL"));
}

/* A person is what he was on the day of the article. */
static void test_roles_by_the_articles_day(void **state)
{
    struct article article = {.body = slice_from("Muskar Ottokar condemned Borduria."),
                              .language = slice_from("en"),
                              .published_ms = INT64_C(1104537600000)}; /* 2005 */
    const struct result *result = bench_article(*state, &article);
    assert_int_equal(result->events.count, 1);
    const struct result_event *event = field_at(result->events, struct result_event, 0);
    assert_true(slice_is(sector_of(&event->source), "GOV"));
    article.published_ms = INT64_C(1325376000000); /* 2012 */
    result = bench_article(*state, &article);
    event = field_at(result->events, struct result_event, 0);
    assert_true(slice_is(sector_of(&event->source), "ELI"));
}

/* Other dictionaries, other facts: the version says so, and is the same for the same files. */
static void test_the_version_names_the_dictionaries(void **state)
{
    struct analysis_bench *bench = *state;
    char version[ANALYSIS_VERSION_BYTES], other[ANALYSIS_VERSION_BYTES];
    const struct analysis_options none = {.actors = NULL}, one = {.actors = FOLDER "actors.txt"};
    assert_int_equal(analysis_version_of(&with_dictionaries, version, &bench->fault), STATUS_OK);
    assert_true(slice_starts_with(slice_from(version), SLICE_LITERAL(ANALYSIS_VERSION "+")));
    assert_string_equal(version, analysis_version(bench->analysis));
    assert_true(slice_is(bench_analyse(bench, "A day.")->analyzer, version));
    assert_int_equal(analysis_version_of(&one, other, &bench->fault), STATUS_OK);
    assert_string_not_equal(version, other);
    assert_int_equal(analysis_version_of(&none, other, &bench->fault), STATUS_OK);
    assert_string_equal(other, ANALYSIS_VERSION);
}

static void write_file(char *path, const char *text)
{
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(close(fd), 0);
}

/* So do a lexicon, themes and a gazetteer, whose header is read. */
static void test_the_version_names_other_files(void **state)
{
    struct analysis_bench *bench = *state;
    char path[] = "/tmp/newsmill-version-XXXXXX", second[] = "/tmp/newsmill-version-XXXXXX";
    char versions[5][ANALYSIS_VERSION_BYTES];
    write_file(path, "bright\t1\n");
    write_file(second, "bright\t2\n");
    const struct analysis_options options[] = {{.lexicon = path},
                                               {.lexicon = second},
                                               {.themes = path},
                                               {.gazetteer = path},
                                               {.lexicon = path, .themes = path}};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(analysis_version_of(&options[i], versions[i], &bench->fault), STATUS_OK);
        assert_true(
            slice_starts_with(slice_from(versions[i]), SLICE_LITERAL(ANALYSIS_VERSION "+")));
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(versions[i], versions[j]);
    }
    struct analysis *analysis;
    assert_int_equal(analysis_new(&options[1], &analysis, &bench->fault), STATUS_OK);
    assert_string_equal(analysis_version(analysis), versions[1]);
    analysis_free(analysis);
    (void)unlink(second);
    assert_int_equal(analysis_version_of(&options[1], versions[1], &bench->fault), STATUS_REJECT);
    (void)unlink(path);
}

#define FIFTY "LONGLONGLONGLONGLONGLONGLONGLONGLONGLONGLONGLONGXX"

/* One bad line each; the good one beside it counts. */
static void test_bad_lines_are_passed_over(void **state)
{
    static const char *const bad_actors[] = {"GOOD_ [SYL]\n[SYLGOV 20010231-20020101]\n",
                                             "GOOD_ [SYL]\n[SYLGOV 2001017-20020101]\n",
                                             "GOOD_ [SYL]\n[syl]\n",
                                             "GOOD_ [SYL]\n[SYLX]\n",
                                             "+EARLY\nGOOD_ [SYL]\n",
                                             "[SYL]\nGOOD_ [SYL]\n",
                                             "GOOD_ [SYL]\n___ [BRD]\n",
                                             "GOOD_ [SYL]\nOTHER [BRD\n"};
    static const char *const bad_agents[] = {
        "GOOD [~GOV]\nOTHER\n",     "GOOD [~GOV]\nOTHER [GOV]\n", "GOOD [~GOV]\n!X!_Y [~GOV]\n",
        "GOOD [~GOV]\n!X = A, B\n", "GOOD [~GOV]\nA {B [~GOV]\n", "GOOD [~GOV]\n[~GOV]\n"};
    static const char *const bad_verbs[] = {
        "GOOD\n--- X [010] ---\nGOOD\n",
        "--- X [111] ---\nGOOD\n- GOOD [111]\n",
        "--- X [111] ---\nGOOD\n- * * [111]\n",
        "--- X [111] ---\nGOOD\n- * &NONE [111]\n",
        "--- X [111] ---\nGOOD\n- * A [999]\n",
        "--- X [111] ---\nGOOD\n- * A [1a]\n",
        "--- X [111] ---\nGOOD\n- * A [111\n",
        "&\n--- X [111] ---\nGOOD\n",
        "&S\n+&T\n--- X [111] ---\nGOOD\n",
        "--- X [111] ---\nGOOD\n___ [111]\n",
        "- * A [111]\n--- X [111] ---\nGOOD\n",
        "--- X [111] ---\nGOOD\n- * \x80\xae [111]\n",
        "--- X [111] ---\n\x80\xae\nGOOD\n",
        "--- X [111] ---\nGOOD\n- * " FIFTY FIFTY FIFTY FIFTY FIFTY "X [111]\n",
        "--- X [111] ---\n" FIFTY FIFTY FIFTY FIFTY FIFTY "X\nGOOD\n",
    };
    const struct {
        const char *const *texts;
        size_t count;
    } sets[] = {{bad_actors, sizeof bad_actors / sizeof *bad_actors},
                {bad_agents, sizeof bad_agents / sizeof *bad_agents},
                {bad_verbs, sizeof bad_verbs / sizeof *bad_verbs}};
    (void)state;
    for (size_t kind = 0; kind < 3; kind++)
        for (size_t i = 0; i < sets[kind].count; i++) {
            char path[] = "/tmp/newsmill-dictionary-XXXXXX";
            struct petrarch *petrarch;
            struct fault fault;
            write_file(path, sets[kind].texts[i]);
            const struct petrarch_files files = {kind == 0 ? path : NULL, kind == 1 ? path : NULL,
                                                 kind == 2 ? path : NULL};
            assert_int_equal(petrarch_open(&files, &petrarch, &fault), STATUS_OK);
            if (petrarch_bad_lines(petrarch) != 1)
                fail_msg("%u bad lines in: %s", petrarch_bad_lines(petrarch), sets[kind].texts[i]);
            petrarch_close(petrarch);
            unlink(path);
        }
}

static void test_a_file_without_entries_is_refused(void **state)
{
    static const char *const texts[] = {"", "# nothing\n", "<!-- open\nSYLDAVIA_ [SYL]\n",
                                        "[SYL]\n"};
    struct petrarch *petrarch;
    struct fault fault;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char path[] = "/tmp/newsmill-dictionary-XXXXXX";
        write_file(path, texts[i]);
        const struct petrarch_files files = {.actors = path};
        assert_int_equal(petrarch_open(&files, &petrarch, &fault), STATUS_REJECT);
        assert_string_equal(fault.code, "bad-dictionary");
        assert_null(petrarch);
        unlink(path);
    }
    const struct petrarch_files missing = {.verbs = "/nonexistent/verbs.txt"};
    assert_int_equal(petrarch_open(&missing, &petrarch, &fault), STATUS_REJECT);
    assert_non_null(strstr(fault.message, "/nonexistent/verbs.txt"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_actors_by_date),
        cmocka_unit_test(test_agents_with_plurals_and_sets),
        cmocka_unit_test(test_events_are_coded_with_them),
        cmocka_unit_test(test_two_codes_are_two_events),
        cmocka_unit_test(test_roles_by_the_articles_day),
        cmocka_unit_test(test_the_version_names_the_dictionaries),
        cmocka_unit_test(test_the_version_names_other_files),
        cmocka_unit_test(test_bad_lines_are_passed_over),
        cmocka_unit_test(test_a_file_without_entries_is_refused),
    };
    return cmocka_run_group_tests(tests, open_bench, analysis_bench_close);
}
