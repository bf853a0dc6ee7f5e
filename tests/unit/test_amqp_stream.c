/* The bytes between us and a cluster: what a TLS handshake waits for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "worker/ingest/amqp_stream.h"

static struct stream *connect_pair(struct stream_trust *trust, int *other)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    *other = ends[1];
    struct stream *stream = stream_new(ends[0], trust, "mq1.example");
    assert_non_null(stream);
    return stream;
}

/* There is room to write all the time: who waits for that turns round and round. */
static void a_handshake_waits_for_the_other_side(void **state)
{
    (void)state;
    const struct amqp_uri uri = {.tls = true};
    struct stream_trust *trust;
    struct fault fault;
    char hello[64];
    int other;
    assert_int_equal(stream_trust_new(&uri, &trust, &fault), STATUS_OK);
    struct stream *stream = connect_pair(trust, &other);
    assert_true(stream_wants_write(stream));
    assert_false(stream_write_waits(stream));
    assert_int_equal(stream_write(stream, "x", 1, &fault), STREAM_LATER);
    assert_true(stream_write_waits(stream));
    assert_false(stream_wants_write(stream));
    assert_true(read(other, hello, sizeof hello) > 0);
    stream_free(stream);
    stream_trust_free(trust);
    (void)close(other);
}

static void a_plain_stream_waits_for_room_only(void **state)
{
    (void)state;
    struct fault fault;
    int other;
    struct stream *stream = connect_pair(NULL, &other);
    while (stream_write(stream, "newsmill", 8, &fault) > 0)
        continue;
    assert_false(stream_write_waits(stream));
    stream_free(stream);
    (void)close(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handshake_waits_for_the_other_side),
        cmocka_unit_test(a_plain_stream_waits_for_room_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
