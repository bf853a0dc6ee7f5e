/* Taps: watchers at the work socket who want to see some of the articles that pass a stage.
 *
 * A tap never slows anything: an article nobody wants costs a comparison; a sample shares the bytes
 * that are there; a watcher has only so many samples on the way, and what he does not fetch in time
 * is dropped and counted. It ends when its watcher falls silent. */
#include <stdlib.h>

#include "common/log.h"
#include "proto/envelope.h"
#include "proto/limits.h"
#include "proto/link.h"
#include "worker/ingest/bucket.h"
#include "worker/ingest/ingest_state.h"

#define TAPS_MAX        8
#define ROUTE_BYTES_MAX 64
#define WINDOW          32                /* samples on the way to one watcher */
#define PAYLOAD_BYTES   ((size_t)1 << 16) /* larger messages and results stay here */
#define SILENCE_MS      5000
#define ARENA_BYTES     ((size_t)1 << 16)

struct tap {
    char route[ROUTE_BYTES_MAX];
    size_t route_len; /* 0: this place is free */
    char stage[16];
    struct bucket bucket;
    int64_t heard_ms;
    uint64_t passed, sent, fetched, dropped;
};

struct taps {
    struct tap taps[TAPS_MAX];
    uint32_t count;
    struct bus_message sample; /* taken before it is known whether the article passes */
    struct link_tapped header; /* of it */
    struct buffer words;       /* why it is dead: its end frees the reason */
    bool pending;
    struct arena *arena;
    struct pack_reader reader;
    struct buffer packed, envelope;
};

static struct slice route_of(const struct tap *tap)
{
    return (struct slice){tap->route, tap->route_len};
}

/* ---- sending ---- */

/* The route, the signature and the header; payloads come behind. */
static enum status begin(struct ingest *ingest, const struct tap *tap,
                         const struct link_tapped *header, struct bus_message *message)
{
    struct taps *taps = ingest->taps;
    char signature[LINK_SIGNATURE_BYTES];
    struct link_tapped counted = *header;
    counted.stage = slice_from(tap->stage);
    counted.passed = tap->passed;
    counted.dropped = tap->dropped;
    link_signature(LINK_TAP, signature);
    buffer_clear(&taps->packed);
    fields_pack(&link_tapped_table, &counted, &taps->packed);
    bus_message_init(message);
    enum status status = buffer_failed(&taps->packed) ? STATUS_FATAL : STATUS_OK;
    if (status == STATUS_OK)
        status = bus_message_add(message, route_of(tap));
    if (status == STATUS_OK)
        status = bus_message_add(message, (struct slice){signature, sizeof signature});
    if (status == STATUS_OK)
        status = bus_message_add(message, buffer_slice(&taps->packed));
    return status;
}

static void send_sample(struct ingest *ingest, struct tap *tap, const struct link_tapped *header,
                        const struct bus_message *payload)
{
    struct bus_message message;
    enum status status = begin(ingest, tap, header, &message);
    for (size_t i = 0; i < payload->count && status == STATUS_OK; i++)
        status = bus_message_share(&message, &payload->frames[i]);
    if (status == STATUS_OK)
        status = bus_send(workers_socket(ingest), &message);
    else
        bus_message_deinit(&message);
    if (status == STATUS_OK)
        tap->sent++;
    else
        tap->dropped++;
}

static bool is_wanted(struct tap *tap, const char *stage)
{
    return tap->route_len > 0 && strcmp(tap->stage, stage) == 0;
}

/* An article has passed: to everyone who watches the stage and has room. */
static void pass(struct ingest *ingest, const char *stage, const struct link_tapped *header,
                 const struct bus_message *payload)
{
    for (size_t i = 0; i < TAPS_MAX; i++) {
        struct tap *tap = &ingest->taps->taps[i];
        if (!is_wanted(tap, stage))
            continue;
        tap->passed++;
        if (!bucket_take(&tap->bucket, loop_now_ms(ingest->loop)))
            continue;
        if (tap->sent - tap->fetched >= WINDOW)
            tap->dropped++;
        else
            send_sample(ingest, tap, header, payload);
    }
}

