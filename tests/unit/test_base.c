/* The small pure modules of common/: UTF-8, UUIDs, clock, buffer, back-off, faults. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "common/arena.h"
#include "common/backoff.h"
#include "common/buffer.h"
#include "common/clock.h"
#include "common/status.h"
#include "common/utf8.h"
#include "common/uuid.h"

#define FFFD "\xef\xbf\xbd"

static void utf8_repairs_as_unicode_says(void **state)
{
    (void)state;
    static const struct {
        struct slice in;
        const char *out;
        size_t repaired;
    } cases[] = {
        {SLICE_LITERAL("plain ascii, long enough for the fast path"),
         "plain ascii, long enough for the fast path", 0},
        {SLICE_LITERAL("na\xc3\xafve \xe2\x82\xac \xf0\x9f\x98\x80"),
         "na\xc3\xafve \xe2\x82\xac \xf0\x9f\x98\x80", 0},
        {SLICE_LITERAL("a\xff"
                       "b"),
         "a" FFFD "b", 1},
        {SLICE_LITERAL("a\0b"), "a" FFFD "b", 1},
        {SLICE_LITERAL("\xed\xa0\x80"), FFFD FFFD FFFD, 3}, /* a lone surrogate */
        {SLICE_LITERAL("\xc0\xaf"), FFFD FFFD, 2},          /* an overlong slash */
        {SLICE_LITERAL("\xf0\x9f\x98"), FFFD, 1},           /* a cut emoji: one maximal subpart */
        {SLICE_LITERAL("\xf4\x90\x80\x80"), FFFD FFFD FFFD FFFD, 4},
        {SLICE_LITERAL("12345678\x80"
                       "12345678"),
         "12345678" FFFD "12345678", 1},
        {SLICE_LITERAL("\xe2\x82\xac\xff\xe2\x82\xac"), "\xe2\x82\xac" FFFD "\xe2\x82\xac", 1},
        {SLICE_LITERAL(""), "", 0},
    };
    struct arena *arena = arena_new(1 << 16);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t repaired = 0;
        struct slice out = utf8_repair(cases[i].in, &repaired, arena);
        assert_true(slice_is(out, cases[i].out));
        assert_int_equal(repaired, cases[i].repaired);
        assert_int_equal(utf8_is_clean(cases[i].in), cases[i].repaired == 0);
        assert_true(utf8_is_clean(out));
    }
    arena_free(arena);
}

