/* Reading MessagePack without memory: the scan that proves a message, and tokens that check
 * themselves. */
#include "proto/pack_scan.h"

#include <endian.h>
#include <string.h>

#include "proto/limits.h"

/* ---- the scan: iterative, proves every count and length against what is left ---- */

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

bool pack_is_map(struct slice bytes)
{
    const unsigned char head = bytes.len > 0 ? (unsigned char)bytes.data[0] : 0;
    return (head & 0xf0) == 0x80 || head == 0xde || head == 0xdf;
}

enum status pack_check(struct slice bytes, struct fault *fault)
{
    struct scan scan = {.bytes = (const unsigned char *)bytes.data, .len = bytes.len};
    enum status status = scan_fault(scan_object(&scan), fault);
    if (status == STATUS_OK && scan.at != bytes.len)
        return fault_set(fault, STATUS_REJECT, "trailing-bytes",
                         "There are bytes behind the end of the message.");
    return status;
}

/* ---- tokens: each is covered by the bytes that are left ---- */

void pack_open(struct pack_reader *reader, struct slice bytes)
{
    reader->message = bytes;
    reader->at = (const unsigned char *)bytes.data;
    reader->end = reader->at + bytes.len;
    reader->broken = reader->passed_over = false;
}

enum status pack_end(const struct pack_reader *reader, enum status status, struct fault *fault)
{
    struct fault found;
    bool good =
        status == STATUS_OK && !reader->broken && !reader->passed_over && reader->at == reader->end;
    if (good || status == STATUS_FATAL)
        return status;
    enum status whole = pack_check(reader->message, &found);
    if (whole == STATUS_OK)
        return status;
    if (fault)
        *fault = found;
    return whole;
}

void pack_break(struct pack_reader *reader, struct pack_token *token)
{
    reader->at = reader->end;
    reader->broken = true;
    *token = (struct pack_token){.type = PACK_NIL};
}

static size_t left_of(const struct pack_reader *reader)
{
    return (size_t)(reader->end - reader->at);
}

/* A big-endian integer of `width` bytes. */
static uint64_t take_uint(struct pack_reader *reader, size_t width)
{
    const unsigned char *at = reader->at;
    uint64_t value = 0;
    reader->at += width;
    if (width == sizeof value) {
        memcpy(&value, at, sizeof value);
        return be64toh(value);
    }
    for (size_t i = 0; i < width; i++)
        value = value << 8 | at[i];
    return value;
}

static void take_whole(struct pack_reader *reader, size_t width, struct pack_token *token)
{
    token->as.whole = take_uint(reader, width);
    token->type = token->as.whole <= INT64_MAX ? PACK_INT : PACK_UINT;
}

static void take_integer(struct pack_reader *reader, size_t width, struct pack_token *token)
{
    unsigned unused = 64 - 8 * (unsigned)width;
    token->type = PACK_INT;
    token->as.integer = (int64_t)(take_uint(reader, width) << unused) >> unused;
}

static void take_real(struct pack_reader *reader, size_t width, struct pack_token *token)
{
    uint64_t bits = take_uint(reader, width);
    token->type = PACK_REAL;
    if (width == sizeof(double)) {
        memcpy(&token->as.real, &bits, sizeof(double));
    } else {
        uint32_t half = (uint32_t)bits;
        float single;
        memcpy(&single, &half, sizeof single);
        token->as.real = (double)single;
    }
}

static void take_bytes(struct pack_reader *reader, enum pack_type type, uint64_t len,
                       struct pack_token *token)
{
    if (len > left_of(reader)) {
        pack_break(reader, token);
        return;
    }
    token->type = type;
    token->as.bytes = (struct slice){(const char *)reader->at, (size_t)len};
    reader->at += len;
}

static void take_extension(struct pack_reader *reader, uint64_t len, struct pack_token *token)
{
    if (left_of(reader) == 0) {
        pack_break(reader, token);
        return;
    }
    token->extension = (signed char)*reader->at++;
    take_bytes(reader, PACK_EXTENSION, len, token);
}

