/* Readers: how a document becomes articles.
 *
 * One row a format, tried in order: a name decides first, then the first bytes. Adding a format is
 * one file in readers/ and one row of reader_table (reader.c). Containers (gzip, tar) are unpacked
 * before, see layers.h. */
#ifndef NEWSMILL_WORKER_SOURCES_READER_H
#define NEWSMILL_WORKER_SOURCES_READER_H

#include "common/arena.h"
#include "common/buffer.h"
#include "worker/sources/articles.h"
#include "worker/sources/input.h"

/* What a reader works with; one at a time is open. */
struct reader_state {
    struct input *input;
    struct buffer *out;     /* the article being made */
    struct buffer *scratch; /* a body being unpacked */
    struct arena *arena;    /* small things of one article; reset before each */
    uint64_t line;
    uint64_t begins;  /* of JSON Lines: where in the document the next line does */
    uint64_t skipped; /* what is no article */
    bool in_array;    /* of JSON: inside the array whose elements are the articles */
    bool done;        /* nothing more follows, whatever the input holds */
    bool passing;     /* only the number of articles is wanted: `out` may stay empty */
    void *own;        /* the reader's; ended by its close() */
};

enum reader_match {
    READER_NO,
    READER_BY_BYTES, /* the beginning looks like it */
    READER_BY_NAME   /* the name says so: stronger */
};

struct reader {
    const char *name;
    enum reader_match (*matches)(const char *path, struct slice head);
    /* Makes the next article in `state->out`, or refuses one (REJECT, with the fault). RETRY: the
     * end. FATAL: no memory. Sets `reading->line`. */
    enum status (*next)(struct reader_state *state, struct reading *reading);
    void (*close)(struct reader_state *state); /* may be NULL */
};

extern const struct reader reader_json_lines, reader_json, reader_messagepack, reader_html,
    reader_text, reader_feed, reader_warc, reader_archive, reader_binary;

/* True when `path` ends in one of the suffixes (a NULL-terminated list), in any case. */
bool reader_has_suffix(const char *path, const char *const *suffixes);
/* Bytes that begin a file of text: no NUL and few control characters, or a UTF-16 mark. */
bool reader_is_text(struct slice head);
/* `head` without a byte order mark and white space in front. */
struct slice reader_beginning(struct slice head);
/* From JSON text (repaired when it is not clean UTF-8), which begins at `reading->byte`, to an
 * article. What is malformed ("not-json") moves that to where it goes wrong. */
enum status reader_from_json(struct slice json, struct buffer *out,
                             struct reading *reading) MUST_CHECK;
/* The row for a file. Never NULL: the last row takes everything. */
const struct reader *reader_for(const char *path, struct slice head);
/* Refuses a body beyond LIMIT_BODY_BYTES. */
enum status reader_body_too_long(struct fault *fault);

#endif
