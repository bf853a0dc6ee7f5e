/* Turns: lanes, in each the flows in a heap by what they have had, items in a list each. */
#include "worker/ingest/fair.h"

#include <assert.h>
#include <stdlib.h>

#define NONE UINT32_MAX

struct flow {
    uint32_t first, last; /* items; NONE when empty */
    uint64_t start;       /* where its first item begins; where the next one would, when empty */
    uint64_t ticket;      /* among equals, who came first */
};

struct lane_queue {
    struct flow flows[FAIR_FLOWS];
    uint32_t heap[FAIR_FLOWS]; /* flows that have items; the first has had least */
    uint32_t heap_count, count;
    uint64_t now;   /* where the item began that was taken last */
    uint64_t ended; /* where the last of those ends that were taken: all begin there when idle */
    uint64_t tickets;
};

struct fair {
    uint32_t *next, *cost; /* of each item */
    uint32_t capacity, salt;
    uint64_t low_due; /* what the normal lane took while the low lane waited, and was not paid */
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
    fair->cost = malloc(capacity * sizeof *fair->cost);
    if (!fair->next || !fair->cost) {
        fair_free(fair);
        return NULL;
    }
    for (int i = 0; i < LANES; i++)
        for (uint32_t f = 0; f < FAIR_FLOWS; f++)
            fair->lanes[i].flows[f] = (struct flow){.first = NONE, .last = NONE};
    return fair;
}

void fair_free(struct fair *fair)
{
    if (!fair)
        return;
    free(fair->next);
    free(fair->cost);
    free(fair);
}

/* Multiplicative hashing (Knuth): the top bits of the product are mixed best. */
static uint32_t bucket_of(const struct fair *fair, uint32_t flow)
{
    return ((flow ^ fair->salt) * 2654435769u) >> 22;
}
static_assert(FAIR_FLOWS == 1 << (32 - 22), "bucket_of() gives ten bits");

/* ---- the heap ---- */

static bool before(const struct lane_queue *lane, uint32_t a, uint32_t b)
{
    const struct flow *left = &lane->flows[a], *right = &lane->flows[b];
    return left->start != right->start ? left->start < right->start : left->ticket < right->ticket;
}

static void heap_push(struct lane_queue *lane, uint32_t index)
{
    uint32_t at = lane->heap_count++;
    lane->flows[index].ticket = lane->tickets++;
    while (at > 0 && before(lane, index, lane->heap[(at - 1) / 2])) {
        lane->heap[at] = lane->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    lane->heap[at] = index;
}

static uint32_t heap_pop(struct lane_queue *lane)
{
    uint32_t top = lane->heap[0], last = lane->heap[--lane->heap_count], at = 0;
    for (uint32_t child = 1; child < lane->heap_count; child = 2 * at + 1) {
        if (child + 1 < lane->heap_count && before(lane, lane->heap[child + 1], lane->heap[child]))
            child++;
        if (!before(lane, lane->heap[child], last))
            break;
        lane->heap[at] = lane->heap[child];
        at = child;
    }
    lane->heap[at] = last;
    return top;
}

/* ---- items ---- */

/* The flow that gets the item, among those that have some. */
static struct flow *flow_of(struct fair *fair, enum lane lane, uint32_t flow, uint32_t item,
                            uint32_t bytes)
{
    uint32_t index = bucket_of(fair, flow);
    struct lane_queue *queue = &fair->lanes[lane];
    struct flow *to = &queue->flows[index];
    assert(item < fair->capacity);
    fair->cost[item] = bytes < NONE - FAIR_ITEM_BYTES ? bytes + FAIR_ITEM_BYTES : NONE;
    if (to->first == NONE) {
        if (to->start < queue->now)
            to->start = queue->now;
        heap_push(queue, index);
    }
    queue->count++;
    return to;
}

void fair_push(struct fair *fair, enum lane lane, uint32_t flow, uint32_t item, uint32_t bytes)
{
    struct flow *to = flow_of(fair, lane, flow, item, bytes);
    fair->next[item] = NONE;
    *(to->last == NONE ? &to->first : &fair->next[to->last]) = item;
    to->last = item;
}

void fair_push_front(struct fair *fair, enum lane lane, uint32_t flow, uint32_t item,
                     uint32_t bytes)
{
    struct flow *to = flow_of(fair, lane, flow, item, bytes);
    fair->next[item] = to->first;
    to->first = item;
    if (to->last == NONE)
        to->last = item;
}

/* ---- turns ---- */

static uint32_t first_item(const struct lane_queue *lane)
{
    return lane->flows[lane->heap[0]].first;
}

/* The low lane is due when the normal lane has had so many times what its next item costs. */
static enum lane lane_of_turn(const struct fair *fair)
{
    const struct lane_queue *low = &fair->lanes[LANE_LOW];
    if (low->count == 0)
        return LANE_NORMAL;
    uint64_t price = (uint64_t)fair->cost[first_item(low)] * (FAIR_LOW_EVERY - 1);
    return fair->lanes[LANE_NORMAL].count == 0 || fair->low_due >= price ? LANE_LOW : LANE_NORMAL;
}

bool fair_peek(const struct fair *fair, uint32_t *item)
{
    const struct lane_queue *lane = &fair->lanes[lane_of_turn(fair)];
    if (lane->count == 0)
        return false;
    *item = first_item(lane);
    return true;
}

/* The share of the low lane after an item of `cost` was taken. */
static void settle_lanes(struct fair *fair, enum lane turn, uint32_t cost)
{
    uint64_t paid = (uint64_t)cost * (FAIR_LOW_EVERY - 1);
    if (fair->lanes[LANE_LOW].count == 0)
        fair->low_due = 0;
    else if (turn == LANE_NORMAL)
        fair->low_due += cost;
    else
        fair->low_due -= paid < fair->low_due ? paid : fair->low_due;
}

void fair_pop(struct fair *fair)
{
    enum lane turn = lane_of_turn(fair);
    struct lane_queue *lane = &fair->lanes[turn];
    uint32_t index = heap_pop(lane);
    struct flow *flow = &lane->flows[index];
    uint32_t item = flow->first;
    lane->now = flow->start;
    flow->start += fair->cost[item];
    if (lane->ended < flow->start)
        lane->ended = flow->start;
    flow->first = fair->next[item];
    if (flow->first == NONE)
        flow->last = NONE;
    else
        heap_push(lane, index);
    if (--lane->count == 0)
        lane->now = lane->ended;
    settle_lanes(fair, turn, fair->cost[item]);
}

uint32_t fair_count(const struct fair *fair)
{
    return fair->lanes[LANE_NORMAL].count + fair->lanes[LANE_LOW].count;
}
