/* Bytes read through a window that moves forward: constant memory whatever there is to read.
 *
 *   data          start             end            capacity
 *    |-- consumed --|--- the window --|----- free -----|
 *
 * The bytes come from a file or standard input (input_open), or from a layer above another input:
 * what a gzip stream unpacks to (gunzip.h), one member of a tar archive (tar.h). Owned by whoever
 * opened it. A slice of the window lives until the next fill. */
#ifndef NEWSMILL_WORKER_SOURCES_INPUT_H
#define NEWSMILL_WORKER_SOURCES_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/slice.h"
#include "common/status.h"
#include "worker/sources/articles.h"

/* Reads at most `room` bytes to `to` and says how many; 0 at the end, -1 when there is trouble,
 * which `*trouble` then names in words that follow "The file cannot be read to its end: ". */
typedef ssize_t input_read(void *from, char *to, size_t room, const char **trouble);

struct input {
    int fd;              /* of a file; -1 otherwise */
    bool ended;          /* nothing follows the window */
    bool is_file;        /* reading never waits for somebody else */
    const char *trouble; /* why the window ends before the bytes do; NULL: it does not */
    uint64_t read_bytes; /* so far */
    char *data;
    size_t start, end, capacity;
    input_read *read;
    void *from;
    articles_idle *idle; /* may be NULL */
    void *idle_user;
};

/* A file, or standard input ("-"). REJECT "cannot-read" with the reason. */
enum status input_open(struct input *input, const char *path, articles_idle *idle, void *idle_user,
                       struct fault *fault) MUST_CHECK;
/* Whatever `read` brings. */
void input_layer(struct input *input, input_read *read, void *from);
void input_close(struct input *input);

static inline struct slice input_window(const struct input *input)
{
    return input->data ? (struct slice){input->data + input->start, input->end - input->start}
                       : SLICE_LITERAL("");
}

/* Reads on, once, so that the window grows; false at the end, or when it would grow beyond `limit`
 * bytes (then `ended` is false), or when there is trouble. */
bool input_fill(struct input *input, size_t limit) MUST_CHECK;
/* Fills until the window holds `len` bytes; false when it ends before. */
bool input_need(struct input *input, size_t len) MUST_CHECK;
/* Moves the window's start. */
void input_consume(struct input *input, size_t len);
/* Passes over `len` bytes, in the window and behind it; false when it ends before. */
bool input_skip(struct input *input, uint64_t len) MUST_CHECK;

/* The next line without its line break (LF or CR LF). False at the end. A line longer than `limit`
 * is skipped, `*too_long` is set, and `*line` is empty. */
bool input_line(struct input *input, size_t limit, struct slice *line, bool *too_long) MUST_CHECK;
/* Everything up to the end in one slice; false when that is more than `limit` bytes. */
bool input_all(struct input *input, size_t limit, struct slice *all) MUST_CHECK;

#endif
