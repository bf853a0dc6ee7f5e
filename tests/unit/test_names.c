/* Names: which are found, of what kind, whose they are; and that spans are spans whatever the text.
 */
#include "tests/unit/analysis_bench.h"

#include "common/utf8.h"

#define FOUND_MAX 8

struct found {
    const char *text, *type, *name, *key; /* name, key NULL: not looked at */
};

static const struct {
    const char *text;
    struct found found[FOUND_MAX]; /* all that is found, in this order */
} rows[] = {
    {"Trade Representative Katherine Tai met Prime Minister Fumio Kishida in Tokyo. Tai said "
     "little.",
     {{"Katherine Tai", "person", "Katherine Tai", "person:katherine-tai"},
      {"Fumio Kishida", "person", "Fumio Kishida", NULL},
      {"Tokyo", "place", "Japan", "country:JP"},
      {"Tai", "person", "Katherine Tai", "person:katherine-tai"}}},
    {"The International Monetary Fund (IMF) lent more. Later the IMF said that it would stop.",
     {{"International Monetary Fund", "organization", "International Monetary Fund", NULL},
      {"IMF", "organization", "International Monetary Fund", NULL},
      {"IMF", "organization", "International Monetary Fund", NULL}}},
    {"Mr. Harold Brandt works for Brandt Holdings Inc. in Chicago, Illinois.",
     {{"Harold Brandt", "person", "Harold Brandt", NULL},
      {"Brandt Holdings Inc.", "organization", "Brandt Holdings Inc.", NULL},
      {"Chicago", "place", "Chicago", NULL},
      {"Illinois", "place", "Illinois", NULL}}},
    {"Tokyo announced new tariffs after talks in Beijing.",
     {{"Tokyo", "organization", "Japan", "country:JP"},
      {"Beijing", "place", "China", "country:CN"}}},
    {"The Lower Elbe Water Board fined two farms. The LEWB sent letters to Hamburg.",
     {{"Lower Elbe Water Board", "organization", "Lower Elbe Water Board", NULL},
      {"LEWB", "organization", "Lower Elbe Water Board", NULL},
      {"Hamburg", "place", "Hamburg", NULL}}},
    {"Ships of two countries met near the Kuril Islands and in the East China Sea.",
     {{"Kuril Islands", "place", "Kuril Islands", NULL},
      {"East China Sea", "place", "East China Sea", NULL}}},
    {"Walter \"Whitey\" Hobbs was born in Dayton. Hobbs pitched.",
     {{"Walter \"Whitey\" Hobbs", "person", NULL, NULL},
      {"Dayton", "place", "Dayton", NULL},
      {"Hobbs", "person", NULL, "person:walter-whitey-hobbs"}}},
    {"The bridge over the Tigris river near Mosul was closed on Monday.",
     {{"Tigris river", "place", NULL, NULL}, {"Mosul", "place", NULL, NULL}}},
    {"The agency GKTZ, based in Oslo, was founded by the GKTZ Foundation. Fines: GKTZ 3, others 5.",
     {{"GKTZ", "organization", NULL, NULL},
      {"Oslo", "place", NULL, NULL},
      {"GKTZ Foundation", "organization", NULL, NULL},
      {"GKTZ", "organization", NULL, NULL}}},
    {"It rained all day, and nobody came.", {{NULL, NULL, NULL, NULL}}},
};

static bool is_found(const struct result_name *name, const struct found *wanted)
{
    return slice_is(name->text, wanted->text) && slice_is(name->type, wanted->type) &&
           (!wanted->name || slice_is(name->name, wanted->name)) &&
           (!wanted->key || slice_is(name->key, wanted->key));
}

static void what_is_found(void **state)
{
    int wrong = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct result *result = bench_analyse(*state, rows[i].text);
        const struct result_name *names = result->names.items;
        size_t count = 0;
        while (count < FOUND_MAX && rows[i].found[count].text)
            count++;
        bool good = result->names.count == count;
        for (size_t j = 0; good && j < count; j++)
            good = is_found(&names[j], &rows[i].found[j]);
        if (good)
            continue;
        wrong++;
        print_error("%s\n", rows[i].text);
        for (size_t j = 0; j < result->names.count; j++)
            print_error("    \"%.*s\" %.*s %.*s %.*s\n", (int)names[j].text.len, names[j].text.data,
                        (int)names[j].type.len, names[j].type.data, (int)names[j].name.len,
                        names[j].name.data, (int)names[j].key.len,
                        names[j].key.data ? names[j].key.data : "");
    }
    assert_int_equal(wrong, 0);
}

