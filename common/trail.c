/* Gathering, writing, beginning again. */
#include "common/trail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GATHER_BYTES ((size_t)256 * 1024)
#define FLUSH_BYTES  ((size_t)64 * 1024)
#define COMPLAIN_MS  60000
#define MODE         0640 /* identifiers of producers are in it */

struct trail {
    int fd; /* -1: could not be opened again */
    uint64_t limit, size;
    int64_t complained_ms; /* 0: never */
    char *path, *kept;     /* the file; the one before it */
    size_t len;
    char gathered[GATHER_BYTES];
};

static bool open_file(struct trail *trail)
{
    struct stat file;
    trail->fd = open(trail->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, MODE);
    trail->size = trail->fd >= 0 && fstat(trail->fd, &file) == 0 ? (uint64_t)file.st_size : 0;
    return trail->fd >= 0;
}

enum status trail_open(const char *path, uint64_t limit_bytes, struct trail **out,
                       struct fault *fault)
{
    struct trail *trail = calloc(1, sizeof *trail);
    *out = NULL;
    if (!trail)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for a trail");
    trail->fd = -1;
    trail->limit = limit_bytes;
    trail->path = strdup(path);
    if (asprintf(&trail->kept, "%s.1", path) < 0)
        trail->kept = NULL;
    bool known = trail->path && trail->kept;
    if (known && (open_file(trail) || errno == ENOSPC || errno == EDQUOT)) {
        *out = trail;
        return STATUS_OK;
    }
    (void)fault_set(fault, STATUS_FATAL, "trail", "cannot write the trail %.150s: %s", path,
                    strerror(errno));
    trail_close(trail);
    return STATUS_FATAL;
}

void trail_close(struct trail *trail)
{
    if (!trail)
        return;
    if (trail->fd >= 0)
        (void)close(trail->fd);
    free(trail->path);
    free(trail->kept);
    free(trail);
}

bool trail_add(struct trail *trail, const char *line, size_t len)
{
    if (len <= sizeof trail->gathered - trail->len) {
        memcpy(trail->gathered + trail->len, line, len);
        trail->len += len;
    }
    return trail->len < FLUSH_BYTES;
}

static void begin_again(struct trail *trail)
{
    (void)close(trail->fd);
    (void)rename(trail->path, trail->kept);
    (void)open_file(trail);
}

static bool write_all(struct trail *trail)
{
    size_t done = 0;
    while (done < trail->len) {
        ssize_t written = write(trail->fd, trail->gathered + done, trail->len - done);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        done += (size_t)written;
    }
    return true;
}

enum status trail_flush(struct trail *trail)
{
    if (trail->len == 0)
        return STATUS_OK;
    if (trail->fd >= 0 && trail->size > 0 && trail->size + trail->len > trail->limit)
        begin_again(trail);
    bool good = (trail->fd >= 0 || open_file(trail)) && write_all(trail);
    trail->size += trail->len;
    trail->len = 0;
    return good ? STATUS_OK : STATUS_RETRY;
}

bool trail_complains(struct trail *trail, int64_t now_ms)
{
    if (trail->complained_ms != 0 && now_ms - trail->complained_ms < COMPLAIN_MS)
        return false;
    trail->complained_ms = now_ms;
    return true;
}

const char *trail_path(const struct trail *trail)
{
    return trail->path;
}
