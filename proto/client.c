/* The C client of the acknowledged socket. */
#include "proto/client.h"

#include <stdlib.h>

#include "common/backoff.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/trouble.h"
#include "proto/limits.h"
#include "proto/link.h"

#define REPLY_ARENA_BYTES ((size_t)64 * 1024)
#define RETRY_BASE_MS     50
#define RETRY_CAP_MS      5000
#define RECEIVES_PER_TURN 1024
#define TAG_BYTES         8
#define REOPEN_MS         10000 /* between two sockets, where one was refused */
#define LOOK_EVERY_MS     20    /* on a loop: how late an article may be sent again */
/* libzmq's pings: a connection whose other end is cut off is made anew, and sooner than TCP sends
 * what it has again, which may take minutes. */
#define PING_MS         2000
#define PING_TIMEOUT_MS 6000

/* One article in flight. A slot is free when `used` is false; its index and `serial` make the tag
 * on the wire, so that an answer to an earlier use of the slot is known for what it is. */
struct slot {
    bool used;
    uint32_t serial;
    uint64_t number; /* of the push */
    uint64_t tag;
    struct bus_frame envelope, article; /* envelope: of replays */
    int64_t due_ms;                     /* when to send (again) */
    struct backoff backoff;
};

struct client {
    struct client_options options;
    struct bus *bus;
    struct bus_socket *socket;
    struct trouble trouble;
    int64_t opened_ms;
    struct slot *slots;
    uint32_t in_flight;
    uint64_t pushed;
    uint32_t next_slot; /* most likely free: answers come about in order */
    int64_t heard_ms;   /* when something was last answered, or the first article was pushed */
    struct arena *arena;
    struct pack_reader reader;
    struct buffer header; /* of replays */
    int timer;            /* on a loop; -1: none */
};

/* To each of the endpoints; libzmq gives them turns. */
static enum status connect_each(struct client *client, struct fault *fault)
{
    char endpoint[BUS_ENDPOINT_BYTES];
    enum status status = STATUS_OK;
    for (const char *at = client->options.endpoint; *at && status == STATUS_OK;) {
        size_t len = strcspn(at, ",");
        if (len >= sizeof endpoint)
            return fault_set(fault, STATUS_REJECT, "bad-endpoint", "an endpoint is too long");
        memcpy(endpoint, at, len);
        endpoint[len] = '\0';
        status = bus_connect(client->socket, endpoint, fault);
        at += len + (at[len] == ',');
    }
    return status;
}

static void on_loop(void *user)
{
    client_run(user, 0);
}

static enum status client_connect(struct client *client, struct fault *fault)
{
    struct bus_options options = {.high_water_messages = (int)client->options.window + 16,
                                  .message_bytes_max = LIMIT_LINK_HEADER_BYTES,
                                  .linger_ms = 0};
    client->opened_ms = clock_steady_ms();
    enum status status = bus_open(client->bus, BUS_DEALER, options, &client->socket, fault);
    if (status == STATUS_OK)
        status = bus_heartbeat(client->socket, PING_MS, PING_TIMEOUT_MS, fault);
    if (status == STATUS_OK)
        status = trouble_watch(&client->trouble, client->bus, client->socket, fault);
    if (status == STATUS_OK)
        status = connect_each(client, fault);
    if (status == STATUS_OK && client->options.loop)
        loop_watch_socket(client->options.loop, client->socket, on_loop, client);
    return status;
}

static void client_disconnect(struct client *client)
{
    if (client->options.loop && client->socket)
        loop_unwatch_socket(client->options.loop, client->socket);
    trouble_end(&client->trouble);
    bus_close(&client->socket);
}

enum status client_new(const struct client_options *options, struct client **out,
                       struct fault *fault)
{
    struct client *client = calloc(1, sizeof *client);
    if (!client)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for a client");
    client->options = *options;
    client->timer = -1;
    pack_reader_init(&client->reader);
    buffer_init(&client->header, LIMIT_LINK_HEADER_BYTES);
    client->slots = calloc(options->window, sizeof *client->slots);
    client->arena = arena_new(REPLY_ARENA_BYTES);
    client->bus = bus_new();
    if (client->bus && options->security)
        bus_secure(client->bus, options->security);
    client->options.security = NULL;
    enum status status =
        client->slots && client->arena && client->bus
            ? client_connect(client, fault)
            : fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for a client");
    if (status != STATUS_OK) {
        client_free(client);
        return status;
    }
    if (options->loop)
        client->timer = loop_every(options->loop, LOOK_EVERY_MS, on_loop, client);
    *out = client;
    return STATUS_OK;
}

static void slot_free(struct client *client, struct slot *slot)
{
    bus_frame_deinit(&slot->article);
    if (client->options.replays)
        bus_frame_deinit(&slot->envelope);
    slot->used = false;
    client->in_flight--;
}

