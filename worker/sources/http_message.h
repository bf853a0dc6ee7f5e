/* An HTTP response as it travelled: RFC 9112. Read from WARC records and from downloads; every byte
 * of it is a stranger's.
 *
 * Servers and crawlers are not exact: lines may end in LF alone, and a body that is not what its
 * headers claim (not chunked, not compressed) is taken as it is. */
#ifndef NEWSMILL_WORKER_SOURCES_HTTP_MESSAGE_H
#define NEWSMILL_WORKER_SOURCES_HTTP_MESSAGE_H

#include "common/buffer.h"
#include "common/slice.h"
#include "common/status.h"

struct http_message {
    int status; /* 200, 404, …; 0 when there is no status line */
    struct slice content_type, content_encoding, transfer_encoding; /* NULL when absent */
    struct slice body;                                              /* as it travelled */
};

/* A field's value in a block of "Name: value" lines, the last one of that name; NULL when absent.
 * Also for the headers of WARC records. */
struct slice http_field(struct slice lines, const char *name);
/* Where the block of lines ends and the body begins: behind the first empty line. 0 when `bytes`
 * ends before. */
size_t http_head_bytes(struct slice bytes);

/* Splits; false when this is no response. */
bool http_message_read(struct slice bytes, struct http_message *message) MUST_CHECK;

/* The body without chunks and compression (gzip, deflate, br), in `out`, whose limit is the bound
 * on what a small body may unpack to: REJECT "body-too-long" beyond it. REJECT "unknown-encoding"
 * when it cannot be unpacked. A body that ends too early gives what there is. */
enum status http_message_body(const struct http_message *message, struct buffer *out,
                              struct fault *fault) MUST_CHECK;
/* Undoes a Content-Encoding only. */
enum status http_unpack(struct slice packed, struct slice content_encoding, struct buffer *out,
                        struct fault *fault) MUST_CHECK;

/* "text/html" of "text/html; charset=utf-8", and its charset; NULL when absent or no charset's
 * name. */
struct slice http_media_type(struct slice content_type);
struct slice http_charset(struct slice content_type);
bool http_is(struct slice value, const char *name); /* in any case */

#endif
