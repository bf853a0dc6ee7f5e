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

static void answer(void *user, const char *path, struct http_reply *reply)
{
    (void)user;
    if (strcmp(path, "/page") != 0)
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
        {"GET /page?x=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 200",
         "&lt;a &amp; &quot;b&quot;&gt;"},
        {"HEAD /page HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 200",
         "text/html"},
        {"GET /other HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 404", "no such"},
        {"POST /page HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc",
         "HTTP/1.1 405", "Allow: GET, HEAD"},
        {"complete nonsense\r\n\r\n", "HTTP/1.", ""},
    };
    struct loop *loop = loop_new();
    struct http *http;
    struct fault fault;
    assert_int_equal(http_new(loop, "127.0.0.1:0", answer, NULL, &http, &fault), STATUS_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[4096];
        ask(loop, http, cases[i].request, out, sizeof out);
        assert_int_equal(strncmp(out, cases[i].begins, strlen(cases[i].begins)), 0);
        assert_non_null(strstr(out, cases[i].holds));
    }
    http_free(http);
    loop_free(loop);
}

static void a_port_in_use_is_said(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    struct http *first, *second = NULL;
    struct fault fault;
    assert_int_equal(http_new(loop, "localhost:0", answer, NULL, &first, &fault), STATUS_OK);
    const char *address = http_url(first) + strlen("http://");
    assert_int_equal(http_new(loop, address, answer, NULL, &second, &fault), STATUS_FATAL);
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
        assert_int_equal(http_new(loop, addresses[i], answer, NULL, &http, &fault), STATUS_REJECT);
        assert_string_equal(fault.code, "bad-value");
    }
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_and_refusals),
        cmocka_unit_test(a_port_in_use_is_said),
        cmocka_unit_test(wrong_addresses_are_usage_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
