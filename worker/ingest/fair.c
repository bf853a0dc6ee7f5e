/* Turns: lanes, flows in a ring, items in a list each. */
#include "worker/ingest/fair.h"

#include <assert.h>
#include <stdlib.h>

#define NONE UINT32_MAX

struct flow {
    uint32_t first, last; /* items; NONE when empty */
    uint32_t next;        /* the flow whose turn is after this one's */
    bool queued;
};

struct lane_queue {
    struct flow flows[FAIR_FLOWS];
    uint32_t first, last; /* flows that have items, in the order of their turns */
    uint32_t count;
};

struct fair {
    uint32_t *next; /* of each item, in its flow */
    uint32_t capacity, salt;
    uint32_t since_low; /* turns the normal lane had while the low lane waited */
    struct lane_queue lanes[LANES];
};

struct fair *fair_new(uint32_t capacity, uint32_t salt)
{
    struct fair *fair = calloc(1, sizeof *fair);
    if (!fair)
        return NULL;
    fair->capacity = capacity;
    fair->salt = salt;
    fair->next = malloc(capacity * sizeof *fair->next);
    if (!fair->next) {
        free(fair);
        return NULL;
    }
    for (int i = 0; i < LANES; i++) {
        struct lane_queue *lane = &fair->lanes[i];
        lane->first = lane->last = NONE;
        for (uint32_t f = 0; f < FAIR_FLOWS; f++)
            lane->flows[f] = (struct flow){NONE, NONE, NONE, false};
    }
    return fair;
}

void fair_free(struct fair *fair)
{
    if (!fair)
        return;
    free(fair->next);
    free(fair);
}

/* Multiplicative hashing (Knuth): the top bits of the product are mixed best. */
static uint32_t bucket_of(const struct fair *fair, uint32_t flow)
{
    return ((flow ^ fair->salt) * 2654435769u) >> 22;
}
static_assert(FAIR_FLOWS == 1 << (32 - 22), "bucket_of() gives ten bits");

static void to_the_back(struct lane_queue *lane, uint32_t index)
{
    struct flow *flow = &lane->flows[index];
    flow->queued = true;
    flow->next = NONE;
    *(lane->last == NONE ? &lane->first : &lane->flows[lane->last].next) = index;
    lane->last = index;
}

static struct flow *flow_of(struct fair *fair, enum lane lane, uint32_t flow, uint32_t item)
{
    uint32_t index = bucket_of(fair, flow);
    struct lane_queue *queue = &fair->lanes[lane];
    assert(item < fair->capacity);
    (void)item; /* without assertions */
    if (!queue->flows[index].queued)
        to_the_back(queue, index);
    queue->count++;
    return &queue->flows[index];
}

void fair_push(struct fair *fair, enum lane lane, uint32_t flow, uint32_t item)
{
    struct flow *to = flow_of(fair, lane, flow, item);
    fair->next[item] = NONE;
    *(to->last == NONE ? &to->first : &fair->next[to->last]) = item;
    to->last = item;
}

void fair_push_front(struct fair *fair, enum lane lane, uint32_t flow, uint32_t item)
{
    struct flow *to = flow_of(fair, lane, flow, item);
    fair->next[item] = to->first;
    to->first = item;
    if (to->last == NONE)
        to->last = item;
}

static enum lane lane_of_turn(const struct fair *fair)
{
    bool normal = fair->lanes[LANE_NORMAL].count > 0, low = fair->lanes[LANE_LOW].count > 0;
    return low && (!normal || fair->since_low + 1 >= FAIR_LOW_EVERY) ? LANE_LOW : LANE_NORMAL;
}

bool fair_peek(const struct fair *fair, uint32_t *item)
{
    const struct lane_queue *lane = &fair->lanes[lane_of_turn(fair)];
    if (lane->first == NONE)
        return false;
    *item = lane->flows[lane->first].first;
    return true;
}

void fair_pop(struct fair *fair)
{
    enum lane turn = lane_of_turn(fair);
    struct lane_queue *lane = &fair->lanes[turn];
    uint32_t index = lane->first;
    struct flow *flow = &lane->flows[index];
    flow->first = fair->next[flow->first];
    lane->first = flow->next;
    if (lane->first == NONE)
        lane->last = NONE;
    flow->queued = false;
    if (flow->first == NONE)
        flow->last = NONE;
    else
        to_the_back(lane, index);
    lane->count--;
    if (turn == LANE_LOW)
        fair->since_low = 0;
    else if (fair->lanes[LANE_LOW].count > 0)
        fair->since_low++;
}

uint32_t fair_count(const struct fair *fair)
{
    return fair->lanes[LANE_NORMAL].count + fair->lanes[LANE_LOW].count;
}
