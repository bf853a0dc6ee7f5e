/* One thread, one write at a time, handed over under a lock. */
#include "worker/ingest/disk_writer.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"

#define STACK_BYTES ((size_t)128 * 1024)
/* So much at once goes past the page cache. */
#define DIRECT_BYTES ((size_t)256 * 1024)

enum step { IDLE, ASKED, ENDED, STOPPING };

struct disk_writer {
    pthread_t thread;
    pthread_mutex_t lock; /* of what is below */
    pthread_cond_t changed;
    enum step step;
    int wake_fd;
    struct disk_file file;
    struct slice bytes;
    uint64_t at;
    struct disk_written written;
};

struct disk_written disk_write(struct disk_file file, struct slice bytes, uint64_t at)
{
    int64_t begun = clock_steady_ns();
    struct disk_written written = {.what = "write"};
    bool direct = file.direct_fd >= 0 && bytes.len >= DIRECT_BYTES;
    size_t done = 0;
    while (done < bytes.len && written.error == 0) {
        ssize_t put = pwrite(direct ? file.direct_fd : file.fd, bytes.data + done, bytes.len - done,
                             (off_t)(at + done));
        if (put > 0)
            done += (size_t)put;
        else if (put == 0)
            written.error = ENOSPC;
        else if (errno == EINVAL && direct)
            direct = false; /* larger blocks, or the rest after a part of one */
        else if (errno != EINTR)
            written.error = errno;
    }
    if (written.error == 0 && fdatasync(file.fd) != 0)
        written = (struct disk_written){.error = errno, .what = "sync"};
    written.ns = (uint64_t)(clock_steady_ns() - begun);
    return written;
}

static void wake(int fd)
{
    const uint64_t one = 1;
    if (fd >= 0 && write(fd, &one, sizeof one) < 0)
        return; /* its count is at the limit: the owner wakes all the same */
}

static void *work(void *user)
{
    struct disk_writer *writer = user;
    (void)pthread_mutex_lock(&writer->lock);
    while (writer->step != STOPPING) {
        if (writer->step != ASKED) {
            (void)pthread_cond_wait(&writer->changed, &writer->lock);
            continue;
        }
        (void)pthread_mutex_unlock(&writer->lock);
        struct disk_written written = disk_write(writer->file, writer->bytes, writer->at);
        (void)pthread_mutex_lock(&writer->lock);
        writer->written = written;
        writer->step = ENDED;
        (void)pthread_cond_signal(&writer->changed);
        wake(writer->wake_fd);
    }
    (void)pthread_mutex_unlock(&writer->lock);
    return NULL;
}

/* The thread must not see a signal meant for the loop. */
static bool start(struct disk_writer *writer)
{
    sigset_t all, before;
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0)
        return false;
    (void)sigfillset(&all);
    (void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = pthread_create(&writer->thread, &attributes, work, writer) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attributes);
    return started;
}

enum status disk_writer_new(int wake_fd, struct disk_writer **out, struct fault *fault)
{
    struct disk_writer *writer = calloc(1, sizeof *writer);
    if (writer) {
        writer->wake_fd = wake_fd;
        (void)pthread_mutex_init(&writer->lock, NULL);
        (void)pthread_cond_init(&writer->changed, NULL);
    }
    if (!writer || !start(writer)) {
        free(writer);
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no thread for the journal");
    }
    *out = writer;
    return STATUS_OK;
}

void disk_writer_free(struct disk_writer *writer)
{
    struct disk_written written;
    if (!writer)
        return;
    (void)disk_writer_end(writer, true, &written);
    (void)pthread_mutex_lock(&writer->lock);
    writer->step = STOPPING;
    (void)pthread_cond_signal(&writer->changed);
    (void)pthread_mutex_unlock(&writer->lock);
    (void)pthread_join(writer->thread, NULL);
    (void)pthread_cond_destroy(&writer->changed);
    (void)pthread_mutex_destroy(&writer->lock);
    free(writer);
}

void disk_writer_begin(struct disk_writer *writer, struct disk_file file, struct slice bytes,
                       uint64_t at)
{
    (void)pthread_mutex_lock(&writer->lock);
    writer->file = file;
    writer->bytes = bytes;
    writer->at = at;
    writer->step = ASKED;
    (void)pthread_cond_signal(&writer->changed);
    (void)pthread_mutex_unlock(&writer->lock);
}

bool disk_writer_end(struct disk_writer *writer, bool wait, struct disk_written *written)
{
    (void)pthread_mutex_lock(&writer->lock);
    while (wait && writer->step == ASKED)
        (void)pthread_cond_wait(&writer->changed, &writer->lock);
    bool ended = writer->step != ASKED;
    if (ended) {
        *written = writer->written;
        writer->step = IDLE;
    }
    (void)pthread_mutex_unlock(&writer->lock);
    return ended;
}
