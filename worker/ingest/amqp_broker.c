/* Dialling, shaking hands, beating, and dialling again. */
#include "worker/ingest/amqp_broker.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/backoff.h"
#include "common/log.h"
#include "common/resolve.h"

#define DIAL_MS       4000 /* from the first packet to an open channel */
#define PAUSE_BASE_MS 50
#define PAUSE_CAP_MS  4000
#define TICK_MS       250
#define FRAME_MAX     131072u /* RabbitMQ's own */
#define CHUNK_BYTES   65536
#define TURN_CHUNKS   32 /* read in one turn of the loop */
#define COMPACT_BYTES ((size_t)4 << 20)
#define NODE_BYTES    (AMQP_URI_WORD + 8)

enum phase { WAITING, RESOLVING, SHAKING, OPEN, ENDING, ENDED };

struct broker {
    struct broker_options options;
    struct resolver *resolver;
    struct stream *stream;
    struct wire *wire;
    struct buffer out;
    size_t sent; /* of `out` */
    enum phase phase;
    bool watching_read, watching_write, paused, failed;
    size_t host;
    struct backoff backoff;
    int64_t since_ms, heard_ms, said_ms; /* of the phase; something came; something went */
    int64_t heartbeat_ms;
    int timer, tick;
    uint64_t losses, generation;
    uint16_t refusal;
    struct fault trouble;
    char node[NODE_BYTES], chunk[CHUNK_BYTES];
};

static void dial(void *user);
static void on_readable(void *user);
static void on_writable(void *user);

/* ---- ending a connection ---- */

/* What is polled follows from what is wanted. */
static void watch(struct broker *broker)
{
    bool alive = broker->stream != NULL;
    bool waits = alive && stream_write_waits(broker->stream);
    bool reads = alive && (!broker->paused || waits);
    bool writes =
        alive && ((broker->sent < broker->out.len && !waits) || stream_wants_write(broker->stream));
    if (reads == broker->watching_read && writes == broker->watching_write)
        return;
    if (alive)
        loop_unwatch_fd(broker->options.loop, stream_fd(broker->stream));
    if (reads)
        loop_watch_fd(broker->options.loop, stream_fd(broker->stream), false, on_readable, broker);
    if (writes)
        loop_watch_fd(broker->options.loop, stream_fd(broker->stream), true, on_writable, broker);
    broker->watching_read = reads;
    broker->watching_write = writes;
}

static void hang_up(struct broker *broker)
{
    broker->generation++;
    if (broker->stream)
        loop_unwatch_fd(broker->options.loop, stream_fd(broker->stream));
    broker->watching_read = broker->watching_write = broker->paused = false;
    stream_free(broker->stream);
    broker->stream = NULL;
    wire_free(broker->wire);
    broker->wire = NULL;
    buffer_clear(&broker->out);
    broker->sent = 0;
}

/* The connection is no more, or was never there: a pause, and the next node. */
static void give_up(struct broker *broker, const struct fault *why, uint16_t refusal)
{
    bool was_open = broker->phase == OPEN;
    int64_t pause = backoff_next(&broker->backoff, backoff_random());
    if (broker->phase == ENDING) {
        hang_up(broker);
        broker->phase = ENDED;
        return;
    }
    /* Only what is new is said: a cluster that is away is tried for hours. */
    if (was_open || strcmp(why->message, broker->trouble.message) != 0)
        log_warn(was_open ? "a connection to the backlog is lost"
                          : "a node of the backlog cannot be used",
                 log_text("which", broker->options.name), log_text("node", broker->node),
                 log_text("why", why->message));
    broker->trouble = *why;
    broker->refusal = refusal;
    broker->losses += was_open;
    hang_up(broker);
    broker->phase = WAITING;
    broker->host = (broker->host + 1) % broker->options.uri->host_count;
    broker->timer = loop_once(broker->options.loop, pause, dial, broker);
    if (was_open)
        broker->options.lost(broker->options.user);
}

static void give_up_for(struct broker *broker, const char *why)
{
    struct fault fault;
    (void)fault_set(&fault, STATUS_RETRY, "connection", "%s", why);
    give_up(broker, &fault, 0);
}

