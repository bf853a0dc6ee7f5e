/* The C client of the acknowledged socket. */
#include <stdlib.h>

#include "common/clock.h"
#include "common/log.h"
#include "proto/client_state.h"
#include "proto/link.h"

#define REPLY_ARENA_BYTES ((size_t)64 * 1024)
#define RETRY_BASE_MS     50
#define RETRY_CAP_MS      5000
#define RECEIVES_PER_TURN 1024
#define REOPEN_MS         10000 /* between two sockets, where one was refused */
#define LOOK_EVERY_MS     20    /* on a loop: how late an article may be sent again */
#define ALONE_MS          60000 /* then an ingest that took no bundles may be another one */
/* libzmq's pings: a connection whose other end is cut off is made anew, and sooner than TCP sends
 * what it has again, which may take minutes. */
#define PING_MS         2000
#define PING_TIMEOUT_MS 6000

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
    buffer_init(&client->gathered.bytes, LIMIT_MESSAGE_BYTES);
    client->soonest_ms = INT64_MAX;
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
    bus_frame_deinit(&slot->bytes);
    bus_frame_deinit(&slot->envelope);
    slot->used = false;
    client->in_flight--;
    client->on_way -= slot->article.data != NULL;
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
    buffer_deinit(&client->gathered.bytes);
    free(client->slots);
    free(client);
}

static enum status too_long(struct fault *fault)
{
    return fault_set(fault, STATUS_REJECT, "message-too-long",
                     "The article is longer than LIMIT_MESSAGE_BYTES (%d bytes).",
                     LIMIT_MESSAGE_BYTES);
}

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for an article");
}

/* A free slot; RETRY when there is none. */
static enum status slot_take(struct client *client, uint64_t tag, uint32_t *index)
{
    for (uint32_t i = 0; i < client->options.window; i++) {
        *index = client->next_slot;
        client->next_slot = (client->next_slot + 1) % client->options.window;
        struct slot *slot = &client->slots[*index];
        if (slot->used)
            continue;
        slot->used = true;
        slot->serial++;
        slot->number = ++client->pushed;
        slot->tag = tag;
        slot->article = SLICE_NULL;
        slot->backoff = (struct backoff){.base_ms = RETRY_BASE_MS, .cap_ms = RETRY_CAP_MS};
        bus_frame_init(&slot->bytes);
        bus_frame_init(&slot->envelope);
        client->in_flight++;
        return STATUS_OK;
    }
    return STATUS_RETRY;
}

/* What cannot be sent now is due soon. */
static enum status slot_send(struct client *client, uint32_t index, struct slice article,
                             struct fault *fault)
{
    if (client_send(client, index, article) != STATUS_FATAL)
        return STATUS_OK;
    slot_free(client, &client->slots[index]);
    return no_memory(fault);
}

/* One map and nothing else: together with others it must stay what it is alone. */
static enum status check_article(struct slice article, struct fault *fault)
{
    size_t len;
    if (article.len > LIMIT_MESSAGE_BYTES)
        return too_long(fault);
    if (pack_measure(article, &len, fault) != STATUS_OK)
        return STATUS_REJECT;
    if (len != article.len)
        return fault_set(fault, STATUS_REJECT, "trailing-bytes",
                         "There are bytes behind the end of the article.");
    if (!pack_is_map(article))
        return fault_set(fault, STATUS_REJECT, "not-a-map", "An article is a map.");
    return STATUS_OK;
}

enum status client_push(struct client *client, struct slice article, uint64_t tag,
                        struct fault *fault)
{
    uint32_t index;
    enum status status = check_article(article, fault);
    if (status == STATUS_OK)
        status = slot_take(client, tag, &index);
    return status == STATUS_OK ? slot_send(client, index, article, fault) : status;
}

enum status client_replay(struct client *client, struct slice envelope, struct slice article,
                          uint64_t tag, struct fault *fault)
{
    uint32_t index;
    if (article.len > LIMIT_MESSAGE_BYTES)
        return too_long(fault);
    enum status status = slot_take(client, tag, &index);
    if (status != STATUS_OK)
        return status;
    if (bus_frame_copy(&client->slots[index].envelope, envelope) == STATUS_OK)
        return slot_send(client, index, article, fault);
    slot_free(client, &client->slots[index]);
    return no_memory(fault);
}

