/* The link between ingest and its workers; README.md beside this file is the specification.
 *
 * This header is the frames only: pure encoding and decoding. consumer.h is the worker's end with
 * its socket; worker/ingest has the other end. */
#ifndef NEWSMILL_PROTO_LINK_H
#define NEWSMILL_PROTO_LINK_H

#include <stdint.h>

#include "common/uuid.h"
#include "proto/fields.h"

enum link_command {
    LINK_HELLO = 1, /* worker: here I am, this is my credit */
    LINK_WELCOME,   /* ingest: your epoch, how often to beat */
    LINK_DELIVER,   /* ingest: one article on lease */
    LINK_DONE,      /* worker: leases finished, with outcomes; from analysis with the result */
    LINK_REFUSE,    /* worker: one lease not finished, retry or reject, with the reason */
    LINK_BEAT,      /* both: alive; from a worker with the lease being worked on */
    LINK_BYE,       /* worker: leaving; its leases go back uncounted */
    LINK_WHO,       /* ingest: I do not know you, say HELLO */
    LINK_QUIET, /* ingest: finish what you have, take no more. To ingest: tell these workers so */
    LINK_TERMINATE, /* ingest: finish and exit. To ingest: tell these workers so */
    LINK_STATUS, /* anyone: how do things stand, and where are these articles; the answer comes as
                    LINK_STATUS */
    LINK_BOOKS,  /* ingest to a storage worker: the node's books, to be kept in PostgreSQL */
    LINK_REPLAY, /* anyone: this article again; the answer comes as LINK_REPLAY */
    LINK_TAP     /* anyone: let me see some of what passes; it comes as LINK_TAP */
};
#define LINK_LAST LINK_TAP

#define LINK_SIGNATURE_BYTES 4 /* 'N' 'M' version command: the first frame */

/* Roles of workers. */
#define LINK_ANALYZE "analyze"
#define LINK_STORE   "store"

/* Stage of a refusal by a worker that had no room for the delivery: no attempt of the article. */
#define LINK_STAGE "link"

struct link_hello {
    struct slice role, host, version;
    int64_t pid;
    uint32_t credit_messages; /* deliveries that may be outstanding */
    int64_t credit_bytes;
};
struct link_welcome {
    uint64_t epoch; /* of this run of ingest; echoed in DONE and REFUSE */
    struct slice node;
    uint32_t heartbeat_ms, silence_ms;
};
/* Followed by frames: envelope, article, and for storage the result (or nothing when dead). */
struct link_deliver {
    uint64_t epoch, lease;
    uint32_t attempt;
    bool solo; /* nothing else will come until this is answered: do not wait for a batch */
    /* A dead letter to be stored: why. NULL code otherwise. */
    struct slice dead_stage, dead_code, dead_sqlstate, dead_message;
    int64_t dead_ms;
    uint32_t dead_attempts;
};
struct link_outcome {
    uint64_t lease;
    uint32_t attempt;
    struct slice outcome; /* "analyzed", "stored", "duplicate", "dead" */
};
/* From analysis one outcome, followed by the result's frame; from storage a whole batch. */
struct link_done {
    uint64_t epoch;
    struct field_list outcomes; /* of struct link_outcome */
};
struct link_refuse {
    uint64_t epoch, lease;
    uint32_t attempt;
    bool retry; /* else REJECT: a dead letter */
    struct slice stage, code, sqlstate, message;
};
struct link_beat {
    uint64_t epoch, lease; /* 0: idle */
    uint32_t busy_ms;      /* with a lease: how long it may take, in which nothing else is said */
};
/* With QUIET and TERMINATE to ingest: the workers meant. Ingest passes the bare command on to each,
 * and answers with the same command and how many there are. */
struct link_order {
    struct slice role, host; /* NULL: any */
    int64_t pid;             /* FIELD_NONE: any */
    uint32_t workers;        /* in the answer */
};
/* accepted = stored + duplicate + dead + in_flight, at every instant. */
struct link_books {
    struct slice node;
    uint64_t accepted, stored, duplicate, dead, in_flight, refused;
};
/* Followed by frames: from whoever replays envelope and article, from ingest a reply (reply.h). */
struct link_replay {
    uint64_t tag; /* comes back with the answer */
};
/* From a watcher, at first and then every second or so: without it the tap ends. */
struct link_tap {
    struct slice stage; /* "ingest", "analyze", "store", "dead" */
    uint32_t rate;      /* samples a second, at most; 0 ends the tap */
    uint64_t fetched;   /* samples he has received so far */
};
/* To a watcher. A sample is followed by frames: envelope, article, and at analyze and store the
 * result; what is too large is empty. Without frames it is the answer to a TAP. */
