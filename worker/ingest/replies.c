/* A queue of acknowledgements, in the order in which their articles were appended. */
#include "worker/ingest/replies.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "common/byte_queue.h"
#include "common/clock.h"
#include "common/log.h"
#include "proto/bundle.h"

/* A few group commits of what a producer may have in flight, or what a cluster confirms late. */
#define WAITING_MAX   8192
#define WAITING_BYTES ((size_t)16 << 20)
#define READ_AHEAD    1 /* messages that are read and not added yet */
/* Of a reply, beside its article's id, each byte of which may have become a replacement character
 * of three: its other keys, and what a fault says. */
#define REPLY_BYTES ((size_t)3 * LIMIT_ID_BYTES + 512)
#define ENTRY_BYTES                                                                                \
    (sizeof(struct waiting) + LIMIT_ROUTE_BYTES + BUNDLE_HEAD_BYTES +                              \
     LIMIT_BUNDLE_ARTICLES * (sizeof(uint32_t) + REPLY_BYTES))
_Static_assert(BUNDLE_HEAD_BYTES + LIMIT_BUNDLE_ARTICLES * REPLY_BYTES <= LIMIT_LINK_HEADER_BYTES,
               "the answer to a bundle must fit where producers read it");
/* Then the producer hears "overloaded", and may send the article again. */
#define WAITING_MS 5000
/* An overloaded producer comes back after this, and half the backlog's slack must be free again. */
#define RETRY_AFTER_MS 500
#define LOG_EVERY_MS   1000

/* The bytes of answers to bundles that producers have not read: a queue counts messages, which may
 * be two thousand times as long as others here. Producers share a count when their routing ids say
 * so; what libzmq holds outlives its socket, so these outlive it, too. */
#define UNREAD_BYTES  ((size_t)16 << 20)
#define UNREAD_COUNTS 256
static atomic_size_t unread_bytes[UNREAD_COUNTS];

/* Behind it, the bytes of the frames that say where it goes, how many bytes each of its accepted
 * articles has, and its own. */
struct waiting {
    uint64_t ticket; /* durable when the backlog is that far */
    int64_t since_ms;
    uint32_t articles, longest_bytes, answer_bytes;
    uint32_t frame_count, frame_bytes[BUS_FRAMES_MAX];
};

/* The answer that is being made. */
struct answer {
    bool waits;
    uint32_t articles, longest_bytes;
    uint32_t article_bytes[LIMIT_BUNDLE_ARTICLES]; /* 0 of what is refused */
    struct buffer bytes;
};

struct replies {
    struct byte_queue waiting; /* the oldest first */
    size_t articles;
    uint64_t seed;
    struct answer answer;
    struct pack_reader reader; /* for an answer that becomes another one */
    struct arena *arena;
    struct buffer bytes; /* of that */
    int64_t logged_ms, unread_logged_ms;
    uint64_t unlogged;
};

struct replies *replies_new(void)
{
    struct replies *replies = calloc(1, sizeof *replies);
    if (!replies)
        return NULL;
    pack_reader_init(&replies->reader);
    byte_queue_init(&replies->waiting, WAITING_BYTES);
    randombytes_buf(&replies->seed, sizeof replies->seed);
    buffer_init(&replies->answer.bytes, LIMIT_LINK_HEADER_BYTES);
    buffer_init(&replies->bytes, LIMIT_LINK_HEADER_BYTES);
    replies->arena = arena_new((size_t)4 * LIMIT_LINK_HEADER_BYTES);
    if (!replies->arena) {
        replies_free(replies);
        return NULL;
    }
    return replies;
}

void replies_free(struct replies *replies)
{
    if (!replies)
        return;
    byte_queue_deinit(&replies->waiting);
    buffer_deinit(&replies->answer.bytes);
    buffer_deinit(&replies->bytes);
    pack_reader_deinit(&replies->reader);
    arena_free(replies->arena);
    free(replies);
}

bool replies_are_full(struct replies *replies)
{
    const size_t more = READ_AHEAD + 1;
    return replies->articles + more * LIMIT_BUNDLE_ARTICLES > WAITING_MAX ||
           !byte_queue_room(&replies->waiting, more * ENTRY_BYTES);
}

enum status reply_route_of(const struct bus_message *message, struct reply_route *route,
                           struct fault *fault)
{
    size_t len = 0;
    for (route->count = 0; route->count + 1 < message->count; route->count++) {
        route->frames[route->count] = bus_message_frame(message, route->count);
        len += route->frames[route->count].len;
    }
    if (len <= LIMIT_ROUTE_BYTES)
        return STATUS_OK;
    return fault_set(fault, STATUS_REJECT, "route-too-long",
                     "The frames before the article are longer than LIMIT_ROUTE_BYTES (%d bytes).",
                     LIMIT_ROUTE_BYTES);
}

