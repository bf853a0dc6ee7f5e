/* The worker's end of the link. */
#include "proto/consumer.h"

#include <stdlib.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "proto/limits.h"

#define PEERS_MAX          32
#define RECEIVES_PER_TURN  64
#define HEADER_ARENA_BYTES ((size_t)1 << 20)
/* Until ingest has said its own. */
#define HEARTBEAT_MS 1000
#define SILENCE_MS   5000

/* An answer libzmq would not take yet; bounded by the credit, as each ends a lease. */
struct unsent {
    struct unsent *next;
    struct bus_message message;
};

/* One ingest node. `generation` grows with every new connection: leases of an earlier one are
 * stale, ingest gives them to somebody else. */
struct peer {
    struct consumer *consumer;
    char endpoint[BUS_ENDPOINT_BYTES];
    struct bus_socket *socket;
    uint32_t generation;
    bool welcome, quiet;
    uint64_t epoch;
    int64_t heartbeat_ms, silence_ms, heard_ms, beat_ms;
    struct unsent *unsent, **unsent_tail;
    struct buffer batch; /* packed outcomes of consumer_done(), sent by consumer_flush() */
    uint32_t batch_count;
};

struct consumer {
    struct bus *bus;
    struct loop *loop;
    struct consumer_options options;
    char host[64];
    struct peer peers[PEERS_MAX];
    size_t peer_count;
    int timer;
    uint64_t working_on;
    uint32_t outstanding;
    bool quiet;
    struct arena *arena;
    struct pack_reader reader;
    struct buffer header;
};

/* A delivery remembers its connection beside what the worker sees. */
struct held {
    struct consumer_delivery delivery;
    uint32_t generation;
};

void consumer_delivery_free(struct consumer_delivery *delivery)
{
    if (!delivery)
        return;
    bus_message_deinit(&delivery->message);
    free(delivery);
}

/* ---- sending ---- */

static bool send_now(struct peer *peer, struct bus_message *message)
{
    /* bus_send() takes the message even when it fails: keep a share to try again with. */
    struct bus_message copy;
    bus_message_init(&copy);
    for (size_t i = 0; i < message->count; i++)
        if (bus_message_share(&copy, &message->frames[i]) != STATUS_OK)
            break;
    return bus_send(peer->socket, &copy) == STATUS_OK;
}

/* Sends or keeps; takes the message. */
static void send_or_keep(struct peer *peer, struct bus_message *message)
{
    if (!peer->unsent && send_now(peer, message)) {
        bus_message_deinit(message);
        return;
    }
    struct unsent *kept = malloc(sizeof *kept);
    if (!kept) {
        /* The lease runs out at ingest and comes again. */
        bus_message_deinit(message);
        return;
    }
    *kept = (struct unsent){NULL, *message};
    *peer->unsent_tail = kept;
    peer->unsent_tail = &kept->next;
}

static void send_kept(struct peer *peer)
{
    while (peer->unsent && send_now(peer, &peer->unsent->message)) {
        struct unsent *sent = peer->unsent;
        peer->unsent = sent->next;
        bus_message_deinit(&sent->message);
        free(sent);
    }
    if (!peer->unsent)
        peer->unsent_tail = &peer->unsent;
}

static void drop_kept(struct peer *peer)
{
    while (peer->unsent) {
        struct unsent *dropped = peer->unsent;
        peer->unsent = dropped->next;
        bus_message_deinit(&dropped->message);
        free(dropped);
    }
    peer->unsent_tail = &peer->unsent;
    buffer_clear(&peer->batch);
    peer->batch_count = 0;
}

static enum status begin_message(struct bus_message *message, enum link_command command)
{
    char signature[LINK_SIGNATURE_BYTES];
    link_signature(command, signature);
    bus_message_init(message);
    return bus_message_add(message, (struct slice){signature, sizeof signature});
}

