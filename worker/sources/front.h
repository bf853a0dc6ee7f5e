/* The command `newsmill http`: takes articles by POST for producers that cannot speak ZeroMQ, and
 * answers when ingest's journal has them.
 *
 * Stateless: may be killed at any instant, run many times beside itself, and put behind a proxy.
 * Returns an exit code. */
#ifndef NEWSMILL_WORKER_SOURCES_FRONT_H
#define NEWSMILL_WORKER_SOURCES_FRONT_H

#include "common/options.h"

int front_main(const struct options *options);

#endif
