/* The ingest nodes a worker is connected to: one DEALER each, and names that are looked up again
 * and again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "proto/consumer_state.h"
#include "proto/limits.h"

#define HEARTBEAT_MS 1000 /* until ingest says otherwise */
#define SILENCE_MS   5000
#define LINGER_MS    1000
#define HEAR_OUT_MS  100 /* at most, for what is on its way to who leaves: */
#define QUIET_MS     10  /* nothing came for so long */
/* Beats of ingest that wait while this thread is busy. Were libzmq's queue full, it would stop
 * reading, and would not answer for us any more. */
#define BEATS_WAITING 4096

/* ---- the connection ---- */

/* Ingest has forgotten us: the leases we hold are nobody's, and answers to them would be stale. */
void consumer_forget_leases(struct peer *peer)
{
    peer->connection++;
    peer->working_on = 0;
    peer->epoch = 0;
    peer->held_stale += peer->held;
    peer->held_stale_bytes += peer->held_bytes;
    peer->held = 0;
    peer->held_bytes = 0;
    peer->consumer->stale += peer->outcome_count;
    peer->outcome_count = 0;
    consumer_unsent_drop(peer);
}

static enum status peer_connect(struct peer *peer, struct fault *fault)
{
    uint32_t credit = peer->consumer->options.credit_messages;
    struct bus_options options = {.high_water_messages = (int)credit + BEATS_WAITING,
                                  .message_bytes_max = LIMIT_RESULT_BYTES,
                                  .linger_ms = LINGER_MS};
    enum status status = bus_open(peer->consumer->bus, BUS_DEALER, options, &peer->socket, fault);
    if (status == STATUS_OK)
        status = trouble_watch(&peer->trouble, peer->consumer->bus, peer->socket, fault);
    if (status == STATUS_OK)
        status = bus_connect(peer->socket, peer->endpoint, fault);
    if (status != STATUS_OK) {
        trouble_end(&peer->trouble);
        bus_close(&peer->socket);
        return status;
    }
    loop_watch_socket(peer->consumer->loop, peer->socket, consumer_receive, peer);
    peer->heard_ms = peer->said_ms = clock_steady_ms();
    peer->heartbeat_ms = HEARTBEAT_MS;
    peer->silence_ms = SILENCE_MS;
    peer->doubted = false;
    consumer_say_hello(peer);
    return STATUS_OK;
}

static void peer_disconnect(struct peer *peer)
{
    if (!peer->socket)
        return;
    loop_unwatch_socket(peer->consumer->loop, peer->socket);
    trouble_end(&peer->trouble);
    bus_close(&peer->socket);
}

/* A fresh socket, because the old one may sit on a connection whose other end is gone without the
 * kernel knowing. */
static void peer_reconnect(struct peer *peer)
{
    struct fault fault;
    if (peer->epoch)
        log_warn("ingest is silent, connecting again", log_text("endpoint", peer->endpoint));
    if (peer->socket) {
        loop_unwatch_socket(peer->consumer->loop, peer->socket);
        trouble_end(&peer->trouble);
        bus_drop(&peer->socket); /* what waits there belongs to the old connection */
    }
    consumer_forget_leases(peer);
    peer->heard_ms = clock_steady_ms();
    if (peer_connect(peer, &fault) != STATUS_OK)
        log_error("cannot connect to ingest", log_text("endpoint", peer->endpoint),
                  log_text("why", fault.message));
}

/* Says once why it does not answer; a broken handshake only when it has been silent for long. */
static void tell_trouble(struct peer *peer, int64_t now)
{
    bool certain = trouble_look(&peer->trouble);
    const char *text = trouble_text(&peer->trouble);
    if (peer->told_trouble || !text || (!certain && now - peer->heard_ms < peer->silence_ms / 2))
        return;
    log_error("ingest cannot be talked to", log_text("endpoint", peer->endpoint),
              log_text("why", text));
    peer->told_trouble = true;
}

/* Silence counts only after a whole turn in which waiting messages could have been read: this
 * process may have been busy elsewhere while beats were coming in. */
static void check_silence(struct peer *peer, int64_t now)
{
    if (now - peer->heard_ms <= peer->silence_ms) {
        peer->doubted = false;
        return;
    }
    if (!peer->doubted && peer->socket)
        peer->doubted = true;
    else if (!peer->leaving)
        peer_reconnect(peer);
    else if (peer->socket) { /* it went away before we could say goodbye */
        peer_disconnect(peer);
        consumer_forget_leases(peer);
    }
}

/* ---- peers come and go ---- */

static struct peer *find_peer(const struct consumer *consumer, const char *endpoint)
{
    for (size_t i = 0; i < consumer->peer_count; i++)
        if (consumer->peers[i]->used && strcmp(consumer->peers[i]->endpoint, endpoint) == 0)
            return consumer->peers[i];
    return NULL;
}