/* A command with a header, and maybe a payload (NULL data: none). `keep`: it must arrive. */
static void send_command(struct peer *peer, enum link_command command,
                         const struct field_table *table, const void *header, struct slice payload,
                         bool keep)
{
    struct consumer *consumer = peer->consumer;
    struct bus_message message;
    buffer_clear(&consumer->header);
    fields_pack(table, header, &consumer->header);
    enum status status = begin_message(&message, command);
    if (status == STATUS_OK)
        status = bus_message_add(&message, buffer_slice(&consumer->header));
    if (status == STATUS_OK && payload.data)
        status = bus_message_add(&message, payload);
    if (status != STATUS_OK || buffer_failed(&consumer->header)) {
        bus_message_deinit(&message);
        return;
    }
    if (keep) {
        send_or_keep(peer, &message);
    } else {
        (void)!bus_send(peer->socket, &message);
    }
}

static void say_hello(struct peer *peer)
{
    const struct consumer *consumer = peer->consumer;
    struct link_hello hello = {
        .role = slice_from(consumer->options.role),
        .host = slice_from(consumer->host),
        .version = SLICE_LITERAL(NEWSMILL_VERSION),
        .pid = getpid(),
        .credit_messages = consumer->quiet || peer->quiet ? 0 : consumer->options.credit_messages,
        .credit_bytes = consumer->options.credit_bytes,
    };
    send_command(peer, LINK_HELLO, &link_hello_table, &hello, SLICE_NULL, false);
}

static void say_beat(struct peer *peer)
{
    struct link_beat beat = {peer->epoch, peer->consumer->working_on};
    send_command(peer, LINK_BEAT, &link_beat_table, &beat, SLICE_NULL, false);
}

/* ---- connecting ---- */

static void on_readable(void *user);

static enum status peer_connect(struct peer *peer, struct fault *fault)
{
    struct consumer *consumer = peer->consumer;
    /* The credit bounds what is on its way; libzmq's own mark is the second fence. */
    struct bus_options options = {.high_water_messages =
                                      (int)consumer->options.credit_messages * 2 + 64,
                                  .message_bytes_max = LIMIT_RESULT_BYTES,
                                  .linger_ms = 500};
    enum status status = bus_open(consumer->bus, BUS_DEALER, options, &peer->socket, fault);
    if (status == STATUS_OK)
        status = bus_connect(peer->socket, peer->endpoint, fault);
    if (status != STATUS_OK)
        return status;
    peer->generation++;
    peer->welcome = false;
    peer->heard_ms = clock_steady_ms();
    peer->beat_ms = 0;
    loop_watch_socket(consumer->loop, peer->socket, on_readable, peer);
    return STATUS_OK;
}

static void peer_disconnect(struct peer *peer)
{
    drop_kept(peer);
    if (peer->socket)
        loop_unwatch_socket(peer->consumer->loop, peer->socket);
    bus_close(&peer->socket);
}

/* Ingest has been silent for too long: a new connection, and its leases are void. */
static void peer_reconnect(struct peer *peer)
{
    struct fault fault;
    if (peer->welcome)
        log_warn("ingest is silent, connecting again", log_text("work", peer->endpoint));
    peer_disconnect(peer);
    if (peer_connect(peer, &fault) != STATUS_OK)
        log_error(fault.message, log_text("work", peer->endpoint));
}

/* ---- receiving ---- */

static void take_delivery(struct peer *peer, struct bus_message *message)
{
    struct consumer *consumer = peer->consumer;
    struct link_deliver header;
    struct fault fault;
    struct held *held = message->count >= 4 ? calloc(1, sizeof *held) : NULL;
    if (!held || link_header(&link_deliver_table, bus_message_frame(message, 1), &consumer->reader,
                             &header, consumer->arena, &fault) != STATUS_OK) {
        free(held);
        bus_message_deinit(message);
        return; /* not finished here: silence returns the lease */
    }
    held->generation = peer->generation;
    held->delivery = (struct consumer_delivery){
        .message = *message,
        .peer = (size_t)(peer - consumer->peers),
        .epoch = header.epoch,
        .lease = header.lease,
        .attempt = header.attempt,
        .solo = header.solo,
        .dead = header.dead_code.data != NULL,
    };
    struct consumer_delivery *delivery = &held->delivery;
    delivery->header = bus_message_frame(&delivery->message, 1);
    delivery->envelope = bus_message_frame(&delivery->message, 2);
    delivery->article = bus_message_frame(&delivery->message, 3);
    delivery->result = bus_message_frame(&delivery->message, 4);
    consumer->outstanding++;
    consumer->options.deliver(consumer->options.user, delivery);
}

