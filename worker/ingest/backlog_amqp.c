/* The backlog's verbs on a replicated queue. */
#include "worker/ingest/backlog_amqp.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/log.h"
#include "proto/limits.h"
#include "worker/ingest/backlog_amqp_state.h"
#include "worker/ingest/metrics.h"

/* A connection that is lost is usually back before producers need to hear of it. */
#define GRACE_MS 1000
/* A majority that cannot be reached confirms nothing. */
#define UNCONFIRMED_MS 3000
/* Ours was lost, and another ingest works the queue off. */
#define TAKEN_MS 10000
/* Books that have not changed are written all the same: who looks sees whose they are. */
#define NAME_MS 1500
/* Between the last acknowledgement and the goodbye. */
#define GOODBYE_MS     300
#define RECORD_BYTES   ((size_t)8 << 20) /* of the books with their ids */
#define ENVELOPE_SPARE 1024              /* what a record has beside its article, at most */
#define PASSWORD_MODE  077               /* bits that a password file must not have */

/* ---- what goes in ---- */

static const char *refuses_of(const struct amqp *amqp)
{
    const struct publish *publish = &amqp->publish;
    const struct consume *consume = &amqp->consume;
    int64_t now = loop_now_ms(amqp->loop);
    bool taken = !consume->ready && consume->locked_ms != 0 &&
                 (!consume->known || !consume->had_lock || now - consume->locked_ms > TAKEN_MS);
    if (taken)
        return "another ingest works off the backlog's queue";
    if (!consume->known || (!publish->ready && now - publish->lost_ms > GRACE_MS))
        return "no node of the backlog's cluster can be used";
    if (publish->blocked)
        return "the backlog's cluster is short of memory or disk";
    if (publish->refused_ms != 0 && now - publish->refused_ms > GRACE_MS)
        return "the backlog's queue refuses articles: it has no leader, or is at a limit";
    if (publish->count > 0 && now - publish->ring[publish->first].appended_ms > UNCONFIRMED_MS)
        return "the backlog's cluster confirms nothing: a majority of its nodes is away";
    return NULL;
}

static const char *refuses(const void *self)
{
    return refuses_of(self);
}

static enum status check(const struct amqp *amqp, struct fault *fault)
{
    const char *why = refuses_of(amqp);
    return why ? fault_set(fault, STATUS_RETRY, "overloaded", "%s", why) : STATUS_OK;
}

static enum status append(void *self, struct slice envelope, struct slice article,
                          struct fault *fault)
{
    struct amqp *amqp = self;
    enum status status = check(amqp, fault);
    return status == STATUS_OK ? publish_append(amqp, envelope, article, fault) : status;
}

static enum status append_duplicate(void *self, struct slice article_uuid, struct fault *fault)
{
    struct amqp *amqp = self;
    (void)article_uuid;
    enum status status = check(amqp, fault);
    if (status != STATUS_OK)
        return status;
    amqp->appended++;
    amqp->books.accepted++;
    amqp->books.duplicate++;
    amqp->books_changed = true;
    return STATUS_OK;
}

static uint64_t appended(const void *self)
{
    return ((const struct amqp *)self)->appended;
}

/* A copy waits for those that came before it: the one it is a copy of may be among them. */
static uint64_t durable(const void *self)
{
    const struct amqp *amqp = self;
    const struct publish *publish = &amqp->publish;
    return publish->count == 0 ? amqp->appended : publish->ring[publish->first].ticket - 1;
}

/* What was synced before and is still on its way is no part of it: a cluster that reads nothing
 * would hold up the turns, and no producer would hear that it must wait. */
static struct backlog_unsynced unsynced(const void *self)
{
    const struct amqp *amqp = self;
    const struct deliveries *deliveries = amqp->consume.deliveries;
    bool ends = deliveries_done_count(deliveries) + deliveries_batch_count(deliveries) > 0;
    return (struct backlog_unsynced){amqp->appended - amqp->synced,
                                     amqp->fresh_bytes + (ends || amqp->books_changed)};
}

/* In bytes of the article alone: one that is refused for its record's length must be refused, too,
 * when it comes again and only its own length is known. */
static uint64_t longest(const void *self)
{
    uint64_t limit = ((const struct amqp *)self)->publish.limit;
    if (limit == 0)
        return UINT64_MAX;
    return limit > ENVELOPE_SPARE ? limit - ENVELOPE_SPARE : 0;
}

static enum status sync_all(void *self, struct fault *fault)
{
    struct amqp *amqp = self;
    (void)fault;
    if (amqp->appended > amqp->synced)
        metrics_observe(amqp->metrics, INGEST_SYNC_ARTICLES, 0, amqp->appended - amqp->synced);
    amqp->synced = amqp->appended;
    amqp->fresh_bytes = 0;
    settle(amqp);
    broker_flush(amqp->publish.broker);
    broker_flush(amqp->consume.broker);
    return STATUS_OK;
}

