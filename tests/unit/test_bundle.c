/* Several maps in one message: what is one, and what is refused as a whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/buffer.h"
#include "proto/bundle.h"
#include "proto/pack.h"

#define MAP          "\x81\xa1k\x01"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BYTES(text)                                                                                \
    {                                                                                              \
        text, sizeof text - 1                                                                      \
    }

/* In as much memory as it needs, so that a byte beyond it is found. */
static enum status split(struct slice message, struct bundle *bundle, struct fault *fault)
{
    char *copy = malloc(message.len + 1);
    assert_non_null(copy);
    char *bytes = realloc(copy, message.len ? message.len : 1);
    assert_non_null(bytes);
    memcpy(bytes, message.data, message.len);
    *fault = (struct fault){.code = ""};
    enum status status = bundle_split((struct slice){bytes, message.len}, bundle, fault);
    free(bytes); /* the maps are not looked into any more */
    return status;
}

static void maps_are_found(void **state)
{
    (void)state;
    static const struct {
        struct slice message;
        size_t count, first_at;
    } rows[] = {
        {BYTES("\x91" MAP), 1, 1},
        {BYTES("\x92" MAP "\x80"), 2, 1},
        {BYTES("\xdc\x00\x02" MAP MAP), 2, 3},
        {BYTES("\xdd\x00\x00\x00\x03\xde\x00\x00" MAP "\xdf\x00\x00\x00\x00"), 3, 5},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bundle bundle;
        struct fault fault;
        size_t len = rows[i].first_at;
        assert_true(bundle_is(rows[i].message));
        assert_int_equal(split(rows[i].message, &bundle, &fault), STATUS_OK);
        assert_int_equal(bundle.count, rows[i].count);
        for (size_t map = 0; map < bundle.count; map++)
            len += bundle.maps[map].len;
        assert_int_equal(len, rows[i].message.len);
    }
}

static void what_is_none_says_why(void **state)
{
    (void)state;
    static const struct {
        struct slice message;
        const char *code;
    } rows[] = {
        {BYTES("\x90"), "not-a-map"},
        {BYTES("\xdc\x00\x00"), "not-a-map"},
        {BYTES("\x92" MAP "\xa1x"), "not-a-map"},
        {BYTES("\x92" MAP "\x91" MAP), "not-a-map"},
        {BYTES("\x92" MAP), "truncated"},
        {BYTES("\x92" MAP "\x83\xa1k"), "count-exceeds-bytes"},
        {BYTES("\x92" MAP "\x81\xa9k\x01"), "truncated"},
        {BYTES("\x91" MAP MAP), "trailing-bytes"},
        {BYTES("\x91\x81\xc1\x01"), "not-messagepack"},
        {BYTES("\xdc\x00\x41" MAP), "count-exceeds-bytes"},
        {BYTES("\xdd\xff\xff\xff\xff" MAP), "count-exceeds-bytes"},
        /* Heads that are cut off. */
        {BYTES("\xdc"), "truncated"},
        {BYTES("\xdc\x00"), "truncated"},
        {BYTES("\xdc\x01"), "truncated"},
        {BYTES("\xdd"), "truncated"},
        {BYTES("\xdd\x00\x00\x00"), "truncated"},
        {BYTES("\xdd\x00\x00\x01"), "truncated"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bundle bundle;
        struct fault fault;
        assert_true(bundle_is(rows[i].message));
        assert_int_equal(split(rows[i].message, &bundle, &fault), STATUS_REJECT);
        if (strcmp(fault.code, rows[i].code) != 0)
            fail_msg("row %zu: %s, not %s", i, fault.code, rows[i].code);
    }
}

static void other_things_are_no_arrays(void **state)
{
    (void)state;
    static const struct slice messages[] = {BYTES(""),     BYTES(MAP),    BYTES("\xa1x"),
                                            BYTES("\xc0"), BYTES("\xde"), BYTES("\x01")};
    for (size_t i = 0; i < COUNT(messages); i++)
        assert_false(bundle_is(messages[i]));
}

static void as_many_as_may_be_and_no_more(void **state)
{
    (void)state;
    for (size_t count = 1; count <= LIMIT_BUNDLE_ARTICLES + 1; count++) {
        struct buffer message;
        struct bundle bundle;
        struct fault fault;
        char head[BUNDLE_HEAD_BYTES];
        buffer_init(&message, 1 << 16);
        bundle_head(count, head);
        buffer_append(&message, head, sizeof head);
        for (size_t i = 0; i < count; i++)
            buffer_append_slice(&message, SLICE_LITERAL(MAP));
        enum status status = split(buffer_slice(&message), &bundle, &fault);
        assert_int_equal(status, count <= LIMIT_BUNDLE_ARTICLES ? STATUS_OK : STATUS_REJECT);
        if (status == STATUS_OK)
            assert_int_equal(bundle.count, count);
        else
            assert_string_equal(fault.code, "too-many-articles");
        buffer_deinit(&message);
    }
}

/* Together they are no longer than one may be. */
static void together_they_are_one_message(void **state)
{
    (void)state;
    const size_t half = LIMIT_MESSAGE_BYTES / 2;
    char *text = calloc(1, half);
    struct buffer message;
    struct bundle bundle;
    struct fault fault;
    assert_non_null(text);
    buffer_init(&message, (size_t)4 * half);
    for (size_t more = 0; more <= 1; more++) {
        buffer_clear(&message);
        pack_write_array(&message, 2);
        for (size_t i = 0; i < 2; i++) {
            pack_write_map(&message, 1);
            pack_write_string(&message, SLICE_LITERAL("body"));
            /* 11 bytes beside each; the array takes one, too */
            pack_write_binary(&message, (struct slice){text, half - 11 - (i == 0) + more});
        }
        assert_int_equal(message.len, LIMIT_MESSAGE_BYTES + 2 * more);
        assert_int_equal(split(buffer_slice(&message), &bundle, &fault),
                         more ? STATUS_REJECT : STATUS_OK);
        assert_string_equal(fault.code, more ? "message-too-long" : "");
    }
    buffer_deinit(&message);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maps_are_found),
        cmocka_unit_test(what_is_none_says_why),
        cmocka_unit_test(other_things_are_no_arrays),
        cmocka_unit_test(as_many_as_may_be_and_no_more),
        cmocka_unit_test(together_they_are_one_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
