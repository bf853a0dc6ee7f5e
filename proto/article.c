/* Decodes and encodes articles. */
#include "proto/article.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/utf8.h"
#include "proto/limits.h"

/* The keys that are strings, each with its limit and the refusal that names it. */
struct text_key {
    const char *name;
    size_t offset, limit;
    const char *code, *limit_name;
};
#define TEXT_KEY(field, limit)                                                                     \
    {                                                                                              \
#field, offsetof(struct article, field), limit, #field "-too-long", #limit                 \
    }
static const struct text_key text_keys[] = {
    TEXT_KEY(id, LIMIT_ID_BYTES),
    TEXT_KEY(url, LIMIT_URL_BYTES),
    TEXT_KEY(source, LIMIT_SOURCE_BYTES),
    TEXT_KEY(title, LIMIT_TITLE_BYTES),
    TEXT_KEY(language, LIMIT_LANGUAGE_BYTES),
    TEXT_KEY(type, LIMIT_TYPE_BYTES),
    TEXT_KEY(charset, LIMIT_CHARSET_BYTES),
    TEXT_KEY(lane, LIMIT_LANE_BYTES),
};
#define TEXT_KEYS (sizeof text_keys / sizeof text_keys[0])

/* All the keys: the strings first, in the order of text_keys. */
enum {
    KEY_ID,
    KEY_URL,
    KEY_SOURCE,
    KEY_TITLE,
    KEY_LANGUAGE,
    KEY_TYPE,
    KEY_CHARSET,
    KEY_LANE,
    KEY_AUTHORS,
    KEY_PUBLISHED,
    KEY_META,
    KEY_BODY,
    KEY_VERSION,
    KEYS
};
_Static_assert(KEY_AUTHORS == TEXT_KEYS, "the strings come first");
static const struct slice key_names[KEYS] = {
    {"id", 2},   {"url", 3},     {"source", 6}, {"title", 5},   {"language", 8},
    {"type", 4}, {"charset", 7}, {"lane", 4},   {"authors", 7}, {"published", 9},
    {"meta", 4}, {"body", 4},    {"v", 1},
};

/* Where a key is looked for: no two of them have the same place, or the compiler says so. 0: there
 * is none. */
#define KEY_PLACES            32
#define KEY_PLACE(len, first) (((len)*15 + (unsigned char)(first)) % KEY_PLACES)
static const uint8_t key_places[KEY_PLACES] = {
    [KEY_PLACE(2, 'i')] = 1 + KEY_ID,       [KEY_PLACE(3, 'u')] = 1 + KEY_URL,
    [KEY_PLACE(6, 's')] = 1 + KEY_SOURCE,   [KEY_PLACE(5, 't')] = 1 + KEY_TITLE,
    [KEY_PLACE(8, 'l')] = 1 + KEY_LANGUAGE, [KEY_PLACE(4, 't')] = 1 + KEY_TYPE,
    [KEY_PLACE(7, 'c')] = 1 + KEY_CHARSET,  [KEY_PLACE(4, 'l')] = 1 + KEY_LANE,
    [KEY_PLACE(7, 'a')] = 1 + KEY_AUTHORS,  [KEY_PLACE(9, 'p')] = 1 + KEY_PUBLISHED,
    [KEY_PLACE(4, 'm')] = 1 + KEY_META,     [KEY_PLACE(4, 'b')] = 1 + KEY_BODY,
    [KEY_PLACE(1, 'v')] = 1 + KEY_VERSION,
};

struct decoding {
    struct pack_reader *reader;
    struct article *article;
    struct arena *arena;
    struct fault *fault;
    uint32_t seen; /* a bit for each known key */
};

static enum status wrong_type(const struct decoding *in, const char *key, const char *wanted)
{
    return fault_set(in->fault, STATUS_REJECT, "wrong-type", "The key \"%s\" must be %s.", key,
                     wanted);
}

static enum status no_memory(const struct decoding *in)
{
    return fault_set(in->fault, STATUS_FATAL, "out-of-memory", "no memory for an article");
}

/* The string, repaired to clean UTF-8. */
static enum status take_text(const struct decoding *in, const struct pack_token *from,
                             const char *key, struct slice *to)
{
    if (from->type != PACK_STRING)
        return wrong_type(in, key, "a string");
    *to = utf8_repair(from->as.bytes, &in->article->repaired, in->arena);
    return to->data ? STATUS_OK : no_memory(in);
}

