/* LD_PRELOAD: every system call that changes the files of some folders is counted, written down,
 * and may be made to fail, to do half, or to be the one before which the process dies.
 *
 *   FAULT_DISK_FOLDERS  folders, separated by ':'; calls on other files are passed through
 *   FAULT_DISK_LOG      a file of what was done: struct entry, names, data. What a power cut may
 *                       leave of it is for the reader to decide
 *   FAULT_DISK_AT       the number of the call, from 1
 *   FAULT_DISK_ONLY     count only this call: pwrite, fdatasync …
 *   FAULT_DISK_DO       crash (before it), EIO or ENOSPC (instead of it), short (a write does half)
 *   FAULT_DISK_LASTING  set: every later call of the kind fails too
 *   FAULT_DISK_STALL    a path: while there is such a file, no fdatasync ends */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define CRASHED 77 /* exit code */

enum kind { CREATE = 1, WRITE, TRUNCATE, SYNC_FILE, SYNC_FOLDER, RENAME, UNLINK };

/* Followed by the two names (paths) and the data. */
struct entry {
    uint32_t kind, from_len, to_len, data_len;
    uint64_t inode, offset; /* offset: of a write; the new size of TRUNCATE */
};

enum what { PASS, CRASH, FAIL, HALF };

static struct {
    bool ready;
    const char *folders, *only, *stall;
    char what[8];
    uint64_t at, count;
    bool lasting;
    int log;
} shim;

static void start(void)
{
    const char *at = getenv("FAULT_DISK_AT"), *what = getenv("FAULT_DISK_DO");
    const char *log = getenv("FAULT_DISK_LOG");
    shim.ready = true;
    shim.folders = getenv("FAULT_DISK_FOLDERS");
    shim.only = getenv("FAULT_DISK_ONLY");
    shim.stall = getenv("FAULT_DISK_STALL");
    shim.at = at ? strtoull(at, NULL, 10) : 0;
    shim.lasting = getenv("FAULT_DISK_LASTING") != NULL;
    (void)snprintf(shim.what, sizeof shim.what, "%s", what ? what : "");
    shim.log = log ? (int)syscall(SYS_openat, AT_FDCWD, log,
                                  O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)
                   : -1;
}

static bool ours(const char *path)
{
    if (!shim.ready)
        start();
    for (const char *at = shim.folders; at && *at;) {
        size_t len = strcspn(at, ":");
        if (strncmp(path, at, len) == 0 && (path[len] == '/' || path[len] == '\0'))
            return strcmp(path + len, "/lock") != 0;
        at += len + (at[len] == ':');
    }
    return false;
}

/* The path of an open file; empty when it has none. */
static void path_of(int fd, char path[PATH_MAX])
{
    char link[64];
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, path, PATH_MAX - 1);
    path[len > 0 ? len : 0] = '\0';
}

static void path_at(int folder, const char *name, char path[PATH_MAX])
{
    path[0] = '\0';
    if (name[0] != '/' && folder != AT_FDCWD)
        path_of(folder, path);
    size_t len = strlen(path);
    (void)snprintf(path + len, PATH_MAX - len, "%s%s", len ? "/" : "", name);
}

static uint64_t inode_of(int fd)
{
    struct stat info;
    return fstat(fd, &info) == 0 ? (uint64_t)info.st_ino : 0;
}

/* Whether this call goes wrong. */
static enum what decide(const char *call)
{
    if (shim.only && strcmp(shim.only, call) != 0)
        return PASS;
    shim.count++;
    if (shim.at == 0 || (shim.lasting ? shim.count < shim.at : shim.count != shim.at))
        return PASS;
    if (strcmp(shim.what, "crash") == 0)
        _exit(CRASHED);
    if (strcmp(shim.what, "short") == 0)
        return HALF;
    errno = strcmp(shim.what, "ENOSPC") == 0 ? ENOSPC : EIO;
    return FAIL;
}

