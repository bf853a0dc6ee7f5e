/* Who works on what: credit, order, stale answers, retries, dead letters, turns. */
#include "tests/unit/dispatch_bench.h"

static void an_article_goes_its_way(void **state)
{
    (void)state;
    struct dispatch *dispatch = make(8, 1 << 20);
    struct worker *analyzer = join(dispatch, ROLE_ANALYZE, 2);
    struct worker *storage = join(dispatch, ROLE_STORE, 2);
    struct dispatch_end end;
    admit(dispatch, 5);
    struct dispatch_delivery first = next(dispatch);
    assert_ptr_equal(first.worker, analyzer);
    assert_null(first.result);
    assert_false(first.dead);
    assert_int_equal(done(dispatch, &first, "analyzed", &end), DISPATCH_GOING_ON);
    struct dispatch_delivery second = next(dispatch);
    assert_ptr_equal(second.worker, storage);
    assert_true(slice_is(bus_frame_slice(second.result), "result"));
    assert_true(slice_is(bus_frame_slice(second.article), "words"));
    assert_int_equal(done(dispatch, &second, "stored", &end), DISPATCH_FINISHED);
    assert_int_equal(end.sequence, 5);
    assert_int_equal(end.tag, 50);
    assert_int_equal(dispatch_counts(dispatch).active, 0);
    assert_int_equal(dispatch_counts(dispatch).article_bytes, 0);
    assert_int_equal(dispatch_counts(dispatch).result_bytes, 0);
    dispatch_leave(dispatch, analyzer, false, 0, 0);
    dispatch_leave(dispatch, storage, false, 0, 0);
    dispatch_free(dispatch);
}

static void credit_bounds_messages_and_bytes(void **state)
{
    (void)state;
    struct dispatch *dispatch = make(16, 1 << 20);
    struct worker *worker = join(dispatch, ROLE_ANALYZE, 3);
    struct dispatch_end end;
    for (uint64_t i = 0; i < 8; i++)
        admit(dispatch, i + 1);
    struct dispatch_delivery first = next(dispatch);
    (void)next(dispatch);
    (void)next(dispatch);
    expect_none(dispatch, 0);
    assert_int_equal(dispatch_outstanding(worker), 3);
    (void)done(dispatch, &first, "analyzed", &end);
    (void)next(dispatch);
    expect_none(dispatch, 0);
    dispatch_credit(dispatch, worker, 100, 8); /* eight bytes: one article and no more */
    expect_none(dispatch, 0);
    dispatch_leave(dispatch, worker, false, 0, 0);
    worker = join(dispatch, ROLE_ANALYZE, 100);
    dispatch_credit(dispatch, worker, 100, 16);
    (void)next(dispatch);
    (void)next(dispatch);
    expect_none(dispatch, 0);
    dispatch_leave(dispatch, worker, false, 0, 0);
    dispatch_free(dispatch);
}

static void work_is_spread_over_the_workers(void **state)
{
    (void)state;
    struct dispatch *dispatch = make(64, 1 << 20);
    struct worker *workers[3];
    for (int i = 0; i < 3; i++)
        workers[i] = join(dispatch, ROLE_ANALYZE, 100);
    for (uint64_t i = 0; i < 30; i++) {
        admit(dispatch, i + 1);
        (void)next(dispatch);
    }
    for (int i = 0; i < 3; i++) {
        assert_int_equal(dispatch_outstanding(workers[i]), 10);
        dispatch_leave(dispatch, workers[i], false, 0, 0);
    }
    dispatch_free(dispatch);
}

static void the_window_is_bounded(void **state)
{
    (void)state;
    struct dispatch *dispatch = make(2, 1 << 20);
    admit(dispatch, 1);
    admit(dispatch, 2);
    assert_false(dispatch_has_room(dispatch));
    dispatch_free(dispatch);
    dispatch = make(100, 20);
    admit(dispatch, 1);
    admit(dispatch, 2);
    assert_false(dispatch_has_room(dispatch));
    dispatch_free(dispatch);
}

