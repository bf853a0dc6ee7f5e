/* Articles in: validate, stamp, into the backlog. */
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/fetch.h"
#include "common/log.h"
#include "proto/bundle.h"
#include "proto/envelope.h"
#include "proto/limits.h"
#include "worker/ingest/ingest_state.h"
#include "worker/ingest/pace.h"
#include "worker/ingest/replies.h"
#include "worker/ingest/trail.h"

/* One turn's group commit: enough to amortise the sync, little enough to answer soon. */
#define TURN_ARTICLES 512
#define TURN_BYTES    ((uint64_t)4 * 1024 * 1024)
/* Decoding an article: its tree of keys and the repaired strings; the body is not copied but for
 * its hash. */
#define ARENA_BYTES ((size_t)3 * LIMIT_MESSAGE_BYTES)
/* A frame over the limit is still read when it is near, so that its producer gets a sentence; far
 * beyond, libzmq cuts the connection. */
#define FRAME_BYTES_MAX ((int64_t)LIMIT_MESSAGE_BYTES * 3)
/* Messages of each producer that libzmq reads ahead. */
#define RECEIVE_QUEUE 256
/* Answers a producer may leave unread before it loses some: a hundred bytes each; those to bundles
 * have a bound of their own (replies.c). Far above any window, because libzmq counts what was read
 * only now and then. */
#define ANSWERS_QUEUED 65536

struct producers {
    struct bus_socket *push, *ingest;
    struct pace *pace; /* NULL: as fast as they like */
    uint32_t rate;
    struct uuid_source keys;
    struct arena *arena;
    struct pack_reader reader;
    struct buffer envelope;
    struct replies *replies;
    bool told_to_wait; /* the log says so */
    bool push_paused, ingest_paused;
    struct bus_message kept; /* unacknowledged, and there was no room for it; empty: none */
};

/* ---- one article ---- */

/* Stamps an article and puts it into the backlog, or counts it as a copy. */
static enum status accept_article(struct ingest *ingest, struct slice bytes,
                                  const struct article *article, struct reply *reply)
{
    struct producers *producers = ingest->producers;
    const struct backlog *backlog = &ingest->backlog;
    struct envelope envelope = {.received_ms = clock_wall_ms()};
    envelope_name(&envelope, article, producers->arena);
    if (slice_is(article->lane, ENVELOPE_LANE_LOW))
        envelope.lane = article->lane;
    uint64_t identity = copies_identity(&ingest->copies, &envelope.article);
    recent_fetch(ingest->recent, identity);
    uint64_t tag = copies_tag(&ingest->copies, identity, article);
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
        if (taps_watch_entrance(ingest))
            envelope_complete(&envelope, article, producers->arena);
        taps_accepted(ingest, &envelope, bytes, reply->duplicate);
    }
    return status;
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

/* For what the fault says. */
static void refuse(struct ingest *ingest, struct reply *reply, bool retry)
{
    if (!retry)
        replies_log_refusal(ingest->producers->replies, &ingest->fault);
    ingest->refused++;
    reply_refuse(reply, &ingest->fault, retry);
}

/* What becomes of an article, `bytes`, from the acknowledged socket. FATAL ends the process. */
static void judge(struct ingest *ingest, const struct bus_message *message, struct slice bytes,
                  struct reply *reply)
{
    struct producers *producers = ingest->producers;
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
    refuse(ingest, reply, status != STATUS_REJECT);
    if (too_fast)
        reply->retry_after_ms = pace_retry_after_ms(producers->pace);
}

/* ---- the acknowledged socket ---- */

/* True unless it is refused for good: then its sender is no stranger. */
static bool take_article(struct ingest *ingest, const struct bus_message *message,
                         struct slice bytes)
{
    struct producers *producers = ingest->producers;
    struct reply reply;
    arena_reset(producers->arena);
    judge(ingest, message, bytes, &reply);
    replies_put(producers->replies, &reply, bytes.len);
    return reply.ok || reply.retry;
}

/* Each has an answer of its own. */
static bool take_bundle(struct ingest *ingest, const struct bus_message *message,
                        const struct bundle *bundle)
{
    bool any = false;
    replies_begin(ingest->producers->replies, bundle->count);
    for (size_t i = 0; i < bundle->count; i++) {
        if (i + 1 < bundle->count)
            fetch_to_read(bundle->maps[i + 1].data, bundle->maps[i + 1].len);
        any |= take_article(ingest, message, bundle->maps[i]);
    }
    return any;
}

/* For a whole message; the fault says why. */
static bool refuse_message(struct ingest *ingest)
{
    struct reply reply = {.ok = false};
    refuse(ingest, &reply, false);
    replies_put(ingest->producers->replies, &reply, 0);
    return false;
}

/* All frames but the last say where the answer goes: a DEALER's routing id, a REQ's empty
 * delimiter, a client's tag. The last is an article, or a bundle of them. Returns how
 * many, and what is no bundle counts as one: a turn ends. */
