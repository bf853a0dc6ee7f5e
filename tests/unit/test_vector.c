/* Chunks of a text, what is known of them, and the vector made of it. That vectors are PostgreSQL's
 * is for tests/e2e/test_vectors.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "worker/storage/chunks.h"
#include "worker/storage/pairs.h"
#include "worker/storage/vector.h"

#define CONFIG 42
#define PROBE  SLICE_LITERAL("7")

/* ---- chunks ---- */

/* The chunks between bars; "whole" when there are none to be had. */
static const char *chunks_of(struct slice text, bool dashes, char out[1024])
{
    struct chunk_signs signs = {{false}};
    struct chunks chunks;
    struct slice chunk;
    enum chunk found;
    size_t len = 0;
    chunks_add_sign(&signs, 0x2019);
    chunks_add_sign(&signs, 0xA0);
    chunks_add_sign(&signs, 0x3002);
    chunks_add_sign(&signs, 0x4E00); /* is in none of the blocks */
    chunks_begin(&chunks, text, dashes, &signs);
    out[0] = '\0';
    while ((found = chunks_next(&chunks, &chunk)) == CHUNK_FOUND)
        len += (size_t)sprintf(out + len, "%s%.*s", len ? "|" : "", (int)chunk.len, chunk.data);
    return found == CHUNK_WHOLE ? "whole" : out;
}

static void texts_are_cut(void **state)
{
    (void)state;
    static const struct {
        const char *text, *chunks;
    } rows[] = {
        {"", ""},
        {" .. ", ""},
        {"The ferry, it said, is late.", "The|ferry|it|said|is|late"},
        {"don't (ever) say \"so\"!", "don|t|ever|say|so"},
        {"well-known a/b c_d\te\nf", "well|known|a|b|c|d|e|f"},
        {"U.S. 3.14. 1,000 10:30: a:b", "U.S|3.14|1|000|10:30|a:b"},
        {"joe@example.org, @joe ~x a~b", "joe@example.org|joe|x|a~b"},
        {"word.. word... word..", "word..|word|word.."},
        {"word.., word..: word..", "word|word|word.."},
        {"a.. b", "a..|b"},
        {"C++ +5 -5 5e+,", "C++|+5|5|5e+"},
        {"AT&T's (Q&A), &amp;.", "AT&T's|Q&A),|&amp;."},
        {"a <3 b < c <", "a|3|b|c"},
        {"\xE2\x80\x99tis it\xE2\x80\x99s x\xC2\xA0y \xE3\x80\x82", "tis|it|s|x|y"},
        {"x\xE2\x80\x9Cy \xE2\x80", "x\xE2\x80\x9Cy|\xE2\x80"},
        {"\xE4\xB8\x80", "\xE4\xB8\x80"},
        {"a <b>c", "whole"},
        {"a&b<c", "whole"},
        {"<!-- -->", "whole"},
        {".. x", "whole"},
        {"~x", "whole"},
        {"x..\xC2\xA0y", "whole"},
    };
    char out[1024];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(chunks_of(slice_from(rows[i].text), false, out), rows[i].chunks);
}

static void dashes_stay_where_they_are_left(void **state)
{
    (void)state;
    static const struct {
        const char *text, *chunks;
    } rows[] = {
        {"well-known. a, b", "well-known.|a|b"},
        {"see http://a.org/x?y=1, then", "see|http://a.org/x?y=1,|then"},
        {" ../up -5, _x", "/up|-5,|_x"},
        {"a </b", "whole"},
    };
    char out[1024];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(chunks_of(slice_from(rows[i].text), true, out), rows[i].chunks);
}

static void signs_stand_in_pairs(void **state)
{
    (void)state;
    static const struct {
        const char *text, *pairs;
    } rows[] = {
        {"", ""},
        {"abc d", "abc d"},
        {"東京都。", "東京 京都 都 。"},
        {"東", "東 "},
        {"A東b京都", "A東 b京都 都 "},
    };
    struct buffer out;
    buffer_init(&out, 1 << 20);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        buffer_clear(&out);
        pairs_write(slice_from(rows[i].text), &out);
        assert_true(slice_is(buffer_slice(&out), rows[i].pairs));
    }
    struct buffer text;
    buffer_init(&text, 1 << 20);
    for (size_t i = 0; i < 50001; i++)
        buffer_append(&text, "東", 3);
    buffer_clear(&out);
    pairs_write(buffer_slice(&text), &out);
    assert_int_equal(out.len, 49999 * 7 + 4);
    buffer_deinit(&text);
    buffer_deinit(&out);
}

