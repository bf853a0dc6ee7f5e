/* Answers that wait until their articles are durable. The backlog is played; the sockets are real.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/bundle.h"
#include "proto/reply.h"
#include "tests/unit/messages.h"
#include "worker/ingest/replies.h"

#define MANY 100000

/* ---- a backlog that is durable up to where a test says ---- */

struct played {
    uint64_t appended, durable, longest;
};

static uint64_t appended(const void *self)
{
    return ((const struct played *)self)->appended;
}

static uint64_t durable(const void *self)
{
    return ((const struct played *)self)->durable;
}

static uint64_t longest(const void *self)
{
    return ((const struct played *)self)->longest;
}

static const struct backlog_verbs verbs = {
    .engine = "played", .appended = appended, .durable = durable, .longest = longest};

/* ---- a producer, and where its answers wait ---- */

struct scene {
    struct played played;
    struct ingest ingest;
    struct bus *bus;
    struct bus_socket *router, *dealer;
    struct replies *replies;
    struct bus_message request;
    struct reply_route route; /* points into it */
    struct pack_reader reader;
    struct arena *arena;
};

static struct bus_socket *opened(struct bus *bus, enum bus_kind kind)
{
    const struct bus_options options = {
        .high_water_messages = 0, .message_bytes_max = -1, .linger_ms = 0};
    struct bus_socket *socket = NULL;
    struct fault fault;
    assert_int_equal(bus_open(bus, kind, options, &socket, &fault), STATUS_OK);
    return socket;
}

/* With a tag of so many bytes before its article. */
static void say(struct scene *scene, size_t tag_bytes)
{
    struct bus_message message;
    char *tag = malloc(tag_bytes + 1);
    assert_non_null(tag);
    memset(tag, 't', tag_bytes + 1);
    bus_message_init(&message);
    assert_int_equal(bus_message_add(&message, (struct slice){tag, tag_bytes}), STATUS_OK);
    assert_int_equal(bus_message_add(&message, SLICE_LITERAL("article")), STATUS_OK);
    assert_int_equal(bus_send(scene->dealer, &message), STATUS_OK);
    free(tag);
    bus_message_deinit(&scene->request);
    scene->request = wait_message(scene->router);
}

/* Its route is as long as one may be. */
static struct scene *begin(void)
{
    struct scene *scene = calloc(1, sizeof *scene);
    struct fault fault;
    assert_non_null(scene);
    scene->played.longest = UINT64_MAX;
    scene->ingest.backlog = (struct backlog){&verbs, &scene->played};
    scene->ingest.loop = loop_new();
    scene->bus = bus_new();
    scene->router = opened(scene->bus, BUS_ROUTER);
    scene->dealer = opened(scene->bus, BUS_DEALER);
    scene->replies = replies_new();
    scene->arena = arena_new(1 << 20);
    pack_reader_init(&scene->reader);
    bus_message_init(&scene->request);
    assert_true(scene->ingest.loop && scene->replies && scene->arena);
    assert_int_equal(bus_bind(scene->router, "tcp://127.0.0.1:0", &fault), STATUS_OK);
    assert_int_equal(bus_connect(scene->dealer, bus_endpoint(scene->router), &fault), STATUS_OK);
    say(scene, 0);
    say(scene, LIMIT_ROUTE_BYTES - bus_message_frame(&scene->request, 0).len);
    assert_int_equal(reply_route_of(&scene->request, &scene->route, &fault), STATUS_OK);
    return scene;
}

static void end(struct scene *scene)
{
    bus_message_deinit(&scene->request);
    pack_reader_deinit(&scene->reader);
    arena_free(scene->arena);
    replies_free(scene->replies);
    bus_close(&scene->dealer);
    bus_close(&scene->router);
    bus_free(scene->bus);
    loop_free(scene->ingest.loop);
    free(scene);
}

