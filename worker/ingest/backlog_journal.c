/* The backlog's verbs on a journal. */
#include "worker/ingest/backlog_journal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "worker/ingest/metrics.h"

struct kept {
    struct journal *journal;
    struct loop *loop;
    struct metrics *metrics;
    int wake_fd; /* the thread's: the turn that follows syncs on */
};

static enum status append(void *self, struct slice envelope, struct slice article,
                          struct fault *fault)
{
    struct kept *kept = self;
    return journal_append(kept->journal, envelope, article, fault);
}

static enum status append_duplicate(void *self, struct slice article_uuid, struct fault *fault)
{
    struct kept *kept = self;
    return journal_append_duplicate(kept->journal, article_uuid, fault);
}

static uint64_t appended(const void *self)
{
    return journal_appended(((const struct kept *)self)->journal);
}

static uint64_t durable(const void *self)
{
    return journal_durable(((const struct kept *)self)->journal);
}

static struct backlog_unsynced unsynced(const void *self)
{
    const struct journal *journal = ((const struct kept *)self)->journal;
    /* One that has failed must be synced, which says why: an append that failed on its way to a new
     * segment leaves nothing else to sync. */
    return (struct backlog_unsynced){journal_appended(journal) - journal_durable(journal) +
                                         journal_has_failed(journal),
                                     journal_unsynced(journal)};
}

static uint64_t longest(const void *self)
{
    (void)self;
    return UINT64_MAX;
}

static void measure(const struct kept *kept)
{
    struct journal_commit commit = journal_take_commit(kept->journal);
    if (commit.ns > 0)
        metrics_observe(kept->metrics, INGEST_SYNC, 0, commit.ns);
    if (commit.articles > 0)
        metrics_observe(kept->metrics, INGEST_SYNC_ARTICLES, 0, commit.articles);
}

static enum status sync_on(void *self, struct fault *fault)
{
    struct kept *kept = self;
    enum status status = journal_sync_on(kept->journal, fault);
    measure(kept);
    return status;
}

static void on_written(void *user)
{
    struct kept *kept = user;
    uint64_t count;
    if (read(kept->wake_fd, &count, sizeof count) < 0)
        return; /* woken for nothing */
}

/* What need not be read. */
static bool peek(struct kept *kept, struct buffer *record, struct backlog_found *found)
{
    found->article = SLICE_NULL;
    if (!journal_peek(kept->journal, &found->sequence, &found->envelope, &found->article.len))
        return false;
    buffer_clear(record);
    buffer_append_slice(record, found->envelope);
    found->envelope = buffer_slice(record);
    return true;
}

static enum status next(void *self, bool again, struct buffer *record, struct backlog_found *found,
                        struct fault *fault)
{
    struct kept *kept = self;
    enum status status = again && peek(kept, record, found)
                             ? STATUS_OK
                             : journal_next(kept->journal, record, &found->sequence,
                                            &found->envelope, &found->article, fault);
    found->place = journal_place(kept->journal);
    return status;
}

static enum status fetch(void *self, struct buffer *record, struct backlog_found *found,
                         struct fault *fault)
{
    struct kept *kept = self;
    return journal_fetch(kept->journal, found->sequence, found->place, record, &found->envelope,
                         &found->article, fault);
}

static void done(void *self, uint64_t sequence, enum backlog_outcome outcome)
{
    struct kept *kept = self;
    journal_done(kept->journal, sequence, outcome);
}

/* Somebody may have made room on a full disk. */
static enum status look(void *self, struct fault *fault)
{
    struct kept *kept = self;
    return journal_find_room(kept->journal, fault) == STATUS_FATAL ? STATUS_FATAL : STATUS_OK;
}

/* While ingest stops it has the time to wait. A failure is said by the next sync. */
static bool end(void *self)
{
    struct kept *kept = self;
    struct fault fault;
    (void)!journal_sync(kept->journal, &fault);
    measure(kept);
    return true;
}

static const char *refuses(const void *self)
{
    return journal_stats(((const struct kept *)self)->journal).full ? "the journal's disk is full"
                                                                    : NULL;
}

static uint64_t disk_free(const void *self)
{
    return journal_disk_free(((const struct kept *)self)->journal);
}

static struct backlog_books books(const void *self)
{
    return journal_books(((const struct kept *)self)->journal);
}

static struct backlog_stats stats(const void *self)
{
    const struct kept *kept = self;
    const struct journal_stats journal = journal_stats(kept->journal);
    return (struct backlog_stats){
        .bytes = journal.backlog_bytes + journal_unsynced(kept->journal),
        .full = journal.full,
        .disk_bytes = journal.bytes,
        .segments = journal.segments,
        .damaged = journal.damaged,
    };
}

static void close_journal(void *self)
{
    struct kept *kept = self;
    journal_close(kept->journal); /* and its thread */
    loop_unwatch_fd(kept->loop, kept->wake_fd);
    (void)close(kept->wake_fd);
    free(kept);
}

static const struct backlog_verbs verbs = {
    .engine = "journal",
    .append = append,
    .append_duplicate = append_duplicate,
    .appended = appended,
    .durable = durable,
    .unsynced = unsynced,
    .longest = longest,
    .sync = sync_on,
    .next = next,
    .fetch = fetch,
    .done = done,
    .look = look,
    .end = end,
    .refuses = refuses,
    .disk_free = disk_free,
    .books = books,
    .stats = stats,
    .close = close_journal,
};

enum status backlog_journal_open(const struct backlog_journal_options *options, struct backlog *out,
                                 struct fault *fault)
{
    struct kept *kept = calloc(1, sizeof *kept);
    if (!kept)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the journal");
    *kept = (struct kept){.loop = options->loop, .metrics = options->metrics};
    kept->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    struct journal_options journal = options->journal;
    journal.threaded = true;
    journal.wake_fd = kept->wake_fd;
    enum status status = kept->wake_fd >= 0 ? journal_open(&journal, &kept->journal, fault)
                                            : fault_set(fault, STATUS_FATAL, "out-of-memory",
                                                        "no eventfd: %s", strerror(errno));
    if (status != STATUS_OK) {
        if (kept->wake_fd >= 0)
            (void)close(kept->wake_fd);
        free(kept);
        return status;
    }
    loop_watch_fd(kept->loop, kept->wake_fd, false, on_written, kept);
    *out = (struct backlog){&verbs, kept};
    return STATUS_OK;
}