static void long_chunks_are_none(void **state)
{
    (void)state;
    char text[CHUNK_BYTES_MAX + 1], out[1024];
    memset(text, 'x', sizeof text);
    assert_string_equal(chunks_of((struct slice){text, sizeof text}, false, out), "whole");
    assert_int_equal(strlen(chunks_of((struct slice){text, CHUNK_BYTES_MAX}, false, out)),
                     CHUNK_BYTES_MAX);
}

static void signs_are_found_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < CHUNK_SIGNS; i++) {
        struct chunk_signs signs = {{false}};
        chunks_add_sign(&signs, chunks_sign(i));
        assert_true(signs.is[i]);
    }
}

/* ---- lexemes ---- */

static void put_lexeme(struct buffer *out, const char *text, const uint16_t *positions,
                       size_t count)
{
    buffer_append(out, text, strlen(text) + 1);
    buffer_be16(out, (uint16_t)count);
    for (size_t i = 0; i < count; i++)
        buffer_be16(out, positions[i]);
}

/* What the server would say of a chunk that is one word, or a stop word when lexeme is NULL. */
static struct lexemes_entry *learn_word(struct lexemes *lexemes, const char *chunk,
                                        const char *lexeme)
{
    struct buffer answer;
    struct lexemes_entry *entry = lexemes_find(lexemes, CONFIG, slice_from(chunk));
    assert_non_null(entry);
    if (!lexemes_ask(entry))
        return entry;
    buffer_init(&answer, 1024);
    buffer_be32(&answer, lexeme ? 2 : 1);
    put_lexeme(&answer, "7", (const uint16_t[]){2}, 1);
    if (lexeme)
        put_lexeme(&answer, lexeme, (const uint16_t[]){1}, 1);
    lexemes_learn(lexemes, entry, buffer_slice(&answer), PROBE);
    buffer_deinit(&answer);
    return entry;
}

static void a_chunk_is_asked_for_once(void **state)
{
    (void)state;
    struct lexemes *lexemes = lexemes_new(1 << 16);
    struct lexemes_reader reader;
    struct lexeme lexeme;
    lexemes_begin(lexemes);
    struct lexemes_entry *entry = lexemes_find(lexemes, CONFIG, SLICE_LITERAL("Ferries"));
    assert_true(lexemes_ask(entry));
    assert_false(lexemes_ask(entry));
    assert_ptr_equal(lexemes_find(lexemes, CONFIG, SLICE_LITERAL("Ferries")), entry);
    assert_ptr_not_equal(lexemes_find(lexemes, CONFIG + 1, SLICE_LITERAL("Ferries")), entry);
    assert_false(lexemes_read(lexemes, entry, &reader));
    lexemes_clear(lexemes);
    entry = learn_word(lexemes, "Ferries", "ferri");
    assert_true(lexemes_read(lexemes, entry, &reader));
    assert_int_equal(reader.positions, 1);
    assert_int_equal(reader.left, 1);
    lexemes_next(&reader, &lexeme);
    assert_true(slice_is(lexeme.text, "ferri"));
    assert_int_equal(lexeme.count, 1);
    assert_int_equal(lexeme.positions[0], 1);
    assert_true(lexemes_read(lexemes, learn_word(lexemes, "the", NULL), &reader));
    assert_int_equal(reader.left, 0);
    assert_int_equal(reader.positions, 1);
    lexemes_free(lexemes);
}

