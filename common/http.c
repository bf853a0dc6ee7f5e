/* HTTP over libmicrohttpd, turned by our loop: its epoll descriptor is watched like any other. */
#include "common/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/holder.h"
#include "common/service.h"

#define URL_BYTES            128
#define BODY_BYTES_MAX       ((size_t)4 * 1024 * 1024)
#define CONNECTIONS_MAX      64
#define CONNECTION_TIMEOUT_S 15
#define TIMEOUTS_EVERY_MS    1000 /* how often connections that wait for nothing are looked at */
#define RUNS_PER_CALL        16   /* libmicrohttpd may have more to do than one call does */

struct http {
    struct loop *loop;
    struct MHD_Daemon *daemon;
    int epoll_fd, timer;
    int soon; /* the timer of a turn that was asked for; -1: none */
    http_answer *answer;
    void *user;
    bool loopback;
    char url[URL_BYTES];
};

/* One request on its way. libmicrohttpd calls on_request() with the headers, with each piece of a
 * body, at its end, and once more when it was suspended and goes on. */
struct http_exchange {
    struct http *http;
    struct MHD_Connection *connection;
    bool later, suspended, finished;
    unsigned status;
    const char *type;
    struct buffer body;
};

static const char text_type[] = "text/plain; charset=utf-8";

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* Splits HOST:PORT; false when it is not of that form. */
static bool split(const char *text, char host[64], uint16_t *port)
{
    const char *colon = strrchr(text, ':');
    if (!colon || colon == text || (size_t)(colon - text) >= 64)
        return false;
    char *end;
    errno = 0;
    long number = strtol(colon + 1, &end, 10);
    if (errno || end == colon + 1 || *end || number < 0 || number > 65535)
        return false;
    *port = (uint16_t)number;
    size_t len = (size_t)(colon - text);
    if (text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    }
    memcpy(host, text, len);
    host[len] = '\0';
    return true;
}

static bool parse(const char *text, union address *address, socklen_t *size)
{
    char host[64];
    uint16_t port;
    *address = (union address){.v6 = {0}};
    if (!split(text, host, &port))
        return false;
    const char *name = strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
    if (inet_pton(AF_INET, name, &address->v4.sin_addr) == 1) {
        address->v4.sin_family = AF_INET;
        address->v4.sin_port = htons(port);
        *size = sizeof address->v4;
        return true;
    }
    if (inet_pton(AF_INET6, name, &address->v6.sin6_addr) == 1) {
        address->v6.sin6_family = AF_INET6;
        address->v6.sin6_port = htons(port);
        *size = sizeof address->v6;
        return true;
    }
    return false;
}

static bool is_loopback(const union address *address)
{
    return address->any.sa_family == AF_INET6
               ? memcmp(&address->v6.sin6_addr, &in6addr_loopback, sizeof in6addr_loopback) == 0
               : ntohl(address->v4.sin_addr.s_addr) >> 24 == 127;
}

static void set_url(struct http *http, const union address *address)
{
    http->loopback = is_loopback(address);
    char host[INET6_ADDRSTRLEN] = "";
    if (address->any.sa_family == AF_INET6) {
        (void)inet_ntop(AF_INET6, &address->v6.sin6_addr, host, sizeof host);
        (void)snprintf(http->url, sizeof http->url, "http://[%s]:%u", host,
                       ntohs(address->v6.sin6_port));
    } else {
        (void)inet_ntop(AF_INET, &address->v4.sin_addr, host, sizeof host);
        (void)snprintf(http->url, sizeof http->url, "http://%s:%u", host,
                       ntohs(address->v4.sin_port));
    }
}

/* The socket that systemd listens on for us. */
static int listen_for_systemd(struct http *http, struct fault *fault)
{
    union address address = {.v6 = {0}};
    socklen_t size = sizeof address;
    int fd;
    if (service_socket(&fd, fault) != STATUS_OK)
        return -1;
    if (getsockname(fd, &address.any, &size) != 0) {
        (void)fault_set(fault, STATUS_FATAL, "bind", "systemd's socket has no address: %s",
                        strerror(errno));
        return -1;
    }
    set_url(http, &address);
    return fd;
}

