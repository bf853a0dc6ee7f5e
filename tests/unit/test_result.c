/* Results, envelopes and replies: the tables carry every field there and back. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "proto/envelope.h"
#include "proto/reply.h"
#include "proto/result.h"

static void absent_facts_are_null_or_empty_never_missing(void **state)
{
    (void)state;
    struct result result;
    fields_init(&result_table, &result);
    json_t *json = fields_to_json(&result_table, &result);
    static const char *const nulls[] = {
        "id", "url", "source", "title", "published", "published_from", "genre", "text"};
    static const char *const lists[] = {"authors",    "languages", "removed", "sentences",
                                        "names",      "places",    "events",  "targets",
                                        "quotes",     "dates",     "amounts", "themes",
                                        "keyphrases", "summary",   "tokens"};
    for (size_t i = 0; i < sizeof nulls / sizeof nulls[0]; i++)
        assert_true(json_is_null(json_object_get(json, nulls[i])));
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        assert_int_equal(json_array_size(json_object_get(json, lists[i])), 0);
    assert_string_equal(json_string_value(json_object_get(json, "fingerprint")),
                        "0000000000000000");
    assert_null(json_object_get(json, "meta"));
    json_decref(json);
}

/* One of everything that has a shape of its own. */
static void fill(struct result *result)
{
    static struct slice authors[] = {SLICE_LITERAL("A. Author"), SLICE_LITERAL("")};
    static struct slice contexts[] = {SLICE_LITERAL("military")};
    static struct result_actor source = {4, 9, SLICE_LITERAL("Seoul"), SLICE_LITERAL("KORGOV"),
                                         SLICE_LITERAL("GOV")};
    static struct result_event events[1];
    static struct result_name names[1];
    fields_init(&result_table, result);
    result->id = SLICE_LITERAL("x");
    result->authors = (struct field_list){authors, 2};
    result->published_ms = -1;
    result->language = (struct result_language){SLICE_LITERAL("en"), 0.99};
    result->text = SLICE_LITERAL("The Seoul");
    names[0] = (struct result_name){.start = 4,
                                    .end = 9,
                                    .text = SLICE_LITERAL("Seoul"),
                                    .type = SLICE_LITERAL("place"),
                                    .name = SLICE_LITERAL("South Korea"),
                                    .key = SLICE_NULL,
                                    .role = SLICE_NULL,
                                    .confidence = 0.5};
    result->names = (struct field_list){names, 1};
    events[0] = (struct result_event){.start = 1,
                                      .end = 2,
                                      .type = SLICE_LITERAL("CONSULT"),
                                      .contexts = {contexts, 1},
                                      .goldstein = (double)NAN,
                                      .quad = 1,
                                      .source = {&source, 1},
                                      .negated = true,
                                      .place = FIELD_NONE};
    result->events = (struct field_list){events, 1};
    result->fingerprint = 0xfedcba9876543210u;
    result->meta = SLICE_LITERAL("{}");
}

static void a_result_goes_there_and_back(void **state)
{
    (void)state;
    struct result result, again;
    struct buffer first, second;
    struct pack_reader reader;
    struct fault fault;
    struct arena *arena = arena_new(1 << 20);
    buffer_init(&first, 1 << 20);
    buffer_init(&second, 1 << 20);
    pack_reader_init(&reader);
    fill(&result);
    result_encode(&result, &first);
    assert_int_equal(result_decode(buffer_slice(&first), &reader, &again, arena, &fault),
                     STATUS_OK);
    result_encode(&again, &second);
    assert_true(slice_equal(buffer_slice(&first), buffer_slice(&second)));
    const struct result_event *event = field_at(again.events, struct result_event, 0);
    assert_int_equal(event->source.count, 1);
    assert_true(slice_is(field_at(event->source, struct result_actor, 0)->code, "KORGOV"));
    assert_int_equal(event->target.count, 0);
    assert_true(isnan(event->goldstein));
    assert_int_equal(event->place, FIELD_NONE);
    json_t *json = fields_to_json(&result_table, &again);
    assert_string_equal(json_string_value(json_object_get(json, "fingerprint")),
                        "fedcba9876543210");
    assert_string_equal(json_string_value(json_object_get(json, "published")),
                        "1969-12-31T23:59:59.999Z");
    json_t *first_event = json_array_get(json_object_get(json, "events"), 0);
    assert_true(json_array_size(json_object_get(first_event, "target")) == 0);
    assert_true(json_is_true(json_object_get(first_event, "negated")));
    json_decref(json);
    pack_reader_deinit(&reader);
    buffer_deinit(&first);
    buffer_deinit(&second);
    arena_free(arena);
}

