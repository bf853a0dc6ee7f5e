/* What our sockets must bear from their peers and from libzmq. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/unit/messages.h"

/* libzmq looks at what its other thread says after every 100th frame: that must fall inside one. */
#define FRAMES   3
#define MESSAGES 200

static struct bus_socket *opened(struct bus *bus, enum bus_kind kind)
{
    struct bus_options options = {
        .high_water_messages = 1000, .message_bytes_max = -1, .linger_ms = DEADLINE_MS};
    struct bus_socket *socket = NULL;
    struct fault fault;
    assert_int_equal(bus_open(bus, kind, options, &socket, &fault), STATUS_OK);
    return socket;
}

static void say(struct bus_socket *socket, struct slice route, size_t frames)
{
    struct bus_message message;
    bus_message_init(&message);
    if (route.data)
        assert_int_equal(bus_message_add(&message, route), STATUS_OK);
    for (size_t i = 0; i < frames; i++)
        assert_int_equal(bus_message_add(&message, SLICE_LITERAL("part of a message")), STATUS_OK);
    assert_int_equal(bus_send(socket, &message), STATUS_OK);
}

/* Waits until somebody connects to the port again: it knows that its old connection is gone. */
static void wait_reconnection(const char *endpoint)
{
    int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        .sin_port = htons((uint16_t)strtoul(strrchr(endpoint, ':') + 1, NULL, 10))};
    struct timeval patience = {.tv_sec = DEADLINE_MS / 1000};
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 8), 0);
    int came = accept(fd, NULL, NULL);
    assert_true(came >= 0);
    (void)close(came);
    (void)close(fd);
}

/* A connection that is cut while many messages wait to be read: each is read whole, or not at all.
 * libzmq ends the program when it takes a message's connection away between two of its frames. */
static void a_cut_connection_leaves_whole_messages(void **state)
{
    (void)state;
    struct bus *bus = bus_new(), *there = bus_new();
    struct bus_socket *dealer = opened(bus, BUS_DEALER), *router = opened(there, BUS_ROUTER);
    struct fault fault;
    char endpoint[BUS_ENDPOINT_BYTES];
    assert_int_equal(bus_bind(router, "tcp://127.0.0.1:0", &fault), STATUS_OK);
    (void)snprintf(endpoint, sizeof endpoint, "%s", bus_endpoint(router));
    assert_int_equal(bus_connect(dealer, endpoint, &fault), STATUS_OK);
    struct bus_poll writable = {.socket = dealer};
    int64_t end = clock_steady_ms() + DEADLINE_MS;
    struct bus_message hello, part;
    do {
        bus_message_init(&hello);
        assert_int_equal(bus_message_add(&hello, SLICE_LITERAL("hello")), STATUS_OK);
        (void)bus_poll(&writable, 1, 10);
    } while (bus_send(dealer, &hello) != STATUS_OK && clock_steady_ms() < end);
    hello = wait_message(router);
    for (int i = 0; i < MESSAGES; i++)
        say(router, bus_message_frame(&hello, 0), FRAMES);
    bus_message_deinit(&hello);
    part = wait_message(dealer); /* the rest waits behind it */
    bus_message_deinit(&part);
    bus_close(&router);
    bus_free(there); /* everything is on its way */
    wait_reconnection(endpoint);
    int got = 1;
    while (bus_receive(dealer, &part) == STATUS_OK) {
        assert_int_equal(part.count, FRAMES);
        bus_message_deinit(&part);
        got++;
    }
    assert_true(got <= MESSAGES);
    bus_close(&dealer);
    bus_free(bus);
}

/* A short frame has bytes of its own, a long one shares them: what is kept costs its length once.
 */
static void what_is_kept_keeps_nothing_else(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 1, 500, 8191, 8192, 100000};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct bus_frame from, kept;
        char *bytes = calloc(1, lengths[i] + 1);
        memset(bytes, 'b', lengths[i]);
        struct slice text = {bytes, lengths[i]};
        assert_int_equal(bus_frame_copy(&from, text), STATUS_OK);
        bus_frame_keep(&kept, &from);
        bool shared = bus_frame_slice(&kept).data == bus_frame_slice(&from).data;
        assert_int_equal(shared, lengths[i] >= 8192);
        bus_frame_deinit(&from);
        assert_true(slice_equal(bus_frame_slice(&kept), text));
        bus_frame_deinit(&kept);
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_cut_connection_leaves_whole_messages),
                                       cmocka_unit_test(what_is_kept_keeps_nothing_else)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
