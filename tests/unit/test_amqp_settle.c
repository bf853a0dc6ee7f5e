/* Books first, acknowledgements after: what a record of the books says, however late it is written.
 * The connections are played: what is published is kept here, and confirmed when a test says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "worker/ingest/amqp_wire.h"
#include "worker/ingest/backlog_amqp_state.h"

#define RUN   7
#define APART 100 /* ms between records */

static struct {
    int64_t now;
    uint64_t tag;         /* of the last record */
    struct buffer record; /* it */
    struct buffer acks;
} played;

int64_t loop_now_ms(const struct loop *loop)
{
    (void)loop;
    return played.now;
}

struct buffer *broker_out(struct broker *broker)
{
    (void)broker;
    return &played.acks;
}

void broker_flush(struct broker *broker)
{
    (void)broker;
}

bool publish_books(struct amqp *amqp, struct slice record, uint64_t *tag)
{
    if (!amqp->publish.ready)
        return false;
    buffer_clear(&played.record);
    buffer_append_slice(&played.record, record);
    *tag = ++played.tag;
    return true;
}

static struct amqp *begin(void)
{
    struct amqp *amqp = calloc(1, sizeof *amqp);
    assert_non_null(amqp);
    amqp->run = RUN;
    amqp->publish.ready = amqp->consume.ready = true;
    amqp->consume.deliveries = deliveries_new(16);
    assert_non_null(amqp->consume.deliveries);
    buffer_init(&amqp->record, 1 << 20);
    buffer_init(&amqp->lately[0], 1 << 20);
    buffer_init(&amqp->lately[1], 1 << 20);
    buffer_init(&played.record, 1 << 20);
    buffer_init(&played.acks, 1 << 20);
    played.now = 1000;
    played.tag = 0;
    settle_begin(amqp, SLICE_NULL, 0);
    amqp->consume.known = true;
    return amqp;
}

static void end(struct amqp *amqp)
{
    deliveries_free(amqp->consume.deliveries);
    buffer_deinit(&amqp->record);
    buffer_deinit(&amqp->lately[0]);
    buffer_deinit(&amqp->lately[1]);
    buffer_deinit(&played.record);
    buffer_deinit(&played.acks);
    free(amqp);
}

/* An article comes in, out of the queue, and is stored. */
static void store(struct amqp *amqp, uint64_t number)
{
    uint64_t sequence;
    struct slice body;
    settle_count(amqp);
    assert_int_equal(deliveries_take(amqp->consume.deliveries, (struct amqp_id){RUN, number},
                                     number, calloc(1, 1), 1),
                     DELIVERY_NEW);
    assert_true(deliveries_next(amqp->consume.deliveries, &sequence, &body));
    assert_true(deliveries_done(amqp->consume.deliveries, sequence));
    amqp->books.stored++;
    amqp->books.in_flight--;
}

/* The record that was published last counts so many as stored, and names these. */
static void check_record(uint64_t stored, uint64_t from, uint64_t to)
{
    struct amqp_books read;
    assert_true(amqp_books_read(buffer_slice(&played.record), &read));
    assert_int_equal(read.books.stored, stored);
    assert_int_equal(read.count, to - from + 1);
    for (uint64_t i = 0; i < read.count; i++)
        assert_int_equal(amqp_books_id(&read, i).number, from + i);
}

static void settle_later(struct amqp *amqp)
{
    played.now += APART;
    settle(amqp);
}

static size_t acknowledged(void)
{
    struct wire *wire = wire_new();
    struct slice bytes = buffer_slice(&played.acks);
    size_t count = 0;
    while (bytes.len > 0) {
        struct wire_event event;
        struct fault fault;
        assert_int_equal(wire_feed(wire, &bytes, &event, &fault), STATUS_OK);
        count += event.kind == WIRE_ACKED;
    }
    wire_free(wire);
    return count;
}

static void nothing_is_acknowledged_before_its_books_are_there(void **state)
{
    (void)state;
    struct amqp *amqp = begin();
    store(amqp, 1);
    store(amqp, 2);
    settle(amqp);
    check_record(2, 1, 2);
    assert_int_equal(acknowledged(), 0);
    settle_confirmed(amqp, played.tag + 1, false); /* of something else */
    assert_int_equal(acknowledged(), 0);
    settle_confirmed(amqp, played.tag, false);
    assert_int_equal(acknowledged(), 2);
    end(amqp);
}

/* The node died that had the record, and the one written instead is later than what ended in
 * between: if it counted that, whoever reads it would count it again, because its id is not there
 * and it has not been acknowledged. */
static void books_written_again_count_what_they_name(void **state)
{
    (void)state;
    struct amqp *amqp = begin();
    store(amqp, 1);
    store(amqp, 2);
    settle(amqp);
    amqp->publish.ready = false;
    settle_lost(amqp);
    store(amqp, 3);
    settle_later(amqp);
    amqp->publish.ready = true;
    settle_later(amqp);
    assert_int_equal(played.tag, 2);
    check_record(2, 1, 2);
    settle_confirmed(amqp, played.tag, false);
    assert_int_equal(acknowledged(), 2);
    settle_later(amqp);
    check_record(3, 1, 3); /* those before may have been acknowledged to a node that died */
    settle_confirmed(amqp, played.tag, true);
    assert_int_equal(acknowledged(), 3);
    end(amqp);
}

/* Whoever goes on with a record: an article it names comes again and is a copy; one it does not
 * name is counted. */
static void who_takes_over_counts_each_once(void **state)
{
    (void)state;
    struct amqp *amqp = begin();
    store(amqp, 1);
    store(amqp, 2);
    settle(amqp);
    settle_lost(amqp);
    store(amqp, 3);
    settle_later(amqp);
    char *copy = malloc(played.record.len);
    const struct slice record = {copy, played.record.len};
    memcpy(copy, played.record.data, record.len);
    end(amqp);

    amqp = begin();
    amqp->consume.known = false;
    settle_begin(amqp, record, 3); /* none was acknowledged */
    assert_int_equal(amqp->books.stored, 2);
    struct deliveries *deliveries = amqp->consume.deliveries;
    for (uint64_t number = 1; number <= 3; number++)
        assert_int_equal(
            deliveries_take(deliveries, (struct amqp_id){RUN, number}, number, calloc(1, 1), 1),
            number < 3 ? DELIVERY_COPY : DELIVERY_NEW);
    free(copy);
    end(amqp);
}

/* The cluster is short of memory: acknowledging frees it. */
static void a_cluster_that_takes_no_books_is_acknowledged_to(void **state)
{
    (void)state;
    struct amqp *amqp = begin();
    store(amqp, 1);
    settle(amqp);
    amqp->publish.blocked = true;
    settle_later(amqp);
    assert_int_equal(acknowledged(), 0);
    played.now += 2000;
    settle(amqp);
    assert_int_equal(acknowledged(), 1);
    end(amqp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_acknowledged_before_its_books_are_there),
        cmocka_unit_test(books_written_again_count_what_they_name),
        cmocka_unit_test(who_takes_over_counts_each_once),
        cmocka_unit_test(a_cluster_that_takes_no_books_is_acknowledged_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
