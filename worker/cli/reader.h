/* Readers: how a file becomes articles. Used by push and inspect.
 *
 * One row a format, tried in order: a file name decides first, then the first bytes. Adding a
 * format is one file in readers/ and one row of reader_table (reader.c).
 *
 * `articles` goes through everything the user named, folders included, and hands out one article
 * after the other, in constant memory: what cannot be read comes out as a refusal and the rest goes
 * on. */
#ifndef NEWSMILL_WORKER_CLI_READER_H
#define NEWSMILL_WORKER_CLI_READER_H

#include "common/arena.h"
#include "common/buffer.h"
#include "worker/cli/input.h"

/* One article found, or one refused. Valid until the next is asked for. */
struct reading {
    const char *file;
    uint64_t line;        /* of the article's beginning; of MessagePack its number; from 1 */
    struct slice article; /* encoded (CONTRACT section 1); NULL when refused */
    struct fault fault;   /* why, when refused */
};

/* What a reader works with; one at a time is open. */
struct reader_state {
    struct input *input;
    struct buffer *out; /* the article being made */
    uint64_t line;
    bool in_array; /* of JSON: inside the array whose elements are the articles */
    bool done;     /* nothing more follows, whatever the input holds */
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
};

extern const struct reader reader_json_lines, reader_json, reader_messagepack, reader_html,
    reader_text, reader_feed, reader_archive, reader_binary;

/* True when `path` ends in one of the suffixes (a NULL-terminated list), in any case. */
bool reader_has_suffix(const char *path, const char *const *suffixes);
/* Bytes that begin a file of text: no NUL and few control characters, or a UTF-16 mark. */
bool reader_is_text(struct slice head);
/* `head` without a byte order mark and white space in front. */
struct slice reader_beginning(struct slice head);
/* From JSON text (repaired when it is not clean UTF-8) to an article. */
enum status reader_from_json(struct slice json, struct buffer *out, struct fault *fault) MUST_CHECK;
/* The row for a file. Never NULL: the last row takes everything. */
const struct reader *reader_for(const char *path, struct slice head);

struct articles;
/* `paths` must outlive it. `idle` as in input.h; may be NULL. */
enum status articles_open(const char *const *paths, size_t count, input_idle *idle, void *idle_user,
                          struct articles **out, struct fault *fault) MUST_CHECK;
void articles_close(struct articles *articles);
/* The next article or refusal; false at the end. */
bool articles_next(struct articles *articles, struct reading *reading) MUST_CHECK;
/* Bytes read so far, and of all files together (0 when that is not known: standard input). */
uint64_t articles_read_bytes(const struct articles *articles);
uint64_t articles_total_bytes(const char *const *paths, size_t count);

#endif
