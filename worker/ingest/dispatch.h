/* Who works on what: the articles active in memory, the workers, and the leases between them.
 *
 * Pure: no sockets, no clock, no disk; time and messages come in as arguments, decisions go out.
 * The way of an article:
 *
 *   admitted ─▶ ready for analysis ─▶ leased ─▶ ready for storage ─▶ leased ─▶ finished
 *                  ▲      ▲              │             ▲     ▲            │
 *                  └─ wait ◀── retry ────┤             └─wait◀── retry ───┤
 *                                        └─ reject: a dead letter, ready for storage
 *
 * Those ready for analysis take turns by lane and flow (fair.h); storage takes them as they come,
 * which keeps the order analysis gave them.
 *
 * A worker that dies gives its leases back. When it had said which one it was working on, that
 * article is charged, and no other. When it had not (storage works on many at once), nobody is
 * charged at first; an article that was there at two deaths is delivered *solo*, with nothing else
 * in the same hands, and a death during a solo delivery is charged to it. Who was charged once is
 * solo from then on, after a pause. Three charges make a dead letter, at the cost of no neighbour.
 */
#ifndef NEWSMILL_INGEST_DISPATCH_H
#define NEWSMILL_INGEST_DISPATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "common/bus.h"
#include "common/slice.h"
#include "common/uuid.h"
#include "proto/link.h"
#include "worker/ingest/fair.h"

enum role { ROLE_ANALYZE, ROLE_STORE };
#define ROLES 2

struct dispatch;
struct worker;

struct dispatch_options {
    uint32_t window_messages; /* articles active at once */
    int64_t window_bytes;     /* one half for articles, one for results */
    uint32_t attempts;        /* of analysis, before a RETRY becomes a dead letter */
    uint32_t salt;            /* of the flows; random */
};

struct dispatch *dispatch_new(const struct dispatch_options *options);
void dispatch_free(struct dispatch *dispatch);

/* True when another article may be admitted. */
bool dispatch_has_room(const struct dispatch *dispatch);

/* What an article is called in the trail. */
struct dispatch_name {
    struct uuid key, article;
};
struct dispatch_article {
    struct dispatch_name name;
    uint64_t sequence, tag; /* the caller's, given back at its end */
    enum lane lane;
    uint32_t flow;
    bool replay;                    /* given back at its end, too */
    struct slice envelope, article; /* copied */
    /* Set when it was refused before it got here: it goes to storage as a dead letter of stage
     * "ingest". NULL slices otherwise. */
    struct slice refused_code, refused_message;
    int64_t received_ms; /* wall clock */
};
/* Makes an article active; only while there is room. FATAL without memory. */
enum status dispatch_admit(struct dispatch *dispatch,
                           const struct dispatch_article *article) MUST_CHECK;

/* A worker came; `user` is the caller's. NULL without memory. */
struct worker *dispatch_join(struct dispatch *dispatch, enum role role, void *user);
/* Sets its window; 0 messages: nothing more is delivered to it. */
void dispatch_credit(struct dispatch *dispatch, struct worker *worker, uint32_t messages,
                     int64_t bytes);
/* It says which of its leases it is working on; 0: it does not say. */
void dispatch_working_on(struct worker *worker, uint64_t lease);
/* It is gone and freed. `died`: without goodbye, see above. */
void dispatch_leave(struct dispatch *dispatch, struct worker *worker, bool died, int64_t now_ms,
                    int64_t wall_ms);
uint32_t dispatch_outstanding(const struct worker *worker);
void *dispatch_user(const struct worker *worker);

/* What to send to whom. The pointers are borrowed until the next call into dispatch. */
struct dispatch_delivery {
    const struct dispatch_name *name;
    struct worker *worker;
    uint64_t lease;
    uint32_t attempt;
    bool solo;
    const struct bus_frame *envelope, *article,
        *result; /* result: NULL for analysis, dead letters */
    bool dead;
    struct slice dead_stage, dead_code, dead_sqlstate, dead_message;
    int64_t dead_ms;
    uint32_t dead_attempts;
};
/* The next lease to hand out; false when there is none now. It counts as handed out. */
bool dispatch_next(struct dispatch *dispatch, int64_t now_ms, struct dispatch_delivery *delivery);
/* Looks at what is on lease: as it was handed out; the worker is NULL. False when it is not. */
bool dispatch_peek(struct dispatch *dispatch, uint64_t lease, struct dispatch_delivery *delivery);
/* Looks likewise at all that a worker holds. */
typedef void dispatch_call(void *user, const struct dispatch_delivery *delivery);
void dispatch_each_held(const struct worker *worker, dispatch_call *call, void *user);
/* It could not be sent (the worker's queue is full): ready again, as if never handed out. */
void dispatch_undo(struct dispatch *dispatch, uint64_t lease);

enum dispatch_verdict {
    DISPATCH_STALE,    /* not this lease and attempt of this worker: ignored */
    DISPATCH_GOING_ON, /* noted */
    DISPATCH_FINISHED  /* the article is done: `sequence` and `outcome` say how */
};
struct dispatch_end {
    struct dispatch_name name;
    uint64_t sequence, tag;
    bool replay;
    struct slice outcome; /* "stored", "duplicate", "dead" */
};
/* A worker's answer. `result` is analysis' and is shared, not taken. */
enum dispatch_verdict dispatch_done(struct dispatch *dispatch, struct worker *worker,
                                    const struct link_outcome *outcome,
                                    const struct bus_frame *result, struct dispatch_end *end);
enum dispatch_verdict dispatch_refused(struct dispatch *dispatch, struct worker *worker,
                                       const struct link_refuse *refusal, int64_t now_ms,
                                       int64_t wall_ms);

struct dispatch_counts {
    uint32_t active, ready_analysis, ready_storage, waiting; /* waiting: for a retry's time */
    int64_t article_bytes, result_bytes;
    uint64_t retries, deaths, stale, analyzed;
};
struct dispatch_counts dispatch_counts(const struct dispatch *dispatch);
/* What of the window is at one stage, by looking at all. */
struct dispatch_stage {
    uint32_t ready, leased, waiting;
    bool free; /* some worker has credit for more */
    int64_t
        oldest_ms; /* when its oldest article was received (wall clock); -1 when there is none */
    int64_t longest_ms; /* that one has been in a worker's hands */
};
struct dispatch_stage dispatch_stage(const struct dispatch *dispatch, enum role role,
                                     int64_t now_ms);
/* Where those are that `uuid` names, as article or as key, by looking at all. The delivery's worker
 * is NULL unless it has it now. */
struct dispatch_place {
    enum role stage;
    bool waiting;      /* for a retry's time */
    int64_t leased_ms; /* in loop time; when a worker has it */
    struct dispatch_delivery delivery;
};
typedef void dispatch_found(void *user, const struct dispatch_place *place);
void dispatch_find(const struct dispatch *dispatch, const struct uuid *uuid, dispatch_found *found,
                   void *user);
/* When the oldest active article was received (wall clock), by looking at all; -1 when none is. */
int64_t dispatch_oldest_ms(const struct dispatch *dispatch);
/* When the next waiting article is due, in loop time; -1 when none waits. */
int64_t dispatch_due_ms(const struct dispatch *dispatch);

#endif
