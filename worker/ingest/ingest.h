/* The ingest worker: takes articles in, keeps them in its journal until they are done, and deals
 * them out to analyzers and storage workers. The only one that remembers, the only one with
 * addresses. */
#ifndef NEWSMILL_INGEST_INGEST_H
#define NEWSMILL_INGEST_INGEST_H

#include "common/options.h"

/* Runs until SIGTERM or SIGINT. Returns an exit code of CONTRACT section 3. */
int ingest_main(const struct options *options);

#endif