static void utf8_walks_code_points(void **state)
{
    (void)state;
    struct slice text = SLICE_LITERAL("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
    const uint32_t points[] = {'a', 0xe9, 0x20ac, 0x1f600};
    size_t at = 0;
    for (size_t i = 0; i < 4; i++) {
        char out[4];
        size_t before = at;
        assert_int_equal(utf8_next(text, &at), points[i]);
        assert_int_equal(utf8_put(points[i], out), at - before);
        assert_memory_equal(out, text.data + before, at - before);
    }
    assert_int_equal(at, text.len);
    assert_int_equal(utf8_length(text), 4);
}

static void uuids_rise_even_when_the_clock_steps_back(void **state)
{
    (void)state;
    struct uuid_source source = {0};
    struct uuid last = {{0}};
    for (int i = 0; i < 5000; i++) {
        struct uuid next = uuid_next(&source, 1700000000000 + (i % 7) - i / 100);
        assert_true(memcmp(last.bytes, next.bytes, 16) < 0);
        assert_int_equal(next.bytes[6] >> 4, 7);
        assert_int_equal(next.bytes[8] >> 6, 2);
        last = next;
    }
}

static void uuid_hash_separates_its_parts(void **state)
{
    (void)state;
    struct slice a[] = {SLICE_LITERAL("ab"), SLICE_LITERAL("c")};
    struct slice b[] = {SLICE_LITERAL("a"), SLICE_LITERAL("bc")};
    struct uuid first = uuid_hash(a, 2), second = uuid_hash(b, 2), again = uuid_hash(a, 2);
    assert_false(uuid_equal(&first, &second));
    assert_true(uuid_equal(&first, &again));
    assert_int_equal(first.bytes[6] >> 4, 8);
}

static void uuid_text_goes_there_and_back(void **state)
{
    (void)state;
    const char *text = "01890a5d-ac96-774b-bcce-b302099a8057";
    char out[UUID_TEXT_BYTES];
    struct uuid uuid;
    assert_true(uuid_parse(slice_from(text), &uuid));
    uuid_format(&uuid, out);
    assert_string_equal(out, text);
    assert_true(uuid_parse(SLICE_LITERAL("01890A5D-AC96-774B-BCCE-B302099A8057"), &uuid));
    uuid_format(&uuid, out);
    assert_string_equal(out, text);
    assert_false(uuid_parse(SLICE_LITERAL("01890a5d-ac96-774b-bcce-b302099a805"), &uuid));
    /* No byte of it may be another one, but for the other case of a digit's letter. */
    for (size_t at = 0; at < UUID_TEXT_BYTES - 1; at++)
        for (int byte = 0; byte < 256; byte++) {
            char changed[UUID_TEXT_BYTES];
            memcpy(changed, text, sizeof changed);
            changed[at] = (char)byte;
            bool good =
                text[at] == '-' ? byte == '-' : byte != 0 && strchr("0123456789abcdefABCDEF", byte);
            assert_int_equal(uuid_parse((struct slice){changed, UUID_TEXT_BYTES - 1}, &uuid), good);
        }
}

/* BLAKE2b over each part behind its length, in whatever steps it is made. */
static void uuid_hash_is_one_hash_at_any_length(void **state)
{
    (void)state;
    static char text[1200];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(i * 7 + i / 251);
    for (size_t len = 0; len < sizeof text; len++) {
        const struct slice parts[] = {SLICE_LITERAL("url"), SLICE_NULL, {text, len}};
        unsigned char bytes[sizeof text + 64] = {3, 0, 0, 0, 0, 0, 0, 0, 'u', 'r', 'l'}, wanted[16];
        bytes[19] = (unsigned char)(len & 0xff);
        bytes[20] = (unsigned char)(len >> 8);
        memcpy(bytes + 27, text, len);
        assert_int_equal(crypto_generichash(wanted, sizeof wanted, bytes, 27 + len, NULL, 0), 0);
        wanted[6] = (unsigned char)((wanted[6] & 0x0f) | 0x80);
        wanted[8] = (unsigned char)((wanted[8] & 0x3f) | 0x80);
        struct uuid uuid = uuid_hash(parts, 3);
        assert_memory_equal(uuid.bytes, wanted, sizeof wanted);
    }
}

static void clock_reads_rfc3339(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2026-11-24T13:35:04.5Z", 1795527304500},
        {"2026-11-24T13:35:04Z", 1795527304000},
        {"2024-02-29T23:59:60z", 1709251200000},
        {"2026-11-24 14:35:04,500+01:00", 1795527304500},
        {"2026-11-24T08:35:04.500-0500", 1795527304500},
        {"2026-11-24", 1795478400000},
        {"2024-02-29T23:59:60Z", 1709251200000},
        {"0001-01-01T00:00:00Z", -62135596800000},
        {"9999-12-31T23:59:59.999Z", 253402300799999},
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        int64_t ms = -1;
        assert_true(clock_parse(slice_from(good[i].text), &ms));
        assert_int_equal(ms, good[i].ms);
    }
    static const char *const bad[] = {"",
                                      "yesterday",
                                      "2026-13-01",
                                      "2026-02-29",
                                      "2026-11-24T25:00Z",
                                      "2026-02-29T10:00:00Z",
                                      "2026-11-24T10:00:61Z",
                                      "2026-11-2:T10:00:00Z",
                                      "294277-01-01",
                                      "2026-11-24T10:00:00.Z",
                                      "2026-11-24X10:00Z",
                                      "2026-11-24T10:00Zjunk"};
    int64_t ms;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(clock_parse(slice_from(bad[i]), &ms));
}

static void clock_format_is_what_parse_reads(void **state)
{
    (void)state;
    char text[CLOCK_TEXT_BYTES];
    for (int64_t ms = -62135596800000; ms < 253402300799999; ms += 98765432109) {
        int64_t back;
        clock_format(ms, text);
        assert_true(clock_parse(slice_from(text), &back));
        assert_int_equal(back, ms);
    }
}

