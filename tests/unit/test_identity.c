/* URLs as identity sees them, publishers, and content hashes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/envelope.h"
#include "proto/url.h"

static void urls_become_canonical(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"http://Example.COM:80/News/", "https://example.com/News"},
        {"https://example.com:443/a?utm_source=x&id=7&fbclid=y#top", "https://example.com/a?id=7"},
        {"https://example.com/a?b=2&a=1", "https://example.com/a?b=2&a=1"},
        {"https://example.com:8443/", "https://example.com:8443"},
        {"  https://example.com/x ", "https://example.com/x"},
        {"https://example.com/a/../b", "https://example.com/b"},
        {"https://example.com/?UTM_Campaign=1", "https://example.com"},
        {"https://example.com/?utmost=1", "https://example.com?utmost=1"},
        {"urn:isbn:0451450523", "urn:isbn:0451450523"},
        {"not a url", "not a url"},
        {"", ""},
    };
    struct arena *arena = arena_new(1 << 16);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct slice out = url_canonical(slice_from(cases[i].in), arena);
        assert_string_equal(arena_copy(out, arena).data, cases[i].out);
        assert_true(slice_equal(url_canonical(out, arena), out));
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

static struct article article_of(const char *url, const char *title, const char *body)
{
    return (struct article){.version = 1,
                            .url = slice_from(url),
                            .title = slice_from(title),
                            .body = slice_from(body),
                            .published_ms = CLOCK_NONE};
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
    struct uuid identity[5], content[5];
    for (int i = 0; i < 5; i++)
        identity_of(&articles[i], &identity[i], &content[i], arena);
    assert_true(uuid_equal(&identity[0], &identity[1]));
    assert_false(uuid_equal(&content[0], &content[1]));
    assert_true(uuid_equal(&content[0], &content[2]));
    assert_true(uuid_equal(&identity[2], &identity[3]));
    assert_false(uuid_equal(&identity[2], &identity[4]));
    assert_false(uuid_equal(&identity[0], &identity[2]));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_become_canonical),
        cmocka_unit_test(sites_are_registrable_domains),
        cmocka_unit_test(identity_is_the_url_or_else_the_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