static enum status take_text_key(const struct decoding *in, const struct text_key *key,
                                 const struct pack_token *from)
{
    if (from->type == PACK_STRING && from->as.bytes.len > key->limit)
        return fault_set(in->fault, STATUS_REJECT, key->code,
                         "The key \"%s\" is longer than %s (%zu bytes).", key->name,
                         key->limit_name, key->limit);
    return take_text(in, from, key->name,
                     (struct slice *)(void *)((char *)in->article + key->offset));
}

static enum status take_version(const struct decoding *in, const struct pack_token *from)
{
    if (from->type != PACK_INT || from->as.integer < 0)
        return wrong_type(in, "v", "an unsigned integer");
    in->article->version = from->as.whole;
    if (in->article->version < 1 || in->article->version > PROTO_ARTICLE_VERSION)
        return fault_set(in->fault, STATUS_REJECT, "unknown-version",
                         "This newsmill reads articles of version %d.", PROTO_ARTICLE_VERSION);
    return STATUS_OK;
}

static enum status take_authors(const struct decoding *in, const struct pack_token *from)
{
    if (from->type != PACK_ARRAY)
        return wrong_type(in, "authors", "an array of strings");
    size_t count = from->as.count;
    if (count > LIMIT_AUTHORS)
        return fault_set(in->fault, STATUS_REJECT, "too-many-authors",
                         "There are more authors than LIMIT_AUTHORS (%d).", LIMIT_AUTHORS);
    in->article->authors = arena_array(in->arena, count, sizeof(struct slice));
    if (!in->article->authors)
        return no_memory(in);
    for (size_t i = 0; i < count; i++) {
        struct pack_token author;
        pack_next(in->reader, &author);
        if (author.type == PACK_STRING && author.as.bytes.len > LIMIT_AUTHOR_BYTES)
            return fault_set(in->fault, STATUS_REJECT, "author-too-long",
                             "An author is longer than LIMIT_AUTHOR_BYTES (%d bytes).",
                             LIMIT_AUTHOR_BYTES);
        enum status status = take_text(in, &author, "authors", &in->article->authors[i]);
        if (status != STATUS_OK)
            return status;
    }
    in->article->author_count = count;
    return STATUS_OK;
}

/* The years 0001 to 9999: what RFC 3339 and PostgreSQL can both say. */
#define PUBLISHED_MIN_MS INT64_C(-62135596800000)
#define PUBLISHED_MAX_MS INT64_C(253402300799999)

static enum status take_published(const struct decoding *in, const struct pack_token *from)
{
    int64_t ms = 0;
    bool good = false;
    switch (from->type) {
    case PACK_INT:
        ms = from->as.integer;
        good = true;
        break;
    case PACK_STRING:
        good = clock_parse(from->as.bytes, &ms);
        break;
    case PACK_EXTENSION:
        good = pack_token_timestamp_ms(from, &ms);
        break;
    default:
        return wrong_type(in, "published",
                          "an RFC 3339 string, milliseconds since 1970 or a timestamp");
    }
    if (!good || ms < PUBLISHED_MIN_MS || ms > PUBLISHED_MAX_MS)
        return fault_set(in->fault, STATUS_REJECT, "bad-published",
                         "The key \"published\" is no time in the years 1 to 9999 (RFC 3339, "
                         "milliseconds since 1970 or a timestamp).");
    in->article->published_ms = ms;
    return STATUS_OK;
}

static enum status take_body(const struct decoding *in, const struct pack_token *from)
{
    if (from->type != PACK_STRING && from->type != PACK_BINARY)
        return wrong_type(in, "body", "a string or bytes");
    if (from->as.bytes.len > LIMIT_BODY_BYTES)
        return fault_set(in->fault, STATUS_REJECT, "body-too-long",
                         "The body is longer than LIMIT_BODY_BYTES (%d bytes).", LIMIT_BODY_BYTES);
    in->article->body = from->as.bytes;
    in->article->body_is_binary = from->type == PACK_BINARY;
    return STATUS_OK;
}

static int compare_slices(const void *left, const void *right)
{
    const struct slice *a = left, *b = right;
    int order = memcmp(a->data, b->data, a->len < b->len ? a->len : b->len);
    return order ? order : (a->len > b->len) - (a->len < b->len);
}

