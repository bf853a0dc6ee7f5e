/* Files that hold secrets. */
#include "common/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum status secret_load(const char *path, const char *what, size_t limit, char *text,
                        struct stat *about, struct fault *fault)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, about) != 0) {
        int error = errno;
        if (fd >= 0)
            (void)close(fd);
        return fault_set(fault, STATUS_REJECT, "cannot-read", "cannot read the %s %.120s: %s", what,
                         path, strerror(error));
    }
    ssize_t len = S_ISREG(about->st_mode) ? read(fd, text, limit + 1) : -1;
    (void)close(fd);
    if (len < 0 || (size_t)len > limit)
        return fault_set(fault, STATUS_REJECT, "too-long", "%.120s is no %s", path, what);
    text[len] = '\0';
    return STATUS_OK;
}

enum status secret_check(const char *path, const char *what, const struct stat *about,
                         struct fault *fault)
{
    mode_t refused = about->st_uid == 0 ? S_IWGRP | S_IRWXO : S_IRWXG | S_IRWXO;
    if (about->st_uid != 0 && about->st_uid != geteuid())
        return fault_set(fault, STATUS_REJECT, "key-readable",
                         "the %s %.100s belongs to user %u, who could read it: chown it to the "
                         "user of this process",
                         what, path, (unsigned)about->st_uid);
    if (about->st_mode & refused)
        return fault_set(fault, STATUS_REJECT, "key-readable",
                         "others may read or write the %s %.100s (mode %04o): chmod 600 it, and "
                         "make a new one if somebody may have",
                         what, path, (unsigned)about->st_mode & 07777);
    return STATUS_OK;
}
