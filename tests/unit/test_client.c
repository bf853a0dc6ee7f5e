/* The C client against a ROUTER that answers, stays silent, says later, or answers twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/bus.h"
#include "common/clock.h"
#include "proto/bundle.h"
#include "proto/client.h"
#include "proto/pack.h"

#define DEADLINE_MS 10000

struct world {
    struct bus *bus;
    struct bus_socket *router;
    struct client *client;
    unsigned answered, ok, no_answer;
    uint64_t tags;
    int64_t answered_ms; /* when the last answer came */
    unsigned again;      /* pushed while an answer is told */
};

static void push(struct world *world, uint64_t tag);

static void on_answer(void *user, uint64_t tag, const struct reply *reply)
{
    struct world *world = user;
    world->answered++;
    world->ok += reply->ok;
    world->no_answer += slice_is(reply->error, "no-answer");
    world->tags |= (uint64_t)1 << tag;
    world->answered_ms = clock_steady_ms();
    if (world->again == 0)
        return;
    world->again--;
    push(world, tag + 2);
}

static void world_open_with(struct world *world, struct client_options client)
{
    struct bus_options options = {100, 1 << 20, 0};
    struct fault fault;
    *world = (struct world){.bus = bus_new()};
    assert_int_equal(bus_open(world->bus, BUS_ROUTER, options, &world->router, &fault), STATUS_OK);
    assert_int_equal(bus_bind(world->router, "tcp://127.0.0.1:0", &fault), STATUS_OK);
    client.endpoint = bus_endpoint(world->router);
    client.window = client.window ? client.window : 4;
    client.answered = on_answer;
    client.user = world;
    assert_int_equal(client_new(&client, &world->client, &fault), STATUS_OK);
}

static void world_open(struct world *world, int64_t resend_ms, int64_t give_up_ms)
{
    const struct client_options client = {.resend_after_ms = resend_ms,
                                          .give_up_after_ms = give_up_ms};
    world_open_with(world, client);
}

static void world_open_gathering(struct world *world, int64_t resend_ms)
{
    const struct client_options client = {
        .window = 64, .resend_after_ms = resend_ms, .gathers = true};
    world_open_with(world, client);
}

static void world_close(struct world *world)
{
    client_free(world->client);
    bus_close(&world->router);
    bus_free(world->bus);
}

static const struct slice article = {"\x81\xa4"
                                     "body\xa1x",
                                     8};

static void push(struct world *world, uint64_t tag)
{
    struct fault fault;
    assert_int_equal(client_push(world->client, article, tag, &fault), STATUS_OK);
}

/* Runs both sides until a message has come in at the ROUTER. */
static struct slice serve_any(struct world *world, struct bus_message *message)
{
    int64_t deadline = clock_steady_ms() + DEADLINE_MS;
    while (bus_receive(world->router, message) != STATUS_OK) {
        assert_true(clock_steady_ms() < deadline);
        client_run(world->client, 5);
    }
    assert_int_equal(message->count, 3);
    return bus_message_frame(message, 2);
}

static void serve(struct world *world, struct bus_message *message)
{
    assert_true(slice_equal(serve_any(world, message), article));
}

/* The next message has the article so many times. */
static void serve_bundle(struct world *world, struct bus_message *message, size_t count)
{
    struct bundle bundle;
    struct fault fault;
    struct slice bytes = serve_any(world, message);
    assert_true(bundle_is(bytes));
    assert_int_equal(bundle_split(bytes, &bundle, &fault), STATUS_OK);
    assert_int_equal(bundle.count, count);
    for (size_t i = 0; i < count; i++)
        assert_true(slice_equal(bundle.maps[i], article));
}

static void answer(struct world *world, const struct bus_message *request,
                   const struct reply *reply)
{
    struct bus_message message;
    struct buffer bytes;
    buffer_init(&bytes, 4096);
    reply_encode(reply, &bytes);
    bus_message_init(&message);
    assert_int_equal(bus_message_share(&message, &request->frames[0]), STATUS_OK);
    assert_int_equal(bus_message_share(&message, &request->frames[1]), STATUS_OK);
    assert_int_equal(bus_message_add(&message, buffer_slice(&bytes)), STATUS_OK);
    assert_int_equal(bus_send(world->router, &message), STATUS_OK);
    buffer_deinit(&bytes);
}