/* Appends the article of that id and keeps its answer. */
static void add(struct scene *scene, struct slice id, size_t article_bytes)
{
    const struct reply reply = {.ok = true, .id = id};
    scene->played.appended++;
    replies_begin(scene->replies, 0);
    replies_put(scene->replies, &reply, article_bytes);
    replies_add(scene->replies, &scene->ingest, scene->router, &scene->route);
}

/* The next answer, in the scene's arena, behind the tag that was sent. */
static struct reply wait_reply(struct scene *scene, size_t tag_bytes)
{
    struct bus_message message = wait_message(scene->dealer);
    struct reply reply;
    struct fault fault;
    assert_int_equal(message.count, 2);
    assert_int_equal(bus_message_frame(&message, 0).len, tag_bytes);
    struct slice bytes = bus_message_frame(&message, 1);
    arena_reset(scene->arena);
    char *copy = arena_alloc(scene->arena, bytes.len);
    assert_non_null(copy);
    memcpy(copy, bytes.data, bytes.len);
    assert_int_equal(
        reply_decode((struct slice){copy, bytes.len}, &scene->reader, &reply, scene->arena, &fault),
        STATUS_OK);
    bus_message_deinit(&message);
    return reply;
}

/* The next answer, an array of so many; each of its replies is told to `check`. */
static void wait_bundle(struct scene *scene, size_t count,
                        void (*check)(size_t index, const struct reply *reply))
{
    struct bus_message message = wait_message(scene->dealer);
    struct bundle bundle;
    struct reply reply;
    struct fault fault;
    assert_int_equal(message.count, 2);
    assert_true(bundle_is(bus_message_frame(&message, 1)));
    assert_int_equal(bundle_split(bus_message_frame(&message, 1), &bundle, &fault), STATUS_OK);
    assert_int_equal(bundle.count, count);
    for (size_t i = 0; i < count; i++) {
        arena_reset(scene->arena);
        assert_int_equal(reply_decode(bundle.maps[i], &scene->reader, &reply, scene->arena, &fault),
                         STATUS_OK);
        check(i, &reply);
    }
    bus_message_deinit(&message);
}

static void nothing_waits(struct scene *scene)
{
    struct bus_poll entry = {.socket = scene->dealer};
    struct bus_message message;
    (void)bus_poll(&entry, 1, 50);
    assert_int_not_equal(bus_receive(scene->dealer, &message), STATUS_OK);
}

/* An id of the most bytes becomes three times as many when each is ill-formed. */
static struct slice longest_id(char *bytes, size_t number)
{
    const size_t len = (size_t)3 * LIMIT_ID_BYTES;
    for (size_t i = 0; i < len; i += 3)
        memcpy(bytes + i, "\xef\xbf\xbd", 3);
    (void)snprintf(bytes, 12, "%011u", (unsigned)number);
    bytes[11] = '.'; /* ends the third character's place */
    return (struct slice){bytes, len};
}

/* However long each is, what the line says it has room for is kept, whole and in its order. */
static void a_full_line_loses_nothing(void **state)
{
    (void)state;
    struct scene *scene = begin();
    char id[3 * LIMIT_ID_BYTES];
    const size_t tag_bytes = scene->route.frames[1].len;
    size_t count = 0;
    for (; !replies_are_full(scene->replies); count++) {
        assert_true(count < MANY);
        add(scene, longest_id(id, count), 1);
    }
    add(scene, longest_id(id, count++), 1); /* that was read ahead before the line was full */
    assert_true(count > 1000);
    scene->played.durable = count / 2;
    replies_send(scene->replies, &scene->ingest, scene->router);
    assert_false(replies_are_full(scene->replies));
    scene->played.durable = count;
    replies_send(scene->replies, &scene->ingest, scene->router);
    for (size_t i = 0; i < count; i++) {
        struct reply reply = wait_reply(scene, tag_bytes);
        assert_true(reply.ok);
        assert_true(slice_equal(reply.id, longest_id(id, i)));
    }
    end(scene);
}

