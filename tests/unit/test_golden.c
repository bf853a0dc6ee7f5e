/* Every golden message against its twin: the decoder finds the value or names the refusal, and our
 * encoder writes the canonical ones byte for byte. proto/golden is made by tests/golden.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <glob.h>
#include <jansson.h>

#include "common/utf8.h"
#include "proto/article.h"
#include "proto/base64.h"
#include "proto/envelope.h"
#include "proto/reply.h"
#include "proto/result.h"

#define FOLDER SOURCE_DIR "/proto/golden"

/* One message being looked at. */
struct golden {
    char *name; /* of its twin */
    json_t *twin;
    char *bytes; /* exactly as long as the message, so that a sanitizer sees a step too far */
    size_t len;
    struct pack_reader reader;
    struct arena *arena;
    struct fault fault;
    struct buffer again; /* what our encoder writes of what was found */
};

static void read_file(const char *path, char **bytes, size_t *len)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    *len = (size_t)ftell(file);
    rewind(file);
    *bytes = malloc(*len ? *len : 1);
    assert_non_null(*bytes);
    assert_int_equal(fread(*bytes, 1, *len, file), *len);
    (void)fclose(file);
}

static void golden_open(struct golden *golden, const char *twin_path)
{
    *golden = (struct golden){.name = strdup(twin_path)};
    golden->twin = json_load_file(twin_path, 0, NULL);
    assert_non_null(golden->twin);
    size_t stem = strlen(twin_path) - strlen(".json");
    char *path = calloc(1, stem + sizeof ".msgpack");
    assert_non_null(path);
    memcpy(path, twin_path, stem);
    memcpy(path + stem, ".msgpack", sizeof ".msgpack");
    read_file(path, &golden->bytes, &golden->len);
    free(path);
    pack_reader_init(&golden->reader);
    golden->arena = arena_new(1 << 20);
    buffer_init(&golden->again, 1 << 20);
}

static void golden_close(struct golden *golden)
{
    buffer_deinit(&golden->again);
    arena_free(golden->arena);
    pack_reader_deinit(&golden->reader);
    free(golden->bytes);
    json_decref(golden->twin);
    free(golden->name);
}

static struct slice golden_bytes(const struct golden *golden)
{
    return (struct slice){golden->bytes, golden->len};
}

static const char *golden_text(const struct golden *golden, const char *key)
{
    return json_string_value(json_object_get(golden->twin, key));
}

/* ---- what a decoder found, as JSON ---- */

static json_t *text_or_null(struct slice text)
{
    return text.data ? json_stringn(text.data, text.len) : json_null();
}

/* Bytes that JSON has no form for are {"base64": …}. */
static json_t *body_json(const struct article *article)
{
    if (!article->body_is_binary && utf8_is_clean(article->body))
        return json_stringn(article->body.data, article->body.len);
    return json_pack("{s:o}", "base64", json_base64(article->body));
}

static json_t *article_json(const struct article *article)
{
    json_t *authors = json_array();
    for (size_t i = 0; i < article->author_count; i++)
        json_array_append_new(authors, text_or_null(article->authors[i]));
    bool dated = article->published_ms != CLOCK_NONE;
    return json_pack(
        "{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:I, s:I}", "v",
        (json_int_t)article->version, "id", text_or_null(article->id), "url",
        text_or_null(article->url), "source", text_or_null(article->source), "title",
        text_or_null(article->title), "authors", authors, "published_ms",
        dated ? json_integer(article->published_ms) : json_null(), "language",
        text_or_null(article->language), "type", text_or_null(article->type), "charset",
        text_or_null(article->charset), "lane", text_or_null(article->lane), "body",
        body_json(article), "body_is_binary", article->body_is_binary, "meta",
        article->meta ? json_from_pack(article->meta) : json_null(), "unknown_keys",
        (json_int_t)article->unknown_keys, "repaired", (json_int_t)article->repaired);
}

/* As it is on the wire: what is absent is left out. */
static json_t *reply_json(const struct reply *reply)
{
    json_t *json = json_pack("{s:b}", "ok", reply->ok);
    if (reply->id.data)
        json_object_set_new(json, "id", text_or_null(reply->id));
    if (reply->ok) {
        char text[UUID_TEXT_BYTES];
        uuid_format(&reply->article, text);
        json_object_set_new(json, "article", json_string(text));
        json_object_set_new(json, "duplicate", json_boolean(reply->duplicate));
        return json;
    }
    json_object_set_new(json, "error", text_or_null(reply->error));
    json_object_set_new(json, "message", text_or_null(reply->message));
    json_object_set_new(json, "retry", json_boolean(reply->retry));
    if (reply->retry_after_ms)
        json_object_set_new(json, "retry_after_ms", json_integer(reply->retry_after_ms));
    return json;
}

/* ---- one function a kind: decode, and on success encode again and print ---- */

