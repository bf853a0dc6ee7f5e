/* The doors of ingest. */
#include "worker/ingest/gate.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "worker/ingest/allow.h"
#include "worker/ingest/connections.h"

#define ZAP_ENDPOINT "inproc://zeromq.zap.01"
#define ZAP_VERSION  "1.0"
#define KEY_BYTES    32
#define LOOK_MS      1000
#define TOLD         128    /* places for who was logged */
#define TOLD_MS      600000 /* how long an address and reason is not logged again */
#define TELL_MS      200    /* between two lines, whoever it is about */

struct door {
    struct gate *gate;
    struct bus_socket *monitor;
    enum bus_event_kind failure; /* of the connection whose end comes next; BUS_ENDED: none */
};

struct gate {
    struct bus *bus;
    struct loop *loop;
    struct bus_socket *zap; /* NULL without keys */
    struct allow *producers, *workers;
    struct connections *connections;
    struct door doors[GATE_DOORS];
    struct gate_counts counts;
    struct {
        uint32_t hash;
        int64_t at_ms;
    } told[TOLD];
    int64_t told_ms;
    uint64_t untold;
    int timer, look;
};

static const char *const door_names[GATE_DOORS] = {"push", "ingest", "work"};

/* ---- saying why ---- */

static uint32_t hash_of(const char *address, const char *why)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (; *address; address++)
        hash = (hash ^ (unsigned char)*address) * 16777619u;
    for (; *why; why++)
        hash = (hash ^ (unsigned char)*why) * 16777619u;
    return hash;
}

/* Whether it is time for a line about this; strangers decide how many there would be. */
static bool may_tell(struct gate *gate, const char *address, const char *why)
{
    int64_t now = loop_now_ms(gate->loop);
    uint32_t hash = hash_of(address, why), place = hash % TOLD;
    bool known = gate->told[place].hash == hash && now - gate->told[place].at_ms < TOLD_MS;
    if (known || (gate->told_ms && now - gate->told_ms < TELL_MS)) {
        gate->untold += !known;
        return false;
    }
    gate->told[place].hash = hash;
    gate->told[place].at_ms = gate->told_ms = now;
    return true;
}

static void tell(struct gate *gate, enum gate_door door, const char *address, const char *why)
{
    if (!may_tell(gate, address, why))
        return;
    log_warn(why, log_text("address", address), log_text("socket", door_names[door]),
             log_int("not_logged", (int64_t)gate->untold));
    gate->untold = 0;
}

static const char *explain(const struct gate *gate, enum bus_event_kind failure)
{
    switch (failure) {
    case BUS_MISMATCHED:
        return gate->zap ? "refused a peer that speaks without keys: it wants --key and "
                           "--server-key"
                         : "refused a peer that has keys, as this ingest has none: name one with "
                           "--key";
    case BUS_UNKNOWN:
        return "refused a peer that does not know this ingest's public key: its --server-key is "
               "another's";
    default:
        return "gave up on a connection that was silent, cut off or no ZeroMQ";
    }
}

static void count(struct gate *gate, enum bus_event_kind failure)
{
    if (failure == BUS_MISMATCHED)
        gate->counts.keyless++;
    else if (failure == BUS_UNKNOWN)
        gate->counts.unknown++;
    else
        gate->counts.failed++;
}

/* ---- connections ---- */

static void take_event(struct door *door, const struct bus_event *event)
{
    struct gate *gate = door->gate;
    enum gate_door number = (enum gate_door)(door - gate->doors);
    switch (event->kind) {
    case BUS_ACCEPTED:
        gate->counts.cut +=
            connections_accepted(gate->connections, event->fd, number, loop_now_ms(gate->loop));
        break;
    case BUS_ENDED:
        if (door->failure != BUS_ENDED) {
            count(gate, door->failure);
            tell(gate, number, connections_address(gate->connections, event->fd),
                 explain(gate, door->failure));
        }
        door->failure = BUS_ENDED;
        connections_ended(gate->connections, event->fd);
        break;
    case BUS_GREETED: /* not yet known: gate_heard() */
    case BUS_REFUSED: /* the handler has counted it; its end comes when the peer has heard of it */
        break;
    case BUS_FAILED:
    case BUS_MISMATCHED:
    case BUS_UNKNOWN:
        door->failure = event->kind;
        break;
    }
}