/* We bind ourselves, because libmicrohttpd does not say why it could not. */
static int listen_on(const char *text, bool open, struct http *http, struct fault *fault)
{
    union address address;
    socklen_t size = 0;
    int on = 1;
    if (!parse(text, &address, &size)) {
        (void)fault_set(fault, STATUS_REJECT, "bad-value",
                        "cannot serve HTTP on %.100s: an address looks like 127.0.0.1:8080", text);
        return -1;
    }
    if (!open && !is_loopback(&address)) {
        (void)fault_set(fault, STATUS_REJECT, "http-open",
                        "serving HTTP on %.100s would let everybody read who reaches it: serve it "
                        "on 127.0.0.1, or say --http-open",
                        text);
        return -1;
    }
    int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(fd, &address.any, size) == 0 && listen(fd, CONNECTIONS_MAX) == 0 &&
        getsockname(fd, &address.any, &size) == 0) {
        set_url(http, &address);
        return fd;
    }
    int error = errno;
    char holder[HOLDER_BYTES];
    if (error == EADDRINUSE)
        (void)fault_set(fault, STATUS_FATAL, "port-in-use",
                        "cannot serve HTTP on %.60s: %s; choose another port with --http, or 0 for "
                        "a free one",
                        text, holder_of_port(ntohs(address.v4.sin_port), holder));
    else
        (void)fault_set(fault, STATUS_FATAL, "bind", "cannot serve HTTP on %.100s: %s", text,
                        strerror(error));
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

static bool unchanged(struct MHD_Connection *connection, const char *etag)
{
    const char *has = etag ? MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
                                                         MHD_HTTP_HEADER_IF_NONE_MATCH)
                           : NULL;
    return has && strcmp(has, etag) == 0;
}

static enum MHD_Result send_reply(struct MHD_Connection *connection, const struct http_reply *reply,
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
    bool same = unchanged(connection, reply->etag);
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
    if (reply->status == MHD_HTTP_METHOD_NOT_ALLOWED)
        (void)MHD_add_response_header(response, "Allow", "GET, HEAD");
    enum MHD_Result result =
        MHD_queue_response(connection, same ? MHD_HTTP_NOT_MODIFIED : reply->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result send_text(struct MHD_Connection *connection, unsigned status,
                                 struct slice body)
{
    const struct http_reply reply = {.status = status, .type = text_type};
    return send_reply(connection, &reply, body);
}

/* The host of HOST or HOST:PORT. */
static struct slice host_of(const char *text)
{
    const char *bracket = strchr(text, ']');
    return (struct slice){text, bracket ? (size_t)(bracket + 1 - text) : strcspn(text, ":")};
}

/* Under a name that leads to loopback wherever it is looked up, with any port. */
static bool asked_under_own_name(const struct http_exchange *exchange)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
    const char *asked =
        MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
    if (!exchange->http->loopback || !asked)
        return true;
    struct slice host = host_of(asked);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == host.len && strncasecmp(names[i], host.data, host.len) == 0)
            return true;
    return slice_equal(host, host_of(exchange->http->url + strlen("http://")));
}

static enum MHD_Result ask_owner(struct http_exchange *exchange, const char *path)
{
    struct http *http = exchange->http;
    const struct http_request request = {.path = path, .exchange = exchange};
    struct buffer body;
    buffer_init(&body, BODY_BYTES_MAX);
    struct http_reply reply = {.status = MHD_HTTP_NOT_FOUND, .type = text_type, .body = &body};
    http->answer(http->user, &request, &reply);
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
        reply = (struct http_reply){exchange->status, exchange->type, NULL, &body};
    }
    if (reply.status == MHD_HTTP_NOT_FOUND && body.len == 0)
        buffer_append_slice(&body, SLICE_LITERAL("There is no such page.\n"));
    enum MHD_Result result = buffer_failed(&body)
                                 ? send_text(exchange->connection, MHD_HTTP_INTERNAL_SERVER_ERROR,
                                             SLICE_LITERAL("The page does not fit in memory.\n"))
                                 : send_reply(exchange->connection, &reply, buffer_slice(&body));
    buffer_deinit(&body);
    return result;
}

/* It was suspended, and http_finish() has come. */
static enum MHD_Result send_finished(struct http_exchange *exchange)
{
    const struct http_reply reply = {.status = exchange->status, .type = exchange->type};
    if (buffer_failed(&exchange->body))
        return send_text(exchange->connection, MHD_HTTP_INTERNAL_SERVER_ERROR,
                         SLICE_LITERAL("The page does not fit in memory.\n"));
    return send_reply(exchange->connection, &reply, buffer_slice(&exchange->body));
}

