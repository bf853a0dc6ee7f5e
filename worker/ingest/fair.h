/* Whose turn it is: items waiting in two lanes, and in each lane by flow (who sent them).
 *
 * The flows of a lane share it by cost, which is an item's bytes and FAIR_ITEM_BYTES for handling
 * it: who sends articles of the same size takes turns, one who floods waits behind his own flood
 * only, and one whose articles are a hundred times as large comes a hundred times less often. The
 * low lane gets what the normal lane leaves, and never less than one part in FAIR_LOW_EVERY:
 * replays go on, however busy the day is. Within a flow the order is kept.
 *
 *   normal:  flow 7 (at 40)   flow 2 (at 44)   flow 9 (at 52)     the first item of the flow that
 *              a b c            d                e f              has had least is next; what it
 *   low:     flow 2 …                                             costs moves its flow on
 *
 * This is start-time fair queueing (Goyal, Vin, Cheng 1996): a flow starts where the lane is, so
 * that nobody saves up turns by staying away, and each item moves it on by its cost.
 *
 * An item is a number below the capacity; who uses this keeps what belongs to it. Flows are hashed
 * into FAIR_FLOWS buckets (stochastic fairness queueing, McKenney 1990): two that collide share a
 * turn, and memory stays bounded whatever names senders invent. Everything is O(log FAIR_FLOWS).
 * Pure; one thread. */
#ifndef NEWSMILL_INGEST_FAIR_H
#define NEWSMILL_INGEST_FAIR_H

#include <stdbool.h>
#include <stdint.h>

enum lane { LANE_NORMAL, LANE_LOW };
#define LANES 2

#define FAIR_FLOWS      1024
#define FAIR_LOW_EVERY  16
#define FAIR_ITEM_BYTES 4096

struct fair;

/* NULL without memory. `salt` decides which flows collide: a new one every run. */
struct fair *fair_new(uint32_t capacity, uint32_t salt);
void fair_free(struct fair *fair);

/* Behind the others of its flow. The item must not be in the queue already. */
void fair_push(struct fair *fair, enum lane lane, uint32_t flow, uint32_t item, uint32_t bytes);
/* Before the others of its flow: it was taken and comes back; its flow pays for it again. */
void fair_push_front(struct fair *fair, enum lane lane, uint32_t flow, uint32_t item,
                     uint32_t bytes);

/* Whose turn it is, without taking it; false when nothing waits. */
bool fair_peek(const struct fair *fair, uint32_t *item);
/* Takes what fair_peek() shows. */
void fair_pop(struct fair *fair);

uint32_t fair_count(const struct fair *fair);

#endif
