/* The question and its answer. */
#include "worker/cli/ask.h"

#include <stdlib.h>

#include "common/clock.h"
#include "common/trouble.h"
#include "proto/limits.h"

#define ANSWER_ARENA_BYTES ((size_t)4 * 1024 * 1024) /* some ten thousand workers */
#define RETRY_MS           10
#define HIGH_WATER         16

struct ask {
    struct bus_socket *socket;
    struct trouble trouble;
    struct arena *arena; /* holds `answer` */
    struct pack_reader reader;
    struct bus_message message; /* what `answer` points into */
    struct link_status answer;
    bool answered;
    struct buffer about; /* a packed link_ask; empty: none */
};

enum status ask_new(struct bus *bus, const char *endpoint, struct ask **out, struct fault *fault)
{
    struct bus_options options = {
        .high_water_messages = HIGH_WATER, .message_bytes_max = ANSWER_ARENA_BYTES, .linger_ms = 0};
    struct ask *ask = calloc(1, sizeof *ask);
    if (!ask)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for a question");
    pack_reader_init(&ask->reader);
    bus_message_init(&ask->message);
    buffer_init(&ask->about, LIMIT_LINK_HEADER_BYTES);
    ask->arena = arena_new(ANSWER_ARENA_BYTES);
    enum status status =
        ask->arena ? bus_open(bus, BUS_DEALER, options, &ask->socket, fault)
                   : fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for a question");
    if (status == STATUS_OK)
        status = trouble_watch(&ask->trouble, bus, ask->socket, fault);
    if (status == STATUS_OK)
        status = bus_connect(ask->socket, endpoint, fault);
    if (status != STATUS_OK) {
        ask_free(ask);
        return status;
    }
    *out = ask;
    return STATUS_OK;
}

void ask_free(struct ask *ask)
{
    if (!ask)
        return;
    bus_message_deinit(&ask->message);
    trouble_end(&ask->trouble);
    bus_close(&ask->socket);
    buffer_deinit(&ask->about);
    pack_reader_deinit(&ask->reader);
    arena_free(ask->arena);
    free(ask);
}

enum status ask_about(struct ask *ask, const struct uuid *articles, size_t count)
{
    const struct link_ask about = {.articles = {(void *)(uintptr_t)articles, count}};
    buffer_clear(&ask->about);
    fields_pack(&link_ask_table, &about, &ask->about);
    return buffer_failed(&ask->about) ? STATUS_FATAL : STATUS_OK;
}

bool ask_send(struct ask *ask)
{
    struct bus_message message;
    char signature[LINK_SIGNATURE_BYTES];
    link_signature(LINK_STATUS, signature);
    bus_message_init(&message);
    if (bus_message_add(&message, (struct slice){signature, sizeof signature}) != STATUS_OK ||
        (ask->about.len > 0 && bus_message_add(&message, buffer_slice(&ask->about)) != STATUS_OK)) {
        bus_message_deinit(&message);
        return false;
    }
    return bus_send(ask->socket, &message) == STATUS_OK;
}

/* Makes `message` the last answer when it is one. */
static bool take(struct ask *ask, const struct bus_message *message)
{
    enum link_command command;
    if (message->count != 2 ||
        link_command_of(bus_message_frame(message, 0), &command, NULL) != STATUS_OK ||
        command != LINK_STATUS)
        return false;
    bus_message_deinit(&ask->message);
    bus_message_init(&ask->message);
    arena_reset(ask->arena);
    fields_init(&link_status_table, &ask->answer);
    ask->answered = bus_message_share(&ask->message, &message->frames[1]) == STATUS_OK &&
                    link_header(&link_status_table, bus_message_frame(&ask->message, 0),
                                &ask->reader, &ask->answer, ask->arena, NULL) == STATUS_OK;
    return ask->answered;
}

bool ask_receive(struct ask *ask)
{
    bool came = false;
    struct bus_message message;
    while (bus_receive(ask->socket, &message) == STATUS_OK) {
        came = take(ask, &message) || came;
        bus_message_deinit(&message);
    }
    if (came)
        trouble_forget(&ask->trouble);
    return came;
}

bool ask_wait(struct ask *ask, int timeout_ms)
{
    int64_t deadline = clock_steady_ms() + timeout_ms, now;
    bool sent = false;
    while ((now = clock_steady_ms()) < deadline) {
        sent = sent || ask_send(ask);
        struct bus_poll polls[] = {{.socket = ask->socket}, {.socket = ask->trouble.monitor}};
        (void)bus_poll(polls, 2, sent ? (int)(deadline - now) : RETRY_MS);
        if (ask_receive(ask))
            return true;
        if (trouble_look(&ask->trouble))
            return false;
    }
    return false;
}

const struct link_status *ask_answer(const struct ask *ask)
{
    return ask->answered ? &ask->answer : NULL;
}

const char *ask_trouble(const struct ask *ask)
{
    return trouble_text(&ask->trouble);
}

struct bus_socket *ask_socket(const struct ask *ask)
{
    return ask->socket;
}
