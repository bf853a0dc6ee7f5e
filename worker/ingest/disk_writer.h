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

/* What is written at once begins and ends at a multiple of this, in the file and in memory: what
 * direct output asks for on all but a few disks, and these get the other. */
#define DISK_BLOCK ((size_t)4096)

/* A file, open twice. */
struct disk_file {
    int fd;        /* by way of the page cache */
    int direct_fd; /* O_DIRECT; -1: the file system has none */
};

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

/* Begins to write `bytes`, whole blocks, at the offset `at` of `file`. None may be under way; bytes
 * and file must stay until it has ended. Much at once goes past the page cache: copying into
 * it, and finding pages for it, costs more than all else that a burst of articles does here. Little
 * at once goes through it, because workers that keep up read it again in a moment. */
void disk_writer_begin(struct disk_writer *writer, struct disk_file file, struct slice bytes,
                       uint64_t at);
/* True when the write has ended; the next one may begin. With `wait` it waits for that. */
bool disk_writer_end(struct disk_writer *writer, bool wait, struct disk_written *written);

/* The same on the caller's own thread. */
struct disk_written disk_write(struct disk_file file, struct slice bytes, uint64_t at);

#endif