static void every_cut_of_a_result_is_refused(void **state)
{
    (void)state;
    struct result result, again;
    struct buffer bytes;
    struct pack_reader reader;
    struct arena *arena = arena_new(1 << 20);
    buffer_init(&bytes, 1 << 20);
    pack_reader_init(&reader);
    fill(&result);
    result_encode(&result, &bytes);
    for (size_t cut = 0; cut < bytes.len; cut++) {
        struct fault fault;
        assert_int_equal(
            result_decode(slice_sub(buffer_slice(&bytes), 0, cut), &reader, &again, arena, &fault),
            STATUS_REJECT);
        arena_reset(arena);
    }
    pack_reader_deinit(&reader);
    buffer_deinit(&bytes);
    arena_free(arena);
}

/* {"names": [{}], "names": []}: the last one counts, with its own length. */
static void a_list_that_comes_twice_has_the_last_length(void **state)
{
    static const char bytes[] = "\x82\xa5names\x91\x80\xa5names\x90";
    struct pack_reader reader;
    struct arena *arena = arena_new(1 << 16);
    struct result result;
    struct fault fault;
    (void)state;
    pack_reader_init(&reader);
    assert_int_equal(
        result_decode((struct slice){bytes, sizeof bytes - 1}, &reader, &result, arena, &fault),
        STATUS_OK);
    assert_int_equal(result.names.count, 0);
    pack_reader_deinit(&reader);
    arena_free(arena);
}

static void every_short_arena_is_reported(void **state)
{
    (void)state;
    struct result result, again;
    struct buffer bytes;
    struct pack_reader reader;
    buffer_init(&bytes, 1 << 20);
    pack_reader_init(&reader);
    fill(&result);
    result_encode(&result, &bytes);
    bool good = false;
    for (size_t limit = 0; limit < 2000 && !good; limit++) {
        struct fault fault;
        struct arena *arena = arena_new(limit);
        enum status status = result_decode(buffer_slice(&bytes), &reader, &again, arena, &fault);
        assert_true(status == STATUS_OK || status == STATUS_FATAL);
        assert_int_equal(status == STATUS_OK, !arena_exhausted(arena));
        good = status == STATUS_OK;
        arena_free(arena);
    }
    assert_true(good);
    pack_reader_deinit(&reader);
    buffer_deinit(&bytes);
}

static void replies_have_the_keys_of_the_contract(void **state)
{
    (void)state;
    struct reply replies[] = {
        {.ok = true, .id = SLICE_LITERAL("7"), .duplicate = true},
        {.error = SLICE_LITERAL("overloaded"),
         .message = SLICE_LITERAL("Later."),
         .retry = true,
         .retry_after_ms = 250},
        {.error = SLICE_LITERAL("not-a-map"), .message = SLICE_LITERAL("No.")},
    };
    struct arena *arena = arena_new(1 << 16);
    struct pack_reader reader;
    pack_reader_init(&reader);
    for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++) {
        struct buffer bytes;
        struct reply again;
        buffer_init(&bytes, 4096);
        reply_encode(&replies[i], &bytes);
        assert_int_equal(reply_decode(buffer_slice(&bytes), &reader, &again, arena, NULL),
                         STATUS_OK);
        assert_int_equal(again.ok, replies[i].ok);
        assert_int_equal(again.duplicate, replies[i].duplicate);
        assert_int_equal(again.retry, replies[i].retry);
        assert_int_equal(again.retry_after_ms, replies[i].retry_after_ms);
        assert_true(slice_equal(again.error, replies[i].error));
        assert_int_equal(again.id.data != NULL, replies[i].id.data != NULL);
        buffer_deinit(&bytes);
    }
    pack_reader_deinit(&reader);
    arena_free(arena);
}

static void an_envelope_goes_there_and_back(void **state)
{
    (void)state;
    struct envelope envelope = {.received_ms = 1795527304500}, again;
    memset(envelope.key.bytes, 1, 16);
    memset(envelope.article.bytes, 2, 16);
    memset(envelope.content.bytes, 3, 16);
    struct buffer bytes;
    struct pack_reader reader;
    struct arena *arena = arena_new(4096);
    buffer_init(&bytes, 4096);
    pack_reader_init(&reader);
    envelope_encode(&envelope, &bytes);
    assert_int_equal(envelope_decode(buffer_slice(&bytes), &reader, &again, arena, NULL),
                     STATUS_OK);
    assert_true(uuid_equal(&envelope.content, &again.content));
    assert_int_equal(again.received_ms, envelope.received_ms);
    assert_null(again.refused_code.data);
    pack_reader_deinit(&reader);
    buffer_deinit(&bytes);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(absent_facts_are_null_or_empty_never_missing),
        cmocka_unit_test(a_result_goes_there_and_back),
        cmocka_unit_test(every_cut_of_a_result_is_refused),
        cmocka_unit_test(a_list_that_comes_twice_has_the_last_length),
        cmocka_unit_test(every_short_arena_is_reported),
        cmocka_unit_test(replies_have_the_keys_of_the_contract),
        cmocka_unit_test(an_envelope_goes_there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
