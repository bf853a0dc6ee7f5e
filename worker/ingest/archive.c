/* Reading an archive. */
#include "worker/ingest/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "worker/ingest/segment.h"

struct archive {
    int folder_fd, fd; /* fd: the segment being read, -1 between two */
    struct segment_names names;
    size_t next; /* name to open */
    struct segment_reader reader;
    uint64_t offset;
    struct archive_progress progress;
};

static void close_segment(struct archive *archive)
{
    if (archive->fd < 0)
        return;
    archive->progress.bytes_read += archive->reader.size - archive->offset;
    segment_reader_deinit(&archive->reader);
    (void)close(archive->fd);
    archive->fd = -1;
}

static enum status open_segment(struct archive *archive, struct fault *fault)
{
    char name[SEGMENT_NAME_BYTES];
    struct stat info;
    struct segment_file file = archive->names.items[archive->next++];
    segment_name(file, name);
    archive->fd = openat(archive->folder_fd, name, O_RDONLY | O_CLOEXEC);
    if (archive->fd < 0 || fstat(archive->fd, &info) != 0)
        return fault_set(fault, STATUS_FATAL, "journal-folder", "cannot read %s: %s", name,
                         strerror(errno));
    segment_reader_init(&archive->reader, archive->fd, file.salt, (uint64_t)info.st_size);
    archive->offset = 0;
    return STATUS_OK;
}

static uint64_t size_of(const struct archive *archive)
{
    uint64_t size = 0;
    for (size_t i = 0; i < archive->names.count; i++) {
        char name[SEGMENT_NAME_BYTES];
        struct stat info;
        segment_name(archive->names.items[i], name);
        if (fstatat(archive->folder_fd, name, &info, 0) == 0)
            size += (uint64_t)info.st_size;
    }
    return size;
}

enum status archive_open(const char *folder, struct archive **out, struct fault *fault)
{
    struct archive *archive = calloc(1, sizeof *archive);
    if (!archive)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory to read the archive");
    archive->fd = -1;
    archive->folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum status status = segment_names_list(folder, true, &archive->names, fault);
    if (status == STATUS_OK && archive->folder_fd < 0)
        status = fault_set(fault, STATUS_FATAL, "journal-folder", "cannot read %.150s: %s", folder,
                           strerror(errno));
    if (status == STATUS_OK && archive->names.count == 0)
        status = fault_set(fault, STATUS_FATAL, "journal-folder",
                           "there is no journal or archive in %.150s", folder);
    if (status != STATUS_OK) {
        archive_close(archive);
        return status;
    }
    archive->progress.bytes = size_of(archive);
    *out = archive;
    return STATUS_OK;
}

void archive_close(struct archive *archive)
{
    if (!archive)
        return;
    close_segment(archive);
    if (archive->folder_fd >= 0)
        (void)close(archive->folder_fd);
    free(archive->names.items);
    free(archive);
}

/* The next record of the open segment; RETRY at its end. */
static enum status next_record(struct archive *archive, struct record *record)
{
    while (archive->offset < archive->reader.size) {
        enum status status = segment_read(&archive->reader, archive->offset, record);
        if (status == STATUS_FATAL)
            return status;
        uint64_t next = status == STATUS_OK ? record->next
                                            : segment_find(&archive->reader, archive->offset + 8);
        if (status != STATUS_OK && next < archive->reader.size)
            archive->progress.damaged++;
        archive->progress.bytes_read += next - archive->offset;
        archive->offset = next;
        if (status == STATUS_OK)
            return STATUS_OK;
    }
    return STATUS_RETRY;
}

enum status archive_next(struct archive *archive, struct slice *envelope, struct slice *article,
                         struct fault *fault)
{
    for (;;) {
        struct record record;
        if (archive->fd < 0 && archive->next == archive->names.count)
            return STATUS_RETRY;
        enum status status = archive->fd < 0 ? open_segment(archive, fault) : STATUS_OK;
        if (status != STATUS_OK)
            return status;
        status = next_record(archive, &record);
        if (status == STATUS_FATAL)
            return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the archive");
        if (status == STATUS_RETRY)
            close_segment(archive);
        else if (record_article(&record, envelope, article))
            return STATUS_OK;
    }
}

struct archive_progress archive_progress(const struct archive *archive)
{
    return archive->progress;
}
