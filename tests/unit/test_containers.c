/* What is packed: gzip, tar, WARC and the HTTP responses inside, whole, cut and damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "proto/article.h"
#include "proto/limits.h"
#include "worker/sources/articles.h"
#include "worker/sources/http_message.h"
#include "worker/sources/tar.h"

#define BYTES_MAX ((size_t)1 << 22)
#define OUT_BYTES 2048

struct place {
    char path[64];
    struct buffer made; /* the file being put together */
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    buffer_init(&place->made, 4 * BYTES_MAX);
    (void)snprintf(place->path, sizeof place->path, "/tmp/newsmill-containers-XXXXXX");
    int fd = mkstemp(place->path);
    *state = place;
    return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
    struct place *place = *state;
    (void)unlink(place->path);
    buffer_deinit(&place->made);
    free(place);
    return 0;
}

/* ---- making them ---- */

static void add_gzip(struct buffer *out, struct slice bytes)
{
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)bytes.data, .avail_in = (uInt)bytes.len};
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    size_t room = deflateBound(&stream, bytes.len);
    stream.next_out = (Bytef *)buffer_extend(out, room);
    stream.avail_out = (uInt)room;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out->len -= stream.avail_out;
    assert_int_equal(deflateEnd(&stream), Z_OK);
}

static void add_tar(struct buffer *out, const char *name, char type, struct slice bytes)
{
    char header[TAR_BLOCK_BYTES] = "";
    static const char zeros[TAR_BLOCK_BYTES];
    unsigned sum = 0;
    (void)snprintf(header, 100, "%s", name);
    (void)snprintf(header + 124, 12, "%011o", (unsigned)bytes.len);
    memset(header + 148, ' ', 8);
    header[156] = type;
    memcpy(header + 257, "ustar", 6);
    for (size_t i = 0; i < sizeof header; i++)
        sum += (unsigned char)header[i];
    (void)snprintf(header + 148, 8, "%06o", sum);
    buffer_append(out, header, sizeof header);
    buffer_append_slice(out, bytes);
    buffer_append(out, zeros, (TAR_BLOCK_BYTES - bytes.len % TAR_BLOCK_BYTES) % TAR_BLOCK_BYTES);
}

static void add_record(struct buffer *out, const char *type, const char *content_type,
                       struct slice block)
{
    buffer_printf(out,
                  "WARC/1.0\r\nWARC-Type: %s\r\nWARC-Target-URI: <https://n.example/%zu>\r\n"
                  "WARC-Date: 2024-05-01T10:00:00Z\r\nWARC-Record-ID: <urn:%zu>\r\n"
                  "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n",
                  type, out->len, out->len, content_type, block.len);
    buffer_append_slice(out, block);
    buffer_append(out, "\r\n\r\n", 4);
}

static void add_response(struct buffer *out, const char *head, struct slice body)
{
    struct buffer block;
    buffer_init(&block, BYTES_MAX);
    buffer_printf(&block, "%s\r\n\r\n", head);
    buffer_append_slice(&block, body);
    add_record(out, "response", "application/http; msgtype=response", buffer_slice(&block));
    buffer_deinit(&block);
}

#define OK_HTML "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=\"iso-8859-1\""

/* ---- reading them ---- */

static size_t describe_one(const struct reading *reading, char *out, size_t size)
{
    struct article article;
    struct pack_reader reader;
    struct fault fault;
    if (!reading->article.data)
        return (size_t)snprintf(out, size, "!%s ", reading->fault.code);
    struct arena *arena = arena_new(BYTES_MAX);
    pack_reader_init(&reader);
    assert_int_equal(article_decode(reading->article, &reader, &article, arena, &fault), STATUS_OK);
    int len =
        snprintf(out, size, "%.*s%s%.*s ", (int)(article.body.len < 40 ? article.body.len : 40),
                 article.body.data, article.charset.data ? "@" : "", (int)article.charset.len,
                 article.charset.data ? article.charset.data : "");
    pack_reader_deinit(&reader);
    arena_free(arena);
    return (size_t)len;
}

