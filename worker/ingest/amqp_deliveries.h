/* Articles that came out of the queue and are not yet acknowledged to it.
 *
 *   delivered ─▶ waiting ─▶ given ─▶ done ─▶ acknowledged (and remembered for a while)
 *                  ▲          │
 *                  └─ noted ◀─┘ (given to be fetched later: its bytes stay here)
 *
 * After a lost connection the cluster delivers what was not acknowledged again, under new tags:
 * what is known here by its id is not given twice.
 *
 * A queue may drop what it has delivered too often, so such an article is moved: published again
 * under its id, and when the cluster has that, the old one is acknowledged. It stays here
 * meanwhile; it is "away" from then until the new one is delivered, which is then the one to
 * acknowledge.
 *
 * Bounded by the prefetch: at most that many come over one connection, as many may be left from the
 * one before, and as many may be away. Pure; one thread. */
#ifndef NEWSMILL_INGEST_AMQP_DELIVERIES_H
#define NEWSMILL_INGEST_AMQP_DELIVERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/slice.h"
#include "worker/ingest/amqp_id.h"

struct deliveries;

/* NULL without memory. */
struct deliveries *deliveries_new(uint32_t prefetch);
void deliveries_free(struct deliveries *deliveries);

/* Another connection: tags of the one before mean nothing any more. */
void deliveries_new_connection(struct deliveries *deliveries);

enum delivery_is {
    DELIVERY_NEW,    /* taken in; `body` is its now */
    DELIVERY_KNOWN,  /* delivered again; it has its new tag */
    DELIVERY_AGAIN,  /* the same, the first time after deliveries_disown(): it counts as new */
    DELIVERY_COPY,   /* sent twice, or done already: acknowledge one of them */
    DELIVERY_REFUSED /* no room or memory: more than was allowed came */
};
/* `body`: malloc'd, taken in any case. */
enum delivery_is deliveries_take(struct deliveries *deliveries, struct amqp_id id, uint64_t tag,
                                 char *body, size_t len);
/* It is here, or was acknowledged lately: its bytes would not be kept. */
bool deliveries_knows(struct deliveries *deliveries, struct amqp_id id);
/* It is published again, as the `move`th of this run, from 1. False: it need not be (done, unknown,
 * or it moves already), or too many are away. */
bool deliveries_move(struct deliveries *deliveries, struct amqp_id id, uint64_t move);
/* The cluster has what was published as that. The tag of the old one, to acknowledge; 0: there is
 * none, or another one is kept by now. */
uint64_t deliveries_moved(struct deliveries *deliveries, struct amqp_id id, uint64_t move);
/* After DELIVERY_COPY, of one that came for the first time: that one is kept when it moves. The tag
 * of the one that is not. */
uint64_t deliveries_keep(struct deliveries *deliveries, struct amqp_id id, uint64_t tag);
/* The next that waits. Its bytes stay valid until released, or done. */
bool deliveries_next(struct deliveries *deliveries, uint64_t *sequence, struct slice *body);
/* The bytes of one that was given; SLICE_NULL when they are gone. */
struct slice deliveries_body(const struct deliveries *deliveries, uint64_t sequence);
/* Its bytes are not needed here any more. */
void deliveries_release(struct deliveries *deliveries, uint64_t sequence);
/* It is done: false when it was already, or is unknown. */
bool deliveries_done(struct deliveries *deliveries, uint64_t sequence);

/* Moves those that are done into a batch that is about to be acknowledged. */
void deliveries_begin_batch(struct deliveries *deliveries);
size_t deliveries_done_count(const struct deliveries *deliveries);
/* The i-th of the batch. */
size_t deliveries_batch_count(const struct deliveries *deliveries);
struct amqp_id deliveries_batch_id(const struct deliveries *deliveries, size_t i);
/* Its tag; 0 when it was delivered over an earlier connection: it comes again. */
uint64_t deliveries_batch_tag(const struct deliveries *deliveries, size_t i);
/* They are acknowledged: forgotten but for their ids. */
void deliveries_end_batch(struct deliveries *deliveries);
/* Others had the queue meanwhile, and their books count. What is done here and not acknowledged is
 * forgotten, and so is what is done before it is delivered again: that brings it back. */
void deliveries_disown(struct deliveries *deliveries);
/* Known as done from before this run. */
void deliveries_remember(struct deliveries *deliveries, struct amqp_id id);

/* Articles that are here, in any state. */
uint32_t deliveries_count(const struct deliveries *deliveries);
/* Bytes that are held here. */
size_t deliveries_bytes(const struct deliveries *deliveries);
/* Not yet given. */
uint32_t deliveries_waiting(const struct deliveries *deliveries);

#endif
