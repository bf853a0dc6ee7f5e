/* The array around articles that travel together. Its heads are those of the MessagePack
 * specification. */
#include "proto/bundle.h"

#include "proto/pack.h"

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

static enum status not_maps(struct fault *fault)
{
    return fault_set(fault, STATUS_REJECT, "not-a-map",
                     "An article is a map; several are an array of maps.");
}

static enum status next_map(struct slice left, struct slice *map, struct fault *fault)
{
    size_t len;
    if (left.len > 0 && !pack_is_map(left))
        return not_maps(fault);
    if (pack_measure(left, &len, fault) != STATUS_OK)
        return STATUS_REJECT; /* no more bytes come */
    *map = slice_sub(left, 0, len);
    return STATUS_OK;
}

enum status bundle_split(struct slice message, struct bundle *bundle, struct fault *fault)
{
    size_t at;
    const size_t count = read_head(message, &at);
    bundle->count = 0;
    if (count == 0)
        return not_maps(fault);
    if (count > LIMIT_BUNDLE_ARTICLES)
        return fault_set(fault, STATUS_REJECT, "too-many-articles",
                         "The message has more than LIMIT_BUNDLE_ARTICLES (%d) articles.",
                         LIMIT_BUNDLE_ARTICLES);
    if (message.len > LIMIT_MESSAGE_BYTES)
        return fault_set(fault, STATUS_REJECT, "message-too-long",
                         "The articles together are longer than LIMIT_MESSAGE_BYTES (%d bytes).",
                         LIMIT_MESSAGE_BYTES);
    for (; bundle->count < count; at += bundle->maps[bundle->count++].len) {
        enum status status =
            next_map(slice_sub(message, at, message.len), &bundle->maps[bundle->count], fault);
        if (status != STATUS_OK)
            return status;
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
