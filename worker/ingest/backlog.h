/* The backlog: articles that were accepted and are not yet done. What ingest asks of it, whoever
 * keeps it: the journal on this host's disk (journal.h), or a queue that a cluster replicates
 * (backlog_amqp.h).
 *
 *   append ──▶ sync ──▶ durable ──▶ the producer is answered
 *                          │
 *                          └──▶ next ──▶ … ──▶ done ──▶ it lets go of it
 *
 * An engine needs time to make durable what was appended: sync starts it and does not wait, and
 * durable() says up to which append it has come. The engine wakes the loop when that has changed,
 * and tells the metrics how long it took. Only then may anything be promised. What comes out of
 * next is at least once: an article whose end was not yet written down comes again. One owner, one
 * thread; nothing blocks longer than a write to a local disk. */
#ifndef NEWSMILL_INGEST_BACKLOG_H
#define NEWSMILL_INGEST_BACKLOG_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/slice.h"
#include "common/status.h"

enum backlog_outcome { BACKLOG_STORED = 1, BACKLOG_DUPLICATE, BACKLOG_DEAD };

/* accepted = stored + duplicate + dead + in_flight, always. */
struct backlog_books {
    uint64_t accepted, stored, duplicate, dead, in_flight;
};

/* An article that came out. The slices point into the record that was given to next or fetch. */
struct backlog_found {
    uint64_t sequence; /* what it is called in here */
    uint64_t place;    /* where it lies, for fetch */
    struct slice envelope, article;
};

/* What sync must be called for, or called again: appends, and bytes with what was done. */
struct backlog_unsynced {
    uint64_t appends, bytes;
};

/* Of an engine that is elsewhere. */
struct backlog_cluster {
    const char *node;     /* the host that takes articles now; NULL: none does */
    uint64_t unconfirmed; /* appended, and not durable yet */
    uint64_t waiting;     /* in the queue, not yet here */
    uint64_t lost;        /* connections that ended */
    uint64_t again;       /* articles sent again because nothing was heard of them */
    uint64_t copies;      /* of such, that came out twice and were dropped */
};
struct backlog_stats {
    uint64_t bytes;                         /* of --backlog-bytes; an estimate where it must be */
    bool full;                              /* its disk has no room */
    uint64_t disk_bytes, segments, damaged; /* of a journal */
    struct backlog_cluster cluster;
};

struct backlog_verbs {
    const char *engine; /* "journal", "amqp" */
    /* Takes an article. RETRY "overloaded", "disk-full": nothing was promised, it is not in here.
     * REJECT "message-too-long": it never can. FATAL: nothing can be accepted any more. */
    enum status (*append)(void *self, struct slice envelope, struct slice article,
                          struct fault *fault);
    /* Counts an article that is a copy of one that was appended before. Fails likewise. */
    enum status (*append_duplicate)(void *self, struct slice article_uuid, struct fault *fault);
    /* How many were appended, copies too; how many of these, from the first on, are durable. */
    uint64_t (*appended)(const void *self);
    uint64_t (*durable)(const void *self);
    struct backlog_unsynced (*unsynced)(const void *self);
    /* How many bytes an article may have; UINT64_MAX: there is no limit. It may turn out only when
     * one was appended; what is longer is then not in here, whatever durable says. It only falls.
     */
    uint64_t (*longest)(const void *self);
    /* Makes durable what was appended and done, or sends it on its way to be. */
    enum status (*sync)(void *self, struct fault *fault);
    /* The next article that is not done and was not given yet; only durable ones. RETRY when there
     * is none now. `again`: it will be fetched, too; its article may be a length without bytes,
     * when this process appended it. */
    enum status (*next)(void *self, bool again, struct buffer *record, struct backlog_found *found,
                        struct fault *fault);
    /* By sequence and place, one that next gave to be fetched, once. REJECT: it is lost. */
    enum status (*fetch)(void *self, struct buffer *record, struct backlog_found *found,
                         struct fault *fault);
    /* It is done. Durable with a later sync; before that it may come again. */
    void (*done)(void *self, uint64_t sequence, enum backlog_outcome outcome);
    /* Once a second: looks whether what was in the way is gone. */
    enum status (*look)(void *self, struct fault *fault);
    /* While ingest stops, every turn: ends what was begun. True when all has its end. */
    bool (*end)(void *self);
    /* Why it can take nothing now, a few words; NULL: it can. */
    const char *(*refuses)(const void *self);
    /* Bytes that its disk has left; UINT64_MAX: unknown. */
    uint64_t (*disk_free)(const void *self);
    struct backlog_books (*books)(const void *self);
    struct backlog_stats (*stats)(const void *self);
    /* Waits for nothing. */
    void (*close)(void *self);
};

struct backlog {
    const struct backlog_verbs *verbs;
    void *self;
};

#endif
