/* A block of metrics that two processes see.
 *
 * It is an anonymous file whose size is sealed, so that neither end can take the memory away under
 * the other. Its first bytes say for which table it was made: after an update on disk the program
 * that is started may be another one than its supervisor. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/metrics_state.h"

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

struct header {
    char magic[8];
    uint64_t layout; /* a hash of the table's names and of where its rows begin */
};
static const char magic[8] = "nm-metr";

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ at[i]) * UINT64_C(1099511628211); /* FNV-1a */
    return hash;
}

static uint64_t layout_of(const struct metrics *metrics)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < metrics->table->count; i++) {
        const struct metric *row = &metrics->table->rows[i];
        hash = hash_bytes(hash, row->name, strlen(row->name) + 1);
        hash = hash_bytes(hash, &metrics->at[i], sizeof metrics->at[i]);
    }
    return hash_bytes(hash, &metrics->cell_count, sizeof metrics->cell_count);
}

static size_t bytes_of(const struct metrics *metrics)
{
    return sizeof(struct header) + metrics->cell_count * sizeof *metrics->cells;
}

static bool map(struct metrics *metrics, int fd)
{
    size_t bytes = bytes_of(metrics);
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED)
        return false;
    metrics->mapping = memory;
    metrics->mapping_bytes = bytes;
    metrics->cells = (metrics_cell *)((struct header *)memory + 1);
    return true;
}

static bool is_ours(const struct metrics *metrics, int fd)
{
    struct header header;
    struct stat file;
    return fcntl(fd, F_GET_SEALS) == SEALS && fstat(fd, &file) == 0 &&
           (size_t)file.st_size == bytes_of(metrics) &&
           pread(fd, &header, sizeof header, 0) == (ssize_t)sizeof header &&
           memcmp(header.magic, magic, sizeof magic) == 0 && header.layout == layout_of(metrics);
}

bool metrics_inherit(struct metrics *metrics)
{
    if (!is_ours(metrics, METRICS_SHARED_FD) || !map(metrics, METRICS_SHARED_FD))
        return false;
    (void)fcntl(METRICS_SHARED_FD, F_SETFD, FD_CLOEXEC);
    return true;
}

static int make(const struct metrics *metrics)
{
    struct header header = {.layout = layout_of(metrics)};
    memcpy(header.magic, magic, sizeof magic);
    int fd = memfd_create("newsmill-metrics", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd >= 0 && ftruncate(fd, (off_t)bytes_of(metrics)) == 0 &&
        pwrite(fd, &header, sizeof header, 0) == (ssize_t)sizeof header &&
        fcntl(fd, F_ADD_SEALS, SEALS) == 0)
        return fd;
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

struct metrics *metrics_share(const struct metric_table *table, int *fd)
{
    struct metrics *metrics = metrics_lay_out(table);
    *fd = metrics ? make(metrics) : -1;
    if (*fd >= 0 && map(metrics, *fd))
        return metrics;
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
    free(metrics);
    return NULL;
}
