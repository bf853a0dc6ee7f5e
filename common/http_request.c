/* One request, from its headers to its last byte; and what its owner may ask of it. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/http_state.h"

#define SWALLOWED_MAX ((size_t)64 * 1024) /* of a body that nobody wants */

static struct http_exchange *exchange_new(struct http *http, struct MHD_Connection *connection)
{
    struct http_exchange *exchange = calloc(1, sizeof *exchange);
    if (!exchange)
        return NULL;
    *exchange = (struct http_exchange){.http = http, .connection = connection};
    buffer_init(&exchange->body, http->options.answer_bytes);
    buffer_init(&exchange->upload, http->options.body_bytes);
    http->exchanges++;
    return exchange;
}

static void forget_upload(struct http_exchange *exchange)
{
    exchange->http->held -= exchange->upload.len;
    buffer_deinit(&exchange->upload);
}

void http_on_completed(void *user, struct MHD_Connection *connection, void **state,
                       enum MHD_RequestTerminationCode code)
{
    struct http_exchange *exchange = *state;
    const struct http *http = user;
    (void)code;
    http_await_request(connection, http->options.request_ms);
    if (!exchange)
        return;
    exchange->http->exchanges--;
    forget_upload(exchange);
    buffer_deinit(&exchange->body);
    free(exchange);
    *state = NULL;
}

static bool is_page_method(const char *method)
{
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

/* A whole request, or the headers of one whose body is not waited for. */
static enum MHD_Result answer_request(struct http_exchange *exchange, const char *method,
                                      const char *path)
{
    http_await_answer(exchange->connection);
    if (!is_page_method(method) && !exchange->http->options.wants)
        return http_send_text(exchange, MHD_HTTP_METHOD_NOT_ALLOWED,
                              SLICE_LITERAL("Only GET and HEAD here.\n"));
    if (!http_place_is_called(&exchange->http->place,
                              MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND,
                                                          MHD_HTTP_HEADER_HOST)))
        return http_send_text(exchange, MHD_HTTP_MISDIRECTED_REQUEST,
                              SLICE_LITERAL("This server is asked as localhost or 127.0.0.1.\n"));
    return http_ask_owner(exchange, method, path);
}

struct framing {
    size_t lengths, codings;
};

static enum MHD_Result count_framing(void *user, enum MHD_ValueKind kind, const char *name,
                                     const char *value)
{
    struct framing *framing = user;
    (void)kind;
    (void)value;
    framing->lengths += strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0;
    framing->codings += strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0;
    return MHD_YES;
}

/* Whether where the body ends is said in one way. Otherwise a proxy before us may see another
 * request behind it than we do (RFC 9112, 6.3 and 11.2). */
static bool is_framed_once(struct MHD_Connection *connection)
{
    struct framing framing = {.lengths = 0};
    (void)MHD_get_connection_values(connection, MHD_HEADER_KIND, count_framing, &framing);
    return framing.lengths + framing.codings <= 1;
}

/* The length that a body claims; SIZE_MAX when it comes in chunks; 0: there is none. */
static size_t claimed_bytes(const struct http_exchange *exchange)
{
    const char *length = MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND,
                                                     MHD_HTTP_HEADER_CONTENT_LENGTH);
    if (length)
        return (size_t)strtoull(length, NULL, 10);
    return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND,
                                       MHD_HTTP_HEADER_TRANSFER_ENCODING)
               ? SIZE_MAX
               : 0;
}

/* The headers are there. What will not be kept and is not short is answered at once, which ends the
 * connection. */