static enum status try_article(struct golden *golden, json_t **found)
{
    struct article article;
    enum status status = article_decode(golden_bytes(golden), &golden->reader, &article,
                                        golden->arena, &golden->fault);
    if (status == STATUS_OK) {
        *found = article_json(&article);
        article_encode(&article, &golden->again);
    }
    return status;
}

static enum status try_envelope(struct golden *golden, json_t **found)
{
    struct envelope envelope;
    enum status status = envelope_decode(golden_bytes(golden), &golden->reader, &envelope,
                                         golden->arena, &golden->fault);
    if (status == STATUS_OK) {
        *found = fields_to_json(&envelope_table, &envelope);
        envelope_encode(&envelope, &golden->again);
    }
    return status;
}

static enum status try_result(struct golden *golden, json_t **found)
{
    struct result result;
    enum status status = result_decode(golden_bytes(golden), &golden->reader, &result,
                                       golden->arena, &golden->fault);
    if (status == STATUS_OK) {
        *found = fields_to_json(&result_table, &result);
        result_encode(&result, &golden->again);
    }
    return status;
}

static enum status try_reply(struct golden *golden, json_t **found)
{
    struct reply reply;
    enum status status =
        reply_decode(golden_bytes(golden), &golden->reader, &reply, golden->arena, &golden->fault);
    if (status == STATUS_OK) {
        *found = reply_json(&reply);
        reply_encode(&reply, &golden->again);
    }
    return status;
}

static enum status try_kind(struct golden *golden, json_t **found)
{
    static const struct {
        const char *kind;
        enum status (*attempt)(struct golden *golden, json_t **found);
    } kinds[] = {{"article", try_article},
                 {"envelope", try_envelope},
                 {"result", try_result},
                 {"reply", try_reply}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].kind, golden_text(golden, "kind")) == 0)
            return kinds[i].attempt(golden, found);
    fail_msg("%s: unknown kind", golden->name);
    return STATUS_FATAL;
}

static void check_found(const struct golden *golden, const json_t *found)
{
    const json_t *wanted = json_object_get(golden->twin, "value");
    if (!json_equal(found, wanted)) {
        char *text = json_dumps(found, JSON_COMPACT);
        print_error("%s: found %s\n", golden->name, text);
        free(text);
        fail();
    }
    if (json_is_true(json_object_get(golden->twin, "canonical")) &&
        !slice_equal(buffer_slice(&golden->again), golden_bytes(golden)))
        fail_msg("%s: our encoder writes other bytes", golden->name);
}

/* Returns whether the message was one that decodes. */
static bool check(struct golden *golden)
{
    const char *expect = golden_text(golden, "expect");
    json_t *found = NULL;
    enum status status = try_kind(golden, &found);
    if (strcmp(expect, "ok") == 0) {
        if (status != STATUS_OK)
            fail_msg("%s: %s: %s", golden->name, golden->fault.code, golden->fault.message);
        check_found(golden, found);
    } else {
        if (status != STATUS_REJECT || strcmp(golden->fault.code, expect) != 0)
            fail_msg("%s: wanted %s, got %s %s", golden->name, expect, status_name(status),
                     golden->fault.code);
        assert_true(golden->fault.message[0] != '\0');
    }
    json_decref(found);
    return status == STATUS_OK;
}

static void every_message_is_as_its_twin_says(void **state)
{
    (void)state;
    glob_t twins;
    size_t decoded = 0;
    assert_int_equal(glob(FOLDER "/*.json", 0, NULL, &twins), 0);
    for (size_t i = 0; i < twins.gl_pathc; i++) {
        struct golden golden;
        golden_open(&golden, twins.gl_pathv[i]);
        decoded += check(&golden);
        golden_close(&golden);
    }
    assert_true(decoded >= 20 && twins.gl_pathc - decoded >= 40);
    globfree(&twins);
}

/* What was cut anywhere is refused, and never read beyond its end. */
static void every_prefix_is_refused(void **state)
{
    (void)state;
    glob_t twins;
    assert_int_equal(glob(FOLDER "/*.json", 0, NULL, &twins), 0);
    for (size_t i = 0; i < twins.gl_pathc; i++) {
        struct golden golden;
        golden_open(&golden, twins.gl_pathv[i]);
        char *whole = golden.bytes;
        size_t len = strcmp(golden_text(&golden, "expect"), "ok") == 0 ? golden.len : 0;
        for (golden.len = 0; golden.len < len; golden.len++) {
            json_t *found = NULL;
            golden.bytes = malloc(golden.len ? golden.len : 1);
            memcpy(golden.bytes, whole, golden.len);
            if (try_kind(&golden, &found) != STATUS_REJECT)
                fail_msg("%s: %zu bytes of it were taken", golden.name, golden.len);
            free(golden.bytes);
            arena_reset(golden.arena);
        }
        golden.bytes = whole;
        golden_close(&golden);
    }
    globfree(&twins);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_is_as_its_twin_says),
        cmocka_unit_test(every_prefix_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
