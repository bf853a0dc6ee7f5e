/* Other languages than English: countries, days and numbers as CLDR names and writes them, in the
 * languages that are promised. What a language lacks is empty. */
#include "tests/unit/analysis_bench.h"

#define COUNTRIES 3
#define DAYS      2

static const struct row {
    const char *language, *text;
    const char *countries[COUNTRIES]; /* keys, in the order of the text; NULL ends */
    const char *days[DAYS];
    double number; /* one of the amounts */
} rows[] = {
    {"de",
     "Der Bundeskanzler sagte am 3. März 2024 in Hamburg, 1.500 Menschen seien aus der Ukraine "
     "nach Deutschland und Frankreich geflohen. Am Montag sollen 12,5 Millionen Euro gezahlt "
     "werden.",
     {"country:UA", "country:DE", "country:FR"},
     {"2024-03-03", "2024-03-04"},
     12.5e6},
    {"fr",
     "Le ministre a déclaré le 3 mars 2024 que 1 500 personnes ont quitté la Belgique pour le "
     "Portugal. Lundi, 12,5 millions d’euros seront versés.",
     {"country:BE", "country:PT"},
     {"2024-03-03", "2024-03-04"},
     12.5e6},
    {"es",
     "El ministro dijo el 3 de marzo de 2024 que 1.500 personas llegaron de Alemania a España. El "
     "lunes se pagarán 12,5 millones de euros a Francia.",
     {"country:DE", "country:ES", "country:FR"},
     {"2024-03-03", "2024-03-04"},
     1500},
    {"ru",
     "Министр заявил 3 марта 2024 года, что 1500 человек приехали из Германии в Россию. В "
     "понедельник Франция заплатит 12,5 миллиона евро.",
     {"country:DE", "country:RU", "country:FR"},
     {"2024-03-03", "2024-03-04"},
     12.5e6},
    {"zh",
     "外交部发言人2024年3月3日说，1500人从德国来到日本。法国星期一将支付3亿欧元。",
     {"country:DE", "country:JP", "country:FR"},
     {"2024-03-03", "2024-03-04"},
     3e8},
    {"ja",
     "外務省は2024年3月3日、1500人がドイツから日本に到着したと発表した。フランスは月曜日に3億ユーロ"
     "を"
     "支払う。",
     {"country:DE", "country:JP", "country:FR"},
     {"2024-03-03", "2024-03-04"},
     3e8},
    {"ko",
     "외교부는 2024년 3월 3일 1500명이 독일에서 왔다고 밝혔다. 프랑스는 월요일에 3억 유로를 "
     "지불한다.",
     {"country:DE", "country:FR"},
     {"2024-03-03", "2024-03-04"},
     3e8},
    {"ar",
     "قال الوزير يوم 3 مارس 2024 إن 1500 شخص وصلوا من ألمانيا إلى مصر. وستدفع فرنسا ١٢ مليون يورو "
     "يوم الاثنين.",
     {"country:DE", "country:EG", "country:FR"},
     {"2024-03-03", "2024-03-04"},
     1500},
};

static const struct result *analyse(void **state, const struct row *row)
{
    struct article article = {.body = slice_from(row->text), .published_ms = 1709632800000};
    const struct result *result = bench_article(*state, &article);
    if (!slice_is(result->language.code, row->language))
        fail_msg("%.*s is taken for the language of: %s", (int)result->language.code.len,
                 result->language.code.data, row->text);
    return result;
}

static void check_countries(const struct result *result, const struct row *row)
{
    size_t at = 0;
    for (size_t i = 0; i < COUNTRIES && row->countries[i]; i++) {
        while (at < result->names.count &&
               !slice_is(field_at(result->names, struct result_name, at)->key, row->countries[i]))
            at++;
        if (at == result->names.count)
            fail_msg("no %s in: %s", row->countries[i], row->text);
    }
}

static void check_places(const struct result *result, const struct row *row)
{
    size_t found = 0, wanted = 0;
    for (size_t i = 0; i < COUNTRIES && row->countries[i]; i++)
        wanted++;
    for (size_t i = 0; i < result->places.count; i++) {
        const struct result_place *place = field_at(result->places, struct result_place, i);
        found += slice_is(place->kind, "country") && place->lat > -90 && place->country.data;
    }
    if (found < wanted)
        fail_msg("%zu countries with coordinates in: %s", found, row->text);
}