/* "body@charset " an article, "!code " a refusal, "+N" for what was skipped. */
static void describe(const struct place *place, size_t cut, char out[OUT_BYTES])
{
    struct articles *articles;
    struct reading reading;
    struct fault fault;
    const char *path = place->path;
    size_t len = 0;
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(place->made.data, 1, place->made.len - cut, file),
                     place->made.len - cut);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(articles_open(&path, 1, NULL, NULL, &articles, &fault), STATUS_OK);
    out[0] = '\0';
    while (articles_next(articles, &reading)) {
        assert_true(len < OUT_BYTES);
        len += describe_one(&reading, out + len, OUT_BYTES - len);
    }
    if (articles_skipped(articles))
        (void)snprintf(out + len, OUT_BYTES - len, "+%d", (int)articles_skipped(articles));
    articles_close(articles);
}

static void expect(void **state, size_t cut, const char *wanted)
{
    char out[OUT_BYTES];
    describe(*state, cut, out);
    assert_string_equal(out, wanted);
}

static void gzip_is_unpacked(void **state)
{
    struct buffer *made = &((struct place *)*state)->made;
    add_gzip(made, SLICE_LITERAL("{\"body\":\"1\"}\n{\"bo"));
    add_gzip(made, SLICE_LITERAL("dy\":\"2\"}\n{\"body\":\"3\"}\n"));
    expect(state, 0, "1 2 3 ");
    expect(state, 2, "1 2 3 !cannot-read ");
    buffer_append(made, "\0\0\0\0\0\0", 6);
    expect(state, 0, "1 2 3 ");
    made->data[made->len - 6 - 12] ^= 0x55;
    char out[OUT_BYTES];
    describe(*state, 0, out);
    assert_non_null(strstr(out, "!cannot-read"));
}

static void containers_nest_so_far(void **state)
{
    struct place *place = *state;
    struct buffer inner;
    buffer_init(&inner, BYTES_MAX);
    buffer_append_slice(&place->made, SLICE_LITERAL("{\"body\":\"1\"}\n"));
    for (int i = 0; i < 5; i++) {
        buffer_clear(&inner);
        add_gzip(&inner, buffer_slice(&place->made));
        buffer_clear(&place->made);
        buffer_append_slice(&place->made, buffer_slice(&inner));
    }
    expect(state, 0, "1 ");
    buffer_clear(&inner);
    add_gzip(&inner, buffer_slice(&place->made));
    buffer_clear(&place->made);
    buffer_append_slice(&place->made, buffer_slice(&inner));
    expect(state, 0, "!nesting-too-deep ");
    buffer_deinit(&inner);
}

static void add_archive(struct buffer *out)
{
    add_tar(out, "folder/", '5', SLICE_LITERAL(""));
    add_tar(out, "folder/a.txt", '0', SLICE_LITERAL("Words."));
    add_tar(out, "link", '2', SLICE_LITERAL(""));
    add_tar(out, ".hidden.txt", '0', SLICE_LITERAL("No."));
    add_tar(out, "x", 'x', SLICE_LITERAL("21 path=b/renamed.txt\n")); /* one byte short: ignored */
    add_tar(out, "b.jsonl", '0', SLICE_LITERAL("{\"body\":\"1\"}\n{\"body\":\"2\"}\n"));
    add_tar(out, "x", 'L', SLICE_LITERAL("long-name.txt"));
    add_tar(out, "short", '0', SLICE_LITERAL("{not json}"));
    add_tar(out, "empty.txt", '0', SLICE_LITERAL(""));
}

