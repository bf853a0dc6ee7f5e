/* The members of a tar archive, one after the other, each as an input above the archive's own.
 *
 * POSIX ustar and pax (paths, sizes), GNU long names and sizes. Only regular files come out: links,
 * folders, devices and hidden files are passed over. Nothing is ever written to a disk, so a
 * member's name is only a name. */
#ifndef NEWSMILL_WORKER_SOURCES_TAR_H
#define NEWSMILL_WORKER_SOURCES_TAR_H

#include "worker/sources/input.h"

#define TAR_BLOCK_BYTES 512
#define TAR_NAME_BYTES  4096 /* longer names are cut */

struct tar {
    struct input *below;
    uint64_t left;    /* bytes of the member not yet read */
    uint64_t padding; /* behind it, to the end of its block */
    char name[TAR_NAME_BYTES];
};

/* True when the bytes may begin an archive; of fewer than TAR_BLOCK_BYTES, when they still could.
 */
bool tar_begins(struct slice head);
void tar_open(struct tar *tar, struct input *below);
/* Passes over the rest of the member, to the next regular file; its name is in `tar->name`.
 * RETRY: the end of the archive, or trouble below. REJECT "damaged-archive". */
enum status tar_next(struct tar *tar, struct fault *fault) MUST_CHECK;
/* The input_read of a member; `from` is the struct tar. */
ssize_t tar_read(void *from, char *to, size_t room, const char **trouble);

#endif
