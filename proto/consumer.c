/* The worker's end of the link: what comes from ingest, and what is answered. */
#include "proto/consumer.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/utf8.h"
#include "proto/consumer_state.h"
#include "proto/limits.h"

#define TICK_MS           100 /* how late a beat, a retry or a reconnect may be */
#define RECEIVES_PER_TURN 64
#define ARENA_BYTES       ((size_t)1024 * 1024)

/* ---- beats ---- */

static void beat_if_due(struct peer *peer, int64_t now)
{
    if (!peer->said_hello || (peer->epoch == 0 && now - peer->said_ms >= peer->heartbeat_ms))
        consumer_say_hello(peer);
    else if (peer->epoch && now - peer->said_ms >= peer->heartbeat_ms)
        consumer_say_beat(peer);
}

void consumer_beat(struct consumer *consumer)
{
    int64_t now = clock_steady_ms();
    for (size_t i = 0; i < consumer->peer_count; i++)
        if (consumer->peers[i]->socket)
            beat_if_due(consumer->peers[i], now);
}

static void tick(void *user)
{
    struct consumer *consumer = user;
    consumer_peers_tick(consumer, clock_steady_ms());
    consumer_beat(consumer);
}

/* ---- receiving ---- */

static enum status read_header(struct peer *peer, const struct field_table *table,
                               const struct bus_message *message, void *header)
{
    struct consumer *consumer = peer->consumer;
    struct fault fault;
    arena_reset(consumer->arena);
    enum status status = link_header(table, bus_message_frame(message, 1), &consumer->reader,
                                     header, consumer->arena, &fault);
    if (status != STATUS_OK)
        log_warn("a message of ingest is damaged and was dropped",
                 log_text("endpoint", peer->endpoint), log_text("why", fault.message));
    return status;
}

static void take_welcome(struct peer *peer, const struct bus_message *message)
{
    struct link_welcome welcome;
    if (read_header(peer, &link_welcome_table, message, &welcome) != STATUS_OK)
        return;
    if (peer->epoch && peer->epoch != welcome.epoch)
        consumer_forget_leases(peer);
    if (peer->epoch == 0)
        log_info("connected to ingest", log_slice("node", welcome.node),
                 log_text("endpoint", peer->endpoint));
    peer->epoch = welcome.epoch;
    if (welcome.heartbeat_ms)
        peer->heartbeat_ms = welcome.heartbeat_ms;
    if (welcome.silence_ms)
        peer->silence_ms = welcome.silence_ms;
}

/* Takes the frames out of `message`. */
static struct consumer_delivery *delivery_new(const struct peer *peer,
                                              const struct link_deliver *header,
                                              struct bus_message *message)
{
    struct consumer_delivery *delivery = calloc(1, sizeof *delivery);
    if (!delivery)
        return NULL;
    delivery->message = *message;
    message->count = 0;
    while (peer->consumer->peers[delivery->peer] != peer)
        delivery->peer++;
    delivery->connection = peer->connection;
    delivery->epoch = header->epoch;
    delivery->lease = header->lease;
    delivery->attempt = header->attempt;
    delivery->solo = header->solo;
    delivery->dead = header->dead_code.data != NULL;
    delivery->header = bus_message_frame(&delivery->message, 1);
    delivery->envelope = bus_message_frame(&delivery->message, 2);
    delivery->article = bus_message_frame(&delivery->message, 3);
    if (!delivery->dead && delivery->message.count > 4)
        delivery->result = bus_message_frame(&delivery->message, 4);
    delivery->bytes =
        (int64_t)(delivery->envelope.len + delivery->article.len + delivery->result.len);
    return delivery;
}

static void refuse_unheld(struct peer *peer, const struct link_deliver *header, const char *code,
                          const char *message)
{
    struct link_refuse refuse = {.epoch = header->epoch,
                                 .lease = header->lease,
                                 .attempt = header->attempt,
                                 .retry = true,
                                 .stage = SLICE_LITERAL(LINK_STAGE),
                                 .code = slice_from(code),
                                 .message = slice_from(message)};
    consumer_answer(peer, LINK_REFUSE, &link_refuse_table, &refuse, SLICE_NULL);
}

