/* Tables that say how a struct looks on the wire and in JSON, and the three functions that follow
 * them: pack, unpack, JSON. One table a struct; a new fact is a new table, not new code.
 *
 * A key that is absent or nil leaves the field as "absent" (NULL slice, NaN, CLOCK_NONE,
 * FIELD_NONE, empty list); absent facts are written as nil, null or an empty list, never left out.
 * Unknown keys are ignored. Strings are checked to be clean UTF-8. */
#ifndef NEWSMILL_PROTO_FIELDS_H
#define NEWSMILL_PROTO_FIELDS_H

#include <jansson.h>
#include <stddef.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/slice.h"
#include "common/status.h"
#include "proto/pack.h"

enum field_type {
    FIELD_STRING, /* struct slice; NULL data is null */
    FIELD_BINARY, /* struct slice; base64 in JSON */
    FIELD_COUNT,  /* uint32_t */
    FIELD_INDEX,  /* int64_t; FIELD_NONE is null */
    FIELD_REAL,   /* double; NaN is null */
    FIELD_BOOL,   /* bool */
    FIELD_TIME,   /* int64_t ms since 1970; CLOCK_NONE is null; RFC 3339 in JSON */
    FIELD_ZONED,  /* the same, and behind it an int32_t: minutes its zone is ahead of UTC, which the
                   * JSON is written in; [ms, minutes] on the wire unless 0 */
    FIELD_UUID,   /* struct uuid; 16 bytes on the wire, text in JSON */
    FIELD_NUMBER, /* uint64_t */
    FIELD_HEX64,  /* uint64_t; 16 hex digits in JSON */
    FIELD_STRINGS, /* struct field_list of struct slice */
    FIELD_LIST,    /* struct field_list of structs described by `table` */
    FIELD_STRUCT,  /* an embedded struct described by `table` */
    FIELD_OPTIONAL /* a pointer to a struct described by `table`; NULL is null */
};

#define FIELD_NONE INT64_MIN

/* `items` points at `count` elements in an arena (or static storage). */
struct field_list {
    void *items;
    size_t count;
};

struct field_table;
/* Begins the row of a field: its key and how long that is. */
#define FIELD_KEY(text) (text), sizeof(text) - 1
struct field {
    const char *key;
    size_t key_len;
    enum field_type type;
    size_t offset;
    const struct field_table *table; /* of LIST, STRUCT, OPTIONAL */
    bool wire_only;                  /* not part of the JSON the contract describes */
};
struct field_table {
    const char *name; /* for error messages */
    size_t size;      /* of the struct */
    size_t count;     /* 64 at most */
    const struct field *fields;
};

/* The element `index` of a list whose elements are of type `type`. */
#define field_at(list, type, index) (&((type *)(list).items)[index])

/* `record` points at a struct that `table` describes. */
void fields_pack(const struct field_table *table, const void *record, struct buffer *out);
/* Of `bytes`, which one map fills. REJECT as pack_read(), and "wrong-type", which names the key;
 * FATAL at the arena's limit. Strings point into `bytes`. */
enum status fields_unpack(const struct field_table *table, struct slice bytes,
                          struct pack_reader *reader, void *record, struct arena *arena,
                          struct fault *fault) MUST_CHECK;
/* A new reference, or NULL without memory. */
json_t *fields_to_json(const struct field_table *table, const void *record);
/* Sets every field to "absent". */
void fields_init(const struct field_table *table, void *record);

#endif
