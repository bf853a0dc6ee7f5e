/* Articles that share bands, against a plain search. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "worker/storage/near.h"

#define ARTICLES 3000
#define DAY_MS   INT64_C(86400000)
#define SINCE_MS INT64_C(1700000000000)

static uint64_t mixed(uint64_t value)
{
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
    value = (value ^ value >> 27) * 0x94d049bb133111ebu;
    return value ^ value >> 31;
}

static struct near_article article_at(int64_t ms, uint32_t number)
{
    struct near_article article = {.count = 0};
    for (size_t i = 0; i < 6; i++)
        article.key.bytes[i] = (uint8_t)(ms >> (40 - 8 * i));
    for (size_t i = 0; i < 4; i++)
        article.key.bytes[12 + i] = (uint8_t)(number >> (24 - 8 * i));
    return article;
}

/* Of a few hundred values for each band, so that a handful share it; some have no bands. */
static struct near_article made(uint32_t number)
{
    struct near_article article =
        article_at(SINCE_MS + (int64_t)(mixed(number) % (20 * DAY_MS)), number);
    article.count = number % 17 == 0 ? 0 : SKETCH_BANDS;
    for (uint32_t i = 0; i < article.count; i++)
        article.bands[i] = mixed((mixed(number * 31 + i) % 700) << 8 | i);
    return article;
}

static bool share(const struct near_article *a, const struct near_article *b, int64_t span_ms)
{
    int64_t apart = near_ms(&a->key) - near_ms(&b->key);
    if (uuid_equal(&a->key, &b->key) || apart > span_ms || apart < -span_ms)
        return false;
    for (uint32_t i = 0; i < a->count; i++)
        for (uint32_t k = 0; k < b->count; k++)
            if (a->bands[i] == b->bands[k])
                return true;
    return false;
}

static void compare(struct near *near, const struct near_article *all, uint32_t count,
                    int64_t since_ms)
{
    struct uuid found[NEAR_MOST];
    for (uint32_t i = 0; i < count; i += 7) {
        size_t expected = 0, told = near_find(near, &all[i], 7 * DAY_MS, NEAR_WALK, found);
        for (uint32_t k = 0; k < count; k++) {
            if (near_ms(&all[k].key) < since_ms || !share(&all[i], &all[k], 7 * DAY_MS))
                continue;
            size_t at = 0;
            while (at < told && !uuid_equal(&found[at], &all[k].key))
                at++;
            assert_true(at < told);
            expected++;
        }
        assert_int_equal(told, expected);
    }
}

static void test_finds_what_shares(void **state)
{
    struct near_article *all = calloc(ARTICLES, sizeof *all);
    struct near *near = near_new(ARTICLES);
    (void)state;
    assert_non_null(all);
    assert_non_null(near);
    for (uint32_t i = 0; i < ARTICLES; i++) {
        all[i] = made(i);
        assert_true(near_add(near, &all[i]));
    }
    assert_int_equal(near_count(near), ARTICLES);
    struct near_article more = made(ARTICLES);
    assert_false(near_add(near, &more));
    compare(near, all, ARTICLES, 0);
    near_evict(near, SINCE_MS + 10 * DAY_MS);
    assert_in_range(near_count(near), ARTICLES / 3, ARTICLES * 2 / 3);
    compare(near, all, ARTICLES, SINCE_MS + 10 * DAY_MS);
    assert_true(near_add(near, &more));
    near_free(near);
    free(all);
}

static void test_the_earliest_of_many(void **state)
{
    struct near *near = near_new(ARTICLES);
    struct uuid found[NEAR_MOST];
    (void)state;
    assert_non_null(near);
    assert_true(near_quarter_ms(near) == INT64_MAX);
    for (uint32_t i = 0; i < 400; i++) { /* in another order than that of their times, and twice */
        uint32_t place = i % 200 * 77 % 200;
        struct near_article article = article_at(SINCE_MS + place, place);
        article.count = 1;
        article.bands[0] = mixed(5);
        assert_true(near_add(near, &article));
    }
    struct near_article asked = article_at(SINCE_MS + 500, 500);
    asked.count = 1;
    asked.bands[0] = mixed(5);
    assert_int_equal(near_find(near, &asked, DAY_MS, NEAR_WALK, found), NEAR_BAND_MOST);
    for (int64_t i = 0; i < NEAR_BAND_MOST; i++)
        assert_true(near_ms(&found[i]) == SINCE_MS + i);
    assert_int_equal(near_find(near, &asked, 310, NEAR_WALK, found), 10);
    assert_int_equal(near_find(near, &asked, DAY_MS, 5, found), 5);
    near_free(near);
}

/* A copy of a recent article is found however many have what they share. */
static void test_both_ends_of_a_flood(void **state)
{
    const uint32_t flood = 3 * NEAR_WALK;
    struct near *near = near_new(flood);
    struct uuid found[NEAR_MOST];
    (void)state;
    assert_non_null(near);
    for (uint32_t i = 0; i <= flood; i++) {
        struct near_article article = article_at(SINCE_MS + i, i);
        article.count = 1;
        article.bands[0] = mixed(5);
        if (i < flood) {
            assert_true(near_add(near, &article));
            continue;
        }
        size_t told = near_find(near, &article, DAY_MS, NEAR_WALK, found);
        assert_int_equal(told, NEAR_BAND_MOST + NEAR_BAND_LATEST);
        assert_true(near_ms(&found[0]) == SINCE_MS);
        for (int64_t k = 0; k < NEAR_BAND_LATEST; k++)
            assert_true(near_ms(&found[NEAR_BAND_MOST + k]) == SINCE_MS + flood - 1 - k);
        /* The span leaves out the first ones; the last ones are told all the same. */
        assert_int_equal(near_find(near, &article, 100, NEAR_WALK, found), NEAR_BAND_LATEST);
    }
    near_free(near);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_finds_what_shares),
                                       cmocka_unit_test(test_the_earliest_of_many),
                                       cmocka_unit_test(test_both_ends_of_a_flood)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
