/* HTTP over libmicrohttpd, turned by our loop: its epoll descriptor is watched like any other. */
#include "common/http.h"

#include <stdlib.h>
#include <unistd.h>

#include "common/http_state.h"

#define ANSWER_BYTES      ((size_t)4 * 1024 * 1024)
#define CONNECTIONS_MAX   64
#define REQUEST_MS        15000
#define TIMEOUTS_EVERY_MS 1000 /* how often connections that wait for nothing are looked at */
#define RUNS_PER_CALL     16   /* libmicrohttpd may have more to do than one call does */

/* ---- turns ---- */

static void turn_soon(void *user)
{
    struct http *http = user;
    http->soon = -1;
    http_turn(http);
}

void http_ask_for_turn(struct http *http)
{
    if (http->soon < 0)
        http->soon = loop_once(http->loop, 0, turn_soon, http);
}

void http_turn(struct http *http)
{
    MHD_UNSIGNED_LONG_LONG wait = 1;
    for (int i = 0; i < RUNS_PER_CALL; i++) {
        (void)MHD_run(http->daemon);
        if (MHD_get_timeout(http->daemon, &wait) != MHD_YES || wait > 0)
            return;
    }
    http_ask_for_turn(http); /* it goes on in the next turn: others wait, too */
}

static void turn(void *user)
{
    http_turn(user);
}

static void on_timer(void *user)
{
    http_cut_connections(user);
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
        options->certificate ? flags | MHD_USE_TLS : flags, 0, NULL, NULL, http_on_request, http,
        MHD_OPTION_LISTEN_SOCKET, http->place.fd, MHD_OPTION_CONNECTION_LIMIT, options->connections,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, options->connections_per_address,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)(options->request_ms + 999) / 1000,
        MHD_OPTION_NOTIFY_COMPLETED, http_on_completed, http, MHD_OPTION_NOTIFY_CONNECTION,
        http_on_connection, http, MHD_OPTION_ARRAY, options->certificate ? tls : tls + 2,
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
    http_watch_ends(http);
    return STATUS_OK;
}

enum status http_new(struct loop *loop, const struct http_options *options, struct http **out,
                     struct fault *fault)
{
    struct http *http = calloc(1, sizeof *http);
    if (!http)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the HTTP server");
    *http = (struct http){
        .loop = loop, .epoll_fd = -1, .ends_fd = -1, .timer = -1, .soon = -1, .options = *options};
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
    http_unwatch_ends(http);
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
