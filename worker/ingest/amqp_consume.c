/* Articles out of the queue: who may take them, what they are called, and how many are held. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "proto/limits.h"
#include "worker/ingest/backlog_amqp_state.h"

#define OUT_BYTES   ((size_t)16 << 20) /* acknowledgements that wait to be sent */
#define MESSAGE_MAX ((uint64_t)LIMIT_MESSAGE_BYTES + LIMIT_LINK_HEADER_BYTES)
/* A lock that was ours, and that a connection has whose end the cluster has not noticed. */
#define STALE_LOCK_MS 5000
/* So long without it: then it is tried again, for another one may have got it. */
#define ALONE_MS       60000
#define STUCK_MS       8000 /* without an answer: another node may be of more use */
#define MEASURED       4096 /* articles for a mean size */
#define FIRST_BYTES    ((uint64_t)256 << 10) /* an article's, before one was seen */
#define MEAN_OF        64 /* articles, about, for a mean that follows what comes */
#define PREFETCH_LEAST 8u
#define EMPTY_MS       3000 /* the queue says it is empty, and nothing has come for as long */

/* What is asked for, each when the one before was answered. */
enum { LOCK, DECLARE_QUEUE, DECLARE_BOOKS, GET_BOOKS, PREFETCH, CONSUME, READY, CANCEL, IDLE };

/* ---- what comes out ---- */

/* Where a new one stands in the books. */
static void count_delivered(struct amqp *amqp, struct amqp_id id)
{
    struct unconfirmed *own = id.run == amqp->run ? publish_find(amqp, id.number) : NULL;
    if (own && !own->counted) { /* it came out before its confirm */
        own->counted = true;
        settle_count(amqp);
    } else if (amqp->unseen > 0) {
        amqp->unseen--;
    } else {
        settle_count(amqp); /* another ingest accepted it, or this one in an earlier run */
    }
}

/* Not one of ours: it is not kept in the way of others, and not silently lost. */
static void refuse_stranger(struct amqp *amqp)
{
    struct consume *consume = &amqp->consume;
    log_error("a message in the backlog's queue is no article and is rejected; whoever has a "
              "dead-letter exchange for the queue finds it there",
              log_text("queue", amqp->uri.queue), log_int("bytes", (int64_t)consume->len));
    wire_put_reject(broker_out(consume->broker), consume->tag, false);
}

static bool is_record(const struct consume *consume)
{
    uint32_t envelope = 0;
    if (!consume->has_id || consume->len < RECORD_HEAD)
        return false;
    for (int i = RECORD_HEAD - 1; i >= 0; i--)
        envelope = envelope << 8 | (unsigned char)consume->body[i];
    return envelope <= consume->len - RECORD_HEAD;
}

/* Halved now and then, so that it follows what comes. */
static void measure(struct amqp *amqp, size_t len)
{
    struct consume *consume = &amqp->consume;
    amqp->measured_articles++;
    amqp->measured_bytes += len;
    consume->mean = consume->mean == 0 ? len : (consume->mean * (MEAN_OF - 1) + len) / MEAN_OF;
    if (amqp->measured_articles < MEASURED)
        return;
    amqp->measured_articles /= 2;
    amqp->measured_bytes /= 2;
}

/* A queue may have a limit of deliveries (in RabbitMQ 4 it has one unless told otherwise), and
 * drops what was delivered more often. A client cannot ask for it. So whatever has been out and
 * back is published again: that one was never delivered, and the old one goes when the cluster has
 * it. */
static void move(struct amqp *amqp, char *copy, size_t len)
{
    struct consume *consume = &amqp->consume;
    uint64_t number = copy && consume->id.run != 0 ? publish_next_move(amqp, len) : 0;
    if (number == 0 || !deliveries_move(consume->deliveries, consume->id, number)) {
        free(copy);
        return;
    }
    consume->moved++;
    publish_move(amqp, consume->id, copy, len);
}

void consume_moved(struct amqp *amqp, struct amqp_id id, uint64_t move)
{
    struct consume *consume = &amqp->consume;
    uint64_t old = deliveries_moved(consume->deliveries, id, move);
    if (old != 0 && consume->ready)
        wire_put_ack(broker_out(consume->broker), old);
}

/* Of two in the queue one is enough: the one that was delivered less often. */
static void take_copy(struct amqp *amqp)
{
    struct consume *consume = &amqp->consume;
    uint64_t tag = consume->tag;
    if (consume->before == 0)
        tag = deliveries_keep(consume->deliveries, consume->id, tag);
    consume->copies++;
    wire_put_ack(broker_out(consume->broker), tag);
}

