/* The scan in front of msgpack-c, and what goes through it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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
        const struct pack_object *root;
        int64_t ms = 0;
        assert_int_equal(pack_read(&reader, cases[i].bytes, &root, NULL), STATUS_OK);
        assert_int_equal(pack_timestamp_ms(root, &ms), cases[i].good);
        if (cases[i].good)
            assert_int_equal(ms, cases[i].ms);
    }
    pack_reader_deinit(&reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals_name_their_reason),
        cmocka_unit_test(nesting_stops_at_the_limit),
        cmocka_unit_test(measure_finds_the_end_or_wants_more),
        cmocka_unit_test(every_type_goes_there_and_back),
        cmocka_unit_test(timestamps_of_all_three_forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
