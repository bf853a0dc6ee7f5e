/* ZeroMQ behind one door. */
#include "common/bus.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <zmq.h>

#include "common/holder.h"

_Static_assert(sizeof(zmq_msg_t) <= sizeof(struct bus_frame), "bus_frame must hold a zmq_msg_t");

#define HANDSHAKE_MS 10000 /* who has not made himself known by then is disconnected */
#define LENT_BYTES   8192  /* libzmq lends shorter frames a part of what it received at once */
#define BACKLOG      1024  /* that the kernel keeps until libzmq accepts them */

struct bus {
    void *context;
    struct bus_security security;
};

struct bus_socket {
    struct bus *bus;
    void *handle;
    const char *domain; /* for the ZAP handler; NULL: none */
    void *monitored;    /* the handle whose events this one reads */
    uint64_t dropped;
    char endpoint[BUS_ENDPOINT_BYTES];
};

static zmq_msg_t *frame_handle(const struct bus_frame *frame)
{
    return (zmq_msg_t *)(uintptr_t)frame->opaque;
}

struct bus *bus_new(void)
{
    struct bus *bus = calloc(1, sizeof *bus);
    if (!bus)
        return NULL;
    bus->context = zmq_ctx_new();
    if (!bus->context) {
        free(bus);
        return NULL;
    }
    return bus;
}

void bus_free(struct bus *bus)
{
    if (!bus)
        return;
    while (zmq_ctx_term(bus->context) != 0 && errno == EINTR)
        ;
    explicit_bzero(&bus->security, sizeof bus->security);
    free(bus);
}

/* ---- keys ---- */

void bus_secure(struct bus *bus, const struct bus_security *security)
{
    bus->security = *security;
}

enum status bus_key_make(char public_key[KEY_TEXT_BYTES], char secret_key[KEY_TEXT_BYTES])
{
    return zmq_curve_keypair(public_key, secret_key) == 0 ? STATUS_OK : STATUS_FATAL;
}

enum status bus_key_public(const char *secret_key, char public_key[KEY_TEXT_BYTES])
{
    return zmq_curve_public(public_key, secret_key) == 0 ? STATUS_OK : STATUS_REJECT;
}

void bus_key_text(const char bytes[32], char text[KEY_TEXT_BYTES])
{
    (void)zmq_z85_encode(text, (const uint8_t *)bytes, 32);
}

const struct bus_security *bus_security(const struct bus *bus)
{
    return &bus->security;
}

/* ---- sockets ---- */

static int set_int(void *handle, int option, int value)
{
    return zmq_setsockopt(handle, option, &value, sizeof value);
}

/* The kernel finds dead peers, not libzmq's own heartbeats: those end the program when a connection
 * breaks while its queue is full (stream_engine_base.cpp: !_io_error). The link has its own. */
static int set_keepalive(void *handle)
{
    int failed = set_int(handle, ZMQ_TCP_KEEPALIVE, 1);
    failed |= set_int(handle, ZMQ_TCP_KEEPALIVE_IDLE, 10);
    failed |= set_int(handle, ZMQ_TCP_KEEPALIVE_INTVL, 5);
    return failed | set_int(handle, ZMQ_TCP_KEEPALIVE_CNT, 3);
}

/* Everything that keeps a socket bounded and honest about dead peers, in one place. */
static bool set_options(void *handle, enum bus_kind kind, struct bus_options options)
{
    int failed = 0;
    failed |= set_int(handle, ZMQ_SNDHWM, options.high_water_messages);
    failed |= set_int(handle, ZMQ_RCVHWM, options.high_water_messages);
    failed |= set_int(handle, ZMQ_LINGER, options.linger_ms);
    failed |= zmq_setsockopt(handle, ZMQ_MAXMSGSIZE, &options.message_bytes_max,
                             sizeof options.message_bytes_max);
    failed |= set_keepalive(handle);
    failed |= set_int(handle, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS);
    failed |= set_int(handle, ZMQ_BACKLOG, BACKLOG);
    failed |= set_int(handle, ZMQ_RECONNECT_IVL, 50);
    failed |= set_int(handle, ZMQ_RECONNECT_IVL_MAX, 2000);
    failed |= set_int(handle, ZMQ_IPV6, 1);
    if (kind == BUS_ROUTER)
        failed |= set_int(handle, ZMQ_ROUTER_MANDATORY, 1);
    /* Not for a DEALER: with it libzmq takes the pipe of a cut connection away at once, between two
     * frames of a message that is being read, and ends the program (fq.cpp: !_more). */
    if (kind == BUS_PUSH)
        failed |= set_int(handle, ZMQ_IMMEDIATE, 1);
    return failed == 0;
}

