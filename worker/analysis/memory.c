/* The kernel's two knobs for it. */
#include "worker/analysis/memory.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define TAKEN_FIRST "500\n" /* of -1000 to 1000; the default is 0 */

enum status memory_limit(int64_t bytes, struct fault *fault)
{
    FILE *file = fopen("/proc/self/oom_score_adj", "we");
    if (file) { /* no harm where there is none */
        (void)fputs(TAKEN_FIRST, file);
        (void)fclose(file);
    }
    const struct rlimit limit = {(rlim_t)bytes, (rlim_t)bytes};
    if (bytes > 0 && setrlimit(RLIMIT_AS, &limit) != 0)
        return fault_set(fault, STATUS_FATAL, "memory-limit",
                         "cannot limit the memory to %lld bytes: %s", (long long)bytes,
                         strerror(errno));
    return STATUS_OK;
}
