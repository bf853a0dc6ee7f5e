/* Dates: what is found in a sentence and its value, against a Wednesday, 2018-06-06, noon. */
#include "tests/unit/analysis_bench.h"

#include <stdio.h>

#define WEDNESDAY_MS INT64_C(1528286400000)
#define FOUND_MAX    6

struct row {
    const char *text;
    struct {
        const char *text, *value;
    } found[FOUND_MAX];
};

static const struct row rows[] = {
    /* Days. */
    {"She was born on 4 July 1976.", {{"4 July 1976", "1976-07-04"}}},
    {"The attack on Sept. 11, 2001, is remembered.", {{"Sept. 11, 2001", "2001-09-11"}}},
    {"It was the 5th of June, or June 5th, or 22/Jan/2019, or 2019-aug-1.",
     {{"the 5th of June", "2018-06-05"},
      {"June 5th", "2018-06-05"},
      {"22/Jan/2019", "2019-01-22"},
      {"2019-aug-1", "2019-08-01"}}},
    {"On fifteen August nineteen hundred ninety three it began.",
     {{"fifteen August nineteen hundred ninety three", "1993-08-15"}}},
    {"Signed on 2019-01-04, 5/3/18, 23.04.2022 and 11/20.",
     {{"2019-01-04", "2019-01-04"},
      {"5/3/18", "2018-05-03"},
      {"23.04.2022", "2022-04-23"},
      {"11/20", "2018-11-20"}}},
    {"Written at 2018-06-12T09:30:00Z.", {{"2018-06-12T09:30:00", "2018-06-12T09:30"}}},
    {"On Friday, June 1, the court ruled.", {{"Friday, June 1", "2018-06-01"}}},
    {"He said on Monday that the talks would go on.", {{"Monday", "2018-06-04"}}},
    {"They will meet on Monday.", {{"Monday", "2018-06-11"}}},
    {"Next Tuesday, last Friday, this Sunday.",
     {{"Next Tuesday", "2018-06-12"},
      {"last Friday", "2018-06-01"},
      {"this Sunday", "2018-06-10"}}},
    {"Today, tomorrow, the day before yesterday, the day after tomorrow.",
     {{"Today", "2018-06-06"},
      {"tomorrow", "2018-06-07"},
      {"the day before yesterday", "2018-06-04"},
      {"the day after tomorrow", "2018-06-08"}}},
    {"It rained on 18 and 19 May.", {{"18", "2018-05-18"}, {"19 May", "2018-05-19"}}},
    {"Christmas, Easter 2019, Thanksgiving 2018, New Year's Eve 2016.",
     {{"Christmas", "2017-12-25"},
      {"Easter 2019", "2019-04-21"},
      {"Thanksgiving 2018", "2018-11-22"},
      {"New Year's Eve 2016", "2016-12-31"}}},
    /* Longer ones. */
    {"In May 2019, since August, by the end of next month.",
     {{"May 2019", "2019-05"},
      {"since August", "2017-08-01/.."},
      {"by the end of next month", "../2018-08-01"}}},
    {"The 2016 election, and 1945.", {{"2016", "2016"}, {"1945", "1945"}}},
    {"It began in the early 1990s, the '80s or the nineties.",
     {{"early 1990s", "199X"}, {"'80s", "198X"}, {"nineties", "199X"}}},
    {"Trade grew in the 19th century.", {{"the 19th century", "1800-01-01/1900-01-01"}}},
    {"Last week, this month, next year, this weekend.",
     {{"Last week", "2018-W22"},
      {"this month", "2018-06"},
      {"next year", "2019"},
      {"this weekend", "2018-W23-WE"}}},
    {"Q3 2016, the third quarter of 2017 and the first half of 2018.",
     {{"Q3 2016", "2016-07-01/2016-10-01"},
      {"the third quarter of 2017", "2017-07-01/2017-10-01"},
      {"the first half of 2018", "2018-01-01/2018-07-01"}}},
    {"In the summer of 2015; last spring; mid-March.",
     {{"summer of 2015", "2015-SU"}, {"last spring", "2017-SP"}, {"mid-March", "2018-03"}}},
    {"In the second week of 2021 and the last week of December 2016.",
     {{"the second week of 2021", "2021-W02"},
      {"the last week of December 2016", "2016-12-26/2017-01-02"}}},
    {"For fiscal 2018.", {{"fiscal 2018", "FY2018"}}},
    {"The first Friday of July; the day before Christmas; the week of the vote.",
     {{"The first Friday of July", "2018-07-06"}, {"the day before Christmas", "2017-12-24"}}},
    {"H1 2018, the '90s and the 90s, in the year of 2008.",
     {{"H1 2018", "2018-01-01/2018-07-01"}, {"'90s", "199X"}, {"90s", "199X"}, {"2008", "2008"}}},
    /* Times. */
    {"At 10:30 a.m. on Tuesday, at noon, at 17:05 and at half past eight in the evening.",
     {{"10:30 a.m. on Tuesday", "2018-06-05T10:30"},
      {"noon", "T12:00"},
      {"17:05", "T17:05"},
      {"half past eight in the evening", "T20:30"}}},
    {"This morning, last night, on Sunday night, tomorrow at 8.",
     {{"This morning", "2018-06-06TMO"},
      {"last night", "2018-06-05TNI"},
      {"Sunday night", "2018-06-03TNI"},
      {"tomorrow at 8", "2018-06-07T08:00"}}},
    {"He called about 9:15 p.m. Thursday.", {{"about 9:15 p.m. Thursday", "2018-05-31T21:15"}}},
    {"Two days ago at 5pm; 7pm EST on Tuesday; a quarter to six pm.",
     {{"Two days ago at 5pm", "2018-06-04T17:00"},
      {"7pm EST on Tuesday", "2018-06-05T19:00"},
      {"a quarter to six pm", "T17:45"}}},
    /* Stretches. */
    {"The war lasted from 1939 to 1945.", {{"from 1939 to 1945", "1939-01-01/1945-01-01"}}},
    {"Open between 3 and 5 pm on Saturday and 8-9am.",
     {{"between 3 and 5 pm on Saturday", "2018-06-02T15:00/2018-06-02T17:00"},
      {"8-9am", "T08:00/T09:00"}}},
    {"From Monday to Friday; 7-9 June; June 7 to July 3.",
     {{"From Monday to Friday", "2018-06-04/2018-06-08"},
      {"7-9 June", "2018-06-07/2018-06-09"},
      {"June 7 to July 3", "2018-06-07/2018-07-03"}}},
    {"Before 2010, after Feb 2018, until April 27th; 3 pm or later.",
     {{"Before 2010", "../2010-01-01"},
      {"after Feb 2018", "2018-03-01/.."},
      {"until April 27th", "../2018-04-27"},
      {"3 pm or later", "T15:00/.."}}},
    /* Lengths. */
    {"It took three days; or 1.5 hours; or an hour and a half.",
     {{"three days", "P3D"}, {"1.5 hours", "PT1.5H"}, {"an hour and a half", "PT1.5H"}}},
    {"He was jailed for 12 years and six months.", {{"12 years and six months", "P12Y6M"}}},
    {"Two weeks ago, in 5 minutes, 3 days from Friday, a decade ago.",
     {{"Two weeks ago", "2018-05-23"},
      {"in 5 minutes", "2018-06-06T12:05"},
      {"3 days from Friday", "2018-06-11"},
      {"a decade ago", "2008-06-06"}}},
    {"In the last two years; the next five days; within 2 hours.",
     {{"last two years", "2016-06-06/2018-06-06"},
      {"next five days", "2018-06-07/2018-06-12"},
      {"within 2 hours", "2018-06-06T12:00/2018-06-06T14:00"}}},
    /* What is none. */
    {"They may march in the sun; Theresa May sat; a second wave came; the Mars rover.",
     {{NULL, NULL}}},
    {"Room 2015, flight 1549, page 1914, 2000 people, 24/7, 51-49, 192.168.2.10.", {{NULL, NULL}}},
    {"She is in her 40s, he in his late 50s; for the first time in 125 years.",
     {{"125 years", "P125Y"}}},
    {"In the 2009-10 fiscal year.", {{"2009-10", "2009-01-01/2010-01-01"}}},
    {"They sold 5m copies at the 100m race of 3D printers.", {{NULL, NULL}}},
    {"Every Monday and each week; three quarters of them; Covid-19; the 4:3 ratio.",
     {{NULL, NULL}}},
    {"Tel: +86 138-2010-2015, 1,945 of them, $1999.", {{NULL, NULL}}},
};

