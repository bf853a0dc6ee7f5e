/* The HTTP server on its loop, asked over a plain socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/http.h"

#define DEADLINE_MS 5000

static struct http_later *owed;

static bool knows_x(void *user, const char *name)
{
    (void)user;
    return strcmp(name, "x") == 0;
}

static void answer_query(const struct http_request *request, struct http_reply *reply)
{
    const char *unknown = http_query_unknown(request, knows_x, NULL);
    const char *x = http_query(request, "x");
    reply->status = 200;
    buffer_printf(reply->body, "x=%s unknown=%s", x ? x : "(none)", unknown ? unknown : "(none)");
}

static void answer(void *user, const struct http_request *request, struct http_reply *reply)
{
    (void)user;
    if (strcmp(request->path, "/query") == 0)
        answer_query(request, reply);
    if (strcmp(request->path, "/later") == 0)
        owed = http_later(request);
    if (strcmp(request->path, "/at-once") == 0)
        http_finish(http_later(request), 201, "text/css", SLICE_LITERAL("soon"));
    if (strcmp(request->path, "/kept") == 0) {
        reply->status = 200;
        reply->etag = "\"1\"";
        buffer_append_slice(reply->body, SLICE_LITERAL("kept body"));
    }
    if (strcmp(request->path, "/page") != 0)
        return;
    reply->status = 200;
    reply->type = "text/html; charset=utf-8";
    buffer_append_slice(reply->body, SLICE_LITERAL("<p>page</p>"));
}

static const struct http_options pages = {.address = "127.0.0.1:0", .answer = answer};

static int dial(const struct http *http)
{
    unsigned port = 0;
    assert_int_equal(sscanf(http_url(http), "http://127.0.0.1:%u", &port), 1);
    assert_true(port > 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

/* Sends a request and turns the loop until the server closed the connection. */
static void ask(struct loop *loop, const struct http *http, const char *request, char *out,
                size_t size)
{
    int fd = dial(http);
    size_t len = 0;
    int64_t deadline = clock_steady_ms() + DEADLINE_MS;
    assert_int_equal(send(fd, request, strlen(request), 0), (ssize_t)strlen(request));
    for (;;) {
        assert_true(clock_steady_ms() < deadline);
        loop_turn(loop, 10);
        ssize_t got = recv(fd, out + len, size - len - 1, MSG_DONTWAIT);
        if (got == 0)
            break;
        if (got > 0)
            len += (size_t)got;
    }
    out[len] = '\0';
    (void)close(fd);
}

static void pages_and_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *request, *begins, *holds;
    } cases[] = {
        {"GET /page?x=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "HTTP/1.1 200",
         "<p>page</p>"},
        {"HEAD /page HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "HTTP/1.1 200",
         "text/html"},
        {"GET /other HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "HTTP/1.1 404",
         "no such"},
        {"POST /page HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nConnection: "
         "close\r\n\r\nabc",
         "HTTP/1.1 405", "Allow: GET, HEAD"},
        {"GET /page HTTP/1.1\r\nHost: 127.0.0.1:99\r\nConnection: close\r\n\r\n", "HTTP/1.1 200",
         "script-src 'self'"},
        {"GET /page HTTP/1.1\r\nHost: [::1]:99\r\nConnection: close\r\n\r\n", "HTTP/1.1 200",
         "nosniff"},
        {"GET /page HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", "HTTP/1.1 421",
         ""},
        {"GET /page HTTP/1.1\r\nHost: localhost.evil.example\r\nConnection: close\r\n\r\n",
         "HTTP/1.1 421", ""},
        {"GET /page HTTP/1.1\r\nHost: \r\nConnection: close\r\n\r\n", "HTTP/1.1 421", ""},
        {"GET /query?x=a%20b&y=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
         "HTTP/1.1 200", "x=a b unknown=y"},
        {"GET /query?x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "HTTP/1.1 200",
         "x= unknown=(none)"},
        {"GET /query HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "HTTP/1.1 200",
         "x=(none)"},
        {"GET /at-once HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "HTTP/1.1 201",
         "soon"},
        {"GET /kept HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "HTTP/1.1 200",
         "ETag: \"1\""},
        {"GET /kept HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: \"1\"\r\nConnection: "
         "close\r\n\r\n",
         "HTTP/1.1 304", ""},
        {"complete nonsense\r\n\r\n", "HTTP/1.", ""},
    };
    struct loop *loop = loop_new();
    struct http *http;
    struct fault fault;
    assert_int_equal(http_new(loop, &pages, &http, &fault), STATUS_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[4096];
        ask(loop, http, cases[i].request, out, sizeof out);
        assert_int_equal(strncmp(out, cases[i].begins, strlen(cases[i].begins)), 0);
        assert_non_null(strstr(out, cases[i].holds));
    }
    http_free(http);
    loop_free(loop);
}