/* A slot nobody uses; the index of a slot is in the deliveries that came over it. */
static struct peer *free_slot(struct consumer *consumer)
{
    for (size_t i = 0; i < consumer->peer_count; i++)
        if (!consumer->peers[i]->used)
            return consumer->peers[i];
    if (consumer->peer_count == CONSUMER_PEERS_MAX)
        return NULL;
    struct peer *peer = calloc(1, sizeof *peer);
    if (peer)
        consumer->peers[consumer->peer_count++] = peer;
    return peer;
}

size_t consumer_shares(const struct consumer *consumer)
{
    size_t count = 0;
    for (size_t i = 0; i < consumer->peer_count; i++)
        count += consumer->peers[i]->used && !consumer->peers[i]->leaving;
    return count ? count : 1;
}

/* The credit is shared by the nodes: it changes for all when one comes or goes. `but` has heard. */
static void share_credit(struct consumer *consumer, const struct peer *but)
{
    for (size_t i = 0; i < consumer->peer_count; i++)
        if (consumer->peers[i]->used && consumer->peers[i]->socket && consumer->peers[i] != but)
            consumer_say_hello(consumer->peers[i]);
}

/* `claim`: the bit of who names it. */
static enum status claim_peer(struct consumer *consumer, const char *endpoint, uint32_t claim,
                              struct fault *fault)
{
    struct peer *peer = find_peer(consumer, endpoint);
    if (peer) {
        peer->claims |= claim;
        if (peer->leaving) {
            peer->leaving = false;
            share_credit(consumer, NULL);
        }
        return STATUS_OK;
    }
    peer = free_slot(consumer);
    if (!peer)
        return fault_set(fault, STATUS_FATAL, "too-many-endpoints",
                         "a worker connects to at most %d ingest nodes", CONSUMER_PEERS_MAX);
    uint64_t connection = peer->connection;
    memset(peer, 0, sizeof *peer);
    *peer = (struct peer){.consumer = consumer, .connection = connection + 1, .claims = claim};
    (void)snprintf(peer->endpoint, sizeof peer->endpoint, "%s", endpoint);
    peer->unsent_end = &peer->unsent;
    peer->used = true;
    enum status status = peer_connect(peer, fault);
    if (status == STATUS_OK)
        share_credit(consumer, peer);
    else
        peer->used = false;
    return status;
}

static void unclaim_peer(struct peer *peer, uint32_t claim)
{
    peer->claims &= ~claim;
    if (peer->claims || peer->leaving)
        return;
    log_info("an ingest node is no longer in the name's addresses; what is held is finished",
             log_text("endpoint", peer->endpoint), log_int("held", peer->held));
    peer->leaving = true;
    share_credit(peer->consumer, NULL);
}

/* What is on its way comes to its end, and is dropped: ingest delivers it to another. libzmq loses
 * the memory of a message that it has received half when its socket is closed (4.3.4: a pipe that
 * is told to end does not roll back what is incomplete). */
static void hear_out(const struct peer *peer)
{
    const int64_t end_ms = clock_steady_ms() + HEAR_OUT_MS;
    struct bus_poll entry = {.socket = peer->socket};
    struct bus_message message;
    while (clock_steady_ms() < end_ms && bus_poll(&entry, 1, QUIET_MS) > 0)
        if (bus_receive(peer->socket, &message) == STATUS_OK)
            bus_message_deinit(&message);
}

static void say_goodbye(struct peer *peer)
{
    if (peer->socket && peer->said_hello) {
        consumer_unsent_retry(peer);
        (void)consumer_say(peer, LINK_BYE, NULL, NULL);
        hear_out(peer);
    }
    peer_disconnect(peer);
    consumer_unsent_drop(peer);
}

/* One that leaves goes once nothing of it is held any more. */
static void end_if_left(struct peer *peer)
{
    if (!peer->leaving || peer->held || peer->outcome_count || peer->unsent)
        return;
    say_goodbye(peer);
    consumer_forget_leases(peer);
    peer->used = peer->held_stale > 0;
}

/* ---- names ---- */

/* What a seed's name stands for now: those are ours, those that were and are not, leave. */
static void on_addresses(void *user, const char (*addresses)[RESOLVE_ADDRESS_BYTES], size_t count,
                         const char *why)
{
    struct seed *seed = user;
    struct consumer *consumer = seed->consumer;
    const uint32_t claim = 1u << (seed - consumer->seeds);
    bool named[CONSUMER_PEERS_MAX] = {false};
    if (count == 0) {
        if (!seed->failing)
            log_warn("the name of ingest cannot be resolved; what is connected stays so",
                     log_text("host", seed->host), log_text("why", why));
        seed->failing = true;
        return;
    }
    seed->failing = false;
    for (size_t i = 0; i < count; i++) {
        char endpoint[BUS_ENDPOINT_BYTES];
        struct fault fault;
        bool colons = strchr(addresses[i], ':') != NULL;
        (void)snprintf(endpoint, sizeof endpoint, "tcp://%s%s%s:%s", colons ? "[" : "",
                       addresses[i], colons ? "]" : "", seed->port);
        if (claim_peer(consumer, endpoint, claim, &fault) != STATUS_OK) {
            log_error("cannot connect to ingest", log_text("endpoint", endpoint),
                      log_text("why", fault.message));
            continue;
        }
        for (size_t n = 0; n < consumer->peer_count; n++)
            named[n] = named[n] || strcmp(consumer->peers[n]->endpoint, endpoint) == 0;
    }
    for (size_t n = 0; n < consumer->peer_count; n++)
        if (consumer->peers[n]->used && (consumer->peers[n]->claims & claim) && !named[n])
            unclaim_peer(consumer->peers[n], claim);
}