struct link_tapped {
    struct slice stage;
    int64_t bytes; /* of the article */
    uint32_t attempt;
    struct slice outcome; /* "accepted", "duplicate", "analyzed", "stored", "dead" */
    struct slice dead_stage, code, message; /* of a dead letter */
    uint64_t passed, dropped; /* since the tap began: articles; samples he was too slow for */
};
struct link_worker {
    struct slice role, host, version, state; /* state: running quiet silent */
    int64_t pid;
    uint32_t outstanding, credit_messages;
    uint64_t done, failed;
};
/* The articles at one stage: ingest (in the journal only), analyze, store. */
struct link_stage {
    struct slice stage;
    uint32_t ready, leased, waiting; /* waiting: for a retry's time */
    int64_t oldest_ms;               /* age of the oldest; FIELD_NONE without one */
    double rate;                     /* that left it in a second, lately */
};
/* With STATUS, if anything: which articles are asked about, each by its article or its key. */
struct link_ask {
    struct field_list articles; /* of struct link_asked */
};
struct link_asked {
    struct uuid uuid;
};
/* Where one of them is, as far as it is in memory. */
struct link_traced {
    struct uuid article, key;
    struct slice stage, state; /* "analyze", "store"; "ready", "leased", "waiting" */
    struct slice host;         /* of the worker that has it; NULL: none */
    int64_t pid;               /* likewise; FIELD_NONE: none */
    int64_t held_ms;           /* since it has it */
    uint32_t attempt;
    struct slice dead; /* as a dead letter: the code; NULL: it is none */
};
struct link_status {
    struct link_books books;
    struct field_list workers; /* of struct link_worker */
    uint64_t waiting, stale, strangers, journal_bytes, journal_segments;
    uint64_t deaths, retries; /* of workers, and of articles, since the start */
    uint64_t ready_analysis, ready_storage, paused; /* in the window; paused: for a retry's time */
    uint64_t ahead;             /* read from the journal, waiting for room in the window */
    uint64_t journal_damaged;   /* places that could not be read */
    uint64_t disk_free;         /* bytes, on the journal's disk */
    struct slice disk, backlog; /* how full: "fine", "low", "stop" */
    int64_t oldest_ms;          /* age of the oldest article in flight */
    struct field_list stages;   /* of struct link_stage, in the order of the way */
    /* What holds the node up: "producers", "ingest", "analyze", "store", "database", "none"; and
     * why, a sentence. */
    struct slice bottleneck, bottleneck_why;
    struct field_list traced; /* of struct link_traced: of what was asked about */
    struct slice engine;      /* of the backlog: "journal", "amqp" */
    struct slice refuses;     /* why nothing can be accepted now; NULL: it can */
    /* Of a backlog in a cluster: the host that takes articles, NULL when none does; sent and not
     * confirmed, in the queue; connections lost, articles sent again, and dropped as copies. */
    struct slice cluster_node;
    uint64_t unconfirmed, queued, cluster_lost, cluster_again, cluster_copies;
    /* Connections now; and since the start: cut, and handshakes that failed, by why. */
    uint64_t connections, connections_cut;
    uint64_t handshakes_broken, handshakes_no_keys, handshakes_another_server, handshakes_unlisted;
};

extern const struct field_table link_hello_table, link_welcome_table, link_deliver_table,
    link_done_table, link_refuse_table, link_beat_table, link_order_table, link_books_table,
    link_ask_table, link_status_table, link_replay_table, link_tap_table, link_tapped_table;

/* The first frame. */
void link_signature(enum link_command command, char out[LINK_SIGNATURE_BYTES]);
/* REJECT "stranger" when it is not ours, "version" when it is another version. */
enum status link_command_of(struct slice frame, enum link_command *command,
                            struct fault *fault) MUST_CHECK;

/* Unpacks a header frame by its table. */
enum status link_header(const struct field_table *table, struct slice frame,
                        struct pack_reader *reader, void *header, struct arena *arena,
                        struct fault *fault) MUST_CHECK;

#endif
