/* Replays inside the writer's transaction: articles that were accepted before and come again.
 *
 * One whose content is stored under its own key is written anew in its place: same article, key,
 * revision and received, new facts, in one transaction, so that nobody sees none or both. It is
 * left alone when the same version of the analysis made what is there, unless it is forced. One
 * whose content is not stored (a dead letter that is tried again, an archive into another database)
 * is stored like a new article, but never before a later acceptance of its article. One whose
 * content is stored under another key is a duplicate. */
#ifndef NEWSMILL_STORAGE_REWRITE_H
#define NEWSMILL_STORAGE_REWRITE_H

#include "worker/storage/write_state.h"

/* Once fates and revisions are decided: takes `latest` from fresh replays that are not. */
enum status rewrite_rank(struct writer *writer, struct pg *pg, struct row **rows, size_t count,
                         struct pg_fault *fault) MUST_CHECK;
/* Locks what stands of articles that get a new revision or have one written anew, before anything
 * is read of it that the next statements count on; fills the writer's list of superseded revisions.
 * The order of `rows` changes. */
enum status rewrite_lock(struct writer *writer, struct pg *pg, struct row **rows, size_t count,
                         struct pg_fault *fault) MUST_CHECK;
/* Decides which rows are rewritten, and deletes what is stored of them. The order of `rows`
 * changes. */
enum status rewrite_clear(struct writer *writer, struct pg *pg, struct row **rows, size_t count,
                          struct pg_fault *fault) MUST_CHECK;
/* Ends the dead letters of replays that are stored now. */
enum status rewrite_settle(struct writer *writer, struct pg *pg, struct row **rows, size_t count,
                           struct pg_fault *fault) MUST_CHECK;

#endif
