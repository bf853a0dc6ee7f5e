/* The replicated backlog's pure parts: the URI, frames, ids, books, and what was delivered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/amqp_uri.h"
#include "worker/ingest/amqp_books.h"
#include "worker/ingest/amqp_deliveries.h"
#include "worker/ingest/amqp_limit.h"
#include "worker/ingest/amqp_wire.h"

/* ---- the URI ---- */

static void a_uri_is_read(void **state)
{
    (void)state;
    struct amqp_uri uri;
    struct fault fault;
    assert_int_equal(amqp_uri_parse("amqps://me%40x:p%2Fq%3A@mq1,mq2:99,[::1]:5673/news%2Fone"
                                    "?queue=a%20b&prefetch=7&heartbeat=9&ca=/x&cert=/c&key=/k",
                                    &uri, &fault),
                     STATUS_OK);
    assert_true(uri.tls);
    assert_string_equal(uri.user, "me@x");
    assert_string_equal(uri.password, "p/q:");
    assert_int_equal(uri.host_count, 3);
    assert_string_equal(uri.hosts[0].name, "mq1");
    assert_int_equal(uri.hosts[0].port, 5671);
    assert_int_equal(uri.hosts[1].port, 99);
    assert_string_equal(uri.hosts[2].name, "::1");
    assert_int_equal(uri.hosts[2].port, 5673);
    assert_string_equal(uri.vhost, "news/one");
    assert_string_equal(uri.queue, "a b");
    assert_int_equal(uri.prefetch, 7);
    assert_int_equal(uri.heartbeat_s, 9);
}

static void what_a_uri_leaves_out_has_a_default(void **state)
{
    (void)state;
    struct amqp_uri uri;
    struct fault fault;
    assert_int_equal(amqp_uri_parse("amqp://mq1", &uri, &fault), STATUS_OK);
    assert_string_equal(uri.user, "guest");
    assert_string_equal(uri.password, "guest");
    assert_string_equal(uri.vhost, "/");
    assert_string_equal(uri.queue, "newsmill");
    assert_int_equal(uri.hosts[0].port, 5672);
    assert_int_equal(amqp_uri_parse("amqp://me@mq1/?password-file=/p", &uri, &fault), STATUS_OK);
    assert_string_equal(uri.password, "");
}

