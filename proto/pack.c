/* Trees and writing, on msgpack-c. What a stranger can claim is bounded before (pack_scan.c). */
#include "proto/pack.h"

#include <msgpack.h>
#include <stdlib.h>
#include <string.h>

#include "proto/pack_scan.h"

/* ---- reading ---- */

struct tree {
    msgpack_zone zone;
    msgpack_object root;
};

void pack_reader_init(struct pack_reader *reader)
{
    *reader = (struct pack_reader){.zone = NULL};
}

void pack_reader_deinit(struct pack_reader *reader)
{
    struct tree *tree = reader->zone;
    if (tree)
        msgpack_zone_destroy(&tree->zone);
    free(tree);
    reader->zone = NULL;
}

static struct tree *reader_tree(struct pack_reader *reader)
{
    struct tree *tree = reader->zone;
    if (tree) {
        msgpack_zone_clear(&tree->zone);
        return tree;
    }
    tree = calloc(1, sizeof *tree);
    if (tree && !msgpack_zone_init(&tree->zone, MSGPACK_ZONE_CHUNK_SIZE)) {
        free(tree);
        return NULL;
    }
    reader->zone = tree;
    return tree;
}

enum status pack_read(struct pack_reader *reader, struct slice bytes,
                      const struct pack_object **root, struct fault *fault)
{
    enum status status = pack_check(bytes, fault);
    if (status != STATUS_OK)
        return status;
    struct tree *tree = reader_tree(reader);
    if (!tree)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for a message");
    switch (msgpack_unpack(bytes.data, bytes.len, NULL, &tree->zone, &tree->root)) {
    case MSGPACK_UNPACK_SUCCESS:
        *root = (const struct pack_object *)&tree->root;
        return STATUS_OK;
    case MSGPACK_UNPACK_NOMEM_ERROR: /* not the depth: the scan stops before msgpack-c would */
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for a message");
    case MSGPACK_UNPACK_CONTINUE:
    case MSGPACK_UNPACK_EXTRA_BYTES:
    case MSGPACK_UNPACK_PARSE_ERROR:
        break;
    }
    return fault_set(fault, STATUS_REJECT, "not-messagepack", "The bytes are not MessagePack.");
}

static const msgpack_object *native(const struct pack_object *object)
{
    return (const msgpack_object *)object;
}

enum pack_type pack_type(const struct pack_object *object)
{
    switch (native(object)->type) {
    case MSGPACK_OBJECT_NIL:
        return PACK_NIL;
    case MSGPACK_OBJECT_BOOLEAN:
        return PACK_BOOL;
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
        return native(object)->via.u64 <= INT64_MAX ? PACK_INT : PACK_UINT;
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
        return PACK_INT;
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64:
        return PACK_REAL;
    case MSGPACK_OBJECT_STR:
        return PACK_STRING;
    case MSGPACK_OBJECT_BIN:
        return PACK_BINARY;
    case MSGPACK_OBJECT_ARRAY:
        return PACK_ARRAY;
    case MSGPACK_OBJECT_MAP:
        return PACK_MAP;
    case MSGPACK_OBJECT_EXT:
        return PACK_EXTENSION;
    }
    return PACK_NIL;
}

bool pack_bool(const struct pack_object *object)
{
    return native(object)->via.boolean;
}

int64_t pack_int(const struct pack_object *object)
{
    return native(object)->via.i64;
}

uint64_t pack_uint(const struct pack_object *object)
{
    return native(object)->via.u64;
}

double pack_real(const struct pack_object *object)
{
    switch (pack_type(object)) {
    case PACK_INT:
        return (double)pack_int(object);
    case PACK_UINT:
        return (double)pack_uint(object);
    default:
        return native(object)->via.f64;
    }
}

struct slice pack_bytes(const struct pack_object *object)
{
    const msgpack_object *from = native(object);
    if (from->type == MSGPACK_OBJECT_BIN)
        return (struct slice){from->via.bin.ptr, from->via.bin.size};
    if (from->type == MSGPACK_OBJECT_EXT)
        return (struct slice){from->via.ext.ptr, from->via.ext.size};
    return (struct slice){from->via.str.ptr, from->via.str.size};
}