static const struct result *analyse(void **state, const char *text, int64_t published_ms)
{
    struct article article = {
        .body = slice_from(text), .language = slice_from("en"), .published_ms = published_ms};
    return bench_article(*state, &article);
}

static bool right(const struct result *result, const struct row *row, size_t count)
{
    if (result->dates.count != count)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct result_date *date = (const struct result_date *)result->dates.items + i;
        if (!slice_is(date->text, row->found[i].text) ||
            !slice_is(date->value, row->found[i].value))
            return false;
    }
    return true;
}

/* Whether it is what the row says; what is found instead is printed. */
static bool is_as_said(const struct result *result, const struct row *row)
{
    size_t count = 0;
    while (count < FOUND_MAX && row->found[count].text)
        count++;
    if (right(result, row, count))
        return true;
    fprintf(stderr, "%s\n", row->text);
    for (size_t i = 0; i < result->dates.count; i++) {
        const struct result_date *date = (const struct result_date *)result->dates.items + i;
        fprintf(stderr, "    %.*s = %.*s\n", (int)date->text.len, date->text.data,
                (int)date->value.len, date->value.data);
    }
    return false;
}

static void what_is_found(void **state)
{
    int wrong = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        wrong += !is_as_said(analyse(state, rows[i].text, WEDNESDAY_MS), &rows[i]);
    assert_int_equal(wrong, 0);
}

