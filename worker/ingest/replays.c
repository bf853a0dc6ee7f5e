/* Articles that come again: replays of what is stored and retries of dead letters, through the work
 * socket. In the backlog like any article, in the low lane, and answered when they are durable.
 *
 * No more of them than a part of the window are in flight: who sends more is told to come again, so
 * that a replay of everything is paced by what the workers do, and the backlog is left to those who
 * push. */
#include <stdlib.h>

#include "common/log.h"
#include "proto/envelope.h"
#include "proto/limits.h"
#include "proto/link.h"
#include "worker/ingest/ingest_state.h"
#include "worker/ingest/trail.h"

#define WAITING_MAX     512 /* answers that wait for their article to be durable */
#define RECEIVED_MAX_MS INT64_C(253402300799999) /* the year 9999 */
#define RETRY_AFTER_MS  100
#define ARENA_BYTES     ((size_t)1 << 20)

struct waiting {
    struct bus_message route;
    uint64_t tag;
    bool ok;
    uint64_t ticket; /* durable when the backlog is that far */
    size_t article_bytes;
    struct uuid article;
    struct fault fault;
};

struct replays {
    struct waiting waiting[WAITING_MAX];
    size_t waiting_count;
    uint32_t in_flight, in_flight_max;
    struct arena *arena;
    struct pack_reader reader;
    struct buffer envelope, header, reply;
};

static const struct uuid no_uuid;

/* What storage could not keep, not even as a dead letter, must not get into the backlog. */
static bool is_whole(const struct envelope *envelope)
{
    return !uuid_equal(&envelope->key, &no_uuid) && !uuid_equal(&envelope->article, &no_uuid) &&
           !uuid_equal(&envelope->content, &no_uuid) && envelope->received_ms >= 0 &&
           envelope->received_ms <= RECEIVED_MAX_MS && !envelope->refused_code.data;
}

/* Envelope and article as they go into the backlog. */
static enum status accept_again(struct ingest *ingest, const struct bus_message *message,
                                struct waiting *waiting)
{
    struct replays *replays = ingest->replays;
    struct envelope envelope;
    struct slice article = bus_message_frame(message, 4);
    struct fault *fault = &waiting->fault;
    enum status status = envelope_decode(bus_message_frame(message, 3), &replays->reader, &envelope,
                                         replays->arena, fault);
    if (status != STATUS_OK)
        return status;
    if (!is_whole(&envelope) || article.len > LIMIT_MESSAGE_BYTES)
        return fault_set(fault, STATUS_REJECT, "bad-replay",
                         "A replay wants the whole envelope of an article: key, article, content "
                         "and received.");
    if (ingest->stopping || ingest_overloaded(ingest) ||
        replays->in_flight >= replays->in_flight_max)
        return fault_set(fault, STATUS_RETRY, "overloaded",
                         "Enough is in flight; send the article again later.");
    envelope.lane = SLICE_LITERAL(ENVELOPE_LANE_LOW);
    if (envelope.replay == ENVELOPE_NEW)
        envelope.replay = ENVELOPE_REPLAY;
    waiting->article = envelope.article;
    waiting->article_bytes = article.len;
    buffer_clear(&replays->envelope);
    envelope_encode(&envelope, &replays->envelope);
    if (buffer_failed(&replays->envelope))
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for a replay");
    status = ingest->backlog.verbs->append(ingest->backlog.self, buffer_slice(&replays->envelope),
                                           article, fault);
    waiting->ticket = ingest->backlog.verbs->appended(ingest->backlog.self);
    if (status == STATUS_OK)
        trail_accepted(&envelope, NULL, article.len, false);
    return status;
}

void replays_take(struct ingest *ingest, const struct bus_message *message)
{
    struct replays *replays = ingest->replays;
    struct link_replay header;
    /* Unanswered, it is sent again. */
    if (replays->waiting_count == WAITING_MAX)
        return;
    struct waiting *waiting = &replays->waiting[replays->waiting_count];
    arena_reset(replays->arena);
    if (message->count != 5 ||
        link_header(&link_replay_table, bus_message_frame(message, 2), &replays->reader, &header,
                    replays->arena, &waiting->fault) != STATUS_OK)
        return;
    bus_message_init(&waiting->route);
    if (bus_message_share(&waiting->route, &message->frames[0]) != STATUS_OK)
        return;
    waiting->tag = header.tag;
    waiting->ok = accept_again(ingest, message, waiting) == STATUS_OK;
    replays->in_flight += waiting->ok;
    replays->waiting_count++;
}