static void the_probe_may_be_in_the_chunk(void **state)
{
    (void)state;
    struct lexemes *lexemes = lexemes_new(1 << 16);
    struct lexemes_reader reader;
    struct lexeme lexeme;
    struct buffer answer;
    struct lexemes_entry *entry = lexemes_find(lexemes, CONFIG, SLICE_LITERAL("7.7"));
    buffer_init(&answer, 1024);
    buffer_be32(&answer, 1);
    put_lexeme(&answer, "7", (const uint16_t[]){1, 3, 4}, 3);
    lexemes_learn(lexemes, entry, buffer_slice(&answer), PROBE);
    assert_true(lexemes_read(lexemes, entry, &reader));
    assert_int_equal(reader.positions, 3);
    lexemes_next(&reader, &lexeme);
    assert_int_equal(lexeme.count, 2);
    assert_int_equal(lexeme.positions[1], 3);
    buffer_deinit(&answer);
    lexemes_free(lexemes);
}

/* Every answer that is cut short, or has no probe, is none. */
static void bad_answers_are_none(void **state)
{
    (void)state;
    struct lexemes *lexemes = lexemes_new(1 << 16);
    struct lexemes_reader reader;
    struct buffer answer;
    buffer_init(&answer, 1024);
    buffer_be32(&answer, 2);
    put_lexeme(&answer, "7", (const uint16_t[]){2}, 1);
    put_lexeme(&answer, "word", (const uint16_t[]){1}, 1);
    for (size_t len = 0; len < answer.len; len++) {
        struct lexemes_entry *entry = lexemes_find(lexemes, len, SLICE_LITERAL("word"));
        char *copy = malloc(len + 1); /* its very end, for sanitizers */
        memcpy(copy, answer.data, len);
        lexemes_learn(lexemes, entry, (struct slice){copy, len}, PROBE);
        assert_false(lexemes_read(lexemes, entry, &reader));
        assert_false(lexemes_ask(entry));
        free(copy);
    }
    struct lexemes_entry *entry = lexemes_find(lexemes, CONFIG, SLICE_LITERAL("word"));
    lexemes_learn(lexemes, entry, buffer_slice(&answer), SLICE_LITERAL("8"));
    assert_false(lexemes_read(lexemes, entry, &reader));
    lexemes_learn(lexemes, entry, SLICE_NULL, PROBE);
    assert_false(lexemes_read(lexemes, entry, &reader));
    buffer_deinit(&answer);
    lexemes_free(lexemes);
}

/* What is used in every batch stays known, what is not goes; and there is never more than fits. */
static void what_is_used_stays(void **state)
{
    (void)state;
    struct lexemes *lexemes = lexemes_new(1 << 16);
    struct lexemes_entry *kept = learn_word(lexemes, "kept", "keep");
    struct lexemes_reader reader;
    char word[32];
    unsigned full = 0;
    assert_true(lexemes_read(lexemes, kept, &reader));
    for (unsigned batch = 0; batch < 100; batch++) {
        lexemes_begin(lexemes);
        struct lexemes_entry *entry = lexemes_find(lexemes, CONFIG, SLICE_LITERAL("kept"));
        assert_false(lexemes_ask(entry));
        assert_true(lexemes_read(lexemes, entry, &reader));
        for (unsigned i = 0; i < 100; i++) {
            (void)sprintf(word, "%u of %u", i, batch);
            assert_true(lexemes_read(lexemes, learn_word(lexemes, word, word), &reader));
        }
    }
    for (unsigned i = 0; i < 10000; i++) {
        (void)sprintf(word, "more %u", i);
        full += lexemes_find(lexemes, CONFIG, slice_from(word)) == NULL;
    }
    assert_true(full > 5000);
    lexemes_begin(lexemes);
    assert_true(lexemes_ask(lexemes_find(lexemes, CONFIG, SLICE_LITERAL("0 of 0"))));
    lexemes_free(lexemes);
}

/* ---- vectors ---- */

struct made {
    struct lexemes *lexemes;
    struct vector vector;
    struct buffer out;
};

static void made_init(struct made *made)
{
    made->lexemes = lexemes_new(1 << 20);
    vector_init(&made->vector);
    buffer_init(&made->out, 1 << 20);
}

static void made_deinit(struct made *made)
{
    lexemes_free(made->lexemes);
    vector_deinit(&made->vector);
    buffer_deinit(&made->out);
}