static enum status comes_twice(const struct decoding *in, const char *what)
{
    return fault_set(in->fault, STATUS_REJECT, "duplicate-key", "%s comes more than once.", what);
}

static enum status check_keys(const struct decoding *in, const struct pack_object *map)
{
    size_t count = 0;
    struct slice *keys = arena_array(in->arena, pack_count(map), sizeof *keys);
    if (!keys)
        return no_memory(in);
    for (size_t i = 0; i < pack_count(map); i++) {
        struct slice key = pack_bytes(pack_key(map, i));
        if (pack_type(pack_key(map, i)) == PACK_STRING)
            keys[count++] = key.data ? key : SLICE_LITERAL("");
    }
    qsort(keys, count, sizeof *keys, compare_slices);
    for (size_t i = 1; i < count; i++)
        if (slice_equal(keys[i - 1], keys[i]))
            return comes_twice(in, "A key inside \"meta\"");
    return STATUS_OK;
}

/* What JSONB can say: another number than it holds, or one of two values, would be a lie. The depth
 * is bounded by pack_read(). */
static enum status check_value(const struct decoding *in, const struct pack_object *value)
{
    enum pack_type type = pack_type(value);
    if (type == PACK_REAL && !isfinite(pack_real(value)))
        return fault_set(in->fault, STATUS_REJECT, "bad-meta",
                         "The key \"meta\" holds NaN or an infinity, which JSON cannot say.");
    if (type != PACK_MAP && type != PACK_ARRAY)
        return STATUS_OK;
    enum status status = type == PACK_MAP ? check_keys(in, value) : STATUS_OK;
    for (size_t i = 0; i < pack_count(value) && status == STATUS_OK; i++)
        status = check_value(in, type == PACK_MAP ? pack_value(value, i) : pack_element(value, i));
    return status;
}

/* Free-form: its tree is kept, in the reader. `start` is where its map begins. */
static enum status take_meta(const struct decoding *in, const struct pack_token *from,
                             const unsigned char *start)
{
    if (from->type != PACK_MAP)
        return wrong_type(in, "meta", "a map");
    pack_skip(in->reader, from);
    struct slice bytes = pack_since(in->reader, start);
    if (bytes.len > LIMIT_META_BYTES)
        return fault_set(in->fault, STATUS_REJECT, "meta-too-long",
                         "The key \"meta\" is longer than LIMIT_META_BYTES (%d bytes).",
                         LIMIT_META_BYTES);
    enum status status = pack_read(in->reader, bytes, &in->article->meta, in->fault);
    return status == STATUS_OK ? check_value(in, in->article->meta) : status;
}

/* Two values for one key: whichever is taken, the producer may mean the other. */
static enum status see(struct decoding *in, size_t number, const char *key)
{
    char what[64];
    if (!(in->seen >> number & 1)) {
        in->seen |= 1u << number;
        return STATUS_OK;
    }
    (void)snprintf(what, sizeof what, "The key \"%s\"", key);
    return comes_twice(in, what);
}

/* The index of a key; KEYS where it is none of ours. */
static size_t find_key(struct slice key)
{
    if (key.len == 0)
        return KEYS;
    const size_t place = key_places[KEY_PLACE(key.len, key.data[0])];
    return place > 0 && slice_equal_short(key, key_names[place - 1]) ? place - 1 : KEYS;
}

static enum status take_value(const struct decoding *in, size_t key, const struct pack_token *value,
                              const unsigned char *start)
{
    switch (key) {
    case KEY_AUTHORS:
        return take_authors(in, value);
    case KEY_PUBLISHED:
        return take_published(in, value);
    case KEY_META:
        return take_meta(in, value, start);
    case KEY_BODY:
        return take_body(in, value);
    case KEY_VERSION:
        return take_version(in, value);
    default:
        return take_text_key(in, &text_keys[key], value);
    }
}

/* One key and its value. */
static enum status take_pair(struct decoding *in)
{
    struct pack_token key, value;
    pack_next(in->reader, &key);
    pack_skip(in->reader, &key);
    const unsigned char *start = pack_place(in->reader);
    pack_next(in->reader, &value);
    size_t index = key.type == PACK_STRING ? find_key(key.as.bytes) : KEYS;
    if (index == KEYS && (key.type != PACK_STRING || value.type != PACK_NIL))
        in->article->unknown_keys++;
    if (index == KEYS || value.type == PACK_NIL) {
        pack_skip(in->reader, &value);
        return STATUS_OK;
    }
    enum status status = see(in, index, key_names[index].data);
    return status == STATUS_OK ? take_value(in, index, &value, start) : status;
}