void reply_refuse(struct reply *reply, const struct fault *fault, bool retry)
{
    *reply = (struct reply){.id = reply->id,
                            .error = slice_from(fault->code),
                            .message = slice_from(fault->message),
                            .retry = retry,
                            .retry_after_ms = retry ? RETRY_AFTER_MS : 0};
}

void replies_log_refusal(struct replies *replies, const struct fault *fault)
{
    int64_t now = clock_steady_ms();
    if (replies->logged_ms != 0 && now - replies->logged_ms < LOG_EVERY_MS) {
        replies->unlogged++;
        return;
    }
    log_warn("article refused", log_text("code", fault->code),
             log_int("not_logged", (int64_t)replies->unlogged));
    replies->logged_ms = now;
    replies->unlogged = 0;
}

/* It has sent more than a socket keeps answers for, without reading one: those are lost. */
static void log_unread(struct replies *replies)
{
    int64_t now = clock_steady_ms();
    if (replies->unread_logged_ms != 0 && now - replies->unread_logged_ms < LOG_EVERY_MS)
        return;
    replies->unread_logged_ms = now;
    log_warn("a producer does not read its answers, they are dropped");
}

/* REJECT: its producer has not read as many bytes as there may be. */
static enum status add_bundle(const struct replies *replies, struct bus_message *message,
                              struct slice bytes)
{
    struct slice producer = bus_message_frame(message, 0);
    atomic_size_t *unread =
        &unread_bytes[XXH3_64bits_withSeed(producer.data, producer.len, replies->seed) %
                      UNREAD_COUNTS];
    if (atomic_load_explicit(unread, memory_order_relaxed) > UNREAD_BYTES)
        return STATUS_REJECT;
    return bus_message_add_held(message, bytes, unread);
}

static void send_bytes(struct replies *replies, struct bus_socket *socket,
                       const struct reply_route *route, struct slice bytes)
{
    struct bus_message message;
    bus_message_init(&message);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < route->count && status == STATUS_OK; i++)
        status = bus_message_add(&message, route->frames[i]);
    if (status == STATUS_OK)
        status = bundle_is(bytes) ? add_bundle(replies, &message, bytes)
                                  : bus_message_add(&message, bytes);
    if (status == STATUS_OK)
        status = bus_send(socket, &message) == STATUS_RETRY ? STATUS_REJECT : STATUS_OK;
    else
        bus_message_deinit(&message);
    if (status == STATUS_REJECT)
        log_unread(replies);
}

void replies_begin(struct replies *replies, size_t bundle)
{
    struct answer *answer = &replies->answer;
    char head[BUNDLE_HEAD_BYTES];
    answer->waits = false;
    answer->articles = answer->longest_bytes = 0;
    buffer_clear(&answer->bytes);
    if (bundle == 0)
        return;
    bundle_head(bundle, head);
    buffer_append(&answer->bytes, head, sizeof head);
}

void replies_put(struct replies *replies, const struct reply *reply, size_t article_bytes)
{
    struct answer *answer = &replies->answer;
    const uint32_t bytes = reply->ok ? (uint32_t)article_bytes : 0;
    reply_encode(reply, &answer->bytes);
    answer->waits |= reply->ok;
    answer->article_bytes[answer->articles++] = bytes;
    if (answer->longest_bytes < bytes)
        answer->longest_bytes = bytes;
}

/* There is room for it: replies_are_full() was asked. */
static void keep(struct replies *replies, const struct ingest *ingest,
                 const struct reply_route *route)
{
    const struct backlog *backlog = &ingest->backlog;
    const struct answer *answer = &replies->answer;
    struct waiting waiting = {.ticket = backlog->verbs->appended(backlog->self),
                              .since_ms = loop_now_ms(ingest->loop),
                              .articles = answer->articles,
                              .longest_bytes = answer->longest_bytes,
                              .answer_bytes = (uint32_t)answer->bytes.len,
                              .frame_count = (uint32_t)route->count};
    struct buffer *end = byte_queue_room(&replies->waiting, ENTRY_BYTES);
    if (!end)
        return;
    size_t at = end->len;
    (void)buffer_extend(end, sizeof waiting);
    for (size_t i = 0; i < route->count; i++) {
        waiting.frame_bytes[i] = (uint32_t)route->frames[i].len;
        buffer_append_slice(end, route->frames[i]);
    }
    buffer_append(end, answer->article_bytes, answer->articles * sizeof *answer->article_bytes);
    buffer_append_slice(end, buffer_slice(&answer->bytes));
    memcpy(end->data + at, &waiting, sizeof waiting);
    replies->articles += answer->articles;
}

