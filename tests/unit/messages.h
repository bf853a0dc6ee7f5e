/* Waiting for what comes over a socket. Behind <cmocka.h>. */
#ifndef NEWSMILL_TESTS_MESSAGES_H
#define NEWSMILL_TESTS_MESSAGES_H

#include "common/bus.h"
#include "common/clock.h"

#define DEADLINE_MS 10000

static inline struct bus_message wait_message(struct bus_socket *socket)
{
    struct bus_message message;
    int64_t end = clock_steady_ms() + DEADLINE_MS;
    while (bus_receive(socket, &message) != STATUS_OK) {
        struct bus_poll entry = {.socket = socket};
        assert_true(clock_steady_ms() < end);
        (void)bus_poll(&entry, 1, 50);
    }
    return message;
}

#endif
