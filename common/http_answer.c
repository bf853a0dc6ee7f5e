/* Answers: the owner asked, what it says made into a response, at once or later. */
#include <stdio.h>
#include <string.h>

#include "common/http_state.h"

#define READ_TIMES 4 /* request_ms: how long an answer may take to be read */

static const char text_type[] = "text/plain; charset=utf-8";

static bool unchanged(struct MHD_Connection *connection, const char *etag)
{
    const char *has = etag ? MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
                                                         MHD_HTTP_HEADER_IF_NONE_MATCH)
                           : NULL;
    return has && strcmp(has, etag) == 0;
}

/* What a reply of some statuses says beside its body. */
static void add_particulars(struct MHD_Response *response, const struct http_reply *reply)
{
    char seconds[16];
    if (reply->status == MHD_HTTP_METHOD_NOT_ALLOWED)
        (void)MHD_add_response_header(response, "Allow", reply->allow ? reply->allow : "GET, HEAD");
    if (reply->challenge)
        (void)MHD_add_response_header(response, "WWW-Authenticate", reply->challenge);
    if (reply->last)
        (void)MHD_add_response_header(response, "Connection", "close");
    if (reply->retry_after_s == 0)
        return;
    (void)snprintf(seconds, sizeof seconds, "%u", reply->retry_after_s);
    (void)MHD_add_response_header(response, "Retry-After", seconds);
}

enum MHD_Result http_send_reply(struct http_exchange *exchange, const struct http_reply *reply,
                                struct slice body)
{
    /* Everything that a page needs comes from here, in files of its own; nobody may frame it. */
    static const char *const headers[][2] = {
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Content-Security-Policy",
         "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
         "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
    };
    bool same = unchanged(exchange->connection, reply->etag);
    struct MHD_Response *response = MHD_create_response_from_buffer(
        same ? 0 : body.len, (void *)(uintptr_t)body.data, MHD_RESPMEM_MUST_COPY);
    if (!response)
        return MHD_NO;
    (void)MHD_add_response_header(response, "Content-Type", reply->type);
    (void)MHD_add_response_header(response, "Cache-Control", reply->etag ? "no-cache" : "no-store");
    if (reply->etag)
        (void)MHD_add_response_header(response, "ETag", reply->etag);
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        (void)MHD_add_response_header(response, headers[i][0], headers[i][1]);
    add_particulars(response, reply);
    enum MHD_Result result = MHD_queue_response(
        exchange->connection, same ? MHD_HTTP_NOT_MODIFIED : reply->status, response);
    MHD_destroy_response(response);
    http_await_reader(exchange->connection, exchange->http->options.request_ms * READ_TIMES);
    return result;
}

enum MHD_Result http_send_text(struct http_exchange *exchange, unsigned status, struct slice body)
{
    const struct http_reply reply = {.status = status, .type = text_type};
    return http_send_reply(exchange, &reply, body);
}

enum MHD_Result http_ask_owner(struct http_exchange *exchange, const char *method, const char *path)
{
    struct http *http = exchange->http;
    const struct http_request request = {
        .method = method, .path = path, .body = exchange->state, .exchange = exchange};
    struct buffer body;
    buffer_init(&body, http->options.answer_bytes);
    struct http_reply reply = {.status = MHD_HTTP_NOT_FOUND, .type = text_type, .body = &body};
    http->options.answer(http->options.user, &request, &reply);
    if (exchange->later && !exchange->finished) {
        buffer_deinit(&body);
        exchange->suspended = true;
        MHD_suspend_connection(exchange->connection);
        return MHD_YES;
    }
    if (exchange->later) { /* and yet it came at once */
        buffer_deinit(&body);
        body = exchange->body;
        exchange->body = (struct buffer){.limit = 0};
        reply = (struct http_reply){.status = exchange->status,
                                    .type = exchange->type,
                                    .body = &body,
                                    .retry_after_s = exchange->retry_after_s};
    }
    if (reply.status == MHD_HTTP_NOT_FOUND && body.len == 0)
        buffer_append_slice(&body, SLICE_LITERAL("There is no such page.\n"));
    enum MHD_Result result =
        buffer_failed(&body) ? http_send_text(exchange, MHD_HTTP_INTERNAL_SERVER_ERROR,
                                              SLICE_LITERAL("The page does not fit in memory.\n"))
                             : http_send_reply(exchange, &reply, buffer_slice(&body));
    buffer_deinit(&body);
    return result;
}

/* It was suspended, and http_finish() has come. */
enum MHD_Result http_send_finished(struct http_exchange *exchange)
{
    const struct http_reply reply = {.status = exchange->status,
                                     .type = exchange->type,
                                     .retry_after_s = exchange->retry_after_s};
    if (buffer_failed(&exchange->body))
        return http_send_text(exchange, MHD_HTTP_INTERNAL_SERVER_ERROR,
                              SLICE_LITERAL("The page does not fit in memory.\n"));
    return http_send_reply(exchange, &reply, buffer_slice(&exchange->body));
}

void http_retry_after(struct http_later *later, unsigned seconds)
{
    ((struct http_exchange *)later)->retry_after_s = seconds;
}

struct http_later *http_later(const struct http_request *request)
{
    request->exchange->later = true;
    return (struct http_later *)request->exchange;
}

/* A resumed connection does not make the daemon's descriptor ready, and we may be inside it now. */
void http_finish(struct http_later *later, unsigned status, const char *type, struct slice body)
{
    struct http_exchange *exchange = (struct http_exchange *)later;
    exchange->finished = true;
    exchange->status = status;
    exchange->type = type;
    buffer_append_slice(&exchange->body, body);
    if (!exchange->suspended)
        return;
    MHD_resume_connection(exchange->connection);
    http_ask_for_turn(exchange->http);
}
