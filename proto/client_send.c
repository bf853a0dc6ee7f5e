/* The client's way out: articles alone, gathered, and again. */
#include <string.h>

#include "common/clock.h"
#include "proto/client_state.h"
#include "proto/link.h"

/* From about 32 KB on, libzmq neither copies a message into its own buffers nor cuts what it has
 * received out of them: a dozen articles of 5 KB cost ingest a third less than one by one. Messages
 * of 40 KB were 8 % slower than these, of 128 KB no faster for sure. */
#define GATHER_BYTES ((size_t)64 * 1024)
#define SOON_MS      10 /* not connected yet, or libzmq's queue is full */

/* ---- slots and their tags ---- */

void client_tag_write(const struct client *client, uint32_t index, char out[CLIENT_TAG_BYTES])
{
    memcpy(out, &index, 4);
    memcpy(out + 4, &client->slots[index].serial, 4);
}

struct slot *client_slot_of(const struct client *client, const char tag[CLIENT_TAG_BYTES])
{
    uint32_t index, serial;
    memcpy(&index, tag, 4);
    memcpy(&serial, tag + 4, 4);
    if (index >= client->options.window)
        return NULL;
    struct slot *slot = &client->slots[index];
    return slot->used && slot->serial == serial ? slot : NULL;
}

void client_set_due(struct client *client, struct slot *slot, int64_t due_ms)
{
    if (!slot->article.data)
        return;
    slot->due_ms = due_ms;
    if (client->soonest_ms > due_ms)
        client->soonest_ms = due_ms;
}

/* `bytes` are the slot's own, or shared. Where nothing was on its way before, silence begins. */
static void set_article(struct client *client, struct slot *slot, struct slice article)
{
    slot->article = article;
    if (client->on_way++ == 0)
        client->heard_ms = clock_steady_ms();
}

static enum status send_message(struct client *client, struct bus_message *message)
{
    if (client->socket)
        return bus_send(client->socket, message) == STATUS_OK ? STATUS_OK : STATUS_RETRY;
    bus_message_deinit(message); /* there was no memory for another socket yet */
    return STATUS_RETRY;
}

/* When to send again should no answer come. */
static int64_t due_after(const struct client *client, enum status sent)
{
    return clock_steady_ms() + (sent == STATUS_OK ? client->options.resend_after_ms : SOON_MS);
}

/* ---- one article, one message ---- */

/* A producer's message is its tag, which ingest echoes, and the article. */
static enum status put_tag(const struct client *client, struct bus_message *message, uint32_t index)
{
    char tag[CLIENT_TAG_BYTES];
    client_tag_write(client, index, tag);
    return bus_message_add(message, (struct slice){tag, sizeof tag});
}

/* A replay is a command of the link, and has its tag in the header. */
static enum status put_replay(struct client *client, struct bus_message *message, uint32_t index)
{
    char signature[LINK_SIGNATURE_BYTES];
    const struct slot *slot = &client->slots[index];
    const struct link_replay header = {(uint64_t)slot->serial << 32 | index};
    link_signature(LINK_REPLAY, signature);
    buffer_clear(&client->header);
    fields_pack(&link_replay_table, &header, &client->header);
    enum status status = bus_message_add(message, (struct slice){signature, sizeof signature});
    if (status == STATUS_OK)
        status = buffer_failed(&client->header)
                     ? STATUS_FATAL
                     : bus_message_add(message, buffer_slice(&client->header));
    return status == STATUS_OK ? bus_message_share(message, &slot->envelope) : status;
}

/* One that was sent with others before is alone in this message. */
static enum status put_article(struct bus_message *message, const struct slot *slot)
{
    return bus_frame_slice(&slot->bytes).len == slot->article.len
               ? bus_message_share(message, &slot->bytes)
               : bus_message_add(message, slot->article);
}

/* One that was sent before. */
static enum status send_again(struct client *client, uint32_t index)
{
    struct slot *slot = &client->slots[index];
    struct bus_message message;
    bus_message_init(&message);
    enum status status = client->options.replays ? put_replay(client, &message, index)
                                                 : put_tag(client, &message, index);
    if (status == STATUS_OK)
        status = put_article(&message, slot);
    if (status == STATUS_OK)
        status = send_message(client, &message);
    else
        bus_message_deinit(&message);
    client_set_due(client, slot, due_after(client, status));
    return status == STATUS_OK ? STATUS_OK : STATUS_RETRY;
}

static enum status send_alone(struct client *client, uint32_t index, struct slice article)
{
    struct slot *slot = &client->slots[index];
    if (bus_frame_copy(&slot->bytes, article) != STATUS_OK)
        return STATUS_FATAL;
    set_article(client, slot, bus_frame_slice(&slot->bytes));
    return send_again(client, index);
}

/* ---- many articles, one message ---- */

/* What was gathered, as it goes on the wire: without the head around a single one. A small part of
 * the memory is copied, so that what waits for an answer takes no more of it than it needs. */
static enum status take_gathered(struct gathered *gathered, struct bus_frame *frame)
{
    struct buffer *bytes = &gathered->bytes;
    const size_t from = gathered->count == 1 ? BUNDLE_HEAD_BYTES : 0;
    if (bytes->len >= GATHER_BYTES / 2)
        return bus_frame_adopt(frame, bytes, from);
    return bus_frame_copy(frame, slice_sub(buffer_slice(bytes), from, bytes->len));
}