void broker_fail(struct broker *broker, const char *why)
{
    if (broker->stream)
        give_up_for(broker, why);
}

/* ---- sending ---- */

static void drop_sent(struct broker *broker)
{
    struct buffer *out = &broker->out;
    if (broker->sent < out->len && broker->sent < COMPACT_BYTES)
        return;
    out->len -= broker->sent;
    if (out->len > 0)
        memmove(out->data, out->data + broker->sent, out->len);
    broker->sent = 0;
}

void broker_flush(struct broker *broker)
{
    struct fault fault;
    if (!broker->stream)
        return;
    if (buffer_failed(&broker->out)) {
        give_up_for(broker, "there is no memory for what must be sent");
        return;
    }
    while (broker->sent < broker->out.len) {
        ssize_t moved = stream_write(broker->stream, broker->out.data + broker->sent,
                                     broker->out.len - broker->sent, &fault);
        if (moved == STREAM_ENDED) {
            give_up(broker, &fault, 0);
            return;
        }
        if (moved == STREAM_LATER)
            break;
        broker->sent += (size_t)moved;
        broker->said_ms = loop_now_ms(broker->options.loop);
    }
    drop_sent(broker);
    watch(broker);
}

static void on_writable(void *user)
{
    struct broker *broker = user;
    broker_flush(broker);
    /* TLS: what had to be written was its own. */
    if (broker->stream && stream_wants_write(broker->stream))
        on_readable(broker);
}

/* ---- shaking hands ---- */

/* The smaller of what it offers and we want; 0 is no limit. */
static uint32_t agree(uint32_t offered, uint32_t wanted)
{
    return offered == 0 || wanted < offered ? wanted : offered;
}

static void take_tune(struct broker *broker, const struct wire_event *event)
{
    struct fault fault;
    uint32_t frame_max = agree(event->frame_max, FRAME_MAX);
    uint16_t heartbeat_s = (uint16_t)agree(event->heartbeat_s, broker->options.uri->heartbeat_s);
    if (frame_max < 4096 || wire_tune(broker->wire, frame_max, &fault) != STATUS_OK) {
        give_up_for(broker, "it wants frames that are too small");
        return;
    }
    broker->heartbeat_ms = heartbeat_s * INT64_C(1000);
    wire_put_tune_ok(&broker->out, frame_max, heartbeat_s);
    wire_put_open(&broker->out, broker->options.uri->vhost);
}

static void become_open(struct broker *broker)
{
    broker->phase = OPEN;
    broker->trouble = (struct fault){.status = STATUS_OK};
    broker->refusal = 0;
    log_info("connected to the backlog", log_text("which", broker->options.name),
             log_text("node", broker->node));
    broker->options.opened(broker->options.user);
}

/* What closes the connection from the other side. */
static bool take_close(struct broker *broker, const struct wire_event *event)
{
    struct fault fault;
    if (event->kind == WIRE_CLOSED) {
        give_up_for(broker, "it was ended");
        return true;
    }
    if (event->kind != WIRE_CLOSE && event->kind != WIRE_CHANNEL_CLOSE)
        return false;
    uint16_t code = event->code;
    (void)fault_set(&fault, STATUS_RETRY, "refused", "it says %u %.*s", code,
                    (int)(event->text.len < 200 ? event->text.len : 200), event->text.data);
    if (event->kind == WIRE_CLOSE) {
        wire_put_close_ok(&broker->out);
        broker_flush(broker);
    }
    if (broker->stream)
        give_up(broker, &fault, code);
    return true;
}

