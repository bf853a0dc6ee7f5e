/* ZeroMQ behind one door: the only file that includes <zmq.h> is bus.c.
 *
 * Sockets belong to the thread that opened them. Sends never block: a full queue is STATUS_RETRY, a
 * ROUTER's peer that is gone is STATUS_REJECT. A DEALER without a connection queues. Messages own
 * their frames; a frame can be shared between messages without copying its bytes. */
#ifndef NEWSMILL_COMMON_BUS_H
#define NEWSMILL_COMMON_BUS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/endpoint.h"
#include "common/keys.h"
#include "common/slice.h"
#include "common/status.h"

#define BUS_FRAMES_MAX     8 /* more frames than any of ours has: such a message is dropped */
#define BUS_ENDPOINT_BYTES ENDPOINT_BYTES

enum bus_kind { BUS_PULL, BUS_PUSH, BUS_ROUTER, BUS_DEALER, BUS_REP, BUS_PAIR };

struct bus;
struct bus_socket;

struct bus_frame {
    _Alignas(16) unsigned char opaque[64]; /* a zmq_msg_t; bus.c asserts the size */
};

struct bus_message {
    size_t count;
    struct bus_frame frames[BUS_FRAMES_MAX];
};

struct bus *bus_new(void);
/* Every socket must be closed before; waits at most their linger. NULL is fine. */
void bus_free(struct bus *bus);

/* Who this process is to the others, and the others to it. With `keyed`, sockets over TCP speak
 * CURVE: binding as a server with our key, connecting as a client that believes only who has the
 * secret of `server`. Without, they do not leave this host, unless `insecure`. ipc sockets are
 * plain: the file system says who may open them. */
struct bus_security {
    bool keyed, insecure;
    char name[KEY_NAME_BYTES];
    char public_key[KEY_TEXT_BYTES], secret_key[KEY_TEXT_BYTES];
    char server[KEY_TEXT_BYTES]; /* public key of whom we connect to */
};
/* Before the first socket; `security` is copied. Without it: neither keyed nor insecure. */
void bus_secure(struct bus *bus, const struct bus_security *security);
/* A new pair of keys; FATAL when libzmq has no CURVE. */
enum status bus_key_make(char public_key[KEY_TEXT_BYTES],
                         char secret_key[KEY_TEXT_BYTES]) MUST_CHECK;
/* The public key of a secret one; REJECT when it is none. */
enum status bus_key_public(const char *secret_key, char public_key[KEY_TEXT_BYTES]) MUST_CHECK;

/* A public key as it stands in a CURVE credential (32 bytes), as text. */
void bus_key_text(const char bytes[32], char text[KEY_TEXT_BYTES]);
/* What bus_secure() was given. */
const struct bus_security *bus_security(const struct bus *bus);

struct bus_options {
    int high_water_messages; /* libzmq's own queue, each direction; a second fence behind credit */
    int64_t message_bytes_max; /* a peer that sends a larger frame is disconnected; -1 none */
    int linger_ms;             /* how long closing waits for unsent messages */
};
enum status bus_open(struct bus *bus, enum bus_kind kind, struct bus_options options,
                     struct bus_socket **out, struct fault *fault) MUST_CHECK;
void bus_close(struct bus_socket **socket);
/* Closes it without waiting: what was not sent yet is dropped. */
void bus_drop(struct bus_socket **socket);

/* Another bound for what waits to be sent to each peer than for what is read from it. Before
 * binding or connecting. */
enum status bus_send_high_water(struct bus_socket *socket, int messages,
                                struct fault *fault) MUST_CHECK;

/* Pings every peer at that interval, from libzmq's thread to libzmq's thread, and ends the
 * connection of one that has not answered for `timeout_ms`: its host, its network or its whole
 * process is stopped. Before binding or connecting. */
enum status bus_heartbeat(struct bus_socket *socket, uint32_t interval_ms, uint32_t timeout_ms,
                          struct fault *fault) MUST_CHECK;

/* How the ZAP handler (inproc://zeromq.zap.01, which must be bound before) knows this socket when
 * it is asked who may connect. `domain` is static storage. Before binding. */
void bus_domain(struct bus_socket *socket, const char *domain);

/* `endpoint` is tcp://ADDRESS:PORT or ipc://PATH; port 0 picks a free one. REJECT "keys-missing"
 * when it is not on this host and the bus has no keys; FATAL "port-in-use", "bind". */
enum status bus_bind(struct bus_socket *socket, const char *endpoint,
                     struct fault *fault) MUST_CHECK;
/* REJECT "keys-missing" likewise; FATAL "bad-endpoint". */
enum status bus_connect(struct bus_socket *socket, const char *endpoint,
                        struct fault *fault) MUST_CHECK;
