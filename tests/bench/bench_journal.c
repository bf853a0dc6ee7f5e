/* The journal alone, for tests/bench/counts: what ingest does with an article between the socket
 * and the disk, without sockets.
 *
 *   bench_journal FOLDER ARTICLES GROUP FILE      one article in MessagePack (tests/bench/counts)
 *
 * Decodes the article, finds its identity and appends it, ARTICLES times, with a sync for every
 * GROUP; then walks them with journal_next() and lets them go. Ends with 1 when the books do not
 * say so. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "proto/article.h"
#include "proto/envelope.h"
#include "worker/ingest/journal.h"

#define ARENA_BYTES   (16u << 20)
#define SEGMENT_BYTES (UINT64_C(16) << 20)

static void fail(const char *why)
{
    (void)fprintf(stderr, "bench_journal: %s\n", why);
    exit(3);
}

static void check(enum status status, const struct fault *fault)
{
    if (status != STATUS_OK)
        fail(fault->message);
}

static struct slice load(const char *path)
{
    static char bytes[1 << 20];
    FILE *file = fopen(path, "rb");
    size_t len = file ? fread(bytes, 1, sizeof bytes, file) : 0;
    if (!file || len == 0 || len == sizeof bytes)
        fail("cannot read the article");
    (void)fclose(file);
    return (struct slice){bytes, len};
}

static void accept(struct journal *journal, struct slice bytes, unsigned long articles,
                   unsigned long group)
{
    struct pack_reader reader;
    struct arena *arena = arena_new(ARENA_BYTES);
    struct buffer envelope_bytes;
    struct fault fault;
    if (!arena)
        fail("no memory");
    pack_reader_init(&reader);
    buffer_init(&envelope_bytes, ARENA_BYTES);
    for (unsigned long i = 1; i <= articles; i++) {
        struct article article;
        struct envelope envelope = {.received_ms = (int64_t)i};
        arena_reset(arena);
        buffer_clear(&envelope_bytes);
        check(article_decode(bytes, &reader, &article, arena, &fault), &fault);
        envelope_identify(&envelope, &article, arena);
        envelope_encode(&envelope, &envelope_bytes);
        check(journal_append(journal, buffer_slice(&envelope_bytes), bytes, &fault), &fault);
        if (i % group == 0)
            check(journal_sync(journal, &fault), &fault);
    }
    check(journal_sync(journal, &fault), &fault);
    buffer_deinit(&envelope_bytes);
    pack_reader_deinit(&reader);
    arena_free(arena);
}

static void work_off(struct journal *journal, unsigned long articles)
{
    struct buffer record;
    struct slice envelope, article;
    struct fault fault;
    uint64_t sequence;
    buffer_init(&record, ARENA_BYTES);
    for (unsigned long i = 0; i < articles; i++) {
        check(journal_next(journal, &record, &sequence, &envelope, &article, &fault), &fault);
        journal_done(journal, sequence, BACKLOG_STORED);
    }
    check(journal_sync(journal, &fault), &fault);
    buffer_deinit(&record);
}

int main(int argc, char **argv)
{
    if (argc != 5)
        fail("usage: bench_journal FOLDER ARTICLES GROUP FILE");
    const struct journal_options options = {.directory = argv[1], .segment_bytes = SEGMENT_BYTES};
    unsigned long articles = strtoul(argv[2], NULL, 10), group = strtoul(argv[3], NULL, 10);
    struct journal *journal;
    struct fault fault;
    check(journal_open(&options, &journal, &fault), &fault);
    accept(journal, load(argv[4]), articles, group ? group : 1);
    work_off(journal, articles);
    struct backlog_books books = journal_books(journal);
    journal_close(journal);
    return books.accepted == articles && books.stored == articles && books.in_flight == 0 ? 0 : 1;
}