/* "tcp://HOST:PORT" with a HOST that is a name; false for everything else. */
static bool split_name(const char *endpoint, struct seed *seed)
{
    static const char scheme[] = "tcp://";
    const char *host = endpoint + sizeof scheme - 1, *colon = strrchr(endpoint, ':');
    if (strncmp(endpoint, scheme, sizeof scheme - 1) != 0 || colon <= host)
        return false;
    size_t len = (size_t)(colon - host);
    if (*host == '[' || len >= sizeof seed->host || strlen(colon + 1) >= sizeof seed->port)
        return false;
    memcpy(seed->host, host, len);
    seed->host[len] = '\0';
    memcpy(seed->port, colon + 1, strlen(colon + 1) + 1);
    return !resolve_is_address(seed->host);
}

static enum status add_endpoint(struct consumer *consumer, const char *endpoint,
                                struct fault *fault)
{
    struct seed seed = {.consumer = consumer};
    if (!split_name(endpoint, &seed))
        return claim_peer(consumer, endpoint, CONSUMER_CLAIM_OPTION, fault);
    if (consumer->seed_count == CONSUMER_SEEDS_MAX)
        return fault_set(fault, STATUS_FATAL, "too-many-endpoints",
                         "a worker follows at most %d names", CONSUMER_SEEDS_MAX);
    struct seed *slot = &consumer->seeds[consumer->seed_count];
    *slot = seed;
    enum status status = resolver_new(consumer->loop, on_addresses, slot, &slot->resolver, fault);
    if (status == STATUS_OK)
        consumer->seed_count++;
    return status;
}

/* Asks again when it is time; one question a name at a time, however long it takes. */
static void look_up(struct seed *seed, int64_t now)
{
    if (now < seed->ask_ms)
        return;
    seed->ask_ms = now + seed->consumer->options.resolve_ms;
    (void)resolver_ask(seed->resolver, seed->host);
}

/* ---- all of them ---- */

enum status consumer_peers_open(struct consumer *consumer, struct slice list, struct fault *fault)
{
    enum status status = STATUS_OK;
    while (status == STATUS_OK && list.len > 0) {
        const char *comma = memchr(list.data, ',', list.len);
        size_t len = comma ? (size_t)(comma - list.data) : list.len;
        struct slice endpoint = slice_trim(slice_sub(list, 0, len));
        char text[BUS_ENDPOINT_BYTES];
        list = slice_sub(list, comma ? len + 1 : len, list.len);
        if (endpoint.len >= sizeof text)
            return fault_set(fault, STATUS_FATAL, "bad-endpoint", "a work endpoint is too long");
        (void)snprintf(text, sizeof text, "%.*s", (int)endpoint.len, endpoint.data);
        if (endpoint.len)
            status = add_endpoint(consumer, text, fault);
    }
    if (status == STATUS_OK && consumer->peer_count + consumer->seed_count == 0)
        return fault_set(fault, STATUS_FATAL, "bad-endpoint",
                         "name the work endpoint of an ingest node, such as "
                         "tcp://127.0.0.1:5553");
    for (size_t i = 0; i < consumer->seed_count && status == STATUS_OK; i++)
        look_up(&consumer->seeds[i], clock_steady_ms());
    return status;
}

void consumer_peers_tick(struct consumer *consumer, int64_t now)
{
    for (size_t i = 0; i < consumer->seed_count; i++)
        look_up(&consumer->seeds[i], now);
    for (size_t i = 0; i < consumer->peer_count; i++) {
        struct peer *peer = consumer->peers[i];
        if (!peer->used)
            continue;
        tell_trouble(peer, now);
        check_silence(peer, now);
        if (peer->socket)
            consumer_unsent_retry(peer);
        end_if_left(peer);
    }
}

void consumer_peers_close(struct consumer *consumer)
{
    for (size_t i = 0; i < consumer->seed_count; i++)
        resolver_free(consumer->seeds[i].resolver);
    for (size_t i = 0; i < consumer->peer_count; i++) {
        struct peer *peer = consumer->peers[i];
        if (peer->used)
            say_goodbye(peer);
        free(peer);
    }
}