static void leases_come_back_in_order_and_old_answers_are_stale(void **state)
{
    (void)state;
    struct dispatch *dispatch = make(8, 1 << 20);
    struct worker *worker = join(dispatch, ROLE_ANALYZE, 8);
    struct dispatch_end end;
    struct dispatch_delivery held[3];
    for (uint64_t i = 0; i < 3; i++) {
        admit(dispatch, i + 1);
        held[i] = next(dispatch);
    }
    dispatch_leave(dispatch, worker, false, 0, 0);
    expect_none(dispatch, 0);
    worker = join(dispatch, ROLE_ANALYZE, 8);
    for (uint64_t i = 0; i < 3; i++) {
        struct dispatch_delivery again = next(dispatch);
        assert_int_equal(again.attempt, 2);
        held[i].worker = worker;
        assert_int_equal(done(dispatch, &held[i], "analyzed", &end), DISPATCH_STALE);
        held[i].lease = again.lease; /* the right lease, the wrong attempt */
        assert_int_equal(done(dispatch, &held[i], "analyzed", &end), DISPATCH_STALE);
    }
    assert_int_equal(dispatch_counts(dispatch).stale, 6);
    dispatch_leave(dispatch, worker, false, 0, 0);
    dispatch_free(dispatch);
}

static void a_retry_waits_and_too_many_make_a_dead_letter(void **state)
{
    (void)state;
    struct dispatch *dispatch = make(8, 1 << 20);
    struct worker *analyzer = join(dispatch, ROLE_ANALYZE, 1);
    admit(dispatch, 1);
    int64_t now = 0;
    for (int i = 0; i < 3; i++) {
        struct dispatch_delivery delivery;
        assert_true(dispatch_next(dispatch, now, &delivery));
        assert_ptr_equal(delivery.worker, analyzer);
        assert_int_equal(refuse(dispatch, &delivery, true), DISPATCH_GOING_ON);
        expect_none(dispatch, 0);
        now += 60000;
    }
    struct worker *storage = join(dispatch, ROLE_STORE, 1);
    struct dispatch_delivery dead = next(dispatch);
    struct dispatch_end end;
    assert_true(dead.dead);
    assert_true(slice_is(dead.dead_code, "bad"));
    assert_int_equal(dead.dead_attempts, 3);
    assert_int_equal(done(dispatch, &dead, "dead", &end), DISPATCH_FINISHED);
    assert_true(slice_is(end.outcome, "dead"));
    dispatch_leave(dispatch, analyzer, false, 0, 0);
    dispatch_leave(dispatch, storage, false, 0, 0);
    dispatch_free(dispatch);
}

static void no_room_at_a_worker_is_no_attempt(void **state)
{
    (void)state;
    struct dispatch *dispatch = make(8, 1 << 20);
    struct worker *analyzer = join(dispatch, ROLE_ANALYZE, 1);
    struct dispatch_delivery delivery;
    struct dispatch_end end;
    admit(dispatch, 1);
    for (int64_t i = 0; i < 50; i++) {
        assert_true(dispatch_next(dispatch, i * 60000, &delivery));
        assert_int_equal(refuse_at(dispatch, &delivery, LINK_STAGE, true), DISPATCH_GOING_ON);
    }
    assert_true(dispatch_next(dispatch, 50 * 60000, &delivery));
    assert_int_equal(done(dispatch, &delivery, "analyzed", &end), DISPATCH_GOING_ON);
    dispatch_leave(dispatch, analyzer, false, 0, 0);
    dispatch_free(dispatch);
}

static void storage_retries_for_ever(void **state)
{
    (void)state;
    struct dispatch *dispatch = make(8, 1 << 20);
    struct worker *analyzer = join(dispatch, ROLE_ANALYZE, 1);
    struct worker *storage = join(dispatch, ROLE_STORE, 1);
    struct dispatch_end end;
    admit(dispatch, 1);
    struct dispatch_delivery delivery = next(dispatch);
    (void)done(dispatch, &delivery, "analyzed", &end);
    for (int64_t i = 0; i < 50; i++) {
        assert_true(dispatch_next(dispatch, i * 60000, &delivery));
        assert_false(delivery.dead);
        (void)refuse(dispatch, &delivery, true);
        assert_true(dispatch_due_ms(dispatch) <= 30000);
    }
    dispatch_leave(dispatch, analyzer, false, 0, 0);
    dispatch_leave(dispatch, storage, false, 0, 0);
    dispatch_free(dispatch);
}

