/* What a request to the HTTP front asks for, and what it is refused with.
 *
 * Pure: headers in, a decision out; made when the headers are there, before any of the body. */
#ifndef NEWSMILL_SOURCES_FRONT_REQUESTS_H
#define NEWSMILL_SOURCES_FRONT_REQUESTS_H

#include "common/http.h"
#include "worker/sources/front/intake.h"
#include "worker/sources/front/tokens.h"

#define REQUEST_PATH "/articles"

/* Of a request that is not taken. */
struct refusal {
    unsigned status; /* 0: none */
    const char *code, *message;
    unsigned retry_after_s;
};

/* Looks at method, token, origin, media type, encoding and parameters of a request to REQUEST_PATH.
 * `tokens` NULL: everybody may. */
struct refusal request_check(const struct http_request *request, const struct tokens *tokens);
/* What its body is, for intake_read(). Borrows from the request. */
struct intake_about request_about(const struct http_request *request);

#endif
