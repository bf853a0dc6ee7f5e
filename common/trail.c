/* Gathering, and writing round and round. */
#include "common/trail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log_line.h"

#define GATHER_BYTES ((size_t)256 * 1024)
#define FLUSH_BYTES  ((size_t)64 * 1024)
#define COMPLAIN_MS  60000
#define MODE         0640 /* identifiers of producers are in it */

struct trail {
    int fd; /* -1: could not be opened */
    uint64_t limit, at;
    bool turned;           /* what is behind `at` is older, and not the end of the file */
    int64_t complained_ms; /* 0: never */
    char *path, *kept;     /* the file; the one before it */
    size_t len;
    char gathered[GATHER_BYTES];
};

/* What was written round before does not say where it ends: it is put aside. */
static bool open_file(struct trail *trail)
{
    struct stat file;
    if (stat(trail->path, &file) == 0 && file.st_size > 0 &&
        (uint64_t)file.st_size + GATHER_BYTES > trail->limit)
        (void)rename(trail->path, trail->kept);
    trail->fd = open(trail->path, O_RDWR | O_CREAT | O_CLOEXEC, MODE);
    trail->at = trail->fd >= 0 && fstat(trail->fd, &file) == 0 ? (uint64_t)file.st_size : 0;
    trail->turned = false;
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

/* A line that is written over in part must not be read by its rest, which strangers may have
 * worded: blanks up to its end go behind what is written. How many. */
static size_t blank_rest(struct trail *trail)
{
    char old[LOG_LINE_BYTES];
    ssize_t got =
        trail->turned ? pread(trail->fd, old, sizeof old, (off_t)(trail->at + trail->len)) : 0;
    const char *end = got > 0 ? memchr(old, '\n', (size_t)got) : NULL;
    size_t rest = end ? (size_t)(end - old) : got > 0 ? (size_t)got : 0;
    if (rest > sizeof trail->gathered - trail->len)
        rest = sizeof trail->gathered - trail->len;
    memset(trail->gathered + trail->len, ' ', rest);
    return rest;
}

static bool write_all(const struct trail *trail, size_t len)
{
    size_t done = 0;
    while (done < len) {
        ssize_t written =
            pwrite(trail->fd, trail->gathered + done, len - done, (off_t)(trail->at + done));
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
    bool good = trail->fd >= 0 || open_file(trail);
    if (good && trail->at > 0 && trail->at + trail->len > trail->limit) {
        trail->at = 0;
        trail->turned = true;
    }
    good = good && write_all(trail, trail->len + blank_rest(trail));
    trail->at += good ? trail->len : 0;
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