static void take_welcome(struct peer *peer, struct slice frame)
{
    struct consumer *consumer = peer->consumer;
    struct link_welcome welcome;
    if (link_header(&link_welcome_table, frame, &consumer->reader, &welcome, consumer->arena,
                    NULL) != STATUS_OK)
        return;
    if (!peer->welcome)
        log_info("connected to ingest", log_text("work", peer->endpoint),
                 log_slice("node", welcome.node));
    peer->welcome = true;
    peer->epoch = welcome.epoch;
    if (welcome.heartbeat_ms > 0)
        peer->heartbeat_ms = welcome.heartbeat_ms;
    if (welcome.silence_ms > welcome.heartbeat_ms)
        peer->silence_ms = welcome.silence_ms;
}

static void take_books(struct peer *peer, struct slice frame)
{
    struct consumer *consumer = peer->consumer;
    struct link_books books;
    if (consumer->options.books && link_header(&link_books_table, frame, &consumer->reader, &books,
                                               consumer->arena, NULL) == STATUS_OK)
        consumer->options.books(consumer->options.user, &books);
}

/* Ingest does not know us: it restarted, or took us for dead. Our leases are void. */
static void take_who(struct peer *peer)
{
    peer->generation++;
    drop_kept(peer);
    say_hello(peer);
}

static void take_message(struct peer *peer, struct bus_message *message)
{
    struct consumer *consumer = peer->consumer;
    enum link_command command;
    struct fault fault;
    arena_reset(consumer->arena);
    if (link_command_of(bus_message_frame(message, 0), &command, &fault) != STATUS_OK) {
        log_warn(fault.message, log_text("work", peer->endpoint));
        bus_message_deinit(message);
        return;
    }
    peer->heard_ms = clock_steady_ms();
    if (command == LINK_DELIVER) {
        take_delivery(peer, message);
        return;
    }
    if (command == LINK_WELCOME)
        take_welcome(peer, bus_message_frame(message, 1));
    else if (command == LINK_WHO)
        take_who(peer);
    else if (command == LINK_BOOKS)
        take_books(peer, bus_message_frame(message, 1));
    else if (command == LINK_QUIET) {
        peer->quiet = true;
        say_hello(peer);
    } else if (command == LINK_TERMINATE && consumer->options.terminate)
        consumer->options.terminate(consumer->options.user);
    bus_message_deinit(message);
}

static void on_readable(void *user)
{
    struct peer *peer = user;
    struct bus_message message;
    for (int i = 0; i < RECEIVES_PER_TURN && peer->socket; i++) {
        if (bus_receive(peer->socket, &message) != STATUS_OK)
            break;
        take_message(peer, &message);
    }
    if (peer->socket)
        send_kept(peer);
}

void consumer_beat(struct consumer *consumer)
{
    int64_t now = clock_steady_ms();
    for (size_t i = 0; i < consumer->peer_count; i++) {
        struct peer *peer = &consumer->peers[i];
        if (!peer->socket)
            continue;
        send_kept(peer);
        if (now - peer->beat_ms < peer->heartbeat_ms / 2 && peer->beat_ms != 0)
            continue;
        peer->beat_ms = now;
        if (peer->welcome)
            say_beat(peer);
        else
            say_hello(peer);
    }
}

