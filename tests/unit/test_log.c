/* Log lines: one write each, quoted where needed, and nothing a stranger sends can forge one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_level_role_message_and_fields),
        cmocka_unit_test(a_value_cannot_forge_a_line),
        cmocka_unit_test(long_lines_are_cut_and_still_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