static void archives_are_walked(void **state)
{
    struct place *place = *state;
    static const char end[2 * TAR_BLOCK_BYTES];
    add_archive(&place->made);
    expect(state, 0, "Words. 1 2 {not json}  ");
    expect(state, 2 * TAR_BLOCK_BYTES, "Words. 1 2 !cannot-read ");
    expect(state, 2 * TAR_BLOCK_BYTES + 100, "Words. 1 2 !damaged-archive ");
    buffer_append(&place->made, end, sizeof end);
    expect(state, 0, "Words. 1 2 {not json}  ");
    struct buffer packed;
    buffer_init(&packed, BYTES_MAX);
    add_gzip(&packed, buffer_slice(&place->made));
    buffer_clear(&place->made);
    add_tar(&place->made, "in.tgz", '0', buffer_slice(&packed));
    add_tar(&place->made, "cut.tgz", '0', slice_sub(buffer_slice(&packed), 0, packed.len / 2));
    add_tar(&place->made, "z.txt", '0', SLICE_LITERAL("Last."));
    char out[OUT_BYTES];
    describe(place, 0, out);
    assert_memory_equal(out, "Words. 1 2 {not json}  ", 22);
    assert_non_null(strstr(out, "!cannot-read Last. "));
    buffer_deinit(&packed);
}

static void add_crawl(struct buffer *out)
{
    struct buffer packed;
    buffer_init(&packed, BYTES_MAX);
    add_gzip(&packed, SLICE_LITERAL("<p>packed"));
    add_record(out, "warcinfo", "application/warc-fields", SLICE_LITERAL("software: x\r\n"));
    add_record(out, "request", "application/http; msgtype=request", SLICE_LITERAL("GET / \r\n"));
    add_response(out, OK_HTML, SLICE_LITERAL("<p>plain"));
    add_response(out, OK_HTML "\r\nContent-Encoding: gzip", buffer_slice(&packed));
    add_response(out, OK_HTML "\r\nContent-Encoding: gzip", SLICE_LITERAL("<p>not packed"));
    add_response(out, OK_HTML "\r\nTransfer-Encoding: chunked",
                 SLICE_LITERAL("3\r\n<p>\r\n00004;x=1\r\nbits\r\n0\r\n\r\n"));
    add_response(out, "HTTP/1.1 404 Not Found\r\nContent-Type: text/html", SLICE_LITERAL("<p>no"));
    add_response(out, "HTTP/1.1 200 OK\r\nContent-Type: image/png", SLICE_LITERAL("\x89PNG"));
    add_record(out, "revisit", "application/http; msgtype=response", SLICE_LITERAL(""));
    add_record(out, "conversion", "text/plain", SLICE_LITERAL("words"));
    add_record(out, "resource", "text/html", SLICE_LITERAL("<p>resource"));
    buffer_deinit(&packed);
}

#define CRAWL                                                                                      \
    "<p>plain@iso-8859-1 <p>packed@iso-8859-1 <p>not packed@iso-8859-1 <p>bits@iso-8859-1 "        \
    "words <p>resource "

static void crawls_give_pages(void **state)
{
    struct place *place = *state;
    add_crawl(&place->made);
    expect(state, 0, CRAWL "+5");
    expect(state, 4, CRAWL "+5"); /* without the line breaks at the end */
    expect(state, 6,
           "<p>plain@iso-8859-1 <p>packed@iso-8859-1 <p>not packed@iso-8859-1 "
           "<p>bits@iso-8859-1 words !truncated +5");
}

static void a_bad_record_costs_itself(void **state)
{
    struct buffer *made = &((struct place *)*state)->made;
    add_response(made, OK_HTML, SLICE_LITERAL("<p>1"));
    buffer_append_slice(made, SLICE_LITERAL("WARC/1.0\r\nWARC-Type: response\r\n\r\njunk\r\n"));
    add_response(made, OK_HTML, SLICE_LITERAL("<p>2"));
    buffer_append_slice(made, SLICE_LITERAL("no record at all\r\nmore\r\n"));
    add_response(made, OK_HTML "\r\nContent-Encoding: zstd", SLICE_LITERAL("\x28\xb5\x2f\xfd"));
    add_response(made, OK_HTML, SLICE_LITERAL("<p>3"));
    expect(state, 0,
           "<p>1@iso-8859-1 !bad-record <p>2@iso-8859-1 !bad-record !unknown-encoding "
           "<p>3@iso-8859-1 ");
}

