/* The command `newsmill watch FEEDS`: follows a list of RSS and Atom feeds, fetches the pages that
 * their new items link to, and pushes those to ingest, each acknowledged.
 *
 * Reads FEEDS (watch/feeds_file.h) and keeps what it knows in the file of --state. Returns the exit
 * code: with --once 1 when a feed failed or an article was refused. */
#ifndef NEWSMILL_WORKER_SOURCES_WATCH_H
#define NEWSMILL_WORKER_SOURCES_WATCH_H

#include "common/options.h"

int watch_main(const struct options *options);

#endif