/* To a bundle: so many replies. */
static void answer_each(struct world *world, const struct bus_message *request,
                        const struct reply *replies, size_t count)
{
    struct bus_message message;
    struct buffer bytes;
    buffer_init(&bytes, 1 << 16);
    pack_write_array(&bytes, count);
    for (size_t i = 0; i < count; i++)
        reply_encode(&replies[i], &bytes);
    bus_message_init(&message);
    assert_int_equal(bus_message_share(&message, &request->frames[0]), STATUS_OK);
    assert_int_equal(bus_message_share(&message, &request->frames[1]), STATUS_OK);
    assert_int_equal(bus_message_add(&message, buffer_slice(&bytes)), STATUS_OK);
    assert_int_equal(bus_send(world->router, &message), STATUS_OK);
    buffer_deinit(&bytes);
}

static void run_until_answered(struct world *world, unsigned count)
{
    int64_t deadline = clock_steady_ms() + DEADLINE_MS;
    while (world->answered < count && clock_steady_ms() < deadline)
        client_run(world->client, 5);
    assert_int_equal(world->answered, count);
}

static void answers_find_their_articles_in_any_order(void **state)
{
    (void)state;
    struct world world;
    struct bus_message requests[3];
    world_open(&world, 60000, 0);
    for (uint64_t tag = 0; tag < 3; tag++)
        push(&world, tag);
    for (int i = 0; i < 3; i++)
        serve(&world, &requests[i]);
    for (int i = 2; i >= 0; i--) {
        answer(&world, &requests[i], &(struct reply){.ok = true});
        bus_message_deinit(&requests[i]);
    }
    run_until_answered(&world, 3);
    assert_int_equal(world.tags, 7);
    assert_int_equal(client_in_flight(world.client), 0);
    world_close(&world);
}

static void a_full_window_is_retry_and_junk_is_reject(void **state)
{
    (void)state;
    struct world world;
    struct fault fault;
    world_open(&world, 60000, 0);
    static const struct {
        struct slice bytes;
        const char *code;
    } junk[] = {{SLICE_LITERAL("\xc1"), "not-messagepack"},
                {SLICE_LITERAL("\x81\xa4k\x01"), "truncated"},
                {SLICE_LITERAL("\x81\xa1k\x01\x80"), "trailing-bytes"},
                {SLICE_LITERAL("\x91\x81\xa1k\x01"), "not-a-map"},
                {SLICE_LITERAL("\xc0"), "not-a-map"}};
    for (size_t i = 0; i < sizeof junk / sizeof *junk; i++) {
        assert_int_equal(client_push(world.client, junk[i].bytes, 0, &fault), STATUS_REJECT);
        assert_string_equal(fault.code, junk[i].code);
    }
    for (uint64_t tag = 0; tag < 4; tag++)
        push(&world, tag);
    assert_int_equal(client_push(world.client, article, 9, &fault), STATUS_RETRY);
    world_close(&world);
}

static void silence_is_answered_by_sending_again(void **state)
{
    (void)state;
    struct world world;
    struct bus_message first, second;
    world_open(&world, 20, 0);
    push(&world, 5);
    serve(&world, &first);
    serve(&world, &second);
    answer(&world, &first, &(struct reply){.ok = true});
    answer(&world, &second, &(struct reply){.ok = true, .duplicate = true});
    run_until_answered(&world, 1);
    for (int i = 0; i < 10; i++)
        client_run(world.client, 2);
    assert_int_equal(world.answered, 1);
    bus_message_deinit(&first);
    bus_message_deinit(&second);
    world_close(&world);
}

