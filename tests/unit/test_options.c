/* Options: their four sources, their order, and the sentences for wrong ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/nearest.h"
#include "common/options.h"

enum { STORE = 1, PUSH = 2 };

static const struct option table[] = {
    {"config", OPTION_TEXT, NULL, 0, 0, STORE | PUSH, "FILE", "a file of options"},
    {"batch-rows", OPTION_INT, "200", 1, 10000, STORE, "N", "rows in a transaction"},
    {"credit", OPTION_INT, "1000", 1, 100000, STORE, "N", "for storage"},
    {"credit", OPTION_INT, "16", 1, 1000, PUSH, "N", "another command's, with its own default"},
    {"db", OPTION_TEXT, NULL, 0, 0, STORE, "URI", "the database"},
    {"to", OPTION_ENDPOINT, NULL, 0, 0, PUSH, "ENDPOINT", "one endpoint"},
    {"work", OPTION_ENDPOINTS, NULL, 0, 0, STORE, "ENDPOINTS", "several endpoints"},
    {"json", OPTION_FLAG, "no", 0, 0, PUSH, NULL, "for programs"},
    {"actors", OPTION_FILES, NULL, 0, 0, STORE, "FILE,…", "several files"},
    {"level", OPTION_CHOICE, "full", 0, 0, STORE, "full|fast", "one of two words"},
    {"http", OPTION_ADDRESS, "off", 0, 0, STORE, "HOST:PORT", "where to listen"},
};
#define TABLE table, sizeof table / sizeof *table

/* Literals are const here, while main() gives plain pointers: the casts are the difference. */
static enum status parse(unsigned command, const char *const *argv, const char *const *environment,
                         struct options **options, struct fault *fault)
{
    static const char *const nothing[] = {NULL};
    int argc = 0;
    while (argv && argv[argc])
        argc++;
    return options_parse(TABLE, command, argc, (char *const *)(uintptr_t)(argv ? argv : nothing),
                         (char *const *)(uintptr_t)(environment ? environment : nothing), options,
                         fault);
}
#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void defaults_come_from_the_table(void **state)
{
    (void)state;
    struct options *options;
    struct fault fault;
    assert_int_equal(parse(STORE, NULL, NULL, &options, &fault), STATUS_OK);
    assert_int_equal(options_int(options, "batch-rows"), 200);
    assert_int_equal(options_int(options, "credit"), 1000);
    assert_null(options_text(options, "db"));
    assert_false(options_given(options, "batch-rows"));
    options_free(options);
    assert_int_equal(parse(PUSH, NULL, NULL, &options, &fault), STATUS_OK);
    assert_int_equal(options_int(options, "credit"), 16);
    assert_false(options_flag(options, "json"));
    options_free(options);
}

static void the_command_line_is_read(void **state)
{
    (void)state;
    struct options *options;
    struct fault fault;
    assert_int_equal(
        parse(PUSH, WORDS("a", "--json", "--credit=7", "-", "--", "--b"), NULL, &options, &fault),
        STATUS_OK);
    assert_true(options_flag(options, "json"));
    assert_int_equal(options_int(options, "credit"), 7);
    assert_int_equal(options_operand_count(options), 3);
    assert_string_equal(options_operand(options, 0), "a");
    assert_string_equal(options_operand(options, 1), "-");
    assert_string_equal(options_operand(options, 2), "--b");
    assert_null(options_operand(options, 3));
    options_free(options);
}

static void files_add_up_in_one_place(void **state)
{
    (void)state;
    struct options *options;
    struct fault fault;
    assert_int_equal(parse(STORE, WORDS("--actors", "a,b", "--actors=c"),
                           WORDS("NEWSMILL_ACTORS=weaker"), &options, &fault),
                     STATUS_OK);
    assert_string_equal(options_text(options, "actors"), "a,b,c");
    options_free(options);
    assert_int_equal(parse(STORE, NULL, WORDS("NEWSMILL_ACTORS=weaker"), &options, &fault),
                     STATUS_OK);
    assert_string_equal(options_text(options, "actors"), "weaker");
    options_free(options);
}

