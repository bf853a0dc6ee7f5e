/* What a worker says of itself over HTTP: /healthz (its loop turns), /readyz (it can do its work;
 * if not, 503 and why), /metrics (OpenMetrics text).
 *
 * Belongs to the loop it is started on. */
#ifndef NEWSMILL_COMMON_PROBE_H
#define NEWSMILL_COMMON_PROBE_H

#include "common/buffer.h"
#include "common/loop.h"
#include "common/status.h"

struct probe;

struct probe_options {
    const char *address; /* as http_new() wants it; NULL or "off": nothing is served */
    /* NULL when ready, else what is missing, in a few words. */
    const char *(*missing)(void *user);
    /* Writes metrics with probe_metric(). */
    void (*metrics)(void *user, struct buffer *out);
    void *user;
    bool open; /* `address` may be other than loopback */
};

/* `*out` is NULL when nothing is served. Fails as http_new(). */
enum status probe_new(struct loop *loop, const struct probe_options *options, struct probe **out,
                      struct fault *fault) MUST_CHECK;
/* NULL is fine, here and below. */
void probe_free(struct probe *probe);
/* Answers what waits, for a worker that blocks outside its loop. */
void probe_turn(struct probe *probe);

enum probe_kind { PROBE_COUNTER, PROBE_GAUGE };
/* One metric without labels. */
void probe_metric(struct buffer *out, const char *name, enum probe_kind kind, const char *help,
                  uint64_t value);

#endif
