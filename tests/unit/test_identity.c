/* URLs as identity sees them, publishers, and content hashes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "proto/envelope.h"
#include "proto/url.h"
#include "proto/url_parts.h"

static void urls_become_canonical(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } cases[] = {
        /* scheme, host, port, user */
        {"http://Example.COM:80/News/", "https://example.com/News"},
        {"https://example.com:8443/", "https://example.com:8443"},
        {"https://user:secret@example.com/a", "https://example.com/a"},
        {"https://example.com./a", "https://example.com/a"},
        {"  https://example.com/x ", "https://example.com/x"},
        {"https://M\xc3\xbcnchen.example/x", "https://xn--mnchen-3ya.example/x"},
        {"https://xn--mnchen-3ya.example/x", "https://xn--mnchen-3ya.example/x"},
        {"https://\xe4\xbe\x8b\xe3\x81\x88.jp/", "https://xn--r8jz45g.jp"},
        {"https://192.0.2.7/a", "https://192.0.2.7/a"},
        {"https://[2001:DB8::1]:443/a", "https://[2001:db8::1]/a"},
        /* hosts of variants */
        {"https://www.example.com/a", "https://example.com/a"},
        {"https://m.example.com/a", "https://example.com/a"},
        {"https://mobile.example.co.uk/a", "https://example.co.uk/a"},
        {"https://amp.example.com/a", "https://example.com/a"},
        {"https://www.m.example.com/a", "https://example.com/a"},
        {"https://en.m.example.org/wiki/A", "https://en.example.org/wiki/A"},
        {"https://m.me/a", "https://m.me/a"},
        {"https://www.gov.uk/a", "https://www.gov.uk/a"},
        {"https://mobile.de/a", "https://mobile.de/a"},
        {"https://sport.example.com/a", "https://sport.example.com/a"},
        {"https://mm.example.com/a", "https://mm.example.com/a"},
        /* escapes and paths */
        {"https://example.com/%7euser/%c3%a9", "https://example.com/~user/%C3%A9"},
        {"https://example.com/\xc3\xa9 x", "https://example.com/%C3%A9%20x"},
        {"https://example.com/a%2Fb", "https://example.com/a%2Fb"},
        {"https://example.com/a/../b/./c", "https://example.com/b/c"},
        {"https://example.com/a/%2E%2E/b", "https://example.com/b"},
        {"https://example.com/100%", "https://example.com/100%"},
        {"https://example.com/a/index.html", "https://example.com/a"},
        {"https://example.com/Index.PHP?id=3", "https://example.com?id=3"},
        {"https://example.com/index.html.zip", "https://example.com/index.html.zip"},
        {"https://example.com/a;jsessionid=1F2?x=1", "https://example.com/a?x=1"},
        {"https://example.com/a//b", "https://example.com/a//b"},
        {"https://example.com/A", "https://example.com/A"},
        /* AMP */
        {"https://example.com/a/amp/", "https://example.com/a"},
        {"https://example.com/a.amp", "https://example.com/a"},
        {"https://example.com/a?amp=1", "https://example.com/a"},
        {"https://example.com/a?amp&outputType=amp", "https://example.com/a"},
        {"https://example.com/a?amp=volt", "https://example.com/a?amp=volt"},
        {"https://example.com/amp", "https://example.com/amp"},
        {"https://example.com/camp", "https://example.com/camp"},
        {"https://example.com/guitar/amps", "https://example.com/guitar/amps"},
        {"https://www.google.com/amp/s/www.example.com/a/amp/?id=2", "https://example.com/a?id=2"},
        {"https://www.google.co.uk/amp/example.com/a", "https://example.com/a"},
        {"https://www.google.com/amp/nothing", "https://google.com/amp/nothing"},
        {"https://google.example.com/amp/s/other.example/a",
         "https://google.example.com/amp/s/other.example/a"},
        {"https://www-example-com.cdn.ampproject.org/c/s/www.example.com/a?amp_js_v=0.1",
         "https://example.com/a"},
        {"https://cdn.ampproject.org/v/example.com/a", "https://example.com/a"},
        {"https://www-example-com.cdn.ampproject.org/i/s/www.example.com/a.png",
         "https://www-example-com.cdn.ampproject.org/i/s/www.example.com/a.png"},
        /* queries */
        {"https://example.com:443/a?utm_source=x&id=7&fbclid=y#top", "https://example.com/a?id=7"},
        {"https://example.com/a?b=2&a=1&b=1", "https://example.com/a?a=1&b=2&b=1"},
        {"https://example.com/?UTM_Campaign=1", "https://example.com"},
        {"https://example.com/?utmost=1", "https://example.com?utmost=1"},
        {"https://example.com/?a=1&amp;utm_medium=x&amp;c=2", "https://example.com?a=1&c=2"},
        {"https://example.com/?a=%7e%2f%26", "https://example.com?a=~%2F%26"},
        {"https://example.com/?", "https://example.com"},
        {"https://example.com/?&&", "https://example.com"},
        {"https://example.com/?ref=4711&source=rss", "https://example.com?ref=4711&source=rss"},
        {"https://example.com/?20240501", "https://example.com?20240501"},
        /* fragments */
        {"https://example.com/a#comments", "https://example.com/a"},
        {"https://example.com/#!/article/5", "https://example.com#!/article/5"},
        {"https://example.com/app#/article/5", "https://example.com/app#/article/5"},
        /* what is no web address */
        {"urn:isbn:0451450523", "urn:isbn:0451450523"},
        {"mailto:a@example.com", "mailto:a@example.com"},
        {"not a url", "not a url"},
        {"", ""},
    };
    struct arena *arena = arena_new(1 << 16);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        arena_reset(arena);
        struct slice site, out = url_canonical(slice_from(cases[i].in), &site, arena);
        if (!slice_is(out, cases[i].out))
            fail_msg("%s: got %.*s, not %s", cases[i].in, (int)out.len, out.data, cases[i].out);
        assert_true(slice_equal(url_canonical(out, NULL, arena), out));
        assert_true(slice_equal(site, url_site(slice_from(cases[i].in), arena)));
    }
    arena_free(arena);
}

