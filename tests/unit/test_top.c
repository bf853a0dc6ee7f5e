/* The picture of newsmill top, and the sums behind it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "worker/cli/top_frame.h"

#define WORKERS 40

static struct link_worker workers[WORKERS];
static struct link_stage stages[2][3];
static struct link_status nodes[2];

static struct link_stage stage(const char *name, uint32_t ready, int64_t oldest_ms, double rate)
{
    return (struct link_stage){
        .stage = slice_from(name), .ready = ready, .oldest_ms = oldest_ms, .rate = rate};
}

static struct standing two_nodes(void)
{
    for (size_t n = 0; n < 2; n++) {
        stages[n][0] = stage("ingest", 5, FIELD_NONE, 100);
        stages[n][1] = stage("analyze", 10, 1200 + 100 * (int64_t)n, 50);
        stages[n][2] = stage("store", 0, FIELD_NONE, 49.5);
        nodes[n] = (struct link_status){
            .books = {SLICE_LITERAL("node"), 100, 60, 10, 5, 25, 0},
            .stages = {stages[n], 3},
            .disk = SLICE_LITERAL("fine"),
            .backlog = SLICE_LITERAL("fine"),
            .bottleneck = SLICE_LITERAL("producers"),
            .bottleneck_why = SLICE_LITERAL("There is room."),
        };
    }
    for (size_t i = 0; i < WORKERS; i++)
        workers[i] = (struct link_worker){.role = SLICE_LITERAL("analyze"),
                                          .host = SLICE_LITERAL("h\033[2Jost"),
                                          .state = SLICE_LITERAL("running"),
                                          .pid = (int64_t)i,
                                          .outstanding = 16,
                                          .credit_messages = 16};
    nodes[0].workers = (struct field_list){workers, WORKERS};
    nodes[1].bottleneck = SLICE_LITERAL("analyze");
    nodes[1].bottleneck_why = SLICE_LITERAL("Some articles wait, and here is a sentence that is so "
                                            "long that it takes two lines of it.");
    return (struct standing){.nodes = {&nodes[0], &nodes[1]}, .node_count = 2, .asked = 2};
}

static void frame_of(const struct standing *standing, struct top_look look, struct buffer *out)
{
    buffer_init(out, SIZE_MAX / 2);
    top_frame(standing, &look, out);
    buffer_append(out, "", 1);
}

/* No line longer, no more lines; one byte is one cell but for "…". */
static void assert_fits(const char *frame, int rows, int columns)
{
    int lines = 1, cells = 0;
    for (const char *at = frame; *at; at++) {
        if (*at == '\n') {
            lines++;
            cells = 0;
        } else if (((unsigned char)*at & 0xc0) != 0x80) {
            cells++;
        }
        assert_true(cells <= columns);
    }
    assert_true(lines <= rows);
}

static void test_sums(void **state)
{
    struct standing standing = two_nodes();
    struct link_stage sums[STANDING_STAGES_MAX];
    (void)state;
    assert_int_equal(standing_stages(&standing, sums), 3);
    assert_int_equal(sums[1].ready, 20);
    assert_int_equal(sums[1].oldest_ms, 1300);
    assert_true(sums[1].rate > 99.9 && sums[1].rate < 100.1);
    assert_int_equal(sums[2].oldest_ms, FIELD_NONE);
    assert_true(slice_is(standing_bottleneck(&standing).stage, "analyze"));
    nodes[1].bottleneck = SLICE_LITERAL("none");
    assert_true(slice_is(standing_bottleneck(&standing).stage, "producers"));
    standing.node_count = 0;
    assert_null(standing_bottleneck(&standing).stage.data);
}

static void test_it_fits(void **state)
{
    static const int sizes[][2] = {{24, 80}, {10, 40}, {1, 1}, {3, 200}, {100, 300}};
    struct standing standing = two_nodes();
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct buffer frame;
        frame_of(&standing, (struct top_look){.rows = sizes[i][0], .columns = sizes[i][1]}, &frame);
        assert_fits(frame.data, sizes[i][0], sizes[i][1]);
        assert_null(strchr(frame.data, '\033'));
        buffer_deinit(&frame);
    }
}

static void test_what_it_says(void **state)
{
    struct standing standing = two_nodes();
    struct buffer frame;
    (void)state;
    frame_of(&standing, (struct top_look){.rows = 24, .columns = 80}, &frame);
    static const char *const parts[] = {"2 of 2 ingest nodes",
                                        "accepted 200 = stored 120",
                                        "the books balance",
                                        "bottleneck  analyze: Some articles",
                                        "            that it takes two",
                                        "analyze            20",
                                        "1.3 s",
                                        "16*",
                                        "more workers"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!strstr(frame.data, parts[i]))
            fail_msg("no '%s' in\n%s", parts[i], frame.data);
    buffer_deinit(&frame);
    nodes[0].books.stored = 61;
    frame_of(&standing, (struct top_look){.rows = 24, .columns = 80, .colours = true}, &frame);
    assert_non_null(strstr(frame.data, "\033[1;31mthe books DO NOT BALANCE"));
    buffer_deinit(&frame);
}

static void test_nobody_answers(void **state)
{
    struct standing standing = {.asked = 1};
    struct buffer frame;
    (void)state;
    frame_of(&standing, (struct top_look){.rows = 24, .columns = 80, .trouble = "nothing answers"},
             &frame);
    assert_non_null(strstr(frame.data, "0 of 1"));
    assert_non_null(strstr(frame.data, "nothing answers"));
    assert_null(strstr(frame.data, "balance"));
    buffer_deinit(&frame);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_it_fits),
        cmocka_unit_test(test_what_it_says),
        cmocka_unit_test(test_nobody_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
