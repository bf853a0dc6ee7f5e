/* Words: what is cut without ICU is cut where ICU cuts, over random text of every kind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <unicode/ubrk.h>
#include <unicode/utext.h>

#include "common/utf8.h"
#include "worker/analysis/lexicon.h"
#include "worker/analysis/words/letters.h"
#include "worker/analysis/words/segments.h"
#include "worker/analysis/words/words.h"

#define TEXT_BYTES 400
#define TEXTS      60000

struct bench {
    struct segments segments;
    UBreakIterator *all, *some;
    uint64_t seed;
};

static uint32_t random_below(struct bench *bench, uint32_t below)
{
    bench->seed = bench->seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(bench->seed >> 33) % below;
}

/* What words and their borders are made of, and now and then anything at all. */
static uint32_t random_point(struct bench *bench)
{
    static const uint32_t common[] = {
        'a',     'b',    'Z',   '0',    '9',    ' ',    ' ',    '\n',   '.',    ',',   '\'',
        '_',     ':',    ';',   '"',    '-',    '/',    '@',    0x2019, 0x201c, 0xe9,  0xb7,
        0x3b1,   0x416,  0x387, 0x2024, 0x2014, 0x2026, 0x20ac, 0x202f, 0x203f, 0xaa,  0x559,
        0x55b,   0x589,  0x301, 0x200d, 0x5d0,  0x4e00, 0x3042, 0x30a2, 0xe01,  0x661, 0x1f600,
        0x1f1eb, 0xfe0f, 0xad,  0x2060, 0x5f4,  0xac00, 0x2018, 0x37e,  0x203c, 0xa9,  0x1f468};
    uint32_t kind = random_below(bench, 40);
    if (kind == 0)
        return 0x20 + random_below(bench, 0xd7e0 - 0x20);
    if (kind < 3)
        return 0x20 + random_below(bench, 0x600 - 0x20);
    if (kind == 3)
        return 0x2000 + random_below(bench, 0xd0);
    size_t most = kind < 24 ? 19 : sizeof common / sizeof *common;
    return common[random_below(bench, (uint32_t)most)];
}

static struct slice random_text(struct bench *bench, char text[TEXT_BYTES])
{
    size_t len = 0, points = 1 + random_below(bench, 60);
    for (size_t i = 0; i < points; i++)
        len += utf8_put(random_point(bench), text + len);
    return (struct slice){text, len};
}

/* Notes the words of [from, to) in `ends`, where a word's end is marked by its start + 1. */
static void mark(UBreakIterator *words, struct slice text, size_t from, size_t to, size_t *ends)
{
    UErrorCode error = U_ZERO_ERROR;
    UText utext = UTEXT_INITIALIZER;
    utext_openUTF8(&utext, text.data + from, (int64_t)(to - from), &error);
    ubrk_setUText(words, &utext, &error);
    assert_true(U_SUCCESS(error));
    int32_t start = ubrk_first(words);
    for (int32_t end; (end = ubrk_next(words)) != UBRK_DONE; start = end)
        if (ubrk_getRuleStatus(words) >= UBRK_WORD_NUMBER)
            ends[from + (size_t)end] = from + (size_t)start + 1;
    utext_close(&utext);
}

static void test_words_are_icus(void **state)
{
    struct bench *bench = *state;
    char bytes[TEXT_BYTES];
    for (unsigned i = 0; i < TEXTS; i++) {
        size_t wanted[TEXT_BYTES + 1] = {0}, found[TEXT_BYTES + 1] = {0}, from, to;
        struct slice text = random_text(bench, bytes);
        struct segment_walk walk = {.segments = &bench->segments, .text = text};
        mark(bench->all, text, 0, text.len, wanted);
        for (enum segment kind; (kind = segments_next(&walk, &from, &to)) != SEGMENT_END;) {
            assert_true(from < to && to <= text.len);
            if (kind == SEGMENT_WORD)
                found[to] = from + 1;
            else
                mark(bench->some, text, from, to, found);
        }
        if (memcmp(wanted, found, sizeof wanted) != 0)
            fail_msg("other words than ICU's in '%.*s'", (int)text.len, text.data);
    }
}

