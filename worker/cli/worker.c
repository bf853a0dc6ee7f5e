/* newsmill worker: tells workers, wherever they run, to take no more or to end. Ingest knows them
 * all and passes it on. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/security.h"
#include "common/trouble.h"
#include "proto/limits.h"
#include "proto/link.h"
#include "worker/cli/command.h"
#include "worker/cli/place.h"

#define WAIT_MS     3000 /* for an answer; ingest answers between two turns of its loop */
#define RETRY_MS    10
#define NODES_MAX   16
#define ARENA_BYTES ((size_t)64 * 1024)

static const struct {
    const char *name;
    enum link_command command;
    const char *told;
} orders[] = {{"quiet", LINK_QUIET, "told to take no more"},
              {"terminate", LINK_TERMINATE, "told to finish and end"}};
#define ORDERS (sizeof orders / sizeof *orders)

struct telling {
    struct bus *bus;
    struct bus_socket *sockets[NODES_MAX];
    struct trouble troubles[NODES_MAX];
    char endpoints[NODES_MAX][BUS_ENDPOINT_BYTES];
    size_t count;
    struct arena *arena;
    struct pack_reader reader;
    struct buffer header;
};

/* "analyze", "store", "all", "123", "123@host": who is meant. */
static enum status parse_whom(const char *text, struct link_order *order, struct fault *fault)
{
    const char *at = strchr(text, '@');
    char *end;
    *order = (struct link_order){.pid = FIELD_NONE};
    if (strcmp(text, "all") == 0)
        return STATUS_OK;
    if (strcmp(text, LINK_ANALYZE) == 0 || strcmp(text, LINK_STORE) == 0) {
        order->role = slice_from(text);
        return STATUS_OK;
    }
    order->pid = strtoll(text, &end, 10);
    if (end == text || order->pid <= 0 || (at ? end != at || !at[1] : *end))
        return fault_set(fault, STATUS_REJECT, "bad-value",
                         "'%.60s' is no worker: name a role (analyze, store, all), a process, or a "
                         "process on a host (123@host); newsmill status lists them",
                         text);
    if (at)
        order->host = slice_from(at + 1);
    return STATUS_OK;
}

static enum status connect_all(struct telling *telling, const struct options *security,
                               const char *list, struct fault *fault)
{
    const struct bus_options options = {16, LIMIT_LINK_HEADER_BYTES, 0};
    telling->arena = arena_new(ARENA_BYTES);
    if (!telling->arena)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory to ask with");
    enum status status = security_bus(security, true, &telling->bus, fault);
    while (status == STATUS_OK && *list) {
        size_t len = strcspn(list, ","), i = telling->count;
        if (len == 0 || len >= BUS_ENDPOINT_BYTES || i == NODES_MAX)
            return fault_set(fault, STATUS_REJECT, "bad-value",
                             "--work wants up to %d endpoints such as tcp://127.0.0.1:5553, with "
                             "commas between them",
                             NODES_MAX);
        memcpy(telling->endpoints[i], list, len);
        status = bus_open(telling->bus, BUS_DEALER, options, &telling->sockets[i], fault);
        if (status != STATUS_OK)
            return status;
        telling->count++;
        status = trouble_watch(&telling->troubles[i], telling->bus, telling->sockets[i], fault);
        if (status == STATUS_OK)
            status = bus_connect(telling->sockets[i], telling->endpoints[i], fault);
        if (status != STATUS_OK)
            return status;
        list += len + (list[len] == ',');
    }
    return status;
}

static enum status say(struct telling *telling, size_t node, enum link_command command,
                       const struct link_order *order)
{
    struct bus_message message;
    char signature[LINK_SIGNATURE_BYTES];
    link_signature(command, signature);
    buffer_clear(&telling->header);
    fields_pack(&link_order_table, order, &telling->header);
    bus_message_init(&message);
    if (buffer_failed(&telling->header) ||
        bus_message_add(&message, (struct slice){signature, sizeof signature}) != STATUS_OK ||
        bus_message_add(&message, buffer_slice(&telling->header)) != STATUS_OK) {
        bus_message_deinit(&message);
        return STATUS_FATAL;
    }
    return bus_send(telling->sockets[node], &message);
}