static const struct {
    const char *language;
    struct row row;
} foreign_rows[] = {
    {"de",
     {"Er sagte am Montag, dass er am 3. Mai 2019 um 14:30 Uhr und im Jahr 2020 komme.",
      {{"Montag", "2018-06-04"},
       {"3. Mai 2019", "2019-05-03"},
       {"14:30 Uhr", "T14:30"},
       {"2020", "2020"}}}},
    {"de",
     {"Gestern, letzte Woche, vor 3 Tagen; Dienstag, den 5. Juni; am 12.06.2018.",
      {{"Gestern", "2018-06-05"},
       {"letzte Woche", "2018-W22"},
       {"vor 3 Tagen", "2018-06-03"},
       {"Dienstag, den 5. Juni", "2018-06-05"},
       {"12.06.2018", "2018-06-12"}}}},
    {"de", {"Vor 2000 Jahren kosteten 1500 Schafe 1914 Taler.", {{NULL, NULL}}}},
    {"fr",
     {"Aujourd’hui, le mardi 5 juin, il y a 3 jours, en mars 2017 et depuis 1945, le 1er mai.",
      {{"Aujourd’hui", "2018-06-06"},
       {"mardi 5 juin", "2018-06-05"},
       {"il y a 3 jours", "2018-06-03"},
       {"mars 2017", "2017-03"},
       {"1945", "1945"},
       {"1er mai", "2018-05-01"}}}},
    {"es",
     {"El ministro dijo que el 3 de mayo de 2019 vendrá; ayer no, hace 3 días tampoco.",
      {{"3 de mayo de 2019", "2019-05-03"},
       {"ayer", "2018-06-05"},
       {"hace 3 días", "2018-06-03"}}}},
    {"ru",
     {"Министр сказал вчера, что 3 мая 2019 года он приедет; 3 дня назад, в 2016 году.",
      {{"вчера", "2018-06-05"},
       {"3 мая 2019 года", "2019-05-03"},
       {"3 дня назад", "2018-06-03"},
       {"2016 году", "2016"}}}},
    {"zh",
     {"部长昨天表示，他将于2019年5月3日来；3天前，1990年代，5月。",
      {{"昨天", "2018-06-05"},
       {"2019年5月3日", "2019-05-03"},
       {"3天前", "2018-06-03"},
       {"1990年代", "199X"},
       {"5月", "2018-05"}}}},
    {"ja",
     {"大臣は月曜日に、6月5日に来ると述べた。先週、1945年以来。",
      {{"月曜日", "2018-06-04"},
       {"6月5日", "2018-06-05"},
       {"先週", "2018-W22"},
       {"1945年", "1945"}}}},
    {"ko",
     {"장관은 어제 2019년 5월 3일에 올 것이라고 말했다. 3일 전.",
      {{"어제", "2018-06-05"}, {"2019년 5월 3일", "2019-05-03"}, {"3일 전", "2018-06-03"}}}},
    {"ar",
     {"قال الوزير أمس إنه سيأتي في 3 مايو 2019، وقبل 3 أيام، ٥ يونيو ٢٠١٨.",
      {{"أمس", "2018-06-05"}, {"3 مايو 2019", "2019-05-03"}, {"٥ يونيو ٢٠١٨", "2018-06-05"}}}},
};

