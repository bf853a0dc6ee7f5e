/* The scan in front of msgpack-c, and what goes through it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/limits.h"
#include "proto/pack.h"

#define BYTES(text)                                                                                \
    {                                                                                              \
        (text), sizeof(text) - 1                                                                   \
    }

static void refusals_name_their_reason(void **state)
{
    (void)state;
    static const struct {
        struct slice bytes;
        const char *code; /* NULL: good */
    } cases[] = {
        {BYTES(""), "truncated"},
        {BYTES("\xc1"), "not-messagepack"},
        {BYTES("\x81\xa1k"), "truncated"},
        {BYTES("\xdd\x03\xff\xff\xff"), "count-exceeds-bytes"}, /* 67 M elements in 5 bytes */
        {BYTES("\xdf\xff\xff\xff\xff"), "count-exceeds-bytes"},
        {BYTES("\xdb\xff\xff\xff\xff"), "truncated"},
        {BYTES("\xc6\x80\x00\x00\x00"), "truncated"},
        {BYTES("\xc9\xff\xff\xff\xff\x01"), "truncated"},
        {BYTES("\xd8\x01"), "truncated"},
        {BYTES("\xc0\xc0"), "trailing-bytes"},
        {BYTES("\x91\x92\x01\x90"), NULL},
        {BYTES("\xcb\x40\x09\x21\xfb\x54\x44\x2d\x18"), NULL},
        {BYTES("\xd6\xff\x00\x00\x00\x01"), NULL},
        {BYTES("\x80"), NULL},
        {BYTES("\x82\xa1k\x91\x80\xa1l\xc4\x02xy"), NULL},
    };
    struct pack_reader reader;
    pack_reader_init(&reader);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fault fault = {.code = ""};
        const struct pack_object *root;
        enum status status = pack_read(&reader, cases[i].bytes, &root, &fault);
        assert_string_equal(fault.code, cases[i].code ? cases[i].code : "");
        assert_int_equal(status, cases[i].code ? STATUS_REJECT : STATUS_OK);
    }
    pack_reader_deinit(&reader);
}

static void nesting_stops_at_the_limit(void **state)
{
    (void)state;
    char nested[LIMIT_DEPTH + 2];
    struct pack_reader reader;
    struct fault fault;
    const struct pack_object *root;
    pack_reader_init(&reader);
    memset(nested, '\x91', sizeof nested);
    nested[LIMIT_DEPTH] = '\xc0';
    assert_int_equal(pack_read(&reader, (struct slice){nested, LIMIT_DEPTH + 1}, &root, &fault),
                     STATUS_OK);
    nested[LIMIT_DEPTH] = '\x91';
    nested[LIMIT_DEPTH + 1] = '\xc0';
    assert_int_equal(pack_read(&reader, (struct slice){nested, LIMIT_DEPTH + 2}, &root, &fault),
                     STATUS_REJECT);
    assert_string_equal(fault.code, "nesting-too-deep");
    pack_reader_deinit(&reader);
}

static void measure_finds_the_end_or_wants_more(void **state)
{
    (void)state;
    struct slice two = BYTES("\x82\xa1k\x91\x80\xa1l\xc4\x02xy\x93\x01\x02\x03");
    size_t len = 0;
    assert_int_equal(pack_measure(two, &len, NULL), STATUS_OK);
    assert_int_equal(len, 11);
    for (size_t cut = 0; cut < 11; cut++)
        assert_int_equal(pack_measure(slice_sub(two, 0, cut), &len, NULL), STATUS_RETRY);
    struct slice bad = BYTES("\x91\xc1");
    assert_int_equal(pack_measure(bad, &len, NULL), STATUS_REJECT);
}

