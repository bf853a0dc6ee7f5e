/* Dates as pages write them, and which one of a page is believed. */
#include "analysis_bench.h"

#include "common/clock.h"
#include "worker/analysis/page/date.h"

static const char *written(struct page_date date)
{
    static char text[CLOCK_TEXT_BYTES];
    clock_format_zone(date.ms, date.zone, text);
    return text;
}

static const char *found_in(const char *language, bool month_first, const char *text)
{
    struct date_style style = {language, month_first, true, INT64_MAX};
    struct page_date date;
    size_t from = 0, to = 0;
    static char day[16];
    if (!date_in_text(slice_from(text), &style, &date, &from, &to))
        return "";
    snprintf(day, sizeof day, "%.10s", written(date));
    return day;
}

static void test_dates_in_text(void **state)
{
    static const struct {
        const char *language, *text, *day;
    } cases[] = {
        {"en", "Published on May 31st, 2019 at 5 pm", "2019-05-31"},
        {"en", "Friday 31 May 2019, by our reporter", "2019-05-31"},
        {"en", "31-May-19", "2019-05-31"},
        {"de", "Freitag, 31. Mai 2019", "2019-05-31"},
        {"de", "Stand: 31.05.2019 12:00 Uhr", "2019-05-31"},
        {"de", "am 3. März 2019 um", "2019-03-03"},
        {"fr", "Publié le 1er décembre 2019", "2019-12-01"},
        {"es", "31 de mayo de 2019", "2019-05-31"},
        {"it", "Roma, 31 maggio 2019", "2019-05-31"},
        {"pt", "31 de março de 2019", "2019-03-31"},
        {"nl", "vrijdag 31 mei 2019", "2019-05-31"},
        {"tr", "31 Mayıs 2019 Cuma", "2019-05-31"},
        {"ru", "31 мая 2019 г.", "2019-05-31"},
        {"pl", "31 maja 2019", "2019-05-31"},
        {"pl", "2 listopada 2019", "2019-11-02"},
        {"hr", "2. listopada 2019.", "2019-10-02"},
        {"hu", "2019. május 31.", "2019-05-31"},
        {"ja", "2019年5月31日（金）", "2019-05-31"},
        {"ko", "2019년 5월 31일", "2019-05-31"},
        {"zh", "发布时间：2019-5-31", "2019-05-31"},
        {"sv", "Publicerad 31 maj 2019", "2019-05-31"},
        {"", "2019/05/31", "2019-05-31"},
        {"", "Apr 042013", "2013-04-04"},
        /* No day, no date; no such day; a longer number; before the web. */
        {"en", "May 2019", ""},
        {"en", "© 2019 The Gazette", ""},
        {"en", "31 February 2019", ""},
        {"en", "version 1.2.2019.4", ""},
        {"en", "born on 3 May 1921", ""},
        {"en", "call 555-12-2019", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(found_in(cases[i].language, false, cases[i].text), cases[i].day);
    assert_string_equal(found_in("en", true, "5/6/2019"), "2019-05-06");
    assert_string_equal(found_in("en", false, "5/6/2019"), "2019-06-05");
    assert_string_equal(found_in("en", true, "25/6/2019"), "2019-06-25");
}

static void test_values(void **state)
{
    static const struct {
        const char *value, *time;
    } cases[] = {
        {"2019-05-31T23:30:00+02:00", "2019-05-31T23:30:00.000+02:00"},
        {"2019-05-31T23:30:00-0500", "2019-05-31T23:30:00.000-05:00"},
        {"2019-05-31", "2019-05-31T00:00:00.000Z"},
        {"Fri, 31 May 2019 23:30:00 +0200", "2019-05-31T23:30:00.000+02:00"},
        {"20190531", "2019-05-31T00:00:00.000Z"},
        {"1559345400", "2019-05-31T23:30:00.000Z"},
        {"1559345400000", "2019-05-31T23:30:00.000Z"},
        {"yesterday", ""},
        {"0001-01-01T00:00:00Z", ""},
        {"9", ""},
    };
    struct date_style style = {"en", true, true, INT64_MAX};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct page_date date;
        bool read = date_value(slice_from(cases[i].value), &style, &date);
        assert_string_equal(read ? written(date) : "", cases[i].time);
    }
}

static void test_urls(void **state)
{
    static const struct {
        const char *url, *day;
    } cases[] = {
        {"https://example.org/2017/05/31/bridge", "2017-05-31"},
        {"https://example.org/news/2017-5-3-bridge.html", "2017-05-03"},
        {"https://example.org/20170531/bridge", "2017-05-31"},
        {"https://example.org/2017/05/bridge", ""},
        {"https://example.org/article/120170531", ""},
        {"https://example.org/2017/13/31/", ""},
        {"https://example.org/1-800-2017", ""},
    };
    struct date_style style = {"en", true, true, INT64_MAX};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct page_date date;
        bool read = date_in_url(slice_from(cases[i].url), &style, &date);
        assert_memory_equal(read ? written(date) : "", cases[i].day, strlen(cases[i].day));
    }
}