static void sites_are_registrable_domains(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"https://www.news.example.co.uk/a", "example.co.uk"},
        {"https://Example.org", "example.org"},
        {"http://192.0.2.7/a", "192.0.2.7"},
        {"http://localhost:8080/", "localhost"},
        {"mailto:a@example.org", NULL},
        {"", NULL},
    };
    struct arena *arena = arena_new(1 << 16);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct slice out = url_site(slice_from(cases[i].in), arena);
        if (cases[i].out)
            assert_true(slice_is(out, cases[i].out));
        else
            assert_null(out.data);
    }
    arena_free(arena);
}

/* More hosts than are remembered, each three times, those of one length in one place among them;
 * and one too long to be remembered. */
static void hosts_are_remembered_for_what_they_are(void **state)
{
    (void)state;
    static const char *const domains[] = {"example.org", "example.co.uk", "example.com.au"};
    struct arena *arena = arena_new(1 << 16);
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < 3000; i++) {
            char url[160];
            const char *domain = domains[i % 3];
            (void)snprintf(url, sizeof url, "https://%s%d.%s/a",
                           i % 7 ? "n" : "a-name-that-is-a-great-deal-longer-than-most-hosts-have-",
                           i, domain);
            arena_reset(arena);
            assert_true(slice_is(url_site(slice_from(url), arena), domain));
        }
    arena_free(arena);
}

