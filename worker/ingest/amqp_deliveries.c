/* A table of slots, a queue through it, and a hash of ids. */
#include "worker/ingest/amqp_deliveries.h"

#include <stdlib.h>
#include <string.h>

#include "worker/ingest/recent.h"

#define NONE       UINT32_MAX
#define SLOT_BITS  20
#define REMEMBERED (1u << 16) /* ids of what was acknowledged */

enum stage { FREE, WAITING, GIVEN, DONE };

struct slot {
    struct amqp_id id;
    uint64_t sequence, tag, connection;
    char *body;
    size_t len;
    enum stage stage;
    bool disowned;  /* in nobody's books that we know of */
    bool away;      /* it moved: it is published again, and the old one acknowledged */
    uint64_t move;  /* which the cluster has not confirmed; 0: it does not move */
    uint32_t next;  /* in the queue, or of the free ones */
    uint32_t chain; /* with the same hash */
};

struct deliveries {
    struct slot *slots;
    uint32_t *heads; /* of chains; a power of two of them */
    uint32_t *done, *batch;
    size_t done_count, batch_count;
    uint32_t capacity, mask, free, first, last, waiting, count, away, away_max;
    uint64_t serial, connection;
    size_t bytes;
    struct recent *acknowledged;
};

static uint32_t power_above(uint32_t n)
{
    uint32_t power = 16;
    while (power < n)
        power *= 2;
    return power;
}

struct deliveries *deliveries_new(uint32_t prefetch)
{
    struct deliveries *deliveries = calloc(1, sizeof *deliveries);
    if (!deliveries)
        return NULL;
    uint32_t capacity = 3 * prefetch, chains = power_above(capacity);
    deliveries->capacity = capacity;
    deliveries->away_max = prefetch;
    deliveries->mask = chains - 1;
    deliveries->first = deliveries->last = NONE;
    deliveries->slots = calloc(capacity, sizeof *deliveries->slots);
    deliveries->heads = malloc(chains * sizeof *deliveries->heads);
    deliveries->done = calloc(capacity, sizeof *deliveries->done);
    deliveries->batch = calloc(capacity, sizeof *deliveries->batch);
    deliveries->acknowledged = recent_new(REMEMBERED);
    if (!deliveries->slots || !deliveries->heads || !deliveries->done || !deliveries->batch ||
        !deliveries->acknowledged) {
        deliveries_free(deliveries);
        return NULL;
    }
    memset(deliveries->heads, 0xff, chains * sizeof *deliveries->heads);
    for (uint32_t i = 0; i < capacity; i++)
        deliveries->slots[i].next = i + 1 < capacity ? i + 1 : NONE;
    return deliveries;
}

void deliveries_free(struct deliveries *deliveries)
{
    if (!deliveries)
        return;
    for (uint32_t i = 0; deliveries->slots && i < deliveries->capacity; i++)
        free(deliveries->slots[i].body);
    free(deliveries->slots);
    free(deliveries->heads);
    free(deliveries->done);
    free(deliveries->batch);
    recent_free(deliveries->acknowledged);
    free(deliveries);
}

void deliveries_new_connection(struct deliveries *deliveries)
{
    deliveries->connection++;
}

/* ---- ids ---- */

static uint32_t *head_of(struct deliveries *deliveries, struct amqp_id id)
{
    return &deliveries->heads[(amqp_id_hash(id) >> 24) & deliveries->mask];
}

static struct slot *find(struct deliveries *deliveries, struct amqp_id id)
{
    uint32_t at = *head_of(deliveries, id);
    while (at != NONE && !amqp_id_equal(deliveries->slots[at].id, id))
        at = deliveries->slots[at].chain;
    return at == NONE ? NULL : &deliveries->slots[at];
}

static void unchain(struct deliveries *deliveries, uint32_t slot)
{
    uint32_t *at = head_of(deliveries, deliveries->slots[slot].id);
    while (*at != slot)
        at = &deliveries->slots[*at].chain;
    *at = deliveries->slots[slot].chain;
}