/* Where bus_bind ended up, the port filled in. Valid until the socket is closed. */
const char *bus_endpoint(const struct bus_socket *socket);

/* STATUS_OK and a message (the caller deinits it), STATUS_RETRY when nothing waits. On a ROUTER the
 * first frame is the peer's routing id. A message of more than BUS_FRAMES_MAX frames is dropped
 * whole and counted. */
enum status bus_receive(struct bus_socket *socket, struct bus_message *message) MUST_CHECK;
/* Takes the message: it is deinited whether or not the send succeeded. RETRY: the queue is full.
 * REJECT: the peer is gone. */
enum status bus_send(struct bus_socket *socket, struct bus_message *message) MUST_CHECK;
/* Messages dropped for having too many frames. */
uint64_t bus_dropped(const struct bus_socket *socket);

/* What happens to a socket's connections, for those who keep or explain them. */
enum bus_event_kind {
    BUS_ACCEPTED,   /* one more; `fd` is libzmq's */
    BUS_ENDED,      /* one less; of a failed handshake right behind its BUS_FAILED */
    BUS_GREETED,    /* a handshake succeeded */
    BUS_FAILED,     /* a handshake was broken off: silence, a cut, or what is no ZMTP */
    BUS_MISMATCHED, /* one side has keys and the other has none */
    BUS_UNKNOWN,    /* the client does not know this server's key (seen by the server) */
    BUS_REFUSED     /* the server's ZAP handler said no */
};
struct bus_event {
    enum bus_event_kind kind;
    int fd; /* ACCEPTED and ENDED */
};
/* Makes `*monitor` a socket to watch and poll whose events are read with bus_event(); the caller
 * closes it, before `socket`. Before binding or connecting. */
enum status bus_monitor(struct bus_socket *socket, struct bus_socket **monitor,
                        struct fault *fault) MUST_CHECK;
/* The next event; false when there is none. */
bool bus_event(struct bus_socket *monitor, struct bus_event *event);
/* Who sent a message: the name that the ZAP handler gave his key, or without keys his address; NULL
 * when neither is known. Valid while the message lives. */
const char *bus_message_sender(const struct bus_message *message);
/* The descriptor of the connection that a message came by; -1 when it is not known. */
int bus_message_fd(const struct bus_message *message);

void bus_message_init(struct bus_message *message);
void bus_message_deinit(struct bus_message *message);
/* Adds a frame with a copy of `bytes`; REJECT when the message is full, FATAL without memory. */
enum status bus_message_add(struct bus_message *message, struct slice bytes) MUST_CHECK;
/* The same, and `*held` is more by its length until libzmq is done with it, in whatever thread: it
 * must outlive the bus. */
enum status bus_message_add_held(struct bus_message *message, struct slice bytes,
                                 atomic_size_t *held) MUST_CHECK;
/* Adds a frame that shares `from`'s bytes (reference counted for large ones). */
enum status bus_message_share(struct bus_message *message, const struct bus_frame *from) MUST_CHECK;
/* The bytes of frame `index`; SLICE_NULL when there is none. Valid while the message lives. */
struct slice bus_message_frame(const struct bus_message *message, size_t index);

/* A frame on its own, for keeping bytes beyond their message. */
void bus_frame_share(struct bus_frame *to, const struct bus_frame *from);
/* The same for one that is kept long: takes no more memory than its bytes, where a shared short
 * frame keeps all that was received with it. */
void bus_frame_keep(struct bus_frame *to, const struct bus_frame *from);
void bus_frame_init(struct bus_frame *frame); /* an empty one */
/* The bytes of a buffer from `from` on, with their memory: the buffer is as new then. FATAL without
 * memory: it is as before. */
enum status bus_frame_adopt(struct bus_frame *to, struct buffer *bytes, size_t from) MUST_CHECK;
/* FATAL without memory: it is an empty one. */
enum status bus_frame_copy(struct bus_frame *to, struct slice bytes) MUST_CHECK;
void bus_frame_deinit(struct bus_frame *frame);
struct slice bus_frame_slice(const struct bus_frame *frame);

/* One entry of a poll: either a socket or a file descriptor. */
struct bus_poll {
    struct bus_socket *socket; /* or NULL */
    int fd;
    bool want_write; /* file descriptors only */
    bool ready;      /* set by bus_poll() */
};
#define BUS_POLL_MAX 64
/* Waits until an entry is ready or `timeout_ms` passed (-1: for ever). Returns how many are ready;
 * 0 after a signal or the timeout. */
int bus_poll(struct bus_poll *entries, size_t count, int timeout_ms);

#endif
