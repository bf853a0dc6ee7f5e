/* How things stand, for people and programs: the answers of one or more ingest nodes added up, and
 * what status prints and /status says, made from that. Pure. */
#ifndef NEWSMILL_WORKER_CLI_STANDING_H
#define NEWSMILL_WORKER_CLI_STANDING_H

#include <jansson.h>
#include <stdio.h>

#include "proto/link.h"

#define STANDING_NODES_MAX 16

struct standing {
    const struct link_status *nodes[STANDING_NODES_MAX]; /* answers; borrowed */
    int64_t pids[STANDING_NODES_MAX];                    /* of the nodes; 0 when not known */
    size_t node_count, asked;                            /* answered; asked */
    const char *database; /* a libpq URI without password, or NULL when not known */
};

/* The books of all nodes together. */
struct link_books standing_books(const struct standing *standing);
bool standing_balances(const struct standing *standing);
/* Running workers of `role`. */
size_t standing_workers(const struct standing *standing, const char *role);

/* The stages of all nodes together, in the order of the way: sums, the oldest article's age, rates.
 */
#define STANDING_STAGES_MAX 8
size_t standing_stages(const struct standing *standing, struct link_stage out[STANDING_STAGES_MAX]);
/* What holds it up: that of the first node that is held up, else of the first node. NULL slices
 * when no node says. */
struct standing_bottleneck {
    struct slice stage, why;
};
struct standing_bottleneck standing_bottleneck(const struct standing *standing);

/* CONTRACT section 3: {"accepted", …, "workers": […]}. NULL without memory. */
json_t *standing_json(const struct standing *standing);
/* {"stage", "why"}, or null; and [{"stage", "ready", "leased", "waiting", "oldest_ms", "rate"}]. */
json_t *standing_bottleneck_json(const struct standing *standing);
json_t *standing_stages_json(const struct standing *standing);
/* A table on `out`. */
void standing_print(const struct standing *standing, FILE *out);

#endif
