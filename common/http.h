/* A small HTTP server for status pages and metrics: the only file that includes <microhttpd.h> is
 * http.c.
 *
 * It lives on a loop, has no threads, and answers GET and HEAD at once from memory. Connections are
 * few and time out; it is made for people and monitoring, not for crowds. Belongs to the thread of
 * its loop. */
#ifndef NEWSMILL_COMMON_HTTP_H
#define NEWSMILL_COMMON_HTTP_H

#include "common/buffer.h"
#include "common/loop.h"
#include "common/status.h"

struct http;

/* What goes back; `status` is 404 and the body empty until the answer says otherwise. */
struct http_reply {
    unsigned status;
    const char *type; /* Content-Type; static storage */
    struct buffer *body;
};
/* Fills `reply` for `path` (without the query). Called from the loop. */
typedef void http_answer(void *user, const char *path, struct http_reply *reply);

/* `address` is HOST:PORT, HOST an IPv4 address, an IPv6 address in brackets, or localhost; port 0
 * picks a free one. REJECT when it is none of these; FATAL "port-in-use", "bind". */
enum status http_new(struct loop *loop, const char *address, http_answer *answer, void *user,
                     struct http **out, struct fault *fault) MUST_CHECK;
void http_free(struct http *http);
/* Answers what waits, for a process that blocks outside the loop. */
void http_turn(struct http *http);
/* "http://127.0.0.1:8080", the port filled in. */
const char *http_url(const struct http *http);

/* Appends `text` with the characters that mean something in HTML escaped. */
void http_escape(struct buffer *out, struct slice text);

#endif