static void on_timer(void *user)
{
    struct consumer *consumer = user;
    int64_t now = clock_steady_ms();
    for (size_t i = 0; i < consumer->peer_count; i++) {
        struct peer *peer = &consumer->peers[i];
        if (!peer->socket || now - peer->heard_ms > peer->silence_ms)
            peer_reconnect(peer);
    }
    consumer_beat(consumer);
}

/* ---- making and ending ---- */

static enum status add_peers(struct consumer *consumer, struct fault *fault)
{
    const char *at = consumer->options.endpoints;
    while (*at) {
        size_t len = strcspn(at, ", ");
        if (len >= BUS_ENDPOINT_BYTES || consumer->peer_count == PEERS_MAX)
            return fault_set(fault, STATUS_FATAL, "bad-endpoint",
                             "--work takes at most %d endpoints of %d bytes", PEERS_MAX,
                             BUS_ENDPOINT_BYTES);
        if (len > 0) {
            struct peer *peer = &consumer->peers[consumer->peer_count];
            *peer = (struct peer){
                .consumer = consumer, .heartbeat_ms = HEARTBEAT_MS, .silence_ms = SILENCE_MS};
            memcpy(peer->endpoint, at, len);
            peer->unsent_tail = &peer->unsent;
            buffer_init(&peer->batch, LIMIT_LINK_HEADER_BYTES / 2);
            consumer->peer_count++;
            enum status status = peer_connect(peer, fault);
            if (status != STATUS_OK)
                return status;
        }
        at += len;
        at += strspn(at, ", ");
    }
    return consumer->peer_count > 0
               ? STATUS_OK
               : fault_set(fault, STATUS_FATAL, "bad-endpoint", "--work names no endpoint");
}

enum status consumer_new(struct bus *bus, struct loop *loop, const struct consumer_options *options,
                         struct consumer **out, struct fault *fault)
{
    struct consumer *consumer = calloc(1, sizeof *consumer);
    if (!consumer)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the link");
    consumer->bus = bus;
    consumer->loop = loop;
    consumer->options = *options;
    consumer->timer = -1;
    if (gethostname(consumer->host, sizeof consumer->host - 1) != 0)
        consumer->host[0] = '\0';
    pack_reader_init(&consumer->reader);
    buffer_init(&consumer->header, LIMIT_LINK_HEADER_BYTES);
    consumer->arena = arena_new(HEADER_ARENA_BYTES);
    enum status status =
        consumer->arena ? add_peers(consumer, fault)
                        : fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the link");
    if (status != STATUS_OK) {
        consumer_free(consumer);
        return status;
    }
    consumer->timer = loop_every(loop, 100, on_timer, consumer);
    consumer_beat(consumer);
    *out = consumer;
    return STATUS_OK;
}

void consumer_free(struct consumer *consumer)
{
    if (!consumer)
        return;
    consumer_flush(consumer);
    for (size_t i = 0; i < consumer->peer_count; i++) {
        struct peer *peer = &consumer->peers[i];
        struct bus_message bye;
        if (peer->socket)
            send_kept(peer);
        if (peer->socket && peer->welcome && begin_message(&bye, LINK_BYE) == STATUS_OK)
            (void)!bus_send(peer->socket, &bye);
        peer_disconnect(peer);
        buffer_deinit(&peer->batch);
    }
    if (consumer->timer >= 0)
        loop_cancel(consumer->loop, consumer->timer);
    buffer_deinit(&consumer->header);
    pack_reader_deinit(&consumer->reader);
    arena_free(consumer->arena);
    free(consumer);
}

void consumer_quiet(struct consumer *consumer)
{
    consumer->quiet = true;
    for (size_t i = 0; i < consumer->peer_count; i++)
        if (consumer->peers[i].socket)
            say_hello(&consumer->peers[i]);
}

/* ---- answers ---- */

/* The peer a delivery can still be answered to; NULL when its connection is another one by now. */
static struct peer *still_connected(struct consumer *consumer,
                                    const struct consumer_delivery *delivery)
{
    const struct held *held = (const struct held *)(const void *)delivery;
    struct peer *peer = &consumer->peers[delivery->peer];
    consumer->outstanding--;
    return peer->socket && peer->generation == held->generation ? peer : NULL;
}