/* ---- in ---- */

static struct slot *new_slot(struct deliveries *deliveries, struct amqp_id id)
{
    uint32_t slot = deliveries->free;
    if (slot == NONE)
        return NULL;
    struct slot *it = &deliveries->slots[slot];
    uint32_t *head = head_of(deliveries, id);
    deliveries->free = it->next;
    deliveries->count++;
    *it = (struct slot){.id = id,
                        .sequence = ++deliveries->serial << SLOT_BITS | slot,
                        .stage = WAITING,
                        .next = NONE,
                        .chain = *head};
    *head = slot;
    *(deliveries->last == NONE ? &deliveries->first : &deliveries->slots[deliveries->last].next) =
        slot;
    deliveries->last = slot;
    deliveries->waiting++;
    return it;
}

static void come_home(struct deliveries *deliveries, struct slot *slot)
{
    deliveries->away -= slot->away;
    slot->away = false;
    slot->move = 0;
}

enum delivery_is deliveries_take(struct deliveries *deliveries, struct amqp_id id, uint64_t tag,
                                 char *body, size_t len)
{
    struct slot *slot = find(deliveries, id);
    enum delivery_is is = DELIVERY_KNOWN;
    if (slot ? slot->connection == deliveries->connection
             : recent_has(deliveries->acknowledged, amqp_id_hash(id))) {
        free(body);
        return DELIVERY_COPY;
    }
    if (slot) {
        free(body);
        is = slot->disowned ? DELIVERY_AGAIN : DELIVERY_KNOWN;
        slot->disowned = false;
        come_home(deliveries, slot);
    } else {
        slot = new_slot(deliveries, id);
        is = DELIVERY_NEW;
        if (!slot) {
            free(body);
            return DELIVERY_REFUSED;
        }
        slot->body = body;
        slot->len = len;
        deliveries->bytes += len;
    }
    slot->tag = tag;
    slot->connection = deliveries->connection;
    return is;
}

bool deliveries_knows(struct deliveries *deliveries, struct amqp_id id)
{
    return find(deliveries, id) || recent_has(deliveries->acknowledged, amqp_id_hash(id));
}

bool deliveries_move(struct deliveries *deliveries, struct amqp_id id, uint64_t move)
{
    struct slot *slot = find(deliveries, id);
    if (!slot || slot->stage == DONE || slot->move != 0 || slot->away ||
        deliveries->away >= deliveries->away_max)
        return false;
    slot->move = move;
    return true;
}

/* Without a connection it has no tag: as if it were left from an earlier one, and came again. */
uint64_t deliveries_moved(struct deliveries *deliveries, struct amqp_id id, uint64_t move)
{
    struct slot *slot = find(deliveries, id);
    if (!slot || slot->move != move)
        return 0;
    slot->move = 0;
    if (slot->connection != deliveries->connection)
        return 0;
    slot->connection = 0;
    slot->away = true;
    deliveries->away++;
    return slot->tag;
}

uint64_t deliveries_keep(struct deliveries *deliveries, struct amqp_id id, uint64_t tag)
{
    struct slot *slot = find(deliveries, id);
    if (!slot || slot->move == 0 || slot->connection != deliveries->connection)
        return tag;
    uint64_t old = slot->tag;
    slot->tag = tag;
    slot->move = 0;
    return old;
}

/* ---- out ---- */

static struct slot *slot_of(const struct deliveries *deliveries, uint64_t sequence)
{
    uint32_t slot = (uint32_t)(sequence & ((1u << SLOT_BITS) - 1));
    if (slot >= deliveries->capacity || deliveries->slots[slot].sequence != sequence ||
        deliveries->slots[slot].stage != GIVEN)
        return NULL;
    return &deliveries->slots[slot];
}

bool deliveries_next(struct deliveries *deliveries, uint64_t *sequence, struct slice *body)
{
    if (deliveries->first == NONE)
        return false;
    struct slot *slot = &deliveries->slots[deliveries->first];
    deliveries->first = slot->next;
    if (deliveries->first == NONE)
        deliveries->last = NONE;
    deliveries->waiting--;
    slot->stage = GIVEN;
    *sequence = slot->sequence;
    *body = (struct slice){slot->body, slot->len};
    return true;
}