/* A time of the usual form is read at once; behind a space it is read step by step. Both say the
 * same, also of what is nearly one. */
static void usual_times_are_read_as_others_are(void **state)
{
    (void)state;
    char text[1 + CLOCK_TEXT_BYTES] = " ";
    size_t good = 0, count = 0;
    for (int64_t ms = -62135596800000; ms < 253402300799000; ms += 9876543210000) {
        clock_format(ms / 1000 * 1000, text + 1);
        memcpy(text + 20, "Z", 2); /* without milliseconds */
        for (size_t at = 1; at <= 20; at++)
            for (unsigned byte = 0; byte <= 0xff; byte++, count++) {
                const char was = text[at];
                int64_t usual_ms = 0, ms_step_by_step = 0;
                text[at] = (char)byte;
                bool usual = clock_parse((struct slice){text + 1, 20}, &usual_ms);
                bool slowly = clock_parse((struct slice){text, 21}, &ms_step_by_step);
                assert_int_equal(usual, slowly);
                if (usual)
                    assert_int_equal(usual_ms, ms_step_by_step);
                good += usual;
                text[at] = was;
            }
    }
    assert_true(good > count / 100 && good < count / 10);
}

static void buffer_errors_stick(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 8);
    buffer_append(&buffer, "12345", 5);
    buffer_append(&buffer, "6789", 4);
    assert_true(buffer_failed(&buffer));
    buffer_append(&buffer, "6", 1);
    assert_true(slice_is(buffer_slice(&buffer), "12345"));
    buffer_clear(&buffer);
    buffer_be16(&buffer, 0x0102);
    buffer_be32(&buffer, 0x03040506);
    assert_false(buffer_failed(&buffer));
    assert_memory_equal(buffer.data, "\x01\x02\x03\x04\x05\x06", 6);
    buffer_deinit(&buffer);
}

static void buffer_prints(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 1000);
    for (int i = 0; i < 100; i++)
        buffer_printf(&buffer, "%d,", i % 10);
    assert_int_equal(buffer.len, 200);
    assert_memory_equal(buffer.data, "0,1,2,", 6);
    buffer_deinit(&buffer);
}

static void backoff_stays_inside_its_bounds(void **state)
{
    (void)state;
    struct backoff backoff = {.base_ms = 100, .cap_ms = 5000};
    for (int i = 0; i < 200; i++) {
        int64_t low = backoff_next(&(struct backoff){100, 5000, (unsigned)i}, 0);
        int64_t high = backoff_next(&backoff, UINT32_MAX);
        assert_int_equal(low, 100);
        assert_true(high >= 199 && high <= 5000);
    }
    assert_int_equal(backoff_next(&backoff, UINT32_MAX), 5000);
    backoff_reset(&backoff);
    assert_int_equal(backoff_next(&backoff, UINT32_MAX), 200);
}

static void faults_are_cut_not_overrun(void **state)
{
    (void)state;
    struct fault fault;
    char text[600];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(fault_set(&fault, STATUS_REJECT, text, "%s", text), STATUS_REJECT);
    assert_int_equal(strlen(fault.message), sizeof fault.message - 1);
    assert_int_equal(strlen(fault.code), sizeof fault.code - 1);
    assert_int_equal(fault_set(NULL, STATUS_RETRY, "a", "b"), STATUS_RETRY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_repairs_as_unicode_says),
        cmocka_unit_test(utf8_walks_code_points),
        cmocka_unit_test(uuids_rise_even_when_the_clock_steps_back),
        cmocka_unit_test(uuid_hash_separates_its_parts),
        cmocka_unit_test(uuid_text_goes_there_and_back),
        cmocka_unit_test(uuid_hash_is_one_hash_at_any_length),
        cmocka_unit_test(clock_reads_rfc3339),
        cmocka_unit_test(clock_format_is_what_parse_reads),
        cmocka_unit_test(usual_times_are_read_as_others_are),
        cmocka_unit_test(buffer_errors_stick),
        cmocka_unit_test(buffer_prints),
        cmocka_unit_test(backoff_stays_inside_its_bounds),
        cmocka_unit_test(faults_are_cut_not_overrun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
