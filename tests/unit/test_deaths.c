/* Workers that die: who is charged, who is delivered alone, what becomes a dead letter. */
#include "tests/unit/dispatch_bench.h"

/* Four articles in one worker's hands; number 3 kills whoever touches it. */
static void a_killer_dies_alone(void **state)
{
    (void)state;
    struct dispatch *dispatch = make(8, 1 << 20);
    struct dispatch_end end;
    int deaths = 0, analyzed = 0;
    int64_t now = 0;
    bool dead = false;
    for (uint64_t i = 1; i <= 4; i++)
        admit(dispatch, i);
    struct worker *analyzer = join(dispatch, ROLE_ANALYZE, 8);
    struct worker *storage = join(dispatch, ROLE_STORE, 8);
    while (!dead) {
        struct dispatch_delivery held[8];
        int count = 0;
        assert_true(deaths < 20);
        now += 60000; /* longer than any pause */
        while (count < 8 && dispatch_next(dispatch, now, &held[count]))
            count++;
        bool died = false;
        for (int i = 0; i < count && !died; i++) {
            if (held[i].worker == storage) {
                dead = dead || held[i].dead;
                assert_int_equal(held[i].dead, slice_is(held[i].dead_code, "worker-crash"));
                (void)done(dispatch, &held[i], held[i].dead ? "dead" : "stored", &end);
                assert_int_equal(end.sequence == 3, slice_is(end.outcome, "dead"));
                continue;
            }
            /* The lease's low bits are the slot; the slots were given out in order. */
            died = (held[i].lease & 0xffffff) == 2;
            if (!died) {
                analyzed++;
                (void)done(dispatch, &held[i], "analyzed", &end);
            }
        }
        if (died) {
            deaths++;
            dispatch_leave(dispatch, analyzer, true, now, 9);
            analyzer = join(dispatch, ROLE_ANALYZE, 8);
        }
    }
    assert_int_equal(analyzed, 3);
    assert_int_equal(deaths, 5); /* two among its neighbours, three alone */
    dispatch_leave(dispatch, analyzer, false, 0, 0);
    dispatch_leave(dispatch, storage, false, 0, 0);
    dispatch_free(dispatch);
}

/* Three in hand, the worker says which: that one alone is charged, and solo from then on. */
static void a_death_with_a_known_lease_is_charged_to_it_only(void **state)
{
    (void)state;
    struct dispatch *dispatch = make(8, 1 << 20);
    int64_t now = 0;
    for (uint64_t i = 1; i <= 3; i++)
        admit(dispatch, i);
    for (int deaths = 1; deaths <= 3; deaths++) {
        struct worker *worker = join(dispatch, ROLE_ANALYZE, 8);
        struct dispatch_delivery delivery;
        uint64_t killer = 0;
        while (dispatch_next(dispatch, now, &delivery)) {
            unsigned slot = (unsigned)(delivery.lease & 0xffffff);
            assert_int_equal(delivery.attempt, deaths);
            assert_int_equal(delivery.solo, slot == 1 && deaths > 1);
            if (slot == 1)
                killer = delivery.lease;
            if (delivery.solo)
                break;
        }
        assert_true(killer != 0);
        dispatch_working_on(worker, killer);
        dispatch_leave(dispatch, worker, true, now, 5);
        struct worker *other = join(dispatch, ROLE_ANALYZE, 8);
        for (int i = 0; i < 2; i++) { /* its neighbours go on at once; it waits */
            assert_true(dispatch_next(dispatch, now, &delivery));
            assert_false(delivery.solo);
            dispatch_undo(dispatch, delivery.lease);
            assert_true(dispatch_next(dispatch, now, &delivery));
        }
        expect_none(dispatch, now);
        dispatch_leave(dispatch, other, false, 0, 0);
        now += 60000;
    }
    struct worker *storage = join(dispatch, ROLE_STORE, 8);
    struct dispatch_delivery letter = next(dispatch);
    assert_true(letter.dead);
    assert_true(slice_is(letter.dead_code, "worker-crash"));
    assert_int_equal(letter.dead_attempts, 3);
    expect_none(dispatch, now);
    dispatch_leave(dispatch, storage, false, 0, 0);
    dispatch_free(dispatch);
}

