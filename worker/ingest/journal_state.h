/* What journal.c and journal_recovery.c share: the journal's insides. */
#ifndef NEWSMILL_INGEST_JOURNAL_STATE_H
#define NEWSMILL_INGEST_JOURNAL_STATE_H

#include "worker/ingest/journal.h"
#include "worker/ingest/moved.h"
#include "worker/ingest/segment.h"

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
};

struct journal {
    char *directory;
    int directory_fd, lock_fd;
    uint64_t segment_bytes;
    struct segment *segments; /* oldest first; the last one is written */
    size_t segment_count, segment_capacity;
    uint64_t next_sequence;
    struct buffer pending, done_pending;
    uint64_t pending_articles;
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