static void test_never_later_than_received(void **state)
{
    struct date_style style = {"en", true, true, 1559345400000};
    struct page_date date;
    size_t from, to;
    (void)state;
    assert_false(date_value(slice_from("2019-07-31"), &style, &date));
    assert_true(date_in_text(slice_from("Concert: 3 July 2019. Written 3 May 2019."), &style, &date,
                             &from, &to));
    assert_memory_equal(written(date), "2019-05-03", 10);
}

#define PROSE                                                                                      \
    "<p>The council voted on Tuesday to rebuild the old bridge, which has been closed since the "  \
    "flood of last autumn, and to pay for it from the reserve.</p>"

/* From the most to the least trusted: each page says all that the ones below it say. */
static void test_whom_to_believe(void **state)
{
    static const struct {
        const char *head, *body, *day, *from;
    } cases[] = {
        {"<script type='application/ld+json'>{\"@type\":\"NewsArticle\",\"datePublished\":"
         "\"2019-01-01\"}</script><meta property=article:published_time content=2019-01-02>",
         "", "2019-01-01", "jsonld"},
        {"<meta property=article:modified_time content=2019-01-09><meta property="
         "article:published_time content=2019-01-02>",
         "<time datetime=2019-01-04>then</time>", "2019-01-02", "meta"},
        {"<meta name=date content=2019-01-05>",
         "<span itemprop=datePublished content=2019-01-03></span>", "2019-01-03", "meta"},
        {"<meta name=last-modified content=2019-01-09>",
         "<h1>Bridge</h1><time datetime=2019-01-04>then</time>" PROSE, "2019-01-04", "time"},
        {"", "<h1>Bridge</h1><p class=posted-on>4 January 2019</p>" PROSE "<p>3 March 2018</p>",
         "2019-01-04", "text"},
        {"", "<h1>Bridge</h1>" PROSE "<p>Veröffentlicht am 4. Januar 2019</p>", "2019-01-04",
         "text"},
        {"<meta property=article:modified_time content=2019-01-09>", "<h1>Bridge</h1>" PROSE,
         "2019-01-09", "meta"},
        {"",
         "<h1>Bridge</h1>" PROSE "<p>Lupa am 4.1.2019</p><div class=current-time>Aktuelles Datum: "
         "3.3.2020</div>",
         "2019-01-04", "text"},
        {"", "<h1>Bridge</h1>" PROSE "<footer>© 3 March 2018 The Gazette</footer>", "", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char html[4000], day[CLOCK_TEXT_BYTES] = "";
        snprintf(html, sizeof html, "<html lang=de><head>%s</head><body>%s</body>", cases[i].head,
                 cases[i].body);
        struct article article = {
            .body = slice_from(html), .type = slice_from("text/html"), .published_ms = CLOCK_NONE};
        const struct result *result = bench_article(*state, &article);
        if (result->published_ms != CLOCK_NONE)
            clock_format(result->published_ms, day);
        assert_int_equal(strncmp(day, cases[i].day, 10), 0);
        assert_int_equal(result->published_from.len, strlen(cases[i].from));
        assert_memory_equal(result->published_from.data ? result->published_from.data : "",
                            cases[i].from, strlen(cases[i].from));
    }
}

static void test_given_wins(void **state)
{
    struct article article = {
        .body = slice_from("<meta property=article:published_time content=2019-01-02>" PROSE),
        .type = slice_from("text/html"),
        .published_ms = 1000};
    const struct result *result = bench_article(*state, &article);
    assert_int_equal(result->published_ms, 1000);
    assert_memory_equal(result->published_from.data, "given", 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dates_in_text),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_urls),
        cmocka_unit_test(test_never_later_than_received),
        cmocka_unit_test(test_whom_to_believe),
        cmocka_unit_test(test_given_wins),
    };
    return cmocka_run_group_tests(tests, analysis_bench_open, analysis_bench_close);
}