/* True when it is kept. */
static bool take_in(struct amqp *amqp, char *body, size_t len)
{
    struct consume *consume = &amqp->consume;
    switch (deliveries_take(consume->deliveries, consume->id, consume->tag, body, len)) {
    case DELIVERY_NEW:
        count_delivered(amqp, consume->id);
        measure(amqp, len);
        consume->arrived_ms = loop_now_ms(amqp->loop);
        break;
    case DELIVERY_AGAIN:
        count_delivered(amqp, consume->id);
        break;
    case DELIVERY_COPY:
        take_copy(amqp);
        return false;
    case DELIVERY_REFUSED:
        broker_fail(consume->broker, "it delivers more than was asked for");
        return false;
    case DELIVERY_KNOWN:
        break;
    }
    return true;
}

static char *copy_of(const char *body, size_t len)
{
    char *copy = malloc(len + 1);
    if (copy)
        memcpy(copy, body, len);
    return copy;
}

/* Given before the cluster heard that there is no room: it goes back, once, and is not delivered
 * before there is a consumer again. */
static bool is_too_much(const struct consume *consume)
{
    return consume->step == CANCEL && consume->before == 0 &&
           deliveries_bytes(consume->deliveries) > consume->held_max &&
           !deliveries_knows(consume->deliveries, consume->id);
}

static void take_article(struct amqp *amqp)
{
    struct consume *consume = &amqp->consume;
    if (!is_record(consume)) {
        refuse_stranger(amqp);
        return;
    }
    if (is_too_much(consume)) {
        wire_put_reject(broker_out(consume->broker), consume->tag, true);
        return;
    }
    char *body = consume->body;
    size_t len = consume->len;
    consume->body = NULL;
    char *copy = consume->before > 0 ? copy_of(body, len) : NULL;
    if (take_in(amqp, body, len))
        move(amqp, copy, len);
    else
        free(copy);
    broker_good(consume->broker);
}

static void ask(struct amqp *amqp);

/* Without the lock: the other one has it, and works. */
static bool is_taken(struct amqp *amqp, struct slice record)
{
    struct consume *consume = &amqp->consume;
    if (consume->alone_ms == 0 || !settle_is_other(amqp, record))
        return false;
    consume->alone_ms = 0;
    consume->had_lock = false;
    broker_fail(consume->broker, "another ingest works off the queue");
    return true;
}

static void take_books(struct amqp *amqp)
{
    struct consume *consume = &amqp->consume;
    const struct slice record = {consume->body, consume->len};
    wire_put_reject(broker_out(consume->broker), consume->tag, true); /* it stays there */
    if (is_taken(amqp, record))
        return;
    settle_begin(amqp, record, consume->depth);
    consume->known = true;
    consume->step++;
    ask(amqp);
}

static void end_message(struct amqp *amqp)
{
    struct consume *consume = &amqp->consume;
    if (consume->len < consume->want)
        return;
    bool books = consume->what == BOOKS;
    consume->what = NO_MESSAGE;
    if (books)
        take_books(amqp);
    else
        take_article(amqp);
    free(consume->body);
    consume->body = NULL;
    consume_pace(amqp);
}

static void begin_body(struct amqp *amqp, const struct wire_event *event)
{
    struct consume *consume = &amqp->consume;
    free(consume->body);
    consume->has_id = amqp_id_parse(event->text, &consume->id);
    consume->before = event->before;
    consume->len = 0;
    consume->want = event->count;
    consume->body = event->count <= MESSAGE_MAX ? malloc(event->count + 1) : NULL;
    if (!consume->body)
        broker_fail(consume->broker, "it delivers a message for which there is no room");
    else
        end_message(amqp);
}

static void add_body(struct amqp *amqp, struct slice bytes)
{
    struct consume *consume = &amqp->consume;
    if (!consume->body || bytes.len > consume->want - consume->len) {
        broker_fail(consume->broker, "it delivers more of a message than it said");
        return;
    }
    memcpy(consume->body + consume->len, bytes.data, bytes.len);
    consume->len += bytes.len;
    end_message(amqp);
}

/* ---- the connection ---- */

/* So many that half of what may be held is enough for them. */
static uint32_t fitting(const struct amqp *amqp)
{
    const struct consume *consume = &amqp->consume;
    uint64_t mean = consume->mean > 0 ? consume->mean : FIRST_BYTES;
    uint64_t count = consume->held_max / 2 / mean;
    if (count < PREFETCH_LEAST)
        count = PREFETCH_LEAST;
    return count < amqp->uri.prefetch ? (uint32_t)count : amqp->uri.prefetch;
}

/* What the consumers before this one were given counts, too. 0: there is no room now. */
static uint32_t next_prefetch(const struct amqp *amqp)
{
    uint32_t fits = fitting(amqp), count = deliveries_count(amqp->consume.deliveries);
    uint32_t room = count < amqp->uri.prefetch ? amqp->uri.prefetch - count : 0;
    if (fits <= room)
        return fits;
    return room >= PREFETCH_LEAST ? room : 0;
}

