/* A ring of acknowledgements, in the order in which their articles were appended. */
#include "worker/ingest/replies.h"

#include <stdlib.h>

#include "common/clock.h"
#include "common/log.h"
#include "proto/limits.h"

/* A few group commits of what a producer may have in flight, or what a cluster confirms late. */
#define WAITING_MAX   8192
#define WAITING_FIRST 256 /* room for so many at first; it doubles */
#define READ_AHEAD    1   /* articles that are read and not added yet */
/* Then the producer hears "overloaded", and may send the article again. */
#define WAITING_MS 5000
/* An overloaded producer comes back after this, and half the backlog's slack must be free again. */
#define RETRY_AFTER_MS 500
#define LOG_EVERY_MS   1000

struct waiting {
    struct bus_message route;
    struct buffer bytes;
    uint64_t ticket; /* durable when the backlog is that far */
    size_t article_bytes;
    int64_t since_ms;
};

struct replies {
    struct waiting *ring; /* the oldest at `first`; their buffers are used again */
    size_t first, count, capacity;
    struct pack_reader reader; /* for an answer that becomes another one */
    struct arena *arena;
    struct buffer bytes; /* of an answer that waits for nothing */
    int64_t logged_ms, unread_logged_ms;
    uint64_t unlogged;
};

/* A ring twice as large, the oldest in front. False without memory. */
static bool make_room(struct replies *replies)
{
    size_t capacity = replies->capacity ? replies->capacity * 2 : WAITING_FIRST;
    struct waiting *ring = calloc(capacity, sizeof *ring);
    if (!ring)
        return false;
    for (size_t i = 0; i < replies->capacity; i++)
        ring[i] = replies->ring[(replies->first + i) % replies->capacity];
    for (size_t i = replies->capacity; i < capacity; i++)
        buffer_init(&ring[i].bytes, LIMIT_LINK_HEADER_BYTES);
    free(replies->ring);
    replies->ring = ring;
    replies->capacity = capacity;
    replies->first = 0;
    return true;
}

struct replies *replies_new(void)
{
    struct replies *replies = calloc(1, sizeof *replies);
    if (!replies)
        return NULL;
    pack_reader_init(&replies->reader);
    buffer_init(&replies->bytes, LIMIT_LINK_HEADER_BYTES);
    replies->arena = arena_new((size_t)4 * LIMIT_LINK_HEADER_BYTES);
    if (!replies->arena || !make_room(replies)) {
        replies_free(replies);
        return NULL;
    }
    return replies;
}

void replies_free(struct replies *replies)
{
    if (!replies)
        return;
    for (; replies->count > 0; replies->count--) {
        bus_message_deinit(&replies->ring[replies->first].route);
        replies->first = (replies->first + 1) % replies->capacity;
    }
    for (size_t i = 0; i < replies->capacity; i++)
        buffer_deinit(&replies->ring[i].bytes);
    free(replies->ring);
    buffer_deinit(&replies->bytes);
    pack_reader_deinit(&replies->reader);
    arena_free(replies->arena);
    free(replies);
}

bool replies_are_full(struct replies *replies)
{
    return replies->count + READ_AHEAD >= WAITING_MAX ||
           (replies->count + READ_AHEAD >= replies->capacity && !make_room(replies));
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
                       struct bus_message *route, const struct buffer *bytes)
{
    if (buffer_failed(bytes) || bus_message_add(route, buffer_slice(bytes)) != STATUS_OK)
        bus_message_deinit(route);
    else if (bus_send(socket, route) == STATUS_RETRY)
        log_unread(replies);
}

void replies_add(struct replies *replies, struct ingest *ingest, struct bus_socket *socket,
                 struct bus_message *route, const struct reply *reply, size_t article_bytes)
{
    if (!reply->ok) {
        buffer_clear(&replies->bytes);
        reply_encode(reply, &replies->bytes);
        send_bytes(replies, socket, route, &replies->bytes);
        return;
    }
    const struct backlog *backlog = &ingest->backlog;
    struct waiting *waiting =
        &replies->ring[(replies->first + replies->count++) % replies->capacity];
    waiting->route = *route;
    waiting->ticket = backlog->verbs->appended(backlog->self);
    waiting->article_bytes = article_bytes;
    waiting->since_ms = loop_now_ms(ingest->loop);
    buffer_clear(&waiting->bytes);
    reply_encode(reply, &waiting->bytes);
}

/* The acknowledgement becomes a refusal of the same id. */
static void turn_down(struct replies *replies, struct ingest *ingest, struct waiting *waiting,
                      const struct fault *why, bool retry)
{
    struct reply reply = {.ok = false};
    struct fault unread;
    arena_reset(replies->arena);
    if (reply_decode(buffer_slice(&waiting->bytes), &replies->reader, &reply, replies->arena,
                     &unread) != STATUS_OK)
        reply = (struct reply){.ok = false};
    reply_refuse(&reply, why, retry);
    buffer_clear(&replies->bytes);
    reply_encode(&reply, &replies->bytes);
    buffer_clear(&waiting->bytes);
    buffer_append_slice(&waiting->bytes, buffer_slice(&replies->bytes));
    ingest->refused++;
}

/* What is durable is what the backlog could take: for another article, refusal instead of reply. */
static void check_length(struct replies *replies, struct ingest *ingest, struct waiting *waiting)
{
    struct fault why;
    if (ingest_check_length(ingest, waiting->article_bytes, &why) == STATUS_OK)
        return;
    replies_log_refusal(replies, &why);
    turn_down(replies, ingest, waiting, &why, false);
}

void replies_send(struct replies *replies, struct ingest *ingest, struct bus_socket *socket)
{
    static const struct fault late = {.code = "overloaded",
                                      .message = "The backlog does not answer; send the article "
                                                 "again later."};
    uint64_t durable = ingest->backlog.verbs->durable(ingest->backlog.self);
    int64_t now = loop_now_ms(ingest->loop);
    while (replies->count > 0) {
        struct waiting *oldest = &replies->ring[replies->first];
        bool is_durable = oldest->ticket <= durable;
        if (!is_durable && now - oldest->since_ms < WAITING_MS)
            return;
        if (is_durable)
            check_length(replies, ingest, oldest);
        else
            turn_down(replies, ingest, oldest, &late, true);
        send_bytes(replies, socket, &oldest->route, &oldest->bytes);
        replies->first = (replies->first + 1) % replies->capacity;
        replies->count--;
    }
}