static void take_delivery(struct peer *peer, struct bus_message *message)
{
    struct link_deliver header;
    if (message->count < 4 || read_header(peer, &link_deliver_table, message, &header) != STATUS_OK)
        return;
    if (peer->epoch == 0 || header.epoch != peer->epoch) {
        peer->consumer->stale++;
        return;
    }
    if (peer->held >= peer->consumer->options.credit_messages) {
        refuse_unheld(peer, &header, "over-credit", "More was delivered than was granted.");
        return;
    }
    struct consumer_delivery *delivery = delivery_new(peer, &header, message);
    if (!delivery) {
        refuse_unheld(peer, &header, "out-of-memory", "The worker has no memory for a delivery.");
        return;
    }
    peer->held++;
    peer->held_bytes += delivery->bytes;
    peer->consumer->options.deliver(peer->consumer->options.user, delivery);
}

static void take_books(struct peer *peer, const struct bus_message *message)
{
    struct link_books books;
    const struct consumer_options *options = &peer->consumer->options;
    if (options->books && read_header(peer, &link_books_table, message, &books) == STATUS_OK)
        options->books(options->user, &books);
}

static void take_message(struct peer *peer, struct bus_message *message)
{
    const struct consumer_options *options = &peer->consumer->options;
    enum link_command command;
    struct fault fault;
    if (link_command_of(bus_message_frame(message, 0), &command, &fault) != STATUS_OK) {
        log_warn("a message at the link was dropped", log_text("endpoint", peer->endpoint),
                 log_text("why", fault.message));
        return;
    }
    peer->heard_ms = clock_steady_ms();
    peer->doubted = peer->told_trouble = false;
    trouble_forget(&peer->trouble);
    switch (command) {
    case LINK_WELCOME:
        take_welcome(peer, message);
        break;
    case LINK_DELIVER:
        take_delivery(peer, message);
        break;
    case LINK_WHO: /* ingest restarted, or had taken us for dead */
        consumer_forget_leases(peer);
        consumer_say_hello(peer);
        break;
    case LINK_QUIET:
        consumer_quiet(peer->consumer);
        break;
    case LINK_TERMINATE:
        if (options->terminate)
            options->terminate(options->user);
        break;
    case LINK_BOOKS:
        take_books(peer, message);
        break;
    case LINK_BEAT: /* having heard it is all */
    case LINK_STATUS:
    case LINK_REPLAY:
    case LINK_TAP:
    case LINK_HELLO: /* what only workers say */
    case LINK_DONE:
    case LINK_REFUSE:
    case LINK_BYE:
        break;
    }
}

void consumer_receive(void *user)
{
    struct peer *peer = user;
    struct bus_message message;
    consumer_unsent_retry(peer);
    for (int i = 0; i < RECEIVES_PER_TURN && bus_receive(peer->socket, &message) == STATUS_OK;
         i++) {
        take_message(peer, &message);
        bus_message_deinit(&message);
    }
}

/* ---- the life of a consumer ---- */

enum status consumer_new(struct bus *bus, struct loop *loop, const struct consumer_options *options,
                         struct consumer **out, struct fault *fault)
{
    struct consumer *consumer = calloc(1, sizeof *consumer);
    if (!consumer)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the link");
    consumer->bus = bus;
    consumer->loop = loop;
    consumer->options = *options;
    consumer->tick = -1;
    if (gethostname(consumer->host, sizeof consumer->host - 1) != 0)
        consumer->host[0] = '\0';
    pack_reader_init(&consumer->reader);
    buffer_init(&consumer->scratch, LIMIT_LINK_HEADER_BYTES);
    consumer->arena = arena_new(ARENA_BYTES);
    enum status status =
        consumer->arena ? consumer_peers_open(consumer, slice_from(options->endpoints), fault)
                        : fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the link");
    if (status != STATUS_OK) {
        consumer_free(consumer);
        return status;
    }
    consumer->options.endpoints = NULL; /* borrowed for the call only */
    consumer->tick = loop_every(loop, TICK_MS, tick, consumer);
    *out = consumer;
    return STATUS_OK;
}

void consumer_free(struct consumer *consumer)
{
    if (!consumer)
        return;
    consumer_flush(consumer);
    consumer_peers_close(consumer);
    if (consumer->tick >= 0)
        loop_cancel(consumer->loop, consumer->tick);
    arena_free(consumer->arena);
    pack_reader_deinit(&consumer->reader);
    buffer_deinit(&consumer->scratch);
    free(consumer);
}

void consumer_quiet(struct consumer *consumer)
{
    consumer->quiet = true;
    for (size_t i = 0; i < consumer->peer_count; i++)
        if (consumer->peers[i]->socket)
            consumer_say_hello(consumer->peers[i]);
}

bool consumer_is_quiet(const struct consumer *consumer)
{
    return consumer->quiet;
}

/* ---- answers ---- */

void consumer_delivery_free(struct consumer_delivery *delivery)
{
    if (!delivery)
        return;
    bus_message_deinit(&delivery->message);
    free(delivery);
}

