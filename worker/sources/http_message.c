/* HTTP responses: headers, chunks, compression. */
#include "worker/sources/http_message.h"

#include <brotli/decode.h>
#include <strings.h>
#include <zlib.h>

#include "proto/limits.h"

#define STEP_BYTES    ((size_t)64 * 1024)
#define ENCODINGS_MAX 3 /* "gzip, br": nobody means more */

bool http_is(struct slice value, const char *name)
{
    return value.len == strlen(name) && strncasecmp(value.data, name, value.len) == 0;
}

/* ---- headers ---- */

/* The next line without its end; false when there is none. */
static bool next_line(struct slice *rest, struct slice *line)
{
    if (rest->len == 0)
        return false;
    const char *feed = memchr(rest->data, '\n', rest->len);
    size_t len = feed ? (size_t)(feed - rest->data) : rest->len;
    *line = slice_sub(*rest, 0, len);
    *rest = slice_sub(*rest, feed ? len + 1 : len, rest->len);
    if (line->len && line->data[line->len - 1] == '\r')
        line->len--;
    return true;
}

size_t http_head_bytes(struct slice bytes)
{
    struct slice rest = bytes, line;
    while (rest.len && memchr(rest.data, '\n', rest.len) && next_line(&rest, &line))
        if (line.len == 0)
            return (size_t)(rest.data - bytes.data);
    return 0;
}

struct slice http_field(struct slice lines, const char *name)
{
    struct slice line, found = SLICE_NULL;
    while (next_line(&lines, &line)) {
        const char *colon = memchr(line.data, ':', line.len);
        if (colon && http_is(slice_trim(slice_sub(line, 0, (size_t)(colon - line.data))), name))
            found = slice_trim(slice_sub(line, (size_t)(colon - line.data) + 1, line.len));
    }
    return found;
}

/* "HTTP/1.1 200 OK" */
static int status_of(struct slice line)
{
    const char *space = memchr(line.data, ' ', line.len);
    if (!slice_starts_with(line, SLICE_LITERAL("HTTP/")) || !space)
        return 0;
    struct slice code = slice_trim(slice_sub(line, (size_t)(space - line.data), line.len));
    int status = 0;
    for (size_t i = 0; i < 3; i++) {
        if (i >= code.len || code.data[i] < '0' || code.data[i] > '9')
            return 0;
        status = status * 10 + (code.data[i] - '0');
    }
    return status;
}

bool http_message_read(struct slice bytes, struct http_message *message)
{
    size_t head = http_head_bytes(bytes);
    if (head == 0)
        head = bytes.len; /* headers only */
    struct slice lines = slice_sub(bytes, 0, head), first;
    *message = (struct http_message){.status = 0};
    if (!next_line(&lines, &first))
        return false;
    message->status = status_of(first);
    message->content_type = http_field(lines, "Content-Type");
    message->content_encoding = http_field(lines, "Content-Encoding");
    message->transfer_encoding = http_field(lines, "Transfer-Encoding");
    message->body = slice_sub(bytes, head, bytes.len);
    return message->status != 0;
}

struct slice http_media_type(struct slice content_type)
{
    const char *end = content_type.len ? memchr(content_type.data, ';', content_type.len) : NULL;
    size_t len = end ? (size_t)(end - content_type.data) : content_type.len;
    return content_type.data ? slice_trim(slice_sub(content_type, 0, len)) : SLICE_NULL;
}

static bool is_charset_name(struct slice name)
{
    for (size_t i = 0; i < name.len; i++)
        if (name.data[i] <= ' ' || name.data[i] > '~')
            return false;
    return name.len > 0 && name.len <= LIMIT_CHARSET_BYTES;
}

struct slice http_charset(struct slice content_type)
{
    struct slice rest = content_type;
    while (rest.len) {
        const char *semicolon = memchr(rest.data, ';', rest.len);
        if (!semicolon)
            break;
        rest = slice_trim(slice_sub(rest, (size_t)(semicolon - rest.data) + 1, rest.len));
        if (rest.len < 8 || strncasecmp(rest.data, "charset=", 8) != 0)
            continue;
        const char *end = memchr(rest.data, ';', rest.len);
        struct slice name = slice_sub(rest, 8, end ? (size_t)(end - rest.data) : rest.len);
        name = slice_trim(name);
        if (name.len > 1 && (name.data[0] == '"' || name.data[0] == '\''))
            name = slice_sub(name, 1, name.len - 1);
        return is_charset_name(name) ? name : SLICE_NULL;
    }
    return SLICE_NULL;
}

/* ---- chunks ---- */

/* The size at the beginning of a chunk; false when there is none. */
static bool chunk_size(struct slice line, size_t *size)
{
    size_t at = 0;
    *size = 0;
    for (; at < line.len; at++) {
        char c = (char)(line.data[at] | 0x20);
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0)
            break;
        if (*size > SIZE_MAX >> 5)
            return false;
        *size = *size * 16 + (size_t)digit;
    }
    return at > 0 && (at == line.len || strchr("; \t", line.data[at]));
}

/* False when the body is not in chunks, whatever its header says. */
static bool unchunk(struct slice body, struct buffer *out)
{
    struct slice line;
    size_t size;
    for (bool first = true; next_line(&body, &line); first = false) {
        if (line.len == 0 && !first)
            continue; /* the end of the chunk before */
        if (!chunk_size(line, &size))
            return !first;
        if (size == 0)
            return true;
        size = size < body.len ? size : body.len;
        buffer_append_slice(out, slice_sub(body, 0, size));
        body = slice_sub(body, size, body.len);
    }
    return true;
}

