/* A journal on strings: commands from stdin, one a line, each answered on stdout with one line.
 *
 *   journal_driver FOLDER SEGMENT_BYTES [ARCHIVE]
 *
 *   append NUMBER LEN      an article whose bytes follow from the number
 *   duplicate
 *   sync
 *   on                     journal_sync_on(): how many appends are durable
 *   wait                   until something was written, if anything is to be; WAIT_MS at most
 *   next                   gives one out: NUMBER, or "none"; "other" if its bytes are not right
 *   look                   the same as ingest looks ahead: by what is remembered of it, if anything
 *                          is, and then fetched
 *   done K OUTCOME         ends the K-th newest of those given out and not done: NUMBER
 *   room                   journal_find_room()
 *   repair
 *   books                  accepted stored duplicate dead in_flight damaged torn
 *
 * Answers: what is said above or "ok"; "full" or "later" for RETRY; "failed CODE" for FATAL. */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "worker/ingest/journal.h"

#define GIVEN_MAX 100000
#define WAIT_MS   200

struct driver {
    struct journal *journal;
    int wake_fd;
    struct buffer record, bytes;
    uint64_t sequences[GIVEN_MAX];
    unsigned long numbers[GIVEN_MAX];
    size_t given;
};

/* "NUMBER LEN " and then a pattern: whoever has it can tell whether it is whole. */
static struct slice article_of(struct driver *driver, unsigned long number, size_t len)
{
    char head[64];
    int head_len = snprintf(head, sizeof head, "%lu %zu ", number, len);
    buffer_clear(&driver->bytes);
    char *to = buffer_extend(&driver->bytes, (size_t)head_len + len);
    memcpy(to, head, (size_t)head_len);
    for (size_t i = 0; i < len; i++)
        to[(size_t)head_len + i] = (char)(number * 31 + i * 7);
    return buffer_slice(&driver->bytes);
}

static void answer(enum status status, const struct fault *fault, const char *good)
{
    if (status == STATUS_OK)
        puts(good);
    else if (status == STATUS_RETRY)
        puts(strcmp(fault->code, "disk-full") == 0 ? "full" : "later");
    else
        printf("failed %s\n", fault->code);
}

static void append(struct driver *driver, unsigned long number, size_t len)
{
    struct fault fault = {.code = ""};
    struct slice article = article_of(driver, number, len);
    char envelope[32];
    (void)snprintf(envelope, sizeof envelope, "envelope %lu", number);
    answer(journal_append(driver->journal, slice_from(envelope), article, &fault), &fault, "ok");
}

struct found {
    uint64_t sequence;
    struct slice envelope, article;
    bool other; /* than was remembered */
};

static enum status look(struct driver *driver, struct found *found, struct fault *fault)
{
    char remembered[64];
    size_t article_len;
    struct slice envelope;
    if (!journal_peek(driver->journal, &found->sequence, &envelope, &article_len))
        return journal_next(driver->journal, &driver->record, &found->sequence, &found->envelope,
                            &found->article, fault);
    size_t len = envelope.len < sizeof remembered ? envelope.len : sizeof remembered;
    memcpy(remembered, envelope.data, len);
    enum status status =
        journal_fetch(driver->journal, found->sequence, journal_place(driver->journal),
                      &driver->record, &found->envelope, &found->article, fault);
    found->other = status != STATUS_OK || found->article.len != article_len ||
                   !slice_equal(found->envelope, (struct slice){remembered, len});
    return status;
}

static void next(struct driver *driver, bool ahead)
{
    struct fault fault = {.code = ""};
    struct found found = {.other = false};
    enum status status = ahead ? look(driver, &found, &fault)
                               : journal_next(driver->journal, &driver->record, &found.sequence,
                                              &found.envelope, &found.article, &fault);
    if (status == STATUS_RETRY || driver->given == GIVEN_MAX) {
        puts("none");
        return;
    }
    if (status != STATUS_OK) {
        answer(status, &fault, "");
        return;
    }
    char text[64] = "", expected[32];
    memcpy(text, found.article.data, found.article.len < 63 ? found.article.len : 63);
    unsigned long number = 0;
    size_t len = 0;
    bool good = sscanf(text, "%lu %zu ", &number, &len) == 2 && len < 1 << 24;
    (void)snprintf(expected, sizeof expected, "envelope %lu", number);
    good = good && !found.other && slice_equal(found.article, article_of(driver, number, len)) &&
           slice_is(found.envelope, expected);
    driver->numbers[driver->given] = number;
    driver->sequences[driver->given++] = found.sequence;
    if (good)
        printf("%lu\n", number);
    else
        puts("other");
}