/* Each slot keeps what its article is sent in; one that was given up meanwhile does not. */
static void share_gathered(struct client *client, const struct bus_frame *frame)
{
    const struct gathered *gathered = &client->gathered;
    size_t at = gathered->count == 1 ? 0 : BUNDLE_HEAD_BYTES;
    const size_t behind = BUNDLE_HEAD_BYTES - at; /* that the ends have and the frame has not */
    for (size_t i = 0; i < gathered->count; at = gathered->ends[i++] - behind) {
        struct slot *slot = client_slot_of(client, gathered->tags + i * CLIENT_TAG_BYTES);
        if (!slot)
            continue;
        bus_frame_share(&slot->bytes, frame);
        set_article(client, slot,
                    slice_sub(bus_frame_slice(&slot->bytes), at, gathered->ends[i] - behind));
    }
}

static enum status send_gathered(struct client *client, const struct bus_frame *frame)
{
    const struct slice tags = {client->gathered.tags, client->gathered.count * CLIENT_TAG_BYTES};
    struct bus_message message;
    bus_message_init(&message);
    enum status status = bus_message_add(&message, tags);
    if (status == STATUS_OK)
        status = bus_message_share(&message, frame);
    if (status == STATUS_OK)
        return send_message(client, &message);
    bus_message_deinit(&message);
    return STATUS_RETRY;
}

enum status client_flush(struct client *client)
{
    struct gathered *gathered = &client->gathered;
    struct bus_frame frame;
    if (gathered->count == 0)
        return STATUS_OK;
    bundle_head(gathered->count, gathered->bytes.data);
    if (take_gathered(gathered, &frame) != STATUS_OK)
        return STATUS_FATAL;
    share_gathered(client, &frame);
    enum status status = send_gathered(client, &frame);
    bus_frame_deinit(&frame);
    const int64_t due_ms = due_after(client, status);
    for (size_t i = 0; i < gathered->count; i++) {
        struct slot *slot = client_slot_of(client, gathered->tags + i * CLIENT_TAG_BYTES);
        if (slot)
            client_set_due(client, slot, due_ms);
    }
    gathered->count = 0;
    buffer_clear(&gathered->bytes);
    return status;
}

static bool fits(const struct gathered *gathered, struct slice article)
{
    return gathered->count == 0 || (gathered->count < LIMIT_BUNDLE_ARTICLES &&
                                    article.len <= GATHER_BYTES - gathered->bytes.len);
}

/* All the memory at once: it is given away, and begun anew, with every message. */
static enum status begin_gathering(struct gathered *gathered)
{
    buffer_clear(&gathered->bytes);
    if (!buffer_extend(&gathered->bytes, GATHER_BYTES))
        return STATUS_FATAL;
    gathered->bytes.len = BUNDLE_HEAD_BYTES;
    return STATUS_OK;
}

static enum status gather(struct client *client, uint32_t index, struct slice article)
{
    struct gathered *gathered = &client->gathered;
    enum status status = STATUS_OK;
    if (!fits(gathered, article))
        status = client_flush(client);
    if (status != STATUS_FATAL && gathered->count == 0 && begin_gathering(gathered) != STATUS_OK)
        status = STATUS_FATAL;
    if (status == STATUS_FATAL)
        return status;
    buffer_append_slice(&gathered->bytes, article);
    client_tag_write(client, index, gathered->tags + gathered->count * CLIENT_TAG_BYTES);
    gathered->ends[gathered->count++] = gathered->bytes.len;
    return status;
}

enum status client_send(struct client *client, uint32_t index, struct slice article)
{
    if (!client->options.gathers)
        return send_alone(client, index, article);
    const bool alone = client->alone_ms > 0 && client->alone_ms > clock_steady_ms();
    if (article.len <= GATHER_BYTES / 2 && !alone)
        return gather(client, index, article);
    enum status status = client_flush(client); /* what was pushed before goes before */
    return status == STATUS_FATAL ? status : send_alone(client, index, article);
}

void client_part(struct slot *slot)
{
    struct bus_frame own;
    if (bus_frame_slice(&slot->bytes).len == slot->article.len ||
        bus_frame_copy(&own, slot->article) != STATUS_OK)
        return;
    bus_frame_deinit(&slot->bytes);
    bus_frame_share(&slot->bytes, &own);
    bus_frame_deinit(&own);
    slot->article = bus_frame_slice(&slot->bytes);
}

int64_t client_send_due(struct client *client, int64_t now, int64_t wait)
{
    enum status status = client_flush(client);
    if (status == STATUS_OK && client->soonest_ms <= now) {
        client->soonest_ms = INT64_MAX;
        for (uint32_t i = 0; i < client->options.window; i++) {
            struct slot *slot = &client->slots[i];
            if (!slot->used || !slot->article.data)
                continue;
            if (slot->due_ms <= now && status == STATUS_OK)
                status = send_again(client, i);
            else
                client_set_due(client, slot, slot->due_ms);
        }
    }
    if (status != STATUS_OK) {
        client->soonest_ms = now + SOON_MS;
        return wait < SOON_MS ? wait : SOON_MS;
    }
    return client->soonest_ms - now < wait ? client->soonest_ms - now : wait;
}
