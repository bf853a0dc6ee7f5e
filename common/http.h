/* A small HTTP server for status pages, metrics, the dashboard, and articles of producers that
 * cannot speak ZeroMQ: the only file that includes <microhttpd.h> is http_state.h.
 *
 * It lives on a loop, has no threads, and answers GET and HEAD from memory: at once, or later for
 * what has to be asked of somebody else. Other methods and their bodies come only to an owner that
 * wants them (http_options.wants). Connections are few and time out. Scripts, styles and data come
 * from here alone (Content-Security-Policy), and where it listens on loopback it answers to
 * loopback's names only, so that no page elsewhere can make a browser ask it under another name
 * (DNS rebinding). Belongs to the thread of its loop. */
#ifndef NEWSMILL_COMMON_HTTP_H
#define NEWSMILL_COMMON_HTTP_H

#include "common/buffer.h"
#include "common/loop.h"
#include "common/status.h"

struct http;
struct http_later; /* an answer that is owed */

/* What became of the body of a request. */
enum http_body {
    HTTP_BODY_NONE,     /* there is none */
    HTTP_BODY_WHOLE,    /* http_take_body() */
    HTTP_BODY_UNWANTED, /* the owner did not want it; it was let go by */
    HTTP_BODY_TOO_LONG, /* more than http_options.body_bytes */
    HTTP_BODY_NO_ROOM   /* with those of other requests, more than http_options.held_bytes */
};

/* What is asked. Borrowed for the call. */
struct http_request {
    const char *method; /* "GET" or "HEAD"; with http_options.wants any */
    const char *path;   /* without the query */
    enum http_body body;
    struct http_exchange *exchange;
};
/* A parameter of the query, decoded; NULL when it is absent, "" when it has no value. */
const char *http_query(const struct http_request *request, const char *name);
/* The first parameter for which `known` says false; NULL when it knows all. */
const char *http_query_unknown(const struct http_request *request,
                               bool (*known)(void *user, const char *name), void *user);

/* A header of the request; NULL when it is absent. */
const char *http_header(const struct http_request *request, const char *name);

/* Moves a whole body to the caller, who deinits it. */
void http_take_body(const struct http_request *request, struct buffer *body);

/* What goes back; `status` is 404 and the body empty until the answer says otherwise. */
struct http_reply {
    unsigned status;
    const char *type; /* Content-Type; static storage */
    const char
        *etag; /* "\"…\"", static storage: the browser may keep it and ask whether it changed */
    struct buffer *body;
    const char *allow;      /* of 405; NULL: "GET, HEAD" */
    const char *challenge;  /* WWW-Authenticate, of 401; or NULL */
    unsigned retry_after_s; /* of 503; 0: not said */
    bool last;              /* the connection ends behind it */
};
/* Fills `reply`, or takes http_later() and leaves it. Called from the loop. */
typedef void http_answer(void *user, const struct http_request *request, struct http_reply *reply);

/* The answer comes later: http_finish() is owed, exactly once, before http_free(). */
struct http_later *http_later(const struct http_request *request);
/* `type` is static storage; `body` is copied. */
void http_finish(struct http_later *later, unsigned status, const char *type, struct slice body);

/* Later, so many seconds from now, it may be better; before http_finish(). */
void http_retry_after(struct http_later *later, unsigned seconds);

struct http_options {
    /* HOST:PORT, HOST an IPv4 address, an IPv6 address in brackets, or localhost; port 0 picks a
     * free one; or "systemd": the socket of a .socket unit (common/service.h), which says where. */
    const char *address;
    const char *option;  /* that names the address, for messages; NULL: "--http" */
    bool open;           /* the address may be another than loopback */
    const char *open_by; /* what to say to have it so, for messages; NULL: "say --http-open" */
    http_answer *answer;
    void *user;

    /* For owners that take more than GET and HEAD. Whether the body of this request, of which the
     * headers are there, is wanted; answer() comes behind the body, with what became of it. */
    bool (*wants)(void *user, const struct http_request *request);
    size_t body_bytes, held_bytes; /* of one body; of those that are on their way, together */
    size_t answer_bytes;           /* of one answer; 0: 4 MiB */

    unsigned connections, connections_per_address; /* 0: 64; no limit of its own */
    /* How long a request may take to arrive, and a connection be idle; 0: 15 s. An answer has four
     * times as long to be read. */
    int64_t request_ms;
    /* TLS: a certificate with its chain, and its secret key, as PEM texts; NULL: none. */
    const char *certificate, *certificate_key;
};
/* REJECT "bad-value", "http-open": the address, "bad-certificate"; FATAL "port-in-use", "bind". The
 * strings are borrowed for the call, certificate and key until http_free(). */
enum status http_new(struct loop *loop, const struct http_options *options, struct http **out,
                     struct fault *fault) MUST_CHECK;
/* Whether some request has begun and is not answered yet. */
bool http_is_busy(const struct http *http);
/* Takes no more connections; those that are there go on. */
void http_quiesce(struct http *http);
void http_free(struct http *http);
/* Answers what waits, for a process that blocks outside the loop. */
void http_turn(struct http *http);
/* "http://127.0.0.1:8080", the port filled in. */
const char *http_url(const struct http *http);

#endif
