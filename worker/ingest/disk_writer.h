/* Writes bytes into a file and makes them durable on a thread of its own, one run of bytes at a
 * time, so that a slow disk does not hold up the loop.
 *
 *   begin ──▶ (the thread: write, fdatasync) ──▶ wake_fd ──▶ end
 *
 * Everything else is called by one other thread, the owner. */
#ifndef NEWSMILL_INGEST_DISK_WRITER_H
#define NEWSMILL_INGEST_DISK_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/slice.h"
#include "common/status.h"

struct disk_writer;

/* How a write ended. */
struct disk_written {
    int error;        /* an errno; 0: durable */
    const char *what; /* that failed: "write", "sync" */
    uint64_t ns;      /* that it took */
};

/* `wake_fd`, an eventfd, is written to whenever a write has ended; -1: nobody waits for that. */
enum status disk_writer_new(int wake_fd, struct disk_writer **out, struct fault *fault) MUST_CHECK;
/* Waits for a write that is under way. NULL is fine. */
void disk_writer_free(struct disk_writer *writer);

/* Begins to write `bytes` at the offset `at` of `fd`. None may be under way; bytes and file must
 * stay until it has ended. */
void disk_writer_begin(struct disk_writer *writer, int fd, struct slice bytes, uint64_t at);
/* True when the write has ended; the next one may begin. With `wait` it waits for that. */
bool disk_writer_end(struct disk_writer *writer, bool wait, struct disk_written *written);

/* The same on the caller's own thread. */
struct disk_written disk_write(int fd, struct slice bytes, uint64_t at);

#endif
