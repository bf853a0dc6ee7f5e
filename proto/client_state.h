/* What the files of the client share. */
#ifndef NEWSMILL_PROTO_CLIENT_STATE_H
#define NEWSMILL_PROTO_CLIENT_STATE_H

#include "common/backoff.h"
#include "common/trouble.h"
#include "proto/bundle.h"
#include "proto/client.h"
#include "proto/pack.h"

#define CLIENT_TAG_BYTES 8

/* One article in flight. A slot is free when `used` is false; its index and `serial` make the tag
 * on the wire, so that an answer to an earlier use of the slot is known for what it is. */
struct slot {
    bool used;
    uint32_t serial;
    uint64_t number; /* of the push */
    uint64_t tag;
    struct bus_frame envelope; /* of replays */
    struct bus_frame bytes;    /* what the article was sent in; empty until then */
    struct slice article;      /* in `bytes`; NULL while it is gathered, and not sent yet */
    int64_t due_ms;            /* when to send it again */
    struct backoff backoff;
};

/* Articles that go into one message, the first time that they are sent. */
struct gathered {
    size_t count;
    char tags[LIMIT_BUNDLE_ARTICLES * CLIENT_TAG_BYTES];
    size_t ends[LIMIT_BUNDLE_ARTICLES]; /* of each article in `bytes` */
    struct buffer bytes;                /* the bundle */
};

struct client {
    struct client_options options;
    struct bus *bus;
    struct bus_socket *socket;
    struct trouble trouble;
    int64_t opened_ms;
    struct slot *slots;
    uint32_t in_flight, on_way; /* on_way: of those, were sent */
    uint64_t pushed;
    uint32_t next_slot; /* most likely free: answers come about in order */
    struct gathered gathered;
    int64_t alone_ms;   /* this ingest takes no bundles, as far as is known until then */
    int64_t soonest_ms; /* nothing is due before */
    int64_t heard_ms;   /* when something was last answered, or the first article was sent */
    struct arena *arena;
    struct pack_reader reader;
    struct buffer header; /* of replays */
    int timer;            /* on a loop; -1: none */
};

/* ---- client_send.c ---- */

/* Sends a new slot's article, or gathers it. RETRY when the socket takes nothing now: the slot is
 * due soon again. FATAL without memory; then the slot is as it was. */
enum status client_send(struct client *client, uint32_t index, struct slice article) MUST_CHECK;
/* Sends what was gathered; as client_send(). */
enum status client_flush(struct client *client) MUST_CHECK;
/* Sends what is due; returns how long until something will be, at most `wait`. */
int64_t client_send_due(struct client *client, int64_t now, int64_t wait);
/* Nothing, where it was not sent yet. */
void client_set_due(struct client *client, struct slot *slot, int64_t due_ms);

/* The article is kept for longer than those it was sent with: by itself, if there is memory. */
void client_part(struct slot *slot);

/* The slot that an answer's tag names; NULL when that was answered already. */
struct slot *client_slot_of(const struct client *client, const char tag[CLIENT_TAG_BYTES]);
void client_tag_write(const struct client *client, uint32_t index, char out[CLIENT_TAG_BYTES]);

#endif