static void in_other_languages(void **state)
{
    int wrong = 0;
    for (size_t i = 0; i < sizeof foreign_rows / sizeof *foreign_rows; i++) {
        const struct row *row = &foreign_rows[i].row;
        struct article article = {.body = slice_from(row->text),
                                  .language = slice_from(foreign_rows[i].language),
                                  .published_ms = WEDNESDAY_MS};
        wrong += !is_as_said(bench_article(*state, &article), row);
    }
    assert_int_equal(wrong, 0);
}

/* A page says when and where it was written: late in the evening in Delhi it is still that day. */
static void where_it_was_written(void **state)
{
    struct article article = {
        .type = SLICE_LITERAL("text/html"),
        .language = SLICE_LITERAL("en"),
        .published_ms = INT64_MIN,
        .body = SLICE_LITERAL("<html><head><meta property=\"article:published_time\" "
                              "content=\"2018-06-07T00:30:00+05:30\"></head><body><article><p>The "
                              "minister said so today, and nobody was surprised at all by what he "
                              "had to say about it.</p></article></body></html>")};
    const struct result *result = bench_article(*state, &article);
    const struct result_date *dates = result->dates.items;
    assert_int_equal(result->dates.count, 1);
    assert_true(slice_is(dates[0].value, "2018-06-07"));
}

/* Without a day of publication only what says its own day is found. */
static void without_an_anchor(void **state)
{
    const struct result *result =
        analyse(state, "On 4 July 1976, in 1977, on Monday, last week, for three days.", INT64_MIN);
    const struct result_date *dates = result->dates.items;
    assert_int_equal(result->dates.count, 3);
    assert_true(slice_is(dates[0].value, "1976-07-04"));
    assert_true(slice_is(dates[1].value, "1977"));
    assert_true(slice_is(dates[2].value, "P3D"));
}

/* A year is no amount, a length of time is both. */
static void dates_and_amounts(void **state)
{
    const struct result *result =
        analyse(state, "Since 1945 it took 12 years, on 5 May.", WEDNESDAY_MS);
    const struct result_amount *amounts = result->amounts.items;
    assert_int_equal(result->amounts.count, 1);
    assert_true(slice_is(amounts[0].text, "12") || slice_is(amounts[0].text, "12 years"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_found, analysis_bench_open, analysis_bench_close),
        cmocka_unit_test_setup_teardown(in_other_languages, analysis_bench_open,
                                        analysis_bench_close),
        cmocka_unit_test_setup_teardown(where_it_was_written, analysis_bench_open,
                                        analysis_bench_close),
        cmocka_unit_test_setup_teardown(without_an_anchor, analysis_bench_open,
                                        analysis_bench_close),
        cmocka_unit_test_setup_teardown(dates_and_amounts, analysis_bench_open,
                                        analysis_bench_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
