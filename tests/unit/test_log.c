/* Log lines: one write each, quoted where needed, and nothing a stranger sends can forge one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "common/log.h"

struct capture {
    int pipe[2], kept;
};

static void capture_begin(struct capture *capture)
{
    assert_int_equal(pipe(capture->pipe), 0);
    capture->kept = dup(STDERR_FILENO);
    assert_true(capture->kept >= 0);
    assert_true(dup2(capture->pipe[1], STDERR_FILENO) >= 0);
}

/* What was written meanwhile, NUL-terminated. */
static void capture_end(struct capture *capture, char *out, size_t size)
{
    assert_true(dup2(capture->kept, STDERR_FILENO) >= 0);
    (void)close(capture->kept);
    (void)close(capture->pipe[1]);
    size_t len = 0;
    for (ssize_t got; (got = read(capture->pipe[0], out + len, size - 1 - len)) > 0;)
        len += (size_t)got;
    out[len] = '\0';
    (void)close(capture->pipe[0]);
}

static void a_line_has_level_role_message_and_fields(void **state)
{
    (void)state;
    struct capture capture;
    char out[4096];
    log_init(LOG_INFO, "tester");
    capture_begin(&capture);
    log_info("it happened", log_text("why", "because"), log_int("times", -3),
             log_slice("part", SLICE_LITERAL("a b")));
    log_debug("this is below the level");
    capture_end(&capture, out, sizeof out);
    assert_non_null(
        strstr(out, " info tester \"it happened\" why=because times=-3 part=\"a b\"\n"));
    assert_null(strstr(out, "below"));
}

static void a_value_cannot_forge_a_line(void **state)
{
    (void)state;
    struct capture capture;
    char out[4096];
    log_init(LOG_INFO, "tester");
    capture_begin(&capture);
    log_warn("refused", log_text("id", "x\n2026 error ingest \"forged\" \x1b[31m"));
    capture_end(&capture, out, sizeof out);
    assert_ptr_equal(strchr(out, '\n'), out + strlen(out) - 1);
    assert_null(strchr(out, '\x1b'));
    assert_non_null(strstr(out, "\\\"forged\\\""));
}

static void long_lines_are_cut_and_still_end(void **state)
{
    (void)state;
    struct capture capture;
    char out[8192], value[6000];
    memset(value, 'v', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    log_init(LOG_INFO, "tester");
    capture_begin(&capture);
    log_error("long", log_text("value", value), log_text("empty", NULL));
    capture_end(&capture, out, sizeof out);
    assert_true(strlen(out) <= 2048);
    assert_int_equal(out[strlen(out) - 1], '\n');
}

static void a_json_line_is_whole_whatever_is_in_it(void **state)
{
    (void)state;
    struct capture capture;
    char out[8192], value[6000];
    memset(value, '"', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    log_init(LOG_INFO, "tester");
    log_set_format(LOG_JSON);
    capture_begin(&capture);
    log_info("it \"happened\"", log_int("times", -3), log_text("bad", "a\xff\n\xc3\xa9"),
             log_text("good", "\xc3\xa9"), log_text("long", value), log_text("last", value));
    capture_end(&capture, out, sizeof out);
    log_set_format(LOG_LINES);
    json_t *root = json_loads(out, 0, NULL); /* one value and white space, or none */
    assert_non_null(root);
    assert_string_equal(json_string_value(json_object_get(root, "level")), "info");
    assert_string_equal(json_string_value(json_object_get(root, "role")), "tester");
    assert_string_equal(json_string_value(json_object_get(root, "message")), "it \"happened\"");
    assert_int_equal(json_integer_value(json_object_get(root, "times")), -3);
    assert_string_equal(json_string_value(json_object_get(root, "bad")), "a????");
    assert_string_equal(json_string_value(json_object_get(root, "good")), "\xc3\xa9");
    json_decref(root);
    assert_int_equal(out[strlen(out) - 1], '\n');
}

static void read_file(const char *path, char *out, size_t size)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    out[fread(out, 1, size - 1, file)] = '\0';
    (void)fclose(file);
}

static void a_trail_is_written_over_from_its_beginning(void **state)
{
    (void)state;
    char folder[] = "/tmp/newsmill-trail-XXXXXX", path[64], kept[80], out[4096];
    const struct uuid article = {{1, 2, 3}};
    struct fault fault;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/trail.log", folder);
    (void)snprintf(kept, sizeof kept, "%s.1", path);
    log_init(LOG_INFO, "tester");
    assert_false(log_follows_articles());
    assert_int_equal(log_trail_open(path, 350, &fault), STATUS_OK);
    assert_true(log_follows_articles());
    for (int i = 0; i < 5; i++) {
        /* The first two are longer: their rests must not be read as lines. */
        log_article(
            &article, "passed", log_int("turn", i),
            log_text("id", i < 2 ? "2026-11-27T20:12:53.150Z debug forged accepted" : NULL));
        log_trail_flush();
    }
    log_trail_close();
    read_file(path, out, sizeof out);
    assert_true(strlen(out) <= 350);
    assert_null(strstr(out, "turn=0"));
    assert_null(strstr(out, "turn=1"));
    assert_null(strstr(out, "forged"));
    for (int i = 2; i < 5; i++) {
        char line[128];
        (void)snprintf(line, sizeof line,
                       " debug tester passed article=01020300-0000-0000-0000-000000000000 turn=%d ",
                       i);
        assert_non_null(strstr(out, line));
    }
    assert_int_equal(log_trail_open(path, 350, &fault), STATUS_OK); /* full: it is kept */
    log_trail_close();
    read_file(kept, out, sizeof out);
    assert_non_null(strstr(out, "turn=4"));
    assert_int_equal(log_trail_open("/nowhere/at/all", 200, &fault), STATUS_FATAL);
    assert_string_equal(fault.code, "trail");
    assert_int_equal(log_trail_open(path, 0, &fault), STATUS_OK);
    assert_int_equal(log_trail_open("off", 200, &fault), STATUS_OK);
    assert_false(log_follows_articles());
    (void)unlink(path);
    (void)unlink(kept);
    (void)rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_level_role_message_and_fields),
        cmocka_unit_test(a_value_cannot_forge_a_line),
        cmocka_unit_test(long_lines_are_cut_and_still_end),
        cmocka_unit_test(a_json_line_is_whole_whatever_is_in_it),
        cmocka_unit_test(a_trail_is_written_over_from_its_beginning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
