/* newsmill export: any view as CSV, JSON Lines or tab-separated text, and GDELT's three files. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "worker/cli/command.h"
#include "worker/cli/place.h"
#include "worker/cli/when.h"
#include "worker/storage/export.h"

#define PATH_BYTES 4096

/* GDELT's tables, as the files that its tools look for: STAMP.export.CSV and so on. */
static const struct table {
    const char *view, *ending;
} tables[] = {
    {"gdelt_events", "export.CSV"},
    {"gdelt_mentions", "mentions.CSV"},
    {"gdelt_gkg", "gkg.csv"},
};

struct request {
    struct export *export;
    int64_t since_ms, until_ms;
    const char *output; /* NULL: standard output */
};

/* ---- files ---- */

/* Written under another name and renamed when it is whole, so that nobody takes a part for it. */
struct file {
    char path[PATH_BYTES], part[PATH_BYTES + 8];
    FILE *stream;
};

static enum status cannot_write(const char *path, struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "cannot-write", "cannot write %.200s: %s", path,
                     strerror(errno));
}

static enum status file_open(struct file *file, const char *path, struct fault *fault)
{
    if (strlen(path) >= sizeof file->path)
        return fault_set(fault, STATUS_REJECT, "bad-value", "the name of the output is too long");
    (void)snprintf(file->path, sizeof file->path, "%s", path);
    (void)snprintf(file->part, sizeof file->part, "%s.part", path);
    file->stream = fopen(file->part, "w");
    return file->stream ? STATUS_OK : cannot_write(file->part, fault);
}

static enum status file_close(struct file *file, enum status status, struct fault *fault)
{
    bool written = fflush(file->stream) == 0 && fsync(fileno(file->stream)) == 0;
    if (fclose(file->stream) != 0)
        written = false;
    if (status == STATUS_OK && (!written || rename(file->part, file->path) != 0))
        status = cannot_write(file->path, fault);
    if (status != STATUS_OK)
        (void)unlink(file->part);
    return status;
}

/* ---- rows ---- */

static enum status write_line(void *user, struct slice line, struct fault *fault)
{
    FILE *out = user;
    if (fwrite(line.data, 1, line.len, out) == line.len && putc('\n', out) != EOF)
        return STATUS_OK;
    return cannot_write("the output", fault);
}

static enum status write_view(const struct request *request, const char *view, const char *format,
                              FILE *out, struct fault *fault)
{
    uint64_t rows = 0;
    enum status status = export_view(request->export, view, format, request->since_ms,
                                     request->until_ms, write_line, out, &rows, fault);
    if (status == STATUS_OK)
        (void)fprintf(stderr, "newsmill export: %" PRIu64 " rows of %s\n", rows, view);
    return status;
}

static enum status write_file(const struct request *request, const char *view, const char *format,
                              const char *path, struct fault *fault)
{
    struct file file;
    enum status status = file_open(&file, path, fault);
    if (status != STATUS_OK)
        return status;
    status = write_view(request, view, format, file.stream, fault);
    return file_close(&file, status, fault);
}

/* ---- what is asked ---- */

static enum status write_gdelt(const struct request *request, struct fault *fault)
{
    char path[PATH_BYTES], stamp[sizeof "YYYYMMDDHHMMSS"];
    time_t until = (time_t)(request->until_ms / 1000);
    struct tm utc;
    if (!request->output)
        return fault_set(fault, STATUS_REJECT, "bad-usage",
                         "--format gdelt writes three files: name their folder with --output");
    if (!gmtime_r(&until, &utc) || strftime(stamp, sizeof stamp, "%Y%m%d%H%M%S", &utc) == 0)
        return fault_set(fault, STATUS_REJECT, "bad-value",
                         "--until is not a time that has a name");
    enum status status = STATUS_OK;
    for (size_t i = 0; i < sizeof tables / sizeof *tables && status == STATUS_OK; i++) {
        int len = snprintf(path, sizeof path, "%s/%s.%s", request->output, stamp, tables[i].ending);
        status = len > 0 && (size_t)len < sizeof path
                     ? write_file(request, tables[i].view, "tsv", path, fault)
                     : fault_set(fault, STATUS_REJECT, "bad-value", "--output is too long");
    }
    return status;
}

static enum status write_asked(const struct request *request, const struct options *options,
                               struct fault *fault)
{
    const char *view = options_text(options, "view"), *format = options_text(options, "format");
    if (strcmp(format, "gdelt") == 0)
        return write_gdelt(request, fault);
    return request->output ? write_file(request, view, format, request->output, fault)
                           : write_view(request, view, format, stdout, fault);
}

static enum status check(const struct options *options, struct request *request,
                         struct fault *fault)
{
    bool gdelt = strcmp(options_text(options, "format"), "gdelt") == 0;
    request->output = options_text(options, "output");
    enum status status = when_option(options, "since", &request->since_ms, fault);
    if (status == STATUS_OK)
        status = when_option(options, "until", &request->until_ms, fault);
    if (status != STATUS_OK)
        return status;
    if (gdelt == (options_text(options, "view") != NULL))
        return fault_set(fault, STATUS_REJECT, "bad-usage",
                         gdelt ? "--format gdelt writes all three tables: leave --view out, or "
                                 "ask for one of them with --format tsv"
                               : "which --view? newsmill export --help says more");
    if (gdelt && request->until_ms == CLOCK_NONE)
        request->until_ms = clock_wall_ms();
    return STATUS_OK;
}

int export_main(const struct options *options)
{
    struct request request = {.export = NULL};
    struct place place;
    struct fault fault;
    enum status status = check(options, &request, &fault);
    if (status == STATUS_OK)
        status = place_database(options, &place, &fault);
    if (status == STATUS_OK)
        status = export_open(place.database, &request.export, &fault);
    if (status == STATUS_OK)
        status = write_asked(&request, options, &fault);
    export_close(request.export);
    return status == STATUS_OK ? EXIT_DONE : command_failed(&fault);
}
