/* Articles into the queue: each is kept until the cluster has confirmed it. */
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "worker/ingest/amqp_limit.h"
#include "worker/ingest/backlog_amqp_state.h"
#include "worker/ingest/metrics.h"

#define UNSENT_BYTES ((size_t)32 << 20) /* that the socket has not taken */
#define OUT_BYTES    (3 * UNCONFIRMED_BYTES)
#define MOVE_BYTES   ((size_t)16 << 20) /* of articles that move, before no more come out */
#define STUCK_MS     8000               /* without a confirm: another node may be of more use */

static struct unconfirmed *at(struct publish *publish, uint32_t i)
{
    return &publish->ring[(publish->first + i) % RING];
}

struct unconfirmed *publish_find(struct amqp *amqp, uint64_t number)
{
    struct publish *publish = &amqp->publish;
    if (publish->count == 0 || number < at(publish, 0)->number ||
        number - at(publish, 0)->number >= publish->count)
        return NULL;
    return at(publish, (uint32_t)(number - at(publish, 0)->number));
}

/* ---- sending ---- */

static void send_article(struct amqp *amqp, struct unconfirmed *it)
{
    struct publish *publish = &amqp->publish;
    char id[AMQP_ID_TEXT];
    const struct slice record = {it->record, it->len};
    amqp_id_format(it->moved.run ? it->moved : (struct amqp_id){amqp->run, it->number}, id);
    publish->again += it->tag != 0;
    it->tag = publish->next_tag++;
    it->sent_ns = clock_steady_ns();
    wire_put_publish(broker_out(publish->broker), broker_wire(publish->broker), amqp->uri.queue,
                     slice_from(id), &record, 1);
}

bool publish_books(struct amqp *amqp, struct slice record, uint64_t *tag)
{
    struct publish *publish = &amqp->publish;
    if (!publish->ready || publish->blocked)
        return false;
    *tag = publish->next_tag++;
    wire_put_publish(broker_out(publish->broker), broker_wire(publish->broker), amqp->books_queue,
                     SLICE_LITERAL("books"), &record, 1);
    return true;
}

static bool has_room(const struct publish *publish, size_t len)
{
    uint32_t count = publish->count - publish->moves;
    return count < UNCONFIRMED_ARTICLES &&
           (count == 0 || publish->bytes - publish->move_bytes + len <= UNCONFIRMED_BYTES) &&
           broker_unsent(publish->broker) < UNSENT_BYTES;
}

static char *make_record(struct slice envelope, struct slice article)
{
    char *record = malloc(RECORD_HEAD + envelope.len + article.len);
    if (!record)
        return NULL;
    for (int i = 0; i < RECORD_HEAD; i++)
        record[i] = (char)(envelope.len >> (8 * i));
    memcpy(record + RECORD_HEAD, envelope.data, envelope.len);
    if (article.len > 0)
        memcpy(record + RECORD_HEAD + envelope.len, article.data, article.len);
    return record;
}

enum status publish_append(struct amqp *amqp, struct slice envelope, struct slice article,
                           struct fault *fault)
{
    struct publish *publish = &amqp->publish;
    size_t len = RECORD_HEAD + envelope.len + article.len;
    if (publish->limit != 0 && len > publish->limit)
        return fault_set(fault, STATUS_REJECT, "message-too-long",
                         "The article is longer than the backlog's cluster takes.");
    if (!has_room(publish, len))
        return fault_set(fault, STATUS_RETRY, "overloaded",
                         "the cluster has not confirmed what was sent before");
    char *record = make_record(envelope, article);
    if (!record)
        return fault_set(fault, STATUS_RETRY, "overloaded", "no memory for an article");
    struct unconfirmed *it = at(publish, publish->count++);
    *it = (struct unconfirmed){.number = publish->next_number++,
                               .ticket = ++amqp->appended,
                               .record = record,
                               .len = len,
                               .appended_ms = loop_now_ms(amqp->loop)};
    publish->bytes += len;
    amqp->fresh_bytes += len;
    if (publish->ready)
        send_article(amqp, it);
    return STATUS_OK;
}

/* ---- moving ---- */

bool publish_is_crowded(const struct amqp *amqp)
{
    const struct publish *publish = &amqp->publish;
    return !publish->blocked &&
           (publish->moves > MOVES_MAX / 4 || publish->move_bytes > MOVE_BYTES);
}

uint64_t publish_next_move(const struct amqp *amqp, size_t len)
{
    const struct publish *publish = &amqp->publish;
    bool fits = publish->limit == 0 || len <= publish->limit;
    return fits && !publish->blocked && publish->moves < MOVES_MAX ? publish->next_number : 0;
}