void replies_add(struct replies *replies, struct ingest *ingest, struct bus_socket *socket,
                 const struct reply_route *route)
{
    const struct answer *answer = &replies->answer;
    if (buffer_failed(&answer->bytes)) /* half an answer is none; its producer sends again */
        return;
    if (answer->waits)
        keep(replies, ingest, route);
    else
        send_bytes(replies, socket, route, buffer_slice(&answer->bytes));
}

/* A reply that has become a refusal of the same id; one that was a refusal stays as it is. */
static void turn_down(struct replies *replies, struct ingest *ingest, struct slice bytes,
                      const struct fault *why, bool retry)
{
    struct reply reply;
    struct fault unread;
    arena_reset(replies->arena);
    if (reply_decode(bytes, &replies->reader, &reply, replies->arena, &unread) != STATUS_OK)
        reply = (struct reply){.ok = true};
    if (!reply.ok) {
        buffer_append_slice(&replies->bytes, bytes);
        return;
    }
    reply_refuse(&reply, why, retry);
    reply_encode(&reply, &replies->bytes);
    ingest->refused++;
}

/* What is durable is what the backlog could take: for another article, refusal instead of reply. */
static void judge_length(struct replies *replies, struct ingest *ingest, size_t article_bytes,
                         struct slice bytes)
{
    struct fault why;
    if (ingest_check_length(ingest, article_bytes, &why) == STATUS_OK) {
        buffer_append_slice(&replies->bytes, bytes);
        return;
    }
    replies_log_refusal(replies, &why);
    turn_down(replies, ingest, bytes, &why, false);
}

/* The replies in it, one by one; `lengths` are uint32_t of each article. */
static struct slice judge_again(struct replies *replies, struct ingest *ingest, struct slice answer,
                                const char *lengths, bool is_durable)
{
    static const struct fault late = {.code = "overloaded",
                                      .message = "The backlog does not answer; send the article "
                                                 "again later."};
    struct bundle bundle;
    struct fault unread;
    if (!bundle_is(answer) || bundle_split(answer, &bundle, &unread) != STATUS_OK)
        bundle = (struct bundle){.count = 1, .maps = {answer}};
    else
        buffer_append(&replies->bytes, answer.data, BUNDLE_HEAD_BYTES);
    for (size_t i = 0; i < bundle.count; i++) {
        uint32_t article_bytes;
        memcpy(&article_bytes, lengths + i * sizeof article_bytes, sizeof article_bytes);
        if (is_durable)
            judge_length(replies, ingest, article_bytes, bundle.maps[i]);
        else
            turn_down(replies, ingest, bundle.maps[i], &late, true);
    }
    return buffer_slice(&replies->bytes);
}

/* Sends what the oldest has become, and takes it out. */
static void send_oldest(struct replies *replies, struct ingest *ingest, struct bus_socket *socket,
                        const struct waiting *waiting, bool is_durable)
{
    struct slice bytes = byte_queue_front(&replies->waiting);
    struct reply_route route = {.count = waiting->frame_count};
    struct fault unread;
    size_t at = sizeof *waiting;
    buffer_clear(&replies->bytes);
    for (size_t i = 0; i < route.count; at += waiting->frame_bytes[i++])
        route.frames[i] = slice_sub(bytes, at, at + waiting->frame_bytes[i]);
    const char *lengths = bytes.data + at;
    at += waiting->articles * sizeof(uint32_t);
    struct slice answer = slice_sub(bytes, at, at + waiting->answer_bytes);
    if (!is_durable || ingest_check_length(ingest, waiting->longest_bytes, &unread) != STATUS_OK)
        answer = judge_again(replies, ingest, answer, lengths, is_durable);
    if (!buffer_failed(&replies->bytes))
        send_bytes(replies, socket, &route, answer);
    byte_queue_take(&replies->waiting, at + waiting->answer_bytes);
    replies->articles -= waiting->articles;
}

void replies_send(struct replies *replies, struct ingest *ingest, struct bus_socket *socket)
{
    uint64_t durable = ingest->backlog.verbs->durable(ingest->backlog.self);
    int64_t now = loop_now_ms(ingest->loop);
    while (replies->articles > 0) {
        struct waiting oldest;
        memcpy(&oldest, byte_queue_front(&replies->waiting).data, sizeof oldest);
        bool is_durable = oldest.ticket <= durable;
        if (!is_durable && now - oldest.since_ms < WAITING_MS)
            return;
        send_oldest(replies, ingest, socket, &oldest, is_durable);
    }
}
