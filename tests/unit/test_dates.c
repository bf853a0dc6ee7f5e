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

static void what_is_found(void **state)
{
    int wrong = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct result *result = analyse(state, rows[i].text, WEDNESDAY_MS);
        size_t count = 0;
        while (count < FOUND_MAX && rows[i].found[count].text)
            count++;
        if (right(result, &rows[i], count))
            continue;
        wrong++;
        fprintf(stderr, "%s\n", rows[i].text);
        for (size_t j = 0; j < result->dates.count; j++) {
            const struct result_date *date = (const struct result_date *)result->dates.items + j;
            fprintf(stderr, "    %.*s = %.*s\n", (int)date->text.len, date->text.data,
                    (int)date->value.len, date->value.data);
        }
    }
    assert_int_equal(wrong, 0);
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
        cmocka_unit_test_setup_teardown(without_an_anchor, analysis_bench_open,
                                        analysis_bench_close),
        cmocka_unit_test_setup_teardown(dates_and_amounts, analysis_bench_open,
                                        analysis_bench_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