/* A page's own word on its URL reaches the article, and from where it was fetched is kept. */
static void pages_name_their_url(void **state)
{
    struct place *place = *state;
    struct articles *articles;
    struct reading reading;
    struct fault fault;
    const char *path = place->path;
    add_response(&place->made, OK_HTML, SLICE_LITERAL("<link rel=canonical href=/own><p>x"));
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(place->made.data, 1, place->made.len, file), place->made.len);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(articles_open(&path, 1, NULL, NULL, &articles, &fault), STATUS_OK);
    assert_true(articles_next(articles, &reading));
    struct article article;
    struct pack_reader reader;
    struct arena *arena = arena_new(BYTES_MAX);
    pack_reader_init(&reader);
    assert_int_equal(article_decode(reading.article, &reader, &article, arena, &fault), STATUS_OK);
    assert_true(slice_is(article.url, "https://n.example/own"));
    const struct pack_object *from = pack_find(article.meta, "fetched_url");
    assert_true(from && slice_is(pack_bytes(from), "https://n.example/0"));
    from = pack_find(article.meta, "fetched");
    assert_true(from && slice_is(pack_bytes(from), "2024-05-01T10:00:00.000Z"));
    assert_false(articles_next(articles, &reading));
    articles_close(articles);
    pack_reader_deinit(&reader);
    arena_free(arena);
}

/* A damaged member of a WARC with a member a record costs that record, and is told. */
static void a_damaged_member_costs_its_record(void **state)
{
    struct place *place = *state;
    struct buffer one;
    char body[512];
    size_t damage = 0;
    buffer_init(&one, BYTES_MAX);
    for (int i = 0; i < 4; i++) {
        size_t len = (size_t)snprintf(body, sizeof body, "<p>%d ", i);
        for (; len < sizeof body; len++)
            body[len] = (char)('a' + (len * len * 7 + (size_t)i) % 26);
        buffer_clear(&one);
        add_response(&one, OK_HTML, (struct slice){body, len});
        damage = i == 1 ? place->made.len + 14 : damage;
        add_gzip(&place->made, buffer_slice(&one));
    }
    memset(place->made.data + damage, 0xff, 20);
    char out[OUT_BYTES];
    describe(place, 0, out);
    assert_non_null(strstr(out, "<p>0 "));
    assert_non_null(strstr(out, "<p>3 "));
    assert_non_null(strstr(out, "!cannot-read"));
    buffer_deinit(&one);
}

/* A few kilobytes may not become more than a body. */
static void bombs_are_refused(void **state)
{
    struct place *place = *state;
    struct buffer once;
    char *zeros = calloc(1, LIMIT_BODY_BYTES + 1);
    assert_non_null(zeros);
    buffer_init(&once, 2 * (size_t)LIMIT_BODY_BYTES);
    add_gzip(&once, (struct slice){zeros, LIMIT_BODY_BYTES + 1});
    add_response(&place->made, OK_HTML "\r\nContent-Encoding: gzip", buffer_slice(&once));
    add_response(&place->made, OK_HTML, SLICE_LITERAL("<p>1"));
    expect(state, 0, "!body-too-long <p>1@iso-8859-1 ");
    free(zeros);
    buffer_deinit(&once);
}