static void on_events(void *user)
{
    struct door *door = user;
    struct bus_event event;
    while (door->monitor && bus_event(door->monitor, &event))
        take_event(door, &event);
}

void gate_heard(struct gate *gate, const struct bus_message *message)
{
    int fd = bus_message_fd(message);
    if (connections_proved(gate->connections, fd))
        return;
    for (size_t i = 0; i < GATE_DOORS; i++)
        on_events(&gate->doors[i]); /* that it was accepted waits to be read */
    (void)connections_proved(gate->connections, fd);
}

/* ---- ZAP (ZeroMQ RFC 27) ---- */

/* Frames of a request: version, request id, domain, address, routing id, mechanism, credentials. */
enum { ZAP_DOMAIN = 2, ZAP_ADDRESS = 3, ZAP_MECHANISM = 5, ZAP_KEY = 6, ZAP_FRAMES = 7 };

static void text_of(struct slice slice, char *text, size_t size)
{
    size_t len = slice.len < size ? slice.len : size - 1;
    memcpy(text, slice.data, len);
    text[len] = '\0';
}

/* The name of whoever asks, NULL when he may not. */
static const char *judge(struct gate *gate, const struct bus_message *request)
{
    char key[KEY_TEXT_BYTES] = "", address[CONNECTIONS_ADDRESS];
    struct slice domain = bus_message_frame(request, ZAP_DOMAIN);
    struct slice credential = bus_message_frame(request, ZAP_KEY);
    if (request->count != ZAP_FRAMES || credential.len != KEY_BYTES ||
        !slice_is(bus_message_frame(request, 0), ZAP_VERSION) ||
        !slice_is(bus_message_frame(request, ZAP_MECHANISM), "CURVE"))
        return NULL;
    bool work = slice_is(domain, door_names[GATE_WORK]);
    bus_key_text(credential.data, key);
    const char *name = allow_find(work ? gate->workers : gate->producers, key);
    if (name)
        return name;
    gate->counts.refused++;
    struct slice from = bus_message_frame(request, ZAP_ADDRESS);
    if (slice_starts_with(from, SLICE_LITERAL("::ffff:")))
        from = slice_sub(from, sizeof "::ffff:" - 1, from.len);
    text_of(from, address, sizeof address);
    if (may_tell(gate, address, key))
        log_warn("refused a key that is not on the list", log_text("public_key", key),
                 log_text("address", address),
                 log_text("list", work ? "--allow-workers" : "--allow-producers"),
                 log_int("not_logged", (int64_t)gate->untold));
    return NULL;
}

static void answer(struct gate *gate, const struct bus_message *request)
{
    const char *name = judge(gate, request);
    const struct slice frames[] = {
        SLICE_LITERAL(ZAP_VERSION),
        bus_message_frame(request, 1),
        name ? SLICE_LITERAL("200") : SLICE_LITERAL("400"),
        name ? SLICE_LITERAL("OK") : SLICE_LITERAL("this key is not on the list"),
        name ? slice_from(name) : SLICE_LITERAL(""),
        SLICE_LITERAL(""),
    };
    struct bus_message reply;
    bus_message_init(&reply);
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++)
        if (bus_message_add(&reply, frames[i]) != STATUS_OK)
            log_error("no memory to say who may connect");
    if (bus_send(gate->zap, &reply) != STATUS_OK)
        log_error("cannot say who may connect");
}

static void on_zap(void *user)
{
    struct gate *gate = user;
    struct bus_message request;
    while (bus_receive(gate->zap, &request) == STATUS_OK) {
        answer(gate, &request);
        bus_message_deinit(&request);
    }
}

