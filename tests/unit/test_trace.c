/* Lines of logs read back, and the way of an article made of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log_line.h"
#include "worker/cli/trace_line.h"
#include "worker/cli/trace_way.h"

#define NOW_MS INT64_C(1790000000123)

static const struct uuid article = {{0xa8, 0xfa, 0xf2, 0x15}};

static bool read_text(const char *text, struct trace_line *line)
{
    return trace_line_read(slice_from(text), line);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    static const enum log_format formats[] = {LOG_LINES, LOG_JSON};
    for (size_t i = 0; i < 2; i++) {
        struct log_line written;
        struct trace_line line;
        log_line_compose(&written, formats[i], NOW_MS, LOG_DEBUG, "ingest", "its worker died",
                         LOG_FIELDS(log_uuid("article", &article), log_int("pid", -7),
                                    log_slice("id", SLICE_LITERAL("a \"b\\ c=d article=x")),
                                    log_text("none", ""), log_text("why", "caf\xc3\xa9")));
        assert_true(trace_line_read((struct slice){written.text, written.len}, &line));
        assert_int_equal(line.time_ms, NOW_MS);
        assert_string_equal(trace_line_text(&line, "role"), "ingest");
        assert_string_equal(trace_line_text(&line, "message"), "its worker died");
        assert_string_equal(trace_line_text(&line, "article"),
                            "a8faf215-0000-0000-0000-000000000000");
        assert_string_equal(trace_line_text(&line, "id"), "a \"b\\ c=d article=x");
        assert_string_equal(trace_line_text(&line, "none"), "");
        assert_string_equal(trace_line_text(&line, "why"), "caf\xc3\xa9");
        assert_int_equal(json_integer_value(json_object_get(line.fields, "pid")), -7);
        json_decref(line.fields);
    }
}

static void identifiers_stay_words(void **state)
{
    (void)state;
    struct trace_line line;
    assert_true(
        read_text("2026-11-27T20:12:53.150Z debug ingest accepted id=4711 bytes=4711\n", &line));
    assert_string_equal(trace_line_text(&line, "id"), "4711");
    assert_null(trace_line_text(&line, "bytes"));
    json_decref(line.fields);
}

static void collectors_put_things_before_it(void **state)
{
    (void)state;
    struct trace_line line;
    assert_true(read_text("Nov 27 20:12:53 node7 newsmill[4711]: 2026-11-27T20:12:53.150Z debug "
                          "store committed us=12",
                          &line));
    assert_string_equal(trace_line_text(&line, "role"), "store");
    json_decref(line.fields);
}

static void other_lines_are_none(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "",
        "\n",
        "2026-11-27T20:12:53.150Z",
        "2026-11-27T20:12:53.150Z debug",
        "2026-11-27T20:12:53.150Z debug ingest",
        "2026-11-27T20:12:53.150Z loud ingest accepted",
        "2026-13-27T20:12:53.150Z debug ingest accepted",
        "2026-11-27T20:12:53.150Z debug ingest \"accepted",
        "2026-11-27T20:12:53.150Z debug ingest accepted id=\"x",
        "2026-11-27T20:12:53.150Z debug ingest accepted id=\"x\\",
        "2026-11-27T20:12:53.150Z debug ingest accepted and more",
        "{",
        "{}",
        "[1]",
        "{\"time\":1}",
        "{\"time\":\"2026-11-27T20:12:53.150Z\",\"level\":\"debug\",\"role\":\"ingest\"}",
        "{\"time\":\"2026-11-27T20:12:53.150Z\",\"level\":\"debug\",\"role\":1,\"message\":\"x\"}",
    };
    struct trace_line line;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (read_text(lines[i], &line))
            fail_msg("taken for a line: %s", lines[i]);
}

static void add(struct trace_way *way, int64_t time_ms, const char *text)
{
    json_t *fields = json_loads(text, 0, NULL);
    assert_non_null(fields);
    trace_way_add(way, time_ms, fields);
}

static const char *message(const struct trace_way *way, size_t index)
{
    return json_string_value(json_object_get(way->events[index].fields, "message"));
}

static void events_come_in_the_order_of_the_way(void **state)
{
    (void)state;
    static const char *const wanted[] = {"accepted",    "delivered", "analysed", "delivered",
                                         "row written", "committed", "finished"};
    struct trace_way way;
    trace_way_init(&way, SLICE_LITERAL("x"));
    add(&way, 1010, "{\"message\": \"row written\", \"key\": \"k\", \"role\": \"database\"}");
    add(&way, 1000, "{\"message\": \"received\", \"key\": \"k\", \"role\": \"database\"}");
    add(&way, 1010, "{\"message\": \"finished\", \"key\": \"k\", \"outcome\": \"stored\"}");
    add(&way, 1010, "{\"message\": \"delivered\", \"key\": \"k\", \"to\": \"store\"}");
    add(&way, 1010, "{\"message\": \"delivered\", \"key\": \"k\", \"to\": \"analyze\"}");
    add(&way, 1010, "{\"message\": \"analysed\", \"key\": \"k\", \"us\": 4000}");
    add(&way, 1010,
        "{\"message\": \"committed\", \"key\": \"k\", \"us\": 2500, \"outcome\": \"stored\"}");
    add(&way, 1000, "{\"message\": \"accepted\", \"key\": \"k\", \"role\": \"ingest\"}");
    trace_way_sort(&way);
    assert_int_equal(way.count, 7); /* what the database says of the acceptance is said already */
    for (size_t i = 0; i < way.count; i++)
        assert_string_equal(message(&way, i), wanted[i]);
    struct trace_end end = trace_way_end(&way);
    assert_string_equal(end.outcome, "stored");
    assert_int_equal(end.took_ms, 10);
    assert_int_equal(end.analysis_us, 4000);
    assert_int_equal(end.commit_us, 2500);
    trace_way_deinit(&way);
}

