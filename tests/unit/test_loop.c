/* The bus and the loop: frames, ROUTER and DEALER over loopback, timers, signals. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/bus.h"
#include "common/clock.h"
#include "common/loop.h"

#define DEADLINE_MS 5000

static const struct bus_options options = {100, 1 << 20, 0};

struct pair {
    struct bus *bus;
    struct bus_socket *router, *dealer;
};

static void pair_open(struct pair *pair)
{
    struct fault fault = {.message = ""};
    pair->bus = bus_new();
    assert_non_null(pair->bus);
    assert_int_equal(bus_open(pair->bus, BUS_ROUTER, options, &pair->router, &fault), STATUS_OK);
    assert_int_equal(bus_bind(pair->router, "tcp://127.0.0.1:0", &fault), STATUS_OK);
    assert_null(strstr(bus_endpoint(pair->router), ":0"));
    assert_int_equal(bus_open(pair->bus, BUS_DEALER, options, &pair->dealer, &fault), STATUS_OK);
    assert_int_equal(bus_connect(pair->dealer, bus_endpoint(pair->router), &fault), STATUS_OK);
}

static void pair_close(struct pair *pair)
{
    bus_close(&pair->router);
    bus_close(&pair->dealer);
    bus_free(pair->bus);
}

/* Sends `parts` once the connection is there. */
static void send_parts(struct bus_socket *socket, const char *const *parts, size_t count)
{
    int64_t deadline = clock_steady_ms() + DEADLINE_MS;
    enum status status;
    do {
        struct bus_message message;
        bus_message_init(&message);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(bus_message_add(&message, slice_from(parts[i])), STATUS_OK);
        status = bus_send(socket, &message);
        if (status == STATUS_RETRY)
            (void)bus_poll(&(struct bus_poll){.fd = -1}, 0, 5);
    } while (status == STATUS_RETRY && clock_steady_ms() < deadline);
    assert_int_equal(status, STATUS_OK);
}

static void receive(struct bus_socket *socket, struct bus_message *message)
{
    struct bus_poll poll = {.socket = socket};
    assert_int_equal(bus_poll(&poll, 1, DEADLINE_MS), 1);
    assert_true(poll.ready);
    assert_int_equal(bus_receive(socket, message), STATUS_OK);
}

static void frames_travel_and_are_shared(void **state)
{
    (void)state;
    struct pair pair;
    struct bus_message message, answer;
    pair_open(&pair);
    send_parts(pair.dealer, (const char *const[]){"tag", "hello"}, 2);
    receive(pair.router, &message);
    assert_int_equal(message.count, 3);
    assert_true(slice_is(bus_message_frame(&message, 2), "hello"));
    assert_null(bus_message_frame(&message, 3).data);
    bus_message_init(&answer);
    assert_int_equal(bus_message_share(&answer, &message.frames[0]), STATUS_OK);
    assert_int_equal(bus_message_share(&answer, &message.frames[2]), STATUS_OK);
    bus_message_deinit(&message);
    assert_int_equal(bus_send(pair.router, &answer), STATUS_OK);
    receive(pair.dealer, &message);
    assert_true(slice_is(bus_message_frame(&message, 0), "hello"));
    bus_message_deinit(&message);
    assert_int_equal(bus_receive(pair.dealer, &message), STATUS_RETRY);
    pair_close(&pair);
}

static void a_peer_that_is_gone_is_reject(void **state)
{
    (void)state;
    struct pair pair;
    struct bus_message message;
    pair_open(&pair);
    bus_message_init(&message);
    assert_int_equal(bus_message_add(&message, SLICE_LITERAL("nobody")), STATUS_OK);
    assert_int_equal(bus_message_add(&message, SLICE_LITERAL("x")), STATUS_OK);
    assert_int_equal(bus_send(pair.router, &message), STATUS_REJECT);
    pair_close(&pair);
}

static void too_many_frames_are_dropped_and_counted(void **state)
{
    (void)state;
    struct pair pair;
    struct bus_message message;
    const char *parts[BUS_FRAMES_MAX] = {"1", "2", "3", "4", "5", "6", "7", "8"};
    pair_open(&pair);
    send_parts(pair.dealer, parts, BUS_FRAMES_MAX); /* and the routing id: one too many */
    send_parts(pair.dealer, (const char *const[]){"good"}, 1);
    receive(pair.router, &message);
    assert_true(slice_is(bus_message_frame(&message, 1), "good"));
    assert_int_equal(bus_dropped(pair.router), 1);
    bus_message_deinit(&message);
    pair_close(&pair);
}

