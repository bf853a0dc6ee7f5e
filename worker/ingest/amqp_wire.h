/* AMQP 0-9-1 as bytes: what comes from a broker made into events, what goes to one put into a
 * buffer. It has no socket and never waits. The only file that includes <amqp.h> (librabbitmq,
 * which knows how each method and property is laid out) is amqp_wire.c.
 *
 * A message comes in parts: DELIVERED, GOT or RETURNED, then HEADER, then BODY until as many bytes
 * are there as HEADER said. Everything is on channel 1. */
#ifndef NEWSMILL_INGEST_AMQP_WIRE_H
#define NEWSMILL_INGEST_AMQP_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/slice.h"
#include "common/status.h"

enum wire_kind {
    WIRE_NOTHING, /* the bytes were no whole frame, or one that says nothing to us */
    WIRE_START,
    WIRE_TUNE, /* frame_max, heartbeat_s */
    WIRE_OPENED,
    WIRE_CHANNEL_OPENED,
    WIRE_DECLARED, /* count: messages in it */
    WIRE_CONFIRMING,
    WIRE_QOS_SET,
    WIRE_CONSUMING,
    WIRE_EMPTY,
    WIRE_GOT,       /* tag */
    WIRE_DELIVERED, /* tag */
    WIRE_RETURNED,  /* code, text */
    WIRE_HEADER,    /* count: bytes of the body; text: the message's id */
    WIRE_BODY,      /* text: some of it */
    WIRE_ACKED,     /* tag, multiple */
    WIRE_NACKED,    /* tag, multiple */
    WIRE_CANCELLED, /* by the broker */
    WIRE_CANCEL_OK, /* an answer to our cancel */
    WIRE_BLOCKED,   /* text */
    WIRE_UNBLOCKED,
    WIRE_CHANNEL_CLOSE, /* code, text */
    WIRE_CLOSE,         /* code, text */
    WIRE_CLOSED,        /* an answer to our close */
    WIRE_VERSION        /* it speaks another one */
};
struct wire_event {
    enum wire_kind kind;
    uint64_t tag;
    bool multiple;
    uint64_t count;
    uint32_t frame_max;
    uint16_t heartbeat_s, code;
    uint64_t before;   /* of a header: how often the message came out and went back */
    struct slice text; /* borrowed until the next call */
};

#define WIRE_LOCKED    405 /* code: another connection has it */
#define WIRE_REFUSED   403 /* the user or password is wrong, or may not do this */
#define WIRE_NOT_THERE 404
#define WIRE_OTHERWISE 406 /* it is there with other properties */
#define WIRE_VHOST     530 /* no such virtual host, or not for this user */

struct wire;
struct wire *wire_new(void); /* NULL without memory */
void wire_free(struct wire *wire);
/* Takes some bytes from the front of `bytes`, all but those behind the first event. RETRY when the
 * broker says what cannot be read: the connection is of no use then. */
enum status wire_feed(struct wire *wire, struct slice *bytes, struct wire_event *event,
                      struct fault *fault) MUST_CHECK;
/* Frames have at most so many bytes from now on, both ways. */
enum status wire_tune(struct wire *wire, uint32_t frame_max, struct fault *fault) MUST_CHECK;

/* ---- into a buffer, whose error is sticky ---- */

void wire_put_hello(struct buffer *out);
void wire_put_start_ok(struct buffer *out, const char *user, const char *password,
                       const char *connection);
void wire_put_tune_ok(struct buffer *out, uint32_t frame_max, uint16_t heartbeat_s);
void wire_put_open(struct buffer *out, const char *vhost);
void wire_put_channel_open(struct buffer *out);

enum wire_queue {
    WIRE_QUORUM, /* durable, replicated */
    WIRE_LATEST, /* the same, and keeps its newest message only */
    WIRE_LOCK,   /* of this connection alone; gone with it */
    WIRE_LOOK    /* it must be there: how long is it? */
};
void wire_put_declare(struct buffer *out, const char *queue, enum wire_queue kind);
void wire_put_confirm(struct buffer *out);
void wire_put_qos(struct buffer *out, uint16_t prefetch);
/* `name`: of this consumer, for deliveries and wire_put_cancel(). */
void wire_put_consume(struct buffer *out, const char *queue, const char *name);
void wire_put_cancel(struct buffer *out, const char *name);
void wire_put_get(struct buffer *out, const char *queue);
void wire_put_ack(struct buffer *out, uint64_t tag);
/* Not taken; `again`: back into the queue. */
void wire_put_reject(struct buffer *out, uint64_t tag, bool again);
/* A persistent message for a queue, which must be there. */
void wire_put_publish(struct buffer *out, const struct wire *wire, const char *queue,
                      struct slice id, const struct slice *parts, size_t count);
void wire_put_beat(struct buffer *out);
void wire_put_close(struct buffer *out);
void wire_put_close_ok(struct buffer *out);

#endif
