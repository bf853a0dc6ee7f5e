/* Whose turn it is: items waiting in two lanes, and in each lane by flow (who sent them).
 *
 * The flows of a lane take turns, one item a turn, so that one who floods waits behind his own
 * flood only. The low lane gets what the normal lane leaves, and never less than one turn in
 * FAIR_LOW_EVERY: replays go on, however busy the day is. Within a flow the order is kept.
 *
 *   normal:  flow 7 ─▶ flow 2 ─▶ flow 9      the first flow's first item is next, then that flow
 *              │         │         │         goes to the back
 *            a b c       d        e f
 *   low:     flow 2 …
 *
 * An item is a number below the capacity; who uses this keeps what belongs to it. Flows are hashed
 * into FAIR_FLOWS buckets (stochastic fairness queueing, McKenney 1990): two that collide share a
 * turn, and memory stays bounded whatever names senders invent. Everything is O(1). Pure; one
 * thread. */
#ifndef NEWSMILL_INGEST_FAIR_H
#define NEWSMILL_INGEST_FAIR_H

#include <stdbool.h>
#include <stdint.h>

enum lane { LANE_NORMAL, LANE_LOW };
#define LANES 2

#define FAIR_FLOWS     1024
#define FAIR_LOW_EVERY 16

struct fair;

/* NULL without memory. `salt` decides which flows collide: a new one every run. */
struct fair *fair_new(uint32_t capacity, uint32_t salt);
void fair_free(struct fair *fair);

/* Behind the others of its flow. The item must not be in the queue already. */
void fair_push(struct fair *fair, enum lane lane, uint32_t flow, uint32_t item);
/* Before the others of its flow: it was taken and comes back. */
void fair_push_front(struct fair *fair, enum lane lane, uint32_t flow, uint32_t item);

/* Whose turn it is, without taking it; false when nothing waits. */
bool fair_peek(const struct fair *fair, uint32_t *item);
/* Takes what fair_peek() shows. */
void fair_pop(struct fair *fair);

uint32_t fair_count(const struct fair *fair);

#endif