static void take_count(struct pack_reader *reader, unsigned char head, struct pack_token *token)
{
    token->type = head <= 0xdd ? PACK_ARRAY : PACK_MAP;
    uint64_t count = take_uint(reader, head & 1 ? 4 : 2);
    if (count * (token->type == PACK_MAP ? 2 : 1) > left_of(reader))
        pack_break(reader, token);
    else
        token->as.count = (size_t)count;
}

/* How wide the number is that stands behind these heads: a value, a length or a count. */
static size_t width_of(unsigned char head)
{
    static const uint8_t widths[] = {1, 2, 4, 1, 2, 4, 4, 8, 1, 2, 4, 8, 1, 2,
                                     4, 8, 0, 0, 0, 0, 0, 1, 2, 4, 2, 4, 2, 4}; /* from 0xc4 */
    return widths[head - 0xc4];
}

void pack_next_wide(struct pack_reader *reader, unsigned char head, struct pack_token *token)
{
    if (head == 0xc1 || width_of(head) > left_of(reader)) {
        pack_break(reader, token);
        return;
    }
    const size_t width = width_of(head);
    if (head >= 0xdc)
        take_count(reader, head, token);
    else if (head <= 0xc6)
        take_bytes(reader, PACK_BINARY, take_uint(reader, width), token);
    else if (head <= 0xc9)
        take_extension(reader, take_uint(reader, width), token);
    else if (head <= 0xcb)
        take_real(reader, width, token);
    else if (head <= 0xcf)
        take_whole(reader, width, token);
    else if (head <= 0xd3)
        take_integer(reader, width, token);
    else if (head <= 0xd8)
        take_extension(reader, (uint64_t)1 << (head - 0xd4), token);
    else
        take_bytes(reader, PACK_STRING, take_uint(reader, width), token);
}

static uint64_t inside(const struct pack_token *token)
{
    return token->type == PACK_ARRAY ? token->as.count
           : token->type == PACK_MAP ? (uint64_t)2 * token->as.count
                                     : 0;
}

void pack_skip_inside(struct pack_reader *reader, const struct pack_token *token)
{
    struct pack_token next;
    uint64_t left = inside(token);
    reader->passed_over = reader->passed_over || left > 0;
    for (; left > 0 && !reader->broken; left += inside(&next)) {
        pack_next(reader, &next);
        left--;
    }
}

const unsigned char *pack_place(const struct pack_reader *reader)
{
    return reader->at;
}

struct slice pack_since(const struct pack_reader *reader, const unsigned char *start)
{
    return (struct slice){(const char *)start, (size_t)(reader->at - start)};
}

double pack_token_real(const struct pack_token *token)
{
    return token->type == PACK_REAL  ? token->as.real
           : token->type == PACK_INT ? (double)token->as.integer
                                     : (double)token->as.whole;
}

/* Of 4 bytes: seconds; of 8: 30 bits of nanoseconds, 34 of seconds; of 12: 32 bits of nanoseconds,
 * signed seconds (the MessagePack specification, Timestamp extension type). */
bool pack_token_timestamp_ms(const struct pack_token *token, int64_t *ms)
{
    struct pack_reader bytes = {.at = (const unsigned char *)token->as.bytes.data};
    size_t len = token->as.bytes.len;
    uint64_t nanoseconds = 0, seconds;
    int64_t milli;
    if (token->extension != -1 || (len != 4 && len != 8 && len != 12))
        return false;
    if (len == 12)
        nanoseconds = take_uint(&bytes, 4);
    seconds = take_uint(&bytes, len == 4 ? 4 : 8);
    if (len == 8) {
        nanoseconds = seconds >> 34;
        seconds &= ((uint64_t)1 << 34) - 1;
    }
    return nanoseconds < 1000000000 &&
           !__builtin_mul_overflow((int64_t)seconds, (int64_t)1000, &milli) &&
           !__builtin_add_overflow(milli, (int64_t)(nanoseconds / 1000000), ms);
}
