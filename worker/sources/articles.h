/* Articles from everything the user named: files, folders, archives, standard input. The public
 * face of this part; push and inspect use it.
 *
 * One article after the other, in constant memory: what cannot be read comes out as a refusal and
 * the rest goes on. */
#ifndef NEWSMILL_WORKER_SOURCES_ARTICLES_H
#define NEWSMILL_WORKER_SOURCES_ARTICLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/slice.h"
#include "common/status.h"
#include "common/uuid.h"

/* One article found, or one refused. Valid until the next is asked for. */
struct reading {
    const char *file;     /* inside an archive: ARCHIVE/NAME */
    uint64_t line;        /* of the article's beginning; of MessagePack its number; from 1 */
    uint64_t byte;        /* of JSON: where in the document it begins or, malformed, goes wrong */
    struct slice article; /* encoded (CONTRACT section 1); NULL when refused */
    struct fault fault;   /* why, when refused */
};

/* While nothing can be read from a pipe or a terminal: does something useful for a moment and says
 * true, or says false when it has nothing to do until there is input. */
typedef bool articles_idle(void *user);

struct articles;
/* `paths` must outlive it. `idle` may be NULL. */
enum status articles_open(const char *const *paths, size_t count, articles_idle *idle,
                          void *idle_user, struct articles **out, struct fault *fault) MUST_CHECK;
void articles_close(struct articles *articles);
/* The next article or refusal; false at the end. */
bool articles_next(struct articles *articles, struct reading *reading) MUST_CHECK;

/* How far the reading got: enough to go on there another time. */
struct articles_position {
    struct uuid walked; /* a hash over the names, sizes and times of the files opened so far */
    uint64_t items;     /* articles and refusals that came out of the last of them */
};
struct articles_position articles_position(const struct articles *articles);
/* Of articles that were just opened: passes over everything in front of `position`, or with
 * `at_end` over everything, if `position` is the end. REJECT "other-files" when these are not the
 * files, in the state, that `position` was taken from; then nothing can be read. What comes from a
 * pipe is taken to be what came before. */
enum status articles_go_to(struct articles *articles, const struct articles_position *position,
                           bool at_end, struct fault *fault) MUST_CHECK;

/* What was passed over because it is no article: WARC records that are requests, pictures and the
 * like. */
uint64_t articles_skipped(const struct articles *articles);
/* Bytes read so far, and of all files together (0 when that is not known: standard input). */
uint64_t articles_read_bytes(const struct articles *articles);
uint64_t articles_total_bytes(const char *const *paths, size_t count);

#endif
