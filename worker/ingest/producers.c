/* Articles in: validate, stamp, into the backlog; and the replies, which wait until it is durable
 * there. */
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "proto/envelope.h"
#include "proto/limits.h"
#include "worker/ingest/ingest_state.h"
#include "worker/ingest/pace.h"
#include "worker/ingest/trail.h"

/* One turn's group commit: enough to amortise the sync, little enough to answer soon. */
#define TURN_MESSAGES 512
#define TURN_BYTES    ((uint64_t)8 * 1024 * 1024)
/* Decoding an article: its tree of keys and the repaired strings; the body is not copied but for
 * its hash. */
#define ARENA_BYTES ((size_t)3 * LIMIT_MESSAGE_BYTES)
/* An overloaded producer comes back after this, and half the backlog's slack must be free again. */
#define RETRY_AFTER_MS 500
#define LOG_EVERY_MS   1000
/* A frame over the limit is still read when it is near, so that its producer gets a sentence; far
 * beyond, libzmq cuts the connection. */
#define FRAME_BYTES_MAX ((int64_t)LIMIT_MESSAGE_BYTES * 3)
/* Articles of each producer that libzmq reads ahead. */
#define RECEIVE_QUEUE 256
/* Answers a producer may leave unread before it loses some: a hundred bytes each. Far above any
 * window, because libzmq counts what was read only now and then. */
#define ANSWERS_QUEUED 65536

/* Replies that wait for a backlog that takes its time; more are not read meanwhile. */
#define HELD_MAX 8192
/* Then the producer hears "overloaded", and may send the article again. */
#define HELD_MS 5000

/* A reply that waits for its article to be durable: where it goes, and its bytes; behind them those
 * of the reply in case that takes too long, where it can. */
struct waiting {
    struct bus_message route;
    struct buffer bytes;
    size_t late_at;  /* where those begin; 0: there are none */
    uint64_t ticket; /* durable when the backlog is that far */
    size_t article_bytes;
    int64_t since_ms;
};

struct producers {
    struct bus_socket *push, *ingest;
    struct pace *pace; /* NULL: as fast as they like */
    uint32_t rate;
    struct uuid_source keys;
    struct arena *arena;
    struct pack_reader reader;
    struct buffer envelope;
    struct waiting waiting[TURN_MESSAGES];
    size_t waiting_count;
    struct waiting *held; /* a ring of HELD_MAX, the oldest at held_first */
    size_t held_first, held_count;
    bool paused, push_paused;
    struct bus_message kept; /* unacknowledged, and there was no room for it; empty: none */
    int64_t logged_ms, unread_logged_ms;
    uint64_t unlogged;
};

/* ---- one article ---- */

/* Refusals come as fast as a stranger sends: a line a second says how many there were. */
static void log_refusal(struct producers *producers, const struct fault *fault)
{
    int64_t now = clock_steady_ms();
    if (producers->logged_ms != 0 && now - producers->logged_ms < LOG_EVERY_MS) {
        producers->unlogged++;
        return;
    }
    log_warn("article refused", log_text("code", fault->code),
             log_int("not_logged", (int64_t)producers->unlogged));
    producers->logged_ms = now;
    producers->unlogged = 0;
}

/* It has sent more than ANSWERS_QUEUED articles without reading an answer: its answers are lost. */
static void log_unread(struct producers *producers)
{
    int64_t now = clock_steady_ms();
    if (producers->unread_logged_ms != 0 && now - producers->unread_logged_ms < LOG_EVERY_MS)
        return;
    producers->unread_logged_ms = now;
    log_warn("a producer does not read its answers, they are dropped");
}