static void slot_answer(struct client *client, struct slot *slot, const struct reply *reply)
{
    slot_free(client, slot);
    client->options.answered(client->options.user, slot->tag, reply);
}

/* What an answer says of one article ends its slot, or when it says retry, sets the time to send
 * it again. */
static void take_reply(struct client *client, const char tag[CLIENT_TAG_BYTES], struct slice bytes)
{
    struct slot *slot = client_slot_of(client, tag);
    struct reply reply;
    if (!slot)
        return; /* the answer to a copy that was answered already */
    arena_reset(client->arena);
    if (reply_decode(bytes, &client->reader, &reply, client->arena, NULL) != STATUS_OK)
        return; /* not an ingest of ours; giving up in time says so */
    client->heard_ms = clock_steady_ms();
    trouble_forget(&client->trouble);
    if (reply.ok || !reply.retry || client->options.tells_retry) {
        slot_answer(client, slot, &reply);
        return;
    }
    int64_t wait = backoff_next(&slot->backoff, backoff_random());
    client_part(slot);
    /* Behind the time that was asked for, so that those who were told together come apart. */
    client_set_due(client, slot, client->heard_ms + (int64_t)reply.retry_after_ms + wait);
}

/* The message as a whole was refused: by an ingest from before there were bundles. */
static void send_each_alone(struct client *client, struct slice tags)
{
    const int64_t now = clock_steady_ms();
    client->alone_ms = now + ALONE_MS;
    for (size_t at = 0; at < tags.len; at += CLIENT_TAG_BYTES) {
        struct slot *slot = client_slot_of(client, tags.data + at);
        if (slot)
            client_set_due(client, slot, now);
    }
}

static void take_replies(struct client *client, struct slice tags, struct slice bytes)
{
    struct bundle bundle;
    const size_t count = tags.len / CLIENT_TAG_BYTES;
    if (count == 0 || tags.len % CLIENT_TAG_BYTES != 0)
        return;
    if (!bundle_is(bytes)) {
        if (count == 1)
            take_reply(client, tags.data, bytes);
        else
            send_each_alone(client, tags);
        return;
    }
    if (bundle_split(bytes, &bundle, NULL) != STATUS_OK || bundle.count != count)
        return;
    for (size_t i = 0; i < count; i++)
        take_reply(client, tags.data + i * CLIENT_TAG_BYTES, bundle.maps[i]);
}

static void take_replayed(struct client *client, const struct bus_message *message)
{
    char tag[CLIENT_TAG_BYTES];
    enum link_command command;
    struct link_replay header;
    if (message->count != 3 ||
        link_command_of(bus_message_frame(message, 0), &command, NULL) != STATUS_OK ||
        command != LINK_REPLAY)
        return;
    arena_reset(client->arena);
    if (link_header(&link_replay_table, bus_message_frame(message, 1), &client->reader, &header,
                    client->arena, NULL) != STATUS_OK)
        return;
    const uint32_t parts[] = {(uint32_t)header.tag, (uint32_t)(header.tag >> 32)};
    memcpy(tag, parts, sizeof tag);
    take_reply(client, tag, bus_message_frame(message, 2));
}

static void take_answer(struct client *client, const struct bus_message *message)
{
    if (client->options.replays)
        take_replayed(client, message);
    else if (message->count == 2)
        take_replies(client, bus_message_frame(message, 0), bus_message_frame(message, 1));
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
    if (client_connect(client, &fault) != STATUS_OK) {
        log_error("cannot connect to ingest", log_text("why", fault.message));
        client_disconnect(client); /* half of one says nothing of trouble any more */
    }
}

void client_run(struct client *client, int timeout_ms)
{
    if (!client->socket) { /* there was no memory, or no descriptor, for another one */
        (void)bus_poll(NULL, 0, timeout_ms);
        on_trouble(client);
        return;
    }
    /* First what waits: a caller that was away for long finds answers, not silence to break. */
    take_answers(client);
    int64_t wait = client_send_due(client, clock_steady_ms(), timeout_ms);
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
