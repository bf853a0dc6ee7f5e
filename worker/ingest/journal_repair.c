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

/* A record that says of older articles that they are done, or that they stand elsewhere now. */
static void note_again(struct journal *journal, const struct record *record)
{
    struct slice payload = record->payload;
    if (record->type == RECORD_MOVED && payload.len >= 8)
        journal_note(journal, get_le64(payload.data), OUTCOME_COUNTED);
    for (size_t i = 0; record->type == RECORD_DONE && i + DONE_ENTRY_BYTES <= payload.len;
         i += DONE_ENTRY_BYTES)
        journal_note(journal, get_le64(payload.data + i), OUTCOME_COUNTED);
}

/* Writes again what a segment says of others. */
static enum status move_done(struct journal *journal, size_t index, struct fault *fault)
{
    const struct segment *segment = &journal->segments[index];
    struct segment_reader reader;
    struct record record;
    enum status status = STATUS_OK;
    segment_reader_init(&reader, segment->fd, segment->salt, segment->size);
    for (uint64_t at = segment_find(&reader, 0); at < reader.size && status == STATUS_OK;) {
        if (segment_read(&reader, at, &record) != STATUS_OK) {
            at = segment_find(&reader, at + 8);
            continue;
        }
        at = record.next;
        note_again(journal, &record);
        status = journal_flush(journal, fault);
    }
    segment_reader_deinit(&reader);
    return status;
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
        status = journal_move_live(journal, i, fault);
        if (status == STATUS_OK)
            status = move_done(journal, i, fault);
    }
    if (status == STATUS_OK) /* durable first */
        status = journal_flush(journal, fault);
    return status == STATUS_OK ? journal_drop_damaged(journal, fault) : status;
}
