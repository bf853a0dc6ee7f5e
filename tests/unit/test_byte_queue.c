/* Queues of bytes: what goes in comes out in its order, whatever is moved meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/byte_queue.h"

/* The byte at a place of the stream that is put in. */
static char byte_at(size_t place)
{
    return (char)(place * 2654435761u >> 7 & 0xff);
}

static void put(struct byte_queue *queue, size_t *in, size_t len)
{
    struct buffer *end = byte_queue_room(queue, len);
    assert_non_null(end);
    for (size_t i = 0; i < len; i++) {
        char byte = byte_at((*in)++);
        buffer_append(end, &byte, 1);
    }
}

static void take(struct byte_queue *queue, size_t *out, size_t len)
{
    struct slice front = byte_queue_front(queue);
    assert_true(front.len >= len);
    for (size_t i = 0; i < len; i++)
        assert_int_equal(front.data[i], byte_at((*out)++));
    byte_queue_take(queue, len);
}

static void comes_out_as_it_went_in(void **state)
{
    (void)state;
    struct byte_queue queue;
    size_t in = 0, out = 0;
    uint32_t seed = 7;
    byte_queue_init(&queue, (size_t)1 << 20);
    assert_int_equal(byte_queue_front(&queue).len, 0);
    for (int i = 0; i < 20000; i++) {
        seed = seed * 1664525u + 1013904223u;
        size_t len = seed >> 16 & 0xff;
        bool grows = i % 4000 < 2000; /* to 150 KB, and back */
        put(&queue, &in, grows ? len : len / 4);
        size_t most = byte_queue_front(&queue).len, wanted = grows ? len / 2 : len;
        take(&queue, &out, wanted < most ? wanted : most);
    }
    take(&queue, &out, in - out);
    assert_int_equal(byte_queue_front(&queue).len, 0);
    byte_queue_deinit(&queue);
}

static void short_queue_stays_at_its_beginning(void **state)
{
    (void)state;
    struct byte_queue queue;
    size_t in = 0, out = 0;
    byte_queue_init(&queue, (size_t)64 << 20);
    for (int i = 0; i < 100000; i++) {
        put(&queue, &in, 100);
        if (i >= 50)
            take(&queue, &out, 100);
    }
    assert_true(queue.bytes.capacity <= (size_t)64 * 1024);
    byte_queue_deinit(&queue);
}

static void limit_refuses_and_changes_nothing(void **state)
{
    (void)state;
    struct byte_queue queue;
    size_t in = 0, out = 0;
    byte_queue_init(&queue, 1000);
    put(&queue, &in, 900);
    assert_null(byte_queue_room(&queue, 101));
    put(&queue, &in, 100);
    assert_null(byte_queue_room(&queue, 1));
    take(&queue, &out, 300);
    put(&queue, &in, 300);
    assert_null(byte_queue_room(&queue, 1));
    take(&queue, &out, 1000);
    put(&queue, &in, 1000);
    take(&queue, &out, 1000);
    byte_queue_deinit(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_out_as_it_went_in),
        cmocka_unit_test(short_queue_stays_at_its_beginning),
        cmocka_unit_test(limit_refuses_and_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