static void a_port_in_use_says_so(void **state)
{
    (void)state;
    struct pair pair;
    struct bus_socket *second;
    struct fault fault;
    pair_open(&pair);
    assert_int_equal(bus_open(pair.bus, BUS_PULL, options, &second, &fault), STATUS_OK);
    assert_int_equal(bus_bind(second, bus_endpoint(pair.router), &fault), STATUS_FATAL);
    assert_string_equal(fault.code, "port-in-use");
    assert_int_equal(bus_bind(second, "nonsense", &fault), STATUS_FATAL);
    assert_int_equal(bus_connect(second, "tcp://", &fault), STATUS_FATAL);
    bus_close(&second);
    pair_close(&pair);
}

struct counts {
    struct loop *loop;
    int ticks, once, ends, signals, cancelled;
};

static void on_tick(void *user)
{
    struct counts *counts = user;
    if (++counts->ticks == 3)
        (void)kill(getpid(), SIGTERM);
}

static void on_once(void *user)
{
    ((struct counts *)user)->once++;
}

static void on_cancelled(void *user)
{
    ((struct counts *)user)->cancelled++;
}

static void on_end(void *user)
{
    ((struct counts *)user)->ends++;
}

static void on_signal(void *user, int signal)
{
    struct counts *counts = user;
    assert_int_equal(signal, SIGTERM);
    counts->signals++;
    loop_stop(counts->loop);
}

static void timers_and_signals_arrive_in_the_loop(void **state)
{
    (void)state;
    struct counts counts = {.loop = loop_new()};
    struct fault fault;
    assert_int_equal(loop_signals(counts.loop, on_signal, &counts, &fault), STATUS_OK);
    (void)loop_every(counts.loop, 1, on_tick, &counts);
    (void)loop_once(counts.loop, 1, on_once, &counts);
    loop_cancel(counts.loop, loop_once(counts.loop, 1, on_cancelled, &counts));
    loop_at_turn_end(counts.loop, on_end, &counts);
    loop_run(counts.loop);
    assert_int_equal(counts.signals, 1);
    assert_int_equal(counts.once, 1);
    assert_int_equal(counts.cancelled, 0);
    assert_true(counts.ticks >= 3 && counts.ends >= counts.ticks);
    assert_true(loop_stopping(counts.loop));
    loop_free(counts.loop);
    loop_signals_restore();
}

struct reader {
    struct pair pair;
    struct loop *loop;
    int messages;
};

static void on_message(void *user)
{
    struct reader *reader = user;
    struct bus_message message;
    while (bus_receive(reader->pair.router, &message) == STATUS_OK) {
        reader->messages++;
        bus_message_deinit(&message);
    }
}

static void a_paused_socket_is_not_read(void **state)
{
    (void)state;
    struct reader reader = {.loop = loop_new()};
    pair_open(&reader.pair);
    loop_watch_socket(reader.loop, reader.pair.router, on_message, &reader);
    loop_pause_socket(reader.loop, reader.pair.router, true);
    send_parts(reader.pair.dealer, (const char *const[]){"x"}, 1);
    for (int i = 0; i < 10; i++)
        loop_turn(reader.loop, 5);
    assert_int_equal(reader.messages, 0);
    loop_pause_socket(reader.loop, reader.pair.router, false);
    int64_t deadline = clock_steady_ms() + DEADLINE_MS;
    while (reader.messages == 0 && clock_steady_ms() < deadline)
        loop_turn(reader.loop, 50);
    assert_int_equal(reader.messages, 1);
    loop_unwatch_socket(reader.loop, reader.pair.router);
    pair_close(&reader.pair);
    loop_free(reader.loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_and_signals_arrive_in_the_loop),
        cmocka_unit_test(frames_travel_and_are_shared),
        cmocka_unit_test(a_peer_that_is_gone_is_reject),
        cmocka_unit_test(too_many_frames_are_dropped_and_counted),
        cmocka_unit_test(a_port_in_use_says_so),
        cmocka_unit_test(a_paused_socket_is_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
