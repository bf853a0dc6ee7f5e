/* The inside of ingest's end of the link, shared by workers.c and workers_asked.c only. */
#ifndef NEWSMILL_INGEST_WORKERS_STATE_H
#define NEWSMILL_INGEST_WORKERS_STATE_H

#include "worker/ingest/ingest_state.h"

#define ROUTE_BYTES_MAX 64
#define WORKERS_BUCKETS 4096

/* One connected worker. Its route is libzmq's routing id: a new connection is a new worker. */
struct member {
    struct member *next; /* in its hash bucket */
    char route[ROUTE_BYTES_MAX];
    size_t route_len;
    struct worker *worker;
    enum role role;
    bool quiet;
    bool missed; /* it cannot be reached; what it said before may still wait to be read */
    char host[64], version[32];
    int64_t pid, heard_ms;
    int64_t patience_ms; /* it works on a lease that may take so long beyond silence_ms */
    uint32_t credit_messages;
    uint64_t done, failed;
};

struct workers {
    struct bus_socket *socket;
    struct workers_options options;
    struct member *buckets[WORKERS_BUCKETS];
    uint32_t count;
    bool missing; /* some member is missed */
    uint64_t epoch, strangers, stale;
    int64_t stranger_logged_ms;
    struct link_books told; /* the books storage was last told */
    struct arena *arena;
    struct pack_reader reader;
    struct buffer header;
};

const char *workers_role_name(enum role role);
struct slice workers_route(const struct member *member);
struct link_books workers_books(const struct ingest *ingest);
/* A command, with a header or without. REJECT: the worker is gone. */
enum status workers_send(struct workers *workers, struct slice route, enum link_command command,
                         const struct field_table *table, const void *header) MUST_CHECK;
/* Somebody who speaks another protocol, or another release of ours. A line a second at most. */
void workers_count_stranger(struct ingest *ingest, const struct fault *fault);

/* ---- workers_asked.c ---- */

/* How things stand; what is listed lies in the workers' arena. */
struct link_status workers_status(struct ingest *ingest);
/* `frame` is a link_ask, or empty. */
void workers_answer_status(struct ingest *ingest, struct slice route, struct slice frame);
/* QUIET or TERMINATE from an operator: passed on to the workers that `frame` names. */
void workers_order(struct ingest *ingest, struct slice route, enum link_command command,
                   struct slice frame);

#endif
