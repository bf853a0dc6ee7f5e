/* Fine pieces: over random text they lie in order, are as long as they can be and leave out nothing
 * but white space; and every word of the tables is found, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <unicode/uchar.h>

#include "common/arena.h"
#include "common/utf8.h"
#include "worker/analysis/stages.h"
#include "worker/analysis/words/pieces.h"

#define TEXTS       20000
#define POINTS_MAX  60
#define ARENA_BYTES (1 << 20)

static uint32_t random_below(uint64_t *seed, uint32_t below)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33) % below;
}

static struct slice random_text(uint64_t *seed, char *text)
{
    static const uint32_t points[] = {'a',    'b',    'Z',    '0',    '9',    ' ',    ' ',
                                      '\n',   '.',    '-',    0x2019, 0xe9,   0xc9,   0x3b1,
                                      0x661,  0x3000, 0x2028, 0x4e2d, 0xac00, 0x301,  0x1f600,
                                      0x20ac, 0xe01,  'x',    'y',    'q',    0x200d, 0xa0};
    size_t len = 0, count = random_below(seed, POINTS_MAX);
    for (size_t i = 0; i < count; i++)
        len += utf8_put(points[random_below(seed, sizeof points / sizeof *points)], text + len);
    return (struct slice){text, len};
}

static bool is_white(struct slice text)
{
    for (size_t at = 0; at < text.len;)
        if (!u_isUWhiteSpace((UChar32)utf8_next(text, &at)))
            return false;
    return true;
}

static void check(const struct doc *doc)
{
    size_t end = 0;
    for (size_t i = 0; i < doc->piece_count; i++) {
        const struct doc_piece *piece = &doc->pieces[i];
        size_t at = piece->from;
        assert_in_range(piece->from, end, doc->text.len);
        assert_in_range(piece->to, piece->from + 1, doc->text.len);
        assert_true(is_white(slice_sub(doc->text, end, piece->from)));
        assert_false(is_white(slice_sub(doc->text, piece->from, piece->to)));
        assert_int_equal(piece->gap == GAP_NONE, i > 0 && piece->from == end);
        if (i > 0 && piece->gap == GAP_NONE && piece->kind != PIECE_SIGN)
            assert_int_not_equal(piece->kind, piece[-1].kind);
        uint32_t point = utf8_next(doc->text, &at);
        if (piece->kind == PIECE_SIGN)
            assert_true(at == piece->to && point == piece->sign);
        end = piece->to;
    }
    assert_true(is_white(slice_sub(doc->text, end, doc->text.len)));
}

static void test_random_text(void **state)
{
    struct arena *arena = *state;
    uint64_t seed = 5;
    for (int i = 0; i < TEXTS; i++) {
        char text[4 * POINTS_MAX];
        arena_reset(arena);
        struct doc doc = {.text = random_text(&seed, text)};
        assert_int_equal(pieces_run(&doc, arena), STATUS_OK);
        check(&doc);
    }
}

/* The entry of a word alone, as the text has it. */
static const struct lexicon_entry *entry_in(const char *word, size_t len, unsigned table,
                                            struct arena *arena)
{
    struct doc doc = {.text = {word, len}};
    arena_reset(arena);
    assert_int_equal(pieces_run(&doc, arena), STATUS_OK);
    return doc.piece_count == 1 ? piece_entry(&doc, 0, table) : NULL;
}

static void test_every_word_is_found(void **state)
{
    for (unsigned table = 0; table < PIECE_TABLES; table++) {
        const struct lexicon *lexicon = piece_lexicons[table];
        size_t found = 0;
        for (uint32_t slot = 0; slot <= lexicon->mask; slot++) {
            if (!lexicon->slots[slot].entry)
                continue;
            const struct lexicon_entry *entry = &lexicon->entries[lexicon->slots[slot].entry - 1];
            char word[2 * PIECE_WORD_MAX];
            if (entry->key_len > PIECE_WORD_MAX)
                continue;
            memcpy(word, lexicon->pool + entry->key, entry->key_len);
            const struct lexicon_entry *got = entry_in(word, entry->key_len, table, *state);
            assert_true(!got || got == entry); /* phrases are no one piece */
            found += got != NULL;
            word[entry->key_len] = 'q'; /* no word goes on so */
            assert_null(entry_in(word, entry->key_len + 1u, table, *state));
            for (size_t i = 0; i < entry->key_len; i++)
                if (word[i] >= 'a' && word[i] <= 'z')
                    word[i] = (char)(word[i] & ~0x20);
            assert_ptr_equal(entry_in(word, entry->key_len, table, *state), got);
        }
        assert_in_range(found, 150, 2000);
    }
}

static void test_other_words_are_not(void **state)
{
    static const char *const words[] = {"government",  "ministers",       "thx", "janua",
                                        "jan\xc3\xa9", "internationally", "x",   "approximatively"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        for (unsigned table = 0; table < PIECE_TABLES; table++)
            assert_null(entry_in(words[i], strlen(words[i]), table, *state));
}

static int setup(void **state)
{
    *state = arena_new(ARENA_BYTES);
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_text),
        cmocka_unit_test(test_every_word_is_found),
        cmocka_unit_test(test_other_words_are_not),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