static void reject_is_a_dead_letter_at_once_with_its_reason(void **state)
{
    (void)state;
    struct dispatch *dispatch = make(8, 1 << 20);
    struct worker *analyzer = join(dispatch, ROLE_ANALYZE, 1);
    struct worker *storage = join(dispatch, ROLE_STORE, 1);
    admit(dispatch, 1);
    struct dispatch_delivery delivery = next(dispatch);
    assert_int_equal(refuse(dispatch, &delivery, false), DISPATCH_GOING_ON);
    delivery = next(dispatch);
    assert_true(delivery.dead);
    assert_true(slice_is(delivery.dead_stage, "analysis"));
    assert_true(slice_is(delivery.dead_message, "It was bad."));
    assert_int_equal(delivery.dead_ms, 77);
    /* Refused even as a dead letter: it waits, it has nowhere else to go. */
    assert_int_equal(refuse(dispatch, &delivery, false), DISPATCH_GOING_ON);
    assert_int_equal(dispatch_counts(dispatch).waiting, 1);
    dispatch_leave(dispatch, analyzer, false, 0, 0);
    dispatch_leave(dispatch, storage, false, 0, 0);
    dispatch_free(dispatch);
}

static void what_was_refused_at_the_door_goes_to_storage(void **state)
{
    (void)state;
    struct dispatch *dispatch = make(8, 1 << 20);
    struct worker *storage = join(dispatch, ROLE_STORE, 1);
    admit_refused(dispatch, 1, "not-a-map");
    struct dispatch_delivery delivery = next(dispatch);
    assert_true(delivery.dead);
    assert_true(slice_is(delivery.dead_stage, "ingest"));
    assert_true(slice_is(delivery.dead_code, "not-a-map"));
    dispatch_leave(dispatch, storage, false, 0, 0);
    dispatch_free(dispatch);
}

static void an_outcome_that_does_not_fit_is_ignored(void **state)
{
    (void)state;
    struct dispatch *dispatch = make(8, 1 << 20);
    struct dispatch_end end;
    struct worker *analyzer = join(dispatch, ROLE_ANALYZE, 8);
    struct worker *storage = join(dispatch, ROLE_STORE, 8);
    admit(dispatch, 1);
    struct dispatch_delivery delivery = next(dispatch);
    assert_int_equal(done(dispatch, &delivery, "stored", &end), DISPATCH_STALE);
    assert_int_equal(done(dispatch, &delivery, "analyzed", &end), DISPATCH_GOING_ON);
    delivery = next(dispatch);
    assert_int_equal(done(dispatch, &delivery, "analyzed", &end), DISPATCH_STALE);
    assert_int_equal(done(dispatch, &delivery, "sotred", &end), DISPATCH_STALE);
    assert_int_equal(done(dispatch, &delivery, "stored", &end), DISPATCH_FINISHED);
    dispatch_leave(dispatch, analyzer, false, 0, 0);
    dispatch_leave(dispatch, storage, false, 0, 0);
    dispatch_free(dispatch);
}

/* Two of 8 bytes fit into 20; the next goes to whoever has room, however small its own window. */
static void bytes_never_pass_the_window(void **state)
{
    (void)state;
    struct dispatch *dispatch = make(8, 1 << 20);
    struct worker *narrow = join(dispatch, ROLE_ANALYZE, 8);
    dispatch_credit(dispatch, narrow, 8, 20);
    for (uint64_t i = 1; i <= 5; i++)
        admit(dispatch, i);
    for (int i = 0; i < 2; i++)
        assert_ptr_equal(next(dispatch).worker, narrow);
    expect_none(dispatch, 0);
    struct worker *tiny = join(dispatch, ROLE_ANALYZE, 8);
    dispatch_credit(dispatch, tiny, 8, 1);
    assert_ptr_equal(next(dispatch).worker, tiny);
    expect_none(dispatch, 0);
    dispatch_leave(dispatch, narrow, false, 0, 0);
    dispatch_leave(dispatch, tiny, false, 0, 0);
    dispatch_free(dispatch);
}