/* What the article says of a person: the name it is told of, and the words. */
static const struct {
    const char *text, *name, *role; /* role NULL: none */
} told[] = {
    {"U.S. Trade Representative Katherine Tai met farmers. Tai said little.", "Tai",
     "U.S. Trade Representative"},
    {"Talks were held by Fumio Kishida, the prime minister of Japan, on Monday.", "Fumio Kishida",
     "prime minister of Japan"},
    {"On Monday former Foreign Minister Anna Lindholm spoke in Oslo.", "Anna Lindholm",
     "former Foreign Minister"},
    {"Mr. Harold Brandt went home.", "Harold Brandt", NULL},
    {"Harold Brandt, who was ill, went home.", "Harold Brandt", NULL},
};

static void roles_are_told(void **state)
{
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        const struct result *result = bench_analyse(*state, told[i].text);
        const struct result_name *names = result->names.items;
        size_t at = 0;
        while (at < result->names.count && !slice_is(names[at].text, told[i].name))
            at++;
        assert_true(at < result->names.count);
        if (!told[i].role)
            assert_null(names[at].role.data);
        else if (!names[at].role.data || !slice_is(names[at].role, told[i].role))
            fail_msg("%s: %.*s", told[i].text, (int)names[at].role.len,
                     names[at].role.data ? names[at].role.data : "");
    }
}

/* The byte at which code point `point` of clean text begins. */
static size_t byte_of(struct slice text, uint32_t point)
{
    size_t at = 0;
    while (point-- > 0 && at < text.len)
        (void)utf8_next(text, &at);
    return at;
}

static void check_spans(const struct result *result)
{
    const struct result_name *names = result->names.items;
    uint32_t end = (uint32_t)utf8_length(result->text), before = 0;
    for (size_t i = 0; i < result->names.count; i++) {
        assert_true(names[i].start < names[i].end && names[i].end <= end);
        assert_true(names[i].start >= before);
        before = names[i].end;
        struct slice written = slice_sub(result->text, byte_of(result->text, names[i].start),
                                         byte_of(result->text, names[i].end));
        assert_true(slice_equal(written, names[i].text));
        assert_true(names[i].name.len > 0);
        assert_true(names[i].confidence > 0 && names[i].confidence <= 1);
    }
}

/* Parts from which hostile texts are put together: names, joiners, signs, scripts, directions. */
static const char *const parts[] = {
    "Katherine",  "Tai",  " of the ",   "U.S.",    "Inc.",     "’s ",     "-",      "\u200d",
    "\u202e",     "北京", "Москва",     "القاهرة", "🇯🇵",       "É",       "ß",      "İstanbul",
    "(IMF) ",     "“",    "”",          "\n\n",    " ",        ", ",      ". ",     "McDONALD'S",
    "eBay",       "6PR",  "A",          "and ",    "x",        "!!!???",  "\u0301", "\u00a0",
    "Al-Qa’ida ", "St. ", "Washington", ", D.C.",  "Ångström", "a\u0308", "1,000",  "Ⅷ",
};

static void spans_of_hostile_texts(void **state)
{
    uint64_t random = 7;
    char text[2048];
    for (int round = 0; round < 2000; round++) {
        size_t len = 0;
        while (len < sizeof text - 64) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            const char *part = parts[(random >> 33) % (sizeof parts / sizeof *parts)];
            memcpy(text + len, part, strlen(part));
            len += strlen(part);
            if (random >> 60 == 0)
                break;
        }
        text[len] = '\0';
        check_spans(bench_analyse(*state, text));
    }
}

/* A name a thousand times over, and one word of a megabyte. */
static void long_texts(void **state)
{
    size_t len = (size_t)1 << 20;
    char *text = malloc(len + 1);
    assert_non_null(text);
    memset(text, 'A', len);
    text[len] = '\0';
    check_spans(bench_analyse(*state, text));
    for (size_t i = 0; i + 4 <= len; i += 4)
        memcpy(text + i, "Tai ", 4);
    const struct result *result = bench_analyse(*state, text);
    assert_true(result->names.count <= len / 4);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_found, analysis_bench_open, analysis_bench_close),
        cmocka_unit_test_setup_teardown(roles_are_told, analysis_bench_open, analysis_bench_close),
        cmocka_unit_test_setup_teardown(spans_of_hostile_texts, analysis_bench_open,
                                        analysis_bench_close),
        cmocka_unit_test_setup_teardown(long_texts, analysis_bench_open, analysis_bench_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