static void the_last_acceptance_counts(void **state)
{
    (void)state;
    struct trace_way way;
    trace_way_init(&way, SLICE_LITERAL("x"));
    assert_null(trace_way_end(&way).outcome);
    add(&way, 1000, "{\"message\": \"accepted\", \"key\": \"k\"}");
    add(&way, 1300, "{\"message\": \"committed\", \"key\": \"k\", \"outcome\": \"stored\"}");
    add(&way, 5000, "{\"message\": \"accepted\", \"key\": \"l\"}");
    add(&way, 5100, "{\"message\": \"delivered\", \"key\": \"l\", \"to\": \"analyze\"}");
    trace_way_sort(&way);
    assert_null(trace_way_end(&way).outcome);
    assert_int_equal(trace_way_end(&way).begun_ms, 5000);
    add(&way, 6000, "{\"message\": \"dead letter\", \"key\": \"l\", \"code\": \"worker-crash\"}");
    trace_way_sort(&way);
    assert_string_equal(trace_way_end(&way).outcome, "dead");
    assert_int_equal(trace_way_end(&way).took_ms, 1000);
    trace_way_deinit(&way);
}

static void a_key_shows_one_acceptance(void **state)
{
    (void)state;
    struct trace_way way;
    trace_way_init(&way, SLICE_LITERAL("k"));
    way.by_key = true;
    add(&way, 1, "{\"message\": \"accepted\", \"key\": \"k\"}");
    add(&way, 2, "{\"message\": \"accepted\", \"key\": \"l\"}");
    add(&way, 3, "{\"message\": \"duplicate\"}");
    assert_int_equal(way.count, 1);
    trace_way_deinit(&way);
}

static void there_is_an_end_to_it(void **state)
{
    (void)state;
    struct trace_way way;
    trace_way_init(&way, SLICE_LITERAL("x"));
    for (int i = 0; i < TRACE_EVENTS_MAX + 5; i++)
        add(&way, i, "{\"message\": \"duplicate\"}");
    assert_int_equal(way.count, TRACE_EVENTS_MAX);
    assert_int_equal(way.left_out, 5);
    trace_way_deinit(&way);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(identifiers_stay_words),
        cmocka_unit_test(collectors_put_things_before_it),
        cmocka_unit_test(other_lines_are_none),
        cmocka_unit_test(events_come_in_the_order_of_the_way),
        cmocka_unit_test(the_last_acceptance_counts),
        cmocka_unit_test(a_key_shows_one_acceptance),
        cmocka_unit_test(there_is_an_end_to_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
