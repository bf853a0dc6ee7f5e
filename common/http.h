/* A small HTTP server for status pages, metrics and the dashboard: the only file that includes
 * <microhttpd.h> is http.c.
 *
 * It lives on a loop, has no threads, and answers GET and HEAD from memory: at once, or later for
 * what has to be asked of a database. Connections are few and time out; it is made for people and
 * monitoring, not for crowds. Scripts, styles and data come from here alone
 * (Content-Security-Policy), and where it listens on loopback it answers to loopback's names only,
 * so that no page elsewhere can make a browser ask it under another name (DNS rebinding). Belongs
 * to the thread of its loop. */
#ifndef NEWSMILL_COMMON_HTTP_H
#define NEWSMILL_COMMON_HTTP_H

#include "common/buffer.h"
#include "common/loop.h"
#include "common/status.h"

struct http;
struct http_later; /* an answer that is owed */

/* What is asked. Borrowed for the call. */
struct http_request {
    const char *path; /* without the query */
    struct http_exchange *exchange;
};
/* A parameter of the query, decoded; NULL when it is absent, "" when it has no value. */
const char *http_query(const struct http_request *request, const char *name);
/* The first parameter for which `known` says false; NULL when it knows all. */
const char *http_query_unknown(const struct http_request *request,
                               bool (*known)(void *user, const char *name), void *user);

/* A header of the request; NULL when it is absent. */
const char *http_header(const struct http_request *request, const char *name);

/* What goes back; `status` is 404 and the body empty until the answer says otherwise. */
struct http_reply {
    unsigned status;
    const char *type; /* Content-Type; static storage */
    const char
        *etag; /* "\"…\"", static storage: the browser may keep it and ask whether it changed */
    struct buffer *body;
};
/* Fills `reply`, or takes http_later() and leaves it. Called from the loop. */
typedef void http_answer(void *user, const struct http_request *request, struct http_reply *reply);

/* The answer comes later: http_finish() is owed, exactly once, before http_free(). */
struct http_later *http_later(const struct http_request *request);
/* `type` is static storage; `body` is copied. */
void http_finish(struct http_later *later, unsigned status, const char *type, struct slice body);

/* `address` is HOST:PORT, HOST an IPv4 address, an IPv6 address in brackets, or localhost; port 0
 * picks a free one; or "systemd": the socket of a .socket unit (common/service.h), which says
 * where. REJECT when it is none of these, or not loopback and not `open` to others; FATAL
 * "port-in-use", "bind". */
enum status http_new(struct loop *loop, const char *address, bool open, http_answer *answer,
                     void *user, struct http **out, struct fault *fault) MUST_CHECK;
void http_free(struct http *http);
/* Answers what waits, for a process that blocks outside the loop. */
void http_turn(struct http *http);
/* "http://127.0.0.1:8080", the port filled in. */
const char *http_url(const struct http *http);

/* Appends `text` with the characters that mean something in HTML escaped. */
void http_escape(struct buffer *out, struct slice text);

#endif
