/* The beginning of every target: failing allocations, and files for what reads files. */
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ARENA_BYTES ((size_t)1 << 26)

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

static unsigned countdown; /* the allocation that fails; 0: none does */

static bool fails(void)
{
    return countdown > 0 && --countdown == 0;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return fails() ? NULL : __real_realloc(memory, size);
}

bool fuzz_begin(const uint8_t *data, size_t size, struct fuzz_input *input)
{
    if (size < FUZZ_HEAD_BYTES)
        return false;
    size_t len = size - FUZZ_HEAD_BYTES;
    char *copy = __real_malloc(len ? len : 1); /* a read beyond the end is seen */
    if (!copy)
        return false;
    memcpy(copy, data + FUZZ_HEAD_BYTES, len);
    *input = (struct fuzz_input){.arena_bytes = data[0] ? (size_t)data[0] * 512 : ARENA_BYTES,
                                 .choice = data[2],
                                 .bytes = {copy, len}};
    countdown = data[1];
    return true;
}

void fuzz_relent(void)
{
    countdown = 0;
}

void fuzz_end(struct fuzz_input *input)
{
    fuzz_relent();
    free((void *)(uintptr_t)input->bytes.data);
}

const char *fuzz_folder(void)
{
    static char folder[64];
    if (!folder[0]) {
        (void)snprintf(folder, sizeof folder, "/dev/shm/newsmill-fuzz-%d", (int)getpid());
        if (mkdir(folder, 0700) != 0)
            abort();
    }
    return folder;
}

const char *fuzz_file(const char *name, struct slice bytes)
{
    static char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", fuzz_folder(), name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, bytes.data, bytes.len) != (ssize_t)bytes.len)
        abort();
    (void)close(fd);
    return path;
}
