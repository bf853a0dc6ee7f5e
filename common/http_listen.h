/* Where an HTTP server listens: the address of an option becomes a socket. */
#ifndef NEWSMILL_COMMON_HTTP_LISTEN_H
#define NEWSMILL_COMMON_HTTP_LISTEN_H

#include "common/http.h"

#define HTTP_URL_BYTES 128
#define HTTP_BACKLOG   64

struct http_place {
    int fd; /* non-blocking, closed on exec; whoever asked owns it */
    bool loopback;
    char url[HTTP_URL_BYTES]; /* "http://127.0.0.1:8080" */
};

/* Fails as http_new() says of the address. */
enum status http_listen(const struct http_options *options, struct http_place *out,
                        struct fault *fault) MUST_CHECK;

/* Whether a Host header (NULL: none) names the place. On loopback it has to be a name that leads to
 * loopback wherever it is looked up, with any port; elsewhere all are right. */
bool http_place_is_called(const struct http_place *place, const char *asked);

#endif
