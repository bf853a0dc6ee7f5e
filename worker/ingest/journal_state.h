/* The journal's insides, which its files share. */
#ifndef NEWSMILL_INGEST_JOURNAL_STATE_H
#define NEWSMILL_INGEST_JOURNAL_STATE_H

#include "proto/limits.h"
#include "worker/ingest/disk_writer.h"
#include "worker/ingest/journal.h"
#include "worker/ingest/journal_recall.h"
#include "worker/ingest/moved.h"
#include "worker/ingest/segment.h"

/* What one loop turn may gather before it must sync: the largest article and plenty of small ones.
 */
#define JOURNAL_PENDING_MAX ((size_t)LIMIT_MESSAGE_BYTES * 2 + (1 << 20))

/* One file. Its articles have the sequences [first, first + count); a bit tells which are done. A
 * sequence whose record is damaged is marked done, there is nothing left of it. */
struct segment {
    uint64_t first, count, live; /* live: not done */
    uint32_t salt;
    uint8_t *done;          /* a bit an article */
    uint64_t done_capacity; /* in articles */
    uint64_t size;          /* end of the durable records */
    uint64_t disk_bytes;    /* of the file */
    bool damaged;           /* something in the middle could not be read */
    uint64_t limit;         /* up to where articles go; behind it is room for done records */
    int fd;
    int direct_fd; /* of the head, past the page cache; -1: none */
};

/* What is written in one go. The file is written in whole blocks: a run begins where the last block
 * of the one before does, with those of its bytes that are durable already. */
struct journal_run {
    struct buffer bytes;
    size_t lead;       /* of them were in the run before */
    uint64_t articles; /* in it */
    uint64_t appended; /* when it is durable, all appends up to this one are */
};

struct journal {
    char *directory;
    int directory_fd, lock_fd;
    uint64_t segment_bytes;
    struct segment *segments; /* oldest first; the last one is written */
    size_t segment_count, segment_capacity;
    uint64_t next_sequence;
    struct journal_run pending; /* what is gathered */
    struct buffer done_pending;
    struct recall recall;       /* records that were appended and not given yet */
    struct disk_writer *writer; /* NULL: none was asked for */
    struct journal_run writing; /* what it has; nothing: none */
    size_t droppable; /* segments, from the oldest on, that can go when `writing` is durable */
    uint64_t appended, durable;
    struct journal_commit commit; /* the last one, unless it was taken */
    struct backlog_books books;
    uint64_t damaged, torn;
    struct moved_table *moved; /* given, and written again since */
    uint64_t move_offset;      /* in the oldest segment: what is live in front of it was moved */
    int archive_fd;            /* where segments go that are done with; -1: nowhere */
    bool looking;              /* read-only: nothing is cut, nothing is written */
    size_t cursor_segment;     /* where journal_next goes on */
    uint64_t cursor_offset;
    uint64_t cursor_sequence; /* the next article's, unless damage took it */
    uint64_t given_place;     /* of the last one given, in its file */
    bool failed, full;        /* full: the disk had no room for another segment */
    struct fault failure;     /* why, once it has failed */
};

/* Fills `journal` from its folder: segments, done bits, books, the next sequence. */
enum status journal_recover(struct journal *journal, struct fault *fault) MUST_CHECK;

/* Adds a segment at the end; FATAL without memory. */
enum status journal_add_segment(struct journal *journal, struct segment segment,
                                struct fault *fault) MUST_CHECK;
/* Counts article `sequence` in, as not done; false without memory. */
bool segment_count_in(struct segment *segment, uint64_t sequence);
/* Marks it done; false when it was already, or is not this segment's. */
bool segment_mark_done(struct segment *segment, uint64_t sequence);
bool segment_is_done(const struct segment *segment, uint64_t sequence);
/* The segment that has `sequence`; NULL when it was dropped. */
struct segment *journal_segment_of(struct journal *journal, uint64_t sequence);
/* Makes the next segment, with room for `articles` bytes of articles. RETRY when the disk is full.
 */
enum status journal_begin_segment(struct journal *journal, uint64_t articles,
                                  struct fault *fault) MUST_CHECK;
/* Closes its file; only what writes past the page cache. */
void segment_close(struct segment *segment);
void segment_close_direct(struct segment *segment);
/* Both runs as they begin and end their lives. */
void journal_runs_init(struct journal *journal);
void journal_runs_deinit(struct journal *journal);
/* Puts a record behind the pending ones. The parts of RECORD_ARTICLE are its envelope's length, the
 * envelope, and the article. */
void journal_put(struct journal *journal, enum record_type type, uint64_t sequence,
                 const struct slice *parts, size_t count);
/* What a run adds to the file. */
size_t journal_run_bytes(const struct journal_run *run);
/* The segment that is written, and where in it the next record begins. */
struct segment *journal_head(struct journal *journal);
uint64_t journal_end(const struct journal *journal);
/* Once the disk has failed us, what it holds is unknown: nothing more is promised. errno says why;
 * whoever asks later hears the same. */
enum status journal_disk_failed(struct journal *journal, const char *what, struct fault *fault);
enum status journal_tell_failure(const struct journal *journal, struct fault *fault);
/* The done entries gathered since the last sync, as one record behind the articles. */
void journal_fold_done(struct journal *journal);
/* Segments from the oldest on that are done with, and letting go of so many; durable must be what
 * says so of their articles. */
size_t journal_count_done(const struct journal *journal);
enum status journal_drop_oldest(struct journal *journal, size_t count,
                                struct fault *fault) MUST_CHECK;
/* True when journal_move_leftovers() has something to do. */
bool journal_is_pinned(const struct journal *journal);
/* Writes what is gathered and makes it durable; drops nothing. */
enum status journal_flush(struct journal *journal, struct fault *fault) MUST_CHECK;
/* Writes article `moved->from` again, and fills in where it is now. The books
 * stay as they are. Fails as journal_append(). */
enum status journal_append_moved(struct journal *journal, struct slice envelope,
                                 struct slice article, struct moved *moved,
                                 struct fault *fault) MUST_CHECK;
/* Writes the live articles of a segment, which were not given yet, again. RETRY when there is no
 * room; those that were moved stay moved. */
enum status journal_move_live(struct journal *journal, size_t index,
                              struct fault *fault) MUST_CHECK;
/* Moves some of what pins the oldest segment, while little of what was given is left. */
enum status journal_move_leftovers(struct journal *journal, struct fault *fault) MUST_CHECK;
/* Puts a done entry into the buffer; `outcome` is a backlog_outcome or OUTCOME_COUNTED. */
void journal_note(struct journal *journal, uint64_t sequence, int outcome);
/* Drops damaged segments whose articles are all done, durably, wherever they are. What they say of
 * others must have been written again. */
enum status journal_drop_damaged(struct journal *journal, struct fault *fault) MUST_CHECK;
/* Removes a segment's file; a damaged one is kept under another name, any goes to the archive
 * where there is one. False: errno says why. */
bool journal_drop_file(const struct journal *journal, const struct segment *segment);
void journal_count_outcome(struct backlog_books *books, enum backlog_outcome outcome);

/* Done, and in the books since before: a done entry that was written again. */
#define OUTCOME_COUNTED 4

#define DONE_ENTRY_BYTES 9

#endif
