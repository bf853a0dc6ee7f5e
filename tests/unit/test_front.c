/* The HTTP front without HTTP: bodies become articles, tokens are known or not. */
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
#include <zlib.h>

#include "common/arena.h"
#include "proto/article.h"
#include "proto/limits.h"
#include "worker/sources/front/intake.h"
#include "worker/sources/front/tokens.h"

static const struct intake_limits limits = {5, (uint64_t)1 << 16};

/* ---- intake ---- */

/* "a:text b!code@line " of each item: an article's id and body, or why there is none. */
static void describe(const struct intake *intake, struct buffer *out)
{
    struct arena *arena = arena_new(1 << 20);
    struct pack_reader reader;
    pack_reader_init(&reader);
    for (size_t i = 0; i < intake->count; i++) {
        const struct intake_item *item = &intake->items[i];
        struct article article;
        if (item->fault) {
            buffer_printf(out, "!%s@%d ", item->fault->code, (int)item->line);
            continue;
        }
        struct slice packed = {intake->packed.data + item->at, item->len};
        assert_int_equal(article_decode(packed, &reader, &article, arena, NULL), STATUS_OK);
        buffer_printf(out, "%.*s:%.*s ", (int)article.id.len,
                      article.id.data ? article.id.data : "", (int)article.body.len,
                      article.body.data);
    }
    pack_reader_deinit(&reader);
    arena_free(arena);
}

static void bodies_become_articles(void **state)
{
    (void)state;
    static const struct {
        const char *type, *body;
        enum status status;
        const char *said; /* the items; or, refused, the code */
        uint64_t line, byte;
    } cases[] = {
        {"application/json", "{\"id\":\"a\",\"body\":\"x\"}", STATUS_OK, "a:x ", 0, 0},
        {"Application/JSON; charset=utf-8", "[{\"id\":\"a\",\"body\":\"x\"}, {\"body\":\"y\"}]",
         STATUS_OK, "a:x :y ", 0, 0},
        {"application/json", "[]", STATUS_REJECT, "no-article", 0, 0},
        {"application/json", " \n ", STATUS_REJECT, "no-article", 0, 0},
        {"application/json", "[{\"body\":\"x\"},\n 7]", STATUS_OK, ":x !not-a-map@2 ", 0, 0},
        /* malformed in one place, nothing of it is taken; and where is said */
        {"application/json", "[{\"body\":\"x\"},\n {\"body\" 7}]", STATUS_REJECT, "not-json", 2,
         25},
        {"application/json", "[{\"body\":\"x\"}", STATUS_REJECT, "not-json", 1, 13},
        {"application/json", "{\"body\":\"x", STATUS_REJECT, "not-json", 1, 10},
        {"application/json", "{\"body\":\"x\"}]", STATUS_REJECT, "not-json", 1, 13},
        {"application/json", "null null null null null null", STATUS_REJECT, "too-many-articles", 0,
         0},
        /* a line costs a line */
        {"application/x-ndjson", "{\"body\":\"x\"}\n\n {\"body\" 7}\r\n{\"body\":\"z\"}", STATUS_OK,
         ":x !not-json@3 :z ", 0, 0},
        {"application/jsonl", "{}\n{}\n{}\n{}\n{}\n{}\n", STATUS_REJECT, "too-many-articles", 0, 0},
        {"application/msgpack",
         "\x81\xa4"
         "body\xa1x\x81\xa4"
         "body\xa1y",
         STATUS_OK, ":x :y ", 0, 0},
        {"application/msgpack",
         "\x81\xa4"
         "body\xa5x",
         STATUS_REJECT, "truncated", 1, 0},
        {"text/html", "<p>x", STATUS_OK, "i:<p>x ", 0, 0},
        {"text/plain", "x", STATUS_OK, "i:x ", 0, 0},
        {"text/plain", "", STATUS_REJECT, "no-article", 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct intake_format *format = intake_format_of(cases[i].type);
        const struct intake_about about = {.content_type = cases[i].type, .id = SLICE_LITERAL("i")};
        struct intake intake;
        struct fault fault;
        struct buffer said;
        assert_non_null(format);
        buffer_init(&said, 4096);
        enum status status =
            intake_read(format, slice_from(cases[i].body), &about, &limits, &intake, &fault);
        if (status == STATUS_OK)
            describe(&intake, &said);
        else
            buffer_printf(&said, "%s", fault.code);
        buffer_append(&said, "", 1);
        assert_string_equal(said.data, cases[i].said);
        assert_int_equal(status, cases[i].status);
        assert_int_equal(intake.line, cases[i].line);
        assert_int_equal(intake.byte, cases[i].byte);
        intake_deinit(&intake);
        buffer_deinit(&said);
    }
}

static void other_media_types_are_none_of_ours(void **state)
{
    (void)state;
    static const char *const types[] = {NULL,   "",          "application/xml",
                                        "text", "image/png", "application/jsonx"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        assert_null(intake_format_of(types[i]));
}

static size_t packed(const char *bytes, size_t len, unsigned char *out, size_t room)
{
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)bytes,
                       .avail_in = (uInt)len,
                       .next_out = out,
                       .avail_out = (uInt)room};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    size_t size = room - stream.avail_out;
    (void)deflateEnd(&stream);
    return size;
}

