/* One file, or standard input, read through a window that moves forward: constant memory whatever
 * the size of the file.
 *
 *   data          start             end            capacity
 *    |-- consumed --|--- the window --|----- free -----|
 *
 * Owned by the reader that is open on it. A slice of the window lives until the next fill. */
#ifndef NEWSMILL_WORKER_CLI_INPUT_H
#define NEWSMILL_WORKER_CLI_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/slice.h"
#include "common/status.h"

/* While nothing can be read from a pipe or a terminal: does something useful for a moment and says
 * true, or says false when it has nothing to do until there is input. */
typedef bool input_idle(void *user);

struct input {
    const char *path; /* as the user named it; "-" is standard input. Borrowed */
    int fd;
    bool ended;          /* nothing follows the window */
    bool is_file;        /* reading never waits for somebody else */
    int error;           /* errno of a failed read; the window ends there */
    uint64_t read_bytes; /* so far, for the progress bar */
    char *data;
    size_t start, end, capacity;
    input_idle *idle; /* may be NULL */
    void *idle_user;
};

/* REJECT "cannot-read" with the reason. */
enum status input_open(struct input *input, const char *path, input_idle *idle, void *idle_user,
                       struct fault *fault) MUST_CHECK;
void input_close(struct input *input);

static inline struct slice input_window(const struct input *input)
{
    return (struct slice){input->data + input->start, input->end - input->start};
}

/* Reads on, once, so that the window grows; false at the end, or when it would grow beyond `limit`
 * bytes (then `ended` is false), or without memory (then `error` is set). */
bool input_fill(struct input *input, size_t limit) MUST_CHECK;
/* Moves the window's start. */
void input_consume(struct input *input, size_t len);

/* The next line without its line break (LF or CR LF). False at the end. A line longer than `limit`
 * is skipped, `*too_long` is set, and `*line` is its beginning. */
bool input_line(struct input *input, size_t limit, struct slice *line, bool *too_long) MUST_CHECK;
/* Everything up to the end in one slice; false when that is more than `limit` bytes. */
bool input_all(struct input *input, size_t limit, struct slice *all) MUST_CHECK;

#endif