static void every_type_goes_there_and_back(void **state)
{
    (void)state;
    struct buffer out;
    buffer_init(&out, 4096);
    pack_write_map(&out, 7);
    pack_write_string(&out, SLICE_LITERAL("nil"));
    pack_write_nil(&out);
    pack_write_string(&out, SLICE_LITERAL("yes"));
    pack_write_bool(&out, true);
    pack_write_string(&out, SLICE_LITERAL("low"));
    pack_write_int(&out, INT64_MIN);
    pack_write_string(&out, SLICE_LITERAL("high"));
    pack_write_uint(&out, UINT64_MAX);
    pack_write_string(&out, SLICE_LITERAL("real"));
    pack_write_real(&out, 0.5);
    pack_write_string(&out, SLICE_LITERAL("bin"));
    pack_write_binary(&out, SLICE_LITERAL("\x00\xff"));
    pack_write_string(&out, SLICE_LITERAL("list"));
    pack_write_array(&out, 1);
    pack_write_string(&out, SLICE_LITERAL("x"));
    struct pack_reader reader;
    const struct pack_object *root;
    pack_reader_init(&reader);
    assert_int_equal(pack_read(&reader, buffer_slice(&out), &root, NULL), STATUS_OK);
    assert_int_equal(pack_type(pack_find(root, "nil")), PACK_NIL);
    assert_true(pack_bool(pack_find(root, "yes")));
    assert_int_equal(pack_int(pack_find(root, "low")), INT64_MIN);
    assert_int_equal(pack_type(pack_find(root, "high")), PACK_UINT);
    assert_true(pack_uint(pack_find(root, "high")) == UINT64_MAX);
    assert_true(pack_real(pack_find(root, "real")) == 0.5);
    assert_int_equal(pack_bytes(pack_find(root, "bin")).len, 2);
    assert_true(slice_is(pack_bytes(pack_element(pack_find(root, "list"), 0)), "x"));
    assert_null(pack_find(root, "absent"));
    struct buffer again;
    buffer_init(&again, 4096);
    pack_write_object(&again, root);
    assert_true(slice_equal(buffer_slice(&out), buffer_slice(&again)));
    buffer_deinit(&again);
    pack_reader_deinit(&reader);
    buffer_deinit(&out);
}

static void timestamps_of_all_three_forms(void **state)
{
    (void)state;
    static const struct {
        struct slice bytes;
        bool good;
        int64_t ms;
    } cases[] = {
        {BYTES("\xd6\xff\x00\x00\x00\x02"), true, 2000},
        {BYTES("\xd7\xff\x77\x35\x94\x00\x00\x00\x00\x01"), true, 1500},
        {BYTES("\xc7\x0c\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff"), true, -1000},
        {BYTES("\xc7\x0c\xff\x00\x00\x00\x00\x7f\xff\xff\xff\xff\xff\xff\xff"), false, 0},
        {BYTES("\xd6\x05\x00\x00\x00\x02"), false, 0},
    };
    struct pack_reader reader;
    pack_reader_init(&reader);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pack_token token;
        int64_t ms = 0;
        pack_open(&reader, cases[i].bytes);
        pack_next(&reader, &token);
        assert_int_equal(token.type, PACK_EXTENSION);
        assert_int_equal(pack_token_timestamp_ms(&token, &ms), cases[i].good);
        if (cases[i].good)
            assert_int_equal(ms, cases[i].ms);
    }
    pack_reader_deinit(&reader);
}

/* ---- tokens ---- */

