/* JSON Lines: one object a line; empty lines are passed over. A bad line costs one line. */
#include "proto/limits.h"
#include "worker/sources/reader.h"
#include "worker/sources/readers/json_scan.h"

static enum reader_match matches(const char *path, struct slice head)
{
    static const char *const suffixes[] = {".jsonl", ".ndjson", ".jl", NULL};
    if (reader_has_suffix(path, suffixes))
        return READER_BY_NAME;
    struct slice text = reader_beginning(head);
    if (text.len == 0 || text.data[0] != '{')
        return READER_NO;
    /* An object that goes over several lines is a JSON file; so are two of them on one line. */
    struct json_scan scan = {.depth = 0};
    size_t end = json_scan(&scan, text);
    const char *feed = memchr(text.data, '\n', text.len);
    if (!scan.complete)
        return feed ? READER_NO : READER_BY_BYTES;
    struct slice rest = slice_sub(text, end, feed ? (size_t)(feed - text.data) : text.len);
    return feed && feed < text.data + end ? READER_NO
           : slice_trim(rest).len == 0    ? READER_BY_BYTES
                                          : READER_NO;
}

static enum status next(struct reader_state *state, struct reading *reading)
{
    struct slice line;
    bool too_long;
    while (input_line(state->input, LIMIT_MESSAGE_BYTES, &line, &too_long)) {
        reading->line = ++state->line;
        reading->byte = state->begins;
        state->begins = state->input->read_bytes - input_window(state->input).len;
        if (too_long)
            return fault_set(&reading->fault, STATUS_REJECT, "message-too-long",
                             "The line is longer than LIMIT_MESSAGE_BYTES (%d bytes).",
                             LIMIT_MESSAGE_BYTES);
        reading->byte += line.len;
        line = reader_beginning(line);
        reading->byte -= line.len;
        if (line.len && state->passing)
            return STATUS_OK;
        if (line.len)
            return reader_from_json(line, state->out, reading);
    }
    return STATUS_RETRY;
}

const struct reader reader_json_lines = {"JSON Lines", matches, next, NULL};