static size_t take_request(struct ingest *ingest, const struct bus_message *message)
{
    struct producers *producers = ingest->producers;
    struct slice bytes = bus_message_frame(message, message->count - 1);
    struct reply_route route;
    struct bundle bundle = {.count = 0};
    bool heard;
    if (message->count < 2)
        return 1;
    replies_begin(producers->replies, 0);
    if (reply_route_of(message, &route, &ingest->fault) != STATUS_OK)
        heard = refuse_message(ingest);
    else if (!bundle_is(bytes))
        heard = take_article(ingest, message, bytes);
    else if (bundle_split(bytes, &bundle, &ingest->fault) == STATUS_OK)
        heard = take_bundle(ingest, message, &bundle);
    else
        heard = refuse_message(ingest);
    if (heard)
        gate_heard(ingest->gate, message);
    replies_add(producers->replies, ingest, producers->push, &route);
    return bundle.count > 0 ? bundle.count : 1;
}

/* What is not durable yet, being written and waiting for that, is as much as may be: more would not
 * stay in the buffers that the journal keeps. */
static bool is_turn_full(const struct ingest *ingest)
{
    return ingest->backlog.verbs->unsynced(ingest->backlog.self).bytes >= TURN_BYTES;
}

/* The bytes come from another core's cache, which takes longer than to look through them: those of
 * the next article are on their way while this one is taken. */
static void fetch_bytes(const struct bus_message *message)
{
    struct slice bytes = bus_message_frame(message, message->count - 1);
    fetch_to_read(bytes.data, bytes.len);
}

static bool next_request(struct ingest *ingest, struct bus_message *message)
{
    struct producers *producers = ingest->producers;
    if (replies_are_full(producers->replies) || is_turn_full(ingest) ||
        bus_receive(producers->push, message) != STATUS_OK)
        return false;
    fetch_bytes(message);
    return true;
}

/* One is read ahead, and taken in whatever the one before it filled. */
static void on_push(void *user)
{
    struct ingest *ingest = user;
    struct bus_message message, next;
    bool more = next_request(ingest, &next);
    for (size_t taken = 0; more;) {
        message = next;
        more = taken + 1 < TURN_ARTICLES && next_request(ingest, &next);
        taken += take_request(ingest, &message);
        bus_message_deinit(&message);
    }
}

void producers_reply(struct ingest *ingest)
{
    replies_send(ingest->producers->replies, ingest, ingest->producers->push);
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
            replies_log_refusal(producers->replies,
                                &ingest->fault); /* too long for a dead letter, too */
    } else if (status == STATUS_REJECT && bytes.len <= LIMIT_MESSAGE_BYTES) {
        replies_log_refusal(producers->replies, &why);
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
         i < TURN_ARTICLES && !is_turn_full(ingest) && next_unacknowledged(ingest, &message); i++) {
        if (message.count != 1) {
            ingest->refused++;
        } else if (!take_unacknowledged(ingest, &message)) {
            ingest->producers->kept = message; /* read, and nobody will send it again */
            return;
        }
        bus_message_deinit(&message);
    }
}

static void pause_socket(struct ingest *ingest, const struct bus_socket *socket, bool *paused,
                         bool pause)
{
    if (pause != *paused)
        loop_pause_socket(ingest->loop, socket, pause);
    *paused = pause;
}

static void log_pace(struct ingest *ingest, bool wait)
{
    const char *refuses = ingest->backlog.verbs->refuses(ingest->backlog.self);
    if (wait == ingest->producers->told_to_wait)
        return;
    ingest->producers->told_to_wait = wait;
    if (wait && !ingest->stopping)
        log_warn("producers are told to wait", log_text("disk", watermark_name(ingest->disk.level)),
                 log_text("backlog", watermark_name(ingest->room.level)),
                 log_text("why", refuses ? refuses : "it is full"));
    else if (!wait)
        log_info("producers may go on");
}

/* Nobody is read who could not be taken in: with too much that is not durable, or no room for
 * replies, the end of a write wakes the loop. */
void producers_pace(struct ingest *ingest)
{
    struct producers *producers = ingest->producers;
    bool wait = ingest->stopping || ingest_overloaded(ingest), full = is_turn_full(ingest);
    pause_socket(ingest, producers->push, &producers->push_paused,
                 full || replies_are_full(producers->replies));
    if (!wait && !full && producers->kept.count > 0)
        on_ingest(ingest);
    pause_socket(ingest, producers->ingest, &producers->ingest_paused, wait || full);
    log_pace(ingest, wait);
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
        producers->replies = replies_new();
        producers->rate = options->rate;
        producers->pace = options->rate ? pace_new(options->rate) : NULL;
    }
    if (!producers || !producers->arena || !producers->replies ||
        (options->rate && !producers->pace))
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the sockets");
    pack_reader_init(&producers->reader);
    buffer_init(&producers->envelope, LIMIT_LINK_HEADER_BYTES);
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
    replies_free(producers->replies);
    pace_free(producers->pace);
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
