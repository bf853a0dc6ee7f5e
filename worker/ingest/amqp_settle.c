/* Books first, acknowledgements after: an article that is acknowledged is counted in books that the
 * cluster has. While it is short of memory or disk and takes no books, articles are acknowledged
 * after BLOCKED_WAIT_MS all the same: then a crash may cost the count, never an article, and what
 * is short becomes free. So too when nothing can be published for long; while a majority is away,
 * acknowledgements would not get far either, and wait. */
#include "common/log.h"
#include "worker/ingest/backlog_amqp_state.h"

#define BOOKS_EVERY_MS  100
#define BLOCKED_WAIT_MS 2000
#define BOOKS_WAIT_MS   60000
/* How long after its acknowledgement an article may come again, from a node that had not taken that
 * in when it died: so long at least, and longer where few come, because nodes short of processors
 * are slow. */
#define LATELY_MS      1000
#define LATELY_LONG_MS 15000
#define LATELY_BYTES   ((size_t)1024 * AMQP_BOOKS_ID)
#define NOT_SENT       UINT64_MAX /* no confirm names it */

void settle_count(struct amqp *amqp)
{
    amqp->books.accepted++;
    amqp->books.in_flight++;
}

bool settle_is_other(const struct amqp *amqp, struct slice record)
{
    struct amqp_books read;
    return amqp_books_read(record, &read) && read.run != amqp->run &&
           (amqp->named || read.run != amqp->run_before);
}

/* What was counted here since is of no account any more. */
static void disown(struct amqp *amqp)
{
    deliveries_disown(amqp->consume.deliveries);
    buffer_clear(&amqp->lately[0]);
    buffer_clear(&amqp->lately[1]);
    amqp->books_out = false;
    amqp->books_tag = NOT_SENT;
    log_warn("another ingest has worked off the backlog's queue; its books go on",
             log_text("queue", amqp->uri.queue));
}

void settle_begin(struct amqp *amqp, struct slice record, uint64_t depth)
{
    struct amqp_books read = {.count = 0};
    amqp->books_changed = true; /* now they are under our name */
    if (amqp->consume.known) {
        if (!settle_is_other(amqp, record))
            return;
        disown(amqp);
    }
    if (record.len > 0 && !amqp_books_read(record, &read)) {
        log_error("the books in the backlog cannot be read; counting begins anew",
                  log_text("queue", amqp->books_queue));
        read = (struct amqp_books){.count = 0};
    }
    amqp->run_before = read.run;
    amqp->named = false;
    struct backlog_books books = read.books;
    for (uint64_t i = 0; i < read.count; i++)
        deliveries_remember(amqp->consume.deliveries, amqp_books_id(&read, i));
    books.in_flight = amqp->unseen = depth;
    books.accepted = books.stored + books.duplicate + books.dead + depth;
    amqp->books = books;
    log_info("the backlog's books", log_int("stored", (int64_t)books.stored),
             log_int("in_flight", (int64_t)depth));
}

/* ---- writing ---- */

static void turn_lately(struct amqp *amqp, int64_t now)
{
    bool few = amqp->lately[0].len < LATELY_BYTES;
    if (now - amqp->lately_ms < (few ? LATELY_LONG_MS : LATELY_MS))
        return;
    struct buffer old = amqp->lately[1];
    amqp->lately[1] = amqp->lately[0];
    amqp->lately[0] = old;
    buffer_clear(&amqp->lately[0]);
    amqp->lately_ms = now;
}

/* Counts as they were when the batch began, however late or often it is written: whoever reads it
 * must find the ids of all that it counts and that may come again. What ended since is in the next
 * batch. */
static void make_record(struct amqp *amqp)
{
    const struct deliveries *deliveries = amqp->consume.deliveries;
    size_t batch = deliveries_batch_count(deliveries);
    size_t lately = (amqp->lately[0].len + amqp->lately[1].len) / AMQP_BOOKS_ID;
    uint64_t limit = amqp->publish.limit;
    if (limit != 0 && AMQP_BOOKS_HEAD + (batch + lately) * AMQP_BOOKS_ID > limit) {
        buffer_clear(&amqp->lately[0]); /* copies of them may be counted twice, that is all */
        buffer_clear(&amqp->lately[1]);
        lately = 0;
    }
    buffer_clear(&amqp->record);
    const struct amqp_books head = {
        .run = amqp->run, .books = amqp->batch_books, .count = batch + lately};
    amqp_books_begin(&amqp->record, &head);
    buffer_append_slice(&amqp->record, buffer_slice(&amqp->lately[1]));
    buffer_append_slice(&amqp->record, buffer_slice(&amqp->lately[0]));
    for (size_t i = 0; i < batch; i++)
        amqp_books_add(&amqp->record, deliveries_batch_id(deliveries, i));
}

static void acknowledge(struct amqp *amqp)
{
    struct consume *consume = &amqp->consume;
    size_t count = deliveries_batch_count(consume->deliveries);
    for (size_t i = 0; i < count; i++) {
        uint64_t tag = deliveries_batch_tag(consume->deliveries, i);
        if (tag != 0 && consume->ready)
            wire_put_ack(broker_out(consume->broker), tag);
        amqp_books_add(&amqp->lately[0], deliveries_batch_id(consume->deliveries, i));
    }
    deliveries_end_batch(consume->deliveries);
    amqp->books_out = false;
    broker_flush(consume->broker);
}

void settle_confirmed(struct amqp *amqp, uint64_t tag, bool multiple)
{
    if (!amqp->books_out || (tag != amqp->books_tag && (!multiple || tag < amqp->books_tag)))
        return;
    amqp->named = true;
    acknowledge(amqp);
}

void settle_lost(struct amqp *amqp)
{
    amqp->books_tag = NOT_SENT;
    amqp->books_changed = true;
}

static void write_books(struct amqp *amqp, int64_t now)
{
    make_record(amqp);
    bool written = !buffer_failed(&amqp->record) &&
                   publish_books(amqp, buffer_slice(&amqp->record), &amqp->books_tag);
    if (!written)
        settle_lost(amqp);
    amqp->books_ms = now;
    amqp->books_out = true;
}

void settle(struct amqp *amqp)
{
    struct deliveries *deliveries = amqp->consume.deliveries;
    int64_t now = loop_now_ms(amqp->loop);
    if (amqp->books_out) {
        int64_t wait = amqp->publish.blocked ? BLOCKED_WAIT_MS : BOOKS_WAIT_MS;
        if (now - amqp->batch_ms >= wait)
            acknowledge(amqp);
        else if (amqp->books_tag == NOT_SENT && amqp->publish.ready && amqp->consume.ready)
            write_books(amqp, now);
        return;
    }
    if ((deliveries_done_count(deliveries) == 0 && !amqp->books_changed) ||
        now - amqp->books_ms < BOOKS_EVERY_MS || !amqp->consume.ready)
        return; /* without the queue they may be another's */
    turn_lately(amqp, now);
    deliveries_begin_batch(deliveries);
    amqp->batch_ms = now;
    amqp->batch_books = amqp->books;
    amqp->books_changed = false; /* what changes from now on is for the next one */
    write_books(amqp, now);
}
