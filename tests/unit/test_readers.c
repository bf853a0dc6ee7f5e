/* Readers: which one takes a file, and what comes out of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/article.h"
#include "proto/limits.h"
#include "worker/sources/articles.h"

#define PATH_BYTES 256

struct folder {
    char path[PATH_BYTES];
};

static int set_up(void **state)
{
    struct folder *folder = calloc(1, sizeof *folder);
    (void)snprintf(folder->path, sizeof folder->path, "/tmp/newsmill-readers-XXXXXX");
    *state = folder;
    return mkdtemp(folder->path) ? 0 : -1;
}

static int tear_down(void **state)
{
    struct folder *folder = *state;
    char command[PATH_BYTES + 16];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder->path);
    int code = system(command); // NOLINT(cert-env33-c): a path of our own making
    free(folder);
    return code;
}

static const char *write_file(const struct folder *folder, const char *name, const char *bytes,
                              size_t len, char path[PATH_BYTES])
{
    assert_true(snprintf(path, PATH_BYTES, "%.128s/%.100s", folder->path, name) < PATH_BYTES);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
    return path;
}

/* Reads everything `path` holds and describes it: "line:id/body " or "line!code " an article. */
static void describe(const char *path, char *out, size_t size)
{
    struct articles *articles;
    struct fault fault;
    struct reading reading;
    struct arena *arena = arena_new((size_t)64 * 1024 * 1024);
    struct pack_reader reader;
    struct article article;
    size_t len = 0;
    pack_reader_init(&reader);
    assert_int_equal(articles_open(&path, 1, NULL, NULL, &articles, &fault), STATUS_OK);
    out[0] = '\0';
    while (articles_next(articles, &reading)) {
        assert_true(len < size);
        if (!reading.article.data) {
            len += (size_t)snprintf(out + len, size - len, "%d!%s ", (int)reading.line,
                                    reading.fault.code);
            continue;
        }
        assert_string_equal(reading.fault.code, ""); /* an article, or a reason, never both */
        arena_reset(arena);
        assert_int_equal(article_decode(reading.article, &reader, &article, arena, &fault),
                         STATUS_OK);
        len += (size_t)snprintf(out + len, size - len, "%d:%.*s/%.*s ", (int)reading.line,
                                (int)article.id.len, article.id.data ? article.id.data : "",
                                (int)(article.body.len < 40 ? article.body.len : 40),
                                article.body.data);
    }
    articles_close(articles);
    pack_reader_deinit(&reader);
    arena_free(arena);
}