/* Connections that wait for a late answer hold nobody up; what is owed is sent when it comes. */
static void an_answer_may_come_later(void **state)
{
    (void)state;
    static const char later[] =
        "GET /later HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    struct loop *loop = loop_new();
    struct http *http;
    struct fault fault;
    char out[4096];
    assert_int_equal(http_new(loop, &pages, &http, &fault), STATUS_OK);
    int fd = dial(http);
    int64_t deadline = clock_steady_ms() + DEADLINE_MS;
    assert_int_equal(send(fd, later, sizeof later - 1, 0), (ssize_t)(sizeof later - 1));
    owed = NULL;
    while (!owed && clock_steady_ms() < deadline)
        loop_turn(loop, 10);
    assert_non_null(owed);
    ask(loop, http, "GET /page HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", out,
        sizeof out);
    assert_int_equal(strncmp(out, "HTTP/1.1 200", 12), 0);
    assert_int_equal(recv(fd, out, sizeof out, MSG_DONTWAIT), -1);
    http_finish(owed, 503, "text/plain", SLICE_LITERAL("the late answer"));
    ssize_t got = 0;
    while (got <= 0 && clock_steady_ms() < deadline) {
        loop_turn(loop, 10);
        got = recv(fd, out, sizeof out - 1, MSG_DONTWAIT);
    }
    assert_true(got > 0);
    out[got] = '\0';
    assert_int_equal(strncmp(out, "HTTP/1.1 503", 12), 0);
    assert_non_null(strstr(out, "the late answer"));
    (void)close(fd);
    http_free(http);
    loop_free(loop);
}

/* Stopping with an answer that was given but not yet sent. */
static void what_is_owed_at_the_end_is_let_go(void **state)
{
    (void)state;
    static const char later[] = "GET /later HTTP/1.1\r\nHost: localhost\r\n\r\n";
    struct loop *loop = loop_new();
    struct http *http;
    struct fault fault;
    assert_int_equal(http_new(loop, &pages, &http, &fault), STATUS_OK);
    int fd = dial(http);
    int64_t deadline = clock_steady_ms() + DEADLINE_MS;
    assert_int_equal(send(fd, later, sizeof later - 1, 0), (ssize_t)(sizeof later - 1));
    owed = NULL;
    while (!owed && clock_steady_ms() < deadline)
        loop_turn(loop, 10);
    assert_non_null(owed);
    http_finish(owed, 200, "text/plain", SLICE_LITERAL("too late"));
    http_free(http);
    (void)close(fd);
    loop_free(loop);
}

static void a_port_in_use_is_said(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    struct http *first, *second = NULL;
    struct fault fault;
    struct http_options options = {.address = "localhost:0", .answer = answer};
    assert_int_equal(http_new(loop, &options, &first, &fault), STATUS_OK);
    options.address = http_url(first) + strlen("http://");
    assert_int_equal(http_new(loop, &options, &second, &fault), STATUS_FATAL);
    assert_string_equal(fault.code, "port-in-use");
    assert_non_null(strstr(fault.message, "--http"));
    options.option = "--listen";
    assert_int_equal(http_new(loop, &options, &second, &fault), STATUS_FATAL);
    assert_non_null(strstr(fault.message, "another port with --listen"));
    http_free(first);
    loop_free(loop);
}

static void wrong_addresses_are_usage_errors(void **state)
{
    (void)state;
    static const char *const addresses[] = {"",
                                            "8080",
                                            ":8080",
                                            "127.0.0.1",
                                            "127.0.0.1:x",
                                            "127.0.0.1:70000",
                                            "no.such.name.invalid:80"};
    struct loop *loop = loop_new();
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        struct http *http = NULL;
        struct fault fault;
        const struct http_options options = {.address = addresses[i], .answer = answer};
        assert_int_equal(http_new(loop, &options, &http, &fault), STATUS_REJECT);
        assert_string_equal(fault.code, "bad-value");
    }
    loop_free(loop);
}

/* ---- bodies ---- */

#define BODY_BYTES 32

static bool wants(void *user, const struct http_request *request)
{
    (void)user;
    return strcmp(request->path, "/take") == 0;
}

static void answer_body(void *user, const struct http_request *request, struct http_reply *reply)
{
    static const char *const states[] = {"none", "whole", "unwanted", "too-long", "no-room"};
    struct buffer body = {.data = NULL};
    (void)user;
    if (request->body == HTTP_BODY_WHOLE)
        http_take_body(request, &body);
    reply->status = request->body == HTTP_BODY_NO_ROOM ? 503 : 200;
    reply->retry_after_s = request->body == HTTP_BODY_NO_ROOM ? 7 : 0;
    buffer_printf(reply->body, "%s %s %.*s.", request->method, states[request->body], (int)body.len,
                  body.data ? body.data : "");
    buffer_deinit(&body);
}