static enum MHD_Result begin_request(struct http_exchange *exchange, const char *method,
                                     const char *path)
{
    const struct http *http = exchange->http;
    const struct http_request request = {.method = method, .path = path, .exchange = exchange};
    size_t claimed = claimed_bytes(exchange);
    if (!is_framed_once(exchange->connection))
        return http_send_reply(exchange,
                               &(struct http_reply){400, "text/plain; charset=utf-8", .last = true},
                               SLICE_LITERAL("Where the body ends is said more than once.\n"));
    if (is_page_method(method) || !http->options.wants)
        return MHD_YES;
    if (!http->options.wants(http->options.user, &request))
        exchange->state = claimed > 0 ? HTTP_BODY_UNWANTED : HTTP_BODY_NONE;
    else if (claimed == SIZE_MAX)
        exchange->state = HTTP_BODY_WHOLE;
    else if (claimed > http->options.body_bytes)
        exchange->state = HTTP_BODY_TOO_LONG;
    else if (claimed > http->options.held_bytes - http->held)
        exchange->state = HTTP_BODY_NO_ROOM;
    else
        exchange->state = claimed > 0 ? HTTP_BODY_WHOLE : HTTP_BODY_NONE;
    bool kept = exchange->state == HTTP_BODY_WHOLE || exchange->state == HTTP_BODY_NONE;
    return kept || claimed <= SWALLOWED_MAX ? MHD_YES : answer_request(exchange, method, path);
}

/* A piece of a body. What is too much is let go by, for a while: who is cut off while he sends does
 * not see the answer. */
static enum MHD_Result take_piece(struct http_exchange *exchange, const char *bytes, size_t len)
{
    struct http *http = exchange->http;
    struct buffer *upload = &exchange->upload;
    if (exchange->state == HTTP_BODY_WHOLE) {
        if (len > upload->limit - upload->len)
            exchange->state = HTTP_BODY_TOO_LONG;
        else if (len > http->options.held_bytes - http->held)
            exchange->state = HTTP_BODY_NO_ROOM;
    }
    if (exchange->state != HTTP_BODY_WHOLE) {
        forget_upload(exchange);
        exchange->swallowed += len;
        return exchange->swallowed <= http->options.body_bytes + SWALLOWED_MAX ? MHD_YES : MHD_NO;
    }
    size_t before = upload->len;
    buffer_append(upload, bytes, len);
    http->held += upload->len - before;
    return buffer_failed(upload) ? MHD_NO : MHD_YES;
}

enum MHD_Result http_on_request(void *user, struct MHD_Connection *connection, const char *path,
                                const char *method, const char *version, const char *bytes,
                                size_t *len, void **state)
{
    struct http_exchange *exchange = *state;
    size_t arrived = *len;
    (void)version;
    if (!exchange) {
        *state = exchange = exchange_new(user, connection);
        return exchange ? begin_request(exchange, method, path) : MHD_NO;
    }
    *len = 0;
    if (arrived)
        return take_piece(exchange, bytes, arrived);
    return exchange->suspended ? http_send_finished(exchange)
                               : answer_request(exchange, method, path);
}

const char *http_query(const struct http_request *request, const char *name)
{
    const char *value = NULL;
    bool there = MHD_lookup_connection_value_n(request->exchange->connection, MHD_GET_ARGUMENT_KIND,
                                               name, strlen(name), &value, NULL) == MHD_YES;
    return there && !value ? "" : value;
}

struct unknown {
    bool (*known)(void *user, const char *name);
    void *user;
    const char *found;
};

static enum MHD_Result look_at_query(void *user, enum MHD_ValueKind kind, const char *name,
                                     const char *value)
{
    struct unknown *unknown = user;
    (void)kind;
    (void)value;
    if (unknown->known(unknown->user, name))
        return MHD_YES;
    unknown->found = name;
    return MHD_NO;
}

const char *http_query_unknown(const struct http_request *request,
                               bool (*known)(void *user, const char *name), void *user)
{
    struct unknown unknown = {.known = known, .user = user};
    (void)MHD_get_connection_values(request->exchange->connection, MHD_GET_ARGUMENT_KIND,
                                    look_at_query, &unknown);
    return unknown.found;
}

const char *http_header(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->exchange->connection, MHD_HEADER_KIND, name);
}

void http_take_body(const struct http_request *request, struct buffer *body)
{
    struct http_exchange *exchange = request->exchange;
    *body = exchange->upload;
    exchange->http->held -= exchange->upload.len;
    exchange->upload = (struct buffer){.limit = 0};
}
