/* Names to addresses beside the loop: an answer, a failure, and giving up on a question. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/resolve.h"

#define DEADLINE_MS 30000

struct world {
    struct loop *loop;
    struct resolver *resolver;
    unsigned answers;
    size_t count;
    bool loopback, has_reason;
};

static void on_answer(void *user, const char (*addresses)[RESOLVE_ADDRESS_BYTES], size_t count,
                      const char *why)
{
    struct world *world = user;
    world->answers++;
    world->count = count;
    world->has_reason = why[0] != '\0';
    for (size_t i = 0; i < count; i++)
        world->loopback = world->loopback || strcmp(addresses[i], "127.0.0.1") == 0 ||
                          strcmp(addresses[i], "::1") == 0;
}

static void world_open(struct world *world)
{
    struct fault fault;
    *world = (struct world){.loop = loop_new()};
    assert_int_equal(resolver_new(world->loop, on_answer, world, &world->resolver, &fault),
                     STATUS_OK);
}

static void world_close(struct world *world)
{
    resolver_free(world->resolver);
    loop_free(world->loop);
}

static void turn_until(struct world *world, unsigned answers)
{
    int64_t deadline = clock_steady_ms() + DEADLINE_MS;
    while (world->answers < answers && clock_steady_ms() < deadline)
        loop_turn(world->loop, 10);
    assert_int_equal(world->answers, answers);
}

static void a_name_has_addresses(void **state)
{
    (void)state;
    struct world world;
    world_open(&world);
    for (unsigned i = 1; i <= 3; i++) {
        assert_true(resolver_ask(world.resolver, "localhost"));
        assert_false(resolver_ask(world.resolver, "localhost")); /* one at a time */
        turn_until(&world, i);
        assert_true(world.count > 0 && world.loopback && !world.has_reason);
    }
    world_close(&world);
}

static void what_is_no_name_has_a_reason(void **state)
{
    (void)state;
    struct world world;
    world_open(&world);
    assert_true(resolver_ask(world.resolver, "not..a name"));
    turn_until(&world, 1);
    assert_true(world.count == 0 && world.has_reason);
    world_close(&world);
}

static void nobody_waits_for_an_answer(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        struct world world;
        world_open(&world);
        assert_true(resolver_ask(world.resolver, "localhost"));
        world_close(&world);
        assert_int_equal(world.answers, 0);
    }
}

static void addresses_are_told_from_names(void **state)
{
    (void)state;
    assert_true(resolve_is_address("10.0.0.1"));
    assert_true(resolve_is_address("2001:db8::1"));
    assert_false(resolve_is_address("ingest"));
    assert_false(resolve_is_address("10.0.0"));
    assert_false(resolve_is_address(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_has_addresses),
        cmocka_unit_test(what_is_no_name_has_a_reason),
        cmocka_unit_test(nobody_waits_for_an_answer),
        cmocka_unit_test(addresses_are_told_from_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