static void take_event(struct broker *broker, const struct wire_event *event)
{
    if (take_close(broker, event))
        return;
    if (broker->phase == OPEN) {
        broker->options.event(broker->options.user, event);
        return;
    }
    const struct amqp_uri *uri = broker->options.uri;
    char name[AMQP_URI_WORD + 32];
    switch (event->kind) {
    case WIRE_START:
        (void)snprintf(name, sizeof name, "newsmill %s %s", uri->queue, broker->options.name);
        wire_put_start_ok(&broker->out, uri->user, uri->password, name);
        break;
    case WIRE_TUNE:
        take_tune(broker, event);
        break;
    case WIRE_OPENED:
        wire_put_channel_open(&broker->out);
        break;
    case WIRE_CHANNEL_OPENED:
        if (broker->phase == SHAKING)
            become_open(broker);
        break;
    case WIRE_VERSION:
        give_up_for(broker, "it speaks no AMQP 0-9-1");
        break;
    default:
        break;
    }
}

/* ---- receiving ---- */

static void take_bytes(struct broker *broker, size_t len)
{
    struct slice bytes = {broker->chunk, len};
    uint64_t generation = broker->generation;
    struct wire_event event;
    struct fault fault;
    while (bytes.len > 0) {
        if (wire_feed(broker->wire, &bytes, &event, &fault) != STATUS_OK) {
            give_up(broker, &fault, 0);
            return;
        }
        if (event.kind != WIRE_NOTHING)
            take_event(broker, &event);
        if (broker->generation != generation)
            return;
    }
}

static void on_readable(void *user)
{
    struct broker *broker = user;
    struct fault fault;
    uint64_t generation = broker->generation;
    for (int i = 0; i < TURN_CHUNKS && !broker->paused; i++) {
        ssize_t len = stream_read(broker->stream, broker->chunk, CHUNK_BYTES, &fault);
        if (len == STREAM_ENDED) {
            give_up(broker, &fault, 0);
            return;
        }
        if (len == STREAM_LATER)
            break;
        broker->heard_ms = loop_now_ms(broker->options.loop);
        take_bytes(broker, (size_t)len);
        if (broker->generation != generation)
            return;
    }
    broker_flush(broker);
}

/* ---- dialling ---- */

static bool make_address(const char *text, uint16_t port, struct sockaddr_storage *out,
                         socklen_t *len)
{
    struct sockaddr_in *four = (struct sockaddr_in *)out;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;
    *out = (struct sockaddr_storage){0};
    if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons(port);
        *len = sizeof *four;
        return true;
    }
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(port);
    *len = sizeof *six;
    return inet_pton(AF_INET6, text, &six->sin6_addr) == 1;
}

/* A socket that is on its way; -1: errno says why. */
static int begin_connect(const char *text, uint16_t port)
{
    struct sockaddr_storage address;
    socklen_t len;
    int yes = 1;
    if (!make_address(text, port, &address, &len)) {
        errno = EAFNOSUPPORT;
        return -1;
    }
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (connect(fd, (struct sockaddr *)&address, len) == 0 || errno == EINPROGRESS)
        return fd;
    int why = errno;
    (void)close(fd);
    errno = why;
    return -1;
}

static void connect_to(struct broker *broker, const char *address)
{
    const struct amqp_host *host = &broker->options.uri->hosts[broker->host];
    int fd = begin_connect(address, host->port);
    if (fd < 0) {
        give_up_for(broker, strerror(errno));
        return;
    }
    broker->stream = stream_new(fd, broker->options.trust, host->name);
    broker->wire = wire_new();
    if (!broker->stream || !broker->wire) {
        give_up_for(broker, "there is no memory for it");
        return;
    }
    broker->phase = SHAKING;
    broker->heard_ms = broker->said_ms = loop_now_ms(broker->options.loop);
    broker->heartbeat_ms = 0;
    wire_put_hello(&broker->out);
    watch(broker);
}

static void on_resolved(void *user, const char (*addresses)[RESOLVE_ADDRESS_BYTES], size_t count,
                        const char *why)
{
    struct broker *broker = user;
    if (broker->phase != RESOLVING)
        return;
    if (count == 0)
        give_up_for(broker, why);
    else
        connect_to(broker, addresses[backoff_random() % count]);
}

static void dial(void *user)
{
    struct broker *broker = user;
    const struct amqp_host *host = &broker->options.uri->hosts[broker->host];
    broker->timer = -1;
    broker->phase = RESOLVING;
    broker->since_ms = loop_now_ms(broker->options.loop);
    (void)snprintf(broker->node, sizeof broker->node, "%s:%u", host->name, host->port);
    if (resolve_is_address(host->name))
        connect_to(broker, host->name);
    else if (!resolver_ask(broker->resolver, host->name))
        give_up_for(broker, "its name is still being looked up");
}