static void gzip_is_unpacked_and_bounded(void **state)
{
    (void)state;
    static const char line[] = "{\"body\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}\n";
    const struct intake_format *lines = intake_format_of("application/x-ndjson");
    const struct intake_about about = {.content_type = "application/x-ndjson", .gzip = true};
    size_t room = 1 << 20;
    unsigned char *gzip = malloc(room);
    struct intake intake;
    struct fault fault;
    assert_non_null(gzip);
    size_t len = packed(line, sizeof line - 1, gzip, room);
    assert_int_equal(
        intake_read(lines, (struct slice){(char *)gzip, len}, &about, &limits, &intake, &fault),
        STATUS_OK);
    assert_int_equal(intake.count, 1);
    intake_deinit(&intake);
    /* cut off: half a body is none */
    assert_int_equal(
        intake_read(lines, (struct slice){(char *)gzip, len - 9}, &about, &limits, &intake, &fault),
        STATUS_REJECT);
    assert_string_equal(fault.code, "damaged-body");
    intake_deinit(&intake);
    /* small, and unpacks to more than is allowed; its window is filled before that is seen */
    size_t blank = (size_t)LIMIT_MESSAGE_BYTES;
    char *spaces = malloc(blank);
    assert_non_null(spaces);
    memset(spaces, '\n', blank);
    len = packed(spaces, blank, gzip, room);
    assert_int_equal(
        intake_read(lines, (struct slice){(char *)gzip, len}, &about, &limits, &intake, &fault),
        STATUS_REJECT);
    assert_string_equal(fault.code, "body-too-long");
    assert_non_null(strstr(fault.message, " 65536 bytes"));
    intake_deinit(&intake);
    free(spaces);
    free(gzip);
}

/* ---- tokens ---- */

static void write_tokens(const char *path, const char *text, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    (void)close(fd);
}

static void tokens_are_known_or_not(void **state)
{
    (void)state;
    char path[] = "/tmp/nm-tokens-XXXXXX";
    struct tokens *tokens = NULL;
    struct fault fault;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)close(fd);
    write_tokens(path, "# a crawler\r\n0123456789abcdef\r\n\n  0123456789abcdef-second ", 0600);
    assert_int_equal(tokens_read(path, &tokens, &fault), STATUS_OK);
    assert_true(tokens_know(tokens, "Bearer 0123456789abcdef"));
    assert_true(tokens_know(tokens, "bearer  0123456789abcdef-second"));
    assert_false(tokens_know(tokens, "Bearer 0123456789abcdeg"));
    assert_false(tokens_know(tokens, "Bearer 0123456789abcde"));
    assert_false(tokens_know(tokens, "Bearer 0123456789abcdef0123456789abcdef"));
    assert_false(tokens_know(tokens, "Bearer "));
    assert_false(tokens_know(tokens, "Basic 0123456789abcdef"));
    assert_false(tokens_know(tokens, NULL));
    tokens_free(tokens);
    static const struct {
        const char *text;
        mode_t mode;
        const char *code, *says;
    } refused[] = {
        {"0123456789abcdef\n", 0604, "key-readable", "others may read or write the token file"},
        {"# none\n", 0600, "token-file", "has no token"},
        {"# one\nshort\n", 0600, "token-file", " line 2: "},
        {"0123456789 abcdef\n", 0600, "token-file", " line 1: "},
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        write_tokens(path, refused[i].text, refused[i].mode);
        assert_int_equal(tokens_read(path, &tokens, &fault), STATUS_REJECT);
        assert_string_equal(fault.code, refused[i].code);
        assert_non_null(strstr(fault.message, refused[i].says));
    }
    (void)unlink(path);
    assert_int_equal(tokens_read(path, &tokens, &fault), STATUS_REJECT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_become_articles),
        cmocka_unit_test(other_media_types_are_none_of_ours),
        cmocka_unit_test(gzip_is_unpacked_and_bounded),
        cmocka_unit_test(tokens_are_known_or_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