/* A media type without its parameters, compared without case. */
static bool type_is_known(struct slice type)
{
    static const char *const known[] = {"text/plain", "text/html"};
    const char *end = type.len ? memchr(type.data, ';', type.len) : NULL;
    struct slice bare = slice_trim(end ? slice_sub(type, 0, (size_t)(end - type.data)) : type);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (bare.len == strlen(known[i]) && strncasecmp(bare.data, known[i], bare.len) == 0)
            return true;
    return false;
}

static enum status check_whole(const struct decoding *in)
{
    if (!in->article->body.data)
        return fault_set(in->fault, STATUS_REJECT, "body-missing",
                         "An article needs the key \"body\".");
    if (in->article->type.data && !type_is_known(in->article->type))
        return fault_set(in->fault, STATUS_REJECT, "bad-type",
                         "The key \"type\" must be text/plain or text/html.");
    return STATUS_OK;
}

static enum status take_article(struct decoding *in)
{
    struct pack_token root;
    enum status status = STATUS_OK;
    pack_next(in->reader, &root);
    if (root.type != PACK_MAP)
        return fault_set(in->fault, STATUS_REJECT, "not-a-map", "An article is a MessagePack map.");
    if (root.as.count > LIMIT_MAP_KEYS)
        return fault_set(in->fault, STATUS_REJECT, "too-many-keys",
                         "The map has more keys than LIMIT_MAP_KEYS (%d).", LIMIT_MAP_KEYS);
    for (size_t i = 0; i < root.as.count && status == STATUS_OK; i++)
        status = take_pair(in);
    return status == STATUS_OK ? check_whole(in) : status;
}

enum status article_decode(struct slice bytes, struct pack_reader *reader, struct article *article,
                           struct arena *arena, struct fault *fault)
{
    struct decoding in = {reader, article, arena, fault, 0};
    *article = (struct article){.version = 1, .published_ms = CLOCK_NONE};
    if (bytes.len > LIMIT_MESSAGE_BYTES)
        return fault_set(fault, STATUS_REJECT, "message-too-long",
                         "The message is longer than LIMIT_MESSAGE_BYTES (%d bytes).",
                         LIMIT_MESSAGE_BYTES);
    pack_open(reader, bytes);
    return pack_end(reader, take_article(&in), fault);
}

/* ---- encoding ---- */

static void put_key(struct buffer *out, const char *key)
{
    pack_write_string(out, slice_from(key));
}

static size_t count_keys(const struct article *article)
{
    size_t count = 1; /* the body */
    count += article->version != 1;
    count += article->author_count > 0;
    count += article->published_ms != CLOCK_NONE;
    count += article->meta || article->meta_packed.len;
    for (size_t i = 0; i < TEXT_KEYS; i++) {
        const char *at = (const char *)article + text_keys[i].offset;
        count += ((const struct slice *)(const void *)at)->data != NULL;
    }
    return count;
}

void article_encode(const struct article *article, struct buffer *out)
{
    pack_write_map(out, count_keys(article));
    if (article->version != 1) {
        put_key(out, "v");
        pack_write_uint(out, article->version);
    }
    for (size_t i = 0; i < TEXT_KEYS; i++) {
        const char *at = (const char *)article + text_keys[i].offset;
        struct slice text = *(const struct slice *)(const void *)at;
        if (!text.data)
            continue;
        put_key(out, text_keys[i].name);
        pack_write_string(out, text);
    }
    if (article->author_count > 0) {
        put_key(out, "authors");
        pack_write_array(out, article->author_count);
        for (size_t i = 0; i < article->author_count; i++)
            pack_write_string(out, article->authors[i]);
    }
    if (article->published_ms != CLOCK_NONE) {
        put_key(out, "published");
        pack_write_int(out, article->published_ms);
    }
    if (article->meta || article->meta_packed.len)
        put_key(out, "meta");
    if (article->meta)
        pack_write_object(out, article->meta);
    else
        buffer_append_slice(out, article->meta_packed);
    put_key(out, "body");
    if (article->body_is_binary)
        pack_write_binary(out, article->body);
    else
        pack_write_string(out, article->body);
}
