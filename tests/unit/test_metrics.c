/* Counting, adding up, sharing, and both formats; and what a node's status becomes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/metrics.h"
#include "worker/ingest/metrics.h"

enum { DONE, ROOM, TOOK, MANY, ROWS };

static const char *stage(size_t index)
{
    static const char *const names[] = {"one", "two", NULL};
    return names[index];
}
static const char *state(size_t index)
{
    static const char *const names[] = {"a", "b", "c", NULL};
    return names[index];
}

static const uint64_t took_bounds[] = {1000000, 2000000000, 0};
static const struct metric rows[ROWS] = {
    [DONE] = {.name = "x_done",
              .kind = METRIC_COUNTER,
              .help = "Done.",
              .labels = {{"stage", stage}, {"state", state}}},
    [ROOM] = {.name = "x_room_bytes", .kind = METRIC_GAUGE, .unit = METRIC_BYTES, .help = "Room."},
    [TOOK] = {.name = "x_took_seconds",
              .kind = METRIC_HISTOGRAM,
              .unit = METRIC_SECONDS,
              .help = "Took.",
              .labels = {{"stage", stage}},
              .bounds = took_bounds},
    [MANY] = {.name = "x_many",
              .kind = METRIC_HISTOGRAM,
              .help = "Many.",
              .bounds = metric_many_bounds},
};
static const struct metric_table table = {"X", rows, ROWS};

/* As a string, which the caller frees. */
static char *written(const struct metrics *metrics, enum metrics_format format)
{
    struct buffer out;
    buffer_init(&out, 1 << 20);
    metrics_write(metrics, format, &out);
    buffer_append(&out, "", 1);
    assert_false(buffer_failed(&out));
    return out.data;
}

static void assert_says(const struct metrics *metrics, const char *line, bool says)
{
    char *text = written(metrics, METRICS_OPEN), *found = strstr(text, line);
    if ((found != NULL) != says)
        fail_msg("%s: %s\n%s", says ? "missing" : "there", line, text);
    free(text);
}

static void it_counts(void **unused)
{
    (void)unused;
    struct metrics *metrics = metrics_new(&table);
    metrics_add(metrics, DONE, 1 * 3 + 2, 4);
    metrics_add(metrics, DONE, 1 * 3 + 2, 1);
    metrics_set(metrics, ROOM, 0, 77);
    metrics_observe(metrics, TOOK, 1, 1000000); /* a bound belongs to its bucket */
    metrics_observe(metrics, TOOK, 1, 1500000000);
    metrics_observe(metrics, TOOK, 1, 9000000000);
    assert_says(metrics, "x_done_total{stage=\"two\",state=\"c\"} 5\n", true);
    assert_says(metrics, "x_done_total{stage=\"one\",state=\"a\"} 0\n", true);
    assert_says(metrics, "# UNIT x_room_bytes bytes\n# HELP x_room_bytes Room.\nx_room_bytes 77\n",
                true);
    assert_says(metrics,
                "x_took_seconds_bucket{stage=\"two\",le=\"0.001\"} 1\n"
                "x_took_seconds_bucket{stage=\"two\",le=\"2.0\"} 2\n"
                "x_took_seconds_bucket{stage=\"two\",le=\"+Inf\"} 3\n"
                "x_took_seconds_sum{stage=\"two\"} 10.501\n"
                "x_took_seconds_count{stage=\"two\"} 3\n",
                true);
    assert_says(metrics, "x_many_bucket{le=\"1.0\"} 0\n", true);
    assert_says(metrics, "x_many_sum 0\n", true);
    metrics_free(metrics);
}

static void counters_have_their_name_in_each_format(void **unused)
{
    (void)unused;
    struct metrics *metrics = metrics_new(&table);
    char *open = written(metrics, METRICS_OPEN), *text = written(metrics, METRICS_TEXT);
    assert_non_null(strstr(open, "# TYPE x_done counter\n"));
    assert_non_null(strstr(text, "# TYPE x_done_total counter\n# HELP x_done_total Done.\n"));
    assert_null(strstr(text, "# UNIT"));
    free(open);
    free(text);
    metrics_free(metrics);
}

