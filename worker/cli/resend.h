/* Sends articles that were accepted before to ingest again, under their old keys, through its work
 * socket: for replay and dead retry. Several are in flight at a time; a progress line on a
 * terminal.
 *
 * One thread. */
#ifndef NEWSMILL_WORKER_CLI_RESEND_H
#define NEWSMILL_WORKER_CLI_RESEND_H

#include "common/status.h"
#include "proto/envelope.h"
#include "proto/reply.h"

struct resend;

/* What became of those that were answered. */
struct resend_counts {
    uint64_t sent, refused;
};

/* `work`: endpoints with commas between them. `refused` is called for each article that ingest will
 * not have, or that nothing answered for; it may be NULL. */
struct resend_options {
    const struct options *options; /* for its keys; borrowed for the call */
    const char *work;
    void (*refused)(void *user, const struct uuid *key, const struct reply *reply);
    void *user;
};
enum status resend_new(const struct resend_options *options, struct resend **out,
                       struct fault *fault) MUST_CHECK;
void resend_free(struct resend *resend);

/* Sends one; waits while the window is full. Of the envelope key, article, content, received and
 * replay count. FATAL "no-answer" once nothing answers. */
enum status resend_article(struct resend *resend, const struct envelope *envelope,
                           struct slice article, struct fault *fault) MUST_CHECK;
/* Waits until everything is answered. */
enum status resend_finish(struct resend *resend, struct fault *fault) MUST_CHECK;

struct resend_counts resend_counts(const struct resend *resend);

#endif