struct slice deliveries_body(const struct deliveries *deliveries, uint64_t sequence)
{
    const struct slot *slot = slot_of(deliveries, sequence);
    return slot && slot->body ? (struct slice){slot->body, slot->len} : SLICE_NULL;
}

static void drop_body(struct deliveries *deliveries, struct slot *slot)
{
    if (slot->body)
        deliveries->bytes -= slot->len;
    free(slot->body);
    slot->body = NULL;
}

void deliveries_release(struct deliveries *deliveries, uint64_t sequence)
{
    struct slot *slot = slot_of(deliveries, sequence);
    if (slot)
        drop_body(deliveries, slot);
}

static void free_slot(struct deliveries *deliveries, uint32_t at)
{
    unchain(deliveries, at);
    come_home(deliveries, &deliveries->slots[at]);
    deliveries->slots[at] = (struct slot){.stage = FREE, .next = deliveries->free};
    deliveries->free = at;
    deliveries->count--;
}

bool deliveries_done(struct deliveries *deliveries, uint64_t sequence)
{
    struct slot *slot = slot_of(deliveries, sequence);
    if (!slot)
        return false;
    drop_body(deliveries, slot);
    if (slot->disowned) {
        free_slot(deliveries, (uint32_t)(slot - deliveries->slots));
        return false;
    }
    slot->stage = DONE;
    deliveries->done[deliveries->done_count++] = (uint32_t)(slot - deliveries->slots);
    return true;
}

/* ---- acknowledging ---- */

void deliveries_begin_batch(struct deliveries *deliveries)
{
    memcpy(deliveries->batch, deliveries->done, deliveries->done_count * sizeof *deliveries->done);
    deliveries->batch_count = deliveries->done_count;
    deliveries->done_count = 0;
}

size_t deliveries_done_count(const struct deliveries *deliveries)
{
    return deliveries->done_count;
}

size_t deliveries_batch_count(const struct deliveries *deliveries)
{
    return deliveries->batch_count;
}

struct amqp_id deliveries_batch_id(const struct deliveries *deliveries, size_t i)
{
    return deliveries->slots[deliveries->batch[i]].id;
}

uint64_t deliveries_batch_tag(const struct deliveries *deliveries, size_t i)
{
    const struct slot *slot = &deliveries->slots[deliveries->batch[i]];
    return slot->connection == deliveries->connection ? slot->tag : 0;
}

void deliveries_remember(struct deliveries *deliveries, struct amqp_id id)
{
    recent_add(deliveries->acknowledged, amqp_id_hash(id));
}

void deliveries_end_batch(struct deliveries *deliveries)
{
    for (size_t i = 0; i < deliveries->batch_count; i++) {
        uint32_t at = deliveries->batch[i];
        deliveries_remember(deliveries, deliveries->slots[at].id);
        free_slot(deliveries, at);
    }
    deliveries->batch_count = 0;
}

void deliveries_disown(struct deliveries *deliveries)
{
    for (size_t i = 0; i < deliveries->batch_count; i++)
        free_slot(deliveries, deliveries->batch[i]);
    for (size_t i = 0; i < deliveries->done_count; i++)
        free_slot(deliveries, deliveries->done[i]);
    deliveries->batch_count = deliveries->done_count = 0;
    for (uint32_t i = 0; i < deliveries->capacity; i++)
        deliveries->slots[i].disowned =
            deliveries->slots[i].stage == WAITING || deliveries->slots[i].stage == GIVEN;
}

uint32_t deliveries_count(const struct deliveries *deliveries)
{
    return deliveries->count;
}

size_t deliveries_bytes(const struct deliveries *deliveries)
{
    return deliveries->bytes;
}

uint32_t deliveries_waiting(const struct deliveries *deliveries)
{
    return deliveries->waiting;
}
