/* Asks one ingest node how things stand (LINK_STATUS on its work socket), and remembers the last
 * answer. Used by status and up. Belongs to the thread of its bus. */
#ifndef NEWSMILL_WORKER_CLI_ASK_H
#define NEWSMILL_WORKER_CLI_ASK_H

#include "common/bus.h"
#include "proto/link.h"

struct ask;

/* `endpoint` is a work socket. Fails only for a bad endpoint or want of memory; whether anything
 * answers shows later. */
enum status ask_new(struct bus *bus, const char *endpoint, struct ask **out,
                    struct fault *fault) MUST_CHECK;
void ask_free(struct ask *ask);

/* From now on the question is about these articles too, by their articles or keys; copied. */
enum status ask_about(struct ask *ask, const struct uuid *articles, size_t count) MUST_CHECK;

/* Sends the question; false while there is no connection yet. */
bool ask_send(struct ask *ask);
/* Takes the answers that have come; true when there was one. */
bool ask_receive(struct ask *ask);
/* Sends and waits until an answer comes or `timeout_ms` passed; true when it came. */
bool ask_wait(struct ask *ask, int timeout_ms);

/* The last answer; NULL when there was none yet. Valid until the next ask_receive(). */
const struct link_status *ask_answer(const struct ask *ask);
/* Why nothing answers: a clause, or NULL when it is not known. */
const char *ask_trouble(const struct ask *ask);
struct bus_socket *ask_socket(const struct ask *ask);

#endif
