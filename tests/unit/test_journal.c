/* The journal: what survives a reopening after every kind of end, the books, and dropping. */
#include "tests/unit/journal_bench.h"

static void the_checksum_is_crc32c(void **state)
{
    (void)state;
    unsigned char digits[] = "123456789";
    assert_int_equal((uint32_t)~crc32_iscsi(digits, 9, 0xffffffffu), 0xE3069283u);
}

static void nothing_is_given_before_it_is_durable(void **state)
{
    struct bench *bench = *state;
    append(bench, "one");
    expect_end(bench);
    sync_now(bench);
    (void)expect(bench, "one");
    expect_end(bench);
}

/* The next one must be remembered, and be what journal_fetch() reads. */
static void expect_remembered(struct bench *bench, const char *body)
{
    uint64_t sequence = 0;
    size_t len = 0;
    struct slice envelope, article;
    assert_true(journal_peek(bench->journal, &sequence, &envelope, &len));
    assert_true(slice_is(envelope, "ENV"));
    assert_int_equal(len, strlen(body));
    assert_int_equal(journal_fetch(bench->journal, sequence, journal_place(bench->journal),
                                   &bench->record, &envelope, &article, &bench->fault),
                     STATUS_OK);
    assert_true(slice_is(article, body));
}

static void expect_nothing_remembered(struct bench *bench)
{
    uint64_t sequence;
    size_t len;
    struct slice envelope;
    assert_false(journal_peek(bench->journal, &sequence, &envelope, &len));
}

static void what_was_appended_need_not_be_read(void **state)
{
    struct bench *bench = *state;
    append(bench, "one");
    append(bench, "two");
    expect_nothing_remembered(bench); /* it is not durable */
    sync_now(bench);
    expect_remembered(bench, "one");
    journal_done(bench->journal, expect(bench, "two"), BACKLOG_STORED);
    assert_int_equal(
        journal_append_duplicate(bench->journal, SLICE_LITERAL("0123456789abcdef"), &bench->fault),
        STATUS_OK);
    append(bench, "three");
    sync_now(bench);
    append(bench, "four");
    sync_now(bench);
    expect_remembered(bench, "three");
    expect_remembered(bench, "four");
    expect_nothing_remembered(bench);
    expect_end(bench);
}

static void what_is_no_longer_remembered_is_read(void **state)
{
    struct bench *bench = *state;
    append(bench, "before the start");
    sync_now(bench);
    open_again(bench);
    append(bench, "after it");
    sync_now(bench);
    expect_nothing_remembered(bench);
    (void)expect(bench, "before the start");
    expect_remembered(bench, "after it");
    for (int i = 0; i < 40000; i++) { /* more than is remembered */
        append(bench, "many");
        if (i % 1000 == 0)
            sync_now(bench);
    }
    sync_now(bench);
    expect_remembered(bench, "many");
    for (int i = 1; i < 40000; i++) {
        uint64_t sequence;
        size_t len;
        struct slice envelope;
        if (!journal_peek(bench->journal, &sequence, &envelope, &len))
            (void)expect(bench, "many");
    }
    expect_end(bench);
}

static void unsynced_articles_are_gone_synced_ones_stay(void **state)
{
    struct bench *bench = *state;
    append(bench, "kept");
    sync_now(bench);
    append(bench, "never promised");
    open_again(bench);
    (void)expect(bench, "kept");
    expect_end(bench);
    expect_books(bench, 1, 0, 0, 0);
}

static void books_are_exact_across_reopening(void **state)
{
    struct bench *bench = *state;
    for (int i = 0; i < 4; i++)
        append(bench, "x");
    assert_int_equal(
        journal_append_duplicate(bench->journal, SLICE_LITERAL("0123456789abcdef"), &bench->fault),
        STATUS_OK);
    sync_now(bench);
    uint64_t first = expect(bench, "x"), second = expect(bench, "x"), third = expect(bench, "x");
    journal_done(bench->journal, second, BACKLOG_DEAD);
    journal_done(bench->journal, first, BACKLOG_STORED);
    journal_done(bench->journal, first, BACKLOG_STORED);
    journal_done(bench->journal, third, BACKLOG_DUPLICATE);
    expect_books(bench, 5, 1, 2, 1);
    sync_now(bench);
    for (int i = 0; i < 3; i++) {
        open_again(bench);
        expect_books(bench, 5, 1, 2, 1);
    }
    (void)expect(bench, "x");
    expect_end(bench);
}