enum status bus_open(struct bus *bus, enum bus_kind kind, struct bus_options options,
                     struct bus_socket **out, struct fault *fault)
{
    static const int types[] = {
        [BUS_PULL] = ZMQ_PULL,     [BUS_PUSH] = ZMQ_PUSH, [BUS_ROUTER] = ZMQ_ROUTER,
        [BUS_DEALER] = ZMQ_DEALER, [BUS_REP] = ZMQ_REP,   [BUS_PAIR] = ZMQ_PAIR};
    struct bus_socket *socket = calloc(1, sizeof *socket);
    void *handle = socket ? zmq_socket(bus->context, types[kind]) : NULL;
    if (!handle || !set_options(handle, kind, options)) {
        int error = errno;
        if (handle)
            (void)zmq_close(handle);
        free(socket);
        return fault_set(fault, STATUS_FATAL, "socket", "cannot open a ZeroMQ socket: %s",
                         zmq_strerror(error));
    }
    socket->bus = bus;
    socket->handle = handle;
    *out = socket;
    return STATUS_OK;
}

void bus_drop(struct bus_socket **socket)
{
    if (*socket)
        (void)set_int((*socket)->handle, ZMQ_LINGER, 0);
    bus_close(socket);
}

void bus_close(struct bus_socket **socket)
{
    if (!*socket)
        return;
    if ((*socket)->monitored)
        (void)zmq_socket_monitor((*socket)->monitored, NULL, 0);
    (void)zmq_close((*socket)->handle);
    free(*socket);
    *socket = NULL;
}

enum status bus_send_high_water(struct bus_socket *socket, int messages, struct fault *fault)
{
    if (set_int(socket->handle, ZMQ_SNDHWM, messages) != 0)
        return fault_set(fault, STATUS_FATAL, "socket", "cannot set a socket's send queue: %s",
                         zmq_strerror(errno));
    return STATUS_OK;
}

static enum status in_use(const char *endpoint, struct fault *fault)
{
    char holder[HOLDER_BYTES];
    return fault_set(fault, STATUS_FATAL, "port-in-use",
                     "cannot listen on %.80s: %s; choose another port, or 0 for a free one",
                     endpoint, holder_of_port(endpoint_port(endpoint), holder));
}

static const char *bind_advice(int error)
{
    switch (error) {
    case EACCES:
        return "not permitted; choose a port above 1023";
    case EADDRNOTAVAIL:
    case ENODEV:
        return "this machine has no such address";
    default:
        return "an endpoint looks like tcp://127.0.0.1:5552";
    }
}

static int set_key(void *handle, int option, const char *key)
{
    return zmq_setsockopt(handle, option, key, KEY_TEXT_BYTES - 1);
}

/* Before binding or connecting: whether the socket may leave this host, and how it speaks. */
static enum status protect(struct bus_socket *socket, const char *endpoint, bool serves,
                           struct fault *fault)
{
    const struct bus_security *security = &socket->bus->security;
    if (!security->keyed && !security->insecure && endpoint_leaves_host(endpoint))
        return fault_set(fault, STATUS_REJECT, "keys-missing",
                         "%s %.80s wants keys, as others than this host could read and write "
                         "there: name one with --key (newsmill keys make), or say --insecure",
                         serves ? "listening on" : "connecting to", endpoint);
    bool curve = security->keyed && endpoint_is_tcp(endpoint);
    int failed = set_int(socket->handle, ZMQ_CURVE_SERVER, curve && serves);
    if (curve && !serves)
        failed |= set_key(socket->handle, ZMQ_CURVE_PUBLICKEY, security->public_key) |
                  set_key(socket->handle, ZMQ_CURVE_SERVERKEY, security->server);
    if (curve)
        failed |= set_key(socket->handle, ZMQ_CURVE_SECRETKEY, security->secret_key);
    if (curve && serves && socket->domain)
        failed |=
            zmq_setsockopt(socket->handle, ZMQ_ZAP_DOMAIN, socket->domain, strlen(socket->domain));
    return failed ? fault_set(fault, STATUS_FATAL, "no-curve", "cannot set a socket's keys: %s",
                              zmq_strerror(errno))
                  : STATUS_OK;
}

