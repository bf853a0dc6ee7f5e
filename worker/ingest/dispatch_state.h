/* The dispatcher's inside, shared by dispatch.c, dispatch_lists.c and dispatch_stage.c only. */
#ifndef NEWSMILL_INGEST_DISPATCH_STATE_H
#define NEWSMILL_INGEST_DISPATCH_STATE_H

#include "common/backoff.h"
#include "worker/ingest/dispatch.h"

/* An entry that is active is in exactly one place: the queue of those ready for analysis, or a
 * list: of those ready for storage, solo, waiting, or a worker's outstanding ones. */
struct entry;
struct list {
    struct entry *first, *last;
    uint32_t count;
};

/* Why an article is a dead letter; one allocation, the texts behind it. */
struct reason {
    struct slice stage, code, sqlstate, message;
    int64_t wall_ms;
    uint32_t attempts;
    char text[];
};

struct entry {
    struct entry *previous, *next;
    struct list *on;
    struct worker *holder; /* while leased */
    struct dispatch_name name;
    uint64_t sequence, tag, lease;
    bool active; /* else the slot is free */
    enum lane lane;
    uint32_t flow;
    enum role stage;   /* whom it needs next, or is leased to */
    uint32_t attempt;  /* deliveries at this stage */
    uint32_t failures; /* RETRY answers at this stage */
    uint32_t deaths;   /* of workers it was with */
    uint32_t charges;  /* deaths that were its doing */
    bool leased_solo, has_result, replay;
    int64_t due_ms, received_ms, leased_ms;
    struct backoff backoff;
    struct bus_frame envelope, article, result;
    int64_t article_bytes, result_bytes;
    struct reason *reason;
};

struct worker {
    struct worker *previous, *next; /* in the queue of those with free credit */
    bool queued;
    enum role role;
    void *user;
    uint64_t working_on; /* a lease, as it said; 0: it did not */
    uint32_t credit_messages;
    int64_t credit_bytes, outstanding_bytes;
    struct list outstanding;
};

struct worker_queue {
    struct worker *first, *last;
};

struct dispatch {
    struct dispatch_options options;
    struct entry *entries;
    struct entry **free_entries;
    uint32_t free_count;
    uint64_t serial;
    struct fair *ready_analysis;
    struct list ready_storage, solo[ROLES], waiting;
    struct worker_queue available[ROLES];
    struct worker *reserved[ROLES]; /* kept empty for a solo delivery */
    int64_t article_bytes, result_bytes;
    uint64_t retries, deaths, stale, analyzed;
    int64_t now_ms; /* of the last call of dispatch_next() */
};

/* An entry as it was or would be handed out. */
void dispatch_describe(const struct entry *entry, struct dispatch_delivery *delivery);
void list_push(struct list *list, struct entry *entry);
void list_push_front(struct list *list, struct entry *entry);
void list_remove(struct entry *entry);
void queue_push(struct worker_queue *queue, struct worker *worker);
void queue_remove(struct worker_queue *queue, struct worker *worker);

#endif