/* It has a number so that the ring's are without gaps; its id is the one that it had. */
void publish_move(struct amqp *amqp, struct amqp_id id, char *record, size_t len)
{
    struct publish *publish = &amqp->publish;
    struct unconfirmed *it = at(publish, publish->count++);
    *it = (struct unconfirmed){.number = publish->next_number++,
                               .ticket = amqp->appended + 1, /* those before are not held up */
                               .moved = id,
                               .record = record,
                               .len = len,
                               .appended_ms = loop_now_ms(amqp->loop),
                               .counted = true};
    publish->moves++;
    publish->bytes += len;
    publish->move_bytes += len;
    if (publish->ready)
        send_article(amqp, it);
    broker_flush(publish->broker);
}

/* ---- confirms ---- */

static void confirm(struct amqp *amqp, struct unconfirmed *it)
{
    if (it->moved.run != 0 && !it->confirmed)
        consume_moved(amqp, it->moved, it->number);
    it->confirmed = true;
    if (it->counted)
        return;
    it->counted = true;
    settle_count(amqp);
    amqp->unseen++;
}

/* Tags rise along the ring; 0 is for what was not sent yet, at its end. The first at or behind
 * `tag`. */
static uint32_t find_tag(struct publish *publish, uint64_t tag)
{
    uint32_t low = 0, high = publish->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        uint64_t there = at(publish, middle)->tag;
        if (there == 0 || there >= tag)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static void drop_confirmed(struct publish *publish)
{
    while (publish->count > 0 && at(publish, 0)->confirmed) {
        struct unconfirmed *it = at(publish, 0);
        publish->bytes -= it->len;
        publish->moves -= it->moved.run != 0;
        publish->move_bytes -= it->moved.run != 0 ? it->len : 0;
        free(it->record);
        *it = (struct unconfirmed){0};
        publish->first = (publish->first + 1) % RING;
        publish->count--;
    }
}

static void take_confirm(struct amqp *amqp, const struct wire_event *event)
{
    struct publish *publish = &amqp->publish;
    uint32_t found = find_tag(publish, event->tag), moves = publish->moves;
    bool exact = found < publish->count && at(publish, found)->tag == event->tag;
    uint32_t to = found + exact;
    if (to > 0 && (exact || event->multiple))
        metrics_observe(amqp->metrics, INGEST_SYNC, 0,
                        (uint64_t)(clock_steady_ns() - at(publish, to - 1)->sent_ns));
    for (uint32_t i = event->multiple ? 0 : found; i < to; i++)
        confirm(amqp, at(publish, i));
    broker_good(publish->broker);
    publish->refused_ms = 0;
    drop_confirmed(publish);
    if (moves != publish->moves) {
        broker_flush(amqp->consume.broker);
        consume_pace(amqp);
    }
    settle_confirmed(amqp, event->tag, event->multiple);
}

/* ---- the connection ---- */

/* What must be there before articles are sent, each asked when the one before was answered. */
enum { DECLARE_QUEUE, DECLARE_BOOKS, SELECT_CONFIRMS, READY };

static void ask(struct amqp *amqp)
{
    struct publish *publish = &amqp->publish;
    struct buffer *out = broker_out(publish->broker);
    if (publish->step == DECLARE_QUEUE)
        wire_put_declare(out, amqp->uri.queue, WIRE_QUORUM);
    else if (publish->step == DECLARE_BOOKS)
        wire_put_declare(out, amqp->books_queue, WIRE_LATEST);
    else if (publish->step == SELECT_CONFIRMS)
        wire_put_confirm(out);
}

static void on_opened(void *user)
{
    struct amqp *amqp = user;
    amqp->publish.step = DECLARE_QUEUE;
    ask(amqp);
}

/* Everything that is unconfirmed is sent, again or for the first time. */
static void become_ready(struct amqp *amqp)
{
    struct publish *publish = &amqp->publish;
    publish->ready = true;
    publish->blocked = false;
    publish->next_tag = 1;
    for (uint32_t i = 0; i < publish->count; i++)
        if (at(publish, i)->confirmed)
            at(publish, i)->tag = publish->next_tag - 1; /* rising, see find_tag() */
        else
            send_article(amqp, at(publish, i));
    if (publish->count > 0)
        return;
    broker_good(publish->broker);
    publish->refused_ms = 0; /* the next one tells */
}

/* A queue that chooses another leader refuses for a moment, one that is at a limit of its policy
 * for long. A channel that was refused for want of a leader is refused for ever (RabbitMQ 3.10):
 * another one is made. */
static void take_refusal(struct amqp *amqp)
{
    struct publish *publish = &amqp->publish;
    int64_t now = loop_now_ms(amqp->loop);
    if (publish->refused_ms == 0)
        publish->refused_ms = now > 0 ? now : 1;
    broker_fail(publish->broker,
                "the queue refuses an article: it has no leader, or is at a limit");
}

static void on_event(void *user, const struct wire_event *event)
{
    struct amqp *amqp = user;
    struct publish *publish = &amqp->publish;
    static const enum wire_kind answers[] = {WIRE_DECLARED, WIRE_DECLARED, WIRE_CONFIRMING};
    if (publish->step < READY && event->kind == answers[publish->step]) {
        publish->step++;
        ask(amqp);
        if (publish->step == READY)
            become_ready(amqp);
    } else if (event->kind == WIRE_ACKED && publish->ready) {
        take_confirm(amqp, event);
    } else if (event->kind == WIRE_NACKED) {
        take_refusal(amqp);
    } else if (event->kind == WIRE_RETURNED) {
        broker_fail(publish->broker, "the queue is gone; it is made again");
    } else if (event->kind == WIRE_BLOCKED) {
        publish->blocked = true;
        consume_pace(amqp);
        log_warn("the backlog's cluster takes nothing for now",
                 log_text("node", broker_node(publish->broker)), log_slice("why", event->text));
    } else if (event->kind == WIRE_UNBLOCKED) {
        publish->blocked = false;
        log_info("the backlog's cluster goes on");
    }
}

/* ---- what the cluster finds too long ---- */

static size_t longest_unconfirmed(struct publish *publish)
{
    size_t longest = 0;
    for (uint32_t i = 0; i < publish->count; i++)
        if (!at(publish, i)->confirmed && at(publish, i)->len > longest)
            longest = at(publish, i)->len;
    return longest;
}

/* Its producer is refused (longest()); in the queue it is not, and in the books it never was. */
static void take_out(struct unconfirmed *it)
{
    it->confirmed = true;
    it->counted = true;
}

/* It has closed the channel over an article. Sent again, that one would end each connection after
 * this; who asks for the limit is told the cluster's, or what is certain of it. */
static void learn_limit(struct amqp *amqp)
{
    struct publish *publish = &amqp->publish;
    uint64_t limit, longest = longest_unconfirmed(publish);
    if (!amqp_limit_read(slice_from(broker_trouble(publish->broker)->message), &limit))
        limit = longest > 0 ? longest - 1 : 0;
    if (limit == 0)
        return;
    if (publish->limit == 0 || limit < publish->limit)
        publish->limit = limit;
    for (uint32_t i = 0; i < publish->count; i++)
        if (at(publish, i)->len > publish->limit)
            take_out(at(publish, i));
    drop_confirmed(publish);
    log_error(
        "the backlog's cluster takes no article as long as one that came; from now on such are "
        "refused: raise its max_message_size and start ingest again",
        log_int("bytes", (int64_t)longest), log_int("limit", (int64_t)publish->limit));
}

static void on_lost(void *user)
{
    struct amqp *amqp = user;
    if (amqp->publish.ready && broker_refusal(amqp->publish.broker) == WIRE_OTHERWISE)
        learn_limit(amqp);
    if (amqp->publish.ready)
        amqp->publish.lost_ms = loop_now_ms(amqp->loop);
    amqp->publish.ready = amqp->publish.blocked = false;
    settle_lost(amqp);
}

void publish_look(struct amqp *amqp)
{
    struct publish *publish = &amqp->publish;
    int64_t sent_ns = publish->count > 0 ? at(publish, 0)->sent_ns : 0;
    if (publish->ready && !publish->blocked && sent_ns > 0 &&
        clock_steady_ns() - sent_ns > STUCK_MS * INT64_C(1000000))
        broker_fail(publish->broker, "it has confirmed nothing for 8 s");
}

enum status publish_open(struct amqp *amqp, struct fault *fault)
{
    struct publish *publish = &amqp->publish;
    const struct broker_options options = {
        .loop = amqp->loop,
        .uri = &amqp->uri,
        .trust = amqp->trust,
        .name = "publishes",
        .out_bytes = OUT_BYTES,
        .opened = on_opened,
        .event = on_event,
        .lost = on_lost,
        .user = amqp,
    };
    publish->ring = calloc(RING, sizeof *publish->ring);
    publish->lost_ms = loop_now_ms(amqp->loop);
    publish->next_number = 1;
    if (!publish->ring)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the backlog");
    return broker_new(&options, &publish->broker, fault);
}

void publish_close(struct amqp *amqp)
{
    struct publish *publish = &amqp->publish;
    broker_free(publish->broker);
    for (uint32_t i = 0; publish->ring && i < publish->count; i++)
        free(at(publish, i)->record);
    free(publish->ring);
}
