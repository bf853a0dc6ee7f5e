/* The journal as a backlog: a thread writes and syncs what a turn of the loop has brought while the
 * next turns go on; what they bring is the next group commit. */
#ifndef NEWSMILL_INGEST_BACKLOG_JOURNAL_H
#define NEWSMILL_INGEST_BACKLOG_JOURNAL_H

#include "common/loop.h"
#include "common/metrics.h"
#include "worker/ingest/journal.h"

struct backlog_journal_options {
    struct loop *loop;
    struct journal_options journal; /* `threaded` and `wake_fd` are filled in */
    struct metrics *metrics; /* of ingest: how long group commits take, and how many they are */
};

/* Opens the journal; fails as journal_open(). */
enum status backlog_journal_open(const struct backlog_journal_options *options, struct backlog *out,
                                 struct fault *fault) MUST_CHECK;

#endif
