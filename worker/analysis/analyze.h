/* The analysis worker: takes articles from ingest's link, sends back what it found in them.
 * One thread; stateless; may be killed at any instant. */
#ifndef NEWSMILL_WORKER_ANALYSIS_ANALYZE_H
#define NEWSMILL_WORKER_ANALYSIS_ANALYZE_H

#include "common/options.h"

/* Runs until SIGINT or SIGTERM, or until ingest says TERMINATE. Returns an exit code. */
int analyze_main(const struct options *options);

#endif
