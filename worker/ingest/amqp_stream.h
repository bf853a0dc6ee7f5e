/* A connection's bytes, plain or through TLS, never waiting. The only file that includes OpenSSL's
 * headers is amqp_stream.c.
 *
 * With TLS the peer must show a certificate that an authority we trust has signed for the host that
 * was asked for; TLS 1.2 at least. */
#ifndef NEWSMILL_INGEST_AMQP_STREAM_H
#define NEWSMILL_INGEST_AMQP_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/amqp_uri.h"
#include "common/status.h"

/* Keys and authorities, read once. */
struct stream_trust;
/* REJECT with a sentence that names the file. NULL in `out` where the URI has no TLS. */
enum status stream_trust_new(const struct amqp_uri *uri, struct stream_trust **out,
                             struct fault *fault) MUST_CHECK;
void stream_trust_free(struct stream_trust *trust);

struct stream;
/* Takes the socket, which is connected or about to be. `trust` NULL: plain. NULL without memory;
 * the socket is closed then. */
struct stream *stream_new(int fd, const struct stream_trust *trust, const char *host);
/* Closes it. */
void stream_free(struct stream *stream);
int stream_fd(const struct stream *stream);

#define STREAM_LATER 0  /* nothing now */
#define STREAM_ENDED -1 /* and `fault` says why */
ssize_t stream_read(struct stream *stream, void *bytes, size_t len, struct fault *fault);
ssize_t stream_write(struct stream *stream, const void *bytes, size_t len, struct fault *fault);
/* It must write before it can read (a handshake): wait for both. */
bool stream_wants_write(const struct stream *stream);
/* The last write must read first (a handshake): waiting for room to write would be in vain. */
bool stream_write_waits(const struct stream *stream);
/* Something was read from the socket already, which no poll will say. */
bool stream_has_more(const struct stream *stream);

#endif
