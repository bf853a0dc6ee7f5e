/* Every decoder of proto/ on the same bytes. The first byte chooses how little memory the arena
 * has, so that running out is explored too. What decodes must survive the way back. */
#include <stdint.h>
#include <stdlib.h>

#include "proto/article.h"
#include "proto/envelope.h"
#include "proto/reply.h"
#include "proto/result.h"
#include "proto/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Decoded, encoded and decoded again: the second time must succeed. */
static void article_round_trip(const struct article *article, struct arena *arena)
{
    struct buffer out;
    struct pack_reader reader;
    struct article again;
    buffer_init(&out, (size_t)1 << 26);
    pack_reader_init(&reader);
    article_encode(article, &out);
    if (article_decode(buffer_slice(&out), &reader, &again, arena, NULL) == STATUS_REJECT)
        abort();
    pack_reader_deinit(&reader);
    buffer_deinit(&out);
}

static void decode_article(struct slice bytes, struct pack_reader *reader, struct arena *arena)
{
    struct article article;
    struct fault fault;
    struct uuid identity, content;
    if (article_decode(bytes, reader, &article, arena, &fault) != STATUS_OK)
        return;
    identity_of(&article, &identity, &content, arena);
    (void)url_site(article.url, arena);
    if (article.meta)
        json_decref(json_from_pack(article.meta));
    article_round_trip(&article, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct slice bytes = {(const char *)data + 1, size - 1};
    struct arena *arena = arena_new(data[0] == 0 ? (size_t)1 << 26 : (size_t)data[0] * 64);
    struct pack_reader reader;
    struct result result;
    struct envelope envelope;
    struct reply reply;
    struct fault fault;
    pack_reader_init(&reader);
    decode_article(bytes, &reader, arena);
    arena_reset(arena);
    if (result_decode(bytes, &reader, &result, arena, &fault) == STATUS_OK)
        json_decref(fields_to_json(&result_table, &result));
    (void)!envelope_decode(bytes, &reader, &envelope, arena, &fault);
    (void)!reply_decode(bytes, &reader, &reply, arena, &fault);
    size_t len;
    (void)!pack_measure(bytes, &len, &fault);
    pack_reader_deinit(&reader);
    arena_free(arena);
    return 0;
}