static void put_consume(struct amqp *amqp, struct buffer *out)
{
    struct consume *consume = &amqp->consume;
    (void)snprintf(consume->name, sizeof consume->name, "ingest-%llu",
                   (unsigned long long)++consume->consumers);
    wire_put_consume(out, amqp->uri.queue, consume->name);
}

static void ask(struct amqp *amqp)
{
    struct consume *consume = &amqp->consume;
    struct buffer *out = broker_out(consume->broker);
    if (consume->step == LOCK)
        wire_put_declare(out, amqp->lock_queue, WIRE_LOCK);
    else if (consume->step == DECLARE_QUEUE)
        wire_put_declare(out, amqp->uri.queue, WIRE_QUORUM);
    else if (consume->step == DECLARE_BOOKS)
        wire_put_declare(out, amqp->books_queue, WIRE_LATEST);
    else if (consume->step == GET_BOOKS)
        wire_put_get(out, amqp->books_queue);
    else if (consume->step == PREFETCH)
        wire_put_qos(out, (uint16_t)consume->prefetch);
    else if (consume->step == CONSUME)
        put_consume(amqp, out);
    else if (consume->step == CANCEL)
        wire_put_cancel(out, consume->name);
}

static void on_opened(void *user)
{
    struct amqp *amqp = user;
    struct consume *consume = &amqp->consume;
    int64_t now = loop_now_ms(amqp->loop);
    bool stale =
        consume->had_lock && consume->locked_ms != 0 && now - consume->locked_ms > STALE_LOCK_MS;
    consume->alone_ms = stale ? now : 0;
    consume->step = stale ? DECLARE_QUEUE : LOCK;
    consume->prefetch = fitting(amqp); /* what is here comes again, first */
    deliveries_new_connection(consume->deliveries);
    ask(amqp);
}

/* The cluster and we disagree about what is left: it knows. Copies that were never here, or what
 * an operator took out. */
static void agree(struct amqp *amqp)
{
    struct consume *consume = &amqp->consume;
    if (consume->waiting > 0 || amqp->unseen == 0 || amqp->publish.count > 0 ||
        loop_now_ms(amqp->loop) - consume->arrived_ms < EMPTY_MS)
        return;
    log_warn("the backlog's queue has fewer articles than the books; they are put right",
             log_int("fewer", (int64_t)amqp->unseen));
    amqp->books.accepted -= amqp->unseen;
    amqp->books.in_flight -= amqp->unseen;
    amqp->unseen = 0;
}

static void take_declared(struct amqp *amqp, const struct wire_event *event)
{
    struct consume *consume = &amqp->consume;
    if (consume->step >= READY) {
        consume->asked_ms = 0;
        consume->waiting = event->count;
        agree(amqp);
        return;
    }
    if (consume->step == LOCK) {
        consume->had_lock = true;
        consume->locked_ms = 0;
    }
    if (consume->step == DECLARE_QUEUE)
        consume->depth = consume->waiting = event->count;
    consume->step++;
    ask(amqp);
}

static void take_step(struct amqp *amqp)
{
    struct consume *consume = &amqp->consume;
    consume->step++;
    ask(amqp);
    if (consume->step != READY)
        return;
    bool again = consume->ready;
    consume->ready = true;
    if (consume->alone_ms != 0 && !again)
        log_warn("the backlog's lock is held by a connection that is gone; going on without it",
                 log_text("queue", amqp->lock_queue));
    consume->locked_ms = 0;
    consume->asked_ms = 0;
    consume->arrived_ms = loop_now_ms(amqp->loop);
}

/* An answer to something else than what was asked would have us ask for the wrong thing next. */
static bool is_in_turn(const struct consume *consume, enum wire_kind kind)
{
    int step = consume->step;
    switch (kind) {
    case WIRE_HEADER:
    case WIRE_BODY:
        return consume->what != NO_MESSAGE;
    case WIRE_DELIVERED:
        return step >= CONSUME;
    case WIRE_DECLARED:
        return step <= DECLARE_BOOKS || (step >= READY && consume->asked_ms != 0);
    case WIRE_GOT:
    case WIRE_EMPTY:
        return step == GET_BOOKS;
    case WIRE_QOS_SET:
        return step == PREFETCH;
    case WIRE_CONSUMING:
        return step == CONSUME;
    default:
        return true;
    }
}