/* A lease that is answered, or another worker's, blames nobody for certain. */
static void a_lease_that_is_not_held_is_no_blame(void **state)
{
    (void)state;
    struct dispatch *dispatch = make(8, 1 << 20);
    struct worker *worker = join(dispatch, ROLE_ANALYZE, 8);
    struct dispatch_end end;
    admit(dispatch, 1);
    admit(dispatch, 2);
    struct dispatch_delivery first = next(dispatch);
    (void)next(dispatch);
    (void)done(dispatch, &first, "analyzed", &end);
    dispatch_working_on(worker, first.lease);
    dispatch_leave(dispatch, worker, true, 0, 0);
    worker = join(dispatch, ROLE_ANALYZE, 8);
    struct dispatch_delivery again = next(dispatch);
    assert_false(again.solo); /* one death of unknown cause: only suspect */
    dispatch_leave(dispatch, worker, true, 0, 0);
    worker = join(dispatch, ROLE_ANALYZE, 8);
    assert_true(next(dispatch).solo);
    dispatch_leave(dispatch, worker, false, 0, 0);
    dispatch_free(dispatch);
}

static void solo_means_nothing_else_in_the_same_hands(void **state)
{
    (void)state;
    struct dispatch *dispatch = make(16, 1 << 20);
    struct dispatch_end end;
    admit(dispatch, 1);
    for (int i = 0; i < 2; i++) {
        struct worker *victim = join(dispatch, ROLE_ANALYZE, 8);
        (void)next(dispatch);
        dispatch_leave(dispatch, victim, true, 0, 0);
    }
    for (uint64_t i = 2; i <= 6; i++)
        admit(dispatch, i);
    struct worker *one = join(dispatch, ROLE_ANALYZE, 8);
    struct worker *two = join(dispatch, ROLE_ANALYZE, 2);
    struct dispatch_delivery solo = next(dispatch);
    assert_true(solo.solo);
    for (int i = 0; i < 2 + (solo.worker == two ? 3 : 0); i++) {
        struct dispatch_delivery other = next(dispatch);
        assert_false(other.solo);
        assert_ptr_not_equal(other.worker, solo.worker);
    }
    expect_none(dispatch, 0);
    assert_int_equal(dispatch_outstanding(solo.worker), 1);
    (void)done(dispatch, &solo, "analyzed", &end);
    if (solo.worker == one)
        assert_ptr_equal(next(dispatch).worker, one);
    dispatch_leave(dispatch, one, false, 0, 0);
    dispatch_leave(dispatch, two, false, 0, 0);
    dispatch_free(dispatch);
}

/* A dead letter that kills storage must not keep the others from ever being stored. */
static void a_dead_letter_that_kills_storage_lets_the_others_pass(void **state)
{
    (void)state;
    struct dispatch *dispatch = make(8, 1 << 20);
    struct dispatch_end end;
    admit_refused(dispatch, 1, "bad");
    for (int deaths = 0; deaths < 3; deaths++) { /* the third time it is alone, and waits */
        struct worker *victim = join(dispatch, ROLE_STORE, 8);
        assert_true(next(dispatch).dead);
        dispatch_leave(dispatch, victim, true, 0, 0);
    }
    admit(dispatch, 2);
    struct worker *analyzer = join(dispatch, ROLE_ANALYZE, 8);
    struct dispatch_delivery article = next(dispatch);
    (void)done(dispatch, &article, "analyzed", &end);
    struct worker *storage = join(dispatch, ROLE_STORE, 8);
    article = next(dispatch);
    assert_false(article.dead);
    assert_int_equal(done(dispatch, &article, "stored", &end), DISPATCH_FINISHED);
    assert_int_equal(end.sequence, 2);
    struct dispatch_delivery letter;
    assert_true(dispatch_next(dispatch, 60000, &letter));
    assert_true(letter.dead && letter.solo);
    assert_int_equal(done(dispatch, &letter, "duplicate", &end), DISPATCH_FINISHED);
    assert_true(slice_is(end.outcome, "dead"));
    dispatch_leave(dispatch, analyzer, false, 0, 0);
    dispatch_leave(dispatch, storage, false, 0, 0);
    dispatch_free(dispatch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killer_dies_alone),
        cmocka_unit_test(a_death_with_a_known_lease_is_charged_to_it_only),
        cmocka_unit_test(a_lease_that_is_not_held_is_no_blame),
        cmocka_unit_test(solo_means_nothing_else_in_the_same_hands),
        cmocka_unit_test(a_dead_letter_that_kills_storage_lets_the_others_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
