/* The storage worker: takes analysed articles and dead letters from ingest, writes them to
 * PostgreSQL in batches, and says what became of each once it is committed, never before.
 *
 * A database that does not answer is waited for, with the batch in hand. A database that is not
 * what this program needs (no schema, another version, no rights) makes the worker give its
 * articles back, take no more, say so once, and look again from time to time: nothing of that is an
 * article's fault, so nothing of it makes dead letters. */
#ifndef NEWSMILL_STORAGE_STORE_H
#define NEWSMILL_STORAGE_STORE_H

#include "common/options.h"

/* The command `newsmill store`: runs until SIGTERM, SIGINT or ingest's TERMINATE; returns its exit
 * code. */
int store_main(const struct options *options);

#endif
