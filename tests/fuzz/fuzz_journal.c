/* A journal opened on a file of arbitrary bytes: recovery, the walk, repair, and the archive
 * reader. The input is a list of pieces: bytes as they are, or the payload of a record whose
 * checksum is right. Whatever they say, the journal opens, balances, and opens again. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/log.h"
#include "tests/fuzz/fuzz.h"
#include "worker/ingest/archive.h"
#include "worker/ingest/journal.h"
#include "worker/ingest/segment.h"

#define SALT 0x5a17u

/* A piece is: type and two bits, two bytes of length, eight of sequence, then so many bytes. */
static void make_segment(struct slice bytes, struct buffer *out)
{
    while (bytes.len >= 4) {
        unsigned kind = (unsigned char)bytes.data[0];
        size_t len = (unsigned char)bytes.data[1] | (size_t)(unsigned char)bytes.data[2] << 8;
        uint64_t sequence = (unsigned char)bytes.data[3];
        bytes = slice_sub(bytes, 4, bytes.len);
        struct slice part = slice_sub(bytes, 0, len < bytes.len ? len : bytes.len);
        bytes = slice_sub(bytes, part.len, bytes.len);
        if (kind & 0x40)
            sequence = UINT64_MAX - sequence;
        if (kind & 0x80)
            buffer_append(out, part.data, part.len);
        else
            record_write(out, SALT, (enum record_type)(kind % 8), sequence, &part, 1);
    }
}

static void check(const struct journal *journal)
{
    struct backlog_books books = journal_books(journal);
    if (books.accepted != books.stored + books.duplicate + books.dead + books.in_flight)
        abort();
}

static void walk(struct journal *journal)
{
    struct slice envelope, article;
    struct fault fault;
    struct buffer record;
    uint64_t sequence, given = 0;
    buffer_init(&record, (size_t)1 << 26);
    while (journal_next(journal, &record, &sequence, &envelope, &article, &fault) == STATUS_OK)
        if (++given % 2)
            journal_done(journal, sequence, BACKLOG_STORED);
    (void)!journal_append(journal, SLICE_LITERAL("envelope"), SLICE_LITERAL("article"), &fault);
    (void)!journal_sync(journal, &fault);
    buffer_deinit(&record);
}

static void read_archive(void)
{
    struct archive *archive;
    struct slice envelope, article;
    struct fault fault;
    if (archive_open(fuzz_folder(), &archive, &fault) != STATUS_OK)
        return;
    while (archive_next(archive, &envelope, &article, &fault) == STATUS_OK)
        ;
    archive_close(archive);
}

static void empty_folder(void)
{
    struct segment_names names;
    struct fault fault;
    char name[SEGMENT_NAME_BYTES], path[160];
    if (segment_names_list(fuzz_folder(), true, &names, &fault) != STATUS_OK)
        return;
    for (size_t i = 0; i < names.count; i++) {
        segment_name(names.items[i], name);
        (void)snprintf(path, sizeof path, "%s/%s", fuzz_folder(), name);
        (void)unlink(path);
    }
    free(names.items);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct journal_options options = {.segment_bytes = 4096};
    struct journal_options here = options;
    struct fuzz_input input;
    struct journal *journal = NULL;
    struct fault fault;
    struct buffer bytes;
    uint64_t aside;
    char name[SEGMENT_NAME_BYTES];
    log_init((enum log_level)(LOG_ERROR + 1), "fuzz"); /* damage is what this is about */
    buffer_init(&bytes, (size_t)1 << 22);
    if (size > FUZZ_HEAD_BYTES)
        make_segment((struct slice){(const char *)data + FUZZ_HEAD_BYTES, size - FUZZ_HEAD_BYTES},
                     &bytes);
    segment_name((struct segment_file){1, SALT, false}, name);
    empty_folder();
    (void)fuzz_file(name, buffer_slice(&bytes));
    buffer_deinit(&bytes);
    if (!fuzz_begin(data, size, &input))
        return 0;
    here.directory = fuzz_folder();
    for (int turn = 0; turn < 2; turn++) {
        enum status status = journal_open(&here, &journal, &fault);
        if (status != STATUS_OK)
            break;
        check(journal);
        if (input.choice & 1)
            (void)!journal_repair(journal, &aside, &fault);
        walk(journal);
        check(journal);
        journal_close(journal);
    }
    read_archive();
    fuzz_end(&input);
    /* Without failures it must open, whatever is in the folder. */
    if (journal_open(&here, &journal, &fault) != STATUS_OK)
        abort();
    check(journal);
    journal_close(journal);
    return 0;
}
