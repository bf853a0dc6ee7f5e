/* WARC files (ISO 28500), as crawls publish them: each response that is a page is an article, each
 * resource that is a page or text, and each conversion to text (WET). Everything else, requests,
 * metadata, pictures, errors, redirects, revisits, is passed over and counted. */
#include "common/clock.h"
#include "common/utf8.h"
#include "proto/article.h"
#include "proto/limits.h"
#include "worker/sources/http_message.h"
#include "worker/sources/page_url.h"
#include "worker/sources/reader.h"

#define HEAD_BYTES ((size_t)64 * 1024) /* of one record */

/* One record: its headers lie in the window, in front of its block. */
struct record {
    size_t head; /* bytes of the headers, with the empty line */
    uint64_t length;
    struct slice type, uri, id, date, content_type;
};

static enum reader_match matches(const char *path, struct slice head)
{
    static const char *const suffixes[] = {".warc", ".wet", NULL};
    if (reader_has_suffix(path, suffixes))
        return READER_BY_NAME;
    return slice_starts_with(head, SLICE_LITERAL("WARC/")) ? READER_BY_BYTES : READER_NO;
}

/* ---- finding records ---- */

/* Passes over the line breaks between records; false at the end. */
static bool skip_breaks(struct input *input)
{
    for (;;) {
        struct slice window = input_window(input);
        size_t at = 0;
        while (at < window.len && (window.data[at] == '\r' || window.data[at] == '\n'))
            at++;
        input_consume(input, at);
        if (at < window.len)
            return true;
        if (!input_fill(input, HEAD_BYTES))
            return false;
    }
}

/* Goes to the next line that begins like a record; false at the end. */
static bool resynchronise(struct input *input)
{
    struct slice line;
    bool too_long;
    while (input_line(input, HEAD_BYTES, &line, &too_long)) {
        if (!input_need(input, 5))
            return false;
        if (slice_starts_with(input_window(input), SLICE_LITERAL("WARC/")))
            return true;
    }
    return false;
}

/* The headers' length once they are whole; 0 when they are too long or end too early. */
static size_t head_bytes(struct input *input)
{
    size_t head;
    while ((head = http_head_bytes(input_window(input))) == 0)
        if (!input_fill(input, HEAD_BYTES))
            return 0;
    return head;
}

static bool parse_length(struct slice text, uint64_t *length)
{
    *length = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || *length > UINT64_MAX / 16)
            return false;
        *length = *length * 10 + (uint64_t)(text.data[i] - '0');
    }
    return text.len > 0;
}

static struct slice without_brackets(struct slice text)
{
    return text.len > 1 && text.data[0] == '<' && text.data[text.len - 1] == '>'
               ? slice_sub(text, 1, text.len - 1)
               : text;
}

static bool parse_record(struct slice window, size_t head, struct record *record)
{
    struct slice lines = slice_sub(window, 0, head);
    *record = (struct record){.head = head,
                              .type = http_field(lines, "WARC-Type"),
                              .uri = without_brackets(http_field(lines, "WARC-Target-URI")),
                              .id = without_brackets(http_field(lines, "WARC-Record-ID")),
                              .date = http_field(lines, "WARC-Date"),
                              .content_type = http_field(lines, "Content-Type")};
    return slice_starts_with(window, SLICE_LITERAL("WARC/")) &&
           parse_length(http_field(lines, "Content-Length"), &record->length);
}

static bool is_page(struct slice content_type)
{
    struct slice type = http_media_type(content_type);
    return http_is(type, "text/html") || http_is(type, "application/xhtml+xml");
}

static bool is_text(struct slice content_type)
{
    return http_is(http_media_type(content_type), "text/plain");
}

/* By its headers alone. */
static bool may_be_article(const struct record *record)
{
    if (http_is(record->type, "response"))
        return http_is(http_media_type(record->content_type), "application/http");
    if (http_is(record->type, "resource"))
        return is_page(record->content_type) || is_text(record->content_type);
    return http_is(record->type, "conversion") && is_text(record->content_type);
}

/* ---- from record to article ---- */

static void put_text(struct buffer *out, const char *key, struct slice text)
{
    pack_write_string(out, slice_from(key));
    pack_write_string(out, text);
}

/* {"fetched": RFC 3339, "fetched_url"}: when, as far as the record says; and from where, when the
 * page says that its own URL is another. */
