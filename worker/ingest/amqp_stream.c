/* Plain sockets and OpenSSL's. */
#include "worker/ingest/amqp_stream.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/resolve.h"

struct stream_trust {
    SSL_CTX *context;
};

struct stream {
    int fd;
    SSL *tls; /* NULL: plain */
    bool wants_write, write_waits;
};

/* ---- trust ---- */

static enum status wrong_file(struct fault *fault, const char *what, const char *path)
{
    const char *why = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return fault_set(fault, STATUS_REJECT, "bad-certificate", "--backlog: %s %.120s: %s", what,
                     path, why ? why : "cannot be read");
}

static enum status fill_trust(SSL_CTX *context, const struct amqp_uri *uri, struct fault *fault)
{
    bool good = uri->ca[0] ? SSL_CTX_load_verify_locations(context, uri->ca, NULL) == 1
                           : SSL_CTX_set_default_verify_paths(context) == 1;
    if (!good)
        return wrong_file(fault, "the authorities in", uri->ca[0] ? uri->ca : "the system's store");
    if (uri->cert[0] && SSL_CTX_use_certificate_chain_file(context, uri->cert) != 1)
        return wrong_file(fault, "the certificate in", uri->cert);
    if (uri->key[0] && (SSL_CTX_use_PrivateKey_file(context, uri->key, SSL_FILETYPE_PEM) != 1 ||
                        SSL_CTX_check_private_key(context) != 1))
        return wrong_file(fault, "the key in", uri->key);
    (void)SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    (void)SSL_CTX_set_mode(context,
                           SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    return STATUS_OK;
}

enum status stream_trust_new(const struct amqp_uri *uri, struct stream_trust **out,
                             struct fault *fault)
{
    *out = NULL;
    if (!uri->tls)
        return STATUS_OK;
    struct stream_trust *trust = calloc(1, sizeof *trust);
    if (trust)
        trust->context = SSL_CTX_new(TLS_client_method());
    enum status status = trust && trust->context ? fill_trust(trust->context, uri, fault)
                                                 : fault_set(fault, STATUS_FATAL, "out-of-memory",
                                                             "no memory for certificates");
    if (status == STATUS_OK)
        *out = trust;
    else
        stream_trust_free(trust);
    return status;
}

void stream_trust_free(struct stream_trust *trust)
{
    if (!trust)
        return;
    SSL_CTX_free(trust->context);
    free(trust);
}

/* ---- streams ---- */

static bool begin_tls(struct stream *stream, const struct stream_trust *trust, const char *host)
{
    stream->tls = SSL_new(trust->context);
    if (!stream->tls || SSL_set_fd(stream->tls, stream->fd) != 1)
        return false;
    SSL_set_connect_state(stream->tls);
    stream->wants_write = true;
    if (resolve_is_address(host))
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(stream->tls), host) == 1;
    return SSL_set1_host(stream->tls, host) == 1 &&
           SSL_ctrl(stream->tls, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                    (void *)(uintptr_t)host) == 1;
}

struct stream *stream_new(int fd, const struct stream_trust *trust, const char *host)
{
    struct stream *stream = calloc(1, sizeof *stream);
    if (!stream) {
        (void)close(fd);
        return NULL;
    }
    stream->fd = fd;
    if (trust && !begin_tls(stream, trust, host)) {
        stream_free(stream);
        return NULL;
    }
    return stream;
}

void stream_free(struct stream *stream)
{
    if (!stream)
        return;
    SSL_free(stream->tls);
    (void)close(stream->fd);
    free(stream);
}

int stream_fd(const struct stream *stream)
{
    return stream->fd;
}

bool stream_wants_write(const struct stream *stream)
{
    return stream->wants_write;
}

bool stream_write_waits(const struct stream *stream)
{
    return stream->write_waits;
}

bool stream_has_more(const struct stream *stream)
{
    return stream->tls && SSL_pending(stream->tls) > 0;
}

static ssize_t ended(struct fault *fault, const char *why)
{
    (void)fault_set(fault, STATUS_RETRY, "connection", "%s", why);
    return STREAM_ENDED;
}

static ssize_t plain(ssize_t moved, struct fault *fault)
{
    if (moved > 0)
        return moved;
    if (moved == 0)
        return ended(fault, "it closed the connection");
    return errno == EAGAIN || errno == EINTR || errno == EINPROGRESS
               ? STREAM_LATER
               : ended(fault, strerror(errno));
}

/* Why the peer's certificate was not taken, or what else went wrong. */
static ssize_t tls_failed(const struct stream *stream, struct fault *fault)
{
    long verdict = SSL_get_verify_result(stream->tls);
    const char *why = ERR_reason_error_string(ERR_peek_last_error());
    if (verdict != X509_V_OK)
        (void)fault_set(fault, STATUS_RETRY, "bad-certificate",
                        "we refuse its certificate: %s; ca= names the authorities we trust",
                        X509_verify_cert_error_string(verdict));
    else
        (void)fault_set(fault, STATUS_RETRY, "tls", "TLS failed: %s",
                        why ? why : "it closed the connection");
    ERR_clear_error();
    return STREAM_ENDED;
}

static ssize_t through_tls(struct stream *stream, int moved, struct fault *fault)
{
    if (moved > 0) {
        stream->wants_write = false;
        return moved;
    }
    switch (SSL_get_error(stream->tls, moved)) {
    case SSL_ERROR_WANT_READ:
        stream->wants_write = false;
        return STREAM_LATER;
    case SSL_ERROR_WANT_WRITE:
        stream->wants_write = true;
        return STREAM_LATER;
    case SSL_ERROR_ZERO_RETURN:
        return ended(fault, "it closed the connection");
    default:
        return tls_failed(stream, fault);
    }
}

static int clamp(size_t len)
{
    return len < (1u << 30) ? (int)len : 1 << 30;
}

ssize_t stream_read(struct stream *stream, void *bytes, size_t len, struct fault *fault)
{
    if (!stream->tls)
        return plain(recv(stream->fd, bytes, len, MSG_DONTWAIT), fault);
    ERR_clear_error();
    return through_tls(stream, SSL_read(stream->tls, bytes, clamp(len)), fault);
}

ssize_t stream_write(struct stream *stream, const void *bytes, size_t len, struct fault *fault)
{
    if (!stream->tls)
        return plain(send(stream->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL), fault);
    ERR_clear_error();
    int moved = SSL_write(stream->tls, bytes, clamp(len));
    stream->write_waits = moved <= 0 && SSL_want_read(stream->tls);
    return through_tls(stream, moved, fault);
}
