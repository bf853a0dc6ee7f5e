/* newsmill tap STAGE: a live look at articles that pass, some of them, without slowing them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/security.h"
#include "common/trouble.h"
#include "proto/article.h"
#include "proto/limits.h"
#include "worker/cli/command.h"
#include "worker/cli/place.h"
#include "worker/cli/tap_print.h"

#define SAY_EVERY_MS 200   /* what was fetched: ingest has only so many samples on the way */
#define SILENCE_MS   10000 /* of ingest: then it is gone */
#define ARENA_BYTES  ((size_t)64 << 20)
#define HIGH_WATER   64
#define NODES_MAX    16
#define MESSAGE_MAX  ((int64_t)4 * 1024 * 1024)

struct watched {
    struct bus_socket *socket;
    struct trouble trouble;
    char endpoint[BUS_ENDPOINT_BYTES];
    uint64_t fetched, passed, dropped;
    int64_t said_ms, heard_ms;
};

struct tap {
    const char *stage;
    uint32_t rate;
    uint64_t limit, shown;
    bool json;
    struct bus *bus;
    struct watched nodes[NODES_MAX];
    size_t node_count;
    struct arena *arena;
    struct pack_reader envelope_reader, article_reader, result_reader, header_reader;
    struct buffer header;
};

/* ---- saying ---- */

static void say(struct tap *tap, struct watched *node, uint32_t rate)
{
    char signature[LINK_SIGNATURE_BYTES];
    const struct link_tap wish = {slice_from(tap->stage), rate, node->fetched};
    struct bus_message message;
    link_signature(LINK_TAP, signature);
    buffer_clear(&tap->header);
    fields_pack(&link_tap_table, &wish, &tap->header);
    bus_message_init(&message);
    if (buffer_failed(&tap->header) ||
        bus_message_add(&message, (struct slice){signature, sizeof signature}) != STATUS_OK ||
        bus_message_add(&message, buffer_slice(&tap->header)) != STATUS_OK)
        bus_message_deinit(&message);
    else
        (void)!bus_send(node->socket, &message); /* not connected yet: soon again */
    node->said_ms = clock_steady_ms();
}

/* ---- hearing ---- */

static enum status show(struct tap *tap, const struct link_tapped *header,
                        const struct bus_message *message, struct fault *fault)
{
    struct envelope envelope;
    struct article article;
    struct result result;
    struct slice original = bus_message_frame(message, 3), found = bus_message_frame(message, 4);
    struct tap_sample sample = {.header = header, .wall_ms = clock_wall_ms()};
    if (envelope_decode(bus_message_frame(message, 2), &tap->envelope_reader, &envelope, tap->arena,
                        fault) == STATUS_OK)
        sample.envelope = &envelope;
    if (original.len > 0 &&
        article_decode(original, &tap->article_reader, &article, tap->arena, fault) == STATUS_OK)
        sample.article = &article;
    if (found.len > 0 &&
        result_decode(found, &tap->result_reader, &result, tap->arena, fault) == STATUS_OK)
        sample.result = &result;
    tap->shown++;
    if (tap->json)
        return tap_print_json(&sample, stdout, fault);
    tap_print_line(&sample, stdout);
    return STATUS_OK;
}

static enum status take(struct tap *tap, struct watched *node, const struct bus_message *message,
                        struct fault *fault)
{
    enum link_command command;
    struct link_tapped header;
    arena_reset(tap->arena);
    if (link_command_of(bus_message_frame(message, 0), &command, NULL) != STATUS_OK ||
        command != LINK_TAP ||
        link_header(&link_tapped_table, bus_message_frame(message, 1), &tap->header_reader, &header,
                    tap->arena, NULL) != STATUS_OK)
        return STATUS_OK;
    node->heard_ms = clock_steady_ms();
    node->passed = header.passed;
    node->dropped = header.dropped;
    if (message->count < 4)
        return STATUS_OK;
    node->fetched++;
    return show(tap, &header, message, fault);
}

static bool has_enough(const struct tap *tap)
{
    return tap->limit > 0 && tap->shown >= tap->limit;
}

static enum status receive(struct tap *tap, struct watched *node, struct fault *fault)
{
    struct bus_message message;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && !has_enough(tap) &&
           bus_receive(node->socket, &message) == STATUS_OK) {
        status = take(tap, node, &message, fault);
        bus_message_deinit(&message);
    }
    return status;
}

static enum status no_answer(const struct watched *node, struct fault *fault)
{
    const char *why = trouble_text(&node->trouble);
    return fault_set(fault, STATUS_FATAL, "no-answer", "nothing answers at %.60s: %.180s",
                     node->endpoint,
                     why ? why
                         : "is newsmill up (or newsmill ingest) running there, and are there not "
                           "too many taps?");
}