static void nothing_is_answered_before_it_is_durable(void **state)
{
    (void)state;
    struct scene *scene = begin();
    const size_t tag_bytes = scene->route.frames[1].len;
    add(scene, SLICE_LITERAL("first"), 1);
    add(scene, SLICE_LITERAL("second"), 1);
    replies_send(scene->replies, &scene->ingest, scene->router);
    scene->played.durable = 1;
    replies_send(scene->replies, &scene->ingest, scene->router);
    assert_true(slice_is(wait_reply(scene, tag_bytes).id, "first"));
    nothing_waits(scene);
    scene->played.durable = 2;
    replies_send(scene->replies, &scene->ingest, scene->router);
    assert_true(slice_is(wait_reply(scene, tag_bytes).id, "second"));
    end(scene);
}

/* The cluster said meanwhile how long an article may be: that one is not in there. */
static void what_turned_out_too_long_is_refused(void **state)
{
    (void)state;
    struct scene *scene = begin();
    const size_t tag_bytes = scene->route.frames[1].len;
    add(scene, SLICE_LITERAL("long"), 5000);
    add(scene, SLICE_LITERAL("short"), 100);
    scene->played.longest = 1000;
    scene->played.durable = 2;
    replies_send(scene->replies, &scene->ingest, scene->router);
    struct reply reply = wait_reply(scene, tag_bytes);
    assert_true(slice_is(reply.id, "long") && !reply.ok && !reply.retry);
    assert_true(slice_is(reply.error, "message-too-long"));
    reply = wait_reply(scene, tag_bytes);
    assert_true(slice_is(reply.id, "short") && reply.ok);
    assert_int_equal(scene->ingest.refused, 1);
    end(scene);
}

/* ---- bundles: "long", "bad", "short" of 5000, 200 and 100 bytes; "bad" is refused at once ---- */

static void add_three(struct scene *scene)
{
    const struct reply accepted[] = {{.ok = true, .id = SLICE_LITERAL("long")},
                                     {.ok = true, .id = SLICE_LITERAL("short")}};
    const struct reply refused = {.id = SLICE_LITERAL("bad"),
                                  .error = SLICE_LITERAL("body-missing"),
                                  .message = SLICE_LITERAL("There is no body.")};
    scene->played.appended += 2;
    replies_begin(scene->replies, 3);
    replies_put(scene->replies, &accepted[0], 5000);
    replies_put(scene->replies, &refused, 200);
    replies_put(scene->replies, &accepted[1], 100);
    replies_add(scene->replies, &scene->ingest, scene->router, &scene->route);
}

static void check_bad(const struct reply *reply)
{
    assert_true(slice_is(reply->id, "bad") && !reply->ok && !reply->retry);
    assert_true(slice_is(reply->error, "body-missing"));
}

static void check_taken(size_t index, const struct reply *reply)
{
    if (index == 1)
        check_bad(reply);
    else
        assert_true(reply->ok && slice_is(reply->id, index == 0 ? "long" : "short"));
}

static void a_bundle_is_answered_when_its_last_is_durable(void **state)
{
    (void)state;
    struct scene *scene = begin();
    add_three(scene);
    scene->played.durable = 1;
    replies_send(scene->replies, &scene->ingest, scene->router);
    nothing_waits(scene);
    scene->played.durable = 2;
    replies_send(scene->replies, &scene->ingest, scene->router);
    wait_bundle(scene, 3, check_taken);
    nothing_waits(scene);
    end(scene);
}

static void check_refused(size_t index, const struct reply *reply)
{
    (void)index;
    check_bad(reply);
}

static void a_bundle_without_a_good_one_waits_for_nothing(void **state)
{
    (void)state;
    struct scene *scene = begin();
    const struct reply refused = {.id = SLICE_LITERAL("bad"),
                                  .error = SLICE_LITERAL("body-missing"),
                                  .message = SLICE_LITERAL("There is no body.")};
    replies_begin(scene->replies, 2);
    replies_put(scene->replies, &refused, 200);
    replies_put(scene->replies, &refused, 200);
    replies_add(scene->replies, &scene->ingest, scene->router, &scene->route);
    wait_bundle(scene, 2, check_refused);
    end(scene);
}