static void a_wrong_uri_is_refused_without_its_password(void **state)
{
    (void)state;
    static const struct {
        const char *uri, *said;
    } wrong[] = {
        {"http://u:geheim@mq1", "no backlog that is known"},
        {"amqp://", "empty host"},
        {"amqp://u:geheim@", "empty host"},
        {"amqp://u:geheim@mq1,", "empty host"},
        {"amqp://u:geheim@mq1:0", "port"},
        {"amqp://u:geheim@mq1:65536", "port"},
        {"amqp://u:geheim@[::1", "without its ]"},
        {"amqp://u:geheim%zz@mq1", "cannot be read"},
        {"amqp://:geheim@mq1", "user or password"},
        {"amqp://u:geheim%00@mq1", "cannot be read"},
        {"amqp://u:geheim@mq1/?quue=x", "did you mean queue?"},
        {"amqp://u:geheim@mq1/?prefetch=70000", "from 1 to 65535"},
        {"amqp://u:geheim@mq1/?queue=", "for queue"},
        {"amqp://u:geheim@mq1/?ca=/x", "amqps"},
        {"amqps://u:geheim@mq1/?cert=/x", "both or none"},
        {"amqp://u:geheim@mq1/?password-file=/x", "one of them"},
        {"amqp://a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q", "more than 16 hosts"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct amqp_uri uri;
        struct fault fault;
        assert_int_equal(amqp_uri_parse(wrong[i].uri, &uri, &fault), STATUS_REJECT);
        if (!strstr(fault.message, wrong[i].said))
            fail_msg("%s: %s", wrong[i].uri, fault.message);
        assert_null(strstr(fault.message, "geheim"));
    }
}

/* ---- frames ---- */

#define METHOD 1
#define HEADER 2
#define BODY   3

static void frame(struct buffer *out, char type, const void *payload, uint32_t len)
{
    buffer_append(out, &type, 1);
    buffer_be16(out, 1);
    buffer_be32(out, len);
    buffer_append(out, payload, len);
    buffer_append(out, "\xce", 1);
}

static void deliver(struct buffer *out, const char *id, const char *body)
{
    static const char method[] = "\0\x3c\0\x3c\x01t\0\0\0\0\0\0\0\x2a\0\0\x01q";
    char header[64] = {0, 60};
    size_t len = strlen(id);
    header[11] = (char)strlen(body);
    header[13] = (char)0x80; /* the flag of the message's id */
    header[14] = (char)len;
    memcpy(header + 15, id, len);
    frame(out, METHOD, method, sizeof method - 1);
    frame(out, HEADER, header, (uint32_t)(15 + len));
    frame(out, BODY, body, (uint32_t)strlen(body));
}

/* Whatever the pieces are that it comes in. */
static void a_delivery_is_read_in_any_pieces(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 100; piece += 7) {
        struct wire *wire = wire_new();
        struct buffer in;
        struct fault fault;
        enum wire_kind kinds[3] = {WIRE_NOTHING};
        size_t count = 0;
        buffer_init(&in, 4096);
        deliver(&in, "0000000000000001000000000000002a", "hello");
        for (size_t at = 0; at < in.len; at += piece) {
            struct slice bytes =
                slice_sub(buffer_slice(&in), at, at + piece < in.len ? at + piece : in.len);
            while (bytes.len > 0) {
                struct wire_event event;
                assert_int_equal(wire_feed(wire, &bytes, &event, &fault), STATUS_OK);
                if (event.kind == WIRE_NOTHING)
                    continue;
                kinds[count++] = event.kind;
                if (event.kind == WIRE_DELIVERED)
                    assert_int_equal(event.tag, 42);
                if (event.kind == WIRE_HEADER)
                    assert_int_equal(event.count, 5);
                if (event.kind == WIRE_BODY)
                    assert_true(slice_is(event.text, "hello"));
            }
        }
        assert_int_equal(count, 3);
        assert_true(kinds[0] == WIRE_DELIVERED && kinds[1] == WIRE_HEADER && kinds[2] == WIRE_BODY);
        buffer_deinit(&in);
        wire_free(wire);
    }
}

static void what_is_no_amqp_is_refused(void **state)
{
    (void)state;
    static const struct slice wrong[] = {
        SLICE_LITERAL("HTTP/1.1 400 Bad Request\r\n\r\n"),
        {"\x01\0\x01\xff\xff\xff\xff ", 8},               /* a frame of 4 GB */
        {"\x01\0\x01\0\0\0\x01x\xff", 9},                 /* without its end */
        {"\x01\0\x01\0\0\0\x05\0\x3c\0\x3c\xff\xce", 13}, /* a delivery cut off */
        /* The header of a connection, which has no properties, with a message's flags. */
        {"\x02\0\x01\0\0\0\x10\0\x0a\0\0\0\0\0\0\0\0\0\x05\x20\0\0\0\xce", 24},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct wire *wire = wire_new();
        struct slice bytes = wrong[i];
        struct wire_event event;
        struct fault fault;
        enum status status = STATUS_OK;
        while (bytes.len > 0 && status == STATUS_OK)
            status = wire_feed(wire, &bytes, &event, &fault);
        assert_int_equal(status, STATUS_RETRY);
        wire_free(wire);
    }
}