static void note(enum kind kind, uint64_t inode, uint64_t offset, const char *from, const char *to,
                 const void *data, size_t len)
{
    struct entry entry = {.kind = kind,
                          .from_len = (uint32_t)strlen(from),
                          .to_len = (uint32_t)strlen(to),
                          .data_len = (uint32_t)len,
                          .inode = inode,
                          .offset = offset};
    struct iovec parts[] = {{&entry, sizeof entry},
                            {(void *)(uintptr_t)from, entry.from_len},
                            {(void *)(uintptr_t)to, entry.to_len},
                            {(void *)(uintptr_t)data, len}};
    int before = errno;
    if (shim.log >= 0 && syscall(SYS_writev, shim.log, parts, 4) < 0)
        _exit(78);
    errno = before;
}

int openat(int folder, const char *name, int flags, ...)
{
    char path[PATH_MAX];
    struct stat info;
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;
    va_end(more);
    path_at(folder, name, path);
    bool makes = ours(path) && flags & O_CREAT && stat(path, &info) != 0;
    if (makes && decide("openat") != PASS)
        return -1;
    int fd = (int)syscall(SYS_openat, folder, name, flags, mode);
    if (makes && fd >= 0)
        note(CREATE, inode_of(fd), 0, path, "", NULL, 0);
    return fd;
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t offset)
{
    char path[PATH_MAX];
    path_of(fd, path);
    if (!ours(path))
        return syscall(SYS_pwrite64, fd, data, len, offset);
    enum what what = decide("pwrite");
    if (what == FAIL)
        return -1;
    if (what == HALF)
        len = (len + 1) / 2;
    ssize_t put = syscall(SYS_pwrite64, fd, data, len, offset);
    if (put > 0)
        note(WRITE, inode_of(fd), (uint64_t)offset, "", "", data, (size_t)put);
    return put;
}

static int resize(const char *call, int fd, off_t size)
{
    char path[PATH_MAX];
    path_of(fd, path);
    if (ours(path) && decide(call) != PASS)
        return -1;
    int done = (int)syscall(SYS_ftruncate, fd, size);
    if (ours(path) && done == 0)
        note(TRUNCATE, inode_of(fd), (uint64_t)size, "", "", NULL, 0);
    return done;
}

int ftruncate(int fd, off_t size)
{
    return resize("ftruncate", fd, size);
}

/* Reserving room: a longer file of zeros is enough. */
int posix_fallocate(int fd, off_t offset, off_t len)
{
    struct stat info;
    if (fstat(fd, &info) != 0)
        return errno;
    off_t size = info.st_size > offset + len ? info.st_size : offset + len;
    return resize("posix_fallocate", fd, size) == 0 ? 0 : errno;
}

static int sync_it(const char *call, long number, int fd)
{
    char path[PATH_MAX];
    struct stat info;
    path_of(fd, path);
    if (!ours(path))
        return (int)syscall(number, fd);
    if (decide(call) != PASS)
        return -1;
    bool folder = fstat(fd, &info) == 0 && S_ISDIR(info.st_mode);
    note(folder ? SYNC_FOLDER : SYNC_FILE, (uint64_t)info.st_ino, 0, path, "", NULL, 0);
    return 0; /* a real one would only take time */
}

int fsync(int fd)
{
    return sync_it("fsync", SYS_fsync, fd);
}

int fdatasync(int fd)
{
    const struct timespec while_it_stalls = {.tv_nsec = 2000000};
    while (shim.stall && access(shim.stall, F_OK) == 0)
        (void)nanosleep(&while_it_stalls, NULL);
    return sync_it("fdatasync", SYS_fdatasync, fd);
}

int unlinkat(int folder, const char *name, int flags)
{
    char path[PATH_MAX];
    path_at(folder, name, path);
    if (ours(path) && decide("unlinkat") != PASS)
        return -1;
    int done = (int)syscall(SYS_unlinkat, folder, name, flags);
    if (ours(path) && done == 0)
        note(UNLINK, 0, 0, path, "", NULL, 0);
    return done;
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    char path[PATH_MAX], target[PATH_MAX];
    path_at(from_folder, from, path);
    path_at(to_folder, to, target);
    if (ours(path) && decide("renameat") != PASS)
        return -1;
    int done = (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, 0);
    if (ours(path) && done == 0)
        note(RENAME, 0, 0, path, target, NULL, 0);
    return done;
}
