/* MessagePack: maps behind one another. After bytes that are not MessagePack nothing can be found
 * again, so the rest of that file is given up. */
#include "proto/limits.h"
#include "proto/pack.h"
#include "worker/sources/reader.h"

/* A map with at least one pair whose first key is a string: no text begins like that. */
static bool begins_with_map(struct slice head)
{
    if (head.len < 4)
        return false;
    const unsigned char *b = (const unsigned char *)head.data;
    size_t at = b[0] > 0x80 && b[0] <= 0x8f ? 1 : b[0] == 0xde ? 3 : b[0] == 0xdf ? 5 : 0;
    return at && at < head.len &&
           ((b[at] >= 0xa0 && b[at] <= 0xbf) || (b[at] >= 0xd9 && b[at] <= 0xdb));
}

static enum reader_match matches(const char *path, struct slice head)
{
    static const char *const suffixes[] = {".msgpack", ".mpack", ".mp", NULL};
    if (reader_has_suffix(path, suffixes))
        return READER_BY_NAME;
    return begins_with_map(head) ? READER_BY_BYTES : READER_NO;
}

/* The length of the message at the window's start. RETRY: the input ends before it. */
static enum status measure(struct input *input, size_t *len, struct fault *fault)
{
    for (;;) {
        size_t before = input_window(input).len;
        struct fault found;
        enum status status = before ? pack_measure(input_window(input), len, &found) : STATUS_RETRY;
        if (status == STATUS_REJECT)
            *fault = found; /* of a message that only goes on behind the window nothing is said */
        if (status != STATUS_RETRY)
            return status;
        /* At least twice as much before looking again, or a long message is looked at too often. */
        while (input_window(input).len < before * 2 + 1)
            if (!input_fill(input, (size_t)LIMIT_MESSAGE_BYTES + 1))
                break;
        if (input_window(input).len > before)
            continue;
        if (before == 0 || input->ended)
            return STATUS_RETRY;
        return fault_set(fault, STATUS_REJECT, "message-too-long",
                         "The message is longer than LIMIT_MESSAGE_BYTES (%d bytes).",
                         LIMIT_MESSAGE_BYTES);
    }
}

static enum status next(struct reader_state *state, struct reading *reading)
{
    size_t len = 0;
    enum status status = measure(state->input, &len, &reading->fault);
    if (status == STATUS_RETRY && input_window(state->input).len == 0)
        return STATUS_RETRY;
    reading->line = ++state->line;
    if (status == STATUS_RETRY) {
        state->done = true;
        return fault_set(&reading->fault, STATUS_REJECT, "truncated",
                         "The file ends inside a message.");
    }
    if (status != STATUS_OK) {
        state->done = true;
        return status;
    }
    buffer_append_slice(state->out, slice_sub(input_window(state->input), 0, len));
    input_consume(state->input, len);
    return STATUS_OK;
}

const struct reader reader_messagepack = {"MessagePack", matches, next, NULL};