static void write_meta(const struct record *record, struct slice url, struct buffer *out)
{
    int64_t fetched_ms;
    char text[CLOCK_TEXT_BYTES];
    bool dated = clock_parse(record->date, &fetched_ms),
         moved = record->uri.data && !slice_equal(record->uri, url);
    if (!dated && !moved)
        return;
    pack_write_map(out, (size_t)dated + (size_t)moved);
    if (dated) {
        clock_format(fetched_ms, text);
        put_text(out, "fetched", slice_from(text));
    }
    if (moved)
        put_text(out, "fetched_url", record->uri);
}

static enum status write_article(struct reader_state *state, const struct record *record,
                                 struct slice content_type, struct slice body,
                                 struct reading *reading)
{
    struct slice url =
        is_text(content_type) ? record->uri : page_url(body, record->uri, state->arena);
    struct buffer meta;
    if (body.len > LIMIT_BODY_BYTES)
        return reader_body_too_long(&reading->fault);
    buffer_init(&meta, LIMIT_META_BYTES);
    write_meta(record, url, &meta);
    struct article article = {.version = 1,
                              .id = record->id.len <= LIMIT_ID_BYTES ? record->id : SLICE_NULL,
                              .url = url,
                              .type = is_text(content_type) ? SLICE_LITERAL("text/plain")
                                                            : SLICE_LITERAL("text/html"),
                              .charset = http_charset(content_type),
                              .published_ms = CLOCK_NONE,
                              .meta_packed = buffer_slice(&meta),
                              .body = body,
                              .body_is_binary = !is_text(content_type) || !utf8_is_clean(body)};
    article_encode(&article, state->out);
    buffer_deinit(&meta);
    return STATUS_OK;
}

/* RETRY: the response is no page. */
static enum status take_response(struct reader_state *state, const struct record *record,
                                 struct slice block, struct reading *reading)
{
    struct http_message message;
    if (!http_message_read(block, &message) || message.status != 200 ||
        !is_page(message.content_type))
        return STATUS_RETRY;
    if (state->passing)
        return STATUS_OK;
    buffer_clear(state->scratch);
    enum status status = http_message_body(&message, state->scratch, &reading->fault);
    return status == STATUS_OK ? write_article(state, record, message.content_type,
                                               buffer_slice(state->scratch), reading)
                               : status;
}

static enum status take_record(struct reader_state *state, const struct record *record,
                               struct slice block, struct reading *reading)
{
    return http_is(record->type, "response")
               ? take_response(state, record, block, reading)
               : write_article(state, record, record->content_type, block, reading);
}

static enum status truncated(struct reader_state *state, struct reading *reading)
{
    state->done = true;
    if (state->input->trouble)
        return STATUS_RETRY; /* whoever opened the file says what happened */
    return fault_set(&reading->fault, STATUS_REJECT, "truncated", "The file ends inside a record.");
}

static enum status bad_record(struct reader_state *state, struct reading *reading)
{
    state->done = !resynchronise(state->input);
    return fault_set(&reading->fault, STATUS_REJECT, "bad-record",
                     "This is not a WARC record: it does not begin like one, or its length is "
                     "missing.");
}

/* The record at the window's start. RETRY: it is no article, and passed over. */
static enum status next_record(struct reader_state *state, struct reading *reading)
{
    struct record record;
    struct input *input = state->input;
    size_t head = head_bytes(input);
    if (head == 0 && (input->ended || input_window(input).len == 0))
        return truncated(state, reading);
    if (head == 0 || !parse_record(input_window(input), head, &record))
        return bad_record(state, reading);
    bool wanted = may_be_article(&record), fits = record.length <= LIMIT_MESSAGE_BYTES;
    enum status status = STATUS_RETRY;
    if (wanted && fits) {
        if (!input_need(input, head + (size_t)record.length))
            return truncated(state, reading);
        struct slice window = input_window(input); /* it may have moved */
        if (!parse_record(window, head, &record))
            return bad_record(state, reading);
        status = take_record(state, &record, slice_sub(window, head, head + (size_t)record.length),
                             reading);
    } else if (wanted) {
        status = reader_body_too_long(&reading->fault);
    }
    if (!input_skip(input, head + record.length))
        return truncated(state, reading);
    return status;
}

static enum status next(struct reader_state *state, struct reading *reading)
{
    while (!state->done && skip_breaks(state->input)) {
        reading->line = ++state->line;
        enum status status = next_record(state, reading);
        if (status != STATUS_RETRY)
            return status;
        state->skipped += !state->done;
    }
    return STATUS_RETRY;
}

const struct reader reader_warc = {"WARC", matches, next, NULL};
