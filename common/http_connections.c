/* How long a connection to the HTTP server may stay. */
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/http_state.h"

#define ENDS_PER_CALL 64

/* ---- connections ---- */

void http_on_connection(void *user, struct MHD_Connection *connection, void **context,
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
                                    clock_steady_ms() + http->options.request_ms, true};
    if (own->next)
        own->next->at = &own->next;
    http->connections = own;
    if (http->ends_fd >= 0) {
        struct epoll_event ends = {.events = EPOLLRDHUP | EPOLLET};
        (void)epoll_ctl(http->ends_fd, EPOLL_CTL_ADD, own->fd, &ends);
    }
}

static void set_time(struct MHD_Connection *connection, int64_t until_ms, bool asking)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct http_connection *own = info ? info->socket_context : NULL;
    if (!own)
        return;
    own->until_ms = until_ms;
    own->asking = asking;
}

void http_await_request(struct MHD_Connection *connection, int64_t ms)
{
    set_time(connection, clock_steady_ms() + ms, true);
}

void http_await_answer(struct MHD_Connection *connection)
{
    set_time(connection, CLOCK_NONE, false);
}

void http_await_reader(struct MHD_Connection *connection, int64_t ms)
{
    set_time(connection, clock_steady_ms() + ms, false);
}

/* ---- cutting ---- */

static bool has_hung_up(int fd)
{
    char byte;
    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

void http_cut_connections(struct http *http)
{
    int64_t now = clock_steady_ms();
    for (struct http_connection *own = http->connections; own; own = own->next)
        if ((own->until_ms != CLOCK_NONE && own->until_ms < now) ||
            (own->asking && has_hung_up(own->fd)))
            (void)shutdown(own->fd, SHUT_RDWR);
}

/* ---- who hangs up ---- */

/* First what has arrived is read, or nobody who hung up can be told from who has just asked. */
static void on_end(void *user)
{
    struct http *http = user;
    struct epoll_event ends[ENDS_PER_CALL];
    (void)epoll_wait(http->ends_fd, ends, ENDS_PER_CALL, 0);
    http_turn(http);
    http_cut_connections(http);
    http_turn(http);
}

/* libmicrohttpd watches for edges and reads once an edge: where the end of a connection arrives
 * together with the beginning of a request it never sees that end, and the connection would take up
 * its place, and its address's, until its time is over. */
void http_watch_ends(struct http *http)
{
    http->ends_fd = epoll_create1(EPOLL_CLOEXEC);
    if (http->ends_fd >= 0)
        loop_watch_fd(http->loop, http->ends_fd, false, on_end, http);
}

void http_unwatch_ends(struct http *http)
{
    if (http->ends_fd < 0)
        return;
    loop_unwatch_fd(http->loop, http->ends_fd);
    (void)close(http->ends_fd);
    http->ends_fd = -1;
}