static void retry_is_honoured_not_reported(void **state)
{
    (void)state;
    struct world world;
    struct bus_message first, second;
    struct reply later = {.error = SLICE_LITERAL("overloaded"),
                          .message = SLICE_LITERAL("Later."),
                          .retry = true,
                          .retry_after_ms = 80};
    world_open(&world, 60000, 0);
    push(&world, 1);
    serve(&world, &first);
    int64_t start = clock_steady_ms();
    answer(&world, &first, &later);
    serve(&world, &second);
    assert_true(clock_steady_ms() - start >= 80);
    answer(&world, &second, &(struct reply){.ok = true});
    run_until_answered(&world, 1);
    assert_int_equal(world.ok, 1);
    bus_message_deinit(&first);
    bus_message_deinit(&second);
    world_close(&world);
}

static void nobody_there_ends_in_no_answer(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 10, 60);
    bus_close(&world.router);
    push(&world, 1);
    push(&world, 2);
    run_until_answered(&world, 2);
    assert_int_equal(world.no_answer, 2);
    world_close(&world);
}

/* Who is told so and pushes the next ones: they wait as long, for an ingest that comes back. */
static void giving_up_begins_anew(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 1000, 150);
    bus_close(&world.router);
    world.again = 2;
    push(&world, 0);
    push(&world, 1);
    run_until_answered(&world, 2);
    int64_t gave_up_ms = world.answered_ms;
    run_until_answered(&world, 4);
    assert_true(world.answered_ms - gave_up_ms >= 150);
    assert_int_equal(world.tags, 15);
    world_close(&world);
}

/* For who has a producer of his own to tell; and it runs by itself. */
static void on_a_loop_retry_is_told(void **state)
{
    (void)state;
    struct world world;
    struct bus_message request;
    struct loop *loop = loop_new();
    struct reply later = {.error = SLICE_LITERAL("overloaded"),
                          .message = SLICE_LITERAL("Later."),
                          .retry = true,
                          .retry_after_ms = 80};
    world_open_with(&world, (struct client_options){
                                .resend_after_ms = 60000, .tells_retry = true, .loop = loop});
    int64_t deadline = clock_steady_ms() + DEADLINE_MS;
    assert_false(client_connected(world.client));
    push(&world, 1);
    while (bus_receive(world.router, &request) != STATUS_OK && clock_steady_ms() < deadline)
        loop_turn(loop, 5);
    assert_int_equal(request.count, 3);
    answer(&world, &request, &later);
    while (world.answered == 0 && clock_steady_ms() < deadline)
        loop_turn(loop, 5);
    assert_int_equal(world.answered, 1);
    assert_int_equal(world.ok, 0);
    assert_true(client_connected(world.client));
    assert_int_equal(client_in_flight(world.client), 0);
    bus_message_deinit(&request);
    bus_close(&world.router);
    while (client_connected(world.client) && clock_steady_ms() < deadline)
        loop_turn(loop, 5);
    assert_false(client_connected(world.client));
    world_close(&world);
    loop_free(loop);
}

/* ---- articles that go together ---- */

static const struct reply accepted = {.ok = true};
static const struct reply refused = {.error = SLICE_LITERAL("body-missing"),
                                     .message = SLICE_LITERAL("There is no body.")};
static const struct reply later = {.error = SLICE_LITERAL("overloaded"),
                                   .message = SLICE_LITERAL("Later."),
                                   .retry = true,
                                   .retry_after_ms = 20};

static void push_many(struct world *world, uint64_t count)
{
    for (uint64_t tag = 0; tag < count; tag++)
        push(world, tag);
}

static void what_is_pushed_together_goes_together(void **state)
{
    (void)state;
    struct world world;
    struct bus_message request, again;
    world_open_gathering(&world, 60000);
    push_many(&world, 3);
    serve_bundle(&world, &request, 3);
    answer_each(&world, &request, (const struct reply[]){accepted, refused, later}, 3);
    run_until_answered(&world, 2);
    assert_int_equal(world.ok, 1);
    assert_int_equal(world.tags, 3);
    serve(&world, &again); /* alone, and a map */
    answer(&world, &again, &accepted);
    run_until_answered(&world, 3);
    assert_int_equal(world.tags, 7);
    assert_int_equal(client_in_flight(world.client), 0);
    bus_message_deinit(&request);
    bus_message_deinit(&again);
    world_close(&world);
}