static void links_are_resolved_and_taken_apart(void **state)
{
    (void)state;
    static const struct {
        const char *base, *url, *whole, *origin, *target;
    } cases[] = {
        {"https://n.example/a/b?c", "../d?e#f", "https://n.example/d?e#f", "https://n.example",
         "/d?e"},
        {"https://n.example/a/b", "?x", "https://n.example/a/b?x", "https://n.example", "/a/b?x"},
        {"https://n.example/a", "//m.example:81/x", "https://m.example:81/x",
         "https://m.example:81", "/x"},
        {"https://n.example/a", "http://M.example:80", "http://M.example:80", "http://m.example",
         "/"},
        {"not a url", "/d", "/d", NULL, NULL},
        {"https://n.example/", "mailto:a@n.example", "mailto:a@n.example", NULL, NULL},
        {NULL, "x", "x", NULL, NULL},
    };
    struct arena *arena = arena_new(1 << 16);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct slice whole =
            url_resolve(slice_from(cases[i].base), slice_from(cases[i].url), arena);
        assert_true(slice_is(whole, cases[i].whole));
        struct slice origin = url_origin(whole, arena), target = url_target(whole, arena);
        assert_true(cases[i].origin ? slice_is(origin, cases[i].origin) : !origin.data);
        assert_true(cases[i].target ? slice_is(target, cases[i].target) : !target.data);
        assert_int_equal(url_is_web(whole, arena), cases[i].origin != NULL);
    }
    assert_true(url_is_front(SLICE_LITERAL("https://www.n.example/index.html?x=1"), arena));
    assert_false(url_is_front(SLICE_LITERAL("https://www.n.example/a"), arena));
    assert_false(url_is_front(SLICE_LITERAL("no"), arena));
    arena_free(arena);
}

static struct article article_of(const char *url, const char *title, const char *body)
{
    return (struct article){.version = 1,
                            .url = slice_from(url),
                            .title = slice_from(title),
                            .body = slice_from(body),
                            .published_ms = CLOCK_NONE};
}

static void assert_slice(struct slice got, struct slice wanted)
{
    assert_int_equal(got.len, wanted.len);
    assert_memory_equal(got.data, wanted.data, wanted.len);
}

/* A URL of pieces at random, most of them harmless. */
static size_t make_url(char out[256], uint32_t *chance)
{
    static const char *const starts[] = {"https://", "http://", "https://", "HTTPS://", "ftp://"};
    static const char *const hosts[] = {"", ".com/", ".co.uk/a", "/", ".org", "-1.example/b"};
    static const char *const pieces[] = {
        "a",  "news", "example", ".",  ".com", ".co.uk", "-",  "7",  "127.0.0.1", "/",    "/a-b",
        "/.", "/..",  "x.html",  "?",  "?id=", "=",      "&",  "&b", "_",         "~",    "%41",
        ":",  ":80",  "#",       "@",  " ",    "A",      "//", "+",  ",",         "[",    "0x1f",
        ";",  "é",    "$",       "./", "'",    "!",      "\\", "|",  "\"",        "xn--", "www."};
    size_t len = 0;
    *chance = *chance * 1664525 + 1013904223;
    const char *start = starts[(*chance >> 16) % (sizeof starts / sizeof *starts)];
    const char *host = hosts[(*chance >> 24) % (sizeof hosts / sizeof *hosts)];
    len += (size_t)sprintf(out, "%sexample%s", start, host);
    for (uint32_t i = 0, count = (*chance >> 8) % 9; i < count; i++) {
        *chance = *chance * 1664525 + 1013904223;
        len += (size_t)sprintf(out + len, "%s",
                               pieces[(*chance >> 16) % (sizeof pieces / sizeof *pieces)]);
    }
    return len;
}

