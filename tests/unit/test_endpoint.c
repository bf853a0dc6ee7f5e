/* Which endpoints stay on this host, and what becomes of their text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/bus.h"
#include "common/endpoint.h"

static void some_leave_this_host(void **state)
{
    (void)state;
    static const struct {
        const char *endpoint;
        bool leaves;
    } rows[] = {
        {"tcp://127.0.0.1:5552", false},
        {"tcp://127.8.9.1:0", false},
        {"tcp://[::1]:5552", false},
        {"tcp://[::ffff:127.0.0.1]:5552", false},
        {"tcp://localhost:5552", false},
        {"ipc:///run/newsmill/push", false},
        {"inproc://zeromq.zap.01", false},
        {"nonsense", false},
        {"tcp://", false},
        {"tcp://*:5552", true},
        {"tcp://0.0.0.0:5552", true},
        {"tcp://[::]:5552", true},
        {"tcp://10.0.0.1:5552", true},
        {"tcp://128.0.0.1:5552", true},
        {"tcp://localhost.example.org:5552", true},
        {"tcp://lo:5552", true},
        {"tcp://127.1:5552", true},
        {"tcp://10.0.0.1:1;127.0.0.1:5552", true},
        {"tcp://127.0.0.1:1;10.0.0.1:5552", true},
        {"tipc://{5552,0}", true},
        {"epgm://eth0;239.192.1.1:5555", true},
        {"vmci://*:5552", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (endpoint_leaves_host(rows[i].endpoint) != rows[i].leaves)
            fail_msg("%s", rows[i].endpoint);
}

static void without_keys_a_socket_stays_here(void **state)
{
    (void)state;
    const struct bus_options options = {16, -1, 0};
    struct bus_security security = {.insecure = true};
    struct bus *bus = bus_new();
    struct bus_socket *socket = NULL;
    struct fault fault;
    assert_int_equal(bus_open(bus, BUS_ROUTER, options, &socket, &fault), STATUS_OK);
    assert_int_equal(bus_bind(socket, "tcp://0.0.0.0:0", &fault), STATUS_REJECT);
    assert_string_equal(fault.code, "keys-missing");
    assert_int_equal(bus_connect(socket, "tcp://192.0.2.1:5552", &fault), STATUS_REJECT);
    assert_string_equal(fault.code, "keys-missing");
    bus_secure(bus, &security);
    assert_int_equal(bus_bind(socket, "tcp://0.0.0.0:0", &fault), STATUS_OK);
    bus_close(&socket);
    bus_free(bus);
}

static void text_is_as_libzmq_wants_it(void **state)
{
    (void)state;
    char text[ENDPOINT_BYTES] = "tcp://[::ffff:127.0.0.1]:5552";
    endpoint_unmap_ipv4(text);
    assert_string_equal(text, "tcp://127.0.0.1:5552");
    assert_true(endpoint_for_bind("tcp://127.0.0.1:0", text));
    assert_string_equal(text, "tcp://127.0.0.1:*");
    assert_true(endpoint_is_ipv4("tcp://10.0.0.1:5553"));
    assert_false(endpoint_is_ipv4("tcp://[::1]:5553"));
    assert_int_equal(endpoint_port("tcp://10.0.0.1:5553"), 5553);
    assert_int_equal(endpoint_port("ipc:///tmp/a:1"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(some_leave_this_host),
        cmocka_unit_test(without_keys_a_socket_stays_here),
        cmocka_unit_test(text_is_as_libzmq_wants_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