void client_free(struct client *client)
{
    if (!client)
        return;
    for (uint32_t i = 0; client->slots && i < client->options.window; i++)
        if (client->slots[i].used)
            slot_free(client, &client->slots[i]);
    if (client->options.loop)
        loop_cancel(client->options.loop, client->timer);
    client_disconnect(client);
    bus_free(client->bus);
    arena_free(client->arena);
    pack_reader_deinit(&client->reader);
    buffer_deinit(&client->header);
    free(client->slots);
    free(client);
}

static void tag_write(uint32_t index, uint32_t serial, char out[TAG_BYTES])
{
    memcpy(out, &index, 4);
    memcpy(out + 4, &serial, 4);
}

/* A producer's message is its tag, which ingest echoes, and the article. */
static enum status put_article(struct bus_message *message, const struct slot *slot, uint32_t index)
{
    char tag[TAG_BYTES];
    tag_write(index, slot->serial, tag);
    enum status status = bus_message_add(message, (struct slice){tag, sizeof tag});
    return status == STATUS_OK ? bus_message_share(message, &slot->article) : status;
}

/* A replay is a command of the link, and has its tag in the header. */
static enum status put_replay(struct client *client, struct bus_message *message,
                              const struct slot *slot, uint32_t index)
{
    char signature[LINK_SIGNATURE_BYTES];
    const struct link_replay header = {(uint64_t)slot->serial << 32 | index};
    link_signature(LINK_REPLAY, signature);
    buffer_clear(&client->header);
    fields_pack(&link_replay_table, &header, &client->header);
    enum status status = bus_message_add(message, (struct slice){signature, sizeof signature});
    if (status == STATUS_OK)
        status = buffer_failed(&client->header)
                     ? STATUS_FATAL
                     : bus_message_add(message, buffer_slice(&client->header));
    if (status == STATUS_OK)
        status = bus_message_share(message, &slot->envelope);
    return status == STATUS_OK ? bus_message_share(message, &slot->article) : status;
}

/* Sends the slot's article and says when to send it again should no answer come. */
static void slot_send(struct client *client, uint32_t index)
{
    struct slot *slot = &client->slots[index];
    struct bus_message message;
    bus_message_init(&message);
    enum status status = client->options.replays ? put_replay(client, &message, slot, index)
                                                 : put_article(&message, slot, index);
    if (status == STATUS_OK)
        status = bus_send(client->socket, &message);
    else
        bus_message_deinit(&message);
    int64_t now = clock_steady_ms();
    /* Not connected yet, or libzmq's queue is full: soon again. */
    slot->due_ms = now + (status == STATUS_OK ? client->options.resend_after_ms : 10);
}

static enum status too_long(struct fault *fault)
{
    return fault_set(fault, STATUS_REJECT, "message-too-long",
                     "The article is longer than LIMIT_MESSAGE_BYTES (%d bytes).",
                     LIMIT_MESSAGE_BYTES);
}

/* A free slot with the article in it; RETRY when there is none. */
static enum status slot_take(struct client *client, struct slice article, uint64_t tag,
                             uint32_t *index, struct fault *fault)
{
    for (uint32_t i = 0; i < client->options.window; i++) {
        *index = client->next_slot;
        client->next_slot = (client->next_slot + 1) % client->options.window;
        struct slot *slot = &client->slots[*index];
        if (slot->used)
            continue;
        if (bus_frame_copy(&slot->article, article) != STATUS_OK)
            return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for an article");
        slot->used = true;
        slot->serial++;
        slot->number = ++client->pushed;
        slot->tag = tag;
        slot->backoff = (struct backoff){.base_ms = RETRY_BASE_MS, .cap_ms = RETRY_CAP_MS};
        if (client->in_flight++ == 0)
            client->heard_ms = clock_steady_ms();
        return STATUS_OK;
    }
    return STATUS_RETRY;
}

enum status client_push(struct client *client, struct slice article, uint64_t tag,
                        struct fault *fault)
{
    size_t len;
    uint32_t index;
    if (article.len > LIMIT_MESSAGE_BYTES)
        return too_long(fault);
    enum status status = pack_measure(article, &len, fault);
    if (status != STATUS_OK)
        return STATUS_REJECT;
    status = slot_take(client, article, tag, &index, fault);
    if (status == STATUS_OK)
        slot_send(client, index);
    return status;
}

enum status client_replay(struct client *client, struct slice envelope, struct slice article,
                          uint64_t tag, struct fault *fault)
{
    uint32_t index;
    if (article.len > LIMIT_MESSAGE_BYTES)
        return too_long(fault);
    enum status status = slot_take(client, article, tag, &index, fault);
    if (status != STATUS_OK)
        return status;
    if (bus_frame_copy(&client->slots[index].envelope, envelope) != STATUS_OK) {
        bus_frame_deinit(&client->slots[index].article);
        client->slots[index].used = false;
        client->in_flight--;
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for an article");
    }
    slot_send(client, index);
    return STATUS_OK;
}