static void formats_are_read(void **state)
{
    static const struct {
        const char *name, *bytes, *expect;
    } cases[] = {
        {"a.jsonl", "{\"id\":\"1\",\"body\":\"x\"}\n\n{\"id\":\"2\",\"body\":\"y\"}",
         "1:1/x 3:2/y "},
        {"crlf", "{\"body\":\"x\"}\r\n{\"body\":\"y\"}\r\n", "1:/x 2:/y "},
        {"bad.jsonl", "{\"body\":\n{\"body\":\"y\"}\n[1]\n", "1!not-json 2:/y 3!not-a-map "},
        {"mark.jsonl", "\xef\xbb\xbf{\"body\":\"x\"}\n", "1:/x "},
        {"ill.jsonl",
         "{\"body\":\"a\xff"
         "b\"}\n",
         "1:/a\xef\xbf\xbd"
         "b "},
        {"half.jsonl", "{\"body\":\"a\\ud800b\\\\udc00\"}\n",
         "1:/a\xef\xbf\xbd"
         "b\\udc00 "},
        {"pair.jsonl", "{\"body\":\"\\ud83d\\ude00\\udc00\"}\n",
         "1:/\xf0\x9f\x98\x80\xef\xbf\xbd "},
        {"one.json", "{\n \"body\": \"x\"\n}\n", "1:/x "},
        {"list.json", "[{\"body\":\"]x\"},\n {\"body\":\"\\\"}y\"}, 3, \"s\",{\"body\":\"z\"}]",
         "1:/]x 2:/\"}y 2!not-a-map 2!not-a-map 2:/z "},
        {"empty.json", "[]", ""},
        {"cut.json", "[{\"body\":\"x\"},{\"body\":", "1:/x 1!not-json "},
        {"stray.json", "}{\"body\":\"x\"}", "1!not-json 1:/x "},
        {"guess-list", " [{\"body\":\"x\"}]", "1:/x "},
        {"guess-pretty", "{\n\"body\":\"x\"}{\"body\":\"y\"}", "1:/x 2:/y "},
        {"m.msgpack",
         "\x81\xa4"
         "body\xa1x\x81\xa4"
         "body\xa1y",
         "1:/x 2:/y "},
        {"guess-msgpack",
         "\x81\xa4"
         "body\xa1x",
         "1:/x "},
        {"cut.msgpack",
         "\x81\xa4"
         "body\xa1x\x81\xa4"
         "bo",
         "1:/x 2!truncated "},
        {"bad.msgpack",
         "\x81\xa4"
         "body\xa1x\xc1\xc1",
         "1:/x 2!not-messagepack "},
        {"empty.jsonl", "", ""},
        {"feed",
         "<?xml version=\"1.0\"?><rss><channel><item><guid>g</guid><description>x</description>"
         "</item><item/></channel></rss>",
         "1:g/x 2:/ "},
        {"cut.rss", "<rss><channel><item><description>x</description></item>", "1:/x 2!truncated "},
        {"no.xml", "<?xml version=\"1.0\"?><svg/>", "1!not-a-feed "},
        {"x.warc.gz", "\x1f\x8b\x08", "1!cannot-read "},
        {"x.zip", "PK\x03\x04", "1!format-not-read "},
        {"picture.png", "\x89PNG\r\n\x1a\n\x01\x02\x03\x04\x05\x06\x07", "1!unknown-format "},
    };
    char path[PATH_BYTES], out[1024];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        (void)write_file(*state, cases[i].name, cases[i].bytes, strlen(cases[i].bytes), path);
        describe(path, out, sizeof out);
        if (strcmp(out, cases[i].expect) != 0)
            fail_msg("%s: got \"%s\", not \"%s\"", cases[i].name, out, cases[i].expect);
        (void)unlink(path);
    }
}

