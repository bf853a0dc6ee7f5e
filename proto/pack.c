/* MessagePack on msgpack-c, behind a scan that bounds what a stranger can claim. */
#include "proto/pack.h"

#include <msgpack.h>
#include <stdlib.h>

#include "proto/limits.h"

/* ---- the scan: no allocation, iterative, proves every count and length against what is left ----
 */

enum scan_verdict { SCAN_OK, SCAN_TRUNCATED, SCAN_COUNT, SCAN_DEEP, SCAN_INVALID };

struct scan {
    const unsigned char *bytes;
    size_t len, at;
    uint64_t pending[LIMIT_DEPTH]; /* objects still to come at each level */
    size_t depth;
};

/* Reads a big-endian integer of `width` bytes. */
static bool scan_uint(struct scan *scan, size_t width, uint64_t *value)
{
    if (scan->len - scan->at < width)
        return false;
    *value = 0;
    for (size_t i = 0; i < width; i++)
        *value = *value << 8 | scan->bytes[scan->at++];
    return true;
}

static enum scan_verdict scan_skip(struct scan *scan, uint64_t len)
{
    if (len > scan->len - scan->at)
        return SCAN_TRUNCATED;
    scan->at += (size_t)len;
    return SCAN_OK;
}

static enum scan_verdict scan_skip_sized(struct scan *scan, size_t width, uint64_t extra)
{
    uint64_t len;
    if (!scan_uint(scan, width, &len))
        return SCAN_TRUNCATED;
    return scan_skip(scan, len + extra);
}

/* Opens a container of `count` objects; each takes at least one byte. */
static enum scan_verdict scan_open(struct scan *scan, uint64_t count)
{
    if (count > scan->len - scan->at)
        return SCAN_COUNT;
    if (count == 0)
        return SCAN_OK;
    if (scan->depth == LIMIT_DEPTH)
        return SCAN_DEEP;
    scan->pending[scan->depth++] = count;
    return SCAN_OK;
}

static enum scan_verdict scan_open_sized(struct scan *scan, size_t width, uint64_t per_item)
{
    uint64_t count;
    if (!scan_uint(scan, width, &count))
        return SCAN_TRUNCATED;
    return scan_open(scan, count * per_item);
}

/* One head byte and the scalar behind it, or the opening of a container. */
static enum scan_verdict scan_head(struct scan *scan, unsigned char head)
{
    if (head <= 0x7f || head >= 0xe0)
        return SCAN_OK;
    if (head <= 0x8f)
        return scan_open(scan, (uint64_t)(head & 0x0f) * 2);
    if (head <= 0x9f)
        return scan_open(scan, head & 0x0f);
    if (head <= 0xbf)
        return scan_skip(scan, head & 0x1f);
    switch (head) {
    case 0xc0: /* nil, false, true */
    case 0xc2:
    case 0xc3:
        return SCAN_OK;
    case 0xc4: /* bin 8, 16, 32 */
    case 0xc5:
    case 0xc6:
        return scan_skip_sized(scan, (size_t)1 << (head - 0xc4), 0);
    case 0xc7: /* ext 8, 16, 32: one type byte more */
    case 0xc8:
    case 0xc9:
        return scan_skip_sized(scan, (size_t)1 << (head - 0xc7), 1);
    case 0xca:
        return scan_skip(scan, 4);
    case 0xcb:
        return scan_skip(scan, 8);
    case 0xcc: /* uint 8 to 64 */
    case 0xcd:
    case 0xce:
    case 0xcf:
        return scan_skip(scan, (uint64_t)1 << (head - 0xcc));
    case 0xd0: /* int 8 to 64 */
    case 0xd1:
    case 0xd2:
    case 0xd3:
        return scan_skip(scan, (uint64_t)1 << (head - 0xd0));
    case 0xd4: /* fixext 1 to 16: one type byte more */
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8:
        return scan_skip(scan, ((uint64_t)1 << (head - 0xd4)) + 1);
    case 0xd9: /* str 8, 16, 32 */
    case 0xda:
    case 0xdb:
        return scan_skip_sized(scan, (size_t)1 << (head - 0xd9), 0);
    case 0xdc: /* array 16, 32 */
    case 0xdd:
        return scan_open_sized(scan, (size_t)2 << (head - 0xdc), 1);
    case 0xde: /* map 16, 32 */
    case 0xdf:
        return scan_open_sized(scan, (size_t)2 << (head - 0xde), 2);
    default: /* 0xc1 is never used */
        return SCAN_INVALID;
    }
}

/* Walks one object from the start; `scan->at` ends behind it. */
static enum scan_verdict scan_object(struct scan *scan)
{
    do {
        if (scan->at == scan->len)
            return SCAN_TRUNCATED;
        size_t depth = scan->depth;
        enum scan_verdict verdict = scan_head(scan, scan->bytes[scan->at++]);
        if (verdict != SCAN_OK)
            return verdict;
        if (scan->depth > depth)
            continue; /* the container's first object comes next */
        while (scan->depth > 0 && --scan->pending[scan->depth - 1] == 0)
            scan->depth--;
    } while (scan->depth > 0);
    return SCAN_OK;
}

static enum status scan_fault(enum scan_verdict verdict, struct fault *fault)
{
    switch (verdict) {
    case SCAN_OK:
        return STATUS_OK;
    case SCAN_TRUNCATED:
        return fault_set(fault, STATUS_REJECT, "truncated", "The message ends inside a value.");
    case SCAN_COUNT:
        return fault_set(fault, STATUS_REJECT, "count-exceeds-bytes",
                         "The message claims more elements than it has bytes left.");
    case SCAN_DEEP:
        return fault_set(fault, STATUS_REJECT, "nesting-too-deep",
                         "Values are nested deeper than LIMIT_DEPTH (%d).", LIMIT_DEPTH);
    case SCAN_INVALID:
        break;
    }
    return fault_set(fault, STATUS_REJECT, "not-messagepack", "The bytes are not MessagePack.");
}

enum status pack_measure(struct slice bytes, size_t *len, struct fault *fault)
{
    struct scan scan = {.bytes = (const unsigned char *)bytes.data, .len = bytes.len};
    enum scan_verdict verdict = scan_object(&scan);
    /* Both look like a claim beyond the end; more bytes may come. */
    if (verdict == SCAN_TRUNCATED || verdict == SCAN_COUNT) {
        (void)scan_fault(verdict, fault);
        return STATUS_RETRY;
    }
    *len = scan.at;
    return scan_fault(verdict, fault);
}

/* ---- reading ---- */

struct tree {
    msgpack_zone zone;
    msgpack_object root;
};

void pack_reader_init(struct pack_reader *reader)
{
    *reader = (struct pack_reader){NULL, 0};
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
    struct scan scan = {.bytes = (const unsigned char *)bytes.data, .len = bytes.len};
    enum status status = scan_fault(scan_object(&scan), fault);
    if (status != STATUS_OK)
        return status;
    if (scan.at != bytes.len)
        return fault_set(fault, STATUS_REJECT, "trailing-bytes",
                         "There are bytes behind the end of the message.");
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

bool pack_timestamp_ms(const struct pack_object *object, int64_t *ms)
{
    msgpack_timestamp stamp;
    if (!msgpack_object_to_timestamp(native(object), &stamp))
        return false;
    int64_t milli;
    if (__builtin_mul_overflow(stamp.tv_sec, (int64_t)1000, &milli) ||
        __builtin_add_overflow(milli, (int64_t)(stamp.tv_nsec / 1000000), ms))
        return false;
    return stamp.tv_nsec < 1000000000;
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

void pack_write_string(struct buffer *out, struct slice text)
{
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
