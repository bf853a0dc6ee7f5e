/* The backlog's verbs on a journal. */
#include "worker/ingest/backlog_journal.h"

#include <stdlib.h>

struct kept {
    struct journal *journal;
    uint64_t appended, durable;
};

static enum status append(void *self, struct slice envelope, struct slice article,
                          struct fault *fault)
{
    struct kept *kept = self;
    enum status status = journal_append(kept->journal, envelope, article, fault);
    kept->appended += status == STATUS_OK;
    return status;
}

static enum status append_duplicate(void *self, struct slice article_uuid, struct fault *fault)
{
    struct kept *kept = self;
    enum status status = journal_append_duplicate(kept->journal, article_uuid, fault);
    kept->appended += status == STATUS_OK;
    return status;
}

static uint64_t appended(const void *self)
{
    return ((const struct kept *)self)->appended;
}

static uint64_t durable(const void *self)
{
    return ((const struct kept *)self)->durable;
}

static struct backlog_unsynced unsynced(const void *self)
{
    const struct kept *kept = self;
    return (struct backlog_unsynced){journal_unsynced_articles(kept->journal),
                                     journal_unsynced(kept->journal)};
}

static uint64_t longest(const void *self)
{
    (void)self;
    return UINT64_MAX;
}

static enum status sync_all(void *self, struct fault *fault)
{
    struct kept *kept = self;
    enum status status = journal_sync(kept->journal, fault);
    if (status == STATUS_OK)
        kept->durable = kept->appended;
    return status;
}

static enum status next(void *self, bool again, struct buffer *record, struct backlog_found *found,
                        struct fault *fault)
{
    struct kept *kept = self;
    (void)again; /* it stays on the disk anyway */
    enum status status = journal_next(kept->journal, record, &found->sequence, &found->envelope,
                                      &found->article, fault);
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

/* Nothing of it happens behind the back of sync. */
static bool end(void *self)
{
    (void)self;
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
    journal_close(kept->journal);
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
    .sync = sync_all,
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

enum status backlog_journal_open(const struct journal_options *options, struct backlog *out,
                                 struct fault *fault)
{
    struct kept *kept = calloc(1, sizeof *kept);
    if (!kept)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the journal");
    enum status status = journal_open(options, &kept->journal, fault);
    if (status != STATUS_OK) {
        free(kept);
        return status;
    }
    *out = (struct backlog){&verbs, kept};
    return STATUS_OK;
}