/* Takes so many articles, each in a message of its own, and says yes to each. */
static void accept_alone(struct world *world, unsigned count)
{
    struct bus_message request;
    for (unsigned i = 0; i < count; i++) {
        serve(world, &request);
        answer(world, &request, &accepted);
        bus_message_deinit(&request);
    }
}

static void a_bundle_without_an_answer_is_sent_again(void **state)
{
    (void)state;
    struct world world;
    struct bus_message first;
    const struct reply each[] = {accepted, accepted, accepted};
    world_open_gathering(&world, 100);
    push_many(&world, 3);
    serve_bundle(&world, &first, 3);
    accept_alone(&world, 3); /* one by one: perhaps one of them was the trouble */
    run_until_answered(&world, 3);
    answer_each(&world, &first, each, 3);
    for (int i = 0; i < 10; i++)
        client_run(world.client, 2);
    assert_int_equal(world.answered, 3);
    bus_message_deinit(&first);
    world_close(&world);
}

/* An article with so many bytes of text. */
static struct buffer make_article(size_t bytes)
{
    struct buffer made;
    char *text = calloc(1, bytes);
    assert_non_null(text);
    buffer_init(&made, 1 << 20);
    pack_write_map(&made, 1);
    pack_write_string(&made, SLICE_LITERAL("body"));
    pack_write_string(&made, (struct slice){text, bytes});
    free(text);
    return made;
}

/* A message is full before the next run, and one too many for it begins another. */
static void more_than_a_message_holds_is_several(void **state)
{
    (void)state;
    struct world world;
    struct bus_message request;
    struct buffer long_article = make_article(20000);
    struct fault fault;
    size_t came = 0, messages = 0;
    world_open_gathering(&world, 60000);
    for (uint64_t tag = 0; tag < 9; tag++)
        assert_int_equal(client_push(world.client, buffer_slice(&long_article), tag, &fault),
                         STATUS_OK);
    for (; came < 9; messages++) {
        struct reply each[9] = {accepted, accepted, accepted, accepted, accepted,
                                accepted, accepted, accepted, accepted};
        struct bundle bundle;
        struct slice bytes = serve_any(&world, &request);
        assert_int_equal(bundle_split(bytes, &bundle, &fault), STATUS_OK);
        for (size_t i = 0; i < bundle.count; i++)
            assert_true(slice_equal(bundle.maps[i], buffer_slice(&long_article)));
        came += bundle.count;
        answer_each(&world, &request, each, bundle.count);
        bus_message_deinit(&request);
    }
    assert_int_equal(came, 9);
    assert_int_equal(messages, 3);
    run_until_answered(&world, 9);
    buffer_deinit(&long_article);
    world_close(&world);
}

/* Of two contents of one URL the one that was pushed last is the latest. */
static void a_long_one_does_not_overtake(void **state)
{
    (void)state;
    struct world world;
    struct bus_message request;
    struct buffer long_article = make_article(40000);
    struct fault fault;
    world_open_gathering(&world, 60000);
    push(&world, 0);
    assert_int_equal(client_push(world.client, buffer_slice(&long_article), 1, &fault), STATUS_OK);
    serve(&world, &request);
    bus_message_deinit(&request);
    assert_true(slice_equal(serve_any(&world, &request), buffer_slice(&long_article)));
    bus_message_deinit(&request);
    buffer_deinit(&long_article);
    world_close(&world);
}

/* Silence begins when they are sent, however long they were gathered before; the long one makes the
 * others go. */