static void on_event(void *user, const struct wire_event *event)
{
    struct amqp *amqp = user;
    struct consume *consume = &amqp->consume;
    if (!is_in_turn(consume, event->kind)) {
        broker_fail(consume->broker, "it says what was not asked for");
        return;
    }
    switch (event->kind) {
    case WIRE_DELIVERED:
    case WIRE_GOT:
        consume->what = event->kind == WIRE_GOT ? BOOKS : ARTICLE;
        consume->tag = event->tag;
        break;
    case WIRE_HEADER:
        begin_body(amqp, event);
        break;
    case WIRE_BODY:
        add_body(amqp, event->text);
        break;
    case WIRE_DECLARED:
        take_declared(amqp, event);
        break;
    case WIRE_EMPTY: /* there are no books: it is a new queue, or they were lost */
        settle_begin(amqp, SLICE_NULL, consume->depth);
        consume->known = true;
        take_step(amqp);
        break;
    case WIRE_QOS_SET:
    case WIRE_CONSUMING:
        take_step(amqp);
        break;
    case WIRE_CANCEL_OK:
        if (consume->step == CANCEL)
            consume->step = IDLE;
        break;
    case WIRE_CANCELLED:
        broker_fail(consume->broker, "the queue is gone; it is made again");
        break;
    default:
        break;
    }
}

static void on_lost(void *user)
{
    struct amqp *amqp = user;
    struct consume *consume = &amqp->consume;
    int64_t now = loop_now_ms(amqp->loop);
    if (broker_refusal(consume->broker) == WIRE_LOCKED && consume->locked_ms == 0)
        consume->locked_ms = now > 0 ? now : 1;
    consume->ready = false;
    consume->what = NO_MESSAGE;
    free(consume->body);
    consume->body = NULL;
}

void consume_pace(struct amqp *amqp)
{
    struct consume *consume = &amqp->consume;
    size_t held = deliveries_bytes(consume->deliveries);
    bool crowded = publish_is_crowded(amqp);
    if (held > consume->held_max && consume->step == READY) {
        consume->step = CANCEL;
        ask(amqp);
    }
    if (held > 2 * consume->held_max || crowded)
        broker_pause(consume->broker, true);
    else if (held <= consume->held_max)
        broker_pause(consume->broker, false);
}

static void say_moved(struct consume *consume)
{
    if (consume->moved != consume->moved_said)
        log_info("articles that had come out of the backlog before are put in anew, so that no "
                 "limit of deliveries drops them",
                 log_int("articles", (int64_t)(consume->moved - consume->moved_said)));
    consume->moved_said = consume->moved;
}

/* A prefetch is a count, and memory is bytes: when articles have become twice as long or short, the
 * consumer makes place for one with another prefetch. What the old one was given stays ours. */
static void adapt(struct amqp *amqp)
{
    struct consume *consume = &amqp->consume;
    uint32_t fits = fitting(amqp);
    if (consume->step == READY && consume->asked_ms == 0 &&
        (fits / 2 > consume->prefetch || fits < consume->prefetch / 2)) {
        consume->step = CANCEL;
        ask(amqp);
    } else if (consume->step == IDLE && consume->asked_ms == 0 && next_prefetch(amqp) > 0 &&
               deliveries_bytes(consume->deliveries) <= consume->held_max / 2) {
        consume->prefetch = next_prefetch(amqp);
        consume->step = PREFETCH;
        ask(amqp);
    }
    broker_flush(consume->broker);
}

void consume_look(struct amqp *amqp)
{
    struct consume *consume = &amqp->consume;
    int64_t now = loop_now_ms(amqp->loop);
    bool full =
        deliveries_bytes(consume->deliveries) > consume->held_max || publish_is_crowded(amqp);
    say_moved(consume);
    if (consume->ready && consume->alone_ms != 0 && now - consume->alone_ms > ALONE_MS) {
        broker_fail(consume->broker, "the lock is tried again");
        return;
    }
    if (consume->ready)
        adapt(amqp);
    if (!consume->ready || full ||
        (consume->step != READY && consume->step != IDLE)) /* not read, it cannot answer */
        return;
    if (consume->asked_ms == 0) {
        consume->asked_ms = now > 0 ? now : 1;
        wire_put_declare(broker_out(consume->broker), amqp->uri.queue, WIRE_LOOK);
        broker_flush(consume->broker);
    } else if (now - consume->asked_ms > STUCK_MS) {
        broker_fail(consume->broker, "it has not said for 8 s how long the queue is");
    }
}

enum status consume_open(struct amqp *amqp, uint32_t prefetch, struct fault *fault)
{
    struct consume *consume = &amqp->consume;
    const struct broker_options options = {
        .loop = amqp->loop,
        .uri = &amqp->uri,
        .trust = amqp->trust,
        .name = "consumes",
        .out_bytes = OUT_BYTES,
        .opened = on_opened,
        .event = on_event,
        .lost = on_lost,
        .user = amqp,
    };
    consume->deliveries = deliveries_new(prefetch);
    if (!consume->deliveries)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the backlog");
    return broker_new(&options, &consume->broker, fault);
}

void consume_close(struct amqp *amqp)
{
    struct consume *consume = &amqp->consume;
    broker_free(consume->broker);
    free(consume->body);
    deliveries_free(consume->deliveries);
}