/* Stamps an article and puts it into the backlog, or counts it as a copy. */
static enum status accept_article(struct ingest *ingest, struct slice bytes,
                                  const struct article *article, struct reply *reply)
{
    struct producers *producers = ingest->producers;
    const struct backlog *backlog = &ingest->backlog;
    struct envelope envelope = {.received_ms = clock_wall_ms()};
    envelope_identify(&envelope, article, producers->arena);
    if (slice_is(article->lane, ENVELOPE_LANE_LOW))
        envelope.lane = article->lane;
    uint64_t tag = recent_tag(&envelope.article, &envelope.content);
    struct slice uuid = {(const char *)envelope.article.bytes, sizeof envelope.article.bytes};
    enum status status;
    status = ingest_check_length(ingest, bytes.len, &ingest->fault);
    reply->duplicate = status == STATUS_OK && recent_has(ingest->recent, tag);
    if (status != STATUS_OK) {
        reply->ok = false;
        return status;
    }
    if (reply->duplicate) {
        status = backlog->verbs->append_duplicate(backlog->self, uuid, &ingest->fault);
    } else {
        envelope.key = uuid_next(&producers->keys, envelope.received_ms);
        buffer_clear(&producers->envelope);
        envelope_encode(&envelope, &producers->envelope);
        status = buffer_failed(&producers->envelope)
                     ? fault_set(&ingest->fault, STATUS_FATAL, "out-of-memory", "no memory")
                     : backlog->verbs->append(backlog->self, buffer_slice(&producers->envelope),
                                              bytes, &ingest->fault);
        if (status == STATUS_OK)
            recent_add(ingest->recent, tag);
    }
    reply->ok = status == STATUS_OK;
    reply->article = envelope.article;
    if (reply->ok) {
        trail_accepted(&envelope, article, bytes.len, reply->duplicate);
        taps_accepted(ingest, &envelope, bytes, reply->duplicate);
    }
    return status;
}

static void refuse(struct reply *reply, const struct fault *fault, bool retry)
{
    *reply = (struct reply){.id = reply->id,
                            .error = slice_from(fault->code),
                            .message = slice_from(fault->message),
                            .retry = retry,
                            .retry_after_ms = retry ? RETRY_AFTER_MS : 0};
}

/* RETRY when its producer sends faster than each may. */
static enum status check_pace(struct ingest *ingest, const struct bus_message *message)
{
    const struct producers *producers = ingest->producers;
    const char *sender = producers->pace ? bus_message_sender(message) : NULL;
    if (!sender || pace_take(producers->pace, slice_from(sender), loop_now_ms(ingest->loop)))
        return STATUS_OK;
    return fault_set(&ingest->fault, STATUS_RETRY, "overloaded",
                     "This producer sends more than %u articles a second; send the article again "
                     "later.",
                     producers->rate);
}

/* What becomes of an article from the acknowledged socket. FATAL ends the process. */
static void judge(struct ingest *ingest, const struct bus_message *message, struct reply *reply)
{
    struct producers *producers = ingest->producers;
    struct slice bytes = bus_message_frame(message, message->count - 1);
    struct article article;
    *reply = (struct reply){.ok = false};
    enum status status =
        article_decode(bytes, &producers->reader, &article, producers->arena, &ingest->fault);
    reply->id = article.id;
    bool too_fast = false;
    if (status == STATUS_OK && (ingest->stopping || ingest_overloaded(ingest)))
        status = STATUS_RETRY;
    if (status == STATUS_OK) {
        status = check_pace(ingest, message);
        too_fast = status != STATUS_OK;
    }
    if (status == STATUS_OK)
        status = accept_article(ingest, bytes, &article, reply);
    if (status == STATUS_OK)
        return;
    if (status == STATUS_RETRY && !too_fast)
        (void)fault_set(&ingest->fault, STATUS_RETRY, "overloaded",
                        "The backlog is full; send the article again later.");
    if (status == STATUS_REJECT)
        log_refusal(producers, &ingest->fault);
    ingest->refused++;
    refuse(reply, &ingest->fault, status != STATUS_REJECT);
    if (too_fast)
        reply->retry_after_ms = pace_retry_after_ms(producers->pace);
}

/* ---- the acknowledged socket ---- */

/* All frames but the last say where the answer goes: a DEALER's routing id, a REQ's empty
 * delimiter, a client's tag. */