/* ---- what comes out ---- */

static enum status give(struct amqp *amqp, struct slice body, struct buffer *record,
                        struct backlog_found *found, struct fault *fault)
{
    size_t envelope = 0;
    record->limit = SIZE_MAX / 2;
    buffer_clear(record);
    buffer_append_slice(record, body);
    (void)amqp;
    if (buffer_failed(record))
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for an article");
    for (int i = RECORD_HEAD - 1; i >= 0; i--)
        envelope = envelope << 8 | (unsigned char)record->data[i];
    found->envelope = slice_sub(buffer_slice(record), RECORD_HEAD, RECORD_HEAD + envelope);
    found->article = slice_sub(buffer_slice(record), RECORD_HEAD + envelope, record->len);
    return STATUS_OK;
}

static enum status next(void *self, bool again, struct buffer *record, struct backlog_found *found,
                        struct fault *fault)
{
    struct amqp *amqp = self;
    struct slice body;
    if (!deliveries_next(amqp->consume.deliveries, &found->sequence, &body))
        return STATUS_RETRY;
    found->place = 0;
    enum status status = give(amqp, body, record, found, fault);
    if (!again)
        deliveries_release(amqp->consume.deliveries, found->sequence);
    consume_pace(amqp);
    return status;
}

static enum status fetch(void *self, struct buffer *record, struct backlog_found *found,
                         struct fault *fault)
{
    struct amqp *amqp = self;
    struct slice body = deliveries_body(amqp->consume.deliveries, found->sequence);
    if (!body.data)
        return fault_set(fault, STATUS_REJECT, "not-there", "The article is done already.");
    enum status status = give(amqp, body, record, found, fault);
    deliveries_release(amqp->consume.deliveries, found->sequence);
    consume_pace(amqp);
    return status;
}

static void done(void *self, uint64_t sequence, enum backlog_outcome outcome)
{
    struct amqp *amqp = self;
    struct backlog_books *books = &amqp->books;
    if (!deliveries_done(amqp->consume.deliveries, sequence))
        return;
    books->in_flight--;
    *(outcome == BACKLOG_STORED      ? &books->stored
      : outcome == BACKLOG_DUPLICATE ? &books->duplicate
                                     : &books->dead) += 1;
    amqp->books_changed = true;
}

/* ---- now and then ---- */

/* What no time mends, while the cluster was never of use: the settings are wrong. */
static enum status check_refusal(const struct amqp *amqp, const struct broker *broker,
                                 struct fault *fault)
{
    uint16_t code = broker_refusal(broker);
    if (amqp->consume.known ||
        (code != WIRE_REFUSED && code != WIRE_VHOST && code != WIRE_OTHERWISE))
        return STATUS_OK;
    return fault_set(fault, STATUS_FATAL, "backlog-refused",
                     "the backlog's cluster at %.60s refuses --backlog (user %.40s, virtual host "
                     "%.40s, queue %.40s): %.70s",
                     broker_node(broker), amqp->uri.user, amqp->uri.vhost, amqp->uri.queue,
                     broker_trouble(broker)->message);
}

static enum status look(void *self, struct fault *fault)
{
    struct amqp *amqp = self;
    publish_look(amqp);
    consume_look(amqp);
    if (amqp->consume.ready && !amqp->ending && loop_now_ms(amqp->loop) - amqp->books_ms > NAME_MS)
        amqp->books_changed = true;
    enum status status = check_refusal(amqp, amqp->publish.broker, fault);
    return status == STATUS_OK ? check_refusal(amqp, amqp->consume.broker, fault) : status;
}

/* Confirms, then the last acknowledgements, a moment, and a goodbye from both sides: RabbitMQ drops
 * acknowledgements that a channel has not passed on to the queue when it ends. */
static bool end(void *self)
{
    struct amqp *amqp = self;
    const struct deliveries *deliveries = amqp->consume.deliveries;
    bool taken = !amqp->consume.ready && amqp->consume.locked_ms != 0; /* nor are the books ours */
    bool counts = amqp->books_out || amqp->books_changed || deliveries_done_count(deliveries) > 0;
    if (amqp->publish.count > 0 || (counts && !taken))
        return !amqp->consume.known; /* nothing was ever begun */
    if (loop_now_ms(amqp->loop) - amqp->books_ms < GOODBYE_MS)
        return false;
    amqp->ending = true;
    broker_end(amqp->publish.broker);
    broker_end(amqp->consume.broker);
    return broker_ended(amqp->publish.broker) && broker_ended(amqp->consume.broker);
}

