/* Articles: what is refused and why, what is repaired, the way there and back, and JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/article.h"
#include "proto/limits.h"

struct bench {
    struct arena *arena;
    struct pack_reader reader;
    struct buffer bytes;
    struct article article;
    struct fault fault;
};

static int bench_open(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    bench->arena = arena_new(1 << 26);
    pack_reader_init(&bench->reader);
    buffer_init(&bench->bytes, 1 << 26);
    *state = bench;
    return 0;
}

static int bench_close(void **state)
{
    struct bench *bench = *state;
    buffer_deinit(&bench->bytes);
    pack_reader_deinit(&bench->reader);
    arena_free(bench->arena);
    free(bench);
    return 0;
}

/* Packs the JSON text as MessagePack and decodes it as an article. */
static enum status decode_json(struct bench *bench, const char *json)
{
    json_t *value = json_loads(json, 0, NULL);
    assert_non_null(value);
    buffer_clear(&bench->bytes);
    json_to_pack(value, &bench->bytes);
    json_decref(value);
    bench->fault.code[0] = '\0';
    return article_decode(buffer_slice(&bench->bytes), &bench->reader, &bench->article,
                          bench->arena, &bench->fault);
}

static void refusals_name_their_reason(void **state)
{
    struct bench *bench = *state;
    static const struct {
        const char *json, *code;
    } cases[] = {
        {"[]", "not-a-map"},
        {"{}", "body-missing"},
        {"{\"body\":null}", "body-missing"},
        {"{\"body\":7}", "wrong-type"},
        {"{\"body\":\"x\",\"title\":[]}", "wrong-type"},
        {"{\"body\":\"x\",\"authors\":\"A\"}", "wrong-type"},
        {"{\"body\":\"x\",\"authors\":[1]}", "wrong-type"},
        {"{\"body\":\"x\",\"published\":true}", "wrong-type"},
        {"{\"body\":\"x\",\"published\":\"yesterday\"}", "bad-published"},
        {"{\"body\":\"x\",\"published\":9223372036854775807}", "bad-published"},
        {"{\"body\":\"x\",\"meta\":[]}", "wrong-type"},
        {"{\"body\":\"x\",\"v\":2}", "unknown-version"},
        {"{\"body\":\"x\",\"v\":0}", "unknown-version"},
        {"{\"body\":\"x\",\"v\":\"1\"}", "wrong-type"},
        {"{\"body\":\"x\",\"type\":\"image/png\"}", "bad-type"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(decode_json(bench, cases[i].json), STATUS_REJECT);
        assert_string_equal(bench->fault.code, cases[i].code);
    }
}

/* {"body": "x", KEY: a string of `len` bytes} */
static enum status decode_long(struct bench *bench, const char *key, size_t len)
{
    char *text = calloc(1, len);
    memset(text, 'a', len);
    buffer_clear(&bench->bytes);
    bool is_body = strcmp(key, "body") == 0;
    pack_write_map(&bench->bytes, is_body ? 1 : 2);
    pack_write_string(&bench->bytes, slice_from(key));
    pack_write_string(&bench->bytes, (struct slice){text, len});
    if (!is_body) {
        pack_write_string(&bench->bytes, SLICE_LITERAL("body"));
        pack_write_string(&bench->bytes, SLICE_LITERAL("x"));
    }
    free(text);
    bench->fault.code[0] = '\0';
    return article_decode(buffer_slice(&bench->bytes), &bench->reader, &bench->article,
                          bench->arena, &bench->fault);
}

static void limits_are_inclusive_and_named(void **state)
{
    struct bench *bench = *state;
    static const struct {
        const char *key;
        size_t limit;
        const char *code, *name;
    } cases[] = {
        {"id", LIMIT_ID_BYTES, "id-too-long", "LIMIT_ID_BYTES"},
        {"url", LIMIT_URL_BYTES, "url-too-long", "LIMIT_URL_BYTES"},
        {"title", LIMIT_TITLE_BYTES, "title-too-long", "LIMIT_TITLE_BYTES"},
        {"body", LIMIT_BODY_BYTES, "body-too-long", "LIMIT_BODY_BYTES"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(decode_long(bench, cases[i].key, cases[i].limit), STATUS_OK);
        assert_int_equal(decode_long(bench, cases[i].key, cases[i].limit + 1), STATUS_REJECT);
        assert_string_equal(bench->fault.code, cases[i].code);
        assert_non_null(strstr(bench->fault.message, cases[i].name));
    }
}

static void every_key_arrives(void **state)
{
    struct bench *bench = *state;
    const char *json =
        "{\"v\":1,\"id\":\"i\",\"url\":\"u\",\"source\":\"s\",\"title\":\"t\","
        "\"authors\":[\"a\",\"b\"],\"published\":\"2026-11-24T00:00:00Z\","
        "\"language\":\"en\",\"type\":\"TEXT/HTML; charset=utf-8\",\"charset\":\"c\","
        "\"body\":\"b\",\"meta\":{\"k\":[1,2.5,null]},\"x\":1,\"y\":{}}";
    assert_int_equal(decode_json(bench, json), STATUS_OK);
    const struct article *article = &bench->article;
    assert_true(slice_is(article->id, "i") && slice_is(article->url, "u"));
    assert_int_equal(article->author_count, 2);
    assert_true(slice_is(article->authors[1], "b"));
    assert_int_equal(article->published_ms, 1795478400000);
    assert_int_equal(article->unknown_keys, 2);
    json_t *meta = json_from_pack(article->meta);
    char *text = json_dumps(meta, JSON_COMPACT);
    assert_string_equal(text, "{\"k\":[1,2.5,null]}");
    free(text);
    json_decref(meta);
}

static void encode_is_what_decode_reads(void **state)
{
    struct bench *bench = *state;
    const char *json = "{\"id\":\"i\",\"title\":\"t\",\"authors\":[\"a\"],\"published\":5,"
                       "\"body\":\"b\",\"meta\":{\"k\":1}}";
    struct buffer first, second;
    struct article again;
    struct pack_reader reader;
    buffer_init(&first, 1 << 20);
    buffer_init(&second, 1 << 20);
    pack_reader_init(&reader);
    assert_int_equal(decode_json(bench, json), STATUS_OK);
    article_encode(&bench->article, &first);
    assert_int_equal(
        article_decode(buffer_slice(&first), &reader, &again, bench->arena, &bench->fault),
        STATUS_OK);
    article_encode(&again, &second);
    assert_true(slice_equal(buffer_slice(&first), buffer_slice(&second)));
    assert_int_equal(again.published_ms, 5);
    pack_reader_deinit(&reader);
    buffer_deinit(&first);
    buffer_deinit(&second);
}

static void strings_are_repaired_and_the_body_is_not(void **state)
{
    struct bench *bench = *state;
    buffer_clear(&bench->bytes);
    pack_write_map(&bench->bytes, 2);
    pack_write_string(&bench->bytes, SLICE_LITERAL("title"));
    pack_write_string(&bench->bytes, SLICE_LITERAL("a\xff\0"));
    pack_write_string(&bench->bytes, SLICE_LITERAL("body"));
    pack_write_binary(&bench->bytes, SLICE_LITERAL("\xff\0"));
    assert_int_equal(article_decode(buffer_slice(&bench->bytes), &bench->reader, &bench->article,
                                    bench->arena, &bench->fault),
                     STATUS_OK);
    assert_true(slice_is(bench->article.title, "a\xef\xbf\xbd\xef\xbf\xbd"));
    assert_int_equal(bench->article.repaired, 2);
    assert_true(slice_equal(bench->article.body, SLICE_LITERAL("\xff\0")));
    assert_true(bench->article.body_is_binary);
}

/* A meta of so many keys, the last of which is there already: refused, and soon. */
static void two_equal_keys_are_refused(void **state)
{
    enum { KEYS = 30000 };
    struct bench *bench = *state;
    char key[16];
    buffer_clear(&bench->bytes);
    pack_write_map(&bench->bytes, 2);
    pack_write_string(&bench->bytes, SLICE_LITERAL("body"));
    pack_write_string(&bench->bytes, SLICE_LITERAL("one"));
    pack_write_string(&bench->bytes, SLICE_LITERAL("meta"));
    pack_write_map(&bench->bytes, KEYS);
    for (int i = 0; i < KEYS; i++) {
        (void)snprintf(key, sizeof key, "%d", i % (KEYS - 1));
        pack_write_string(&bench->bytes, slice_from(key));
        pack_write_nil(&bench->bytes);
    }
    assert_int_equal(article_decode(buffer_slice(&bench->bytes), &bench->reader, &bench->article,
                                    bench->arena, &bench->fault),
                     STATUS_REJECT);
    assert_string_equal(bench->fault.code, "duplicate-key");
    assert_non_null(strstr(bench->fault.message, "\"meta\""));
}

static void json_bodies_may_be_base64(void **state)
{
    struct bench *bench = *state;
    json_t *json = json_loads("{\"body\":{\"base64\":\"/wA=\"}}", 0, NULL);
    buffer_clear(&bench->bytes);
    assert_int_equal(article_from_json(json, &bench->bytes, &bench->fault), STATUS_OK);
    json_decref(json);
    assert_true(slice_equal(buffer_slice(&bench->bytes), SLICE_LITERAL("\x81\xa4"
                                                                       "body\xc4\x02\xff\0")));
    json = json_loads("{\"body\":{\"base64\":\"!!\"}}", 0, NULL);
    buffer_clear(&bench->bytes);
    assert_int_equal(article_from_json(json, &bench->bytes, &bench->fault), STATUS_REJECT);
    assert_string_equal(bench->fault.code, "bad-base64");
    json_decref(json);
}

static void odd_meta_becomes_json(void **state)
{
    (void)state;
    struct slice odd = SLICE_LITERAL("\x85\x01\xa1x\xa1n\xcb\x7f\xf8\0\0\0\0\0\0\xa1"
                                     "b\xc4\x01\xff"
                                     "\xa1s\xa2\xff\0\x91\x02\xcf\xff\xff\xff\xff\xff\xff\xff\xff");
    struct pack_reader reader;
    const struct pack_object *root;
    pack_reader_init(&reader);
    assert_int_equal(pack_read(&reader, odd, &root, NULL), STATUS_OK);
    json_t *json = json_from_pack(root);
    assert_string_equal(json_string_value(json_object_get(json, "1")), "x");
    assert_true(json_is_null(json_object_get(json, "n")));
    assert_string_equal(json_string_value(json_object_get(json, "b")), "/w==");
    assert_string_equal(json_string_value(json_object_get(json, "s")), "\xef\xbf\xbd\xef\xbf\xbd");
    assert_true(json_is_real(json_object_get(json, "[2]")));
    json_decref(json);
    pack_reader_deinit(&reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals_name_their_reason),
        cmocka_unit_test(limits_are_inclusive_and_named),
        cmocka_unit_test(every_key_arrives),
        cmocka_unit_test(encode_is_what_decode_reads),
        cmocka_unit_test(strings_are_repaired_and_the_body_is_not),
        cmocka_unit_test(two_equal_keys_are_refused),
        cmocka_unit_test(json_bodies_may_be_base64),
        cmocka_unit_test(odd_meta_becomes_json),
    };
    return cmocka_run_group_tests(tests, bench_open, bench_close);
}
