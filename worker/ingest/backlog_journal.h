/* The journal as a backlog: durable with each sync, which is a write and an fdatasync. */
#ifndef NEWSMILL_INGEST_BACKLOG_JOURNAL_H
#define NEWSMILL_INGEST_BACKLOG_JOURNAL_H

#include "worker/ingest/journal.h"

/* Opens the journal; fails as journal_open(). */
enum status backlog_journal_open(const struct journal_options *options, struct backlog *out,
                                 struct fault *fault) MUST_CHECK;

#endif