/* ---- compression ---- */

static enum status too_long(struct fault *fault)
{
    return fault_set(fault, STATUS_REJECT, "body-too-long",
                     "The body unpacks to more than LIMIT_BODY_BYTES (%d bytes).",
                     LIMIT_BODY_BYTES);
}

static enum status cannot_unpack(struct fault *fault)
{
    return fault_set(fault, STATUS_REJECT, "unknown-encoding",
                     "The body's content encoding is unknown or its data is damaged.");
}

/* 15 bits of window; + 32 finds a gzip or zlib header by itself; negative: neither is there. */
static bool inflate_all(struct slice packed, int window_bits, struct buffer *out)
{
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)packed.data,
                       .avail_in = (uInt)(packed.len < UINT32_MAX ? packed.len : UINT32_MAX)};
    size_t before = out->len;
    int said = inflateInit2(&stream, window_bits);
    if (said != Z_OK)
        return false;
    while (said == Z_OK && !buffer_failed(out)) {
        unsigned char step[STEP_BYTES];
        stream.next_out = step;
        stream.avail_out = sizeof step;
        said = inflate(&stream, Z_NO_FLUSH);
        buffer_append(out, step, sizeof step - stream.avail_out);
    }
    (void)inflateEnd(&stream);
    return said == Z_STREAM_END || out->len > before || buffer_failed(out);
}

static bool brotli_all(struct slice packed, struct buffer *out)
{
    BrotliDecoderState *state = BrotliDecoderCreateInstance(NULL, NULL, NULL);
    const uint8_t *next = (const uint8_t *)packed.data;
    size_t left = packed.len, before = out->len;
    BrotliDecoderResult said = BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
    while (state && said == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT && !buffer_failed(out)) {
        uint8_t step[STEP_BYTES], *to = step;
        size_t room = sizeof step;
        said = BrotliDecoderDecompressStream(state, &left, &next, &room, &to, NULL);
        buffer_append(out, step, sizeof step - room);
    }
    if (state)
        BrotliDecoderDestroyInstance(state);
    return said == BROTLI_DECODER_RESULT_SUCCESS || out->len > before || buffer_failed(out);
}

static bool is_zlib(struct slice packed)
{
    const unsigned char *b = (const unsigned char *)packed.data;
    return packed.len >= 2 && (b[0] & 0x0f) == 8 && ((unsigned)b[0] << 8 | b[1]) % 31 == 0;
}

/* Text that begins like a page was never compressed. */
static bool is_plain(struct slice body)
{
    struct slice text = slice_trim(slice_sub(body, 0, body.len < 512 ? body.len : 512));
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] < ' ' && !strchr("\t\r\n\f", text.data[i]))
            return false;
    return text.len == 0 || text.data[0] == '<';
}

static bool undo(struct slice packed, struct slice encoding, struct buffer *out)
{
    if (http_is(encoding, "gzip") || http_is(encoding, "x-gzip"))
        return inflate_all(packed, 15 + 32, out);
    if (http_is(encoding, "deflate")) /* servers disagree on what it means */
        return inflate_all(packed, is_zlib(packed) ? 15 : -15, out);
    if (http_is(encoding, "br"))
        return brotli_all(packed, out);
    return false;
}

/* Takes the encoding that was applied last off the list; NULL when none is left. */
static struct slice last_encoding(struct slice *list)
{
    while (list->len) {
        const char *comma = memrchr(list->data, ',', list->len);
        size_t at = comma ? (size_t)(comma - list->data) : 0;
        struct slice name = slice_trim(slice_sub(*list, comma ? at + 1 : 0, list->len));
        list->len = at;
        if (name.len && !http_is(name, "identity") && !http_is(name, "none"))
            return name;
    }
    return SLICE_NULL;
}

static enum status unpack(struct slice packed, struct slice encodings, int depth,
                          struct buffer *out, struct fault *fault)
{
    struct slice encoding = last_encoding(&encodings);
    struct buffer whole;
    if (!encoding.data || packed.len == 0 || is_plain(packed)) {
        buffer_append_slice(out, packed);
        return buffer_failed(out) ? too_long(fault) : STATUS_OK;
    }
    if (depth == ENCODINGS_MAX)
        return cannot_unpack(fault);
    buffer_init(&whole, LIMIT_MESSAGE_BYTES);
    enum status status = undo(packed, encoding, &whole) ? STATUS_OK : cannot_unpack(fault);
    if (buffer_failed(&whole))
        status = too_long(fault);
    if (status == STATUS_OK)
        status = unpack(buffer_slice(&whole), encodings, depth + 1, out, fault);
    buffer_deinit(&whole);
    return status;
}

enum status http_unpack(struct slice packed, struct slice content_encoding, struct buffer *out,
                        struct fault *fault)
{
    return unpack(packed, content_encoding, 0, out, fault);
}

enum status http_message_body(const struct http_message *message, struct buffer *out,
                              struct fault *fault)
{
    struct buffer whole;
    struct slice body = message->body;
    buffer_init(&whole, LIMIT_MESSAGE_BYTES);
    if (http_is(message->transfer_encoding, "chunked") && unchunk(body, &whole))
        body = buffer_slice(&whole);
    enum status status = http_unpack(body, message->content_encoding, out, fault);
    buffer_deinit(&whole);
    return status;
}
