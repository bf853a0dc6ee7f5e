/* The answers of the acknowledged socket: a refusal goes at once, an acknowledgement waits in line
 * until its article is durable; the articles of a bundle are answered together. Bounded: while the
 * line is full no articles are read. */
#ifndef NEWSMILL_INGEST_REPLIES_H
#define NEWSMILL_INGEST_REPLIES_H

#include "worker/ingest/ingest_state.h"

struct replies;

/* NULL without memory. */
struct replies *replies_new(void);
void replies_free(struct replies *replies);

/* Where the answer to a message goes: the frames before its article, which it echoes. */
struct reply_route {
    size_t count;
    struct slice frames[BUS_FRAMES_MAX]; /* in the message */
};

/* REJECT when they are too long to be kept: for a refusal they will do. */
enum status reply_route_of(const struct bus_message *message, struct reply_route *route,
                           struct fault *fault) MUST_CHECK;

/* The answer to a message is begun, hears of each of its articles in their order, and is added. */
/* For one article that came alone; with `bundle`, for so many that came as one. */
void replies_begin(struct replies *replies, size_t bundle);
/* An article of `article_bytes` bytes: just appended if the reply is OK. */
void replies_put(struct replies *replies, const struct reply *reply, size_t article_bytes);
/* It waits if anything was accepted, as long as the last of that does; else it goes at once. */
void replies_add(struct replies *replies, struct ingest *ingest, struct bus_socket *socket,
                 const struct reply_route *route);
/* Sends the acknowledgements of what is durable by now; "overloaded" instead where that has taken
 * too long, and a refusal where the article turned out longer than the backlog takes. */
void replies_send(struct replies *replies, struct ingest *ingest, struct bus_socket *socket);
/* True when no other may be added; makes room for one else. */
bool replies_are_full(struct replies *replies);

/* Makes `reply` say that its article was not accepted, and why; its id stays. */
void reply_refuse(struct reply *reply, const struct fault *fault, bool retry);
/* A line a second at most: refusals come as fast as a stranger sends. */
void replies_log_refusal(struct replies *replies, const struct fault *fault);

#endif
