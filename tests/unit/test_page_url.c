/* Which URL a page says is its own, and which of those are believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "worker/sources/page_url.h"

#define SAME "https://n.example.org/a?x=1"

static void canonical_links_are_believed_with_reason(void **state)
{
    (void)state;
    static const struct {
        const char *html, *expect;
    } cases[] = {
        {"<html><head><link rel=\"canonical\" href=\"https://n.example.org/b\">",
         "https://n.example.org/b"},
        {"<LINK HREF=/b REL=canonical>", "https://n.example.org/b"},
        {"<link\nrel='nofollow canonical'\thref = '/b?c=1&amp;d=2' />",
         "https://n.example.org/b?c=1&d=2"},
        {"<link rel=canonical href=https://www.example.org/b>", "https://www.example.org/b"},
        {"<link rel=stylesheet href=/s><link rel=canonical href=/b><link rel=canonical href=/c>",
         "https://n.example.org/b"},
        /* hidden, or behind the head */
        {"<!-- <link rel=canonical href=/b> --><p>", SAME},
        {"<script>'<link rel=canonical href=/b>'</script>", SAME},
        {"<body><link rel=canonical href=/b>", SAME},
        /* not to be believed */
        {"<link rel=canonical href=https://other.example.com/b>", SAME},
        {"<link rel=canonical href=https://n.example.org/>", SAME},
        {"<link rel=canonical href=https://www.example.org/index.html>", SAME},
        {"<link rel=canonical href=javascript:x>", SAME},
        {"<link rel=canonical href=\"\">", SAME},
        {"<link rel=canonical>", SAME},
        {"<link rel=canonicalised href=/b>", SAME},
        {"<linker rel=canonical href=/b>", SAME},
        /* broken */
        {"<link rel=canonical href=\"/b", "https://n.example.org/b"},
        {"<link rel=", SAME},
        {"<link =", SAME},
        {"<link", SAME},
        {"<", SAME},
        {"", SAME},
    };
    struct arena *arena = arena_new(1 << 16);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        arena_reset(arena);
        struct slice url = page_url(slice_from(cases[i].html), SLICE_LITERAL(SAME), arena);
        if (!slice_is(url, cases[i].expect))
            fail_msg("%s: got %.*s", cases[i].html, (int)url.len, url.data);
    }
    arena_free(arena);
}

static void a_page_without_url_has_what_it_says(void **state)
{
    (void)state;
    struct arena *arena = arena_new(1 << 16);
    struct slice html = SLICE_LITERAL("<link rel=canonical href=https://n.example.org/b>");
    assert_true(slice_is(page_url(html, SLICE_NULL, arena), "https://n.example.org/b"));
    html = SLICE_LITERAL("<link rel=canonical href=/b>");
    assert_null(page_url(html, SLICE_NULL, arena).data);
    assert_null(page_url(SLICE_NULL, SLICE_NULL, arena).data);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonical_links_are_believed_with_reason),
        cmocka_unit_test(a_page_without_url_has_what_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