static void what_is_done_but_not_synced_comes_again(void **state)
{
    struct bench *bench = *state;
    append(bench, "x");
    sync_now(bench);
    journal_done(bench->journal, expect(bench, "x"), BACKLOG_STORED);
    open_again(bench);
    expect_books(bench, 1, 0, 0, 0);
    journal_done(bench->journal, expect(bench, "x"), BACKLOG_STORED);
    sync_now(bench);
    expect_books(bench, 1, 1, 0, 0);
}

static void segments_go_when_their_articles_are_done(void **state)
{
    struct bench *bench = *state;
    char body[4097], paths[200][512];
    uint64_t sequences[100];
    memset(body, 'b', sizeof body - 1);
    body[sizeof body - 1] = '\0';
    for (int i = 0; i < 100; i++) {
        append(bench, body);
        sync_now(bench);
        sequences[i] = expect(bench, body);
    }
    size_t before = segments(bench, paths, 200);
    assert_true(before > 5);
    for (int i = 50; i < 100; i++)
        journal_done(bench->journal, sequences[i], BACKLOG_STORED);
    sync_now(bench);
    assert_int_equal(segments(bench, paths, 200), before);
    for (int i = 0; i < 50; i++)
        journal_done(bench->journal, sequences[i], BACKLOG_STORED);
    sync_now(bench);
    assert_int_equal(segments(bench, paths, 200), 1);
    open_again(bench);
    expect_books(bench, 100, 100, 0, 0);
    append(bench, "after");
    sync_now(bench);
    (void)expect(bench, "after");
    expect_books(bench, 101, 100, 0, 0);
}

static void a_record_larger_than_a_segment_fits(void **state)
{
    struct bench *bench = *state;
    size_t len = SEGMENT_BYTES * 5;
    char *body = calloc(1, len + 1);
    memset(body, 'L', len);
    append(bench, "small");
    append(bench, body);
    append(bench, "small again");
    sync_now(bench);
    open_again(bench);
    (void)expect(bench, "small");
    (void)expect(bench, body);
    (void)expect(bench, "small again");
    free(body);
}

static void a_second_process_is_kept_out(void **state)
{
    struct bench *bench = *state;
    struct journal_options options = {.directory = bench->folder, .segment_bytes = SEGMENT_BYTES};
    struct journal *second;
    assert_int_equal(journal_open(&options, &second, &bench->fault), STATUS_FATAL);
    assert_string_equal(bench->fault.code, "journal-locked");
}

static void a_folder_that_cannot_be_is_one_sentence(void **state)
{
    struct bench *bench = *state;
    struct journal_options options = {.directory = "/proc/newsmill",
                                      .segment_bytes = SEGMENT_BYTES};
    struct journal *none;
    assert_int_equal(journal_open(&options, &none, &bench->fault), STATUS_FATAL);
    assert_string_equal(bench->fault.code, "journal-folder");
}

static void a_tail_torn_at_every_byte_costs_only_itself(void **state)
{
    struct bench *bench = *state;
    char zeros[128] = {0};
    uint64_t size = record_size(4 + 3 + 5);
    for (uint64_t cut = 0; cut < size; cut++) {
        open_again(bench); /* a fresh segment: the offsets below are its own */
        append(bench, "first");
        append(bench, "secon");
        sync_now(bench);
        char paths[200][512];
        size_t count = segments(bench, paths, 200);
        damage(bench, count - 1, first_article() + (off_t)(size + cut), zeros,
               (size_t)(size - cut));
        open_again(bench);
        uint64_t sequence = expect(bench, "first");
        journal_done(bench->journal, sequence, BACKLOG_STORED);
        /* The last cuts take only the padding, or nothing but zeros: then it is whole. */
        uint64_t next;
        struct slice envelope, article;
        while (journal_next(bench->journal, &bench->record, &next, &envelope, &article,
                            &bench->fault) == STATUS_OK) {
            assert_true(slice_is(article, "secon"));
            journal_done(bench->journal, next, BACKLOG_STORED);
        }
        struct backlog_books books = journal_books(bench->journal);
        assert_int_equal(books.in_flight, 0);
        assert_int_equal(books.accepted, books.stored);
        sync_now(bench);
    }
}

