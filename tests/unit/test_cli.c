/* What the commands share: the table of options, the sample file, passwords, books, metrics. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "worker/cli/command.h"
#include "worker/cli/folder.h"
#include "worker/cli/standing.h"

#define FILE_BYTES 32768

static char *read_all(FILE *file)
{
    char *text = calloc(1, FILE_BYTES);
    assert_non_null(text);
    assert_true(fread(text, 1, FILE_BYTES - 1, file) < FILE_BYTES - 1);
    assert_int_equal(fclose(file), 0);
    return text;
}

/* Runs `newsmill config` with standard output in a file. */
static char *printed_config(void)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    (void)fflush(stdout);
    int saved = dup(STDOUT_FILENO);
    assert_true(dup2(fileno(file), STDOUT_FILENO) >= 0);
    int code = config_main(NULL);
    (void)fflush(stdout);
    assert_true(dup2(saved, STDOUT_FILENO) >= 0);
    (void)close(saved);
    assert_int_equal(code, EXIT_DONE);
    rewind(file);
    return read_all(file);
}

static void the_sample_file_is_what_config_prints(void **state)
{
    (void)state;
    FILE *file = fopen(SOURCE_DIR "/deploy/newsmill.conf.sample", "re");
    assert_non_null(file);
    char *sample = read_all(file), *printed = printed_config();
    assert_string_equal(sample, printed);
    free(sample);
    free(printed);
}

static void every_row_is_sound(void **state)
{
    (void)state;
    for (size_t i = 0; i < option_count; i++) {
        const struct option *row = &option_table[i];
        char *argv[] = {NULL};
        struct fault fault;
        assert_true(strlen(row->help) > 10);
        assert_true(row->commands != 0);
        for (size_t k = 0; k < i; k++) /* a command has one row of a name */
            if (strcmp(option_table[k].name, row->name) == 0)
                assert_int_equal(option_table[k].commands & row->commands, 0);
        if (row->type == OPTION_FLAG || !row->fallback)
            continue;
        /* The default is a value the table itself accepts. */
        char argument[256];
        (void)snprintf(argument, sizeof argument, "--%s=%s", row->name, row->fallback);
        argv[0] = argument;
        struct options *options = NULL;
        unsigned command = row->commands & ~(row->commands - 1);
        assert_int_equal(
            options_parse(option_table, option_count, command, 1, argv, NULL, &options, &fault),
            STATUS_OK);
        options_free(options);
    }
}

static void passwords_are_hidden(void **state)
{
    (void)state;
    static const struct {
        const char *uri, *shown;
    } cases[] = {
        {"postgresql:///news?host=/tmp/x", "postgresql:///news?host=/tmp/x"},
        {"postgresql://me@host/news", "postgresql://me@host/news"},
        {"postgresql://me:secret@host:5432/news", "postgresql://me@host:5432/news"},
        {"postgresql://me:secret@h1:1,h2:2/n?a=b", "postgresql://me@h1:1,h2:2/n?a=b"},
        {"postgresql://host:5432/news", "postgresql://host:5432/news"},
        {"postgresql://h/n?password=secret&a=b", "postgresql://h/n?&a=b"},
        {"host=h password=secret dbname=n", "host=h  dbname=n"},
        {"host=h password='se cret' dbname=n", "host=h  dbname=n"},
    };
    char shown[FOLDER_DATABASE_BYTES];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        folder_hide_password(cases[i].uri, shown);
        assert_string_equal(shown, cases[i].shown);
    }
}

static struct link_worker worker(const char *role, const char *state)
{
    return (struct link_worker){.role = slice_from(role),
                                .host = SLICE_LITERAL("<h>"),
                                .version = SLICE_LITERAL("1"),
                                .state = slice_from(state),
                                .pid = 7};
}

static void books_are_added_up(void **state)
{
    (void)state;
    struct link_worker workers[] = {worker(LINK_ANALYZE, "running"), worker(LINK_STORE, "running"),
                                    worker(LINK_STORE, "silent")};
    struct link_status a = {.books = {SLICE_LITERAL("a"), 10, 5, 1, 1, 3, 2},
                            .workers = {workers, 3},
                            .oldest_ms = FIELD_NONE};
    struct link_status b = {.books = {SLICE_LITERAL("b"), 1, 1, 0, 0, 0, 0}, .oldest_ms = 5};
    struct standing standing = {.nodes = {&a, &b}, .node_count = 2, .asked = 2};
    assert_int_equal(standing_books(&standing).accepted, 11);
    assert_int_equal(standing_workers(&standing, LINK_STORE), 1);
    assert_true(standing_balances(&standing));
    json_t *root = standing_json(&standing);
    assert_non_null(root);
    assert_int_equal(json_integer_value(json_object_get(root, "in_flight")), 3);
    assert_true(json_is_null(json_object_get(root, "database")));
    assert_int_equal(json_array_size(json_object_get(root, "workers")), 5);
    json_decref(root);
    b.books.accepted = 2;
    assert_false(standing_balances(&standing));
}

static void the_folder_is_claimed_once(void **state)
{
    (void)state;
    char root[] = "/tmp/newsmill-folder-XXXXXX", folder[64], file[80];
    int first = -1, second = -1;
    struct fault fault;
    assert_non_null(mkdtemp(root));
    (void)snprintf(folder, sizeof folder, "%s/a/b", root);
    assert_int_equal(folder_claim(folder, &first, &fault), STATUS_OK);
    assert_int_equal(folder_claim(folder, &second, &fault), STATUS_FATAL);
    assert_string_equal(fault.code, "folder-in-use");
    struct folder_up up = {.pid = 1, .database = "postgresql:///x"};
    assert_int_equal(folder_write_up(folder, &up, &fault), STATUS_OK);
    char database[FOLDER_DATABASE_BYTES];
    assert_true(folder_read_database(folder, database));
    assert_string_equal(database, "postgresql:///x");
    struct folder_ingest ingest;
    assert_false(folder_read_ingest(folder, &ingest));
    folder_forget(folder, "up.json");
    assert_false(folder_read_database(folder, database));
    (void)close(first);
    (void)snprintf(file, sizeof file, "%s/up.lock", folder);
    assert_int_equal(folder_claim(file, &second, &fault), STATUS_FATAL); /* a file is in the way */
    assert_int_equal(unlink(file), 0);
    assert_int_equal(rmdir(folder), 0);
    *strrchr(folder, '/') = '\0';
    assert_int_equal(rmdir(folder), 0);
    assert_int_equal(rmdir(root), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sample_file_is_what_config_prints),
        cmocka_unit_test(every_row_is_sound),
        cmocka_unit_test(passwords_are_hidden),
        cmocka_unit_test(books_are_added_up),

        cmocka_unit_test(the_folder_is_claimed_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
