/* MessagePack behind one door: the only file that includes <msgpack.h> is pack.c.
 *
 * Nothing is believed: nesting stays within LIMIT_DEPTH, and every claimed count and length is
 * covered by the bytes that are left (stock msgpack-c allocates 2 GiB for a 5-byte message
 * otherwise). There are two ways to read. Who knows what comes takes one token after another
 * (pack_open, pack_next, pack_end), which needs no memory. What is free-form (an article's `meta`)
 * is scanned, then unpacked by msgpack-c (pack_read), and the accessors walk its tree, which lives
 * in the reader. Strings and binaries point into the message either way.
 *
 * Writing packs into a buffer, whose sticky error tells of a lack of memory. */
#ifndef NEWSMILL_PROTO_PACK_H
#define NEWSMILL_PROTO_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/slice.h"
#include "common/status.h"

enum pack_type {
    PACK_NIL,
    PACK_BOOL,
    PACK_INT,  /* fits int64_t */
    PACK_UINT, /* above INT64_MAX */
    PACK_REAL,
    PACK_STRING, /* str: bytes, not yet known to be UTF-8 */
    PACK_BINARY,
    PACK_ARRAY,
    PACK_MAP,
    PACK_EXTENSION
};

struct pack_object; /* a msgpack_object inside a reader */

struct pack_reader {
    void *zone;                    /* msgpack-c's memory for the tree */
    const unsigned char *at, *end; /* of the tokens */
    struct slice message;          /* that they are of */
    bool broken;                   /* no token could be taken where there should be one */
    bool passed_over;              /* something nested was: its depth is not known */
};
void pack_reader_init(struct pack_reader *reader);
void pack_reader_deinit(struct pack_reader *reader);

/* Stands before the one object that should fill `bytes`. */
void pack_open(struct pack_reader *reader, struct slice bytes);
/* The last word on a message whose tokens were taken: `status` when exactly one object fills it,
 * else REJECT as pack_read(), whatever was found wrong before. */
enum status pack_end(const struct pack_reader *reader, enum status status,
                     struct fault *fault) MUST_CHECK;
/* One value, or the beginning of one whose elements follow as tokens of their own. */
struct pack_token {
    enum pack_type type;
    union {
        bool boolean;
        int64_t integer; /* INT */
        uint64_t whole;  /* INT that is not negative, UINT */
        double real;
        struct slice bytes; /* STRING, BINARY, EXTENSION (behind its type) */
        size_t count;       /* elements of an ARRAY, pairs of a MAP */
    } as;
    int extension;
};
/* Takes the next token; NIL where there is none, and then to the end. What begins and ends in few
 * bytes is taken here, because most tokens do; the heads are those of the MessagePack
 * specification. */
void pack_next_wide(struct pack_reader *reader, unsigned char head, struct pack_token *token);
void pack_break(struct pack_reader *reader, struct pack_token *token);
static inline void pack_next(struct pack_reader *reader, struct pack_token *token)
{
    const size_t left = (size_t)(reader->end - reader->at);
    const unsigned char head = left == 0 ? 0xc1 : *reader->at++;
    if (head <= 0x7f || head >= 0xe0) {
        token->type = PACK_INT;
        token->as.integer = (signed char)head;
    } else if (head <= 0x9f) {
        token->type = head <= 0x8f ? PACK_MAP : PACK_ARRAY;
        token->as.count = head & 0x0f;
        if (token->as.count >= left)
            pack_break(reader, token);
    } else if (head <= 0xbf) {
        const size_t len = head & 0x1f;
        token->type = PACK_STRING;
        token->as.bytes = (struct slice){(const char *)reader->at, len};
        if (len >= left)
            pack_break(reader, token);
        else
            reader->at += len;
    } else if (head <= 0xc3 && head != 0xc1) {
        token->type = head == 0xc0 ? PACK_NIL : PACK_BOOL;
        token->as.boolean = head == 0xc3;
    } else {
        pack_next_wide(reader, head, token);
    }
}
static inline bool pack_broken(const struct pack_reader *reader)
{
    return reader->broken;
}
/* Passes over what is inside the token just taken. */
void pack_skip_inside(struct pack_reader *reader, const struct pack_token *token);
static inline void pack_skip(struct pack_reader *reader, const struct pack_token *token)
{
    if (token->type == PACK_ARRAY || token->type == PACK_MAP)
        pack_skip_inside(reader, token);
}
/* The bytes from `start`, an earlier pack_place(), to where the reader stands. */
const unsigned char *pack_place(const struct pack_reader *reader);
struct slice pack_since(const struct pack_reader *reader, const unsigned char *start);
/* The number as a double. */
double pack_token_real(const struct pack_token *token); /* of REAL, INT and UINT */
/* MessagePack's timestamp extension (-1) in milliseconds since 1970; false when it is not one. */
bool pack_token_timestamp_ms(const struct pack_token *token, int64_t *ms);

/* Checks and unpacks exactly one object that fills `bytes`; the tokens stay where they are. The
 * tree replaces the one read before. REJECT with a code: "not-messagepack", "truncated",
 * "trailing-bytes", "nesting-too-deep", "count-exceeds-bytes". FATAL without memory. */
enum status pack_read(struct pack_reader *reader, struct slice bytes,
                      const struct pack_object **root, struct fault *fault) MUST_CHECK;

/* How long the first object in `bytes` is, for files of concatenated messages; the same checks.
 * RETRY when `bytes` ends inside it. */
enum status pack_measure(struct slice bytes, size_t *len, struct fault *fault) MUST_CHECK;

/* Whether the first object in `bytes` is a map; nothing else is looked at. */
bool pack_is_map(struct slice bytes);

enum pack_type pack_type(const struct pack_object *object);
bool pack_bool(const struct pack_object *object);
int64_t pack_int(const struct pack_object *object);
uint64_t pack_uint(const struct pack_object *object);
double pack_real(const struct pack_object *object);        /* of REAL, INT and UINT */
struct slice pack_bytes(const struct pack_object *object); /* of STRING, BINARY, EXTENSION */
int pack_extension_type(const struct pack_object *object);
size_t pack_count(const struct pack_object *object); /* elements or pairs */
const struct pack_object *pack_element(const struct pack_object *array, size_t index);
const struct pack_object *pack_key(const struct pack_object *map, size_t index);
const struct pack_object *pack_value(const struct pack_object *map, size_t index);
/* The value of the last pair whose key is this string; NULL when absent. */
const struct pack_object *pack_find(const struct pack_object *map, const char *key);

void pack_write_nil(struct buffer *out);
void pack_write_bool(struct buffer *out, bool value);
void pack_write_int(struct buffer *out, int64_t value);
void pack_write_uint(struct buffer *out, uint64_t value);
void pack_write_real(struct buffer *out, double value);
void pack_write_string(struct buffer *out, struct slice text);
void pack_write_binary(struct buffer *out, struct slice bytes);
void pack_write_array(struct buffer *out, size_t count);
void pack_write_map(struct buffer *out, size_t count);
/* Writes a whole object again, as it was read. */
void pack_write_object(struct buffer *out, const struct pack_object *object);

#endif