static void damage_in_the_middle_costs_one_record(void **state)
{
    struct bench *bench = *state;
    uint64_t size = record_size(4 + 3 + 5);
    for (off_t at = 0; at < (off_t)(RECORD_HEADER_BYTES + 12); at += 3) {
        open_again(bench);
        append(bench, "first");
        append(bench, "secon");
        append(bench, "third");
        sync_now(bench);
        char paths[200][512];
        size_t count = segments(bench, paths, 200);
        flip(bench, count - 1, first_article() + (off_t)size + at, 1);
        open_again(bench);
        journal_done(bench->journal, expect(bench, "first"), BACKLOG_STORED);
        journal_done(bench->journal, expect(bench, "third"), BACKLOG_STORED);
        expect_end(bench);
        assert_int_equal(journal_stats(bench->journal).damaged, 1);
        sync_now(bench);
    }
}

static void damage_while_running_is_skipped_too(void **state)
{
    struct bench *bench = *state;
    append(bench, "first");
    append(bench, "secon");
    sync_now(bench);
    flip(bench, 0, first_article() + 30, 2);
    (void)expect(bench, "secon");
    expect_end(bench);
    assert_int_equal(journal_stats(bench->journal).damaged, 1);
    expect_books(bench, 1, 0, 0, 0); /* what is lost cannot stay in flight for ever */
}

/* An article that holds the bytes of a record: after damage before it, it must not be taken for
 * one. Here it claims that its neighbour is done. */
static void a_record_inside_an_article_is_no_record(void **state)
{
    struct bench *bench = *state;
    struct buffer forged;
    char entry[9];
    buffer_init(&forged, 1 << 20);
    put_le64(entry, 1);
    entry[8] = BACKLOG_STORED;
    struct slice part = {entry, sizeof entry};
    buffer_append(&forged, "x", 1); /* so that the record stands on a multiple of 8 */
    record_write(&forged, 0, RECORD_DONE, 0, &part, 1);
    append(bench, "victim");
    assert_int_equal(
        journal_append(bench->journal, SLICE_LITERAL("ENV"), buffer_slice(&forged), &bench->fault),
        STATUS_OK);
    sync_now(bench);
    buffer_deinit(&forged);
    flip(bench, 0, first_article() + (off_t)record_size(4 + 3 + 6), 1);
    open_again(bench);
    (void)expect(bench, "victim");
    expect_end(bench);
    expect_books(bench, 1, 0, 0, 0);
}

