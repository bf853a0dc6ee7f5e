/* Opening a journal: its folder, its lock, what is left from before, a new segment; and closing it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "worker/ingest/journal_state.h"

/* The folder's own name must last as long as what is in it: it may have just been made, and the one
 * it is in too. One that may not be read is left to its owner. */
static bool sync_parents(int folder_fd)
{
    static const char *const parents[] = {"..", "../.."};
    bool synced = true;
    for (size_t i = 0; i < sizeof parents / sizeof parents[0]; i++) {
        int fd = openat(folder_fd, parents[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
            continue;
        synced = synced && fsync(fd) == 0;
        (void)close(fd);
    }
    return synced;
}

static enum status open_folder(struct journal *journal, struct fault *fault)
{
    const char *path = journal->directory;
    if (mkdir(path, 0750) != 0 && errno != EEXIST)
        return fault_set(fault, STATUS_FATAL, "journal-folder",
                         "cannot make the folder %.150s: %s; choose another with --data", path,
                         strerror(errno));
    journal->directory_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (journal->directory_fd >= 0)
        journal->lock_fd =
            openat(journal->directory_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (journal->lock_fd < 0)
        return fault_set(fault, STATUS_FATAL, "journal-folder",
                         "cannot write in the folder %.150s: %s; choose another with --data", path,
                         strerror(errno));
    if (flock(journal->lock_fd, LOCK_EX | LOCK_NB) != 0)
        return fault_set(fault, STATUS_FATAL, "journal-locked",
                         "another ingest uses the journal in %.150s; stop it, or choose another "
                         "folder with --data",
                         path);
    return sync_parents(journal->directory_fd) ? STATUS_OK
                                               : journal_disk_failed(journal, "sync", fault);
}

/* A segment moves into the archive by being renamed, which only one file system can do at once. */
static enum status open_archive(struct journal *journal, const char *path, struct fault *fault)
{
    struct stat here, there;
    if (mkdir(path, 0750) == 0 || errno == EEXIST)
        journal->archive_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (journal->archive_fd < 0 || faccessat(journal->archive_fd, ".", W_OK, 0) != 0)
        return fault_set(fault, STATUS_FATAL, "archive-folder",
                         "cannot write in the folder %.150s: %s; choose another with --archive",
                         path, strerror(errno));
    if (fstat(journal->directory_fd, &here) != 0 || fstat(journal->archive_fd, &there) != 0 ||
        here.st_dev != there.st_dev)
        return fault_set(fault, STATUS_FATAL, "archive-folder",
                         "the archive %.100s must be on the file system of the journal %.100s; "
                         "copy it on from there",
                         path, journal->directory);
    if (here.st_ino == there.st_ino)
        return fault_set(fault, STATUS_FATAL, "archive-folder",
                         "the archive cannot be the journal's own folder");
    return STATUS_OK;
}

enum status journal_open(const struct journal_options *options, struct journal **out,
                         struct fault *fault)
{
    struct journal *journal = calloc(1, sizeof *journal);
    if (!journal)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the journal");
    journal->directory_fd = journal->lock_fd = journal->archive_fd = -1;
    journal->segment_bytes = options->segment_bytes;
    journal->directory = strdup(options->directory);
    journal->moved = moved_new();
    journal_runs_init(journal);
    buffer_init(&journal->done_pending, 1 << 20);
    enum status status = journal->directory && journal->moved
                             ? open_folder(journal, fault)
                             : fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory");
    if (status == STATUS_OK && options->threaded)
        status = disk_writer_new(options->wake_fd, &journal->writer, fault);
    if (status == STATUS_OK && options->archive)
        status = open_archive(journal, options->archive, fault);
    if (status == STATUS_OK)
        status = journal_recover(journal, fault);
    if (status == STATUS_OK) /* what was torn is never written over: a new file begins */
        status = journal_begin_segment(journal, journal->segment_bytes, fault);
    if (status == STATUS_RETRY) /* room to note what is done, which makes room */
        status = journal_begin_segment(journal, 0, fault);
    if (status == STATUS_OK)
        status = journal_drop_oldest(journal, journal_count_done(journal), fault);
    if (status != STATUS_OK) {
        journal_close(journal);
        return status == STATUS_RETRY
                   ? fault_set(fault, STATUS_FATAL, "disk-full",
                               "no room on the disk for the journal in %.120s; free some, or "
                               "choose another folder with --data",
                               options->directory)
                   : status;
    }
    *out = journal;
    return STATUS_OK;
}

void journal_close(struct journal *journal)
{
    if (!journal)
        return;
    disk_writer_free(journal->writer);
    for (size_t i = 0; i < journal->segment_count; i++)
        segment_close(&journal->segments[i]);
    free(journal->segments);
    journal_runs_deinit(journal);
    buffer_deinit(&journal->done_pending);
    if (journal->directory_fd >= 0)
        (void)close(journal->directory_fd);
    if (journal->lock_fd >= 0)
        (void)close(journal->lock_fd);
    if (journal->archive_fd >= 0)
        (void)close(journal->archive_fd);
    moved_free(journal->moved);
    free(journal->directory);
    free(journal);
}
