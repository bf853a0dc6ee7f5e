/* The memory of a push: out of order, over files, killed and gone on, and what does not fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "worker/cli/resume.h"

#define PATH_BYTES 128
#define NAMES      64

struct place {
    char folder[PATH_BYTES], input[PATH_BYTES], state[PATH_BYTES];
};

static void write_lines(const char *folder, const char *name, int from, int to)
{
    char path[2 * PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    for (int i = from; i < to; i++)
        (void)fprintf(file, "{\"id\":\"%d\",\"body\":\"x\"}\n", i);
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    (void)snprintf(place->folder, sizeof place->folder, "/tmp/newsmill-resume-XXXXXX");
    if (!mkdtemp(place->folder))
        return -1;
    (void)snprintf(place->input, sizeof place->input, "%.64s/in", place->folder);
    (void)snprintf(place->state, sizeof place->state, "%.64s/state", place->folder);
    if (mkdir(place->input, 0700) != 0)
        return -1;
    write_lines(place->input, "a.jsonl", 0, 4);
    write_lines(place->input, "b.jsonl", 0, 0);
    write_lines(place->input, "c.jsonl", 4, 9);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    char command[PATH_BYTES + 16];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", place->folder);
    int code = system(command); // NOLINT(cert-env33-c): a path of our own making
    free(place);
    return code;
}

struct run {
    struct articles *articles;
    struct resume *resume;
    const char *path;
};

static enum status begin(struct run *run, const struct place *place, struct fault *fault)
{
    run->path = place->input;
    assert_int_equal(articles_open(&run->path, 1, NULL, NULL, &run->articles, fault), STATUS_OK);
    enum status status = resume_open(place->state, &run->resume, fault);
    return status == STATUS_OK ? resume_begin(run->resume, run->articles, fault) : status;
}

/* As after a SIGKILL: nothing is written. */
static void end(struct run *run)
{
    articles_close(run->articles);
    resume_free(run->resume);
    *run = (struct run){.path = NULL};
}

/* Reads on and calls the next articles by their line and file, "a1 a2 c3 "; "-" for those that are
 * done already. */
static void take(struct run *run, int count, uint64_t *numbers, char out[NAMES])
{
    struct reading reading;
    size_t len = 0;
    out[0] = '\0';
    for (int i = 0; i < count && articles_next(run->articles, &reading); i++) {
        bool wanted = resume_take(run->resume, run->articles, &numbers[i]);
        const char *name = strrchr(reading.file, '/') + 1;
        len += (size_t)snprintf(out + len, NAMES - len, "%s%c%d ", wanted ? "" : "-", name[0],
                                (int)reading.line);
    }
}

static void an_interrupted_push_goes_on(void **state)
{
    struct run run;
    struct fault fault;
    uint64_t numbers[16];
    char out[NAMES];
    assert_int_equal(begin(&run, *state, &fault), STATUS_OK);
    take(&run, 7, numbers, out);
    assert_string_equal(out, "a1 a2 a3 a4 c1 c2 c3 ");
    resume_done(run.resume, numbers[0], RESUME_ACKNOWLEDGED);
    resume_done(run.resume, numbers[1], RESUME_REFUSED);
    resume_done(run.resume, numbers[3], RESUME_KNOWN);
    resume_done(run.resume, numbers[5], RESUME_ACKNOWLEDGED);
    assert_int_equal(resume_save(run.resume, 0, true, &fault), STATUS_OK);
    end(&run);

    assert_int_equal(begin(&run, *state, &fault), STATUS_OK);
    assert_int_equal(resume_count(run.resume, RESUME_ACKNOWLEDGED), 2);
    assert_int_equal(resume_count(run.resume, RESUME_REFUSED), 1);
    take(&run, 16, numbers, out);
    assert_string_equal(out, "a3 -a4 c1 -c2 c3 c4 c5 ");
    resume_done(run.resume, numbers[0], RESUME_ACKNOWLEDGED);
    resume_done(run.resume, numbers[2], RESUME_ACKNOWLEDGED);
    assert_int_equal(resume_save(run.resume, 0, true, &fault), STATUS_OK);
    end(&run);

    assert_int_equal(begin(&run, *state, &fault), STATUS_OK);
    take(&run, 16, numbers, out);
    assert_string_equal(out, "c3 c4 c5 ");
    for (int i = 0; i < 3; i++)
        resume_done(run.resume, numbers[i], RESUME_ACKNOWLEDGED);
    resume_all_read(run.resume, run.articles);
    assert_int_equal(resume_save(run.resume, 0, true, &fault), STATUS_OK);
    end(&run);

    assert_int_equal(begin(&run, *state, &fault), STATUS_OK);
    take(&run, 16, numbers, out);
    assert_string_equal(out, "");
    assert_int_equal(resume_count(run.resume, RESUME_ACKNOWLEDGED), 7);
    end(&run);
}

