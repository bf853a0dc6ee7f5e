/* What the verbs of newsmill dead share: which dead letters a command line means. */
#ifndef NEWSMILL_WORKER_CLI_DEAD_H
#define NEWSMILL_WORKER_CLI_DEAD_H

#include "common/options.h"
#include "worker/storage/dead.h"

/* A command line of newsmill dead, read; its slices point into the options. */
struct dead_request {
    const struct options *options;
    struct dead_filter filter;
    struct slice *names; /* the operands behind the verb */
    bool picked;         /* something says which: names, a filter, or --all */
    uint64_t limit;      /* 0: all */
};
/* REJECT names the option that cannot be read. */
enum status dead_request_init(struct dead_request *request, const struct options *options,
                              struct fault *fault) MUST_CHECK;
void dead_request_deinit(struct dead_request *request);

/* Opens the database that --db or --data names. */
enum status dead_request_open(const struct dead_request *request, struct dead **out,
                              struct fault *fault) MUST_CHECK;

/* The verb retry; dead_retry.c. */
enum status dead_retry(const struct dead_request *request, struct dead *dead, int *code,
                       struct fault *fault) MUST_CHECK;

#endif