static void same_bytes(struct slice a, struct slice b)
{
    assert_int_equal(a.len, b.len);
    assert_true(a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static void same_real(double a, double b)
{
    assert_memory_equal(&a, &b, sizeof a);
}

/* The next object by its tokens is what msgpack-c made of it. */
static void same(struct pack_reader *tokens, const struct pack_object *tree)
{
    struct pack_token token;
    pack_next(tokens, &token);
    assert_int_equal(token.type, pack_type(tree));
    switch (token.type) {
    case PACK_NIL:
        break;
    case PACK_BOOL:
        assert_int_equal(token.as.boolean, pack_bool(tree));
        break;
    case PACK_INT:
    case PACK_UINT:
        assert_true(token.as.whole == pack_uint(tree));
        same_real(pack_token_real(&token), pack_real(tree));
        break;
    case PACK_REAL:
        same_real(pack_token_real(&token), pack_real(tree));
        break;
    case PACK_EXTENSION:
        assert_int_equal(token.extension, pack_extension_type(tree));
        same_bytes(token.as.bytes, pack_bytes(tree));
        break;
    case PACK_STRING:
    case PACK_BINARY:
        same_bytes(token.as.bytes, pack_bytes(tree));
        break;
    case PACK_ARRAY:
    case PACK_MAP:
        assert_int_equal(token.as.count, pack_count(tree));
        for (size_t i = 0; i < token.as.count; i++) {
            if (token.type == PACK_MAP)
                same(tokens, pack_key(tree, i));
            same(tokens, token.type == PACK_MAP ? pack_value(tree, i) : pack_element(tree, i));
        }
        break;
    }
}

/* Bytes by chance, more often those that begin something short. */
static size_t by_chance(uint64_t *chance, char *bytes, size_t room)
{
    static const unsigned char heads[] = {
        0x00, 0x7f, 0x80, 0x81, 0x82, 0x90, 0x91, 0x93, 0xa0, 0xa1, 0xa3, 0xc0, 0xc2, 0xc3, 0xc4,
        0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf, 0xd0, 0xd1, 0xd2, 0xd3,
        0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0xe0, 0xff};
    size_t len = 1 + *chance % room;
    for (size_t i = 0; i < len; i++) {
        *chance = *chance * 6364136223846793005u + 1442695040888963407u;
        uint64_t drawn = *chance >> 33;
        bytes[i] = (char)(drawn % 3 == 0   ? heads[drawn / 3 % sizeof heads]
                          : drawn % 3 == 1 ? (unsigned char)(drawn / 3 % 4)
                                           : (unsigned char)(drawn / 3));
    }
    return len;
}

/* Walks what it can of a message that may be nothing at all. */
static void walk(struct pack_reader *tokens, bool skip)
{
    struct pack_token token;
    uint64_t left = 1;
    for (; left > 0 && !pack_broken(tokens); left--) {
        pack_next(tokens, &token);
        if (skip)
            pack_skip(tokens, &token);
        else if (token.type == PACK_ARRAY || token.type == PACK_MAP)
            left += token.as.count * (token.type == PACK_MAP ? 2 : 1);
    }
}

/* Where the scan refuses a message, so does the end of its tokens, and for the same reason. The
 * bytes have a place of their own, so that a look behind their end is a fault. */
static void tokens_end_as_the_scan_does(void **state)
{
    (void)state;
    struct pack_reader tokens, tree;
    uint64_t chance = 20261128;
    size_t refused = 0;
    pack_reader_init(&tokens);
    pack_reader_init(&tree);
    for (int i = 0; i < 300000; i++) {
        char drawn[24];
        size_t len = by_chance(&chance, drawn, sizeof drawn);
        char *bytes = malloc(len);
        assert_non_null(bytes);
        memcpy(bytes, drawn, len);
        const struct pack_object *root;
        struct fault by_scan = {.code = ""}, by_tokens = {.code = ""};
        enum status wanted = pack_read(&tree, (struct slice){bytes, len}, &root, &by_scan);
        for (int skip = 0; skip < 2; skip++) {
            pack_open(&tokens, (struct slice){bytes, len});
            walk(&tokens, skip != 0);
            assert_int_equal(pack_end(&tokens, STATUS_OK, &by_tokens), wanted);
            if (wanted != STATUS_OK)
                assert_string_equal(by_tokens.code, by_scan.code);
        }
        refused += wanted != STATUS_OK;
        free(bytes);
    }
    assert_true(refused > 1000);
    pack_reader_deinit(&tree);
    pack_reader_deinit(&tokens);
}

static void tokens_say_what_the_tree_says(void **state)
{
    (void)state;
    struct pack_reader tokens, tree;
    uint64_t chance = 20261127;
    size_t compared[PACK_EXTENSION + 1] = {0};
    pack_reader_init(&tokens);
    pack_reader_init(&tree);
    for (int i = 0; i < 300000; i++) {
        char bytes[24];
        size_t room = by_chance(&chance, bytes, sizeof bytes), len = 0;
        const struct pack_object *root;
        if (pack_measure((struct slice){bytes, room}, &len, NULL) != STATUS_OK)
            continue;
        struct slice message = {bytes, len};
        assert_int_equal(pack_read(&tree, message, &root, NULL), STATUS_OK);
        pack_open(&tokens, message);
        same(&tokens, root);
        assert_int_equal(pack_end(&tokens, STATUS_OK, NULL), STATUS_OK);
        same_bytes(pack_since(&tokens, (const unsigned char *)bytes), message);
        compared[pack_type(root)]++;
        struct pack_token first;
        pack_open(&tokens, message);
        pack_next(&tokens, &first);
        pack_skip(&tokens, &first);
        same_bytes(pack_since(&tokens, (const unsigned char *)bytes), message);
        pack_next(&tokens, &first);
        assert_int_equal(first.type, PACK_NIL); /* behind the end */
    }
    for (size_t type = 0; type <= PACK_EXTENSION; type++)
        assert_true(compared[type] > 20);
    pack_reader_deinit(&tree);
    pack_reader_deinit(&tokens);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals_name_their_reason),
        cmocka_unit_test(nesting_stops_at_the_limit),
        cmocka_unit_test(measure_finds_the_end_or_wants_more),
        cmocka_unit_test(every_type_goes_there_and_back),
        cmocka_unit_test(timestamps_of_all_three_forms),
        cmocka_unit_test(tokens_say_what_the_tree_says),
        cmocka_unit_test(tokens_end_as_the_scan_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