static void done(struct driver *driver, size_t k, unsigned outcome)
{
    if (driver->given == 0) {
        puts("none");
        return;
    }
    k = driver->given - 1 - k % driver->given;
    journal_done(driver->journal, driver->sequences[k], (enum backlog_outcome)(outcome % 3 + 1));
    printf("%lu\n", driver->numbers[k]);
    driver->given--;
    memmove(driver->sequences + k, driver->sequences + k + 1,
            (driver->given - k) * sizeof *driver->sequences);
    memmove(driver->numbers + k, driver->numbers + k + 1,
            (driver->given - k) * sizeof *driver->numbers);
}

static void sync_on(struct driver *driver)
{
    struct fault fault = {.code = ""};
    if (journal_sync_on(driver->journal, &fault) != STATUS_OK)
        answer(fault.status, &fault, "");
    else
        printf("%" PRIu64 "\n", journal_durable(driver->journal));
}

static void wait_for_thread(const struct driver *driver)
{
    struct pollfd entry = {.fd = driver->wake_fd, .events = POLLIN};
    uint64_t count;
    if (journal_unsynced(driver->journal) > 0 && poll(&entry, 1, WAIT_MS) == 1)
        (void)!read(driver->wake_fd, &count, sizeof count);
    puts("ok");
}

static void books(const struct driver *driver)
{
    struct backlog_books books = journal_books(driver->journal);
    struct journal_stats stats = journal_stats(driver->journal);
    printf("%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
           books.accepted, books.stored, books.duplicate, books.dead, books.in_flight,
           stats.damaged, stats.torn);
}

static void obey(struct driver *driver, const char *line)
{
    struct fault fault = {.code = ""};
    unsigned long a = 0, b = 0;
    uint64_t aside;
    if (sscanf(line, "append %lu %lu", &a, &b) == 2)
        append(driver, a, b);
    else if (sscanf(line, "done %lu %lu", &a, &b) == 2)
        done(driver, a, (unsigned)b);
    else if (strcmp(line, "next\n") == 0)
        next(driver, false);
    else if (strcmp(line, "look\n") == 0)
        next(driver, true);
    else if (strcmp(line, "sync\n") == 0)
        answer(journal_sync(driver->journal, &fault), &fault, "ok");
    else if (strcmp(line, "on\n") == 0)
        sync_on(driver);
    else if (strcmp(line, "wait\n") == 0)
        wait_for_thread(driver);
    else if (strcmp(line, "duplicate\n") == 0)
        answer(journal_append_duplicate(driver->journal, SLICE_LITERAL("sixteen bytes of"), &fault),
               &fault, "ok");
    else if (strcmp(line, "room\n") == 0)
        answer(journal_find_room(driver->journal, &fault), &fault, "ok");
    else if (strcmp(line, "repair\n") == 0)
        answer(journal_repair(driver->journal, &aside, &fault), &fault, "ok");
    else
        books(driver);
}

int main(int argc, char **argv)
{
    static struct driver driver;
    struct fault fault = {.code = ""};
    char line[128];
    if (argc < 3)
        return 2;
    driver.wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    struct journal_options options = {.directory = argv[1],
                                      .segment_bytes = strtoull(argv[2], NULL, 10),
                                      .archive = argc > 3 ? argv[3] : NULL,
                                      .threaded = true,
                                      .wake_fd = driver.wake_fd};
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    buffer_init(&driver.record, 1 << 26);
    buffer_init(&driver.bytes, 1 << 26);
    enum status status = journal_open(&options, &driver.journal, &fault);
    answer(status, &fault, "ok");
    while (status == STATUS_OK && fgets(line, sizeof line, stdin))
        obey(&driver, line);
    journal_close(driver.journal);
    buffer_deinit(&driver.record);
    buffer_deinit(&driver.bytes);
    return status == STATUS_OK ? 0 : 3;
}