static enum status turn(struct tap *tap, struct fault *fault)
{
    struct bus_poll polls[NODES_MAX];
    int64_t now = clock_steady_ms();
    enum status status = STATUS_OK;
    for (size_t i = 0; i < tap->node_count; i++) {
        struct watched *node = &tap->nodes[i];
        if (now - node->said_ms >= SAY_EVERY_MS)
            say(tap, node, tap->rate);
        if (trouble_look(&node->trouble) || now - node->heard_ms > SILENCE_MS)
            return no_answer(node, fault);
        polls[i] = (struct bus_poll){.socket = node->socket};
    }
    (void)bus_poll(polls, tap->node_count, SAY_EVERY_MS);
    for (size_t i = 0; i < tap->node_count && status == STATUS_OK; i++)
        status = receive(tap, &tap->nodes[i], fault);
    return status;
}

/* ---- opening ---- */

static enum status open_node(struct tap *tap, const char *endpoint, size_t len, struct fault *fault)
{
    const struct bus_options options = {
        .high_water_messages = HIGH_WATER, .message_bytes_max = MESSAGE_MAX, .linger_ms = 200};
    if (tap->node_count == NODES_MAX || len == 0 || len >= BUS_ENDPOINT_BYTES)
        return fault_set(fault, STATUS_REJECT, "bad-value", "--work wants up to %d endpoints",
                         NODES_MAX);
    struct watched *node = &tap->nodes[tap->node_count];
    memcpy(node->endpoint, endpoint, len);
    node->heard_ms = clock_steady_ms();
    enum status status = bus_open(tap->bus, BUS_DEALER, options, &node->socket, fault);
    if (status != STATUS_OK)
        return status;
    tap->node_count++;
    status = trouble_watch(&node->trouble, tap->bus, node->socket, fault);
    return status != STATUS_OK ? status : bus_connect(node->socket, node->endpoint, fault);
}

static enum status open_nodes(struct tap *tap, const struct options *options, struct fault *fault)
{
    struct place place;
    enum status status = place_work(options, &place, fault);
    tap->arena = arena_new(ARENA_BYTES);
    if (!tap->arena)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for a tap");
    if (status == STATUS_OK)
        status = security_bus(options, true, &tap->bus, fault);
    for (const char *at = place.work; status == STATUS_OK && *at;) {
        size_t len = strcspn(at, ",");
        status = open_node(tap, at, len, fault);
        at += len + (at[len] == ',');
    }
    return status;
}

static void summary(const struct tap *tap)
{
    uint64_t passed = 0, dropped = 0;
    for (size_t i = 0; i < tap->node_count; i++) {
        passed += tap->nodes[i].passed;
        dropped += tap->nodes[i].dropped;
    }
    (void)fprintf(stderr,
                  "newsmill tap: %" PRIu64 " shown of %" PRIu64 " that passed; %" PRIu64
                  " dropped, for we were slow\n",
                  tap->shown, passed, dropped);
}

static void close_all(struct tap *tap)
{
    for (size_t i = 0; i < tap->node_count; i++) {
        say(tap, &tap->nodes[i], 0);
        trouble_end(&tap->nodes[i].trouble);
        bus_close(&tap->nodes[i].socket);
    }
    bus_free(tap->bus);
    arena_free(tap->arena);
    pack_reader_deinit(&tap->envelope_reader);
    pack_reader_deinit(&tap->article_reader);
    pack_reader_deinit(&tap->result_reader);
    pack_reader_deinit(&tap->header_reader);
    buffer_deinit(&tap->header);
}

static bool is_stage(const char *name)
{
    static const char *const stages[] = {"ingest", LINK_ANALYZE, LINK_STORE, "dead"};
    for (size_t i = 0; name && i < sizeof stages / sizeof *stages; i++)
        if (strcmp(stages[i], name) == 0)
            return true;
    return false;
}

int tap_main(const struct options *options)
{
    struct tap tap = {.stage = options_operand(options, 0),
                      .rate = (uint32_t)options_int(options, "rate"),
                      .limit = (uint64_t)options_int(options, "limit"),
                      .json = options_flag(options, "json")};
    struct fault fault;
    if (!is_stage(tap.stage)) {
        (void)fprintf(stderr, "newsmill: tap wants a stage: ingest, analyze, store or dead\n");
        return EXIT_USAGE;
    }
    pack_reader_init(&tap.envelope_reader);
    pack_reader_init(&tap.article_reader);
    pack_reader_init(&tap.result_reader);
    pack_reader_init(&tap.header_reader);
    buffer_init(&tap.header, LIMIT_LINK_HEADER_BYTES);
    enum status status = open_nodes(&tap, options, &fault);
    while (status == STATUS_OK && !has_enough(&tap))
        status = turn(&tap, &fault);
    if (status == STATUS_OK)
        summary(&tap);
    int code = status == STATUS_OK ? EXIT_DONE : command_failed(&fault);
    close_all(&tap);
    return code;
}
