/* The C client: pushes articles to the acknowledged socket, many in flight, each answered.
 *
 * One thread, no threads of its own beyond libzmq's. Each article is sent behind a tag frame that
 * ingest echoes before its answer, so that replies can be told apart whatever the article's own
 * `id`. An article whose answer does not come (ingest restarted, a connection was reset), or whose
 * answer says retry, is sent again with capped, jittered back-off: ingest and storage know copies.
 */
#ifndef NEWSMILL_PROTO_CLIENT_H
#define NEWSMILL_PROTO_CLIENT_H

#include "common/bus.h"
#include "common/loop.h"
#include "common/slice.h"
#include "common/status.h"
#include "proto/reply.h"

struct client;

struct client_options {
    const char *endpoint; /* tcp://127.0.0.1:5552; with `replays` work sockets, comma-separated */
    uint32_t window;      /* articles in flight, at most */
    int64_t resend_after_ms;  /* no answer for this long: send again */
    int64_t give_up_after_ms; /* nothing answered at all for this long, or the other side will not
                                 have our key: the articles fail; 0 never */
    /* One call an article, in any order: its tag, and the answer. When nothing answered the reply
     * is not ok, its error "no-answer" and retry true. */
    void (*answered)(void *user, uint64_t tag, const struct reply *reply);
    void *user;
    /* Articles wait for the next client_run(), or until they fill a message, and go out together:
     * for those who push many. (proto/README.md, Bundles.) */
    bool gathers;
    bool replays; /* `endpoint` names work sockets: client_replay() instead of client_push() */
    /* An answer that says retry ("overloaded") goes to answered() at once, instead of the article
     * to ingest again: for those who have somebody to tell. */
    bool tells_retry;
    /* On this loop it runs by itself; NULL: whenever client_run() is called. */
    struct loop *loop;
    /* Keys; borrowed for the call. NULL: none, and this host only. */
    const struct bus_security *security;
};
enum status client_new(const struct client_options *options, struct client **out,
                       struct fault *fault) MUST_CHECK;
void client_free(struct client *client);

/* Queues one encoded article (CONTRACT section 1). RETRY when the window is full: call
 * client_run(). REJECT when it is no article; the sentence is in `fault`. */
enum status client_push(struct client *client, struct slice article, uint64_t tag,
                        struct fault *fault) MUST_CHECK;
/* The same for an article that was accepted before, with its encoded envelope, through a work
 * socket (README.md, Replays). */
enum status client_replay(struct client *client, struct slice envelope, struct slice article,
                          uint64_t tag, struct fault *fault) MUST_CHECK;
/* Sends, receives answers, resends; waits at most `timeout_ms` for something to happen. */
void client_run(struct client *client, int timeout_ms);
/* Why nothing answers, as far as it is known: a clause that says which side refuses whom; or NULL.
 */
const char *client_trouble(const struct client *client);
/* Whether there is a connection to ingest, as of the last run. */
bool client_connected(const struct client *client);
/* Articles pushed and not yet answered. */
uint32_t client_in_flight(const struct client *client);

#endif
