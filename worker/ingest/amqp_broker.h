/* One connection to a RabbitMQ cluster, kept up: to one of its nodes, and when that is gone to the
 * next one, after a pause that grows with failures and has chance in it.
 *
 *   waiting ─▶ resolving ─▶ connecting ─▶ shaking hands ─▶ open ─▶ (lost) ─▶ waiting …
 *
 * In the loop, never blocking. "Open" means that channel 1 is; what is asked on it is the owner's.
 * Frames are appended to broker_out(), and go out with broker_flush() or when the socket has room.
 */
#ifndef NEWSMILL_INGEST_AMQP_BROKER_H
#define NEWSMILL_INGEST_AMQP_BROKER_H

#include "common/amqp_uri.h"
#include "common/loop.h"
#include "worker/ingest/amqp_stream.h"
#include "worker/ingest/amqp_wire.h"

struct broker;

struct broker_options {
    struct loop *loop;
    const struct amqp_uri *uri; /* outlives it */
    const struct stream_trust *trust;
    const char *name; /* shown by the cluster, and in our log: "publishes" */
    size_t out_bytes; /* that may wait to be sent */
    void (*opened)(void *user);
    /* Whatever comes while it is open, but for closes. */
    void (*event)(void *user, const struct wire_event *event);
    void (*lost)(void *user); /* it was open, and is not any more */
    void *user;
};

enum status broker_new(const struct broker_options *options, struct broker **out,
                       struct fault *fault) MUST_CHECK;
void broker_free(struct broker *broker);

bool broker_is_open(const struct broker *broker);
/* "10.0.0.1:5672" of the connection that is open, or was last. */
const char *broker_node(const struct broker *broker);
uint64_t broker_losses(const struct broker *broker);
/* Why it is not open: what happened last; "" at first. */
const struct fault *broker_trouble(const struct broker *broker);
/* The code of AMQP that the last connection ended with; 0: another reason. */
uint16_t broker_refusal(const struct broker *broker);

const struct wire *broker_wire(const struct broker *broker);
struct buffer *broker_out(struct broker *broker);
size_t broker_unsent(const struct broker *broker);
void broker_flush(struct broker *broker);
/* Stops reading, so that the cluster stops sending. */
void broker_pause(struct broker *broker, bool paused);
/* It is of no use: ends it, and goes on with the next node. */
void broker_fail(struct broker *broker, const char *why);
/* It proved to be of use: the next failure begins with a short pause again. */
void broker_good(struct broker *broker);
/* Says goodbye, so that everything sent before is surely read. */
void broker_end(struct broker *broker);
/* Goodbye was answered, or there is nobody to answer. */
bool broker_ended(const struct broker *broker);

#endif