static const struct http_options takes = {.address = "127.0.0.1:0",
                                          .answer = answer_body,
                                          .wants = wants,
                                          .body_bytes = BODY_BYTES,
                                          .held_bytes = BODY_BYTES + 8,
                                          .request_ms = 1200};

static void bodies_come_to_who_wants_them(void **state)
{
    (void)state;
    static const struct {
        const char *line, *more, *holds;
    } cases[] = {
        {"POST /take", "Content-Length: 3\r\n\r\nabc", "POST whole abc."},
        {"PUT /take", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
         "PUT whole abcde."},
        {"POST /take", "\r\n", "POST none ."},
        {"POST /take", "Content-Length: 0\r\n\r\n", "POST none ."},
        {"POST /other", "Content-Length: 3\r\n\r\nabc", "POST unwanted ."},
        {"GET /take", "\r\n", "GET none ."},
        /* short enough to be let go by, so that the answer is seen */
        {"POST /take", "Content-Length: 33\r\n\r\n123456789012345678901234567890123",
         "POST too-long ."},
        {"POST /take",
         "Transfer-Encoding: chunked\r\n\r\n21\r\n123456789012345678901234567890123\r\n0\r\n\r\n",
         "POST too-long ."},
        /* longer than anybody wants to read: answered when the headers are there */
        {"POST /take", "Content-Length: 99999999999\r\n\r\n", "POST too-long ."},
    };
    struct loop *loop = loop_new();
    struct http *http;
    struct fault fault;
    assert_int_equal(http_new(loop, &takes, &http, &fault), STATUS_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char request[512], out[4096];
        (void)snprintf(request, sizeof request,
                       "%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s", cases[i].line,
                       cases[i].more);
        ask(loop, http, request, out, sizeof out);
        assert_non_null(strstr(out, cases[i].holds));
    }
    http_free(http);
    loop_free(loop);
}

/* Bodies that are on their way have so much memory together; who comes too many hears when to come
 * again. And whoever does not go on is cut, though bytes come now and then. */
static void what_is_on_its_way_is_bounded(void **state)
{
    (void)state;
    static const char begun[] =
        "POST /take HTTP/1.1\r\nHost: localhost\r\nContent-Length: 30\r\n\r\n123456789012345";
    struct loop *loop = loop_new();
    struct http *http;
    struct fault fault;
    char out[4096];
    assert_int_equal(http_new(loop, &takes, &http, &fault), STATUS_OK);
    int slow = dial(http);
    int64_t start = clock_steady_ms();
    assert_int_equal(send(slow, begun, sizeof begun - 1, 0), (ssize_t)(sizeof begun - 1));
    for (int i = 0; i < 20; i++)
        loop_turn(loop, 5);
    ask(loop, http,
        "POST /take HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: "
        "26\r\n\r\n12345678901234567890123456",
        out, sizeof out);
    assert_int_equal(strncmp(out, "HTTP/1.1 503", 12), 0);
    assert_non_null(strstr(out, "Retry-After: 7"));
    ssize_t got = -1;
    int64_t sent = start;
    while (got != 0 && clock_steady_ms() - start < DEADLINE_MS) {
        loop_turn(loop, 10);
        if (clock_steady_ms() - sent > 500) {
            (void)send(slow, "x", 1, MSG_NOSIGNAL);
            sent = clock_steady_ms();
        }
        got = recv(slow, out, sizeof out, MSG_DONTWAIT);
    }
    assert_int_equal(got, 0);
    assert_true(clock_steady_ms() - start >= takes.request_ms);
    (void)close(slow);
    http_free(http);
    loop_free(loop);
}

/* What a proxy before us may read as the end of one request, and we as the middle: no byte behind
 * such headers is a request. */
static void a_body_that_ends_twice_ends_the_connection(void **state)
{
    (void)state;
    static const char *const framings[] = {
        "POST /take HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 5\r\n",
        "POST /take HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 3\r\n",
        "POST /take HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "POST /take HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "GET /take HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 0\r\n",
    };
    struct loop *loop = loop_new();
    struct http *http;
    struct fault fault;
    assert_int_equal(http_new(loop, &takes, &http, &fault), STATUS_OK);
    for (size_t i = 0; i < sizeof framings / sizeof *framings; i++) {
        char request[512], out[8192];
        (void)snprintf(request, sizeof request,
                       "%sHost: localhost\r\n\r\n0\r\n\r\nGET /take HTTP/1.1\r\n"
                       "Host: localhost\r\nConnection: close\r\n\r\n",
                       framings[i]);
        ask(loop, http, request, out, sizeof out);
        assert_int_equal(strncmp(out, "HTTP/1.1 400", 12), 0);
        assert_non_null(strstr(out, "Connection: close"));
        assert_null(strstr(out + 12, "HTTP/1.1 "));
    }
    http_free(http);
    loop_free(loop);
}