static void file_with(const char *text, char path[32])
{
    (void)snprintf(path, 32, "/tmp/newsmill-options-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    (void)close(fd);
}

static void stronger_sources_win(void **state)
{
    (void)state;
    struct options *options;
    struct fault fault;
    char path[32];
    file_with("# a comment\n\nbatch-rows = 1\ndb=postgresql:///file\ncredit = 3\njson = yes\n",
              path);
    assert_int_equal(
        parse(STORE, WORDS("--config", path, "--credit", "5", "operand"),
              WORDS("NEWSMILL_BATCH_ROWS=2", "NEWSMILL_CREDIT=4", "HOME=/", "NEWSMILL_DB="),
              &options, &fault),
        STATUS_OK);
    assert_string_equal(options_text(options, "db"), "postgresql:///file");
    assert_int_equal(options_int(options, "batch-rows"), 2);
    assert_int_equal(options_int(options, "credit"), 5);
    assert_true(options_given(options, "db"));
    assert_int_equal(options_operand_count(options), 1);
    options_free(options);
    (void)unlink(path);
}

static void the_file_may_be_named_by_the_environment(void **state)
{
    (void)state;
    struct options *options;
    struct fault fault;
    char path[32], variable[64];
    file_with("batch-rows = 9\n", path);
    (void)snprintf(variable, sizeof variable, "NEWSMILL_CONFIG=%s", path);
    assert_int_equal(parse(STORE, NULL, WORDS(variable), &options, &fault), STATUS_OK);
    assert_int_equal(options_int(options, "batch-rows"), 9);
    options_free(options);
    (void)unlink(path);
}

static void wrong_options_get_a_sentence(void **state)
{
    (void)state;
    static const struct {
        unsigned command;
        const char *argument, *variable, *code, *says;
    } cases[] = {
        {STORE, "--batch-row=3", NULL, "unknown-option", "did you mean --batch-rows?"},
        {STORE, "--bacth-rows=3", NULL, "unknown-option", "did you mean --batch-rows?"},
        {STORE, "--quite-another", NULL, "unknown-option", "--help"},
        {PUSH, "--batch-rows=3", NULL, "unknown-option", "--batch-rows"},
        {STORE, "-x", NULL, "unknown-option", "-x"},
        {STORE, "--batch-rows=0", NULL, "bad-value", "from 1 to 10000"},
        {STORE, "--batch-rows=12x", NULL, "bad-value", "12x"},
        {STORE, "--batch-rows=99999999999999999999", NULL, "bad-value", "from 1"},
        {STORE, "--batch-rows", NULL, "bad-value", "--batch-rows N"},
        {PUSH, "--json=perhaps", NULL, "bad-value", "yes or no, not 'perhaps'"},
        {STORE, "--level=fats", NULL, "bad-value", "not 'fats'; did you mean fast?"},
        {STORE, "--level=full|fast", NULL, "bad-value", "--level wants full|fast"},
        {STORE, "--level=", NULL, "bad-value", "--level wants full|fast, not ''"},
        {STORE, "--level=fast", NULL, NULL, NULL},
        {STORE, "--http=8080", NULL, "bad-value", "looks like 127.0.0.1:8080, not '8080'"},
        {STORE, "--http=127.0.0.1:65536", NULL, "bad-value", "looks like"},
        {STORE, "--http=:80", NULL, "bad-value", "looks like"},
        {STORE, "--http=[::1]:0", NULL, NULL, NULL},
        {STORE, "--http=systemd", NULL, NULL, NULL},
        {STORE, "--config=/nowhere/at/all", NULL, "config-file", "/nowhere/at/all"},
        {STORE, NULL, "NEWSMILL_BATCH_ROW=3", "unknown-option",
         "NEWSMILL_BATCH_ROW in the environment); did you mean batch-rows?"},
        {STORE, NULL, "NEWSMILL_BATCH_ROWS=x", "bad-value",
         "NEWSMILL_BATCH_ROWS in the environment) wants"},
        {PUSH, NULL, "NEWSMILL_BATCH_ROWS=3", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct options *options = NULL;
        struct fault fault = {.code = ""};
        const char *const arguments[] = {cases[i].argument, NULL};
        const char *const environment[] = {cases[i].variable, NULL};
        enum status status = parse(cases[i].command, arguments, environment, &options, &fault);
        assert_int_equal(status, cases[i].code ? STATUS_REJECT : STATUS_OK);
        if (cases[i].code) {
            assert_string_equal(fault.code, cases[i].code);
            assert_non_null(strstr(fault.message, cases[i].says));
        }
        options_free(options);
    }
}

static void endpoints_look_like_endpoints(void **state)
{
    (void)state;
    static const struct {
        unsigned command;
        const char *argument;
        bool good;
    } cases[] = {
        {PUSH, "--to=tcp://127.0.0.1:0", true},
        {PUSH, "--to=tcp://[::1]:5552", true},
        {PUSH, "--to=tcp://news.example.org:65535", true},
        {PUSH, "--to=ipc:///tmp/x", true},
        {PUSH, "--to=tcp://a:1,tcp://b:2", false},
        {PUSH, "--to=5552", false},
        {PUSH, "--to=127.0.0.1:5552", false},
        {PUSH, "--to=tcp://127.0.0.1", false},
        {PUSH, "--to=tcp://127.0.0.1:", false},
        {PUSH, "--to=tcp://:5552", false},
        {PUSH, "--to=tcp://127.0.0.1:many", false},
        {PUSH, "--to=tcp://127.0.0.1:65536", false},
        {PUSH, "--to=ipc://", false},
        {PUSH, "--to=", false},
        {STORE, "--work=tcp://a:1,tcp://b:2", true},
        {STORE, "--work=tcp://a:1,", false},
        {STORE, "--work=,tcp://a:1", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct options *options = NULL;
        struct fault fault;
        enum status status =
            parse(cases[i].command, WORDS(cases[i].argument), NULL, &options, &fault);
        assert_int_equal(status, cases[i].good ? STATUS_OK : STATUS_REJECT);
        options_free(options);
    }
}

static void wrong_files_name_the_line(void **state)
{
    (void)state;
    static const char *const texts[] = {"\nbatch-rows\n", "\nbatch-row = 2\n", "\nbatch-rows = x\n",
                                        "\nlevel = fats\n", "\nhttp = nowhere\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct options *options;
        struct fault fault;
        char path[32];
        file_with(texts[i], path);
        assert_int_equal(parse(STORE, WORDS("--config", path), NULL, &options, &fault),
                         STATUS_REJECT);
        assert_non_null(strstr(fault.message, "line 2"));
        (void)unlink(path);
    }
}

static void the_nearest_word_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *word, *meant;
    } cases[] = {{"pus", "push"},       {"psuh", "push"},    {"stauts", "status"},
                 {"inspct", "inspect"}, {"xylophone", NULL}, {"", NULL},
                 {"statuses", "status"}};
    static const char *const known[] = {"push", "status", "inspect", "up"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct nearest nearest;
        nearest_init(&nearest, cases[i].word);
        for (size_t k = 0; k < sizeof known / sizeof *known; k++)
            nearest_offer(&nearest, known[k]);
        if (!cases[i].meant)
            assert_true(!nearest.best || strlen(cases[i].word) == 0);
        else
            assert_string_equal(nearest.best, cases[i].meant);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_come_from_the_table),
        cmocka_unit_test(the_command_line_is_read),
        cmocka_unit_test(files_add_up_in_one_place),
        cmocka_unit_test(stronger_sources_win),
        cmocka_unit_test(the_file_may_be_named_by_the_environment),
        cmocka_unit_test(wrong_options_get_a_sentence),
        cmocka_unit_test(endpoints_look_like_endpoints),
        cmocka_unit_test(wrong_files_name_the_line),
        cmocka_unit_test(the_nearest_word_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