static void slot_answer(struct client *client, struct slot *slot, const struct reply *reply)
{
    slot_free(client, slot);
    client->options.answered(client->options.user, slot->tag, reply);
}

static bool read_tag(struct client *client, const struct bus_message *message, uint32_t *index,
                     uint32_t *serial)
{
    struct slice first = bus_message_frame(message, 0);
    enum link_command command;
    struct link_replay header;
    if (!client->options.replays) {
        if (message->count != 2 || first.len != TAG_BYTES)
            return false;
        memcpy(index, first.data, 4);
        memcpy(serial, first.data + 4, 4);
        return true;
    }
    if (message->count != 3 || link_command_of(first, &command, NULL) != STATUS_OK ||
        command != LINK_REPLAY ||
        link_header(&link_replay_table, bus_message_frame(message, 1), &client->reader, &header,
                    client->arena, NULL) != STATUS_OK)
        return false;
    *index = (uint32_t)header.tag;
    *serial = (uint32_t)(header.tag >> 32);
    return true;
}

/* One answer: ends its slot, or when it says retry, sets the time to send again. */
static void take_answer(struct client *client, const struct bus_message *message)
{
    uint32_t index, serial;
    arena_reset(client->arena);
    if (!read_tag(client, message, &index, &serial))
        return;
    if (index >= client->options.window || !client->slots[index].used ||
        client->slots[index].serial != serial)
        return; /* the answer to a copy that was answered already */
    struct slot *slot = &client->slots[index];
    struct reply reply;
    if (reply_decode(bus_message_frame(message, message->count - 1), &client->reader, &reply,
                     client->arena, NULL) != STATUS_OK)
        return; /* not an ingest of ours; giving up in time says so */
    client->heard_ms = clock_steady_ms();
    trouble_forget(&client->trouble);
    if (reply.ok || !reply.retry || client->options.tells_retry) {
        slot_answer(client, slot, &reply);
        return;
    }
    int64_t wait = backoff_next(&slot->backoff, backoff_random());
    /* Behind the time that was asked for, so that those who were told together come apart. */
    slot->due_ms = client->heard_ms + (int64_t)reply.retry_after_ms + wait;
}

static void give_up(struct client *client)
{
    struct reply reply = {.error = SLICE_LITERAL("no-answer"),
                          .message = SLICE_LITERAL("Nothing answered at the ingest endpoint."),
                          .retry = true};
    const uint64_t last = client->pushed; /* who hears it may push at once */
    for (uint32_t i = 0; i < client->options.window; i++)
        if (client->slots[i].used && client->slots[i].number <= last)
            slot_answer(client, &client->slots[i], &reply);
    client->heard_ms = clock_steady_ms(); /* what was pushed meanwhile has a time of its own */
}

/* Sends what is due; returns how long until the next is. */
static int64_t send_due(struct client *client, int64_t now, int64_t wait)
{
    for (uint32_t i = 0; client->in_flight > 0 && i < client->options.window; i++) {
        struct slot *slot = &client->slots[i];
        if (!slot->used)
            continue;
        if (slot->due_ms <= now)
            slot_send(client, i);
        if (slot->due_ms - now < wait)
            wait = slot->due_ms - now;
    }
    return wait;
}

static void take_answers(struct client *client)
{
    struct bus_message message;
    for (int i = 0; i < RECEIVES_PER_TURN && bus_receive(client->socket, &message) == STATUS_OK;
         i++) {
        take_answer(client, &message);
        bus_message_deinit(&message);
    }
}

/* The other side will not have us. Who goes on all the same tries with a new socket: somebody may
 * have put our key on the list meanwhile. */
static void on_trouble(struct client *client)
{
    struct fault fault;
    if (client->options.give_up_after_ms > 0)
        give_up(client);
    if (clock_steady_ms() - client->opened_ms < REOPEN_MS)
        return;
    log_warn("ingest cannot be talked to", log_text("why", trouble_text(&client->trouble)));
    client_disconnect(client);
    if (client_connect(client, &fault) != STATUS_OK)
        log_error("cannot connect to ingest", log_text("why", fault.message));
}

void client_run(struct client *client, int timeout_ms)
{
    /* First what waits: a caller that was away for long finds answers, not silence to break. */
    take_answers(client);
    int64_t wait = send_due(client, clock_steady_ms(), timeout_ms);
    struct bus_poll poll = {.socket = client->socket};
    (void)bus_poll(&poll, 1, (int)(wait < 0 ? 0 : wait));
    take_answers(client);
    if (client->in_flight > 0 && client->options.give_up_after_ms > 0 &&
        clock_steady_ms() - client->heard_ms > client->options.give_up_after_ms)
        give_up(client);
    else if (trouble_look(&client->trouble))
        on_trouble(client);
}

const char *client_trouble(const struct client *client)
{
    return trouble_text(&client->trouble);
}

bool client_connected(const struct client *client)
{
    return trouble_connected(&client->trouble);
}

uint32_t client_in_flight(const struct client *client)
{
    return client->in_flight;
}