static uint64_t disk_free(const void *self)
{
    (void)self;
    return UINT64_MAX;
}

static struct backlog_books books_of(const void *self)
{
    return ((const struct amqp *)self)->books;
}

/* How many bytes a queue has no broker says; what is here is taken for the measure. */
static uint64_t estimate(const struct amqp *amqp)
{
    uint64_t articles = amqp->measured_articles;
    return articles > 0 ? amqp->measured_bytes / articles * amqp->books.in_flight : 0;
}

static struct backlog_stats stats(const void *self)
{
    const struct amqp *amqp = self;
    const struct publish *publish = &amqp->publish;
    const struct consume *consume = &amqp->consume;
    return (struct backlog_stats){
        .bytes = estimate(amqp),
        .cluster = {.node = publish->ready ? broker_node(publish->broker) : NULL,
                    .unconfirmed = publish->count,
                    .waiting = consume->waiting,
                    .lost = broker_losses(publish->broker) + broker_losses(consume->broker),
                    .again = publish->again,
                    .copies = consume->copies},
    };
}

/* ---- opening ---- */

static void close_amqp(void *self)
{
    struct amqp *amqp = self;
    publish_close(amqp);
    consume_close(amqp);
    stream_trust_free(amqp->trust);
    buffer_deinit(&amqp->record);
    buffer_deinit(&amqp->lately[0]);
    buffer_deinit(&amqp->lately[1]);
    sodium_memzero(amqp->uri.password, sizeof amqp->uri.password);
    free(amqp);
}

static const struct backlog_verbs verbs = {
    .engine = "amqp",
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
    .books = books_of,
    .stats = stats,
    .close = close_amqp,
};

/* Its first line. Like a key, it is not read when others may read it. */
static enum status read_password(struct amqp_uri *uri, struct fault *fault)
{
    struct stat info;
    const char *path = uri->password_file;
    if (!path[0])
        return STATUS_OK;
    FILE *file = fopen(path, "re");
    if (!file || fstat(fileno(file), &info) != 0) {
        if (file)
            (void)fclose(file);
        return fault_set(fault, STATUS_REJECT, "bad-backlog",
                         "--backlog: cannot read the password-file %.120s: %s", path,
                         strerror(errno));
    }
    bool open_to_others = (info.st_mode & PASSWORD_MODE) != 0;
    bool read = !open_to_others && fgets(uri->password, sizeof uri->password, file);
    (void)fclose(file);
    if (open_to_others)
        return fault_set(fault, STATUS_REJECT, "bad-backlog",
                         "--backlog: others may read the password-file %.120s: chmod 600 it", path);
    if (!read)
        return fault_set(fault, STATUS_REJECT, "bad-backlog",
                         "--backlog: there is no password in the password-file %.120s", path);
    uri->password[strcspn(uri->password, "\r\n")] = '\0';
    return STATUS_OK;
}

static void set_up(struct amqp *amqp, const struct backlog_amqp_options *options)
{
    uint32_t prefetch = 2 * options->window_messages;
    amqp->loop = options->loop;
    amqp->uri = *options->uri;
    amqp->metrics = options->metrics;
    randombytes_buf(&amqp->run, sizeof amqp->run);
    if (amqp->uri.prefetch == 0)
        amqp->uri.prefetch = prefetch < AMQP_URI_PREFETCH ? prefetch : AMQP_URI_PREFETCH;
    amqp->consume.held_max = 2 * options->window_bytes;
    (void)snprintf(amqp->books_queue, sizeof amqp->books_queue, "%s.books", amqp->uri.queue);
    (void)snprintf(amqp->lock_queue, sizeof amqp->lock_queue, "%s.lock", amqp->uri.queue);
    buffer_init(&amqp->record, RECORD_BYTES);
    buffer_init(&amqp->lately[0], RECORD_BYTES);
    buffer_init(&amqp->lately[1], RECORD_BYTES);
}

enum status backlog_amqp_open(const struct backlog_amqp_options *options, struct backlog *out,
                              struct fault *fault)
{
    struct amqp *amqp = calloc(1, sizeof *amqp);
    if (!amqp)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the backlog");
    set_up(amqp, options);
    enum status status = read_password(&amqp->uri, fault);
    if (status == STATUS_OK)
        status = stream_trust_new(&amqp->uri, &amqp->trust, fault);
    if (status == STATUS_OK)
        status = publish_open(amqp, fault);
    if (status == STATUS_OK)
        status = consume_open(amqp, amqp->uri.prefetch, fault);
    if (status != STATUS_OK) {
        close_amqp(amqp);
        return status;
    }
    *out = (struct backlog){&verbs, amqp};
    return STATUS_OK;
}
