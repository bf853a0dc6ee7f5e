/* Places: which are found, where they are, and that spans are spans whatever the text. */
#include "tests/unit/analysis_bench.h"

#include "common/utf8.h"

#define FOUND_MAX 6

struct found {
    const char *text, *name, *kind, *country, *admin1; /* NULL: not looked at */
};

static const struct {
    const char *text;
    struct found found[FOUND_MAX]; /* all that is found, in this order */
} rows[] = {
    {"Ministers met in Paris on Monday and flew to Berlin, the German capital.",
     {{"Paris", "Paris", "city", "FR", NULL},
      {"Berlin", "Berlin", "city", "DE", NULL},
      {"German", "Germany", "country", "DE", NULL}}},
    {"A fire in Paris, Texas, was put out. The mayor of Paris spoke in Dallas.",
     {{"Paris", "Paris", "city", "US", NULL},
      {"Texas", "Texas", "region", "US", "Texas"},
      {"Paris", "Paris", "city", "US", NULL},
      {"Dallas", "Dallas", "city", "US", NULL}}},
    {"Ships crossed the East China Sea near the Kuril Islands.",
     {{"East China Sea", "East China Sea", "water", NULL, NULL},
      {"Kuril Islands", "Kuril Islands", "island", NULL, NULL}}},
    {"Jordan Miller, a baker, was happy.", {{NULL, NULL, NULL, NULL, NULL}}},
};

static bool same(const char *wanted, struct slice got)
{
    return !wanted || slice_is(got, wanted);
}

static void what_is_found(void **state)
{
    int wrong = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct result *result = bench_analyse(*state, rows[i].text);
        const struct result_place *places = result->places.items;
        size_t count = 0;
        while (count < FOUND_MAX && rows[i].found[count].text)
            count++;
        bool good = result->places.count == count;
        for (size_t j = 0; good && j < count; j++)
            good = same(rows[i].found[j].text, places[j].text) &&
                   same(rows[i].found[j].name, places[j].name) &&
                   same(rows[i].found[j].kind, places[j].kind) &&
                   same(rows[i].found[j].country, places[j].country) &&
                   same(rows[i].found[j].admin1, places[j].admin1) && places[j].lat >= -90 &&
                   places[j].lat <= 90;
        if (good)
            continue;
        wrong++;
        print_error("%s\n", rows[i].text);
        for (size_t j = 0; j < result->places.count; j++)
            print_error("    \"%.*s\" %.*s %.*s %.*s %g %g\n", (int)places[j].text.len,
                        places[j].text.data, (int)places[j].name.len, places[j].name.data,
                        (int)places[j].kind.len, places[j].kind.data, (int)places[j].country.len,
                        places[j].country.data ? places[j].country.data : "", places[j].lat,
                        places[j].lon);
    }
    assert_int_equal(wrong, 0);
}

/* The publisher's country decides where nothing else does. */
static void publisher_decides(void **state)
{
    struct article article = {.body =
                                  slice_from("The council of Boston met on Tuesday evening to talk "
                                             "about the new school, and put it off."),
                              .language = slice_from("en"),
                              .source = slice_from("bostonstandard.co.uk")};
    const struct result *result = bench_article(*state, &article);
    const struct result_place *places = result->places.items;
    assert_int_equal(result->places.count, 1);
    assert_true(places[0].confidence > 0 && places[0].confidence < 1);
}

/* The country that most places are in; other languages know countries by their own names. */
static void focus_of_the_article(void **state)
{
    const struct result *result = bench_analyse(
        *state, "Farmers near Lyon and Marseille met in Paris. A guest had come from Madrid.");
    assert_true(slice_is(result->focus, "FR"));
    result = bench_analyse(*state, "It rained all day, and nobody came to the old house.");
    assert_null(result->focus.data);
    struct article article = {.body = slice_from("Die Bundesregierung will mit Frankreich und mit "
                                                 "allen Nachbarn über die Grenzen sprechen, sagte "
                                                 "ein Sprecher am Montag."),
                              .language = slice_from("de")};
    result = bench_article(*state, &article);
    const struct result_place *places = result->places.items;
    assert_int_equal(result->places.count, 1);
    assert_true(slice_is(places[0].text, "Frankreich") && slice_is(places[0].name, "France"));
}

static const char *const parts[] = {
    "Paris",    ", ",         "Texas",       "Ky.",
    "North ",   "of ",        "the ",        "County",
    "-",        "Washington", "\u202e",      "東京",
    "Köln",     "Москва",     "\n\n",        " ",
    "U.S.",     "D.C.",       "Springfield", "\u0301",
    "Turkish ", "’s ",        "Sea",         "Lake ",
    "🇫🇷",       "St. ",       "(",           "São Paulo",
    "\u200d",   "New ",       "York",        "Police Department",
    "in ",      "Jordan ",    ". ",          "A",
};

static void spans_of_hostile_texts(void **state)
{
    uint64_t random = 11;
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
        const struct result *result = bench_analyse(*state, text);
        const struct result_place *places = result->places.items;
        uint32_t end = (uint32_t)utf8_length(result->text), before = 0;
        for (size_t i = 0; i < result->places.count; i++) {
            assert_true(places[i].start < places[i].end && places[i].end <= end);
            assert_true(places[i].start >= before);
            before = places[i].end;
            size_t at = 0;
            for (uint32_t point = 0; point < places[i].start; point++)
                (void)utf8_next(result->text, &at);
            assert_true(at + places[i].text.len <= result->text.len);
            assert_memory_equal(result->text.data + at, places[i].text.data, places[i].text.len);
            assert_int_equal(utf8_length(places[i].text), places[i].end - places[i].start);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_found, analysis_bench_open, analysis_bench_close),
        cmocka_unit_test_setup_teardown(publisher_decides, analysis_bench_open,
                                        analysis_bench_close),
        cmocka_unit_test_setup_teardown(focus_of_the_article, analysis_bench_open,
                                        analysis_bench_close),
        cmocka_unit_test_setup_teardown(spans_of_hostile_texts, analysis_bench_open,
                                        analysis_bench_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
