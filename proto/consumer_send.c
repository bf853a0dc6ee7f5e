/* What the worker's end of the link says, without ever waiting for libzmq. */
#include <stdlib.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "proto/consumer_state.h"

/* Sends a copy that shares the frames, because bus_send() takes what it is given. */
static enum status try_send(struct peer *peer, const struct bus_message *message)
{
    struct bus_message copy;
    bus_message_init(&copy);
    for (size_t i = 0; i < message->count; i++)
        if (bus_message_share(&copy, &message->frames[i]) != STATUS_OK) {
            bus_message_deinit(&copy);
            return STATUS_FATAL;
        }
    return bus_send(peer->socket, &copy);
}

void consumer_unsent_drop(struct peer *peer)
{
    while (peer->unsent) {
        struct unsent *first = peer->unsent;
        peer->unsent = first->next;
        bus_message_deinit(&first->message);
        free(first);
    }
    peer->unsent_end = &peer->unsent;
}

void consumer_unsent_retry(struct peer *peer)
{
    while (peer->unsent && try_send(peer, &peer->unsent->message) == STATUS_OK) {
        struct unsent *first = peer->unsent;
        peer->unsent = first->next;
        if (!peer->unsent)
            peer->unsent_end = &peer->unsent;
        bus_message_deinit(&first->message);
        free(first);
    }
}

/* Takes the message. An answer that cannot go now is kept: there are never more of them than
 * leases, and those are bounded by the credit. */
static void send_or_keep(struct peer *peer, struct bus_message *message)
{
    if (!peer->unsent && try_send(peer, message) == STATUS_OK) {
        peer->said_ms = clock_steady_ms();
        bus_message_deinit(message);
        return;
    }
    struct unsent *last = malloc(sizeof *last);
    if (!last) { /* ingest will find the lease unanswered when we are gone */
        log_error("out of memory; an answer is lost until the link reconnects");
        bus_message_deinit(message);
        return;
    }
    last->next = NULL;
    last->message = *message;
    message->count = 0;
    *peer->unsent_end = last;
    peer->unsent_end = &last->next;
}

/* Signature and packed header; an empty header frame when `table` is NULL. */
static enum status message_begin(struct consumer *consumer, enum link_command command,
                                 const struct field_table *table, const void *header,
                                 struct bus_message *message)
{
    char signature[LINK_SIGNATURE_BYTES];
    link_signature(command, signature);
    buffer_clear(&consumer->scratch);
    if (table)
        fields_pack(table, header, &consumer->scratch);
    bus_message_init(message);
    enum status status =
        buffer_failed(&consumer->scratch)
            ? STATUS_FATAL
            : bus_message_add(message, (struct slice){signature, sizeof signature});
    if (status == STATUS_OK)
        status = bus_message_add(message, buffer_slice(&consumer->scratch));
    if (status != STATUS_OK)
        bus_message_deinit(message);
    return status;
}

/* For what is said again anyway: dropped when it cannot go now. */
bool consumer_say(struct peer *peer, enum link_command command, const struct field_table *table,
                  const void *header)
{
    struct bus_message message;
    if (message_begin(peer->consumer, command, table, header, &message) != STATUS_OK ||
        bus_send(peer->socket, &message) != STATUS_OK)
        return false;
    peer->said_ms = clock_steady_ms();
    return true;
}

void consumer_answer(struct peer *peer, enum link_command command, const struct field_table *table,
                     const void *header, struct slice body)
{
    struct bus_message message;
    enum status status = message_begin(peer->consumer, command, table, header, &message);
    if (status == STATUS_OK && body.data && bus_message_add(&message, body) != STATUS_OK) {
        bus_message_deinit(&message);
        status = STATUS_FATAL;
    }
    if (status == STATUS_OK)
        send_or_keep(peer, &message);
    else
        log_error("out of memory; an answer is lost until the link reconnects");
}

/* The credit is a window, not a stream of permits: saying it again changes it. Each ingest node
 * gets its share. What is still held for a connection that is gone takes its share until it is
 * finished. */
void consumer_say_hello(struct peer *peer)
{
    const struct consumer_options *options = &peer->consumer->options;
    struct link_hello hello = {.role = slice_from(options->role),
                               .host = slice_from(peer->consumer->host),
                               .version = SLICE_LITERAL(NEWSMILL_VERSION),
                               .pid = getpid()};
    uint32_t shares = (uint32_t)consumer_shares(peer->consumer);
    uint32_t messages = options->credit_messages < shares ? options->credit_messages > 0
                                                          : options->credit_messages / shares;
    int64_t bytes = options->credit_bytes / shares;
    if (!peer->consumer->quiet && !peer->leaving && messages > peer->held_stale &&
        bytes > peer->held_stale_bytes) {
        hello.credit_messages = messages - peer->held_stale;
        hello.credit_bytes = bytes - peer->held_stale_bytes;
    }
    peer->said_hello = consumer_say(peer, LINK_HELLO, &link_hello_table, &hello);
}

void consumer_say_beat(struct peer *peer)
{
    uint32_t busy_ms = peer->working_on ? peer->consumer->options.busy_ms : 0;
    struct link_beat beat = {peer->epoch, peer->working_on, busy_ms};
    (void)consumer_say(peer, LINK_BEAT, &link_beat_table, &beat);
}
