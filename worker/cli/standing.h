/* How things stand, for people and programs: the answers of one or more ingest nodes added up, and
 * what status prints, what /status and /metrics say, and the status page, made from that. Pure. */
#ifndef NEWSMILL_WORKER_CLI_STANDING_H
#define NEWSMILL_WORKER_CLI_STANDING_H

#include <jansson.h>
#include <stdio.h>

#include "common/buffer.h"
#include "proto/link.h"

#define STANDING_NODES_MAX 16

struct standing {
    const struct link_status *nodes[STANDING_NODES_MAX]; /* answers; borrowed */
    int64_t pids[STANDING_NODES_MAX];                    /* of the nodes; 0 when not known */
    size_t node_count, asked;                            /* answered; asked */
    const char *database; /* a libpq URI without password, or NULL when not known */
    uint64_t restarts;    /* of workers that died, when a supervisor tells */
};

/* The books of all nodes together. */
struct link_books standing_books(const struct standing *standing);
bool standing_balances(const struct standing *standing);
/* Running workers of `role`. */
size_t standing_workers(const struct standing *standing, const char *role);

/* CONTRACT section 3: {"accepted", …, "workers": […]}. NULL without memory. */
json_t *standing_json(const struct standing *standing);
/* OpenMetrics text. */
void standing_metrics(const struct standing *standing, struct buffer *out);
/* A page that reloads itself. */
void standing_page(const struct standing *standing, struct buffer *out);
/* A table on `out`. */
void standing_print(const struct standing *standing, FILE *out);

#endif