/* ---- time ---- */

/* Both sides beat at half of what was agreed upon, and have given up after twice of it. */
static void look(void *user)
{
    struct broker *broker = user;
    int64_t now = loop_now_ms(broker->options.loop);
    bool dialling = broker->phase == RESOLVING || broker->phase == SHAKING;
    if (dialling && now - broker->since_ms > DIAL_MS) {
        give_up_for(broker, "it does not answer");
        return;
    }
    if (broker->stream && !broker->paused && stream_has_more(broker->stream)) {
        on_readable(broker);
        return;
    }
    if (broker->phase != OPEN || broker->heartbeat_ms == 0)
        return;
    if (!broker->paused && now - broker->heard_ms > 2 * broker->heartbeat_ms) {
        give_up_for(broker, "it is silent");
        return;
    }
    if (broker->paused)
        broker->heard_ms = now; /* nobody listens */
    if (now - broker->said_ms >= broker->heartbeat_ms / 2) {
        if (broker->out.len == 0)
            wire_put_beat(&broker->out);
        broker_flush(broker);
    }
}

/* ---- the rest ---- */

enum status broker_new(const struct broker_options *options, struct broker **out,
                       struct fault *fault)
{
    struct broker *broker = calloc(1, sizeof *broker);
    *out = NULL;
    if (!broker)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the backlog");
    broker->options = *options;
    broker->tick = broker->timer = -1;
    buffer_init(&broker->out, options->out_bytes);
    broker->backoff = (struct backoff){.base_ms = PAUSE_BASE_MS, .cap_ms = PAUSE_CAP_MS};
    broker->host = backoff_random() % options->uri->host_count;
    enum status status = resolver_new(options->loop, on_resolved, broker, &broker->resolver, fault);
    if (status != STATUS_OK) {
        broker_free(broker);
        return status;
    }
    broker->tick = loop_every(options->loop, TICK_MS, look, broker);
    broker->timer = loop_once(options->loop, 0, dial, broker);
    *out = broker;
    return STATUS_OK;
}

void broker_free(struct broker *broker)
{
    if (!broker)
        return;
    hang_up(broker);
    loop_cancel(broker->options.loop, broker->timer);
    loop_cancel(broker->options.loop, broker->tick);
    resolver_free(broker->resolver);
    buffer_deinit(&broker->out);
    free(broker);
}

bool broker_is_open(const struct broker *broker)
{
    return broker->phase == OPEN;
}

const char *broker_node(const struct broker *broker)
{
    return broker->node;
}

uint64_t broker_losses(const struct broker *broker)
{
    return broker->losses;
}

const struct fault *broker_trouble(const struct broker *broker)
{
    return &broker->trouble;
}

uint16_t broker_refusal(const struct broker *broker)
{
    return broker->refusal;
}

const struct wire *broker_wire(const struct broker *broker)
{
    return broker->wire;
}

struct buffer *broker_out(struct broker *broker)
{
    return &broker->out;
}

size_t broker_unsent(const struct broker *broker)
{
    return broker->out.len - broker->sent;
}

void broker_pause(struct broker *broker, bool paused)
{
    if (broker->paused == paused || !broker->stream)
        return;
    broker->paused = paused;
    watch(broker);
}

void broker_good(struct broker *broker)
{
    backoff_reset(&broker->backoff);
}

void broker_end(struct broker *broker)
{
    if (broker->phase == OPEN) {
        broker->phase = ENDING;
        wire_put_close(&broker->out);
        broker_pause(broker, false);
        broker_flush(broker);
    } else if (broker->phase != ENDING) {
        hang_up(broker);
        loop_cancel(broker->options.loop, broker->timer);
        broker->timer = -1;
        broker->phase = ENDED;
    }
}

bool broker_ended(const struct broker *broker)
{
    return broker->phase == ENDED;
}
