/* The worker's end of the link: keeps the connection to ingest, grants credit, receives leases, and
 * sends back what became of them. Used by analyze and store; the specification is README.md.
 *
 * Belongs to the loop it is started on. Sends never block: what libzmq will not take is kept and
 * tried again each turn, bounded by the credit granted. */
#ifndef NEWSMILL_PROTO_CONSUMER_H
#define NEWSMILL_PROTO_CONSUMER_H

#include "common/bus.h"
#include "common/loop.h"
#include "proto/link.h"

struct consumer;

/* A lease in a worker's hands. The slices point into `message`; the receiver owns the delivery from
 * the callback on and ends it with consumer_delivery_free(). */
struct consumer_delivery {
    struct bus_message message;
    size_t peer;         /* which of the endpoints it came from */
    uint64_t connection; /* over which connection: answers over another would be stale */
    int64_t bytes;       /* what it counts for against the credit */
    uint64_t epoch, lease;
    uint32_t attempt;
    bool solo;
    struct slice envelope, article, result; /* result: NULL for analysis and for dead letters */
    bool dead;           /* a dead letter to store; the reasons are in `header` */
    struct slice header; /* the packed link_deliver */
};
void consumer_delivery_free(struct consumer_delivery *delivery);

struct consumer_options {
    const char *role; /* LINK_ANALYZE or LINK_STORE */
    /* Comma-separated work endpoints of ingest nodes. Where the host is a name, all its addresses
     * are meant, and it is looked up again every `resolve_ms`: new ones are connected to, those
     * that vanished are left once what they delivered is finished. */
    const char *endpoints;
    int64_t resolve_ms;
    uint32_t busy_ms; /* how long consumer_working_on() may keep this thread; 0: does not say */
    uint32_t credit_messages; /* of all nodes together; at least one each */
    int64_t credit_bytes;
    /* A lease has come; takes `delivery` (heap, never NULL). */
    void (*deliver)(void *user, struct consumer_delivery *delivery);
    /* Ingest's books to be kept (storage); may be NULL. Borrowed for the call. */
    void (*books)(void *user, const struct link_books *books);
    /* TERMINATE came from ingest. */
    void (*terminate)(void *user);
    void *user;
};
enum status consumer_new(struct bus *bus, struct loop *loop, const struct consumer_options *options,
                         struct consumer **out, struct fault *fault) MUST_CHECK;
/* Sends BYE (leases go back uncounted) and closes. */
void consumer_free(struct consumer *consumer);

/* Says hello with no credit, to every ingest: nothing more is delivered. What is held may still be
 * finished. QUIET from one ingest does the same. */
void consumer_quiet(struct consumer *consumer);
bool consumer_is_quiet(const struct consumer *consumer);

/* Outcome of one lease of analysis, with the encoded result. */
void consumer_done_result(struct consumer *consumer, const struct consumer_delivery *delivery,
                          struct slice result);
/* Outcomes of a batch; `outcome` is one of link_outcome's words. Send with consumer_flush(). */
void consumer_done(struct consumer *consumer, const struct consumer_delivery *delivery,
                   const char *outcome);
void consumer_flush(struct consumer *consumer);
/* The lease was not finished: fault->status says RETRY or REJECT. */
void consumer_refuse(struct consumer *consumer, const struct consumer_delivery *delivery,
                     const char *stage, const char *sqlstate, const struct fault *fault);

/* Says at once, and in the heartbeats that follow, which lease is being worked on: should this
 * process die of it, only that article is to blame. NULL: none. */
void consumer_working_on(struct consumer *consumer, const struct consumer_delivery *delivery);
/* Sends heartbeats that are due. The loop does it by itself; a worker that blocks elsewhere (a
 * database call) calls this meanwhile. */
void consumer_beat(struct consumer *consumer);

/* True while at least one ingest answers. */
bool consumer_connected(const struct consumer *consumer);
/* Deliveries received and not yet done or refused. */
uint32_t consumer_outstanding(const struct consumer *consumer);
/* Answers dropped because their lease was of a connection that is no more. */
uint64_t consumer_stale(const struct consumer *consumer);

#endif
