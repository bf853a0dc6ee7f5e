/* The backlog (backlog.h) on this host's disk: articles that were accepted and are not yet done.
 *
 * Verbs: append and done put records into a buffer; sync makes them durable (write, fdatasync) and
 * is the only moment after which anything may be promised; next walks the articles that are not
 * done, in order; read fetches one again. One owner, one thread; writing and fdatasync may have a
 * thread of their own (journal_sync_on).
 *
 * The journal is a folder of segment files (segment.h). Segments go oldest first, when all their
 * articles are done and that is durable. Books (accepted = stored + duplicate + dead + in flight)
 * are exact across restarts: each segment begins with the books as they were then, and every record
 * after it says what changed.
 *
 * An article that stays while everything after it goes (a long outage, retries) must not keep its
 * segment: it is written again at the head, in one record that also says where it was, and its
 * owner still knows it by its first sequence.
 *
 * With an archive, segments are moved there instead of being unlinked: everything that was ever
 * accepted, for replay.
 *
 * Damage never keeps the journal from opening: a torn end is cut, a damaged record is skipped,
 * counted and reported. Nor does a full disk: what is in the journal can still be worked off. A
 * write or fsync that fails is FATAL and stays so: nothing more is
 * acknowledged. */
#ifndef NEWSMILL_INGEST_JOURNAL_H
#define NEWSMILL_INGEST_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/slice.h"
#include "common/status.h"
#include "worker/ingest/backlog.h"

struct journal;

struct journal_options {
    const char *directory;
    const char *archive;    /* a folder that keeps the segments that are done with; NULL: none */
    uint64_t segment_bytes; /* preallocated; at least one article fits whatever its size */
    /* For journal_sync_on(): a thread, and an eventfd that is written to when it should be called
     * again; -1: none. */
    bool threaded;
    int wake_fd;
};

struct journal_stats {
    uint64_t segments, bytes; /* on disk, preallocation included */
    uint64_t backlog_bytes;   /* written and not yet dropped */
    uint64_t damaged;         /* records skipped since the start */
    uint64_t torn;            /* segments whose end was torn */
    bool full;                /* the disk has no room for another segment */
};

/* Opens or makes the folder, locks it, and recovers what is in it. FATAL with a sentence:
 * "journal-folder" (cannot be made or written), "journal-locked" (another process has it). */
enum status journal_open(const struct journal_options *options, struct journal **out,
                         struct fault *fault) MUST_CHECK;
/* Does not sync. NULL is fine. */
void journal_close(struct journal *journal);

/* Looks at a journal without touching it, whether or not an ingest has it: fills `journal` for
 * journal_books() and journal_stats() and logs a line for each damaged place. Ended by
 * journal_close(); nothing else may be called. */
enum status journal_look(const char *directory, struct journal **out,
                         struct fault *fault) MUST_CHECK;
/* Moves what is not done out of damaged segments and sets those aside (NAME.damaged). Before the
 * first journal_next(). `set_aside` counts the files. */
enum status journal_repair(struct journal *journal, uint64_t *set_aside,
                           struct fault *fault) MUST_CHECK;

/* Puts an article into the buffer. RETRY "disk-full" when no room can be reserved: nothing was
 * promised, answer "overloaded"; it stays so until journal_find_room(). FATAL once a write has
 * failed. */
enum status journal_append(struct journal *journal, struct slice envelope, struct slice article,
                           struct fault *fault) MUST_CHECK;
/* An article that was accepted and is a copy of a known one: only counted. */
enum status journal_append_duplicate(struct journal *journal, struct slice article_uuid,
                                     struct fault *fault) MUST_CHECK;
/* The article is done. Durable with the next sync; lost before it, the article comes again, and
 * storage knows it. A second call for the same article does nothing. */
void journal_done(struct journal *journal, uint64_t sequence, enum backlog_outcome outcome);

/* Makes everything appended durable, then drops what can go. */
enum status journal_sync(struct journal *journal, struct fault *fault) MUST_CHECK;
/* The same without waiting, for journals with a thread: what was begun and has ended meanwhile is
 * durable now, and all that was appended since then is begun. journal_durable() says how far that
 * has come. */
enum status journal_sync_on(struct journal *journal, struct fault *fault) MUST_CHECK;
/* How often journal_append() and journal_append_duplicate() were OK, and how many of these, from
 * the first on, are durable. */
uint64_t journal_appended(const struct journal *journal);
uint64_t journal_durable(const struct journal *journal);
/* The last group commit, once: its articles, and the nanoseconds until they were durable; 0: there
 * was none since. */
struct journal_commit {
    uint64_t articles, ns;
};
struct journal_commit journal_take_commit(struct journal *journal);
/* After "disk-full", looks for room again: call it now and then. RETRY while there is none. */
enum status journal_find_room(struct journal *journal, struct fault *fault) MUST_CHECK;
/* A write or an fsync has failed, whoever asked for it: every sync says so from now on. */
bool journal_has_failed(const struct journal *journal);
/* Bytes that are not durable yet. */
uint64_t journal_unsynced(const struct journal *journal);

/* The next article that is not done and was not given before; only durable ones. RETRY when there
 * is none now. `record` is filled with "envelope, article" behind each other; the slices point into
 * it. Damaged records are skipped and counted. */
enum status journal_next(struct journal *journal, struct buffer *record, uint64_t *sequence,
                         struct slice *envelope, struct slice *article,
                         struct fault *fault) MUST_CHECK;
/* The same for one that is fetched later, without reading it: its envelope, which points into the
 * journal until the next call of any kind, and the article's length. False when there is none, or
 * journal_next() must be asked; a moved one always. */
bool journal_peek(struct journal *journal, uint64_t *sequence, struct slice *envelope,
                  size_t *article_len);
/* Where the article that journal_next() or journal_peek() gave last lies in its file, for
 * journal_fetch(). */
uint64_t journal_place(const struct journal *journal);
/* An article that journal_next() gave and that is not done, once more. REJECT: it was damaged
 * meanwhile; it left the books. FATAL with a sentence. */
enum status journal_fetch(struct journal *journal, uint64_t sequence, uint64_t place,
                          struct buffer *record, struct slice *envelope, struct slice *article,
                          struct fault *fault) MUST_CHECK;
/* True when journal_next would have something. */
bool journal_waiting(const struct journal *journal);

/* Bytes that the journal's disk has left for us; UINT64_MAX when it cannot be asked. */
uint64_t journal_disk_free(const struct journal *journal);

struct backlog_books journal_books(const struct journal *journal);
struct journal_stats journal_stats(const struct journal *journal);

#endif