static void check_lengths(size_t index, const struct reply *reply)
{
    if (index != 0) {
        check_taken(index, reply);
        return;
    }
    assert_true(slice_is(reply->id, "long") && !reply->ok && !reply->retry);
    assert_true(slice_is(reply->error, "message-too-long"));
}

static void of_a_bundle_what_is_too_long_is_refused(void **state)
{
    (void)state;
    struct scene *scene = begin();
    add_three(scene);
    scene->played.longest = 1000;
    scene->played.durable = 2;
    replies_send(scene->replies, &scene->ingest, scene->router);
    wait_bundle(scene, 3, check_lengths);
    assert_int_equal(scene->ingest.refused, 1);
    end(scene);
}

static void check_late(size_t index, const struct reply *reply)
{
    if (index == 1) {
        check_bad(reply);
        return;
    }
    assert_true(slice_is(reply->id, index == 0 ? "long" : "short") && !reply->ok && reply->retry);
    assert_true(slice_is(reply->error, "overloaded"));
}

static void of_a_late_bundle_each_may_come_again(void **state)
{
    (void)state;
    struct scene *scene = begin();
    add_three(scene);
    const int64_t end_ms = clock_steady_ms() + 5100;
    while (clock_steady_ms() < end_ms)
        loop_turn(scene->ingest.loop, 100);
    replies_send(scene->replies, &scene->ingest, scene->router);
    wait_bundle(scene, 3, check_late);
    assert_int_equal(scene->ingest.refused, 2);
    assert_false(replies_are_full(scene->replies));
    end(scene);
}

static void check_longest(size_t index, const struct reply *reply)
{
    char id[3 * LIMIT_ID_BYTES];
    assert_true(reply->ok && slice_equal(reply->id, longest_id(id, index)));
}

/* The largest there may be, as many as the line says it has room for. */
static void a_line_full_of_bundles_loses_none(void **state)
{
    (void)state;
    struct scene *scene = begin();
    char id[3 * LIMIT_ID_BYTES];
    size_t count = 0;
    for (bool full = false; !full; count++) {
        assert_true(count < MANY);
        full = replies_are_full(scene->replies); /* then one more was read ahead */
        replies_begin(scene->replies, LIMIT_BUNDLE_ARTICLES);
        for (size_t i = 0; i < LIMIT_BUNDLE_ARTICLES; i++) {
            const struct reply reply = {.ok = true, .id = longest_id(id, i)};
            replies_put(scene->replies, &reply, 1);
        }
        scene->played.appended += LIMIT_BUNDLE_ARTICLES;
        replies_add(scene->replies, &scene->ingest, scene->router, &scene->route);
    }
    assert_true(count > 10);
    scene->played.durable = scene->played.appended;
    replies_send(scene->replies, &scene->ingest, scene->router);
    for (size_t i = 0; i < count; i++)
        wait_bundle(scene, LIMIT_BUNDLE_ARTICLES, check_longest);
    end(scene);
}

static void a_route_beyond_the_limit_is_refused(void **state)
{
    (void)state;
    struct scene *scene = begin();
    struct reply_route route;
    struct fault fault;
    say(scene, LIMIT_ROUTE_BYTES - bus_message_frame(&scene->request, 0).len + 1);
    assert_int_equal(reply_route_of(&scene->request, &route, &fault), STATUS_REJECT);
    assert_string_equal(fault.code, "route-too-long");
    end(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_line_loses_nothing),
        cmocka_unit_test(nothing_is_answered_before_it_is_durable),
        cmocka_unit_test(what_turned_out_too_long_is_refused),
        cmocka_unit_test(a_bundle_is_answered_when_its_last_is_durable),
        cmocka_unit_test(a_bundle_without_a_good_one_waits_for_nothing),
        cmocka_unit_test(of_a_bundle_what_is_too_long_is_refused),
        cmocka_unit_test(of_a_late_bundle_each_may_come_again),
        cmocka_unit_test(a_line_full_of_bundles_loses_none),
        cmocka_unit_test(a_route_beyond_the_limit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