/* How many workers the node told; false when what came is something else. */
static bool take_answer(struct telling *telling, const struct bus_message *message,
                        enum link_command command, uint32_t *workers)
{
    struct link_order answer;
    enum link_command said;
    arena_reset(telling->arena);
    if (link_command_of(bus_message_frame(message, 0), &said, NULL) != STATUS_OK ||
        said != command ||
        link_header(&link_order_table, bus_message_frame(message, 1), &telling->reader, &answer,
                    telling->arena, NULL) != STATUS_OK)
        return false;
    *workers += answer.workers;
    return true;
}

static enum status tell_node(struct telling *telling, size_t node, enum link_command command,
                             const struct link_order *order, uint32_t *workers, struct fault *fault)
{
    int64_t deadline = clock_steady_ms() + WAIT_MS, now;
    struct bus_message message;
    bool sent = false;
    while ((now = clock_steady_ms()) < deadline) {
        sent = sent || say(telling, node, command, order) == STATUS_OK;
        struct bus_poll polls[] = {{.socket = telling->sockets[node]},
                                   {.socket = telling->troubles[node].monitor}};
        (void)bus_poll(polls, 2, sent ? (int)(deadline - now) : RETRY_MS);
        while (bus_receive(telling->sockets[node], &message) == STATUS_OK) {
            bool answered = take_answer(telling, &message, command, workers);
            bus_message_deinit(&message);
            if (answered)
                return STATUS_OK;
        }
        if (trouble_look(&telling->troubles[node]))
            break;
    }
    const char *why = trouble_text(&telling->troubles[node]);
    return fault_set(fault, STATUS_FATAL, "no-answer", "nothing answers at %.60s: %.180s",
                     telling->endpoints[node],
                     why ? why : "is newsmill up (or newsmill ingest) running?");
}

/* Tells one operand's workers, of all nodes. A worker that works for several nodes hears it of
 * each. */
static enum status tell(struct telling *telling, size_t which, const char *whom, bool *matched,
                        struct fault *fault)
{
    struct link_order order;
    uint32_t workers = 0;
    enum status status = parse_whom(whom, &order, fault);
    for (size_t i = 0; i < telling->count && status == STATUS_OK; i++)
        status = tell_node(telling, i, orders[which].command, &order, &workers, fault);
    if (status != STATUS_OK)
        return status;
    *matched = workers > 0;
    if (workers > 0)
        (void)printf("%s: %" PRIu32 " %s\n", whom, workers, orders[which].told);
    else
        (void)fprintf(stderr, "newsmill: no worker is '%.60s'; newsmill status lists them\n", whom);
    return STATUS_OK;
}

static enum status find_order(const struct options *options, size_t *which, struct fault *fault)
{
    const char *name = options_operand(options, 0);
    for (*which = 0; *which < ORDERS; ++*which)
        if (strcmp(orders[*which].name, name) == 0)
            break;
    if (*which == ORDERS)
        return fault_set(fault, STATUS_REJECT, "bad-value",
                         "worker wants quiet or terminate, not '%.40s'", name);
    /* All of them before the first is told. */
    for (size_t i = 1; i < options_operand_count(options); i++) {
        struct link_order order;
        enum status status = parse_whom(options_operand(options, i), &order, fault);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

int worker_main(const struct options *options)
{
    struct telling telling = {.count = 0};
    struct place place;
    struct fault fault;
    size_t which;
    bool all = true;
    pack_reader_init(&telling.reader);
    buffer_init(&telling.header, LIMIT_LINK_HEADER_BYTES);
    enum status status = find_order(options, &which, &fault);
    if (status == STATUS_OK)
        status = place_work(options, &place, &fault);
    if (status == STATUS_OK)
        status = connect_all(&telling, options, place.work, &fault);
    for (size_t i = 1; i < options_operand_count(options) && status == STATUS_OK; i++) {
        bool matched = false;
        status = tell(&telling, which, options_operand(options, i), &matched, &fault);
        all = all && matched;
    }
    int code = status != STATUS_OK ? command_failed(&fault) : all ? EXIT_DONE : EXIT_REFUSED;
    for (size_t i = 0; i < telling.count; i++) {
        trouble_end(&telling.troubles[i]);
        bus_close(&telling.sockets[i]);
    }
    if (telling.bus)
        bus_free(telling.bus);
    arena_free(telling.arena);
    pack_reader_deinit(&telling.reader);
    buffer_deinit(&telling.header);
    return code;
}
