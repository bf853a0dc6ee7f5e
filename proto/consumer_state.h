/* The consumer's inside, shared by consumer.c, consumer_peers.c and consumer_send.c only. */
#ifndef NEWSMILL_PROTO_CONSUMER_STATE_H
#define NEWSMILL_PROTO_CONSUMER_STATE_H

#include "common/resolve.h"
#include "common/trouble.h"
#include "proto/consumer.h"

#define CONSUMER_PEERS_MAX    32
#define CONSUMER_SEEDS_MAX    8
#define CONSUMER_CLAIM_OPTION (1u << CONSUMER_SEEDS_MAX)
#define CONSUMER_OUTCOMES_MAX 1000 /* of one DONE; keeps its header far below the limit */

/* A message libzmq would not take yet. */
struct unsent {
    struct unsent *next;
    struct bus_message message;
};

/* An ingest node. The slot stays when it goes, for the next one. */
struct peer {
    bool used;
    bool leaving;    /* nobody names it any more: it ends when nothing of it is held */
    uint32_t claims; /* a bit for each seed that names it, and for the option */
    struct consumer *consumer;
    char endpoint[BUS_ENDPOINT_BYTES];
    struct bus_socket *socket;
    struct trouble trouble; /* of its handshakes */
    bool told_trouble;
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

/* A name among the endpoints: what it stands for is looked up again and again. */
struct seed {
    struct consumer *consumer;
    struct resolver *resolver;
    char host[RESOLVE_HOST_BYTES], port[16];
    int64_t ask_ms; /* when to ask again */
    bool failing;
};

struct consumer {
    struct bus *bus;
    struct loop *loop;
    struct consumer_options options;
    char host[256];
    struct peer *peers[CONSUMER_PEERS_MAX];
    size_t peer_count;
    struct seed seeds[CONSUMER_SEEDS_MAX];
    size_t seed_count;
    struct arena *arena;
    struct pack_reader reader;
    struct buffer scratch;
    uint64_t stale;
    bool quiet;
    int tick;
};

/* ---- consumer_peers.c ---- */

/* Connects to the endpoints of `list` (commas), and begins to look up the names in it. */
enum status consumer_peers_open(struct consumer *consumer, struct slice list,
                                struct fault *fault) MUST_CHECK;
void consumer_peers_close(struct consumer *consumer);
/* Silence, what could not be sent, names, and those that leave. */
void consumer_peers_tick(struct consumer *consumer, int64_t now);
/* By how many nodes the credit is shared; at least 1. */
size_t consumer_shares(const struct consumer *consumer);
/* Ingest has forgotten us: the leases we hold are nobody's. */
void consumer_forget_leases(struct peer *peer);

/* ---- consumer.c ---- */

/* Takes what waits at a peer's socket. */
void consumer_receive(void *user);

/* ---- consumer_send.c ---- */

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