/* ---- opening ---- */

static void on_second(void *user)
{
    struct gate *gate = user;
    if (!gate->zap)
        return;
    if (allow_look(gate->producers)) {
        connections_cut(gate->connections, GATE_PUSH);
        connections_cut(gate->connections, GATE_INGEST);
    }
    if (allow_look(gate->workers))
        connections_cut(gate->connections, GATE_WORK);
}

static void on_look(void *user)
{
    struct gate *gate = user;
    gate->counts.cut += connections_cut_floods(gate->connections);
}

static enum status open_zap(struct gate *gate, const struct options *options, struct fault *fault)
{
    const struct bus_security *own = bus_security(gate->bus);
    const struct bus_options bus = {0, -1, 0}; /* as many requests as there are connections */
    if (!own->keyed)
        return options_given(options, "allow-producers") || options_given(options, "allow-workers")
                   ? fault_set(fault, STATUS_REJECT, "bad-value",
                               "--allow-producers and --allow-workers list keys, and this ingest "
                               "has none itself: name one with --key (newsmill keys make)")
                   : STATUS_OK;
    enum status status =
        allow_new(options_text(options, "allow-producers"), own, &gate->producers, fault);
    if (status == STATUS_OK)
        status = allow_new(options_text(options, "allow-workers"), own, &gate->workers, fault);
    if (status == STATUS_OK)
        status = bus_open(gate->bus, BUS_REP, bus, &gate->zap, fault);
    if (status == STATUS_OK)
        status = bus_bind(gate->zap, ZAP_ENDPOINT, fault);
    if (status != STATUS_OK)
        return status;
    loop_watch_socket(gate->loop, gate->zap, on_zap, gate);
    gate->look = loop_every(gate->loop, CONNECTIONS_LOOK_MS, on_look, gate);
    return STATUS_OK;
}

enum status gate_new(struct bus *bus, struct loop *loop, const struct options *options,
                     struct gate **out, struct fault *fault)
{
    struct gate *gate = calloc(1, sizeof *gate);
    *out = gate;
    if (gate)
        gate->connections = connections_new((uint32_t)options_int(options, "connections"));
    if (!gate || !gate->connections)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for connections");
    gate->bus = bus;
    gate->loop = loop;
    for (size_t i = 0; i < GATE_DOORS; i++)
        gate->doors[i] = (struct door){.gate = gate, .failure = BUS_ENDED};
    gate->look = -1;
    gate->timer = loop_every(loop, LOOK_MS, on_second, gate);
    return open_zap(gate, options, fault);
}

void gate_free(struct gate *gate)
{
    if (!gate)
        return;
    for (size_t i = 0; i < GATE_DOORS; i++) {
        if (!gate->doors[i].monitor)
            continue;
        loop_unwatch_socket(gate->loop, gate->doors[i].monitor);
        bus_close(&gate->doors[i].monitor);
    }
    if (gate->zap)
        loop_unwatch_socket(gate->loop, gate->zap);
    bus_close(&gate->zap);
    if (gate->loop) {
        loop_cancel(gate->loop, gate->timer);
        loop_cancel(gate->loop, gate->look);
    }
    allow_free(gate->producers);
    allow_free(gate->workers);
    connections_free(gate->connections);
    free(gate);
}

enum status gate_guard(struct gate *gate, struct bus_socket *socket, enum gate_door door,
                       struct fault *fault)
{
    struct door *guarded = &gate->doors[door];
    bus_domain(socket, door_names[door]);
    enum status status = bus_monitor(socket, &guarded->monitor, fault);
    if (status == STATUS_OK)
        loop_watch_socket(gate->loop, guarded->monitor, on_events, guarded);
    return status;
}

struct gate_counts gate_counts(const struct gate *gate)
{
    struct gate_counts counts = gate->counts;
    counts.connections = connections_count(gate->connections);
    return counts;
}
