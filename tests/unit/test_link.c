/* The link's frames, and the worker's end of it against a ROUTER that plays ingest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "proto/consumer.h"
#include "proto/limits.h"

#define DEADLINE_MS 10000
#define EPOCH       77

/* ---- frames ---- */

static void signatures_tell_commands_apart(void **state)
{
    (void)state;
    char signature[LINK_SIGNATURE_BYTES];
    enum link_command command;
    for (int i = LINK_HELLO; i <= LINK_LAST; i++) {
        link_signature((enum link_command)i, signature);
        assert_int_equal(
            link_command_of((struct slice){signature, sizeof signature}, &command, NULL),
            STATUS_OK);
        assert_int_equal(command, i);
    }
}

static void foreign_signatures_are_refused(void **state)
{
    (void)state;
    static const struct {
        struct slice frame;
        const char *code;
    } cases[] = {
        {{"", 0}, "stranger"},
        {{"NM\x01", 3}, "stranger"},
        {{"NM\x01\x01\x01", 5}, "stranger"},
        {{"XM\x01\x01", 4}, "stranger"},
        {{"GET ", 4}, "stranger"},
        {{"NM\x02\x01", 4}, "version"},
        {{"NM\x01\x00", 4}, "unknown-command"},
        {{"NM\x01\x40", 4}, "unknown-command"},
        {{"NM\x01\xff", 4}, "unknown-command"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        enum link_command command;
        struct fault fault;
        assert_int_equal(link_command_of(cases[i].frame, &command, &fault), STATUS_REJECT);
        assert_string_equal(fault.code, cases[i].code);
    }
}

static void headers_come_back_as_they_went(void **state)
{
    (void)state;
    struct arena *arena = arena_new(1 << 20);
    struct pack_reader reader;
    struct buffer out;
    struct link_outcome outcomes[] = {{5, 1, SLICE_LITERAL("stored")},
                                      {UINT64_MAX, 9, SLICE_LITERAL("duplicate")}};
    struct link_done done = {EPOCH, {outcomes, 2}}, back;
    pack_reader_init(&reader);
    buffer_init(&out, LIMIT_LINK_HEADER_BYTES);
    fields_pack(&link_done_table, &done, &out);
    assert_int_equal(link_header(&link_done_table, buffer_slice(&out), &reader, &back, arena, NULL),
                     STATUS_OK);
    assert_int_equal(back.epoch, EPOCH);
    assert_int_equal(back.outcomes.count, 2);
    assert_true(field_at(back.outcomes, struct link_outcome, 1)->lease == UINT64_MAX);
    assert_true(slice_is(field_at(back.outcomes, struct link_outcome, 1)->outcome, "duplicate"));
    for (size_t len = 0; len < out.len; len++)
        assert_int_equal(link_header(&link_done_table, slice_sub(buffer_slice(&out), 0, len),
                                     &reader, &back, arena, NULL),
                         STATUS_REJECT);
    buffer_deinit(&out);
    pack_reader_deinit(&reader);
    arena_free(arena);
}

/* ---- the worker's end ---- */

struct world {
    struct bus *bus;
    struct loop *loop;
    struct bus_socket *router;
    struct consumer *consumer;
    struct consumer_delivery *held[8];
    size_t held_count;
    unsigned books, terminated;
    struct arena *arena;
    struct pack_reader reader;
    struct bus_frame worker; /* routing id of the last message */
    struct bus_message message;
};

static void on_deliver(void *user, struct consumer_delivery *delivery)
{
    struct world *world = user;
    assert_true(world->held_count < 8);
    world->held[world->held_count++] = delivery;
}

static void on_books(void *user, const struct link_books *books)
{
    struct world *world = user;
    world->books++;
    assert_int_equal(books->accepted, 3);
}

static void on_terminate(void *user)
{
    ((struct world *)user)->terminated++;
}

static void world_open(struct world *world)
{
    struct bus_options options = {100, 1 << 20, 0};
    struct fault fault;
    memset(world, 0, sizeof *world);
    world->bus = bus_new();
    world->loop = loop_new();
    world->arena = arena_new(1 << 20);
    pack_reader_init(&world->reader);
    assert_int_equal(bus_open(world->bus, BUS_ROUTER, options, &world->router, &fault), STATUS_OK);
    assert_int_equal(bus_bind(world->router, "tcp://127.0.0.1:0", &fault), STATUS_OK);
    struct consumer_options consumer = {.role = LINK_STORE,
                                        .endpoints = bus_endpoint(world->router),
                                        .credit_messages = 4,
                                        .credit_bytes = 1000,
                                        .deliver = on_deliver,
                                        .books = on_books,
                                        .terminate = on_terminate,
                                        .user = world};
    assert_int_equal(consumer_new(world->bus, world->loop, &consumer, &world->consumer, &fault),
                     STATUS_OK);
}

static void world_close(struct world *world)
{
    for (size_t i = 0; i < world->held_count; i++)
        consumer_delivery_free(world->held[i]);
    consumer_free(world->consumer);
    bus_message_deinit(&world->message);
    bus_frame_deinit(&world->worker);
    bus_close(&world->router);
    loop_free(world->loop);
    bus_free(world->bus);
    arena_free(world->arena);
    pack_reader_deinit(&world->reader);
}

/* Turns until the worker has said `wanted`; other messages are passed over. */
static void expect(struct world *world, enum link_command wanted, const struct field_table *table,
                   void *header)
{
    int64_t deadline = clock_steady_ms() + DEADLINE_MS;
    for (;;) {
        assert_true(clock_steady_ms() < deadline);
        loop_turn(world->loop, 5);
        bus_message_deinit(&world->message);
        if (bus_receive(world->router, &world->message) != STATUS_OK)
            continue;
        enum link_command command;
        assert_int_equal(link_command_of(bus_message_frame(&world->message, 1), &command, NULL),
                         STATUS_OK);
        if (command == wanted)
            break;
    }
    bus_frame_deinit(&world->worker);
    bus_frame_share(&world->worker, &world->message.frames[0]);
    arena_reset(world->arena);
    if (table)
        assert_int_equal(link_header(table, bus_message_frame(&world->message, 2), &world->reader,
                                     header, world->arena, NULL),
                         STATUS_OK);
}

static void tell(struct world *world, enum link_command command, const struct field_table *table,
                 const void *header, size_t bodies)
{
    struct bus_message message;
    struct buffer out;
    char signature[LINK_SIGNATURE_BYTES];
    buffer_init(&out, LIMIT_LINK_HEADER_BYTES);
    if (table)
        fields_pack(table, header, &out);
    link_signature(command, signature);
    bus_message_init(&message);
    assert_int_equal(bus_message_share(&message, &world->worker), STATUS_OK);
    assert_int_equal(bus_message_add(&message, (struct slice){signature, 4}), STATUS_OK);
    assert_int_equal(bus_message_add(&message, buffer_slice(&out)), STATUS_OK);
    for (size_t i = 0; i < bodies; i++)
        assert_int_equal(bus_message_add(&message, SLICE_LITERAL("0123456789")), STATUS_OK);
    assert_int_equal(bus_send(world->router, &message), STATUS_OK);
    buffer_deinit(&out);
}

static void welcome(struct world *world, uint64_t epoch, uint32_t silence_ms)
{
    struct link_hello hello;
    struct link_welcome header = {epoch, SLICE_LITERAL("node"), 50, silence_ms};
    expect(world, LINK_HELLO, &link_hello_table, &hello);
    assert_true(slice_is(hello.role, LINK_STORE));
    tell(world, LINK_WELCOME, &link_welcome_table, &header, 0);
}

static void deliver(struct world *world, uint64_t epoch, uint64_t lease)
{
    struct link_deliver header = {.epoch = epoch, .lease = lease, .attempt = 1};
    tell(world, LINK_DELIVER, &link_deliver_table, &header, 3);
}

static void turn_until_held(struct world *world, size_t count)
{
    int64_t deadline = clock_steady_ms() + DEADLINE_MS;
    while (world->held_count < count && clock_steady_ms() < deadline)
        loop_turn(world->loop, 5);
    assert_int_equal(world->held_count, count);
}

static void hello_grants_the_credit_and_beats_follow(void **state)
{
    (void)state;
    struct world world;
    struct link_hello hello;
    struct link_beat beat;
    struct link_welcome header = {EPOCH, SLICE_LITERAL("node"), 50, 60000};
    world_open(&world);
    expect(&world, LINK_HELLO, &link_hello_table, &hello);
    assert_int_equal(hello.credit_messages, 4);
    assert_int_equal(hello.credit_bytes, 1000);
    tell(&world, LINK_WELCOME, &link_welcome_table, &header, 0);
    expect(&world, LINK_BEAT, &link_beat_table, &beat);
    assert_int_equal(beat.epoch, EPOCH);
    assert_true(consumer_connected(world.consumer));
    world_close(&world);
}

/* Said before the work begins, not with the next heartbeat: it may be the last thing it says. */
static void the_lease_in_work_is_said_at_once(void **state)
{
    (void)state;
    struct world world;
    struct link_beat beat;
    struct link_welcome header = {EPOCH, SLICE_LITERAL("node"), 60000, 60000};
    world_open(&world);
    expect(&world, LINK_HELLO, NULL, NULL);
    tell(&world, LINK_WELCOME, &link_welcome_table, &header, 0);
    deliver(&world, EPOCH, 7);
    turn_until_held(&world, 1);
    consumer_working_on(world.consumer, world.held[0]);
    expect(&world, LINK_BEAT, &link_beat_table, &beat);
    assert_int_equal(beat.lease, 7);
    assert_int_equal(beat.epoch, EPOCH);
    world_close(&world);
}

static void outcomes_travel_as_one_batch_and_goodbye_is_said(void **state)
{
    (void)state;
    struct world world;
    struct link_done done;
    struct link_refuse refuse;
    struct fault fault = {.status = STATUS_REJECT, .code = "bad", .message = "cut \xc3"};
    world_open(&world);
    welcome(&world, EPOCH, 60000);
    for (uint64_t lease = 1; lease <= 3; lease++)
        deliver(&world, EPOCH, lease);
    turn_until_held(&world, 3);
    assert_int_equal(consumer_outstanding(world.consumer), 3);
    assert_int_equal(world.held[0]->bytes, 30);
    assert_true(slice_is(world.held[0]->result, "0123456789"));
    consumer_done(world.consumer, world.held[0], "stored");
    consumer_done(world.consumer, world.held[1], "duplicate");
    consumer_flush(world.consumer);
    expect(&world, LINK_DONE, &link_done_table, &done);
    assert_int_equal(done.epoch, EPOCH);
    assert_int_equal(done.outcomes.count, 2);
    consumer_refuse(world.consumer, world.held[2], "storage", "22P05", &fault);
    expect(&world, LINK_REFUSE, &link_refuse_table, &refuse);
    assert_false(refuse.retry);
    assert_true(slice_is(refuse.sqlstate, "22P05"));
    assert_int_equal(consumer_outstanding(world.consumer), 0);
    for (size_t i = 0; i < world.held_count; i++)
        consumer_delivery_free(world.held[i]);
    world.held_count = 0;
    consumer_free(world.consumer);
    world.consumer = NULL;
    expect(&world, LINK_BYE, NULL, NULL);
    world_close(&world);
}

/* After WHO the lease is nobody's: its answer is dropped, and until then it takes its share. */
static void leases_of_a_forgotten_connection_are_stale(void **state)
{
    (void)state;
    struct world world;
    struct link_hello hello;
    struct link_welcome header = {EPOCH + 1, SLICE_LITERAL("node"), 50, 60000};
    world_open(&world);
    welcome(&world, EPOCH, 60000);
    deliver(&world, EPOCH, 1);
    turn_until_held(&world, 1);
    tell(&world, LINK_WHO, NULL, NULL, 0);
    expect(&world, LINK_HELLO, &link_hello_table, &hello);
    assert_int_equal(hello.credit_messages, 3);
    assert_int_equal(hello.credit_bytes, 970);
    tell(&world, LINK_WELCOME, &link_welcome_table, &header, 0);
    deliver(&world, EPOCH, 2); /* of an epoch that is over */
    deliver(&world, EPOCH + 1, 2);
    turn_until_held(&world, 2);
    assert_int_equal(world.held[1]->epoch, EPOCH + 1);
    consumer_done(world.consumer, world.held[0], "stored");
    expect(&world, LINK_HELLO, &link_hello_table, &hello);
    assert_int_equal(hello.credit_messages, 4);
    assert_int_equal(consumer_stale(world.consumer), 2);
    world_close(&world);
}

static void silence_makes_a_new_connection(void **state)
{
    (void)state;
    struct world world;
    world_open(&world);
    welcome(&world, EPOCH, 150);
    struct bus_frame before;
    bus_frame_share(&before, &world.worker);
    expect(&world, LINK_HELLO, NULL, NULL);
    assert_false(slice_equal(bus_frame_slice(&before), bus_frame_slice(&world.worker)));
    bus_frame_deinit(&before);
    world_close(&world);
}

static void more_than_the_credit_goes_back(void **state)
{
    (void)state;
    struct world world;
    struct link_refuse refuse;
    world_open(&world);
    welcome(&world, EPOCH, 60000);
    for (uint64_t lease = 1; lease <= 5; lease++)
        deliver(&world, EPOCH, lease);
    expect(&world, LINK_REFUSE, &link_refuse_table, &refuse);
    assert_int_equal(refuse.lease, 5);
    assert_true(refuse.retry);
    assert_int_equal(world.held_count, 4);
    world_close(&world);
}

static void books_quiet_and_terminate_arrive(void **state)
{
    (void)state;
    struct world world;
    struct link_hello hello;
    struct link_books books = {.node = SLICE_LITERAL("node"), .accepted = 3, .stored = 3};
    world_open(&world);
    welcome(&world, EPOCH, 60000);
    tell(&world, LINK_BOOKS, &link_books_table, &books, 0);
    tell(&world, LINK_TERMINATE, NULL, NULL, 0);
    tell(&world, LINK_QUIET, NULL, NULL, 0);
    expect(&world, LINK_HELLO, &link_hello_table, &hello);
    assert_int_equal(hello.credit_messages, 0);
    assert_int_equal(world.books, 1);
    assert_int_equal(world.terminated, 1);
    world_close(&world);
}

/* Nothing a stranger sends to a worker ends it. */
static void junk_is_dropped(void **state)
{
    (void)state;
    struct world world;
    struct bus_message message;
    world_open(&world);
    welcome(&world, EPOCH, 60000);
    bus_message_init(&message);
    assert_int_equal(bus_message_share(&message, &world.worker), STATUS_OK);
    assert_int_equal(bus_message_add(&message, SLICE_LITERAL("junk")), STATUS_OK);
    assert_int_equal(bus_send(world.router, &message), STATUS_OK);
    tell(&world, LINK_DELIVER, NULL, NULL, 3); /* an empty header */
    deliver(&world, EPOCH, 1);
    turn_until_held(&world, 1);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures_tell_commands_apart),
        cmocka_unit_test(foreign_signatures_are_refused),
        cmocka_unit_test(headers_come_back_as_they_went),
        cmocka_unit_test(hello_grants_the_credit_and_beats_follow),
        cmocka_unit_test(the_lease_in_work_is_said_at_once),
        cmocka_unit_test(outcomes_travel_as_one_batch_and_goodbye_is_said),
        cmocka_unit_test(leases_of_a_forgotten_connection_are_stale),
        cmocka_unit_test(silence_makes_a_new_connection),
        cmocka_unit_test(more_than_the_credit_goes_back),
        cmocka_unit_test(books_quiet_and_terminate_arrive),
        cmocka_unit_test(junk_is_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