static struct http_exchange *exchange_new(struct http *http, struct MHD_Connection *connection)
{
    struct http_exchange *exchange = calloc(1, sizeof *exchange);
    if (!exchange)
        return NULL;
    *exchange = (struct http_exchange){.http = http, .connection = connection};
    buffer_init(&exchange->body, BODY_BYTES_MAX);
    return exchange;
}

static void on_completed(void *user, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    struct http_exchange *exchange = *state;
    (void)user;
    (void)connection;
    (void)code;
    if (!exchange)
        return;
    buffer_deinit(&exchange->body);
    free(exchange);
    *state = NULL;
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **state)
{
    struct http_exchange *exchange = *state;
    (void)version;
    (void)upload;
    /* Called first with the headers only; a body, if any, is let go by. */
    if (!exchange) {
        *state = exchange_new(user, connection);
        return *state ? MHD_YES : MHD_NO;
    }
    if (*upload_size) {
        *upload_size = 0;
        return MHD_YES;
    }
    if (exchange->suspended)
        return send_finished(exchange);
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return send_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
                         SLICE_LITERAL("Only GET and HEAD here.\n"));
    if (!asked_under_own_name(exchange))
        return send_text(connection, MHD_HTTP_MISDIRECTED_REQUEST,
                         SLICE_LITERAL("This server is asked as localhost or 127.0.0.1.\n"));
    return ask_owner(exchange, path);
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
    if (exchange->http->soon < 0)
        exchange->http->soon = loop_once(exchange->http->loop, 0, turn_soon, exchange->http);
}

void http_turn(struct http *http)
{
    MHD_UNSIGNED_LONG_LONG wait = 1;
    for (int i = 0; i < RUNS_PER_CALL; i++) {
        (void)MHD_run(http->daemon);
        if (MHD_get_timeout(http->daemon, &wait) != MHD_YES || wait > 0)
            return;
    }
}

static void turn(void *user)
{
    http_turn(user);
}

static enum status start(struct http *http, int fd, struct fault *fault)
{
    http->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, http,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)CONNECTION_TIMEOUT_S, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, NULL, MHD_OPTION_END);
    if (!http->daemon) {
        (void)close(fd);
        return fault_set(fault, STATUS_FATAL, "http", "cannot start the HTTP server");
    }
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    http->epoll_fd = info ? info->epoll_fd : -1;
    if (http->epoll_fd < 0)
        return fault_set(fault, STATUS_FATAL, "http", "libmicrohttpd was built without epoll");
    loop_watch_fd(http->loop, http->epoll_fd, false, turn, http);
    http->timer = loop_every(http->loop, TIMEOUTS_EVERY_MS, turn, http);
    return STATUS_OK;
}

enum status http_new(struct loop *loop, const char *address, bool open, http_answer *answer,
                     void *user, struct http **out, struct fault *fault)
{
    struct http *http = calloc(1, sizeof *http);
    if (!http)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the HTTP server");
    *http = (struct http){
        .loop = loop, .epoll_fd = -1, .timer = -1, .soon = -1, .answer = answer, .user = user};
    struct fault reason = {.status = STATUS_FATAL};
    int fd = strcmp(address, "systemd") == 0 ? listen_for_systemd(http, &reason)
                                             : listen_on(address, open, http, &reason);
    enum status status = fd < 0 ? reason.status : start(http, fd, &reason);
    if (status != STATUS_OK) {
        http_free(http);
        if (fault)
            *fault = reason;
        return status;
    }
    *out = http;
    return STATUS_OK;
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
    return http->url;
}

void http_escape(struct buffer *out, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        switch (text.data[i]) {
        case '&':
            buffer_append_slice(out, SLICE_LITERAL("&amp;"));
            break;
        case '<':
            buffer_append_slice(out, SLICE_LITERAL("&lt;"));
            break;
        case '>':
            buffer_append_slice(out, SLICE_LITERAL("&gt;"));
            break;
        case '"':
            buffer_append_slice(out, SLICE_LITERAL("&quot;"));
            break;
        case '\'':
            buffer_append_slice(out, SLICE_LITERAL("&#39;"));
            break;
        default:
            buffer_append(out, &text.data[i], 1);
        }
    }
}
