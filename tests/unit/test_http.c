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
    http_escape(reply->body, SLICE_LITERAL("<a & \"b\">"));
}

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
         "&lt;a &amp; &quot;b&quot;&gt;"},
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
    assert_int_equal(http_new(loop, "127.0.0.1:0", false, answer, NULL, &http, &fault), STATUS_OK);
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
    assert_int_equal(http_new(loop, "127.0.0.1:0", false, answer, NULL, &http, &fault), STATUS_OK);
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
    assert_int_equal(http_new(loop, "127.0.0.1:0", false, answer, NULL, &http, &fault), STATUS_OK);
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
    assert_int_equal(http_new(loop, "localhost:0", false, answer, NULL, &first, &fault), STATUS_OK);
    const char *address = http_url(first) + strlen("http://");
    assert_int_equal(http_new(loop, address, false, answer, NULL, &second, &fault), STATUS_FATAL);
    assert_string_equal(fault.code, "port-in-use");
    assert_non_null(strstr(fault.message, "--http"));
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
        assert_int_equal(http_new(loop, addresses[i], false, answer, NULL, &http, &fault),
                         STATUS_REJECT);
        assert_string_equal(fault.code, "bad-value");
    }
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
