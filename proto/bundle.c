/* The array around articles that travel together. Its heads are those of the MessagePack
 * specification. */
#include "proto/bundle.h"

#include "proto/pack.h"
#include "proto/pack_scan.h"

#define HEAD_FIX 0x90 /* and the count, below 16 */
#define HEAD_16  0xdc /* two bytes of count behind it */
#define HEAD_32  0xdd /* four */

static unsigned char byte_at(struct slice bytes, size_t index)
{
    return index < bytes.len ? (unsigned char)bytes.data[index] : 0;
}

bool bundle_is(struct slice message)
{
    const unsigned char head = byte_at(message, 0);
    return (head & 0xf0) == HEAD_FIX || head == HEAD_16 || head == HEAD_32;
}

/* How many maps there are to be, and where they begin. Of a head that is cut off 0, or more than
 * there may be: the byte that decides is the last. */
static size_t read_head(struct slice message, size_t *at)
{
    const unsigned char head = byte_at(message, 0);
    const size_t width = head == HEAD_16 ? 2 : head == HEAD_32 ? 4 : 0;
    size_t count = width == 0 ? head & 0x0f : 0;
    for (*at = 1; *at <= width; ++*at)
        count = count << 8 | byte_at(message, *at);
    return count;
}

/* What is not even one MessagePack value is refused as such, as alone. */
static enum status refuse(struct slice message, struct fault *fault, const struct fault *why)
{
    if (pack_check(message, fault) != STATUS_OK)
        return STATUS_REJECT;
    return fault_set(fault, STATUS_REJECT, why->code, "%s", why->message);
}

static const struct fault no_maps = {
    .code = "not-a-map", .message = "An article is a map; several are an array of maps."};

enum status bundle_split(struct slice message, struct bundle *bundle, struct fault *fault)
{
    struct fault why;
    size_t at, len;
    const size_t count = read_head(message, &at);
    bundle->count = 0;
    if (message.len > LIMIT_MESSAGE_BYTES)
        return fault_set(fault, STATUS_REJECT, "message-too-long",
                         "The articles together are longer than LIMIT_MESSAGE_BYTES (%d bytes).",
                         LIMIT_MESSAGE_BYTES);
    if (count == 0)
        return refuse(message, fault, &no_maps);
    if (count > LIMIT_BUNDLE_ARTICLES) {
        (void)fault_set(&why, STATUS_REJECT, "too-many-articles",
                        "The message has more than LIMIT_BUNDLE_ARTICLES (%d) articles.",
                        LIMIT_BUNDLE_ARTICLES);
        return refuse(message, fault, &why);
    }
    for (; bundle->count < count; at += len) {
        struct slice left = slice_sub(message, at, message.len);
        if (left.len > 0 && !pack_is_map(left))
            return refuse(message, fault, &no_maps);
        if (pack_measure(left, &len, fault) != STATUS_OK)
            return STATUS_REJECT; /* no more bytes come */
        bundle->maps[bundle->count++] = slice_sub(left, 0, len);
    }
    if (at < message.len)
        return fault_set(fault, STATUS_REJECT, "trailing-bytes",
                         "There are bytes behind the last article.");
    return STATUS_OK;
}

void bundle_head(size_t count, char out[BUNDLE_HEAD_BYTES])
{
    out[0] = (char)HEAD_16;
    out[1] = (char)(count >> 8);
    out[2] = (char)count;
}
