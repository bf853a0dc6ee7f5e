/* The moving window, and reading files through it. */
#include "worker/sources/input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_BYTES ((size_t)256 * 1024)

/* Until there is something to read, the idle function may work. */
static void wait_readable(const struct input *input)
{
    struct pollfd entry = {.fd = input->fd, .events = POLLIN};
    while (!input->is_file && input->idle && poll(&entry, 1, 0) == 0)
        if (!input->idle(input->idle_user))
            return;
}

static ssize_t read_file(void *from, char *to, size_t room, const char **trouble)
{
    struct input *input = from;
    wait_readable(input);
    ssize_t got;
    do
        got = read(input->fd, to, room);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        *trouble = strerrordesc_np(errno);
    return got;
}

enum status input_open(struct input *input, const char *path, articles_idle *idle, void *idle_user,
                       struct fault *fault)
{
    *input = (struct input){.fd = -1, .idle = idle, .idle_user = idle_user, .read = read_file};
    input->from = input;
    input->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    struct stat about = {.st_mode = 0};
    int error = 0;
    if (input->fd < 0 || fstat(input->fd, &about) != 0)
        error = errno;
    else if (S_ISDIR(about.st_mode))
        error = EISDIR;
    if (error) {
        input_close(input);
        return fault_set(fault, STATUS_REJECT, "cannot-read", "The file cannot be read: %s.",
                         strerror(error));
    }
    input->is_file = S_ISREG(about.st_mode);
    return STATUS_OK;
}

void input_layer(struct input *input, input_read *read, void *from)
{
    *input = (struct input){.fd = -1, .read = read, .from = from};
}

void input_close(struct input *input)
{
    if (input->fd > STDIN_FILENO)
        (void)close(input->fd);
    free(input->data);
    input->data = NULL;
    input->fd = -1;
}

/* Makes room for another read: by moving the window to the front, or by growing. */
static bool make_room(struct input *input)
{
    if (input->capacity - input->end >= READ_BYTES)
        return true;
    if (input->start > 0 && input->start >= input->capacity / 2) {
        memmove(input->data, input->data + input->start, input->end - input->start);
        input->end -= input->start;
        input->start = 0;
        if (input->capacity - input->end >= READ_BYTES)
            return true;
    }
    size_t capacity = input->capacity * 2 + 2 * READ_BYTES;
    char *data = realloc(input->data, capacity);
    if (!data)
        return false;
    input->data = data;
    input->capacity = capacity;
    return true;
}

bool input_fill(struct input *input, size_t limit)
{
    if (input->ended || input->end - input->start >= limit)
        return false;
    if (input->start == input->end)
        input->start = input->end = 0;
    if (!make_room(input)) {
        input->trouble = "there is no memory for it";
        input->ended = true;
        return false;
    }
    ssize_t got = input->read(input->from, input->data + input->end, READ_BYTES, &input->trouble);
    if (got <= 0) {
        input->ended = true;
        return false;
    }
    input->end += (size_t)got;
    input->read_bytes += (uint64_t)got;
    return true;
}

bool input_need(struct input *input, size_t len)
{
    while (input_window(input).len < len)
        if (!input_fill(input, SIZE_MAX))
            return false;
    return true;
}

bool input_skip(struct input *input, uint64_t len)
{
    for (;;) {
        size_t here = input_window(input).len;
        if (here >= len) {
            input_consume(input, (size_t)len);
            return true;
        }
        input_consume(input, here);
        len -= here;
        if (!input_fill(input, SIZE_MAX))
            return false;
    }
}

void input_consume(struct input *input, size_t len)
{
    input->start += len;
}

/* Drops the rest of a line that is too long. */
static void skip_line(struct input *input)
{
    for (;;) {
        struct slice window = input_window(input);
        const char *feed = memchr(window.data, '\n', window.len);
        if (feed) {
            input_consume(input, (size_t)(feed - window.data) + 1);
            return;
        }
        input_consume(input, window.len);
        if (!input_fill(input, SIZE_MAX))
            return;
    }
}

bool input_line(struct input *input, size_t limit, struct slice *line, bool *too_long)
{
    size_t searched = 0;
    *too_long = false;
    for (;;) {
        struct slice window = input_window(input);
        const char *feed = window.len > searched
                               ? memchr(window.data + searched, '\n', window.len - searched)
                               : NULL;
        if (feed && (size_t)(feed - window.data) <= limit) {
            *line = slice_sub(window, 0, (size_t)(feed - window.data));
            input_consume(input, line->len + 1);
            break;
        }
        if (feed || window.len > limit) {
            *too_long = true;
            skip_line(input);
            *line = SLICE_LITERAL("");
            return true;
        }
        searched = window.len;
        if (!input_fill(input, limit + 1)) {
            if (window.len == 0)
                return false;
            if (!input->ended)
                continue;
            *line = input_window(input);
            input_consume(input, line->len);
            break;
        }
    }
    if (line->len && line->data[line->len - 1] == '\r')
        line->len--;
    return true;
}

bool input_all(struct input *input, size_t limit, struct slice *all)
{
    while (input_fill(input, limit + 1))
        ;
    *all = input_window(input);
    return input->ended && all->len <= limit;
}
