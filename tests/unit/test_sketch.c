/* Sketches: copies are equal, the part of equal bits follows the part of equal shingles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "worker/storage/sketch.h"

#define WORDS 400

/* `words` made-up words; every `every`th is another one in each `version` (0: none is). */
static const char *text_of(unsigned first, unsigned words, unsigned every, unsigned version,
                           char out[16 * WORDS])
{
    size_t len = 0;
    for (unsigned i = first; i < first + words; i++) {
        unsigned other = every && i % every == 0 ? version : 0;
        len += (size_t)sprintf(out + len, "w%ux%u ", i, other);
    }
    return out;
}

static struct sketch sketch_of(const char *title, const char *text)
{
    struct sketch sketch;
    sketch_make(title ? slice_from(title) : SLICE_NULL, text ? slice_from(text) : SLICE_NULL,
                &sketch);
    return sketch;
}

static unsigned bits_between(const struct sketch *a, const struct sketch *b)
{
    unsigned bits = 0;
    for (size_t i = 0; i < sizeof a->bits; i++)
        bits += (unsigned)__builtin_popcount(a->bits[i] ^ b->bits[i]);
    return bits;
}

static unsigned bands_shared(const struct sketch *a, const struct sketch *b)
{
    unsigned shared = 0;
    for (size_t i = 0; i < SKETCH_BANDS; i++)
        shared += a->bands[i] == b->bands[i];
    return shared;
}

static void copies_are_equal(void **state)
{
    (void)state;
    struct sketch a =
        sketch_of("A", "The ferry didn’t leave the harbour — not that night, anyway.");
    struct sketch b =
        sketch_of("A", "the ferry didn't leave  the Harbour, not that night\n\nanyway");
    assert_false(a.empty);
    assert_memory_equal(a.bits, b.bits, sizeof a.bits);
    assert_int_equal(bands_shared(&a, &b), SKETCH_BANDS);
}

static void rewrites_are_near(void **state)
{
    (void)state;
    char one[16 * WORDS], two[16 * WORDS];
    struct sketch a = sketch_of(NULL, text_of(1000, WORDS, 30, 1, one));
    struct sketch b = sketch_of(NULL, text_of(1000, WORDS, 30, 2, two));
    /* 2 of 30 shingles hold the word: J = 28 / 32, and (1 - J) / 2 of the bits differ, 16 ± 4. */
    assert_in_range(bits_between(&a, &b), 4, 32);
    assert_in_range(bands_shared(&a, &b), 1, SKETCH_BANDS);
}

/* One word in ten is another: J = 8 / 12, a band is shared with the probability 1 - (1 - J^3)^8 =
 * 0.94, and 43 ± 6 bits differ. 200 texts of 200 words. */
static void light_rewrites_are_found(void **state)
{
    (void)state;
    char one[16 * WORDS], two[16 * WORDS];
    unsigned found = 0;
    for (unsigned text = 1; text <= 200; text++) {
        struct sketch a = sketch_of(NULL, text_of(text * 1000, 200, 10, 1, one));
        struct sketch b = sketch_of(NULL, text_of(text * 1000, 200, 10, 2, two));
        found += bands_shared(&a, &b) > 0 && bits_between(&a, &b) <= 56;
    }
    assert_in_range(found, 175, 200);
}

static void strangers_are_far(void **state)
{
    (void)state;
    char one[16 * WORDS], two[16 * WORDS];
    struct sketch a = sketch_of(NULL, text_of(1000, WORDS, 0, 0, one));
    struct sketch b = sketch_of(NULL, text_of(5000, WORDS, 0, 0, two));
    assert_in_range(bits_between(&a, &b), 96, 160);
    assert_int_equal(bands_shared(&a, &b), 0);
}

static void few_words_borrow(void **state)
{
    (void)state;
    struct sketch a = sketch_of(NULL, "one short line of text");
    struct sketch b = sketch_of(NULL, "another little row with words");
    assert_in_range(bits_between(&a, &b), 80, 176);
    assert_int_equal(bands_shared(&a, &b), 0);
}

static void the_title_of_a_short_text_counts(void **state)
{
    (void)state;
    char text[16 * WORDS];
    struct sketch a =
        sketch_of("Rain in the north of the island", "Subscribe to read this article");
    struct sketch b = sketch_of("Mayor of the old town resigns", "Subscribe to read this article");
    assert_in_range(bits_between(&a, &b), 65, 160);
    (void)text_of(1000, WORDS, 0, 0, text);
    a = sketch_of("Rain in the north", text);
    b = sketch_of("Mayor resigns", text);
    assert_int_equal(bits_between(&a, &b), 0);
}

static void signs_without_spaces(void **state)
{
    (void)state;
    struct sketch a = sketch_of(NULL, "政府は火曜日に新しい計画を発表した。住民は歓迎している。");
    struct sketch b = sketch_of(NULL, "政府は火曜日に新しい計画を発表した、住民は歓迎している");
    struct sketch c = sketch_of(NULL, "台風は水曜日の夜に南の島へ近づき、漁船は港に戻った。");
    assert_int_equal(bits_between(&a, &b), 0);
    assert_in_range(bits_between(&a, &c), 65, 176);
}

static void without_words_it_is_empty(void **state)
{
    (void)state;
    assert_true(sketch_of(NULL, NULL).empty);
    assert_true(sketch_of("…", " — 。\n").empty);
    assert_false(sketch_of(NULL, "a").empty);
    assert_false(sketch_of("a", NULL).empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_are_equal),
        cmocka_unit_test(rewrites_are_near),
        cmocka_unit_test(light_rewrites_are_found),
        cmocka_unit_test(strangers_are_far),
        cmocka_unit_test(few_words_borrow),
        cmocka_unit_test(the_title_of_a_short_text_counts),
        cmocka_unit_test(signs_without_spaces),
        cmocka_unit_test(without_words_it_is_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