/* ---- what passes ---- */

/* Whether somebody watches the entrance, or something behind it. */
static bool is_watched(const struct taps *taps, bool entrance)
{
    for (size_t i = 0; taps->count > 0 && i < TAPS_MAX; i++)
        if (taps->taps[i].route_len > 0 && entrance == (strcmp(taps->taps[i].stage, "ingest") == 0))
            return true;
    return false;
}

bool taps_watch_entrance(const struct ingest *ingest)
{
    return is_watched(ingest->taps, true);
}

static enum status add_bytes(struct bus_message *message, struct slice bytes)
{
    return bus_message_add(message, bytes.len <= PAYLOAD_BYTES ? bytes : SLICE_LITERAL(""));
}

static enum status add_frame(struct bus_message *message, const struct bus_frame *frame)
{
    if (!frame || bus_frame_slice(frame).len > PAYLOAD_BYTES)
        return bus_message_add(message, SLICE_LITERAL(""));
    return bus_message_share(message, frame);
}

void taps_accepted(struct ingest *ingest, const struct envelope *envelope, struct slice article,
                   bool duplicate)
{
    struct taps *taps = ingest->taps;
    struct bus_message payload;
    if (!is_watched(taps, true))
        return;
    buffer_clear(&taps->envelope);
    envelope_encode(envelope, &taps->envelope);
    const struct link_tapped header = {.bytes = (int64_t)article.len,
                                       .outcome = duplicate ? SLICE_LITERAL("duplicate")
                                                            : SLICE_LITERAL("accepted")};
    bus_message_init(&payload);
    if (!buffer_failed(&taps->envelope) &&
        bus_message_add(&payload, buffer_slice(&taps->envelope)) == STATUS_OK &&
        add_bytes(&payload, article) == STATUS_OK)
        pass(ingest, "ingest", &header, &payload);
    bus_message_deinit(&payload);
}

static struct slice keep(struct buffer *words, size_t *at, struct slice text)
{
    struct slice kept = {text.data ? words->data + *at : NULL, text.len};
    *at += text.len;
    return kept;
}

static void keep_reason(struct taps *taps, const struct dispatch_delivery *held)
{
    size_t at = 0;
    buffer_clear(&taps->words);
    buffer_append_slice(&taps->words, held->dead_stage);
    buffer_append_slice(&taps->words, held->dead_code);
    buffer_append_slice(&taps->words, held->dead_message);
    if (buffer_failed(&taps->words))
        return;
    taps->header.dead_stage = keep(&taps->words, &at, held->dead_stage);
    taps->header.code = keep(&taps->words, &at, held->dead_code);
    taps->header.message = keep(&taps->words, &at, held->dead_message);
}

void taps_prepare(struct ingest *ingest, const struct link_outcome *outcome,
                  const struct bus_frame *result)
{
    struct taps *taps = ingest->taps;
    struct dispatch_delivery held;
    taps->pending =
        is_watched(taps, false) && dispatch_peek(ingest->dispatch, outcome->lease, &held);
    if (!taps->pending)
        return;
    taps->header =
        (struct link_tapped){.bytes = (int64_t)bus_frame_slice(held.article).len,
                             .attempt = held.attempt,
                             .outcome = held.dead ? SLICE_LITERAL("dead") : outcome->outcome};
    if (held.dead)
        keep_reason(taps, &held);
    bus_message_init(&taps->sample);
    if (bus_message_share(&taps->sample, held.envelope) == STATUS_OK &&
        add_frame(&taps->sample, held.article) == STATUS_OK &&
        add_frame(&taps->sample, result ? result : held.result) == STATUS_OK)
        return;
    bus_message_deinit(&taps->sample);
    taps->pending = false;
}

void taps_finish(struct ingest *ingest, const char *stage)
{
    struct taps *taps = ingest->taps;
    if (!taps->pending)
        return;
    taps->pending = false;
    if (stage)
        pass(ingest, stage, &taps->header, &taps->sample);
    bus_message_deinit(&taps->sample);
}