enum status bus_bind(struct bus_socket *socket, const char *endpoint, struct fault *fault)
{
    char wanted[BUS_ENDPOINT_BYTES];
    if (!endpoint_for_bind(endpoint, wanted))
        return fault_set(fault, STATUS_FATAL, "bad-endpoint", "the endpoint is too long");
    enum status status = protect(socket, endpoint, true, fault);
    if (status != STATUS_OK)
        return status;
    if (zmq_bind(socket->handle, wanted) != 0)
        return errno == EADDRINUSE
                   ? in_use(endpoint, fault)
                   : fault_set(fault, STATUS_FATAL, "bind", "cannot listen on %.100s: %s (%s)",
                               endpoint, zmq_strerror(errno), bind_advice(errno));
    size_t size = sizeof socket->endpoint;
    if (zmq_getsockopt(socket->handle, ZMQ_LAST_ENDPOINT, socket->endpoint, &size) != 0)
        return fault_set(fault, STATUS_FATAL, "bind", "cannot read back the endpoint");
    endpoint_unmap_ipv4(socket->endpoint);
    return STATUS_OK;
}

void bus_domain(struct bus_socket *socket, const char *domain)
{
    socket->domain = domain;
}

enum status bus_heartbeat(struct bus_socket *socket, uint32_t interval_ms, uint32_t timeout_ms,
                          struct fault *fault)
{
    if (set_int(socket->handle, ZMQ_HEARTBEAT_IVL, (int)interval_ms) != 0 ||
        set_int(socket->handle, ZMQ_HEARTBEAT_TIMEOUT, (int)timeout_ms) != 0)
        return fault_set(fault, STATUS_FATAL, "socket", "cannot set heartbeats: %s",
                         zmq_strerror(errno));
    return STATUS_OK;
}

enum status bus_connect(struct bus_socket *socket, const char *endpoint, struct fault *fault)
{
    enum status status = protect(socket, endpoint, false, fault);
    if (status != STATUS_OK)
        return status;
    /* With IPv6 on, libzmq would reach an IPv4 address by a mapped one, which not every host and
     * resolver can. */
    if (set_int(socket->handle, ZMQ_IPV6, !endpoint_is_ipv4(endpoint)) != 0 ||
        zmq_connect(socket->handle, endpoint) != 0)
        return fault_set(fault, STATUS_FATAL, "bad-endpoint",
                         "cannot connect to %.100s: %s (an endpoint looks like "
                         "tcp://127.0.0.1:5552)",
                         endpoint, zmq_strerror(errno));
    (void)snprintf(socket->endpoint, sizeof socket->endpoint, "%s", endpoint);
    return STATUS_OK;
}

const char *bus_endpoint(const struct bus_socket *socket)
{
    return socket->endpoint;
}

uint64_t bus_dropped(const struct bus_socket *socket)
{
    return socket->dropped;
}

/* Receives the next frame into `frame`; false when nothing waits. */
static bool receive_frame(struct bus_socket *socket, struct bus_frame *frame)
{
    zmq_msg_t *handle = frame_handle(frame);
    (void)zmq_msg_init(handle);
    while (zmq_msg_recv(handle, socket->handle, ZMQ_DONTWAIT) < 0) {
        if (errno == EINTR)
            continue;
        (void)zmq_msg_close(handle);
        return false;
    }
    return true;
}

enum status bus_receive(struct bus_socket *socket, struct bus_message *message)
{
    for (;;) {
        bool more = true, too_many = false;
        bus_message_init(message);
        while (more) {
            struct bus_frame frame;
            if (!receive_frame(socket, &frame)) {
                bus_message_deinit(message);
                return STATUS_RETRY;
            }
            more = zmq_msg_more(frame_handle(&frame));
            if (message->count < BUS_FRAMES_MAX) {
                struct bus_frame *slot = &message->frames[message->count++];
                (void)zmq_msg_init(frame_handle(slot));
                (void)zmq_msg_move(frame_handle(slot), frame_handle(&frame));
            } else {
                too_many = true;
            }
            bus_frame_deinit(&frame);
        }
        if (!too_many)
            return STATUS_OK;
        bus_message_deinit(message);
        socket->dropped++;
    }
}