static void a_send_that_fails_is_undone(void **state)
{
    (void)state;
    struct dispatch *dispatch = make(8, 1 << 20);
    struct worker *worker = join(dispatch, ROLE_ANALYZE, 8);
    admit(dispatch, 1);
    struct dispatch_delivery delivery = next(dispatch);
    dispatch_undo(dispatch, delivery.lease);
    assert_int_equal(dispatch_outstanding(worker), 0);
    assert_int_equal(next(dispatch).attempt, 1);
    dispatch_leave(dispatch, worker, false, 0, 0);
    dispatch_free(dispatch);
}

static void analysis_stops_while_results_pile_up(void **state)
{
    (void)state;
    struct dispatch *dispatch = make(16, 60); /* 30 bytes of articles, 30 of results */
    struct worker *analyzer = join(dispatch, ROLE_ANALYZE, 1);
    struct dispatch_end end;
    struct bus_frame result;
    assert_int_equal(bus_frame_copy(&result, SLICE_LITERAL("a result of thirty bytes, long")),
                     STATUS_OK);
    admit(dispatch, 1);
    admit(dispatch, 2);
    struct dispatch_delivery delivery = next(dispatch);
    struct link_outcome outcome = {delivery.lease, delivery.attempt, SLICE_LITERAL("analyzed")};
    assert_int_equal(dispatch_done(dispatch, analyzer, &outcome, &result, &end), DISPATCH_GOING_ON);
    bus_frame_deinit(&result);
    assert_int_equal(dispatch_counts(dispatch).result_bytes, 30);
    assert_true(dispatch_has_room(dispatch));
    expect_none(dispatch, 0);
    struct worker *storage = join(dispatch, ROLE_STORE, 1);
    delivery = next(dispatch);
    assert_ptr_equal(delivery.worker, storage);
    expect_none(dispatch, 0); /* still held, in case it must be delivered again */
    (void)done(dispatch, &delivery, "stored", &end);
    assert_ptr_equal(next(dispatch).worker, analyzer);
    dispatch_leave(dispatch, analyzer, false, 0, 0);
    dispatch_leave(dispatch, storage, false, 0, 0);
    dispatch_free(dispatch);
}

/* The slots are given out in order, and the lease's low bits are the slot. */
static unsigned slot_of(const struct dispatch_delivery *delivery)
{
    return (unsigned)(delivery->lease & 0xffffff);
}

static void a_flood_waits_behind_itself_only(void **state)
{
    (void)state;
    struct dispatch *dispatch = make(32, 1 << 20);
    struct worker *worker = join(dispatch, ROLE_ANALYZE, 32);
    static const unsigned order[] = {0, 10, 11, 1, 12, 2, 3, 4};
    for (uint64_t i = 0; i < 10; i++)
        admit_in(dispatch, i + 1, LANE_NORMAL, 7);
    admit_in(dispatch, 11, LANE_NORMAL, 1);
    admit_in(dispatch, 12, LANE_NORMAL, 2);
    admit_in(dispatch, 13, LANE_NORMAL, 1);
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        struct dispatch_delivery delivery = next(dispatch);
        assert_int_equal(slot_of(&delivery), order[i]);
    }
    dispatch_leave(dispatch, worker, false, 0, 0);
    dispatch_free(dispatch);
}