void consumer_done_result(struct consumer *consumer, const struct consumer_delivery *delivery,
                          struct slice result)
{
    struct peer *peer = still_connected(consumer, delivery);
    if (!peer)
        return;
    struct link_outcome outcome = {delivery->lease, delivery->attempt, SLICE_LITERAL("analyzed")};
    struct link_done done = {delivery->epoch, {&outcome, 1}};
    send_command(peer, LINK_DONE, &link_done_table, &done, result, true);
}

/* Sends the outcomes gathered for a peer. They are packed already; only the head is missing. */
static void send_batch(struct peer *peer)
{
    struct consumer *consumer = peer->consumer;
    struct bus_message message;
    if (peer->batch_count == 0)
        return;
    buffer_clear(&consumer->header);
    pack_write_map(&consumer->header, 2);
    pack_write_string(&consumer->header, SLICE_LITERAL("epoch"));
    pack_write_uint(&consumer->header, peer->epoch);
    pack_write_string(&consumer->header, SLICE_LITERAL("outcomes"));
    pack_write_array(&consumer->header, peer->batch_count);
    buffer_append_slice(&consumer->header, buffer_slice(&peer->batch));
    buffer_clear(&peer->batch);
    peer->batch_count = 0;
    enum status status = begin_message(&message, LINK_DONE);
    if (status == STATUS_OK)
        status = bus_message_add(&message, buffer_slice(&consumer->header));
    if (status == STATUS_OK && !buffer_failed(&consumer->header))
        send_or_keep(peer, &message);
    else
        bus_message_deinit(&message);
}

void consumer_done(struct consumer *consumer, const struct consumer_delivery *delivery,
                   const char *outcome)
{
    struct peer *peer = still_connected(consumer, delivery);
    if (!peer || !peer->socket)
        return;
    if (peer->batch.len > LIMIT_LINK_HEADER_BYTES / 4)
        send_batch(peer);
    pack_write_map(&peer->batch, 3);
    pack_write_string(&peer->batch, SLICE_LITERAL("lease"));
    pack_write_uint(&peer->batch, delivery->lease);
    pack_write_string(&peer->batch, SLICE_LITERAL("attempt"));
    pack_write_uint(&peer->batch, delivery->attempt);
    pack_write_string(&peer->batch, SLICE_LITERAL("outcome"));
    pack_write_string(&peer->batch, slice_from(outcome));
    peer->batch_count++;
}

void consumer_flush(struct consumer *consumer)
{
    for (size_t i = 0; i < consumer->peer_count; i++)
        if (consumer->peers[i].socket)
            send_batch(&consumer->peers[i]);
}

void consumer_refuse(struct consumer *consumer, const struct consumer_delivery *delivery,
                     const char *stage, const char *sqlstate, const struct fault *fault)
{
    struct peer *peer = still_connected(consumer, delivery);
    if (!peer)
        return;
    struct link_refuse refuse = {
        .epoch = delivery->epoch,
        .lease = delivery->lease,
        .attempt = delivery->attempt,
        .retry = fault->status != STATUS_REJECT,
        .stage = slice_from(stage),
        .code = slice_from(fault->code),
        .sqlstate = slice_from(sqlstate),
        .message = slice_from(fault->message),
    };
    send_command(peer, LINK_REFUSE, &link_refuse_table, &refuse, SLICE_NULL, true);
}

void consumer_working_on(struct consumer *consumer, uint64_t lease)
{
    consumer->working_on = lease;
}

bool consumer_connected(const struct consumer *consumer)
{
    for (size_t i = 0; i < consumer->peer_count; i++)
        if (consumer->peers[i].welcome)
            return true;
    return false;
}

uint32_t consumer_outstanding(const struct consumer *consumer)
{
    return consumer->outstanding;
}
