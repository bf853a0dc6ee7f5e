/* A queue of acknowledgements, in the order in which their articles were appended. */
#include "worker/ingest/replies.h"

#include <stdlib.h>
#include <string.h>

#include "common/byte_queue.h"
#include "common/clock.h"
#include "common/log.h"
#include "proto/limits.h"

/* A few group commits of what a producer may have in flight, or what a cluster confirms late. */
#define WAITING_MAX   8192
#define WAITING_BYTES ((size_t)16 << 20)
#define READ_AHEAD    1 /* articles that are read and not added yet */
/* Of one that waits: an acknowledgement is its article's id, each byte of which may have become a
 * replacement character of three, and a little more. */
#define ENTRY_BYTES (sizeof(struct waiting) + LIMIT_ROUTE_BYTES + (size_t)3 * LIMIT_ID_BYTES + 256)
/* Then the producer hears "overloaded", and may send the article again. */
#define WAITING_MS 5000
/* An overloaded producer comes back after this, and half the backlog's slack must be free again. */
#define RETRY_AFTER_MS 500
#define LOG_EVERY_MS   1000

/* Behind it, the bytes of the frames that say where it goes, and its own. */
struct waiting {
    uint64_t ticket; /* durable when the backlog is that far */
    int64_t since_ms;
    uint32_t article_bytes, reply_bytes;
    uint32_t frame_count, frame_bytes[BUS_FRAMES_MAX];
};

struct replies {
    struct byte_queue waiting; /* the oldest first */
    size_t count;
    struct pack_reader reader; /* for an answer that becomes another one */
    struct arena *arena;
    struct buffer bytes; /* of an answer that waits for nothing */
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
    buffer_deinit(&replies->bytes);
    pack_reader_deinit(&replies->reader);
    arena_free(replies->arena);
    free(replies);
}

bool replies_are_full(struct replies *replies)
{
    const size_t more = READ_AHEAD + 1;
    return replies->count + more > WAITING_MAX ||
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

/* It has sent more articles than a socket keeps answers for, without reading one: those are lost.
 */
static void log_unread(struct replies *replies)
{
    int64_t now = clock_steady_ms();
    if (replies->unread_logged_ms != 0 && now - replies->unread_logged_ms < LOG_EVERY_MS)
        return;
    replies->unread_logged_ms = now;
    log_warn("a producer does not read its answers, they are dropped");
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
        status = bus_message_add(&message, bytes);
    if (status != STATUS_OK) {
        bus_message_deinit(&message);
        return;
    }
    if (bus_send(socket, &message) == STATUS_RETRY)
        log_unread(replies);
}

/* There is room for it: replies_are_full() was asked. */
static void keep(struct replies *replies, const struct ingest *ingest,
                 const struct reply_route *route, const struct reply *reply, size_t article_bytes)
{
    const struct backlog *backlog = &ingest->backlog;
    struct waiting waiting = {.ticket = backlog->verbs->appended(backlog->self),
                              .since_ms = loop_now_ms(ingest->loop),
                              .article_bytes = (uint32_t)article_bytes,
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
    size_t reply_at = end->len;
    reply_encode(reply, end);
    waiting.reply_bytes = (uint32_t)(end->len - reply_at);
    if (buffer_failed(end)) { /* half an entry is none; its producer sends the article again */
        end->len = at;
        return;
    }
    memcpy(end->data + at, &waiting, sizeof waiting);
    replies->count++;
}

void replies_add(struct replies *replies, struct ingest *ingest, struct bus_socket *socket,
                 const struct reply_route *route, const struct reply *reply, size_t article_bytes)
{
    if (reply->ok) {
        keep(replies, ingest, route, reply, article_bytes);
        return;
    }
    buffer_clear(&replies->bytes);
    reply_encode(reply, &replies->bytes);
    if (!buffer_failed(&replies->bytes))
        send_bytes(replies, socket, route, buffer_slice(&replies->bytes));
}

/* The acknowledgement becomes a refusal of the same id. */
static struct slice turn_down(struct replies *replies, struct ingest *ingest, struct slice bytes,
                              const struct fault *why, bool retry)
{
    struct reply reply = {.ok = false};
    struct fault unread;
    arena_reset(replies->arena);
    if (reply_decode(bytes, &replies->reader, &reply, replies->arena, &unread) != STATUS_OK)
        reply = (struct reply){.ok = false};
    reply_refuse(&reply, why, retry);
    buffer_clear(&replies->bytes);
    reply_encode(&reply, &replies->bytes);
    ingest->refused++;
    return buffer_slice(&replies->bytes);
}

/* What is durable is what the backlog could take: for another article, refusal instead of reply. */
static struct slice judge_length(struct replies *replies, struct ingest *ingest,
                                 const struct waiting *waiting, struct slice bytes)
{
    struct fault why;
    if (ingest_check_length(ingest, waiting->article_bytes, &why) == STATUS_OK)
        return bytes;
    replies_log_refusal(replies, &why);
    return turn_down(replies, ingest, bytes, &why, false);
}

/* Sends what the oldest has become, and takes it out. */
static void send_oldest(struct replies *replies, struct ingest *ingest, struct bus_socket *socket,
                        const struct waiting *waiting, bool is_durable)
{
    static const struct fault late = {.code = "overloaded",
                                      .message = "The backlog does not answer; send the article "
                                                 "again later."};
    struct slice bytes = byte_queue_front(&replies->waiting);
    struct reply_route route = {.count = waiting->frame_count};
    size_t at = sizeof *waiting;
    for (size_t i = 0; i < route.count; at += waiting->frame_bytes[i++])
        route.frames[i] = slice_sub(bytes, at, at + waiting->frame_bytes[i]);
    struct slice reply = slice_sub(bytes, at, at + waiting->reply_bytes);
    reply = is_durable ? judge_length(replies, ingest, waiting, reply)
                       : turn_down(replies, ingest, reply, &late, true);
    send_bytes(replies, socket, &route, reply);
    byte_queue_take(&replies->waiting, at + waiting->reply_bytes);
    replies->count--;
}

void replies_send(struct replies *replies, struct ingest *ingest, struct bus_socket *socket)
{
    uint64_t durable = ingest->backlog.verbs->durable(ingest->backlog.self);
    int64_t now = loop_now_ms(ingest->loop);
    while (replies->count > 0) {
        struct waiting oldest;
        memcpy(&oldest, byte_queue_front(&replies->waiting).data, sizeof oldest);
        bool is_durable = oldest.ticket <= durable;
        if (!is_durable && now - oldest.since_ms < WAITING_MS)
            return;
        send_oldest(replies, ingest, socket, &oldest, is_durable);
    }
}