#define LONG_BYTES ((size_t)24 * 1024 * 1024)

static void answer_long(void *user, const struct http_request *request, struct http_reply *reply)
{
    static const char line[1024] = {'x'};
    (void)user;
    (void)request;
    reply->status = 200;
    while (reply->body->len < LONG_BYTES)
        buffer_append(reply->body, line, sizeof line);
}

static const struct http_options answers_long = {.address = "127.0.0.1:0",
                                                 .answer = answer_long,
                                                 .answer_bytes = LONG_BYTES + 4096,
                                                 .request_ms = 300};

/* Reads so much that no second is without a byte, and so little that it would take 10. */
static void who_reads_too_slowly_is_cut(void **state)
{
    (void)state;
    static const char request[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    struct loop *loop = loop_new();
    struct http *http;
    struct fault fault;
    static char out[24 * 1024];
    size_t sum = 0;
    assert_int_equal(http_new(loop, &answers_long, &http, &fault), STATUS_OK);
    int fd = dial(http);
    int64_t start = clock_steady_ms();
    assert_int_equal(send(fd, request, sizeof request - 1, 0), (ssize_t)(sizeof request - 1));
    while (!http_is_busy(http) && clock_steady_ms() - start < DEADLINE_MS)
        loop_turn(loop, 10);
    assert_true(http_is_busy(http));
    for (int64_t read_ms = start; http_is_busy(http) && read_ms - start < DEADLINE_MS;) {
        loop_turn(loop, 10);
        if (clock_steady_ms() < read_ms + 10)
            continue;
        read_ms = clock_steady_ms();
        ssize_t got = recv(fd, out, sizeof out, MSG_DONTWAIT);
        sum += got > 0 ? (size_t)got : 0;
    }
    assert_false(http_is_busy(http));
    assert_true(clock_steady_ms() - start >= answers_long.request_ms);
    assert_true(sum < LONG_BYTES);
    (void)close(fd);
    http_free(http);
    loop_free(loop);
}

static void who_takes_no_more_finishes_what_is_there(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    struct http *http;
    struct fault fault;
    char out[4096];
    assert_int_equal(http_new(loop, &takes, &http, &fault), STATUS_OK);
    int fd = dial(http);
    for (int i = 0; i < 10; i++)
        loop_turn(loop, 5);
    http_quiesce(http);
    static const char request[] = "POST /take HTTP/1.1\r\nHost: localhost\r\nConnection: "
                                  "close\r\nContent-Length: 3\r\n\r\nabc";
    assert_int_equal(send(fd, request, sizeof request - 1, 0), (ssize_t)(sizeof request - 1));
    ssize_t got = -1;
    int64_t deadline = clock_steady_ms() + DEADLINE_MS;
    while (got < 0 && clock_steady_ms() < deadline) {
        loop_turn(loop, 10);
        got = recv(fd, out, sizeof out - 1, MSG_DONTWAIT);
    }
    assert_true(got > 0);
    out[got] = '\0';
    assert_non_null(strstr(out, "POST whole abc."));
    (void)close(fd);
    http_free(http);
    loop_free(loop);
}

static void a_bad_certificate_is_a_usage_error(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    struct http *http = NULL;
    struct fault fault;
    struct http_options options = pages;
    options.certificate = options.certificate_key = "no PEM";
    assert_int_equal(http_new(loop, &options, &http, &fault), STATUS_REJECT);
    assert_string_equal(fault.code, "bad-certificate");
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_and_refusals),
        cmocka_unit_test(an_answer_may_come_later),
        cmocka_unit_test(what_is_owed_at_the_end_is_let_go),
        cmocka_unit_test(a_port_in_use_is_said),
        cmocka_unit_test(wrong_addresses_are_usage_errors),
        cmocka_unit_test(bodies_come_to_who_wants_them),
        cmocka_unit_test(what_is_on_its_way_is_bounded),
        cmocka_unit_test(a_body_that_ends_twice_ends_the_connection),
        cmocka_unit_test(who_reads_too_slowly_is_cut),
        cmocka_unit_test(who_takes_no_more_finishes_what_is_there),
        cmocka_unit_test(a_bad_certificate_is_a_usage_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