int pack_extension_type(const struct pack_object *object)
{
    return native(object)->via.ext.type;
}

size_t pack_count(const struct pack_object *object)
{
    const msgpack_object *from = native(object);
    return from->type == MSGPACK_OBJECT_MAP ? from->via.map.size : from->via.array.size;
}

const struct pack_object *pack_element(const struct pack_object *array, size_t index)
{
    return (const struct pack_object *)&native(array)->via.array.ptr[index];
}

const struct pack_object *pack_key(const struct pack_object *map, size_t index)
{
    return (const struct pack_object *)&native(map)->via.map.ptr[index].key;
}

const struct pack_object *pack_value(const struct pack_object *map, size_t index)
{
    return (const struct pack_object *)&native(map)->via.map.ptr[index].val;
}

const struct pack_object *pack_find(const struct pack_object *map, const char *key)
{
    const struct pack_object *found = NULL;
    for (size_t i = 0; i < pack_count(map); i++) {
        const struct pack_object *name = pack_key(map, i);
        if (pack_type(name) == PACK_STRING && slice_is(pack_bytes(name), key))
            found = pack_value(map, i);
    }
    return found;
}

/* ---- writing ---- */

static int append(void *data, const char *bytes, size_t len)
{
    buffer_append(data, bytes, len);
    return 0; /* the buffer's error is sticky and checked once, at the end */
}

static msgpack_packer packer_on(struct buffer *out)
{
    msgpack_packer packer;
    msgpack_packer_init(&packer, out, append);
    return packer;
}

void pack_write_nil(struct buffer *out)
{
    msgpack_packer packer = packer_on(out);
    (void)msgpack_pack_nil(&packer);
}

void pack_write_bool(struct buffer *out, bool value)
{
    msgpack_packer packer = packer_on(out);
    (void)(value ? msgpack_pack_true(&packer) : msgpack_pack_false(&packer));
}

void pack_write_int(struct buffer *out, int64_t value)
{
    msgpack_packer packer = packer_on(out);
    (void)msgpack_pack_int64(&packer, value);
}

void pack_write_uint(struct buffer *out, uint64_t value)
{
    msgpack_packer packer = packer_on(out);
    (void)msgpack_pack_uint64(&packer, value);
}

void pack_write_real(struct buffer *out, double value)
{
    msgpack_packer packer = packer_on(out);
    (void)msgpack_pack_double(&packer, value);
}

#define FIXSTR_MAX 31 /* such a string has its length in its first byte, 0xa0 and on */

void pack_write_string(struct buffer *out, struct slice text)
{
    if (text.len <= FIXSTR_MAX) { /* keys, mostly: in one go */
        char *to = buffer_extend(out, 1 + text.len);
        if (to) {
            *to = (char)(0xa0 | text.len);
            if (text.len > 0)
                memcpy(to + 1, text.data, text.len);
        }
        return;
    }
    msgpack_packer packer = packer_on(out);
    (void)msgpack_pack_str(&packer, text.len);
    buffer_append_slice(out, text);
}

void pack_write_binary(struct buffer *out, struct slice bytes)
{
    msgpack_packer packer = packer_on(out);
    (void)msgpack_pack_bin(&packer, bytes.len);
    buffer_append_slice(out, bytes);
}

void pack_write_array(struct buffer *out, size_t count)
{
    msgpack_packer packer = packer_on(out);
    (void)msgpack_pack_array(&packer, count);
}

void pack_write_map(struct buffer *out, size_t count)
{
    msgpack_packer packer = packer_on(out);
    (void)msgpack_pack_map(&packer, count);
}

void pack_write_object(struct buffer *out, const struct pack_object *object)
{
    msgpack_packer packer = packer_on(out);
    (void)msgpack_pack_object(&packer, *native(object));
}