/* Cut anywhere, a crawl gives what is readable and at most one refusal. */
static void cuts_anywhere_end_well(void **state)
{
    struct place *place = *state;
    struct buffer packed;
    char out[OUT_BYTES];
    add_crawl(&place->made);
    buffer_init(&packed, BYTES_MAX);
    add_gzip(&packed, buffer_slice(&place->made));
    for (int round = 0; round < 2; round++) {
        for (size_t cut = 1; cut < place->made.len; cut += 7) {
            describe(place, cut, out);
            const char *refusal = strchr(out, '!');
            size_t same = refusal ? (size_t)(refusal - out) : 0;
            assert_true(!refusal || (same <= strlen(CRAWL) && memcmp(out, CRAWL, same) == 0));
            assert_true(!refusal || !strchr(refusal + 1, '!'));
        }
        buffer_clear(&place->made);
        buffer_append_slice(&place->made, buffer_slice(&packed));
    }
    buffer_deinit(&packed);
}

static void http_bodies_are_undone(void **state)
{
    (void)state;
    static const struct {
        const char *head, *body, *expect;
    } cases[] = {
        {"HTTP/1.0 200 OK", "<p>x", "<p>x"},
        {"HTTP/1.1 200\nContent-Encoding: identity", "x", "x"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked", "2\r\n<p\r\n1\r\n>\r\n0\r\n", "<p>"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", "2\r\n<p\r\n9\r\n>cut", "<p>cut"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", "2\r\n<p\r\nzz", "<p"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", "<p>as it is", "<p>as it is"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", "fffffffffffffffffff\r\nx",
         "fffffffffffffffffff\r\nx"},
        {"HTTP/1.1 200 OK\r\nContent-Encoding: br", "\x0b\x02\x80hello\x03", "hello"},
        {"HTTP/1.1 200 OK\r\nContent-Encoding: deflate", "\x78\x9c\x4b\x04\0\0\x62\0\x62", NULL},
        {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip, gzip, gzip", "\x1f\x8b", NULL},
        {"HTTP/1.1 200 OK\r\nContent-Encoding: compress", "\x1f\x9d", NULL},
    };
    struct buffer out, bytes;
    struct fault fault;
    buffer_init(&out, LIMIT_BODY_BYTES);
    buffer_init(&bytes, BYTES_MAX);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct http_message message;
        buffer_clear(&out);
        buffer_clear(&bytes);
        buffer_printf(&bytes, "%s\r\n\r\n%s", cases[i].head, cases[i].body);
        assert_true(http_message_read(buffer_slice(&bytes), &message));
        enum status status = http_message_body(&message, &out, &fault);
        if (!cases[i].expect)
            continue; /* whatever comes, it comes without a crash */
        assert_int_equal(status, STATUS_OK);
        assert_true(slice_is(buffer_slice(&out), cases[i].expect));
    }
    buffer_deinit(&out);
    buffer_deinit(&bytes);
}

static void content_types_are_taken_apart(void **state)
{
    (void)state;
    static const struct {
        const char *value, *charset;
    } cases[] = {
        {"text/html", NULL},
        {"text/html;charset=UTF-8", "UTF-8"},
        {"text/html; x=y; Charset='koi8-r' ; z", "koi8-r"},
        {"text/html; charset=", NULL},
        {"text/html; charset=a b", NULL},
        {";charset=x", "x"},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct slice charset = http_charset(slice_from(cases[i].value));
        assert_true(cases[i].charset ? slice_is(charset, cases[i].charset) : !charset.data);
    }
    assert_true(slice_is(http_media_type(SLICE_LITERAL(" text/html ;x")), "text/html"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(gzip_is_unpacked),
        TEST(containers_nest_so_far),
        TEST(archives_are_walked),
        TEST(crawls_give_pages),
        TEST(a_bad_record_costs_itself),
        TEST(bombs_are_refused),
        TEST(cuts_anywhere_end_well),
        TEST(a_damaged_member_costs_its_record),
        TEST(pages_name_their_url),
        TEST(http_bodies_are_undone),
        TEST(content_types_are_taken_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