static void documents_are_named_by_their_file(void **state)
{
    char path[PATH_BYTES], out[1024], expect[1024];
    static const struct {
        const char *name, *bytes;
    } cases[] = {{"a.txt", "{not json}"},
                 {"b", "Plain words."},
                 {"c.html", "<p>x"},
                 {"d", "  <!DOCTYPE HTML><p>x"},
                 {"e.txt", "ill\xff"
                           "formed"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        (void)write_file(*state, cases[i].name, cases[i].bytes, strlen(cases[i].bytes), path);
        describe(path, out, sizeof out);
        (void)snprintf(expect, sizeof expect, "1:%s/%s ", path, cases[i].bytes);
        assert_string_equal(out, expect);
        (void)unlink(path);
    }
}

static void folders_are_walked_in_order(void **state)
{
    const struct folder *folder = *state;
    char path[PATH_BYTES], out[1024];
    (void)snprintf(path, sizeof path, "%.128s/sub", folder->path);
    assert_int_equal(mkdir(path, 0700), 0);
    (void)write_file(folder, "b.jsonl", "{\"body\":\"2\"}", 12, path);
    (void)write_file(folder, "a.jsonl", "{\"body\":\"1\"}", 12, path);
    (void)write_file(folder, "sub/z.jsonl", "{\"body\":\"3\"}", 12, path);
    (void)write_file(folder, ".hidden", "{\"body\":\"4\"}", 12, path);
    describe(folder->path, out, sizeof out);
    assert_string_equal(out, "1:/1 1:/2 1:/3 ");
    const char *root = folder->path;
    assert_int_equal(articles_total_bytes(&root, 1), 36);
}

static void what_is_not_there_is_refused(void **state)
{
    (void)state;
    char out[256];
    describe("/nowhere/at/all.jsonl", out, sizeof out);
    assert_string_equal(out, "1!cannot-read ");
}

/* A line beyond the limit costs that line, and is never held in memory whole. */
static void long_lines_cost_themselves_only(void **state)
{
    char path[PATH_BYTES], out[256];
    size_t len = (size_t)LIMIT_MESSAGE_BYTES + 100;
    char *bytes = malloc(len + 64);
    assert_non_null(bytes);
    memset(bytes, 'x', len);
    memcpy(bytes, "{\"body\":\"", 9);
    size_t total = len + (size_t)snprintf(bytes + len, 64, "\"}\n{\"body\":\"y\"}\n");
    (void)write_file(*state, "long.jsonl", bytes, total, path);
    describe(path, out, sizeof out);
    assert_string_equal(out, "1!message-too-long 2:/y ");
    (void)write_file(*state, "long.json", bytes, total, path);
    describe(path, out, sizeof out);
    assert_string_equal(out, "1!message-too-long 2:/y ");
    free(bytes);
}

/* `values` in a field that nobody reads, counted with the article's own two. */
static size_t write_values(char *bytes, size_t values)
{
    static const char begin[] = "{\"body\":\"[,{\\\"[,{\",\"x\":[", end[] = "0]}\n";
    char *at = bytes + sizeof begin - 1;
    memcpy(bytes, begin, sizeof begin - 1);
    for (size_t i = 3; i < values; i++, at += 2)
        memcpy(at, "0,", 2);
    memcpy(at, end, sizeof end - 1);
    return (size_t)(at - bytes) + sizeof end - 1;
}

/* Whatever reads JSON: too many values cost their article, and no tree is made of them. */
static void values_are_counted(void **state)
{
    static const struct {
        const char *name;
        size_t values;
        const char *expect;
    } cases[] = {
        {"most.jsonl", LIMIT_JSON_VALUES - 1, "1:/[,{\"[,{ 2:/y "},
        {"many.jsonl", LIMIT_JSON_VALUES, "1!too-many-values 2:/y "},
        {"most.json", LIMIT_JSON_VALUES - 1, "1:/[,{\"[,{ 2:/y "},
        {"many.json", LIMIT_JSON_VALUES, "1!too-many-values 2:/y "},
    };
    char path[PATH_BYTES], out[256];
    char *bytes = malloc(3 * (size_t)LIMIT_JSON_VALUES);
    assert_non_null(bytes);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t len = write_values(bytes, cases[i].values);
        memcpy(bytes + len, "{\"body\":\"y\"}\n", 13);
        (void)write_file(*state, cases[i].name, bytes, len + 13, path);
        describe(path, out, sizeof out);
        assert_string_equal(out, cases[i].expect);
    }
    free(bytes);
}

/* Of 100,000 bytes each, so that some begin in what was read and end in what was not yet. */
static void messages_are_read_in_pieces(void **state)
{
    enum { COUNT = 8, HEAD_BYTES = 11, BODY_BYTES = 100000, BYTES = HEAD_BYTES + BODY_BYTES };
    static const char head[HEAD_BYTES + 1] = "\x81\xa4"
                                             "body\xdb\x00\x01\x86\xa0";
    char path[PATH_BYTES], out[1024], expect[1024] = "";
    char *bytes = malloc((size_t)COUNT * BYTES);
    assert_non_null(bytes);
    memset(bytes, 'x', (size_t)COUNT * BYTES);
    for (size_t i = 0; i < COUNT; i++) {
        size_t len = strlen(expect);
        memcpy(bytes + i * BYTES, head, HEAD_BYTES);
        (void)snprintf(expect + len, sizeof expect - len, "%zu:/%.40s ", i + 1,
                       "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
    }
    (void)write_file(*state, "long.msgpack", bytes, (size_t)COUNT * BYTES, path);
    describe(path, out, sizeof out);
    assert_string_equal(out, expect);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(messages_are_read_in_pieces, set_up, tear_down),
        cmocka_unit_test_setup_teardown(formats_are_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(documents_are_named_by_their_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(folders_are_walked_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_there_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(long_lines_cost_themselves_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(values_are_counted, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
