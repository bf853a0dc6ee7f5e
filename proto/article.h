/* An article as producers send it: a MessagePack map, or the same keys in JSON.
 *
 * The struct borrows: its slices point into the message it was decoded from, or into the arena. */
#ifndef NEWSMILL_PROTO_ARTICLE_H
#define NEWSMILL_PROTO_ARTICLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/clock.h"
#include "common/slice.h"
#include "common/status.h"
#include "proto/pack.h"

struct article {
    uint64_t version;
    struct slice id, url, source, title, language, type, charset; /* NULL when absent */
    struct slice lane; /* "low": behind the others; NULL or anything else: not */
    struct slice *authors;
    size_t author_count;
    int64_t published_ms; /* CLOCK_NONE when absent */
    struct slice body;
    bool body_is_binary;
    const struct pack_object *meta; /* a map, or NULL; lives as long as the reader */
    struct slice meta_packed;       /* for encoding only: a packed map, when `meta` is NULL */
    size_t unknown_keys;
    size_t repaired; /* ill-formed sequences and NULs replaced in the strings other than body */
};

/* Decodes one article. Strings other than the body are repaired to clean UTF-8; the body's bytes
 * are left as they came (hygiene is a stage of the analysis). `reader` must outlive the article.
 * REJECT codes: those of pack_read(), "not-a-map", "body-missing", "wrong-type", "unknown-version",
 * "too-many-keys", "<key>-too-long" and the like, "bad-published", "bad-type", "bad-meta",
 * "duplicate-key". */
enum status article_decode(struct slice bytes, struct pack_reader *reader, struct article *article,
                           struct arena *arena, struct fault *fault) MUST_CHECK;

/* The MessagePack form, known keys only, absent ones left out. */
void article_encode(const struct article *article, struct buffer *out);

/* Before JSON text becomes a tree, in which a value of three bytes takes 200: REJECT
 * "too-many-values" beyond LIMIT_JSON_VALUES, as commas and opening brackets count them. What is
 * no JSON passes; a parser reads no more values of it than are counted. */
enum status json_check_values(struct slice text, struct fault *fault) MUST_CHECK;

/* From a JSON object to the MessagePack form, every key kept as it is. A `body` that is an object
 * {"base64": "…"} becomes bytes. REJECT when `json` is not an object or holds what MessagePack
 * articles cannot (see fault). */
enum status article_from_json(const json_t *json, struct buffer *out,
                              struct fault *fault) MUST_CHECK;

/* A free-form object (meta) as JSON: binaries become base64 text, non-string keys their JSON text,
 * NaN and infinities null, strings are repaired. NULL without memory. */
json_t *json_from_pack(const struct pack_object *object);
void json_to_pack(const json_t *json, struct buffer *out);

#endif
