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
    char name[SEGMENT_NAME_BYTES], aside[SEGMENT_NAME_BYTES + 16];
    segment_name(segment->first, segment->salt, name);
    if (!segment->damaged)
        return unlinkat(journal->directory_fd, name, 0) == 0 || errno == ENOENT;
    (void)snprintf(aside, sizeof aside, "%s.damaged", name);
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
    journal->lock_fd = -1;
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

/* Writes an article of a damaged segment again, at the head. It keeps its envelope, so that storage
 * knows it should it come twice. */
static enum status move_article(struct journal *journal, size_t index, const struct record *record,
                                struct fault *fault)
{
    uint32_t len = record->payload.len >= 4 ? get_le32(record->payload.data) : UINT32_MAX;
    if (record->payload.len < 4 || len > record->payload.len - 4)
        return STATUS_OK; /* its checksum is right, its inside is not: there is nothing to move */
    struct slice envelope = slice_sub(record->payload, 4, 4 + (size_t)len);
    struct slice article = slice_sub(record->payload, 4 + (size_t)len, record->payload.len);
    enum status status = journal_append(journal, envelope, article, fault);
    if (status == STATUS_RETRY && strcmp(fault->code, "unsynced") == 0) {
        status = journal_sync(journal, fault);
        if (status == STATUS_OK)
            status = journal_append(journal, envelope, article, fault);
    }
    if (status != STATUS_OK)
        return status;
    (void)segment_mark_done(&journal->segments[index], record->sequence);
    journal->books.accepted--;
    journal->books.in_flight--;
    journal_note(journal, record->sequence, OUTCOME_MOVED);
    return STATUS_OK;
}

static enum status move_articles(struct journal *journal, size_t index, struct fault *fault)
{
    const struct segment segment = journal->segments[index];
    char *bytes = malloc((size_t)segment.size + 1);
    if (!bytes)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory to repair the journal");
    enum status status = STATUS_OK;
    struct slice whole = {bytes, (size_t)segment.size};
    if (pread(segment.fd, bytes, whole.len, 0) != (ssize_t)whole.len)
        status = fault_set(fault, STATUS_FATAL, "journal-folder", "cannot read a segment: %s",
                           strerror(errno));
    uint64_t at = status == STATUS_OK ? record_find(whole, segment.salt, 0) : whole.len;
    while (at < whole.len && status == STATUS_OK) {
        struct record record;
        if (record_parse(whole, segment.salt, at, &record) != STATUS_OK) {
            at = record_find(whole, segment.salt, at + 8);
            continue;
        }
        at = record.next;
        if (record.type == RECORD_ARTICLE &&
            !segment_is_done(&journal->segments[index], record.sequence))
            status = move_article(journal, index, &record, fault);
    }
    free(bytes);
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
        status = move_articles(journal, i, fault);
    }
    /* Durable first; the sync then drops what is done, and keeps the damaged files aside. */
    return status == STATUS_OK ? journal_sync(journal, fault) : status;
}