static void another_input_does_not_fit(void **state)
{
    struct place *place = *state;
    struct run run;
    struct fault fault;
    uint64_t numbers[16];
    char out[NAMES];
    assert_int_equal(begin(&run, place, &fault), STATUS_OK);
    take(&run, 6, numbers, out);
    for (int i = 0; i < 6; i++)
        resume_done(run.resume, numbers[i], RESUME_ACKNOWLEDGED);
    assert_int_equal(resume_save(run.resume, 0, true, &fault), STATUS_OK);
    end(&run);
    write_lines(place->input, "a.jsonl", 0, 3); /* in front of where the push was */
    assert_int_equal(begin(&run, place, &fault), STATUS_REJECT);
    assert_string_equal(fault.code, "resume-mismatch");
    end(&run);
}

static void a_file_of_something_else_is_left_alone(void **state)
{
    struct place *place = *state;
    struct resume *resume;
    struct fault fault;
    static const char *const contents[] = {"", "{}", "[1", "{\"newsmill_push_resume\":2}",
                                           "{\"newsmill_push_resume\":1,\"walked\":\"x\"}"};
    for (size_t i = 0; i < sizeof contents / sizeof *contents; i++) {
        FILE *file = fopen(place->state, "we");
        assert_non_null(file);
        (void)fputs(contents[i], file);
        assert_int_equal(fclose(file), 0);
        assert_int_equal(resume_open(place->state, &resume, &fault), STATUS_REJECT);
        assert_string_equal(fault.code, "bad-resume-file");
    }
}

/* One article without an answer holds reading back, in the end; and nothing is lost by that. */
static void reading_waits_in_the_end(void **state)
{
    struct place *place = *state;
    struct run run;
    struct fault fault;
    struct reading reading;
    uint64_t number, first = UINT64_MAX;
    write_lines(place->input, "d.jsonl", 9, RESUME_AHEAD + 100);
    assert_int_equal(begin(&run, place, &fault), STATUS_OK);
    while (!resume_is_full(run.resume) && articles_next(run.articles, &reading)) {
        assert_true(resume_take(run.resume, run.articles, &number));
        if (first == UINT64_MAX)
            first = number;
        else
            resume_done(run.resume, number, RESUME_ACKNOWLEDGED);
    }
    assert_true(resume_is_full(run.resume));
    resume_done(run.resume, first, RESUME_ACKNOWLEDGED);
    assert_false(resume_is_full(run.resume));
    assert_int_equal(resume_count(run.resume, RESUME_ACKNOWLEDGED), RESUME_AHEAD);
    assert_int_equal(resume_save(run.resume, 0, true, &fault), STATUS_OK);
    end(&run);
    assert_int_equal(begin(&run, place, &fault), STATUS_OK);
    int rest = 0;
    while (articles_next(run.articles, &reading))
        rest += resume_take(run.resume, run.articles, &number);
    assert_int_equal(rest, 100);
    end(&run);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_interrupted_push_goes_on),
        TEST(another_input_does_not_fit),
        TEST(a_file_of_something_else_is_left_alone),
        TEST(reading_waits_in_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