static void check_days(const struct result *result, const struct row *row)
{
    assert_int_equal(result->dates.count, DAYS);
    for (size_t i = 0; i < DAYS; i++)
        if (!slice_is(field_at(result->dates, struct result_date, i)->value, row->days[i]))
            fail_msg("no %s in: %s", row->days[i], row->text);
}

static void check_number(const struct result *result, const struct row *row)
{
    bool found = false;
    for (size_t i = 0; i < result->amounts.count; i++) {
        double off = field_at(result->amounts, struct result_amount, i)->value - row->number;
        found |= off < 1e-6 && off > -1e-6;
    }
    if (!found)
        fail_msg("no %f in: %s", row->number, row->text);
}

static void test_languages(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct result *result = analyse(state, &rows[i]);
        check_countries(result, &rows[i]);
        check_places(result, &rows[i]);
        check_days(result, &rows[i]);
        check_number(result, &rows[i]);
        assert_true(result->sentences.count == 2);
        assert_int_equal(result->events.count, 0); /* these need English */
        assert_int_equal(result->tokens.count, 0);
    }
}

/* Countries where their names are hard to see: behind an elided article, in a sentence without
 * spaces, with endings or particles stuck to them, by the name that people use. And where there is
 * none: an adjective behind an article, a name inside another word. */
static const struct running {
    const char *language, *text;
    const char *places[COUNTRIES + 2]; /* as the text has them, in its order; NULL ends */
} running[] = {
    {"fr",
     "Le président a déclaré que l'Allemagne et l’Italie signeraient un accord, mais la "
     "délégation d'Ukraine et celle d’Espagne attendent.",
     {"Allemagne", "Italie", "Ukraine", "Espagne"}},
    {"fr", "Elle apprend l'allemand et lit d’autres livres chez l’italienne.", {NULL}},
    {"it",
     "Il ministro ha detto che l'Ungheria e l’Albania firmeranno, mentre dall'Austria arrivano "
     "critiche.",
     {"Ungheria", "Albania", "Austria"}},
    {"ca", "El govern de l'Argentina i el d’Espanya van signar.", {"Argentina", "Espanya"}},
    {"zh", "周二，中国愿意与韩国和日本加强合作。", {"中国", "韩国", "日本"}},
    {"ja", "政府は中国と韓国に懸念を表明し、米国とも協議する。", {"中国", "韓国", "米国"}},
    {"ko",
     "한국 정부는 중국과 일본에 유감을 표명했다. 미국의 대통령도 한국을 방문한다.",
     {"한국", "중국", "일본", "미국", "한국"}},
    {"ar", "وزارت وفود من الصين والسعودية بالعراق.", {"الصين", "السعودية", "العراق"}},
    {"ru", "Переговоры в Украине и США продолжаются.", {"Украине", "США"}},
    {"th", "ประเทศไทยและจีนลงนามกับญี่ปุ่น", {"ไทย", "จีน", "ญี่ปุ่น"}},
    {"hi", "ऑस्ट्रेलिया और जापान ने समझौता किया।", {"ऑस्ट्रेलिया", "जापान"}},
};

static void test_running_text(void **state)
{
    for (size_t i = 0; i < sizeof running / sizeof *running; i++) {
        struct article article = {.body = slice_from(running[i].text),
                                  .language = slice_from(running[i].language)};
        const struct field_list *places = &bench_article(*state, &article)->places;
        size_t count = 0;
        while (count < COUNTRIES + 2 && running[i].places[count])
            count++;
        for (size_t j = 0; j < count && j < places->count; j++)
            if (!slice_is(field_at(*places, struct result_place, j)->text, running[i].places[j]))
                fail_msg("no %s in: %s", running[i].places[j], running[i].text);
        if (places->count != count)
            fail_msg("%zu places in: %s", (size_t)places->count, running[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_languages),
                                       cmocka_unit_test(test_running_text)};
    return cmocka_run_group_tests(tests, analysis_bench_open, analysis_bench_close);
}