static void a_vector_is_in_order(void **state)
{
    (void)state;
    struct made made;
    struct buffer expected;
    made_init(&made);
    struct lexemes_entry *the = learn_word(made.lexemes, "the", NULL);
    struct lexemes_entry *b = learn_word(made.lexemes, "b", "b");
    struct lexemes_entry *ba = learn_word(made.lexemes, "ba", "ba");
    struct lexemes_entry *long_one = learn_word(made.lexemes, "long", "bbbbbbbbbbz");
    struct lexemes_entry *longer = learn_word(made.lexemes, "longer", "bbbbbbbbbba");
    struct lexemes_entry *title[] = {the, b, the}, *body[] = {long_one, the, b, ba, longer};
    assert_true(vector_make(&made.vector, made.lexemes, &(struct vector_chunks){title, 3},
                            &(struct vector_chunks){body, 5}, &made.out));
    buffer_init(&expected, 1024);
    buffer_be32(&expected, 0);
    buffer_be32(&expected, 4);
    put_lexeme(&expected, "b", (const uint16_t[]){0xC002, 5}, 2);
    put_lexeme(&expected, "ba", (const uint16_t[]){6}, 1);
    put_lexeme(&expected, "bbbbbbbbbba", (const uint16_t[]){7}, 1);
    put_lexeme(&expected, "bbbbbbbbbbz", (const uint16_t[]){3}, 1);
    expected.data[3] = (char)(expected.len - 4);
    assert_int_equal(made.out.len, expected.len);
    assert_memory_equal(made.out.data, expected.data, expected.len);
    buffer_deinit(&expected);
    made_deinit(&made);
}

/* How many positions a body of one word said so often keeps, behind a title that says it too. */
static unsigned positions_kept(size_t times, size_t of_title)
{
    struct made made;
    made_init(&made);
    struct lexemes_entry **entries = calloc(times + 1, sizeof(*entries));
    for (size_t i = 0; i <= times; i++)
        entries[i] = learn_word(made.lexemes, "word", "word");
    assert_true(vector_make(&made.vector, made.lexemes, &(struct vector_chunks){entries, of_title},
                            &(struct vector_chunks){entries, times}, &made.out));
    const uint8_t *count = (const uint8_t *)made.out.data + 8 + sizeof "word";
    unsigned kept = (unsigned)count[0] << 8 | count[1];
    free(entries);
    made_deinit(&made);
    return kept;
}

static void positions_end(void **state)
{
    (void)state;
    assert_int_equal(positions_kept(3, 0), 3);
    assert_int_equal(positions_kept(300, 0), 255);
    assert_int_equal(positions_kept(300, 1), 256);
    assert_int_equal(positions_kept(300, 300), 256);
}

static void nothing_is_made_of_what_is_not_known(void **state)
{
    (void)state;
    struct made made;
    made_init(&made);
    struct lexemes_entry *entries[] = {learn_word(made.lexemes, "known", "know"),
                                       lexemes_find(made.lexemes, CONFIG, SLICE_LITERAL("new"))};
    const struct vector_chunks none = {entries, 0}, both = {entries, 2};
    assert_false(vector_make(&made.vector, made.lexemes, &none, &both, &made.out));
    assert_false(vector_make(&made.vector, made.lexemes, &both, &none, &made.out));
    assert_int_equal(made.out.len, 0);
    assert_true(vector_make(&made.vector, made.lexemes, &none, &none, &made.out));
    assert_int_equal(made.out.len, 8);
    made_deinit(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_cut),
        cmocka_unit_test(dashes_stay_where_they_are_left),
        cmocka_unit_test(signs_stand_in_pairs),
        cmocka_unit_test(long_chunks_are_none),
        cmocka_unit_test(signs_are_found_again),
        cmocka_unit_test(a_chunk_is_asked_for_once),
        cmocka_unit_test(the_probe_may_be_in_the_chunk),
        cmocka_unit_test(bad_answers_are_none),
        cmocka_unit_test(what_is_used_stays),
        cmocka_unit_test(a_vector_is_in_order),
        cmocka_unit_test(positions_end),
        cmocka_unit_test(nothing_is_made_of_what_is_not_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
