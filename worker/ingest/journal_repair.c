/* Looking at a journal from outside, and setting its damaged segments aside. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "worker/ingest/journal_state.h"

bool journal_drop_file(const struct journal *journal, const struct segment *segment)
{
    char name[SEGMENT_NAME_BYTES], aside[SEGMENT_NAME_BYTES];
    segment_name((struct segment_file){segment->first, segment->salt, false}, name);
    segment_name((struct segment_file){segment->first, segment->salt, segment->damaged}, aside);
    if (journal->archive_fd >= 0)
        return renameat(journal->directory_fd, name, journal->archive_fd, aside) == 0 ||
               errno == ENOENT;
    if (!segment->damaged)
        return unlinkat(journal->directory_fd, name, 0) == 0 || errno == ENOENT;
    if (renameat(journal->directory_fd, name, journal->directory_fd, aside) != 0)
        return errno == ENOENT;
    log_warn("a damaged segment was set aside", log_text("file", aside));
    return true;
}

enum status journal_look(const char *directory, struct journal **out, struct fault *fault)
{
    struct journal *journal = calloc(1, sizeof *journal);
    if (!journal)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the journal");
    journal->lock_fd = journal->archive_fd = -1;
    journal->looking = true;
    journal->directory = strdup(directory);
    journal->directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum status status = STATUS_OK;
    if (!journal->directory || journal->directory_fd < 0)
        status = fault_set(fault, STATUS_FATAL, "journal-folder",
                           "there is no journal in %.150s: %s", directory, strerror(errno));
    if (status == STATUS_OK)
        status = journal_recover(journal, fault);
    if (status != STATUS_OK) {
        journal_close(journal);
        return status;
    }
    *out = journal;
    return STATUS_OK;
}

enum status journal_repair(struct journal *journal, uint64_t *set_aside, struct fault *fault)
{
    enum status status = STATUS_OK;
    *set_aside = 0;
    /* The head is fresh: journal_open() never goes on in an old file. */
    size_t count = journal->segment_count - 1;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        if (!journal->segments[i].damaged)
            continue;
        ++*set_aside;
        status = journal_move_live(journal, i, false, fault);
    }
    /* Durable first; the sync then drops what is done, and keeps the damaged files aside. */
    return status == STATUS_OK ? journal_sync(journal, fault) : status;
}
