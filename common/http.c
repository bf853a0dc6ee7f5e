/* HTTP over libmicrohttpd, turned by our loop: its epoll descriptor is watched like any other. */
#include "common/http.h"

#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/http_listen.h"

#define ANSWER_BYTES      ((size_t)4 * 1024 * 1024)
#define CONNECTIONS_MAX   64
#define REQUEST_MS        15000
#define READ_TIMES        4    /* request_ms: how long an answer may take to be read */
#define TIMEOUTS_EVERY_MS 1000 /* how often connections that wait for nothing are looked at */
#define RUNS_PER_CALL     16   /* libmicrohttpd may have more to do than one call does */
#define SWALLOWED_MAX     ((size_t)64 * 1024) /* of a body that nobody wants */

/* A connection between two answers. libmicrohttpd's own timeout begins anew with every byte;
 * whoever sends one now and then would have it for ever. */
struct http_connection {
    struct http_connection *next, **at;
    int fd;
    int64_t until_ms; /* it is cut; CLOCK_NONE while a whole request is being answered */
};

struct http {
    struct loop *loop;
    struct MHD_Daemon *daemon;
    int epoll_fd, timer;
    int soon; /* the timer of a turn that was asked for; -1: none */
    struct http_options options;
    struct http_place place; /* its fd is libmicrohttpd's */
    struct http_connection *connections;
    size_t held; /* bytes of bodies that are on their way */
    size_t exchanges;
};

/* One request on its way. libmicrohttpd calls on_request() with the headers, with each piece of a
 * body, at its end, and once more when it was suspended and goes on. */
struct http_exchange {
    struct http *http;
    struct MHD_Connection *connection;
    bool later, suspended, finished;
    unsigned status, retry_after_s;
    const char *type;
    struct buffer body;   /* of the answer */
    struct buffer upload; /* of the request */
    size_t swallowed;
    enum http_body state;
};

static const char text_type[] = "text/plain; charset=utf-8";

static bool unchanged(struct MHD_Connection *connection, const char *etag)
{
    const char *has = etag ? MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
                                                         MHD_HTTP_HEADER_IF_NONE_MATCH)
                           : NULL;
    return has && strcmp(has, etag) == 0;
}

/* It has so long for what comes next; 0: as long as it takes. */
static void set_time(struct MHD_Connection *connection, int64_t ms)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct http_connection *own = info ? info->socket_context : NULL;
    if (own)
        own->until_ms = ms > 0 ? clock_steady_ms() + ms : CLOCK_NONE;
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

static enum MHD_Result send_reply(struct http_exchange *exchange, const struct http_reply *reply,
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
    set_time(exchange->connection, exchange->http->options.request_ms * READ_TIMES);
    return result;
}

static enum MHD_Result send_text(struct http_exchange *exchange, unsigned status, struct slice body)
{
    const struct http_reply reply = {.status = status, .type = text_type};
    return send_reply(exchange, &reply, body);
}

static enum MHD_Result ask_owner(struct http_exchange *exchange, const char *method,
                                 const char *path)
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
    enum MHD_Result result = buffer_failed(&body)
                                 ? send_text(exchange, MHD_HTTP_INTERNAL_SERVER_ERROR,
                                             SLICE_LITERAL("The page does not fit in memory.\n"))
                                 : send_reply(exchange, &reply, buffer_slice(&body));
    buffer_deinit(&body);
    return result;
}

/* It was suspended, and http_finish() has come. */
static enum MHD_Result send_finished(struct http_exchange *exchange)
{
    const struct http_reply reply = {.status = exchange->status,
                                     .type = exchange->type,
                                     .retry_after_s = exchange->retry_after_s};
    if (buffer_failed(&exchange->body))
        return send_text(exchange, MHD_HTTP_INTERNAL_SERVER_ERROR,
                         SLICE_LITERAL("The page does not fit in memory.\n"));
    return send_reply(exchange, &reply, buffer_slice(&exchange->body));
}

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

/* ---- connections ---- */

static void on_connection(void *user, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct http *http = user;
    struct http_connection *own = *context;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (own) {
            *own->at = own->next;
            if (own->next)
                own->next->at = own->at;
            free(own);
        }
        *context = NULL;
        return;
    }
    own = *context = calloc(1, sizeof *own);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (!own)
        return;
    *own = (struct http_connection){http->connections, &http->connections, info->connect_fd,
                                    clock_steady_ms() + http->options.request_ms};
    if (own->next)
        own->next->at = &own->next;
    http->connections = own;
}

/* Those whose request has not arrived, or whose answer was not read, in its time. libmicrohttpd
 * closes what it finds cut. */
static void cut_the_slow(struct http *http)
{
    int64_t now = clock_steady_ms();
    for (struct http_connection *own = http->connections; own; own = own->next)
        if (own->until_ms != CLOCK_NONE && own->until_ms < now)
            (void)shutdown(own->fd, SHUT_RDWR);
}

/* ---- requests ---- */

static void forget_upload(struct http_exchange *exchange)
{
    exchange->http->held -= exchange->upload.len;
    buffer_deinit(&exchange->upload);
}

