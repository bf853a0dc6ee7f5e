/* A journal in a folder of its own, for the tests of the journal: filling it, damaging its files,
 * and saying what must come out. */
#ifndef NEWSMILL_TESTS_JOURNAL_BENCH_H
#define NEWSMILL_TESTS_JOURNAL_BENCH_H

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <isa-l/crc.h>

#include "worker/ingest/archive.h"
#include "worker/ingest/journal.h"
#include "worker/ingest/segment.h"

#define SEGMENT_BYTES 65536

struct bench {
    char folder[64];
    const char *archive;
    struct journal *journal;
    struct buffer record;
    struct fault fault;
};

static inline enum status try_open(struct bench *bench)
{
    struct journal_options options = {
        .directory = bench->folder, .segment_bytes = SEGMENT_BYTES, .archive = bench->archive};
    return journal_open(&options, &bench->journal, &bench->fault);
}

static inline void open_again(struct bench *bench)
{
    journal_close(bench->journal);
    bench->journal = NULL;
    assert_int_equal(try_open(bench), STATUS_OK);
}

static inline int bench_open(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    (void)snprintf(bench->folder, sizeof bench->folder, "/tmp/newsmill-journal-XXXXXX");
    assert_non_null(mkdtemp(bench->folder));
    buffer_init(&bench->record, 1 << 26);
    assert_int_equal(try_open(bench), STATUS_OK);
    *state = bench;
    return 0;
}

/* Calls `each` for every segment file, in order of name; returns how many. */
static inline size_t segments(const struct bench *bench, char paths[][512], size_t max)
{
    struct dirent **entries;
    int count = scandir(bench->folder, &entries, NULL, alphasort);
    size_t found = 0;
    for (int i = 0; i < count; i++) {
        if (strstr(entries[i]->d_name, ".segment") && found < max)
            (void)snprintf(paths[found++], 512, "%s/%s", bench->folder, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return found;
}

static inline int bench_close(void **state)
{
    struct bench *bench = *state;
    char paths[200][512], lock[100];
    journal_close(bench->journal);
    size_t count = segments(bench, paths, 200);
    for (size_t i = 0; i < count; i++)
        (void)unlink(paths[i]);
    (void)snprintf(lock, sizeof lock, "%s/lock", bench->folder);
    (void)unlink(lock);
    (void)rmdir(bench->folder);
    buffer_deinit(&bench->record);
    free(bench);
    return 0;
}

static inline void append(struct bench *bench, const char *body)
{
    assert_int_equal(
        journal_append(bench->journal, SLICE_LITERAL("ENV"), slice_from(body), &bench->fault),
        STATUS_OK);
}

static inline void sync_now(struct bench *bench)
{
    assert_int_equal(journal_sync(bench->journal, &bench->fault), STATUS_OK);
}

/* The next article's body must be `body`; returns its sequence. */
static inline uint64_t expect(struct bench *bench, const char *body)
{
    uint64_t sequence = 0;
    struct slice envelope, article;
    assert_int_equal(
        journal_next(bench->journal, &bench->record, &sequence, &envelope, &article, &bench->fault),
        STATUS_OK);
    assert_true(slice_is(envelope, "ENV"));
    assert_true(slice_is(article, body));
    return sequence;
}

static inline void expect_end(struct bench *bench)
{
    uint64_t sequence;
    struct slice envelope, article;
    assert_int_equal(
        journal_next(bench->journal, &bench->record, &sequence, &envelope, &article, &bench->fault),
        STATUS_RETRY);
    assert_false(journal_waiting(bench->journal));
}

static inline void expect_books(struct bench *bench, uint64_t accepted, uint64_t stored,
                                uint64_t duplicate, uint64_t dead)
{
    struct backlog_books books = journal_books(bench->journal);
    assert_int_equal(books.accepted, accepted);
    assert_int_equal(books.stored, stored);
    assert_int_equal(books.duplicate, duplicate);
    assert_int_equal(books.dead, dead);
    assert_int_equal(books.accepted, books.stored + books.duplicate + books.dead + books.in_flight);
}

/* Overwrites `len` bytes at `offset` of the newest file that holds articles. */
static inline void damage(const struct bench *bench, size_t file, off_t offset, const void *bytes,
                          size_t len)
{
    char paths[200][512];
    assert_true(segments(bench, paths, 200) > file);
    int fd = open(paths[file], O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, len, offset), (ssize_t)len);
    (void)close(fd);
}

/* Every bit of `len` bytes turned: whatever stood there, it is damage. */
static inline void flip(const struct bench *bench, size_t file, off_t offset, size_t len)
{
    char paths[200][512];
    unsigned char bytes[8];
    assert_true(len <= sizeof bytes && segments(bench, paths, 200) > file);
    int fd = open(paths[file], O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, bytes, len, offset), (ssize_t)len);
    for (size_t i = 0; i < len; i++)
        bytes[i] = (unsigned char)~bytes[i];
    assert_int_equal(pwrite(fd, bytes, len, offset), (ssize_t)len);
    (void)close(fd);
}

/* Where the articles start: behind the record with the books. */
static inline off_t first_article(void)
{
    return (off_t)record_size(40);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_open, bench_close)

#endif
