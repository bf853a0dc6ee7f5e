/* Pages: which blocks are the article, what is said of the others. The pages are ours, one for each
 * family of rules; real ones are measured by tests/quality. */
#include "analysis_bench.h"

#define PROSE_1                                                                                    \
    "The council of Lindholm voted on Tuesday to rebuild the old bridge, which has been closed "   \
    "since the flood of last autumn, and to pay for it from the reserve."
#define PROSE_2                                                                                    \
    "Nobody spoke against the plan. The mayor said that work could begin in May, as soon as the "  \
    "river is low enough, and that it would take about eleven months."
#define PROSE_3                                                                                    \
    "For the people on the eastern bank the vote ends a winter of detours: their children had to " \
    "take a bus over the motorway, forty minutes each way."

static const struct result *page_at(struct analysis_bench *bench, const char *url, const char *html)
{
    struct article article = {.body = slice_from(html),
                              .type = slice_from("text/html"),
                              .url = url ? slice_from(url) : SLICE_NULL,
                              .published_ms = INT64_MIN};
    return bench_article(bench, &article);
}

static const struct result *page(struct analysis_bench *bench, const char *html)
{
    return page_at(bench, NULL, html);
}

/* Why `words` are left out; "" when they are not listed. */
static const char *why(const struct result *result, const char *words)
{
    static char reason[64];
    for (size_t i = 0; i < result->removed.count; i++) {
        const struct result_removed *removed =
            &((const struct result_removed *)result->removed.items)[i];
        if (!memmem(removed->text.data, removed->text.len, words, strlen(words)))
            continue;
        snprintf(reason, sizeof reason, "%.*s", (int)removed->why.len, removed->why.data);
        return reason;
    }
    return "";
}

static void test_furniture_goes(void **state)
{
    const struct result *result = page(
        *state,
        "<html><head><title>Bridge</title></head><body><nav><ul><li><a href=/>Start</a></li></ul>"
        "</nav><div class=cookie-banner><p>We would like to set some small files on your machine, "
        "as everybody does these days.</p></div><main><article><h1>Bridge to be rebuilt</h1>"
        "<div class=share-bar>Pass it on</div><p>" PROSE_1 "</p><p>" PROSE_2 "</p>"
        "<aside><p>Elsewhere: a long line about another town that has nothing to do with it.</p>"
        "</aside><p>" PROSE_3 "</p></article><section id=comments><p>A reader has written a long "
        "comment here, and it is about something else than the bridge altogether.</p></section>"
        "</main><footer><p>The Lindholm Gazette, 4 Mill Street, Lindholm, on the "
        "river.</p></footer>");
    assert_string_equal(result->text.data, PROSE_1 "\n\n" PROSE_2 "\n\n" PROSE_3);
    assert_string_equal(why(result, "small files"), "cookie-notice");
    assert_string_equal(why(result, "Pass it on"), "share");
    assert_string_equal(why(result, "another town"), "related");
    assert_string_equal(why(result, "A reader has"), "comments");
    assert_string_equal(why(result, "Mill Street"), "navigation");
    assert_string_equal(why(result, "Bridge to be rebuilt"), "title");
}

static void test_structure_stays(void **state)
{
    const struct result *result =
        page(*state,
             "<body><div class=entry-content><p>" PROSE_1 "</p><h2>What it costs</h2><ul><li>Two "
             "million for the piers</li><li>One million for the road</li></ul><blockquote><p>We "
             "have waited long enough for this.</p></blockquote><table><tr><td>Bridge built</td>"
             "<td>1921</td></tr></table><figure><img src=b.jpg><figcaption>The old bridge in "
             "spring</figcaption></figure><p>" PROSE_2 "</p></div>");
    assert_string_equal(result->text.data,
                        PROSE_1 "\n\nWhat it costs\n\nTwo million for the piers\n\nOne million for "
                                "the road\n\nWe have waited long enough for this.\n\nBridge built"
                                "\n\n1921\n\n" PROSE_2);
    assert_string_equal(why(result, "in spring"), "caption");
}

/* Classes tell nothing here: three elements that look alike, each a link and a few words. */
static void test_teasers_go(void **state)
{
    char html[4000], *at = html;
    at += sprintf(at, "<body><div><div><p>" PROSE_1 "</p><p>" PROSE_2 "</p><p>" PROSE_3
                      "</p></div><div>");
    for (int i = 0; i < 5; i++)
        at += sprintf(at,
                      "<div class=x7><a href=/%d>Another story of the day, number %d</a><p>It says "
                      "what is in it in one sentence that could stand anywhere.</p></div>",
                      i, i);
    sprintf(at, "</div></div>");
    const struct result *result = page(*state, html);
    assert_string_equal(result->text.data, PROSE_1 "\n\n" PROSE_2 "\n\n" PROSE_3);
    assert_string_equal(why(result, "number 3"), "related");
}

/* A wrapper may be called anything: what holds nearly all of the prose is no side bar. */
static void test_wrappers_stay(void **state)
{
    const struct result *result =
        page(*state, "<body><form action=x><div class='layout sidebar'><p>" PROSE_1
                     "</p><p>" PROSE_2 "</p></div></form>");
    assert_string_equal(result->text.data, PROSE_1 "\n\n" PROSE_2);
}

/* What a page hides is not read; a quoted post of a network is. */
static void test_hidden_and_embedded(void **state)
{
    const struct result *result =
        page(*state, "<body><article><p>" PROSE_1 "</p><div class=social-media-embed><blockquote "
                     "class=twitter-tweet><p>Our bridge is back!</p></blockquote></div><p "
                     "style='display:none'>Nobody sees this line of text at all.</p><p>" PROSE_2
                     "</p></article>");
    assert_string_equal(result->text.data, PROSE_1 "\n\nOur bridge is back!\n\n" PROSE_2);
    assert_string_equal(why(result, "Nobody sees"), "hidden");
}

static void test_no_article_at_all(void **state)
{
    static const char *const pages[] = {"",
                                        "<",
                                        "<html>",
                                        "<script>for(;;){",
                                        "<!-- ",
                                        "<p",
                                        "<a b='",
                                        "<body><nav><a href=/>One</a></nav>",
                                        "&#0;&#x110000;&;"};
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
        assert_true(page(*state, pages[i])->text.len < 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_furniture_goes),      cmocka_unit_test(test_structure_stays),
        cmocka_unit_test(test_teasers_go),          cmocka_unit_test(test_wrappers_stay),
        cmocka_unit_test(test_hidden_and_embedded), cmocka_unit_test(test_no_article_at_all),
    };
    return cmocka_run_group_tests(tests, analysis_bench_open, analysis_bench_close);
}