static void on_completed(void *user, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    struct http_exchange *exchange = *state;
    const struct http *http = user;
    (void)code;
    set_time(connection, http->options.request_ms);
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
    set_time(exchange->connection, 0);
    if (!is_page_method(method) && !exchange->http->options.wants)
        return send_text(exchange, MHD_HTTP_METHOD_NOT_ALLOWED,
                         SLICE_LITERAL("Only GET and HEAD here.\n"));
    if (!http_place_is_called(&exchange->http->place,
                              MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND,
                                                          MHD_HTTP_HEADER_HOST)))
        return send_text(exchange, MHD_HTTP_MISDIRECTED_REQUEST,
                         SLICE_LITERAL("This server is asked as localhost or 127.0.0.1.\n"));
    return ask_owner(exchange, method, path);
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
        return send_reply(exchange, &(struct http_reply){400, text_type, .last = true},
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

static enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *path,
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
    return exchange->suspended ? send_finished(exchange) : answer_request(exchange, method, path);
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

void http_retry_after(struct http_later *later, unsigned seconds)
{
    ((struct http_exchange *)later)->retry_after_s = seconds;
}

struct http_later *http_later(const struct http_request *request)
{
    request->exchange->later = true;
    return (struct http_later *)request->exchange;
}

static void turn_soon(void *user)
{
    struct http *http = user;
    http->soon = -1;
    http_turn(http);
}

static void ask_for_turn(struct http *http)
{
    if (http->soon < 0)
        http->soon = loop_once(http->loop, 0, turn_soon, http);
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
    ask_for_turn(exchange->http);
}

void http_turn(struct http *http)
{
    MHD_UNSIGNED_LONG_LONG wait = 1;
    for (int i = 0; i < RUNS_PER_CALL; i++) {
        (void)MHD_run(http->daemon);
        if (MHD_get_timeout(http->daemon, &wait) != MHD_YES || wait > 0)
            return;
    }
    ask_for_turn(http); /* it goes on in the next turn: others wait, too */
}

static void turn(void *user)
{
    http_turn(user);
}

static void on_timer(void *user)
{
    cut_the_slow(user);
    http_turn(user);
}

static enum status check_certificate(const struct http_options *options, struct fault *fault)
{
    if (!options->certificate || MHD_is_feature_supported(MHD_FEATURE_TLS) == MHD_YES)
        return STATUS_OK;
    return fault_set(fault, STATUS_REJECT, "bad-certificate",
                     "this libmicrohttpd was built without TLS: put a proxy before it");
}

/* With TLS, it fails where the certificate or its key cannot be used, and says only so. */
static struct MHD_Daemon *start_daemon(struct http *http)
{
    const struct http_options *options = &http->options;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)options->certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)options->certificate_key},
        {MHD_OPTION_END, 0, NULL}};
    const unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
    return MHD_start_daemon(
        options->certificate ? flags | MHD_USE_TLS : flags, 0, NULL, NULL, on_request, http,
        MHD_OPTION_LISTEN_SOCKET, http->place.fd, MHD_OPTION_CONNECTION_LIMIT, options->connections,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, options->connections_per_address,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)(options->request_ms + 999) / 1000,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, http, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, http, MHD_OPTION_ARRAY, options->certificate ? tls : tls + 2,
        MHD_OPTION_END);
}

static enum status start(struct http *http, struct fault *fault)
{
    http->daemon = start_daemon(http);
    if (!http->daemon) {
        (void)close(http->place.fd);
        return http->options.certificate
                   ? fault_set(fault, STATUS_REJECT, "bad-certificate",
                               "the certificate and its key cannot be used: they are PEM, and the "
                               "key is that of the first certificate")
                   : fault_set(fault, STATUS_FATAL, "http", "cannot start the HTTP server");
    }
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    http->epoll_fd = info ? info->epoll_fd : -1;
    if (http->epoll_fd < 0)
        return fault_set(fault, STATUS_FATAL, "http", "libmicrohttpd was built without epoll");
    loop_watch_fd(http->loop, http->epoll_fd, false, turn, http);
    http->timer = loop_every(http->loop, TIMEOUTS_EVERY_MS, on_timer, http);
    return STATUS_OK;
}

enum status http_new(struct loop *loop, const struct http_options *options, struct http **out,
                     struct fault *fault)
{
    struct http *http = calloc(1, sizeof *http);
    if (!http)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the HTTP server");
    *http =
        (struct http){.loop = loop, .epoll_fd = -1, .timer = -1, .soon = -1, .options = *options};
    if (http->options.connections == 0)
        http->options.connections = CONNECTIONS_MAX;
    if (http->options.answer_bytes == 0)
        http->options.answer_bytes = ANSWER_BYTES;
    if (http->options.request_ms == 0)
        http->options.request_ms = REQUEST_MS;
    struct fault reason = {.status = STATUS_OK};
    enum status status = check_certificate(options, &reason);
    if (status == STATUS_OK)
        status = http_listen(options, &http->place, &reason);
    if (status == STATUS_OK)
        status = start(http, &reason);
    if (status != STATUS_OK) {
        http_free(http);
        if (fault)
            *fault = reason;
        return status;
    }
    *out = http;
    return STATUS_OK;
}

bool http_is_busy(const struct http *http)
{
    return http->exchanges > 0;
}

void http_quiesce(struct http *http)
{
    MHD_socket fd = MHD_quiesce_daemon(http->daemon);
    if (fd != MHD_INVALID_SOCKET)
        (void)close(fd);
}

void http_free(struct http *http)
{
    if (!http)
        return;
    if (http->epoll_fd >= 0)
        loop_unwatch_fd(http->loop, http->epoll_fd);
    loop_cancel(http->loop, http->timer);
    loop_cancel(http->loop, http->soon);
    if (http->daemon) {
        (void)MHD_run(http->daemon); /* what was finished last goes on, so that it can be closed */
        MHD_stop_daemon(http->daemon);
    }
    free(http);
}

const char *http_url(const struct http *http)
{
    return http->place.url;
}
