/* What the parts of the HTTP server share: http.c has the server and its turns, http_connections.c
 * how long a connection may stay, http_request.c what comes over one, http_answer.c what goes. */
#ifndef NEWSMILL_COMMON_HTTP_STATE_H
#define NEWSMILL_COMMON_HTTP_STATE_H

#include <microhttpd.h>

#include "common/http.h"
#include "common/http_listen.h"

/* A connection between two answers. libmicrohttpd's own timeout begins anew with every byte;
 * whoever sends one now and then would have it for ever. */
struct http_connection {
    struct http_connection *next, **at;
    int fd;
    int64_t until_ms; /* it is cut; CLOCK_NONE while a whole request is being answered */
    bool asking;      /* its request has not arrived whole: one who hangs up now is gone */
};

struct http {
    struct loop *loop;
    struct MHD_Daemon *daemon;
    int epoll_fd, timer;
    int ends_fd; /* our own epoll: who has ended a connection; -1: there was none to be had */
    int soon;    /* the timer of a turn that was asked for; -1: none */
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

/* ---- http.c ---- */

/* libmicrohttpd has work that its descriptor does not show: a turn of it, soon. */
void http_ask_for_turn(struct http *http);

/* ---- http_connections.c ---- */

void http_on_connection(void *user, struct MHD_Connection *connection, void **context,
                        enum MHD_ConnectionNotificationCode code); /* libmicrohttpd calls it */
void http_watch_ends(struct http *http);
void http_unwatch_ends(struct http *http);
/* Those whose time is over, and those who hung up before they had asked. libmicrohttpd closes what
 * it finds cut, in its next turn. */
void http_cut_connections(struct http *http);
/* The request has so long to arrive. */
void http_await_request(struct MHD_Connection *connection, int64_t ms);
/* The request is there: its answer takes as long as it takes. */
void http_await_answer(struct MHD_Connection *connection);
/* The answer has so long to be read. */
void http_await_reader(struct MHD_Connection *connection, int64_t ms);

/* ---- http_request.c: libmicrohttpd calls these ---- */

enum MHD_Result http_on_request(void *user, struct MHD_Connection *connection, const char *path,
                                const char *method, const char *version, const char *bytes,
                                size_t *len, void **state);
void http_on_completed(void *user, struct MHD_Connection *connection, void **state,
                       enum MHD_RequestTerminationCode code);

/* ---- http_answer.c ---- */

enum MHD_Result http_send_reply(struct http_exchange *exchange, const struct http_reply *reply,
                                struct slice body);
/* Plain text. */
enum MHD_Result http_send_text(struct http_exchange *exchange, unsigned status, struct slice body);
/* The owner answers, now or later. */
enum MHD_Result http_ask_owner(struct http_exchange *exchange, const char *method,
                               const char *path);
/* What http_finish() left. */
enum MHD_Result http_send_finished(struct http_exchange *exchange);

#endif
