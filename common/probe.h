/* What a worker says of itself over HTTP: /healthz (its loop turns), /readyz (it can do its work;
 * if not, 503 and why), /metrics (common/metrics.h).
 *
 * Belongs to the loop it is started on. */
#ifndef NEWSMILL_COMMON_PROBE_H
#define NEWSMILL_COMMON_PROBE_H

#include "common/loop.h"
#include "common/metrics.h"
#include "common/status.h"

struct probe;

struct probe_options {
    const char *address; /* as http_new() wants it; NULL or "off": nothing is served */
    /* NULL when ready, else what is missing, in a few words. */
    const char *(*missing)(void *user);
    /* What it counts; borrowed for as long as the probe lives. */
    struct metrics *metrics;
    /* Sets what is not counted as it happens: before each answer and, where a supervisor reads
     * along, every second. */
    void (*collect)(void *user);
    void *user;
    bool open; /* `address` may be other than loopback */
};

/* `*out` is NULL when there is nobody to tell. Fails as http_new(). */
enum status probe_new(struct loop *loop, const struct probe_options *options, struct probe **out,
                      struct fault *fault) MUST_CHECK;
/* NULL is fine, here and below. */
void probe_free(struct probe *probe);
/* Answers what waits, for a worker that blocks outside its loop. */
void probe_turn(struct probe *probe);

#endif
