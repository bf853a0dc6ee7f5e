/* What every process says of itself, under the names that Prometheus' own libraries use. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/metrics.h"

#define LINE_BYTES 2048

enum { CPU, RESIDENT, DESCRIPTORS, STARTED, ROWS };

static const struct metric rows[] = {
    [CPU] = {.name = "process_cpu_seconds",
             .kind = METRIC_COUNTER,
             .unit = METRIC_SECONDS,
             .help = "Processor time of this process, user and system."},
    [RESIDENT] = {.name = "process_resident_memory_bytes",
                  .kind = METRIC_GAUGE,
                  .unit = METRIC_BYTES,
                  .help = "Memory of this process that is in RAM."},
    [DESCRIPTORS] = {.name = "process_open_fds",
                     .kind = METRIC_GAUGE,
                     .help = "Open file descriptors of this process."},
    [STARTED] = {.name = "process_start_time_seconds",
                 .kind = METRIC_GAUGE,
                 .unit = METRIC_SECONDS,
                 .help = "When this process was started, since 1970."},
};
static const struct metric_table process_table = {"Every process", rows, ROWS};

static uint64_t resident_bytes(void)
{
    unsigned long total, resident;
    FILE *file = fopen("/proc/self/statm", "re");
    int found = file ? fscanf(file, "%lu %lu", &total, &resident) : 0;
    if (file)
        (void)fclose(file);
    return found == 2 ? (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE) : METRIC_UNKNOWN;
}

static uint64_t open_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    uint64_t count = 0;
    if (!folder)
        return METRIC_UNKNOWN;
    while (readdir(folder))
        count++;
    (void)closedir(folder);
    return count - 3; /* "." and "..", and the folder itself */
}

static uint64_t used_ns(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return METRIC_UNKNOWN;
    uint64_t us = (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000u +
                  (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    return us * 1000;
}

/* The 22nd number of /proc/self/stat, in ticks since the machine started. */
static bool started_ticks(unsigned long long *ticks)
{
    char line[LINE_BYTES];
    FILE *file = fopen("/proc/self/stat", "re");
    const char *got = file ? fgets(line, sizeof line, file) : NULL;
    if (file)
        (void)fclose(file);
    const char *at = got ? strrchr(line, ')') : NULL; /* the name may hold anything */
    for (int i = 0; at && i < 20; i++)
        at = strchr(at + 1, ' ');
    return at && sscanf(at, "%llu", ticks) == 1;
}

/* When the machine started, in seconds since 1970; the same whenever it is asked. */
static bool booted(unsigned long long *seconds)
{
    char line[LINE_BYTES];
    bool found = false;
    FILE *file = fopen("/proc/stat", "re");
    while (file && !found && fgets(line, sizeof line, file))
        found = sscanf(line, "btime %llu", seconds) == 1;
    if (file)
        (void)fclose(file);
    return found;
}

static uint64_t started_ns(void)
{
    unsigned long long ticks, boot;
    if (!started_ticks(&ticks) || !booted(&boot))
        return METRIC_UNKNOWN;
    return (boot * 1000 + ticks * 1000 / (unsigned long long)sysconf(_SC_CLK_TCK)) * 1000000;
}

void metrics_write_end(enum metrics_format format, struct buffer *out)
{
    struct metrics *metrics = metrics_new(&process_table);
    if (metrics) {
        metrics_set(metrics, CPU, 0, used_ns());
        metrics_set(metrics, RESIDENT, 0, resident_bytes());
        metrics_set(metrics, DESCRIPTORS, 0, open_descriptors());
        metrics_set(metrics, STARTED, 0, started_ns());
        metrics_write(metrics, format, out);
        metrics_free(metrics);
    }
    const char *name = format == METRICS_OPEN ? "newsmill_build" : "newsmill_build_info";
    buffer_printf(out,
                  "# TYPE %s %s\n# HELP %s The running program.\n"
                  "newsmill_build_info{version=\"%s\"} 1\n%s",
                  name, format == METRICS_OPEN ? "info" : "gauge", name, NEWSMILL_VERSION,
                  format == METRICS_OPEN ? "# EOF\n" : "");
}

void metrics_document_end(struct buffer *out)
{
    metrics_document(&process_table, out);
    buffer_printf(out, "| `newsmill_build_info` | info | | `version`: as newsmill --version says | "
                       "The running program; always 1. |\n");
}
