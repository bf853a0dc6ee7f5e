/* Where the articles of a way are now, by the ingest nodes that have them. */
#ifndef NEWSMILL_WORKER_CLI_TRACE_ASK_H
#define NEWSMILL_WORKER_CLI_TRACE_ASK_H

#include "common/options.h"
#include "worker/cli/trace_way.h"

/* Adds what the nodes of --work, or the one that runs in --data, have in memory, as of `now_ms`.
 * Where nothing runs there is nothing to ask; a node that does not answer is a line on stderr. */
void trace_ask(const struct options *options, struct trace_way *way, int64_t now_ms);

#endif