static void the_format_is_what_was_asked_for(void **unused)
{
    (void)unused;
    static const struct {
        const char *accept;
        enum metrics_format format;
    } cases[] = {
        {NULL, METRICS_OPEN},
        {"*/*", METRICS_TEXT},
        {"text/html,application/xhtml+xml,*/*;q=0.8", METRICS_TEXT},
        {"application/openmetrics-text, */*", METRICS_OPEN},
        {"text/plain", METRICS_TEXT},
        {"text/plain;version=0.0.4;q=0.5,*/*;q=0.1", METRICS_TEXT},
        {"application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
         METRICS_OPEN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(metrics_format_for(cases[i].accept), cases[i].format);
}

static void what_is_not_known_is_not_said(void **unused)
{
    (void)unused;
    struct metrics *metrics = metrics_new(&table);
    metrics_observe(metrics, MANY, 0, 3);
    metrics_forget(metrics, TOOK);
    assert_says(metrics, "x_room_bytes", false);
    assert_says(metrics, "x_done", false);
    assert_says(metrics, "x_many_count 1\n", true);
    metrics_set(metrics, DONE, 0, 6);
    assert_says(metrics, "x_done_total{stage=\"one\",state=\"a\"} 6\n", true);
    assert_says(metrics, "state=\"b\"", false);
    metrics_free(metrics);
}

static void blocks_add_up(void **unused)
{
    (void)unused;
    struct metrics *sum = metrics_new(&table), *one = metrics_new(&table);
    uint64_t last = 0;
    metrics_catch_up(one, DONE, 0, &last, 3);
    metrics_catch_up(one, DONE, 0, &last, 5);
    metrics_set(one, ROOM, 0, 10);
    metrics_observe(one, TOOK, 0, 1);
    metrics_merge(sum, one);
    metrics_rest(one); /* its gauges are gone, what it counted is not */
    metrics_merge(sum, one);
    assert_says(sum, "x_done_total{stage=\"one\",state=\"a\"} 10\n", true);
    assert_says(sum, "x_room_bytes 10\n", true);
    assert_says(sum, "x_took_seconds_count{stage=\"one\"} 2\n", true);
    metrics_forget(one, TOOK);
    metrics_merge(sum, one);
    assert_says(sum, "x_room_bytes 10\n", true);
    metrics_free(sum);
    metrics_free(one);
}

/* Puts a descriptor where a started process looks, for the length of a test. */
static int put(int fd)
{
    int kept = fcntl(METRICS_SHARED_FD, F_DUPFD_CLOEXEC, 10);
    assert_int_equal(dup2(fd, METRICS_SHARED_FD), METRICS_SHARED_FD);
    return kept;
}
static void put_back(int kept)
{
    (void)close(METRICS_SHARED_FD);
    if (kept < 0)
        return;
    (void)dup2(kept, METRICS_SHARED_FD);
    (void)close(kept);
}

static void a_supervisor_reads_along(void **unused)
{
    (void)unused;
    int fd;
    struct metrics *theirs = metrics_share(&table, &fd);
    assert_non_null(theirs);
    assert_true(fd >= 0);
    int kept = put(fd);
    struct metrics *first = metrics_new(&table);
    metrics_add(first, DONE, 0, 2);
    metrics_free(first);
    struct metrics *second = metrics_new(&table); /* started again: goes on counting */
    assert_true(metrics_shared(second));
    metrics_add(second, DONE, 0, 3);
    assert_says(theirs, "x_done_total{stage=\"one\",state=\"a\"} 5\n", true);
    static const struct metric_table other = {"Y", rows, ROWS - 1};
    struct metrics *stranger = metrics_new(&other); /* of another release */
    assert_false(metrics_shared(stranger));
    metrics_free(stranger);
    metrics_free(second);
    put_back(kept);
    (void)close(fd);
    metrics_free(theirs);
}

static void some_other_file_is_left_alone(void **unused)
{
    (void)unused;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    int kept = put(ends[0]);
    struct metrics *metrics = metrics_new(&table);
    assert_false(metrics_shared(metrics));
    metrics_free(metrics);
    put_back(kept);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static struct link_worker worker(const char *role, const char *working)
{
    return (struct link_worker){.role = slice_from(role), .state = slice_from(working)};
}

static void a_status_becomes_metrics(void **unused)
{
    (void)unused;
    struct link_worker workers[] = {worker("analyze", "running"), worker("analyze", "running"),
                                    worker("store", "silent"), worker("cook", "running")};
    struct link_stage stages[] = {
        {.stage = SLICE_LITERAL("ingest"), .ready = 4, .oldest_ms = FIELD_NONE},
        {.stage = SLICE_LITERAL("analyze"), .ready = 7, .leased = 1, .oldest_ms = 1500}};
    const struct link_status status = {.books = {SLICE_LITERAL("a"), 12, 5, 2, 1, 4, 9},
                                       .workers = {workers, 4},
                                       .stages = {stages, 2},
                                       .disk = SLICE_LITERAL("low"),
                                       .backlog = SLICE_LITERAL("stop"),
                                       .bottleneck = SLICE_LITERAL("analyze")};
    struct metrics *metrics = metrics_new(&ingest_metrics);
    ingest_metrics_set(metrics, &status);
    ingest_metrics_set(metrics, &status); /* nothing adds up */
    assert_says(metrics, "newsmill_articles_accepted_total 12\n", true);
    assert_says(metrics, "newsmill_articles_in_flight 4\n", true);
    assert_says(metrics, "newsmill_workers{role=\"analyze\",state=\"running\"} 2\n", true);
    assert_says(metrics, "newsmill_workers{role=\"store\",state=\"running\"} 0\n", true);
    assert_says(metrics, "newsmill_workers{role=\"store\",state=\"silent\"} 1\n", true);
    assert_says(metrics, "newsmill_stage_articles{stage=\"analyze\",state=\"ready\"} 7\n", true);
    assert_says(metrics, "newsmill_stage_oldest_seconds{stage=\"analyze\"} 1.5\n", true);
    assert_says(metrics, "newsmill_stage_oldest_seconds{stage=\"store\"}", false);
    assert_says(metrics, "newsmill_bottleneck{stage=\"analyze\"} 1\n", true);
    assert_says(metrics, "newsmill_bottleneck{stage=\"store\"} 0\n", true);
    assert_says(metrics, "newsmill_overloaded 1\n", true);
    ingest_metrics_set(metrics, NULL);
    assert_says(metrics, "newsmill_articles", false);
    assert_says(metrics, "newsmill_ingest_sync_seconds_count 0\n", true);
    metrics_free(metrics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_counts),
        cmocka_unit_test(counters_have_their_name_in_each_format),
        cmocka_unit_test(the_format_is_what_was_asked_for),
        cmocka_unit_test(what_is_not_known_is_not_said),
        cmocka_unit_test(blocks_add_up),
        cmocka_unit_test(a_supervisor_reads_along),
        cmocka_unit_test(some_other_file_is_left_alone),
        cmocka_unit_test(a_status_becomes_metrics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
