/* The consumer's inside, shared by consumer.c and consumer_send.c only. */
#ifndef NEWSMILL_PROTO_CONSUMER_STATE_H
#define NEWSMILL_PROTO_CONSUMER_STATE_H

#include "proto/consumer.h"

#define CONSUMER_PEERS_MAX    16
#define CONSUMER_OUTCOMES_MAX 1000 /* of one DONE; keeps its header far below the limit */

/* A message libzmq would not take yet. */
struct unsent {
    struct unsent *next;
    struct bus_message message;
};

struct peer {
    struct consumer *consumer;
    char endpoint[BUS_ENDPOINT_BYTES];
    struct bus_socket *socket;
    uint64_t epoch;      /* 0: not welcomed yet */
    uint64_t connection; /* rises whenever ingest has forgotten what we hold */
    uint32_t heartbeat_ms, silence_ms;
    int64_t heard_ms, said_ms;
    bool said_hello;     /* since the connection began */
    bool doubted;        /* silent for too long; one more tick to read what may be waiting */
    uint64_t working_on; /* a lease of this connection; 0: none */
    /* Leases of this connection, and of earlier ones that still use up memory here. */
    uint32_t held, held_stale;
    int64_t held_bytes, held_stale_bytes;
    struct link_outcome outcomes[CONSUMER_OUTCOMES_MAX];
    size_t outcome_count;
    struct unsent *unsent, **unsent_end;
};

struct consumer {
    struct bus *bus;
    struct loop *loop;
    struct consumer_options options;
    char host[256];
    struct peer *peers[CONSUMER_PEERS_MAX];
    size_t peer_count;
    struct arena *arena;
    struct pack_reader reader;
    struct buffer scratch;
    uint64_t stale;
    bool quiet;
    int tick;
};

/* Says what is said again anyway: false, and dropped, when it cannot go now. */
bool consumer_say(struct peer *peer, enum link_command command, const struct field_table *table,
                  const void *header);
/* Says who we are and what credit is left; remembers whether it went out. */
void consumer_say_hello(struct peer *peer);
/* Sends an answer to a lease, or keeps it until it can go. `body` may be absent. */
void consumer_answer(struct peer *peer, enum link_command command, const struct field_table *table,
                     const void *header, struct slice body);
/* Says that we live, and which lease is being worked on. */
void consumer_say_beat(struct peer *peer);
void consumer_unsent_retry(struct peer *peer);
void consumer_unsent_drop(struct peer *peer);

#endif
