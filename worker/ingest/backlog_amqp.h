/* A queue of a RabbitMQ cluster as a backlog: a quorum queue, which a majority of its members has
 * written and synced to disk (Raft) before an article is confirmed. This host may burn down; what
 * was acknowledged is with the others.
 *
 *   append ─▶ publisher ══▶ [ NAME ] ══▶ consumer ─▶ next ─▶ … ─▶ done ─▶ acknowledgement
 *     ▲           │ confirms     quorum queue  │ prefetch
 *     └─ kept until confirmed                  └─ kept until acknowledged
 *
 * Two connections, each to whichever node answers: a cluster short of memory or disk stops reading
 * from who publishes, and acknowledgements must still get through. Articles that were not confirmed
 * when a connection ends are published again under the same message id, and so may be in the queue
 * twice: the second one that comes out is dropped here, and one that slips through (its sender died
 * meanwhile) is a duplicate to storage.
 *
 * Queues, for queue=NAME in the URI:
 *   NAME         the articles, durable, x-queue-type quorum
 *   NAME.books   the newest books (amqp_books.h), written before the articles counted in them are
 *                acknowledged, so that they count on exactly after a crash and on another host
 *   NAME.lock    of one connection: one ingest works off a queue, others wait to take its place
 *
 * Bounded: what is unconfirmed by UNCONFIRMED_ARTICLES and _BYTES, what was taken out by prefetch=N
 * and by --window-bytes: the prefetch follows the articles' size, what is too much goes back. */
#ifndef NEWSMILL_INGEST_BACKLOG_AMQP_H
#define NEWSMILL_INGEST_BACKLOG_AMQP_H

#include "common/amqp_uri.h"
#include "common/loop.h"
#include "common/metrics.h"
#include "worker/ingest/backlog.h"

struct backlog_amqp_options {
    struct loop *loop;
    const struct amqp_uri *uri; /* copied */
    uint32_t window_messages;
    uint64_t window_bytes;
    struct metrics *metrics; /* of ingest: how long confirms take */
};

/* Begins to connect; until it has, nothing can be appended. REJECT when a file that the URI names
 * cannot be used. A cluster that refuses us before it was ever of use ends in FATAL from look. */
enum status backlog_amqp_open(const struct backlog_amqp_options *options, struct backlog *out,
                              struct fault *fault) MUST_CHECK;

#endif
