/* The journal's files: leftovers that do not pin them, the archive, looking at them and repairing.
 */
#include "tests/unit/journal_bench.h"

/* Pushes `count` articles of 4 KB and finishes each. */
static void flood(struct bench *bench, int count)
{
    char body[4097];
    memset(body, 'f', sizeof body - 1);
    body[sizeof body - 1] = '\0';
    for (int i = 0; i < count; i++) {
        append(bench, body);
        sync_now(bench);
        journal_done(bench->journal, expect(bench, body), BACKLOG_STORED);
    }
    sync_now(bench);
}

static void leftovers_do_not_pin_what_came_after(void **state)
{
    struct bench *bench = *state;
    char paths[200][512];
    append(bench, "leftover");
    append(bench, "another");
    sync_now(bench);
    uint64_t leftover = expect(bench, "leftover"), another = expect(bench, "another");
    for (int i = 0; i < 4; i++) { /* they are moved again and again */
        flood(bench, 200);
        assert_in_range(segments(bench, paths, 200), 1, 6);
        expect_end(bench); /* and never given a second time */
    }
    expect_books(bench, 802, 800, 0, 0);
    journal_done(bench->journal, another, BACKLOG_DEAD);
    sync_now(bench);
    open_again(bench);
    expect_books(bench, 802, 800, 0, 1);
    uint64_t again = expect(bench, "leftover");
    assert_true(again > leftover);
    expect_end(bench);
    flood(bench, 200);
    journal_done(bench->journal, again, BACKLOG_STORED);
    journal_done(bench->journal, again, BACKLOG_STORED);
    sync_now(bench);
    expect_books(bench, 1002, 1001, 0, 1);
    assert_int_equal(segments(bench, paths, 200), 1);
    open_again(bench);
    expect_books(bench, 1002, 1001, 0, 1);
    expect_end(bench);
}

/* Appends and syncs `count` articles "N name" of about 2 KB, and gives them out; their sequences.
 */
static void give(struct bench *bench, const char *name, uint64_t *sequences, int count)
{
    char body[2001];
    for (int i = 0; i < count; i++) {
        memset(body, 'l', sizeof body - 1);
        body[sizeof body - 1] = '\0';
        body[snprintf(body, sizeof body, "%d %s", i, name)] = ' ';
        append(bench, body);
        sync_now(bench);
        sequences[i] = expect(bench, body);
    }
}

static uint64_t disk_bytes(const struct bench *bench)
{
    return journal_stats(bench->journal).bytes;
}

/* A replay of more than fits into several segments waits at the old end, and in between, while
 * others come and go: what is on the disk follows what is live, not what went by. */
static void a_long_replay_does_not_pin_what_came_after(void **state)
{
    enum { REPLAY = 2500, MIXED = 100 };
    static uint64_t waiting[REPLAY + MIXED];
    struct bench *bench = *state;
    give(bench, "replay", waiting, REPLAY); /* 5 MB */
    uint64_t live = disk_bytes(bench);
    for (int i = 0; i < MIXED; i++) { /* one that stays in every 60 KB */
        give(bench, "mixed", waiting + REPLAY + i, 1);
        flood(bench, 15);
    }
    flood(bench, 4000);                                   /* 16 MB */
    assert_true(disk_bytes(bench) < 2 * live + live / 4); /* of 27 MB that went by */
    expect_end(bench);                                    /* none is given twice */
    expect_books(bench, REPLAY + MIXED + 15 * MIXED + 4000, 15 * MIXED + 4000, 0, 0);
    for (int i = 0; i < REPLAY + MIXED; i++)
        journal_done(bench->journal, waiting[i], BACKLOG_STORED);
    sync_now(bench);
    expect_books(bench, REPLAY + MIXED + 15 * MIXED + 4000, REPLAY + MIXED + 15 * MIXED + 4000, 0,
                 0);
    flood(bench, 20);
    assert_true(disk_bytes(bench) < 3 * (uint64_t)SEGMENT_BYTES);
}

/* What is moved in parts, and reopened half way, is there once. */
static void half_moved_is_not_twice(void **state)
{
    enum { LIVE = 200 };
    static uint64_t waiting[LIVE];
    struct bench *bench = *state;
    give(bench, "stays", waiting, LIVE);
    for (int i = 0; i < 400; i++)
        flood(bench, 1);
    for (int i = 0; i < 3; i++) {
        open_again(bench);
        expect_books(bench, LIVE + 400, 400, 0, 0);
        for (int n = 0; n < LIVE; n++) {
            struct slice envelope, article;
            uint64_t sequence;
            assert_int_equal(journal_next(bench->journal, &bench->record, &sequence, &envelope,
                                          &article, &bench->fault),
                             STATUS_OK);
        }
        expect_end(bench);
    }
}

static void expect_fetch(struct bench *bench, uint64_t sequence, uint64_t place, const char *body)
{
    struct slice envelope, article;
    assert_int_equal(journal_fetch(bench->journal, sequence, place, &bench->record, &envelope,
                                   &article, &bench->fault),
                     STATUS_OK);
    assert_true(slice_is(envelope, "ENV"));
    assert_true(slice_is(article, body));
}

