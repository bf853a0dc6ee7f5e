/* Who is cut when too many connect, and who is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/socket.h>
#include <unistd.h>

#include "worker/ingest/connections.h"

#define MOST 4

/* A connection: our end, and the other's. */
struct pair {
    int ours, theirs;
};

static struct pair connected(void)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    return (struct pair){ends[0], ends[1]};
}

static bool is_cut(struct pair pair)
{
    char byte;
    return recv(pair.theirs, &byte, 1, MSG_DONTWAIT) == 0;
}

static void close_pair(struct pair pair)
{
    (void)close(pair.ours);
    (void)close(pair.theirs);
}

static void the_oldest_stranger_is_cut(void **state)
{
    (void)state;
    struct connections *connections = connections_new(MOST);
    struct pair pairs[MOST + 2];
    for (int i = 0; i < MOST; i++) {
        pairs[i] = connected();
        assert_int_equal(connections_accepted(connections, pairs[i].ours, 0, 1000), 0);
    }
    assert_true(connections_proved(connections, pairs[0].ours)); /* the oldest, but no stranger */
    assert_string_equal(connections_address(connections, pairs[0].ours), "local");
    for (int i = MOST; i < MOST + 2; i++) {
        pairs[i] = connected();
        assert_int_equal(connections_accepted(connections, pairs[i].ours, 1, 1000), 1);
    }
    for (int i = 0; i < MOST + 2; i++)
        assert_int_equal(is_cut(pairs[i]), i == 1 || i == 2);
    assert_int_equal(connections_count(connections), MOST + 2);
    connections_ended(connections, pairs[1].ours);
    connections_ended(connections, pairs[1].ours);
    assert_int_equal(connections_count(connections), MOST + 1);
    assert_false(connections_proved(connections, pairs[1].ours));
    connections_cut(connections, 1);
    for (int i = 0; i < MOST + 2; i++) {
        assert_int_equal(is_cut(pairs[i]), i == 1 || i == 2 || i >= MOST);
        close_pair(pairs[i]);
    }
    connections_free(connections);
}

static void a_descriptor_may_be_used_again(void **state)
{
    (void)state;
    struct connections *connections = connections_new(MOST);
    struct pair pair = connected();
    for (int i = 0; i < 3 * MOST; i++) /* its end was not heard of */
        assert_int_equal(connections_accepted(connections, pair.ours, 0, 1000), 0);
    assert_int_equal(connections_count(connections), 1);
    assert_false(connections_proved(connections, pair.ours + 1));
    assert_false(connections_proved(connections, -1));
    assert_int_equal(connections_accepted(connections, 1 << 30, 0, 1000), 0);
    close_pair(pair);
    connections_free(connections);
}

static void one_address_is_slowed_down(void **state)
{
    (void)state;
    struct connections *connections = connections_new(MOST);
    int64_t now = 1000;
    for (int i = 0; i < CONNECTIONS_A_SECOND; i++)
        assert_false(connections_too_fast(connections, "192.0.2.7", now));
    assert_true(connections_too_fast(connections, "192.0.2.7", now));
    assert_false(connections_too_fast(connections, "192.0.2.8", now));
    assert_false(connections_too_fast(connections, "192.0.2.7", now + 1000));
    for (int i = 0; i < 10 * CONNECTIONS_A_SECOND; i++)
        assert_false(connections_too_fast(connections, "127.0.0.1", now));
    connections_free(connections);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_oldest_stranger_is_cut),
        cmocka_unit_test(a_descriptor_may_be_used_again),
        cmocka_unit_test(one_address_is_slowed_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