/* ---- watchers ---- */

static struct tap *find(struct taps *taps, struct slice route)
{
    for (size_t i = 0; i < TAPS_MAX; i++)
        if (taps->taps[i].route_len > 0 && slice_equal(route_of(&taps->taps[i]), route))
            return &taps->taps[i];
    return NULL;
}

static struct tap *free_place(struct taps *taps)
{
    for (size_t i = 0; i < TAPS_MAX; i++)
        if (taps->taps[i].route_len == 0)
            return &taps->taps[i];
    return NULL;
}

static void end(struct taps *taps, struct tap *tap)
{
    log_info("a tap ends", log_text("stage", tap->stage), log_int("sent", (int64_t)tap->sent),
             log_int("dropped", (int64_t)tap->dropped));
    tap->route_len = 0;
    taps->count--;
}

static struct tap *open_tap(struct ingest *ingest, struct slice route, const struct link_tap *wish)
{
    struct taps *taps = ingest->taps;
    struct tap *tap = free_place(taps);
    if (!tap || route.len > sizeof tap->route || wish->stage.len >= sizeof tap->stage)
        return NULL;
    *tap = (struct tap){.route_len = route.len};
    memcpy(tap->route, route.data, route.len);
    memcpy(tap->stage, wish->stage.data, wish->stage.len);
    bucket_init(&tap->bucket, wish->rate, loop_now_ms(ingest->loop));
    taps->count++;
    log_info("a tap begins", log_text("stage", tap->stage), log_int("rate", wish->rate));
    return tap;
}

void taps_take(struct ingest *ingest, const struct bus_message *message)
{
    struct taps *taps = ingest->taps;
    struct slice route = bus_message_frame(message, 0);
    struct link_tap wish;
    struct bus_message answer;
    arena_reset(taps->arena);
    if (link_header(&link_tap_table, bus_message_frame(message, 2), &taps->reader, &wish,
                    taps->arena, NULL) != STATUS_OK ||
        !wish.stage.data)
        return;
    struct tap *tap = find(taps, route);
    if (!tap && wish.rate > 0)
        tap = open_tap(ingest, route, &wish);
    if (!tap)
        return; /* no place for another: he will say that nothing answers */
    tap->heard_ms = loop_now_ms(ingest->loop);
    tap->fetched = wish.fetched < tap->sent ? wish.fetched : tap->sent;
    if (wish.rate == 0)
        end(taps, tap);
    else if (begin(ingest, tap, &(struct link_tapped){.bytes = 0}, &answer) != STATUS_OK)
        bus_message_deinit(&answer);
    else
        (void)!bus_send(workers_socket(ingest), &answer);
}

void taps_look(struct ingest *ingest)
{
    struct taps *taps = ingest->taps;
    for (size_t i = 0; i < TAPS_MAX; i++)
        if (taps->taps[i].route_len > 0 &&
            loop_now_ms(ingest->loop) - taps->taps[i].heard_ms > SILENCE_MS)
            end(taps, &taps->taps[i]);
}

enum status taps_open(struct ingest *ingest, struct fault *fault)
{
    struct taps *taps = calloc(1, sizeof *taps);
    ingest->taps = taps;
    if (taps)
        taps->arena = arena_new(ARENA_BYTES);
    if (!taps || !taps->arena)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for taps");
    pack_reader_init(&taps->reader);
    buffer_init(&taps->packed, LIMIT_LINK_HEADER_BYTES);
    buffer_init(&taps->envelope, LIMIT_LINK_HEADER_BYTES);
    buffer_init(&taps->words, LIMIT_LINK_HEADER_BYTES);
    return STATUS_OK;
}

void taps_close(struct ingest *ingest)
{
    struct taps *taps = ingest->taps;
    if (!taps)
        return;
    pack_reader_deinit(&taps->reader);
    buffer_deinit(&taps->packed);
    buffer_deinit(&taps->envelope);
    buffer_deinit(&taps->words);
    arena_free(taps->arena);
    free(taps);
    ingest->taps = NULL;
}