/* What was given and waits is found again, also when it was moved meanwhile. */
static void an_article_is_fetched_again(void **state)
{
    struct bench *bench = *state;
    append(bench, "one");
    append(bench, "two");
    sync_now(bench);
    uint64_t one = expect(bench, "one"), one_at = journal_place(bench->journal);
    uint64_t two = expect(bench, "two"), two_at = journal_place(bench->journal);
    expect_fetch(bench, two, two_at, "two");
    expect_fetch(bench, one, one_at, "one");
    for (int i = 0; i < 3; i++) {
        flood(bench, 200);
        expect_fetch(bench, one, one_at, "one");
        expect_fetch(bench, two, two_at, "two");
    }
    journal_done(bench->journal, one, BACKLOG_STORED);
    struct slice envelope, article;
    assert_int_equal(journal_fetch(bench->journal, one, one_at, &bench->record, &envelope, &article,
                                   &bench->fault),
                     STATUS_REJECT);
    expect_books(bench, 602, 601, 0, 0);
}

static void one_that_is_damaged_meanwhile_leaves_the_books(void **state)
{
    struct bench *bench = *state;
    append(bench, "good");
    append(bench, "soon bad");
    sync_now(bench);
    (void)expect(bench, "good");
    uint64_t bad = expect(bench, "soon bad"), place = journal_place(bench->journal);
    struct slice envelope, article;
    damage(bench, 0, (off_t)place + RECORD_HEADER_BYTES, "XXXX", 4);
    assert_int_equal(journal_fetch(bench->journal, bad, place, &bench->record, &envelope, &article,
                                   &bench->fault),
                     STATUS_REJECT);
    expect_books(bench, 1, 0, 0, 0);
    assert_int_equal(journal_stats(bench->journal).damaged, 1);
}

static void an_archive_keeps_what_is_done_with(void **state)
{
    struct bench *bench = *state, archive = {0};
    char paths[200][512];
    (void)snprintf(archive.folder, sizeof archive.folder, "%.50s.archive", bench->folder);
    bench->archive = archive.folder;
    open_again(bench);
    flood(bench, 100);
    open_again(bench);
    assert_int_equal(segments(bench, paths, 200), 1);
    size_t kept = segments(&archive, paths, 200);
    assert_in_range(kept, 6, 12);
    struct journal *looked;
    assert_int_equal(journal_look(archive.folder, &looked, &bench->fault), STATUS_OK);
    assert_int_equal(journal_books(looked).accepted, 100);
    journal_close(looked);
    struct archive *reader;
    struct slice envelope, article;
    assert_int_equal(archive_open(archive.folder, &reader, &bench->fault), STATUS_OK);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(archive_next(reader, &envelope, &article, &bench->fault), STATUS_OK);
        assert_true(slice_is(envelope, "ENV"));
        assert_int_equal(article.len, 4096);
    }
    assert_int_equal(archive_next(reader, &envelope, &article, &bench->fault), STATUS_RETRY);
    assert_int_equal(archive_progress(reader).bytes_read, archive_progress(reader).bytes);
    assert_int_equal(archive_progress(reader).damaged, 0);
    archive_close(reader);
    for (size_t i = 0; i < kept; i++)
        (void)unlink(paths[i]);
    (void)rmdir(archive.folder);

    journal_close(bench->journal);
    bench->journal = NULL;
    bench->archive = "/proc/newsmill";
    assert_int_equal(try_open(bench), STATUS_FATAL);
    assert_string_equal(bench->fault.code, "archive-folder");
    bench->archive = bench->folder;
    assert_int_equal(try_open(bench), STATUS_FATAL);
    assert_string_equal(bench->fault.code, "archive-folder");
}

static void looking_changes_nothing_and_repair_sets_damage_aside(void **state)
{
    struct bench *bench = *state;
    uint64_t size = record_size(4 + 3 + 5), set_aside;
    char paths[200][512];
    append(bench, "first");
    append(bench, "secon");
    append(bench, "third");
    sync_now(bench);
    journal_done(bench->journal, expect(bench, "first"), BACKLOG_STORED);
    sync_now(bench);
    flip(bench, 0, first_article() + (off_t)size + 30, 2);
    struct journal *looked;
    for (int i = 0; i < 2; i++) { /* while an ingest has it, and again: nothing has changed */
        assert_int_equal(journal_look(bench->folder, &looked, &bench->fault), STATUS_OK);
        assert_int_equal(journal_stats(looked).damaged, 1);
        assert_int_equal(journal_books(looked).stored, 1);
        assert_int_equal(journal_books(looked).in_flight, 1);
        journal_close(looked);
    }
    open_again(bench);
    assert_int_equal(journal_repair(bench->journal, &set_aside, &bench->fault), STATUS_OK);
    assert_int_equal(set_aside, 1);
    for (int i = 0; i < 2; i++) {
        expect_books(bench, 2, 1, 0, 0);
        (void)expect(bench, "third");
        expect_end(bench);
        open_again(bench);
        assert_int_equal(journal_stats(bench->journal).damaged, 0);
    }
    size_t files = segments(bench, paths, 200), aside = 0;
    for (size_t i = 0; i < files; i++)
        aside += strstr(paths[i], ".damaged") != NULL;
    assert_int_equal(aside, 1);
    assert_int_equal(journal_look("/nowhere", &looked, &bench->fault), STATUS_FATAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(leftovers_do_not_pin_what_came_after),
        TEST(a_long_replay_does_not_pin_what_came_after),
        TEST(half_moved_is_not_twice),
        TEST(an_article_is_fetched_again),
        TEST(one_that_is_damaged_meanwhile_leaves_the_books),
        TEST(an_archive_keeps_what_is_done_with),
        TEST(looking_changes_nothing_and_repair_sets_damage_aside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
