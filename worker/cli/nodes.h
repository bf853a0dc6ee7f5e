/* The ingest nodes a command asks how things stand: those that --work names, or the one that runs
 * in
 * --data. */
#ifndef NEWSMILL_WORKER_CLI_NODES_H
#define NEWSMILL_WORKER_CLI_NODES_H

#include "common/options.h"
#include "worker/cli/ask.h"
#include "worker/cli/folder.h"
#include "worker/cli/standing.h"

struct nodes {
    const struct options *options;
    struct bus *bus;
    struct ask *asks[STANDING_NODES_MAX];
    char endpoints[STANDING_NODES_MAX][BUS_ENDPOINT_BYTES];
    struct standing standing; /* by their last answers */
    char database[FOLDER_DATABASE_BYTES];
};

/* FATAL "not-running" when there is nobody to ask. */
enum status nodes_open(struct nodes *nodes, const struct options *options,
                       struct fault *fault) MUST_CHECK;
void nodes_close(struct nodes *nodes);
/* Asks all of them and waits: FATAL "no-answer" names the first that does not answer. */
enum status nodes_ask(struct nodes *nodes, struct fault *fault) MUST_CHECK;

#endif
