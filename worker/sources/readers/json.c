/* JSON: one object, an array of objects, or several of either behind one another. Values are cut
 * out one by one, so that an array of any length is read in constant memory. */
#include "proto/limits.h"
#include "worker/sources/reader.h"
#include "worker/sources/readers/json_scan.h"

static enum reader_match matches(const char *path, struct slice head)
{
    static const char *const suffixes[] = {".json", NULL};
    if (reader_has_suffix(path, suffixes))
        return READER_BY_NAME;
    struct slice text = reader_beginning(head);
    return text.len && (text.data[0] == '{' || text.data[0] == '[') ? READER_BY_BYTES : READER_NO;
}

/* Passes over white space, commas and the outermost array's brackets; false at the end. */
static bool find_value(struct reader_state *state)
{
    struct input *input = state->input;
    for (;;) {
        struct slice window = input_window(input);
        if (window.len == 0) {
            if (!input_fill(input, LIMIT_MESSAGE_BYTES))
                return false;
            if (state->line == 0 &&
                slice_starts_with(input_window(input), SLICE_LITERAL("\xef\xbb\xbf")))
                input_consume(input, 3);
            continue;
        }
        if (state->line == 0)
            state->line = 1;
        char c = window.data[0];
        if (c == '[' && !state->in_array)
            state->in_array = true;
        else if (c == ']' && state->in_array)
            state->in_array = false;
        else if (!strchr(", \t\r\n", c) || c == '\0')
            return true;
        state->line += c == '\n';
        input_consume(input, 1);
    }
}

/* Scans to the value's end. What is too long is consumed on the way, not kept. */
static bool cut(struct reader_state *state, struct json_scan *scan)
{
    bool too_long = false;
    for (;;) {
        size_t scanned = json_scan(scan, input_window(state->input));
        if (scan->complete)
            return !too_long;
        if (scanned > LIMIT_MESSAGE_BYTES) {
            too_long = true;
            input_consume(state->input, scanned);
            scan->at = 0;
        }
        if (!input_fill(state->input, (size_t)LIMIT_MESSAGE_BYTES + 2))
            return !too_long;
    }
}

static enum status next(struct reader_state *state, struct reading *reading)
{
    struct json_scan scan = {.depth = 0};
    if (!find_value(state))
        return STATUS_RETRY;
    reading->line = state->line;
    reading->byte = state->input->read_bytes - input_window(state->input).len;
    bool fits = cut(state, &scan);
    struct slice value = slice_sub(input_window(state->input), 0, scan.at);
    state->line += scan.lines;
    enum status status = fits && value.len <= LIMIT_MESSAGE_BYTES
                             ? reader_from_json(value, state->out, reading)
                             : fault_set(&reading->fault, STATUS_REJECT, "message-too-long",
                                         "The value is longer than LIMIT_MESSAGE_BYTES (%d bytes).",
                                         LIMIT_MESSAGE_BYTES);
    input_consume(state->input, scan.at);
    return status;
}

const struct reader reader_json = {"JSON", matches, next, NULL};
