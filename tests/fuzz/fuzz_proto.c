/* Every decoder of proto/ on the same bytes. What decodes must survive the way back. */
#include <stdlib.h>

#include "proto/article.h"
#include "proto/bundle.h"
#include "proto/envelope.h"
#include "proto/link.h"
#include "proto/reply.h"
#include "proto/result.h"
#include "tests/fuzz/fuzz.h"

/* Decoded, encoded and decoded again: the second time must succeed. */
static void article_round_trip(const struct article *article, struct arena *arena)
{
    struct buffer out;
    struct pack_reader reader;
    struct article again;
    buffer_init(&out, (size_t)1 << 26);
    pack_reader_init(&reader);
    article_encode(article, &out);
    if (!buffer_failed(&out) &&
        article_decode(buffer_slice(&out), &reader, &again, arena, NULL) == STATUS_REJECT)
        abort();
    pack_reader_deinit(&reader);
    buffer_deinit(&out);
}

static void decode_article(struct slice bytes, struct pack_reader *reader, struct arena *arena,
                           bool roomy)
{
    struct article article;
    struct fault fault;
    struct envelope envelope;
    if (article_decode(bytes, reader, &article, arena, &fault) != STATUS_OK)
        return;
    envelope_identify(&envelope, &article, arena);
    (void)url_site(article.url, arena);
    if (article.meta)
        json_decref(json_from_pack(article.meta));
    if (roomy)
        article_round_trip(&article, arena);
}

/* Every header of the link on the same bytes, as a worker and as ingest would read them. */
static void decode_headers(struct slice bytes, struct pack_reader *reader, struct arena *arena)
{
    static const struct field_table *const tables[] = {
        &link_hello_table,  &link_welcome_table, &link_deliver_table, &link_done_table,
        &link_refuse_table, &link_beat_table,    &link_books_table,   &link_status_table};
    union {
        struct link_hello hello;
        struct link_welcome welcome;
        struct link_deliver deliver;
        struct link_done done;
        struct link_refuse refuse;
        struct link_beat beat;
        struct link_books books;
        struct link_status status;
    } header;
    enum link_command command;
    struct fault fault;
    (void)!link_command_of(bytes, &command, &fault);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        struct buffer out;
        arena_reset(arena);
        if (link_header(tables[i], bytes, reader, &header, arena, &fault) != STATUS_OK)
            continue;
        buffer_init(&out, (size_t)1 << 26);
        fields_pack(tables[i], &header, &out);
        buffer_deinit(&out);
    }
}

/* What is in a bundle lies behind each other and in it, to its end. */
static void split_bundle(struct slice bytes)
{
    struct bundle bundle;
    struct fault fault;
    if (!bundle_is(bytes) || bundle_split(bytes, &bundle, &fault) != STATUS_OK)
        return;
    const char *end = bytes.data + bytes.len;
    for (size_t i = bundle.count; i > 0; i--) {
        if (bundle.maps[i - 1].data + bundle.maps[i - 1].len != end)
            abort();
        end = bundle.maps[i - 1].data;
    }
    if (end < bytes.data + 1 || end > bytes.data + 5)
        abort();
}

static void decode_results(struct slice bytes, struct pack_reader *reader, struct arena *arena)
{
    struct result result;
    struct envelope envelope;
    struct reply reply;
    struct fault fault;
    size_t len;
    arena_reset(arena);
    if (result_decode(bytes, reader, &result, arena, &fault) == STATUS_OK)
        json_decref(fields_to_json(&result_table, &result));
    (void)!envelope_decode(bytes, reader, &envelope, arena, &fault);
    (void)!reply_decode(bytes, reader, &reply, arena, &fault);
    (void)!pack_measure(bytes, &len, &fault);
    split_bundle(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input;
    struct pack_reader reader;
    if (!fuzz_begin(data, size, &input))
        return 0;
    struct arena *arena = arena_new(input.arena_bytes);
    pack_reader_init(&reader);
    if (arena && input.choice % 2 == 0) {
        decode_article(input.bytes, &reader, arena, data[0] == 0 && data[1] == 0);
        decode_results(input.bytes, &reader, arena);
    } else if (arena) {
        decode_headers(input.bytes, &reader, arena);
    }
    pack_reader_deinit(&reader);
    arena_free(arena);
    fuzz_end(&input);
    return 0;
}