enum status bus_send(struct bus_socket *socket, struct bus_message *message)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < message->count && status == STATUS_OK; i++) {
        int flags = ZMQ_DONTWAIT | (i + 1 < message->count ? ZMQ_SNDMORE : 0);
        while (zmq_msg_send(frame_handle(&message->frames[i]), socket->handle, flags) < 0) {
            if (errno == EINTR)
                continue;
            /* Only the first frame can be refused: libzmq takes a multi-part message whole. */
            status = errno == EAGAIN ? STATUS_RETRY : STATUS_REJECT;
            break;
        }
    }
    bus_message_deinit(message);
    return status;
}

/* ---- events ---- */

/* Its queue has no bound: libzmq's thread would wait for room in it, and nobody could end it any
 * more. It is read every turn of the loop. */
enum status bus_monitor(struct bus_socket *socket, struct bus_socket **monitor, struct fault *fault)
{
    static const int events = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED |
                              ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                              ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
    const struct bus_options options = {0, -1, 0};
    char endpoint[64];
    (void)snprintf(endpoint, sizeof endpoint, "inproc://monitor-%p", socket->handle);
    enum status status = bus_open(socket->bus, BUS_PAIR, options, monitor, fault);
    if (status != STATUS_OK)
        return status;
    if (zmq_socket_monitor(socket->handle, endpoint, events) != 0 ||
        zmq_connect((*monitor)->handle, endpoint) != 0) {
        status = fault_set(fault, STATUS_FATAL, "socket", "cannot watch a socket's connections: %s",
                           zmq_strerror(errno));
        bus_close(monitor);
        return status;
    }
    (*monitor)->monitored = socket->handle;
    return STATUS_OK;
}

static enum bus_event_kind event_kind(uint16_t event, uint32_t value)
{
    switch (event) {
    case ZMQ_EVENT_ACCEPTED:
        return BUS_ACCEPTED;
    case ZMQ_EVENT_DISCONNECTED:
        return BUS_ENDED;
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
        return BUS_GREETED;
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
        return BUS_REFUSED;
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
        return value == ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH ? BUS_MISMATCHED
               : value == ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC    ? BUS_UNKNOWN
                                                                   : BUS_FAILED;
    default:
        return BUS_FAILED;
    }
}

bool bus_event(struct bus_socket *monitor, struct bus_event *event)
{
    struct bus_message message;
    uint16_t number;
    uint32_t value;
    if (bus_receive(monitor, &message) != STATUS_OK)
        return false;
    struct slice first = bus_message_frame(&message, 0);
    bool whole = first.len == sizeof number + sizeof value;
    if (whole) {
        memcpy(&number, first.data, sizeof number);
        memcpy(&value, first.data + sizeof number, sizeof value);
        event->kind = event_kind(number, value);
        event->fd = (int)value;
    }
    bus_message_deinit(&message);
    return whole;
}

const char *bus_message_sender(const struct bus_message *message)
{
    if (message->count == 0)
        return NULL;
    zmq_msg_t *last = frame_handle(&message->frames[message->count - 1]);
    const char *name = zmq_msg_gets(last, "User-Id");
    return name && *name ? name : zmq_msg_gets(last, "Peer-Address");
}

int bus_message_fd(const struct bus_message *message)
{
    return message->count
               ? zmq_msg_get(frame_handle(&message->frames[message->count - 1]), ZMQ_SRCFD)
               : -1;
}

void bus_message_init(struct bus_message *message)
{
    message->count = 0;
}

void bus_message_deinit(struct bus_message *message)
{
    for (size_t i = 0; i < message->count; i++)
        bus_frame_deinit(&message->frames[i]);
    message->count = 0;
}

enum status bus_message_add(struct bus_message *message, struct slice bytes)
{
    if (message->count == BUS_FRAMES_MAX)
        return STATUS_REJECT;
    if (bus_frame_copy(&message->frames[message->count], bytes) != STATUS_OK)
        return STATUS_FATAL;
    message->count++;
    return STATUS_OK;
}