static enum status take_route(const struct bus_message *message, struct bus_message *route)
{
    bus_message_init(route);
    for (size_t i = 0; i + 1 < message->count; i++) {
        enum status status = bus_message_share(route, &message->frames[i]);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

/* The reply, and what it will be should its article not be durable in time. */
static void write_reply(const struct ingest *ingest, const struct reply *reply,
                        struct waiting *waiting)
{
    const struct backlog *backlog = &ingest->backlog;
    const struct fault late = {.code = "overloaded",
                               .message = "The backlog does not answer; send the article again "
                                          "later."};
    struct reply instead = {.id = reply->id};
    buffer_clear(&waiting->bytes);
    reply_encode(reply, &waiting->bytes);
    waiting->late_at = 0;
    waiting->ticket = reply->ok ? backlog->verbs->appended(backlog->self) : 0;
    waiting->since_ms = loop_now_ms(ingest->loop);
    if (!reply->ok || !backlog->verbs->lags)
        return;
    waiting->late_at = waiting->bytes.len;
    refuse(&instead, &late, true);
    reply_encode(&instead, &waiting->bytes);
}

static void take_request(struct ingest *ingest, const struct bus_message *message)
{
    struct producers *producers = ingest->producers;
    struct waiting *waiting = &producers->waiting[producers->waiting_count];
    struct reply reply;
    if (message->count < 2 || take_route(message, &waiting->route) != STATUS_OK)
        return;
    arena_reset(producers->arena);
    judge(ingest, message, &reply);
    if (reply.ok || reply.retry)
        gate_heard(ingest->gate, message);
    write_reply(ingest, &reply, waiting);
    waiting->article_bytes = bus_message_frame(message, message->count - 1).len;
    producers->waiting_count++;
}

/* What waits for the next sync is as much as one turn may bring. */
static bool is_turn_full(const struct ingest *ingest)
{
    return ingest->backlog.verbs->unsynced(ingest->backlog.self).bytes >= TURN_BYTES;
}

static void on_push(void *user)
{
    struct ingest *ingest = user;
    struct producers *producers = ingest->producers;
    struct bus_message message;
    while (producers->waiting_count < TURN_MESSAGES &&
           producers->held_count + producers->waiting_count < HELD_MAX && !is_turn_full(ingest) &&
           bus_receive(producers->push, &message) == STATUS_OK) {
        take_request(ingest, &message);
        bus_message_deinit(&message);
    }
}

/* What is durable is what the backlog could take: for another article, refusal instead of reply. */
static void turn_too_long(struct ingest *ingest, struct waiting *waiting)
{
    struct producers *producers = ingest->producers;
    struct reply reply = {.ok = false};
    struct fault why, unread;
    struct slice said = buffer_slice(&waiting->bytes);
    if (waiting->ticket == 0 ||
        ingest_check_length(ingest, waiting->article_bytes, &why) == STATUS_OK)
        return;
    arena_reset(producers->arena);
    if (waiting->late_at > 0)
        said.len = waiting->late_at;
    if (reply_decode(said, &producers->reader, &reply, producers->arena, &unread) != STATUS_OK)
        reply = (struct reply){.ok = false};
    refuse(&reply, &why, false);
    log_refusal(producers, &why);
    ingest->refused++;
    struct buffer bytes;
    buffer_init(&bytes, LIMIT_LINK_HEADER_BYTES);
    reply_encode(&reply, &bytes);
    buffer_deinit(&waiting->bytes);
    waiting->bytes = bytes;
    waiting->late_at = 0;
}

static void send_reply(struct producers *producers, struct waiting *waiting, bool late)
{
    struct slice bytes = buffer_slice(&waiting->bytes);
    if (late)
        bytes = slice_sub(bytes, waiting->late_at, bytes.len);
    else if (waiting->late_at > 0)
        bytes.len = waiting->late_at;
    if (buffer_failed(&waiting->bytes) || bus_message_add(&waiting->route, bytes) != STATUS_OK)
        bus_message_deinit(&waiting->route);
    else if (bus_send(producers->push, &waiting->route) == STATUS_RETRY)
        log_unread(producers);
}

/* The oldest first: what was appended later is not durable before. */
static void reply_to_held(struct ingest *ingest, uint64_t durable)
{
    struct producers *producers = ingest->producers;
    int64_t now = loop_now_ms(ingest->loop);
    while (producers->held_count > 0) {
        struct waiting *held = &producers->held[producers->held_first];
        bool late = held->ticket > durable;
        if (late && now - held->since_ms < HELD_MS)
            return;
        if (!late)
            turn_too_long(ingest, held);
        send_reply(producers, held, late);
        ingest->refused += late;
        buffer_deinit(&held->bytes);
        producers->held_first = (producers->held_first + 1) % HELD_MAX;
        producers->held_count--;
    }
}

static void hold(struct producers *producers, struct waiting *waiting)
{
    producers->held[(producers->held_first + producers->held_count++) % HELD_MAX] = *waiting;
    buffer_init(&waiting->bytes, LIMIT_LINK_HEADER_BYTES);
}

void producers_reply(struct ingest *ingest)
{
    struct producers *producers = ingest->producers;
    uint64_t durable = ingest->backlog.verbs->durable(ingest->backlog.self);
    reply_to_held(ingest, durable);
    for (size_t i = 0; i < producers->waiting_count; i++)
        if (producers->waiting[i].ticket <= durable) {
            turn_too_long(ingest, &producers->waiting[i]);
            send_reply(producers, &producers->waiting[i], false);
        } else {
            hold(producers, &producers->waiting[i]);
        }
    producers->waiting_count = 0;
}

bool producers_waiting(const struct ingest *ingest)
{
    return ingest->producers->waiting_count > 0;
}

/* ---- the unacknowledged socket ---- */

/* Nobody is told of a refusal here, so the bytes become a dead letter. */
static enum status append_refused(struct ingest *ingest, struct slice bytes,
                                  const struct fault *why)
{
    struct producers *producers = ingest->producers;
    struct slice parts[] = {SLICE_LITERAL("refused"), bytes};
    struct envelope envelope = {.received_ms = clock_wall_ms(),
                                .refused_code = slice_from(why->code),
                                .refused_message = slice_from(why->message)};
    envelope.key = uuid_next(&producers->keys, envelope.received_ms);
    envelope.article = envelope.content = uuid_hash(parts, 2);
    buffer_clear(&producers->envelope);
    envelope_encode(&envelope, &producers->envelope);
    const struct backlog *backlog = &ingest->backlog;
    enum status status = backlog->verbs->append(backlog->self, buffer_slice(&producers->envelope),
                                                bytes, &ingest->fault);
    if (status == STATUS_OK)
        trail_accepted(&envelope, NULL, bytes.len, false);
    return status;
}

/* False when there is no room for it now. */
static bool take_unacknowledged(struct ingest *ingest, const struct bus_message *message)
{
    struct producers *producers = ingest->producers;
    struct slice bytes = bus_message_frame(message, 0);
    struct article article;
    struct reply reply;
    struct fault why;
    arena_reset(producers->arena);
    enum status status =
        article_decode(bytes, &producers->reader, &article, producers->arena, &why);
    if (status == STATUS_OK) {
        gate_heard(ingest->gate, message);
        status = accept_article(ingest, bytes, &article, &reply);
        if (status == STATUS_REJECT)
            log_refusal(producers, &ingest->fault); /* too long for a dead letter, too */
    } else if (status == STATUS_REJECT && bytes.len <= LIMIT_MESSAGE_BYTES) {
        log_refusal(producers, &why);
        status = append_refused(ingest, bytes, &why);
    }
    if (status == STATUS_RETRY)
        return false;
    if (status != STATUS_OK)
        ingest->refused++;
    return true;
}

/* The next one: that which was kept, or from the socket. */
static bool next_unacknowledged(struct ingest *ingest, struct bus_message *message)
{
    struct producers *producers = ingest->producers;
    if (ingest->stopping || ingest_overloaded(ingest))
        return false;
    if (producers->kept.count == 0)
        return bus_receive(producers->ingest, message) == STATUS_OK;
    *message = producers->kept;
    bus_message_init(&producers->kept);
    return true;
}

static void on_ingest(void *user)
{
    struct ingest *ingest = user;
    struct bus_message message;
    for (int i = 0;
         i < TURN_MESSAGES && !is_turn_full(ingest) && next_unacknowledged(ingest, &message); i++) {
        if (message.count != 1) {
            ingest->refused++;
        } else if (!take_unacknowledged(ingest, &message)) {
            ingest->producers->kept = message; /* read, and nobody will send it again */
            return;
        }
        bus_message_deinit(&message);
    }
}

/* No room for more replies: whoever sends on is not read. */
static void pace_push(struct ingest *ingest)
{
    struct producers *producers = ingest->producers;
    bool pause = producers->held_count == HELD_MAX;
    if (pause != producers->push_paused)
        loop_pause_socket(ingest->loop, producers->push, pause);
    producers->push_paused = pause;
}

void producers_pace(struct ingest *ingest)
{
    struct producers *producers = ingest->producers;
    bool pause = ingest->stopping || ingest_overloaded(ingest);
    pace_push(ingest);
    if (!pause && producers->kept.count > 0)
        on_ingest(ingest);
    if (pause == producers->paused)
        return;
    producers->paused = pause;
    loop_pause_socket(ingest->loop, producers->ingest, pause);
    const char *refuses = ingest->backlog.verbs->refuses(ingest->backlog.self);
    if (pause && !ingest->stopping)
        log_warn("producers are told to wait", log_text("disk", watermark_name(ingest->disk.level)),
                 log_text("backlog", watermark_name(ingest->room.level)),
                 log_text("why", refuses ? refuses : "it is full"));
    else if (!pause)
        log_info("producers may go on");
}

/* ---- opening ---- */

static enum status bind_sockets(struct ingest *ingest, const struct producers_options *options,
                                struct fault *fault)
{
    struct producers *producers = ingest->producers;
    struct bus_options bus = {.high_water_messages = RECEIVE_QUEUE,
                              .message_bytes_max = FRAME_BYTES_MAX,
                              .linger_ms = 500};
    enum status status = bus_open(ingest->bus, BUS_ROUTER, bus, &producers->push, fault);
    if (status == STATUS_OK)
        status = bus_send_high_water(producers->push, ANSWERS_QUEUED, fault);
    if (status == STATUS_OK)
        status = gate_guard(ingest->gate, producers->push, GATE_PUSH, fault);
    if (status == STATUS_OK)
        status = bus_bind(producers->push, options->push, fault);
    if (status == STATUS_OK)
        status = bus_open(ingest->bus, BUS_PULL, bus, &producers->ingest, fault);
    if (status == STATUS_OK)
        status = gate_guard(ingest->gate, producers->ingest, GATE_INGEST, fault);
    if (status == STATUS_OK)
        status = bus_bind(producers->ingest, options->ingest, fault);
    return status;
}

enum status producers_open(struct ingest *ingest, const struct producers_options *options,
                           struct fault *fault)
{
    struct producers *producers = calloc(1, sizeof *producers);
    ingest->producers = producers;
    if (producers) {
        producers->arena = arena_new(ARENA_BYTES);
        producers->held = calloc(HELD_MAX, sizeof *producers->held);
        producers->rate = options->rate;
        producers->pace = options->rate ? pace_new(options->rate) : NULL;
    }
    if (!producers || !producers->arena || !producers->held || (options->rate && !producers->pace))
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the sockets");
    pack_reader_init(&producers->reader);
    buffer_init(&producers->envelope, LIMIT_LINK_HEADER_BYTES);
    for (size_t i = 0; i < TURN_MESSAGES; i++)
        buffer_init(&producers->waiting[i].bytes, LIMIT_LINK_HEADER_BYTES);
    enum status status = bind_sockets(ingest, options, fault);
    if (status != STATUS_OK)
        return status;
    loop_watch_socket(ingest->loop, producers->push, on_push, ingest);
    loop_watch_socket(ingest->loop, producers->ingest, on_ingest, ingest);
    return STATUS_OK;
}

void producers_close(struct ingest *ingest)
{
    struct producers *producers = ingest->producers;
    if (!producers)
        return;
    for (; producers->held && producers->held_count > 0; producers->held_count--) {
        struct waiting *held = &producers->held[producers->held_first];
        bus_message_deinit(&held->route);
        buffer_deinit(&held->bytes);
        producers->held_first = (producers->held_first + 1) % HELD_MAX;
    }
    free(producers->held);
    pace_free(producers->pace);
    for (size_t i = 0; i < producers->waiting_count; i++)
        bus_message_deinit(&producers->waiting[i].route);
    for (size_t i = 0; i < TURN_MESSAGES; i++)
        buffer_deinit(&producers->waiting[i].bytes);
    bus_message_deinit(&producers->kept);
    bus_close(&producers->push);
    bus_close(&producers->ingest);
    buffer_deinit(&producers->envelope);
    pack_reader_deinit(&producers->reader);
    arena_free(producers->arena);
    free(producers);
    ingest->producers = NULL;
}

const char *producers_push_endpoint(const struct ingest *ingest)
{
    return bus_endpoint(ingest->producers->push);
}

const char *producers_ingest_endpoint(const struct ingest *ingest)
{
    return bus_endpoint(ingest->producers->ingest);
}