/* The peer to answer, with the lease no longer counted; NULL when ingest has forgotten the lease.
 */
static struct peer *release(struct consumer *consumer, const struct consumer_delivery *delivery)
{
    struct peer *peer = consumer->peers[delivery->peer];
    if (delivery->connection == peer->connection) {
        peer->held--;
        peer->held_bytes -= delivery->bytes;
        return peer;
    }
    consumer->stale++;
    peer->held_stale--;
    peer->held_stale_bytes -= delivery->bytes;
    if (peer->held_stale == 0 && peer->socket)
        consumer_say_hello(peer); /* the whole window again */
    return NULL;
}

static void flush_peer(struct peer *peer)
{
    if (peer->outcome_count == 0)
        return;
    struct link_done done = {peer->epoch, {peer->outcomes, peer->outcome_count}};
    consumer_answer(peer, LINK_DONE, &link_done_table, &done, SLICE_NULL);
    peer->outcome_count = 0;
}

void consumer_done_result(struct consumer *consumer, const struct consumer_delivery *delivery,
                          struct slice result)
{
    struct peer *peer = release(consumer, delivery);
    if (!peer)
        return;
    struct link_outcome outcome = {delivery->lease, delivery->attempt, SLICE_LITERAL("analyzed")};
    struct link_done done = {delivery->epoch, {&outcome, 1}};
    consumer_answer(peer, LINK_DONE, &link_done_table, &done, result);
}

/* The outcome outlives the call until the flush, so the word is one of ours. */
static struct slice outcome_word(const char *outcome)
{
    static const struct slice words[] = {
        {"analyzed", 8}, {"stored", 6}, {"duplicate", 9}, {"dead", 4}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (slice_is(words[i], outcome))
            return words[i];
    assert(outcome == NULL); /* not a word the link knows: ours to mend */
    return SLICE_NULL;
}

void consumer_done(struct consumer *consumer, const struct consumer_delivery *delivery,
                   const char *outcome)
{
    struct peer *peer = release(consumer, delivery);
    if (!peer)
        return;
    if (peer->outcome_count == CONSUMER_OUTCOMES_MAX)
        flush_peer(peer);
    peer->outcomes[peer->outcome_count++] =
        (struct link_outcome){delivery->lease, delivery->attempt, outcome_word(outcome)};
}

void consumer_flush(struct consumer *consumer)
{
    for (size_t i = 0; i < consumer->peer_count; i++)
        flush_peer(consumer->peers[i]);
}

/* The header is refused whole when a string in it is not UTF-8, and a message may have been cut. */
static struct slice clean_text(const char *text)
{
    struct slice slice = slice_from(text);
    return utf8_is_clean(slice) ? slice : SLICE_LITERAL("(the reason is not UTF-8)");
}

void consumer_refuse(struct consumer *consumer, const struct consumer_delivery *delivery,
                     const char *stage, const char *sqlstate, const struct fault *fault)
{
    struct peer *peer = release(consumer, delivery);
    if (!peer)
        return;
    struct link_refuse refuse = {.epoch = delivery->epoch,
                                 .lease = delivery->lease,
                                 .attempt = delivery->attempt,
                                 .retry = fault->status != STATUS_REJECT,
                                 .stage = clean_text(stage),
                                 .code = clean_text(fault->code),
                                 .sqlstate = clean_text(sqlstate),
                                 .message = clean_text(fault->message)};
    consumer_answer(peer, LINK_REFUSE, &link_refuse_table, &refuse, SLICE_NULL);
}

void consumer_working_on(struct consumer *consumer, const struct consumer_delivery *delivery)
{
    for (size_t i = 0; i < consumer->peer_count; i++)
        consumer->peers[i]->working_on = 0;
    if (!delivery)
        return;
    struct peer *peer = consumer->peers[delivery->peer];
    if (delivery->connection != peer->connection)
        return; /* that ingest has forgotten the lease */
    peer->working_on = delivery->lease;
    consumer_say_beat(peer);
}

bool consumer_connected(const struct consumer *consumer)
{
    for (size_t i = 0; i < consumer->peer_count; i++)
        if (consumer->peers[i]->epoch)
            return true;
    return false;
}

uint32_t consumer_outstanding(const struct consumer *consumer)
{
    uint32_t outstanding = 0;
    for (size_t i = 0; i < consumer->peer_count; i++)
        outstanding += consumer->peers[i]->held + consumer->peers[i]->held_stale;
    return outstanding;
}

uint64_t consumer_stale(const struct consumer *consumer)
{
    return consumer->stale;
}