static void plain_urls_are_split_as_the_parser_splits_them(void **state)
{
    (void)state;
    struct arena *arena = arena_new(1 << 16);
    struct url_parts plain, parsed;
    char url[256];
    uint32_t chance = 7, met = 0;
    for (int i = 0; i < 200000; i++) {
        struct slice text = {url, make_url(url, &chance)};
        arena_reset(arena);
        if (text.data[text.len - 1] == ' ' || !url_split_plain(text, &plain, arena))
            continue;
        met++;
        assert_true(url_split_parsed(text, &parsed, arena));
        assert_slice(plain.scheme, parsed.scheme);
        assert_slice(plain.host, parsed.host);
        assert_slice(plain.port, parsed.port);
        assert_slice(plain.path, parsed.path);
        assert_slice(plain.query, parsed.query);
        assert_slice(plain.fragment, parsed.fragment);
    }
    assert_true(met > 10000);
    arena_free(arena);
}

static void identity_is_the_url_or_else_the_content(void **state)
{
    (void)state;
    struct arena *arena = arena_new(1 << 16);
    struct article articles[] = {
        article_of("http://example.com/a?utm_medium=rss", "T", "One body."),
        article_of("https://example.com/a/", "T", "Another  body."),
        article_of(NULL, "T", "One body."),
        article_of(NULL, "T", " One\n\tbody.  "),
        article_of(NULL, "T", "One bodies."),
    };
    struct envelope of[5];
    for (int i = 0; i < 5; i++)
        envelope_identify(&of[i], &articles[i], arena);
    assert_true(uuid_equal(&of[0].article, &of[1].article));
    assert_false(uuid_equal(&of[0].content, &of[1].content));
    assert_true(uuid_equal(&of[0].content, &of[2].content));
    assert_true(uuid_equal(&of[2].article, &of[3].article));
    assert_false(uuid_equal(&of[2].article, &of[4].article));
    assert_false(uuid_equal(&of[0].article, &of[2].article));
    arena_free(arena);
}

/* One byte after the other, as the rule says it. */
static void normalise_plainly(const char *text, char *out)
{
    size_t len = 0;
    for (; *text; text++) {
        bool space = strchr(" \t\n\v\f\r", *text) != NULL;
        if (!space)
            out[len++] = *text;
        else if (len > 0 && out[len - 1] != ' ')
            out[len++] = ' ';
    }
    if (len > 0 && out[len - 1] == ' ')
        len--;
    out[len] = '\0';
}

static void white_space_is_told_apart_in_any_place(void **state)
{
    (void)state;
    static const char letters[] = "abcdefgh!\x01\x1f\x7f\xc3\xa9   \t\n\v\f\r";
    struct arena *arena = arena_new(1 << 20);
    uint64_t chance = 20261127;
    struct uuid before = {{0}};
    char plain_before[64] = "";
    for (int round = 0; round < 20000; round++) {
        char text[64] = "", plain[64];
        size_t len = (size_t)(round % 60);
        for (size_t i = 0; i < len; i++) {
            chance = chance * 6364136223846793005u + 1442695040888963407u;
            text[i] = letters[(chance >> 33) % (round % 2 ? sizeof letters - 1 : 17)];
        }
        normalise_plainly(text, plain);
        struct article articles[] = {article_of(NULL, NULL, text), article_of(NULL, NULL, plain)};
        struct envelope of[2];
        for (int i = 0; i < 2; i++)
            envelope_identify(&of[i], &articles[i], arena);
        assert_true(uuid_equal(&of[0].content, &of[1].content));
        if (round > 0)
            assert_int_equal(uuid_equal(&of[0].content, &before), strcmp(plain, plain_before) == 0);
        before = of[0].content;
        memcpy(plain_before, plain, sizeof plain);
        arena_reset(arena);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_become_canonical),
        cmocka_unit_test(sites_are_registrable_domains),
        cmocka_unit_test(hosts_are_remembered_for_what_they_are),
        cmocka_unit_test(links_are_resolved_and_taken_apart),
        cmocka_unit_test(plain_urls_are_split_as_the_parser_splits_them),
        cmocka_unit_test(identity_is_the_url_or_else_the_content),
        cmocka_unit_test(white_space_is_told_apart_in_any_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