/* What we write is what a broker would read: it is fed back, in frames no longer than agreed. */
static void a_published_message_comes_in_frames(void **state)
{
    (void)state;
    struct wire *wire = wire_new();
    struct buffer out;
    struct fault fault;
    char *body = malloc(10000);
    memset(body, 'b', 10000);
    const struct slice parts[] = {SLICE_LITERAL("head"), {body, 10000}};
    uint64_t said = 0, came = 0;
    buffer_init(&out, 1 << 20);
    wire_put_publish(&out, wire, "q", SLICE_LITERAL("name"), parts, 2);
    assert_false(buffer_failed(&out));
    struct slice bytes = buffer_slice(&out);
    while (bytes.len > 0) {
        struct wire_event event;
        assert_int_equal(wire_feed(wire, &bytes, &event, &fault), STATUS_OK);
        if (event.kind == WIRE_HEADER) {
            said = event.count;
            assert_true(slice_is(event.text, "name"));
        } else if (event.kind == WIRE_BODY) {
            assert_true(event.text.len <= 4096 - 8);
            came += event.text.len;
        }
    }
    assert_int_equal(said, 10004);
    assert_int_equal(came, 10004);
    buffer_deinit(&out);
    wire_free(wire);
    free(body);
}

/* ---- what it finds too long ---- */

