/* What the disk gives without us: records written one behind the other, an fdatasync a group.
 *
 *   bench_disk FOLDER RECORDS RECORD_BYTES GROUP [preallocated]
 *
 * One file that grows, or whose space was reserved as the journal's is; a write() and an
 * fdatasync() for every GROUP records. Prints `records N seconds S`. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"

static void fail(const char *why)
{
    perror(why);
    exit(3);
}

static double run(int file, const char *bytes, size_t record, uint64_t records, uint64_t group)
{
    int64_t start = clock_steady_ns();
    for (uint64_t done = 0; done < records; done += group) {
        uint64_t count = records - done < group ? records - done : group;
        if (write(file, bytes, count * record) != (ssize_t)(count * record))
            fail("write");
        if (fdatasync(file) != 0)
            fail("fdatasync");
    }
    return (double)(clock_steady_ns() - start) / 1e9;
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        (void)fprintf(stderr,
                      "usage: bench_disk FOLDER RECORDS RECORD_BYTES GROUP [preallocated]\n");
        return 2;
    }
    uint64_t records = strtoull(argv[2], NULL, 10), group = strtoull(argv[4], NULL, 10);
    size_t record = strtoull(argv[3], NULL, 10);
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/bench_disk.tmp", argv[1]);
    char *bytes = malloc(record * group);
    int file = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0 || !bytes)
        fail(path);
    (void)unlink(path);
    memset(bytes, 'n', record * group);
    if (argc == 6 && posix_fallocate(file, 0, (off_t)(record * records)) != 0)
        fail("posix_fallocate");
    printf("records %llu seconds %.4f\n", (unsigned long long)records,
           run(file, bytes, record, records, group));
    free(bytes);
    return close(file) != 0;
}