static void who_was_away_does_not_give_up_at_once(void **state)
{
    (void)state;
    struct world world;
    struct bus_message request;
    struct buffer long_article = make_article(40000);
    struct fault fault;
    const struct reply each[] = {accepted, accepted};
    world_open_with(&world, (struct client_options){.window = 64,
                                                    .resend_after_ms = 60000,
                                                    .give_up_after_ms = 300,
                                                    .gathers = true});
    push_many(&world, 2);
    const int64_t end_ms = clock_steady_ms() + 350;
    struct bus_poll entry = {.socket = world.router};
    while (clock_steady_ms() < end_ms)
        (void)bus_poll(&entry, 1, 10);
    assert_int_equal(client_push(world.client, buffer_slice(&long_article), 2, &fault), STATUS_OK);
    client_run(world.client, 0);
    assert_int_equal(world.answered, 0);
    serve_bundle(&world, &request, 2);
    answer_each(&world, &request, each, 2);
    bus_message_deinit(&request);
    (void)serve_any(&world, &request);
    answer(&world, &request, &accepted);
    run_until_answered(&world, 3);
    assert_int_equal(world.ok, 3);
    bus_message_deinit(&request);
    buffer_deinit(&long_article);
    world_close(&world);
}

/* An ingest from before there were bundles takes each alone, from then on. */
static void who_takes_no_bundles_gets_none(void **state)
{
    (void)state;
    struct world world;
    struct bus_message request;
    world_open_gathering(&world, 60000);
    push_many(&world, 3);
    serve_bundle(&world, &request, 3);
    answer(&world, &request, &refused);
    bus_message_deinit(&request);
    accept_alone(&world, 3);
    run_until_answered(&world, 3);
    assert_int_equal(world.ok, 3);
    push_many(&world, 2);
    accept_alone(&world, 2);
    run_until_answered(&world, 5);
    world_close(&world);
}

/* What answers another number of articles than were sent, or none, answers none of them. */
static void an_answer_out_of_step_is_none(void **state)
{
    (void)state;
    struct world world;
    struct bus_message request;
    const struct reply each[] = {accepted, accepted, accepted, accepted};
    world_open_gathering(&world, 200);
    push_many(&world, 3);
    serve_bundle(&world, &request, 3);
    answer_each(&world, &request, each, 2);
    answer_each(&world, &request, each, 4);
    answer_each(&world, &request, each, 0);
    for (int i = 0; i < 10; i++)
        client_run(world.client, 2);
    assert_int_equal(world.answered, 0);
    accept_alone(&world, 3);
    run_until_answered(&world, 3);
    bus_message_deinit(&request);
    world_close(&world);
}

/* Nothing is lost of what was gathered and not sent when the client ends, or gives up. */
static void what_is_gathered_may_be_given_up(void **state)
{
    (void)state;
    struct world world;
    world_open_gathering(&world, 60000);
    push_many(&world, 3);
    assert_int_equal(client_in_flight(world.client), 3);
    world_close(&world);
    world_open_with(&world, (struct client_options){.window = 64,
                                                    .resend_after_ms = 60000,
                                                    .give_up_after_ms = 60,
                                                    .gathers = true});
    bus_close(&world.router);
    world.again = 2;
    push_many(&world, 2);
    run_until_answered(&world, 4);
    assert_int_equal(world.no_answer, 4);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_find_their_articles_in_any_order),
        cmocka_unit_test(a_full_window_is_retry_and_junk_is_reject),
        cmocka_unit_test(silence_is_answered_by_sending_again),
        cmocka_unit_test(retry_is_honoured_not_reported),
        cmocka_unit_test(nobody_there_ends_in_no_answer),
        cmocka_unit_test(giving_up_begins_anew),
        cmocka_unit_test(on_a_loop_retry_is_told),
        cmocka_unit_test(what_is_pushed_together_goes_together),
        cmocka_unit_test(a_bundle_without_an_answer_is_sent_again),
        cmocka_unit_test(more_than_a_message_holds_is_several),
        cmocka_unit_test(a_long_one_does_not_overtake),
        cmocka_unit_test(who_was_away_does_not_give_up_at_once),
        cmocka_unit_test(who_takes_no_bundles_gets_none),
        cmocka_unit_test(an_answer_out_of_step_is_none),
        cmocka_unit_test(what_is_gathered_may_be_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