/* A limit on the size of files does what a full disk does. */
static void set_file_limit(rlim_t bytes)
{
    struct rlimit limit;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_full_disk_refuses_and_recovers(void **state)
{
    struct bench *bench = *state;
    char body[4097];
    memset(body, 'b', sizeof body - 1);
    body[sizeof body - 1] = '\0';
    uint64_t accepted = 0;
    /* The segment that is there is filled; the next one does not fit. */
    set_file_limit(SEGMENT_BYTES / 2);
    while (journal_append(bench->journal, SLICE_LITERAL("ENV"), slice_from(body), &bench->fault) ==
           STATUS_OK) {
        /* Its file is larger than the limit already: written while it is off. */
        set_file_limit(RLIM_INFINITY);
        sync_now(bench);
        set_file_limit(SEGMENT_BYTES / 2);
        accepted++;
    }
    assert_int_equal(bench->fault.status, STATUS_RETRY);
    assert_string_equal(bench->fault.code, "disk-full");
    assert_true(accepted > 10);
    assert_true(journal_stats(bench->journal).full);
    assert_int_equal(journal_find_room(bench->journal, &bench->fault), STATUS_RETRY);
    set_file_limit(RLIM_INFINITY);
    assert_int_equal(journal_find_room(bench->journal, &bench->fault), STATUS_OK);
    assert_false(journal_stats(bench->journal).full);
    append(bench, "after");
    sync_now(bench);
    open_again(bench);
    expect_books(bench, accepted + 1, 0, 0, 0);
}

/* With no room for a whole segment there is still room to note what is done. */
static void a_full_disk_does_not_keep_from_starting(void **state)
{
    struct bench *bench = *state;
    append(bench, "first");
    append(bench, "secon");
    sync_now(bench);
    set_file_limit(SEGMENT_BYTES + 1000);
    open_again(bench);
    assert_true(journal_stats(bench->journal).full);
    assert_int_equal(
        journal_append(bench->journal, SLICE_LITERAL("ENV"), SLICE_LITERAL("x"), &bench->fault),
        STATUS_RETRY);
    journal_done(bench->journal, expect(bench, "first"), BACKLOG_STORED);
    journal_done(bench->journal, expect(bench, "secon"), BACKLOG_STORED);
    sync_now(bench);
    assert_int_equal(journal_stats(bench->journal).segments, 1);
    set_file_limit(RLIM_INFINITY);
    assert_int_equal(journal_find_room(bench->journal, &bench->fault), STATUS_OK);
    append(bench, "third");
    sync_now(bench);
    open_again(bench);
    (void)expect(bench, "third");
    expect_books(bench, 3, 2, 0, 0);
}

/* The descriptor by which the journal writes its newest segment. */
static int writing_fd(const struct bench *bench)
{
    char paths[200][512], link[64], target[600];
    size_t count = segments(bench, paths, 200);
    for (int fd = 3; fd < 1024; fd++) {
        (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t len = readlink(link, target, sizeof target - 1);
        target[len < 0 ? 0 : len] = '\0';
        if (strcmp(target, paths[count - 1]) == 0)
            return fd;
    }
    return -1;
}

static void fail_with(struct bench *bench, const char *device)
{
    int fd = writing_fd(bench), other = open(device, O_RDWR);
    assert_true(fd >= 0 && other >= 0);
    assert_int_equal(dup2(other, fd), fd);
    (void)close(other);
    append(bench, "never promised");
    assert_int_equal(journal_sync(bench->journal, &bench->fault), STATUS_FATAL);
    assert_int_equal(journal_sync(bench->journal, &bench->fault), STATUS_FATAL);
    assert_int_equal(
        journal_append(bench->journal, SLICE_LITERAL("ENV"), SLICE_LITERAL("x"), &bench->fault),
        STATUS_FATAL);
    expect_end(bench);
    open_again(bench);
    (void)expect(bench, "promised");
    expect_end(bench);
    expect_books(bench, 1, 0, 0, 0);
}

static void a_failed_write_is_final(void **state)
{
    append(*state, "promised");
    sync_now(*state);
    fail_with(*state, "/dev/full"); /* every write: no space */
}

static void a_failed_sync_is_final(void **state)
{
    append(*state, "promised");
    sync_now(*state);
    fail_with(*state, "/dev/null"); /* takes every write and cannot be synced */
}

/* What is reserved for the newest segment is given back by the older ones, so that a process that
 * restarts again and again does not eat the disk. */
static void starting_again_and_again_takes_no_room(void **state)
{
    struct bench *bench = *state;
    append(bench, "not done");
    sync_now(bench);
    for (int i = 0; i < 20; i++)
        open_again(bench);
    assert_true(journal_stats(bench->journal).bytes < 3 * SEGMENT_BYTES);
    assert_true(journal_stats(bench->journal).backlog_bytes < SEGMENT_BYTES);
}

/* The first record of the oldest file is where the books start; the next file's will do. */
static void lost_books_are_taken_from_the_next_segment(void **state)
{
    struct bench *bench = *state;
    for (int i = 0; i < 5; i++)
        append(bench, "x");
    sync_now(bench);
    for (int i = 0; i < 3; i++)
        journal_done(bench->journal, expect(bench, "x"), BACKLOG_STORED);
    sync_now(bench);
    open_again(bench);
    flip(bench, 0, 30, 2);
    open_again(bench);
    expect_books(bench, 5, 3, 0, 0);
}

static void junk_files_are_left_alone(void **state)
{
    struct bench *bench = *state;
    char path[128];
    (void)snprintf(path, sizeof path, "%s/notes.txt", bench->folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fclose(file);
    open_again(bench);
    assert_int_equal(access(path, F_OK), 0);
    (void)unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_checksum_is_crc32c),
        TEST(nothing_is_given_before_it_is_durable),
        TEST(what_was_appended_need_not_be_read),
        TEST(what_is_no_longer_remembered_is_read),
        TEST(unsynced_articles_are_gone_synced_ones_stay),
        TEST(books_are_exact_across_reopening),
        TEST(what_is_done_but_not_synced_comes_again),
        TEST(segments_go_when_their_articles_are_done),
        TEST(a_record_larger_than_a_segment_fits),
        TEST(a_second_process_is_kept_out),
        TEST(a_folder_that_cannot_be_is_one_sentence),
        TEST(a_tail_torn_at_every_byte_costs_only_itself),
        TEST(damage_in_the_middle_costs_one_record),
        TEST(damage_while_running_is_skipped_too),
        TEST(a_record_inside_an_article_is_no_record),
        TEST(a_full_disk_refuses_and_recovers),
        TEST(a_full_disk_does_not_keep_from_starting),
        TEST(a_failed_write_is_final),
        TEST(a_failed_sync_is_final),
        TEST(starting_again_and_again_takes_no_room),
        TEST(lost_books_are_taken_from_the_next_segment),
        TEST(junk_files_are_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
