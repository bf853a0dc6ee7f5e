/* The answers of the acknowledged socket: a refusal goes at once, an acknowledgement waits in line
 * until its article is durable. Bounded: while the line is full no articles are read. */
#ifndef NEWSMILL_INGEST_REPLIES_H
#define NEWSMILL_INGEST_REPLIES_H

#include "worker/ingest/ingest_state.h"

struct replies;

/* NULL without memory. */
struct replies *replies_new(void);
void replies_free(struct replies *replies);

/* The answer to an article of `article_bytes` bytes, just appended if the answer is OK. Takes
 * `route`, the frames that say where it goes. */
void replies_add(struct replies *replies, struct ingest *ingest, struct bus_socket *socket,
                 struct bus_message *route, const struct reply *reply, size_t article_bytes);
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