/* Bytes that libzmq holds, and who counts them. */
struct held {
    atomic_size_t *count;
    size_t len;
    char bytes[];
};

static void free_held(void *bytes, void *memory)
{
    struct held *held = memory;
    (void)bytes;
    atomic_fetch_sub_explicit(held->count, held->len, memory_order_relaxed);
    free(held);
}

enum status bus_message_add_held(struct bus_message *message, struct slice bytes,
                                 atomic_size_t *count)
{
    if (message->count == BUS_FRAMES_MAX)
        return STATUS_REJECT;
    struct held *held = malloc(sizeof *held + bytes.len);
    if (!held)
        return STATUS_FATAL;
    *held = (struct held){.count = count, .len = bytes.len};
    if (bytes.len)
        memcpy(held->bytes, bytes.data, bytes.len);
    if (zmq_msg_init_data(frame_handle(&message->frames[message->count]), held->bytes, bytes.len,
                          free_held, held) != 0) {
        free(held);
        return STATUS_FATAL;
    }
    atomic_fetch_add_explicit(count, bytes.len, memory_order_relaxed);
    message->count++;
    return STATUS_OK;
}

enum status bus_message_share(struct bus_message *message, const struct bus_frame *from)
{
    if (message->count == BUS_FRAMES_MAX)
        return STATUS_REJECT;
    bus_frame_share(&message->frames[message->count++], from);
    return STATUS_OK;
}

struct slice bus_message_frame(const struct bus_message *message, size_t index)
{
    return index < message->count ? bus_frame_slice(&message->frames[index]) : SLICE_NULL;
}

void bus_frame_share(struct bus_frame *to, const struct bus_frame *from)
{
    (void)zmq_msg_init(frame_handle(to));
    (void)zmq_msg_copy(frame_handle(to), frame_handle(from));
}

void bus_frame_keep(struct bus_frame *to, const struct bus_frame *from)
{
    struct slice bytes = bus_frame_slice(from);
    if (bytes.len >= LENT_BYTES || bus_frame_copy(to, bytes) != STATUS_OK)
        bus_frame_share(to, from);
}

void bus_frame_init(struct bus_frame *frame)
{
    (void)zmq_msg_init(frame_handle(frame));
}

static void free_adopted(void *bytes, void *memory)
{
    (void)bytes;
    free(memory);
}

enum status bus_frame_adopt(struct bus_frame *to, struct buffer *bytes, size_t from)
{
    if (zmq_msg_init_data(frame_handle(to), bytes->data + from, bytes->len - from, free_adopted,
                          bytes->data) != 0) {
        bus_frame_init(to);
        return STATUS_FATAL;
    }
    buffer_init(bytes, bytes->limit);
    return STATUS_OK;
}

enum status bus_frame_copy(struct bus_frame *to, struct slice bytes)
{
    if (zmq_msg_init_size(frame_handle(to), bytes.len) != 0) {
        bus_frame_init(to); /* what libzmq leaves may not be closed */
        return STATUS_FATAL;
    }
    if (bytes.len)
        memcpy(zmq_msg_data(frame_handle(to)), bytes.data, bytes.len);
    return STATUS_OK;
}

void bus_frame_deinit(struct bus_frame *frame)
{
    (void)zmq_msg_close(frame_handle(frame));
}

struct slice bus_frame_slice(const struct bus_frame *frame)
{
    return (struct slice){zmq_msg_data(frame_handle(frame)), zmq_msg_size(frame_handle(frame))};
}

int bus_poll(struct bus_poll *entries, size_t count, int timeout_ms)
{
    zmq_pollitem_t items[BUS_POLL_MAX];
    assert(count <= BUS_POLL_MAX);
    for (size_t i = 0; i < count; i++)
        items[i] = (zmq_pollitem_t){
            .socket = entries[i].socket ? entries[i].socket->handle : NULL,
            .fd = entries[i].fd,
            .events = entries[i].want_write && !entries[i].socket ? ZMQ_POLLOUT : ZMQ_POLLIN,
        };
    int ready = zmq_poll(items, (int)count, timeout_ms);
    for (size_t i = 0; i < count; i++)
        entries[i].ready = ready > 0 && items[i].revents != 0;
    return ready > 0 ? ready : 0;
}