/* Low articles get a turn in FAIR_LOW_EVERY while others wait, and every turn when none does. */
static void the_low_lane_gets_what_is_left_and_a_share(void **state)
{
    (void)state;
    struct dispatch *dispatch = make(128, 1 << 20);
    struct worker *worker = join(dispatch, ROLE_ANALYZE, 128);
    for (uint64_t i = 0; i < 10; i++)
        admit_in(dispatch, i + 1, LANE_LOW, 3);
    for (uint64_t i = 10; i < 10 + 3 * (FAIR_LOW_EVERY - 1); i++)
        admit_in(dispatch, i + 1, LANE_NORMAL, (uint32_t)i);
    unsigned low = 0;
    for (unsigned turn = 0; turn < 3 * FAIR_LOW_EVERY; turn++) {
        struct dispatch_delivery delivery = next(dispatch);
        low += slot_of(&delivery) < 10;
        assert_int_equal(low, (turn + 1) / FAIR_LOW_EVERY);
    }
    for (; low < 10; low++) {
        struct dispatch_delivery delivery = next(dispatch);
        assert_int_equal(slot_of(&delivery), low);
    }
    expect_none(dispatch, 0);
    dispatch_leave(dispatch, worker, false, 0, 0);
    dispatch_free(dispatch);
}

struct seen {
    uint32_t count;
    struct dispatch_place last;
};
static void see(void *user, const struct dispatch_place *place)
{
    struct seen *seen = user;
    seen->count++;
    seen->last = *place;
}
static struct seen find(const struct dispatch *dispatch, uint8_t first)
{
    const struct uuid uuid = {{first}};
    struct seen seen = {.count = 0};
    dispatch_find(dispatch, &uuid, see, &seen);
    return seen;
}

static void an_article_is_found_wherever_it_is(void **state)
{
    (void)state;
    struct dispatch *dispatch = make(8, 1 << 20);
    const struct dispatch_article article = {
        .name = {{{1}}, {{2}}}, .sequence = 1, .envelope = SLICE_LITERAL("env"), .article = words};
    admit(dispatch, 7); /* another, without a name */
    assert_int_equal(dispatch_admit(dispatch, &article), STATUS_OK);
    assert_int_equal(find(dispatch, 3).count, 0);
    assert_int_equal(find(dispatch, 2).count, 1);
    assert_null(find(dispatch, 2).last.delivery.worker);
    struct worker *analyzer = join(dispatch, ROLE_ANALYZE, 2);
    struct dispatch_delivery other = next(dispatch), delivery = next(dispatch);
    struct seen seen = find(dispatch, 1);
    assert_int_equal(seen.count, 1);
    assert_ptr_equal(seen.last.delivery.worker, analyzer);
    assert_int_equal(seen.last.delivery.attempt, 1);
    assert_int_equal(refuse(dispatch, &delivery, true), DISPATCH_GOING_ON);
    assert_true(find(dispatch, 1).last.waiting);
    assert_null(find(dispatch, 1).last.delivery.worker);
    assert_int_equal(refuse(dispatch, &other, false), DISPATCH_GOING_ON);
    dispatch_leave(dispatch, analyzer, false, 0, 0);
    dispatch_free(dispatch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_article_goes_its_way),
        cmocka_unit_test(credit_bounds_messages_and_bytes),
        cmocka_unit_test(work_is_spread_over_the_workers),
        cmocka_unit_test(the_window_is_bounded),
        cmocka_unit_test(leases_come_back_in_order_and_old_answers_are_stale),
        cmocka_unit_test(a_retry_waits_and_too_many_make_a_dead_letter),
        cmocka_unit_test(no_room_at_a_worker_is_no_attempt),
        cmocka_unit_test(storage_retries_for_ever),
        cmocka_unit_test(reject_is_a_dead_letter_at_once_with_its_reason),
        cmocka_unit_test(what_was_refused_at_the_door_goes_to_storage),
        cmocka_unit_test(an_outcome_that_does_not_fit_is_ignored),
        cmocka_unit_test(bytes_never_pass_the_window),
        cmocka_unit_test(a_send_that_fails_is_undone),
        cmocka_unit_test(analysis_stops_while_results_pile_up),
        cmocka_unit_test(a_flood_waits_behind_itself_only),
        cmocka_unit_test(the_low_lane_gets_what_is_left_and_a_share),
        cmocka_unit_test(an_article_is_found_wherever_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
