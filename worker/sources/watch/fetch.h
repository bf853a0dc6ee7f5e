/* Fetching over HTTP and HTTPS with libcurl, many transfers at a time, each bounded in time, in
 * bytes of body (unpacked) and of headers. One thread; one owner.
 *
 * Nothing is fetched from an address that is not everybody's (address.h), unless allowed. That is
 * checked when a connection is made, on the address it is made to, so that no name that resolves to
 * something else the second time gets around it. Redirects are not followed here: their target is
 * another URL, with a host of its own to be asked. Certificates are verified; no proxy is used, no
 * cookie kept, no other scheme known. */
#ifndef NEWSMILL_WORKER_SOURCES_WATCH_FETCH_H
#define NEWSMILL_WORKER_SOURCES_WATCH_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "common/slice.h"
#include "common/status.h"

#define FETCH_HEADER_BYTES    ((size_t)256 * 1024)
#define FETCH_VALIDATOR_BYTES 512
#define FETCH_RETRY_MAX_MS    (INT64_C(24) * 3600 * 1000)

struct fetcher;

struct fetch_options {
    int64_t timeout_ms; /* of a whole transfer */
    bool allow_private;
    const char *user_agent;
};

struct fetch_request {
    const char *url;
    const char *etag, *modified; /* validators of an earlier answer; NULL or "": none */
    size_t max_bytes;
    bool cut; /* a longer body is cut there instead of failing */
};

/* What came. Valid until fetch_release(). */
struct fetch_result {
    void *user;
    int status;         /* HTTP's; 0 when the transfer failed */
    struct fault fault; /* why it failed: "too-long", "timeout", "private-address", "tls",
                           "fetch-failed" */
    struct slice body;
    const char *content_type;    /* NULL when absent */
    const char *location;        /* absolute; of a redirect */
    const char *etag, *modified; /* "" when absent */
    int64_t retry_after_ms;      /* -1 when absent; at most FETCH_RETRY_MAX_MS */
    struct transfer *transfer;
};

enum status fetcher_new(const struct fetch_options *options, struct fetcher **out,
                        struct fault *fault) MUST_CHECK;
/* Ends what is still running. */
void fetcher_free(struct fetcher *fetcher);
enum status fetcher_start(struct fetcher *fetcher, const struct fetch_request *request, void *user,
                          struct fault *fault) MUST_CHECK;
/* Waits until something happens, at `wake_fd` too, at most `timeout_ms`. */
void fetcher_wait(struct fetcher *fetcher, int wake_fd, int timeout_ms);
/* The next transfer that is over; false when there is none. */
bool fetcher_done(struct fetcher *fetcher, struct fetch_result *result) MUST_CHECK;
void fetch_release(struct fetcher *fetcher, struct fetch_result *result);

#endif