void replays_finished(struct ingest *ingest)
{
    /* Those of an earlier run were not counted here. */
    if (ingest->replays->in_flight > 0)
        ingest->replays->in_flight--;
}

static struct reply reply_of(const struct waiting *waiting)
{
    bool retry = waiting->fault.status != STATUS_REJECT;
    if (waiting->ok)
        return (struct reply){.ok = true, .article = waiting->article};
    return (struct reply){.error = slice_from(waiting->fault.code),
                          .message = slice_from(waiting->fault.message),
                          .retry = retry,
                          .retry_after_ms = retry ? RETRY_AFTER_MS : 0};
}

static void answer(struct ingest *ingest, struct waiting *waiting)
{
    struct replays *replays = ingest->replays;
    char signature[LINK_SIGNATURE_BYTES];
    const struct link_replay header = {waiting->tag};
    const struct reply reply = reply_of(waiting);
    struct bus_message *message = &waiting->route;
    link_signature(LINK_REPLAY, signature);
    buffer_clear(&replays->header);
    fields_pack(&link_replay_table, &header, &replays->header);
    buffer_clear(&replays->reply);
    reply_encode(&reply, &replays->reply);
    enum status status =
        buffer_failed(&replays->header) || buffer_failed(&replays->reply)
            ? STATUS_FATAL
            : bus_message_add(message, (struct slice){signature, sizeof signature});
    if (status == STATUS_OK)
        status = bus_message_add(message, buffer_slice(&replays->header));
    if (status == STATUS_OK)
        status = bus_message_add(message, buffer_slice(&replays->reply));
    if (status == STATUS_OK)
        status = bus_send(workers_socket(ingest), message);
    else
        bus_message_deinit(message);
    if (status != STATUS_OK)
        log_debug("an answer to a replay is lost");
}

/* What is durable is what the backlog could take. */
static void check_length(struct ingest *ingest, struct waiting *waiting)
{
    if (!waiting->ok ||
        ingest_check_length(ingest, waiting->article_bytes, &waiting->fault) == STATUS_OK)
        return;
    waiting->ok = false;
    replays_finished(ingest);
}

void replays_reply(struct ingest *ingest)
{
    struct replays *replays = ingest->replays;
    uint64_t durable = ingest->backlog.verbs->durable(ingest->backlog.self);
    size_t kept = 0;
    for (size_t i = 0; i < replays->waiting_count; i++) {
        if (!replays->waiting[i].ok || replays->waiting[i].ticket <= durable) {
            check_length(ingest, &replays->waiting[i]);
            answer(ingest, &replays->waiting[i]);
        } else {
            replays->waiting[kept++] = replays->waiting[i];
        }
    }
    replays->waiting_count = kept;
}

enum status replays_open(struct ingest *ingest, uint32_t in_flight_max, struct fault *fault)
{
    struct replays *replays = calloc(1, sizeof *replays);
    ingest->replays = replays;
    if (replays)
        replays->arena = arena_new(ARENA_BYTES);
    if (!replays || !replays->arena)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for replays");
    replays->in_flight_max = in_flight_max;
    pack_reader_init(&replays->reader);
    buffer_init(&replays->envelope, LIMIT_LINK_HEADER_BYTES);
    buffer_init(&replays->header, LIMIT_LINK_HEADER_BYTES);
    buffer_init(&replays->reply, LIMIT_LINK_HEADER_BYTES);
    return STATUS_OK;
}

void replays_close(struct ingest *ingest)
{
    struct replays *replays = ingest->replays;
    if (!replays)
        return;
    for (size_t i = 0; i < replays->waiting_count; i++)
        bus_message_deinit(&replays->waiting[i].route);
    pack_reader_deinit(&replays->reader);
    buffer_deinit(&replays->envelope);
    buffer_deinit(&replays->header);
    buffer_deinit(&replays->reply);
    arena_free(replays->arena);
    free(replays);
    ingest->replays = NULL;
}