/* Plain prose never needs ICU. */
static void test_prose_is_simple(void **state)
{
    struct bench *bench = *state;
    static const char text[] = "“It’s the U.S. – isn't it?” 3,000.5 o'clock… Привет, «Ελλάδα» x_1";
    struct segment_walk walk = {.segments = &bench->segments, .text = slice_from(text)};
    size_t from, to, words = 0;
    for (enum segment kind; (kind = segments_next(&walk, &from, &to)) != SEGMENT_END; words++)
        assert_int_equal(kind, SEGMENT_WORD);
    assert_int_equal(words, 10);
}

/* Letters end where the first other byte stands, wherever that is in eight of them. */
static void test_letters_end(void **state)
{
    struct bench *bench = *state;
    char bytes[40];
    for (unsigned i = 0; i < TEXTS; i++) {
        size_t len = random_below(bench, sizeof bytes), end = 0;
        for (size_t k = 0; k < len; k++)
            bytes[k] = (char)(random_below(bench, 12) ? 'A' + random_below(bench, 'z' - 'A' + 1)
                                                      : random_below(bench, 256));
        for (size_t k = 0; k < len; k++) /* fewer of what lies between Z and a */
            if (bytes[k] > 'Z' && bytes[k] < 'a' && random_below(bench, 8))
                bytes[k] = 'm';
        while (end < len && ((bytes[end] >= 'a' && bytes[end] <= 'z') ||
                             (bytes[end] >= 'A' && bytes[end] <= 'Z')))
            end++;
        assert_int_equal(letters_end((struct slice){bytes, len}, 0), end);
    }
}

/* Eight bytes at once have the hash that they have one by one. */
static void test_hash_of_eight(void **state)
{
    struct bench *bench = *state;
    for (unsigned i = 0; i < TEXTS; i++) {
        char bytes[9];
        size_t len = random_below(bench, 9);
        for (size_t k = 0; k < len; k++)
            bytes[k] = (char)random_below(bench, 256);
        uint64_t eight = letters_load((struct slice){bytes, len}, 0), start = LEXICON_HASH_START;
        assert_true(lexicon_hash_eight(start, eight, len) == lexicon_hash(start, bytes, len));
    }
}

/* Letters of ASCII are folded as all others are: a mark at the end makes a word one of those. */
static void test_letters_fold(void **state)
{
    struct bench *bench = *state;
    for (unsigned i = 0; i < TEXTS / 10; i++) {
        char word[96], plain[WORDS_FOLD_BYTES], marked[WORDS_FOLD_BYTES];
        size_t len = 1 + random_below(bench, 80);
        for (size_t k = 0; k < len; k++)
            word[k] = (char)((random_below(bench, 2) ? 'a' : 'A') + random_below(bench, 26));
        word[len] = '_';
        size_t folded = words_fold((struct slice){word, len}, plain);
        assert_int_equal(folded, len);
        assert_int_equal(words_fold((struct slice){word, len + 1}, marked), len + 1);
        assert_memory_equal(plain, marked, len);
    }
}

static int open_bench(void **state)
{
    UErrorCode error = U_ZERO_ERROR;
    struct bench *bench = calloc(1, sizeof *bench);
    if (!bench)
        return 1;
    *state = bench;
    segments_init(&bench->segments);
    bench->seed = 20240301;
    bench->all = ubrk_open(UBRK_WORD, "", NULL, 0, &error);
    bench->some = ubrk_open(UBRK_WORD, "", NULL, 0, &error);
    return U_FAILURE(error);
}

static int close_bench(void **state)
{
    struct bench *bench = *state;
    ubrk_close(bench->all);
    ubrk_close(bench->some);
    free(bench);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_are_icus), cmocka_unit_test(test_prose_is_simple),
        cmocka_unit_test(test_letters_end),    cmocka_unit_test(test_hash_of_eight),
        cmocka_unit_test(test_letters_fold),
    };
    return cmocka_run_group_tests(tests, open_bench, close_bench);
}
