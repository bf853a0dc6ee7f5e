/* Pages that are made to hurt: each ends, with little more work for twice the bytes. Work is
 * counted in the arena's bytes and in what goes to the parser; the time of the whole test has a
 * limit too. */
#include "analysis_bench.h"

#include <time.h>

#include "common/clock.h"
#include "worker/analysis/page/html.h"

#define SECONDS_MAX 20 /* of one core; with sanitizers, too */
#ifdef NEWSMILL_SANITIZED
#define BYTES_MAX 500000
#else
#define BYTES_MAX 10000000
#endif

static struct slice repeat(const char *start, const char *unit, size_t bytes, struct buffer *out)
{
    buffer_clear(out);
    buffer_append_slice(out, slice_from(start));
    while (out->len < bytes)
        buffer_append_slice(out, slice_from(unit));
    return buffer_slice(out);
}

static const struct {
    const char *start, *unit;
} hostile[] = {
    {"", "<div>"},
    {"", "</div>"},
    {"", "<div class=date>"},
    {"", "<p>x"},
    {"", "<b><p>"},
    {"", "<a href=/x>y "},
    {"", "<table><tr><td>"},
    {"<table>", "x<b>"},
    {"", "<ul><li>"},
    {"", "<font a=b>"},
    {"<script>", "x<y "},
    {"<script type='application/ld+json'>", "[{\"a\":"},
    {"", "<script type='application/ld+json'>{\"@graph\":[{\"author\":\"a, b and c\"}]}</script>"},
    {"<!--", "- -> "},
    {"<svg>", "<svg>"},
    {"<p ", "a='b' c "},
    {"<p ", "class='x' "},
    {"<p a=\"", "x y "},
    {"<p>", "&amp;&lt;&#x41;"},
    {"<p>", "&"},
    {"<p>", "&#99999999999;"},
    {"", "<h1>A title</h1>"},
    {"<title>A title", "|a - b"},
    {"", "<meta name=date content=x>"},
    {"", "<time>1 2 3 4</time>"},
    {"", "<p>On 3 May 20 and 4 May 21 and 5 May 22 they met again, once more, and again"},
    {"", "<div class='share related comments ad nav date'><a href=/>One two three four</a></div>"},
    {"", "<li><a href=/aaaa>One two three four five six</a></li>"},
    {"", "<"},
    {"", "< <a"},
    {"<plaintext>", "<p>"},
    {"", "<select><option>"},
    {"", "\r\n"},
    {"", "<frameset>"},
    {"", "<math><mi><svg><p>"},
    {"", "<template><div>"},
};

static size_t work(struct analysis_bench *bench, struct slice html)
{
    struct article article = {
        .body = html, .type = slice_from("text/html"), .published_ms = CLOCK_NONE};
    struct html_scripts scripts = {.count = 0};
    struct buffer straight;
    buffer_init(&straight, (size_t)64 << 20);
    html_straighten(html, &straight, &scripts);
    size_t bytes = straight.len;
    buffer_deinit(&straight);
    (void)bench_article(bench, &article);
    return bytes + arena_used(bench->arena);
}

/* Twice the page, at most about twice the work; a constant's worth is free. */
static void test_work_grows_with_size(void **state)
{
    struct buffer page;
    buffer_init(&page, (size_t)16 << 20);
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        size_t before = 0;
        for (size_t bytes = 20000; bytes <= 80000; bytes *= 2) {
            size_t now = work(*state, repeat(hostile[i].start, hostile[i].unit, bytes, &page));
            if (before && now > 2 * before + before / 4 + 200000)
                fail_msg("%s…: %zu for %zu bytes, %zu for half", hostile[i].unit, now, bytes,
                         before);
            before = now;
        }
    }
    buffer_deinit(&page);
}

/* The first, which nests deepest, in ten megabytes; the others in half a one. */
static void test_megabytes_end(void **state)
{
    struct buffer page;
    buffer_init(&page, (size_t)16 << 20);
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        struct slice html =
            repeat(hostile[i].start, hostile[i].unit, i == 0 ? BYTES_MAX : BYTES_MAX / 20, &page);
        clock_t start = clock();
        (void)work(*state, html);
        long long took = (long long)(clock() - start) * 1000 / CLOCKS_PER_SEC;
        if (getenv("NEWSMILL_SAY"))
            fprintf(stderr, "%6lld ms  %s%s\n", took, hostile[i].start, hostile[i].unit);
        if (took > SECONDS_MAX * 1000)
            fail_msg("%s%s…: %lld ms", hostile[i].start, hostile[i].unit, took);
    }
    buffer_deinit(&page);
}

/* Cut anywhere, a page gives text or none. */
static void test_cut_anywhere(void **state)
{
    static const char html[] =
        "<!DOCTYPE html><html lang=\"en\"><head><title>A &amp; B</title><meta name='date' "
        "content='2019-05-31'><script type='application/ld+json'>{\"@type\":\"Article\","
        "\"headline\":\"A\",\"author\":[{\"name\":\"Ann\"}]}</script></head><body><!-- x "
        "--><article>"
        "<h1>A</h1><p>Some words &#8211; <a href='/b'>and a link</a>, and more "
        "words.</p><ul><li>One"
        "<li>Two</ul><table><tr><td>x</table></article><svg><path d='M0'/></svg></body></html>";
    for (size_t len = 0; len < sizeof html; len++)
        (void)work(*state, (struct slice){html, len});
}

/* Bytes of which a charset leaves nothing. */
static void test_nothing_is_left(void **state)
{
    static const char *const charsets[] = {"utf-8", "utf-16", "iso-2022-jp", ""};
    static const char mark[] = "\xef\xbb\xbf";
    for (size_t i = 0; i < sizeof charsets / sizeof charsets[0]; i++)
        for (size_t len = 0; len < sizeof mark; len++) {
            struct article article = {.body = {mark, len},
                                      .body_is_binary = true,
                                      .type = slice_from("text/html"),
                                      .charset = slice_from(charsets[i]),
                                      .url = slice_from("https://www.example.org/2019/03/01/x"),
                                      .published_ms = CLOCK_NONE};
            (void)bench_article(*state, &article);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_work_grows_with_size),
        cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_nothing_is_left),
        cmocka_unit_test(test_megabytes_end),
    };
    return cmocka_run_group_tests(tests, analysis_bench_open, analysis_bench_close);
}