static void a_limit_is_read(void **state)
{
    (void)state;
    uint64_t limit = 0;
    assert_true(
        amqp_limit_read(SLICE_LITERAL("it says 406 PRECONDITION_FAILED - message size 1200123 "
                                      "is larger than configured max size 1048576"),
                        &limit));
    assert_int_equal(limit, 1048576);
    assert_true(amqp_limit_read(SLICE_LITERAL("message size 9 larger than max size 8"), &limit));
    assert_int_equal(limit, 8);
    static const char *const others[] = {
        "",
        "406 PRECONDITION_FAILED - unknown delivery tag 7",
        "message size ",
        "message size 9",
        "message size 9 is larger than 0",
        "message size 8 is larger than 9",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(amqp_limit_read(slice_from(others[i]), &limit));
}

/* ---- ids and books ---- */

static void an_id_is_read_back(void **state)
{
    (void)state;
    struct amqp_id id = {UINT64_C(0xfedcba9876543210), 7}, read;
    char text[AMQP_ID_TEXT];
    amqp_id_format(id, text);
    assert_true(amqp_id_parse(slice_from(text), &read));
    assert_true(amqp_id_equal(id, read));
    assert_false(amqp_id_parse(SLICE_LITERAL("fedcba9876543210"), &read));
    assert_false(amqp_id_parse(SLICE_LITERAL("Xedcba98765432100000000000000007"), &read));
    assert_false(amqp_id_parse(SLICE_NULL, &read));
}

static void a_record_is_checked(void **state)
{
    (void)state;
    const struct amqp_books books = {
        .run = 7, .books = {.accepted = 9, .stored = 5, .duplicate = 3, .dead = 1}, .count = 2};
    struct amqp_books read;
    struct buffer out;
    buffer_init(&out, 4096);
    amqp_books_begin(&out, &books);
    amqp_books_add(&out, (struct amqp_id){1, 2});
    amqp_books_add(&out, (struct amqp_id){3, 4});
    struct slice bytes = buffer_slice(&out);
    assert_true(amqp_books_read(bytes, &read));
    assert_int_equal(read.run, 7);
    assert_int_equal(read.books.stored, 5);
    assert_int_equal(read.books.dead, 1);
    assert_int_equal(read.count, 2);
    assert_true(amqp_id_equal(amqp_books_id(&read, 1), (struct amqp_id){3, 4}));
    for (size_t len = 0; len < bytes.len; len++)
        assert_false(amqp_books_read(slice_sub(bytes, 0, len), &read));
    memset(out.data + 44, 0xff, 8); /* a count that would overflow */
    assert_false(amqp_books_read(bytes, &read));
    buffer_deinit(&out);
}

static void a_record_of_an_earlier_version_has_no_run(void **state)
{
    (void)state;
    char bytes[44 + AMQP_BOOKS_ID] = {'N', 'M', 'B', '1', 9};
    struct amqp_books read;
    bytes[12] = 8;
    bytes[36] = 1;
    bytes[44] = 3;
    assert_true(amqp_books_read((struct slice){bytes, sizeof bytes}, &read));
    assert_int_equal(read.run, 0);
    assert_int_equal(read.books.accepted, 9);
    assert_int_equal(read.books.stored, 8);
    assert_true(amqp_id_equal(amqp_books_id(&read, 0), (struct amqp_id){3, 0}));
    assert_false(amqp_books_read((struct slice){bytes, 44}, &read));
}

/* ---- deliveries ---- */

static enum delivery_is take(struct deliveries *deliveries, uint64_t number, uint64_t tag)
{
    return deliveries_take(deliveries, (struct amqp_id){1, number}, tag, strdup("body"), 4);
}

static uint64_t next(struct deliveries *deliveries)
{
    uint64_t sequence = 0;
    struct slice body;
    assert_true(deliveries_next(deliveries, &sequence, &body));
    return sequence;
}

static void what_is_done_is_acknowledged_once(void **state)
{
    (void)state;
    struct deliveries *deliveries = deliveries_new(4);
    deliveries_new_connection(deliveries);
    assert_int_equal(take(deliveries, 1, 11), DELIVERY_NEW);
    assert_int_equal(take(deliveries, 2, 12), DELIVERY_NEW);
    uint64_t one = next(deliveries), two = next(deliveries);
    assert_true(slice_is(deliveries_body(deliveries, one), "body"));
    assert_true(deliveries_done(deliveries, two));
    assert_false(deliveries_done(deliveries, two));
    deliveries_begin_batch(deliveries);
    assert_int_equal(deliveries_batch_count(deliveries), 1);
    assert_int_equal(deliveries_batch_tag(deliveries, 0), 12);
    deliveries_end_batch(deliveries);
    assert_int_equal(take(deliveries, 2, 13), DELIVERY_COPY);
    assert_true(deliveries_done(deliveries, one));
    assert_int_equal(deliveries_bytes(deliveries), 0);
    deliveries_free(deliveries);
}

static void another_connection_brings_other_tags(void **state)
{
    (void)state;
    struct deliveries *deliveries = deliveries_new(4);
    deliveries_new_connection(deliveries);
    for (uint64_t i = 1; i <= 3; i++)
        assert_int_equal(take(deliveries, i, 10 + i), DELIVERY_NEW);
    uint64_t one = next(deliveries), two = next(deliveries);
    assert_true(deliveries_done(deliveries, one));
    deliveries_new_connection(deliveries);
    assert_int_equal(take(deliveries, 1, 1), DELIVERY_KNOWN); /* done, and not acknowledged */
    assert_int_equal(take(deliveries, 2, 2), DELIVERY_KNOWN); /* in hands */
    assert_int_equal(take(deliveries, 2, 3), DELIVERY_COPY);  /* it is in the queue twice */
    assert_int_equal(deliveries_waiting(deliveries), 1);
    assert_true(deliveries_done(deliveries, two));
    deliveries_begin_batch(deliveries);
    assert_int_equal(deliveries_batch_count(deliveries), 2);
    assert_int_equal(deliveries_batch_tag(deliveries, 0), 1);
    assert_int_equal(deliveries_batch_tag(deliveries, 1), 2);
    deliveries_end_batch(deliveries);
    uint64_t three = next(deliveries); /* it was here already, and is given once */
    assert_true(deliveries_done(deliveries, three));
    deliveries_begin_batch(deliveries);
    assert_int_equal(deliveries_batch_tag(deliveries, 0), 0); /* not delivered again yet */
    deliveries_end_batch(deliveries);
    assert_int_equal(take(deliveries, 3, 4), DELIVERY_COPY);
    deliveries_free(deliveries);
}

static void more_than_was_allowed_is_refused(void **state)
{
    (void)state;
    struct deliveries *deliveries = deliveries_new(2);
    deliveries_new_connection(deliveries);
    for (uint64_t i = 1; i <= 6; i++)
        assert_int_equal(take(deliveries, i, i), DELIVERY_NEW);
    assert_int_equal(take(deliveries, 7, 7), DELIVERY_REFUSED);
    uint64_t one = next(deliveries);
    assert_true(deliveries_done(deliveries, one));
    deliveries_begin_batch(deliveries);
    deliveries_end_batch(deliveries);
    assert_int_equal(take(deliveries, 7, 7), DELIVERY_NEW);
    assert_false(deliveries_done(deliveries, one)); /* its place is another's now */
    deliveries_free(deliveries);
}

static void what_an_earlier_run_counted_is_remembered(void **state)
{
    (void)state;
    struct deliveries *deliveries = deliveries_new(2);
    deliveries_new_connection(deliveries);
    deliveries_remember(deliveries, (struct amqp_id){1, 9});
    assert_int_equal(take(deliveries, 9, 1), DELIVERY_COPY);
    assert_int_equal(take(deliveries, 8, 2), DELIVERY_NEW);
    deliveries_free(deliveries);
}

/* Another ingest has worked in our place: what is still in the queue is in its books as in flight.
 */
static void what_was_here_under_other_books_counts_when_it_comes_again(void **state)
{
    (void)state;
    struct deliveries *deliveries = deliveries_new(4);
    for (uint64_t number = 1; number <= 4; number++)
        assert_int_equal(take(deliveries, number, number), DELIVERY_NEW);
    uint64_t first = next(deliveries), second = next(deliveries), third = next(deliveries);
    assert_true(deliveries_done(deliveries, first));
    deliveries_begin_batch(deliveries);
    assert_true(deliveries_done(deliveries, second));
    deliveries_disown(deliveries);
    deliveries_new_connection(deliveries);
    assert_int_equal(deliveries_done_count(deliveries) + deliveries_batch_count(deliveries), 0);
    assert_false(deliveries_done(deliveries, third)); /* it is not ours to count */
    assert_int_equal(take(deliveries, 1, 1), DELIVERY_NEW);
    assert_int_equal(take(deliveries, 3, 2), DELIVERY_NEW);
    assert_int_equal(take(deliveries, 4, 3), DELIVERY_AGAIN);
    uint64_t fourth = next(deliveries);
    assert_true(deliveries_done(deliveries, fourth));
    assert_int_equal(take(deliveries, 2, 4), DELIVERY_NEW);
    deliveries_free(deliveries);
}

/* The cluster has it again before the new one is delivered, or after. */
static void what_came_too_often_moves(void **state)
{
    (void)state;
    const struct amqp_id one = {1, 1}, two = {1, 2};
    struct deliveries *deliveries = deliveries_new(4);
    deliveries_new_connection(deliveries);
    assert_int_equal(take(deliveries, 1, 11), DELIVERY_NEW);
    assert_int_equal(take(deliveries, 2, 12), DELIVERY_NEW);
    assert_true(deliveries_move(deliveries, one, 1));
    assert_false(deliveries_move(deliveries, one, 2)); /* it moves */
    assert_true(deliveries_move(deliveries, two, 3));
    assert_int_equal(deliveries_moved(deliveries, one, 1), 11);
    assert_int_equal(deliveries_moved(deliveries, one, 1), 0);
    assert_false(deliveries_move(deliveries, one, 4)); /* it is away */
    assert_int_equal(take(deliveries, 1, 13), DELIVERY_KNOWN);
    assert_int_equal(take(deliveries, 2, 14), DELIVERY_COPY);
    assert_int_equal(deliveries_keep(deliveries, two, 14), 12);
    assert_int_equal(deliveries_moved(deliveries, two, 3), 0); /* the new one is kept already */
    assert_int_equal(take(deliveries, 2, 15), DELIVERY_COPY);
    assert_int_equal(deliveries_keep(deliveries, two, 15), 15);
    assert_true(deliveries_done(deliveries, next(deliveries)));
    assert_true(deliveries_done(deliveries, next(deliveries)));
    deliveries_begin_batch(deliveries);
    assert_int_equal(deliveries_batch_tag(deliveries, 0), 13);
    assert_int_equal(deliveries_batch_tag(deliveries, 1), 14);
    deliveries_end_batch(deliveries);
    deliveries_free(deliveries);
}

/* Which of the two came is not known then: nothing is acknowledged for a move of before. */
static void a_move_ends_with_the_connection(void **state)
{
    (void)state;
    const struct amqp_id one = {1, 1};
    struct deliveries *deliveries = deliveries_new(4);
    deliveries_new_connection(deliveries);
    assert_int_equal(take(deliveries, 1, 11), DELIVERY_NEW);
    assert_true(deliveries_move(deliveries, one, 1));
    deliveries_new_connection(deliveries);
    assert_int_equal(take(deliveries, 1, 1), DELIVERY_KNOWN);
    assert_int_equal(deliveries_moved(deliveries, one, 1), 0);
    assert_true(deliveries_move(deliveries, one, 2));
    deliveries_new_connection(deliveries);
    assert_int_equal(deliveries_moved(deliveries, one, 2), 0); /* the old tag means nothing */
    assert_int_equal(take(deliveries, 1, 1), DELIVERY_KNOWN);
    uint64_t sequence = next(deliveries);
    assert_true(deliveries_done(deliveries, sequence));
    assert_false(deliveries_move(deliveries, one, 3)); /* it need not be */
    deliveries_free(deliveries);
}

/* Done while it is away, it is a copy when it comes. No more are away than the prefetch. */
static void what_is_away_is_bounded_and_may_be_done(void **state)
{
    (void)state;
    struct deliveries *deliveries = deliveries_new(2);
    deliveries_new_connection(deliveries);
    for (uint64_t i = 1; i <= 3; i++)
        assert_int_equal(take(deliveries, i, i), DELIVERY_NEW);
    for (uint64_t i = 1; i <= 2; i++) {
        assert_true(deliveries_move(deliveries, (struct amqp_id){1, i}, i));
        assert_int_equal(deliveries_moved(deliveries, (struct amqp_id){1, i}, i), i);
    }
    assert_false(deliveries_move(deliveries, (struct amqp_id){1, 3}, 3));
    assert_true(deliveries_done(deliveries, next(deliveries)));
    deliveries_begin_batch(deliveries);
    assert_int_equal(deliveries_batch_tag(deliveries, 0), 0);
    deliveries_end_batch(deliveries);
    assert_int_equal(take(deliveries, 1, 7), DELIVERY_COPY);
    assert_int_equal(deliveries_keep(deliveries, (struct amqp_id){1, 1}, 7), 7);
    assert_true(deliveries_move(deliveries, (struct amqp_id){1, 3}, 3));
    deliveries_free(deliveries);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_uri_is_read),
        cmocka_unit_test(what_a_uri_leaves_out_has_a_default),
        cmocka_unit_test(a_wrong_uri_is_refused_without_its_password),
        cmocka_unit_test(a_delivery_is_read_in_any_pieces),
        cmocka_unit_test(what_is_no_amqp_is_refused),
        cmocka_unit_test(a_published_message_comes_in_frames),
        cmocka_unit_test(a_limit_is_read),
        cmocka_unit_test(what_came_too_often_moves),
        cmocka_unit_test(a_move_ends_with_the_connection),
        cmocka_unit_test(what_is_away_is_bounded_and_may_be_done),
        cmocka_unit_test(an_id_is_read_back),
        cmocka_unit_test(a_record_is_checked),
        cmocka_unit_test(a_record_of_an_earlier_version_has_no_run),
        cmocka_unit_test(what_was_here_under_other_books_counts_when_it_comes_again),
        cmocka_unit_test(what_is_done_is_acknowledged_once),
        cmocka_unit_test(another_connection_brings_other_tags),
        cmocka_unit_test(more_than_was_allowed_is_refused),
        cmocka_unit_test(what_an_earlier_run_counted_is_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
