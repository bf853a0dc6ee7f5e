/* The address of an HTTP server. */
#include "common/http_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/holder.h"
#include "common/service.h"

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

static void set_url(const struct http_options *options, const union address *address,
                    struct http_place *out)
{
    const char *scheme = options->certificate ? "https" : "http";
    out->loopback = is_loopback(address);
    char host[INET6_ADDRSTRLEN] = "";
    if (address->any.sa_family == AF_INET6) {
        (void)inet_ntop(AF_INET6, &address->v6.sin6_addr, host, sizeof host);
        (void)snprintf(out->url, sizeof out->url, "%s://[%s]:%u", scheme, host,
                       ntohs(address->v6.sin6_port));
    } else {
        (void)inet_ntop(AF_INET, &address->v4.sin_addr, host, sizeof host);
        (void)snprintf(out->url, sizeof out->url, "%s://%s:%u", scheme, host,
                       ntohs(address->v4.sin_port));
    }
}

/* The socket that systemd listens on for us. */
static enum status listen_for_systemd(const struct http_options *options, struct http_place *out,
                                      struct fault *fault)
{
    union address address = {.v6 = {0}};
    socklen_t size = sizeof address;
    enum status status = service_socket(&out->fd, fault);
    if (status != STATUS_OK)
        return status;
    if (getsockname(out->fd, &address.any, &size) != 0)
        return fault_set(fault, STATUS_FATAL, "bind", "systemd's socket has no address: %s",
                         strerror(errno));
    set_url(options, &address, out);
    return STATUS_OK;
}

static enum status cannot_bind(const struct http_options *options, const union address *address,
                               int error, struct fault *fault)
{
    char holder[HOLDER_BYTES];
    const char *option = options->option ? options->option : "--http";
    if (error == EADDRINUSE)
        return fault_set(fault, STATUS_FATAL, "port-in-use",
                         "cannot serve HTTP on %.60s: %s; choose another port with %s, or 0 for a "
                         "free one",
                         options->address, holder_of_port(ntohs(address->v4.sin_port), holder),
                         option);
    return fault_set(fault, STATUS_FATAL, "bind", "cannot serve HTTP on %.100s: %s",
                     options->address, strerror(error));
}

/* We bind ourselves, because libmicrohttpd does not say why it could not. */
static enum status bind_to(const struct http_options *options, const union address *address,
                           socklen_t size, struct http_place *out, struct fault *fault)
{
    union address bound = *address;
    int on = 1;
    out->fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (out->fd < 0 || setsockopt(out->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(out->fd, &address->any, size) != 0 || listen(out->fd, HTTP_BACKLOG) != 0 ||
        getsockname(out->fd, &bound.any, &size) != 0)
        return cannot_bind(options, address, errno, fault);
    set_url(options, &bound, out);
    return STATUS_OK;
}

static enum status listen_on(const struct http_options *options, struct http_place *out,
                             struct fault *fault)
{
    union address address;
    socklen_t size = 0;
    if (!parse(options->address, &address, &size))
        return fault_set(fault, STATUS_REJECT, "bad-value",
                         "cannot serve HTTP on %.100s: an address looks like 127.0.0.1:8080",
                         options->address);
    if (!options->open && !is_loopback(&address))
        return fault_set(fault, STATUS_REJECT, "http-open",
                         "serving HTTP on %.100s would let in everybody who reaches it: serve it "
                         "on 127.0.0.1, or %s",
                         options->address, options->open_by ? options->open_by : "say --http-open");
    return bind_to(options, &address, size, out, fault);
}

enum status http_listen(const struct http_options *options, struct http_place *out,
                        struct fault *fault)
{
    *out = (struct http_place){.fd = -1};
    enum status status = strcmp(options->address, "systemd") == 0
                             ? listen_for_systemd(options, out, fault)
                             : listen_on(options, out, fault);
    if (status != STATUS_OK && out->fd >= 0) {
        (void)close(out->fd);
        out->fd = -1;
    }
    return status;
}

/* The host of HOST or HOST:PORT. */
static struct slice host_of(const char *text)
{
    const char *bracket = strchr(text, ']');
    return (struct slice){text, bracket ? (size_t)(bracket + 1 - text) : strcspn(text, ":")};
}

bool http_place_is_called(const struct http_place *place, const char *asked)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
    if (!place->loopback || !asked)
        return true;
    struct slice host = host_of(asked);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == host.len && strncasecmp(names[i], host.data, host.len) == 0)
            return true;
    return slice_equal(host, host_of(strstr(place->url, "://") + 3));
}
