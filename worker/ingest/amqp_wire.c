/* AMQP frames, by librabbitmq's tables of methods and properties. */
#include "worker/ingest/amqp_wire.h"

#include <amqp.h>
#include <amqp_framing.h>
#include <stdlib.h>
#include <string.h>

#define CHANNEL        1
#define FRAME_OVERHEAD 8                 /* type, channel, size; and the end */
#define METHOD_BYTES   ((size_t)4 << 10) /* of any that we send, names and passwords included */
#define BASIC          60

struct wire {
    amqp_connection_state_t state;
    uint32_t frame_max;
};

struct wire *wire_new(void)
{
    struct wire *wire = calloc(1, sizeof *wire);
    if (!wire)
        return NULL;
    wire->state = amqp_new_connection();
    wire->frame_max = 4096; /* until it is agreed upon */
    if (!wire->state) {
        free(wire);
        return NULL;
    }
    return wire;
}

void wire_free(struct wire *wire)
{
    if (!wire)
        return;
    (void)amqp_destroy_connection(wire->state);
    free(wire);
}

enum status wire_tune(struct wire *wire, uint32_t frame_max, struct fault *fault)
{
    wire->frame_max = frame_max;
    if (amqp_tune_connection(wire->state, CHANNEL, (int)frame_max, 0) != AMQP_STATUS_OK)
        return fault_set(fault, STATUS_RETRY, "out-of-memory", "no memory for frames");
    return STATUS_OK;
}

/* ---- what comes ---- */

static struct slice text_of(amqp_bytes_t bytes)
{
    return (struct slice){bytes.bytes, bytes.len};
}

static void confirm(struct wire_event *event, enum wire_kind kind, uint64_t tag, int multiple)
{
    event->kind = kind;
    event->tag = tag;
    event->multiple = multiple != 0;
}

/* Methods that say something beyond their name. */
static void read_fields(const amqp_method_t *method, struct wire_event *event)
{
    if (method->id == AMQP_CONNECTION_TUNE_METHOD) {
        const amqp_connection_tune_t *tune = method->decoded;
        event->frame_max = tune->frame_max;
        event->heartbeat_s = tune->heartbeat;
    } else if (method->id == AMQP_QUEUE_DECLARE_OK_METHOD) {
        event->count = ((const amqp_queue_declare_ok_t *)method->decoded)->message_count;
    } else if (method->id == AMQP_BASIC_DELIVER_METHOD) {
        event->tag = ((const amqp_basic_deliver_t *)method->decoded)->delivery_tag;
    } else if (method->id == AMQP_BASIC_GET_OK_METHOD) {
        event->tag = ((const amqp_basic_get_ok_t *)method->decoded)->delivery_tag;
    } else if (method->id == AMQP_BASIC_ACK_METHOD) {
        const amqp_basic_ack_t *ack = method->decoded;
        confirm(event, WIRE_ACKED, ack->delivery_tag, ack->multiple);
    } else if (method->id == AMQP_BASIC_NACK_METHOD) {
        const amqp_basic_nack_t *nack = method->decoded;
        confirm(event, WIRE_NACKED, nack->delivery_tag, nack->multiple);
    } else if (method->id == AMQP_BASIC_RETURN_METHOD) {
        const amqp_basic_return_t *back = method->decoded;
        event->code = back->reply_code;
        event->text = text_of(back->reply_text);
    } else if (method->id == AMQP_CHANNEL_CLOSE_METHOD) {
        const amqp_channel_close_t *end = method->decoded;
        event->code = end->reply_code;
        event->text = text_of(end->reply_text);
    } else if (method->id == AMQP_CONNECTION_CLOSE_METHOD) {
        const amqp_connection_close_t *end = method->decoded;
        event->code = end->reply_code;
        event->text = text_of(end->reply_text);
    } else if (method->id == AMQP_CONNECTION_BLOCKED_METHOD) {
        event->text = text_of(((const amqp_connection_blocked_t *)method->decoded)->reason);
    }
}

static void read_method(const amqp_method_t *method, struct wire_event *event)
{
    static const struct {
        amqp_method_number_t id;
        enum wire_kind kind;
    } methods[] = {
        {AMQP_BASIC_DELIVER_METHOD, WIRE_DELIVERED},
        {AMQP_BASIC_ACK_METHOD, WIRE_ACKED},
        {AMQP_BASIC_NACK_METHOD, WIRE_NACKED},
        {AMQP_BASIC_RETURN_METHOD, WIRE_RETURNED},
        {AMQP_BASIC_GET_OK_METHOD, WIRE_GOT},
        {AMQP_BASIC_GET_EMPTY_METHOD, WIRE_EMPTY},
        {AMQP_BASIC_QOS_OK_METHOD, WIRE_QOS_SET},
        {AMQP_BASIC_CONSUME_OK_METHOD, WIRE_CONSUMING},
        {AMQP_BASIC_CANCEL_METHOD, WIRE_CANCELLED},
        {AMQP_BASIC_CANCEL_OK_METHOD, WIRE_CANCEL_OK},
        {AMQP_QUEUE_DECLARE_OK_METHOD, WIRE_DECLARED},
        {AMQP_CONFIRM_SELECT_OK_METHOD, WIRE_CONFIRMING},
        {AMQP_CHANNEL_OPEN_OK_METHOD, WIRE_CHANNEL_OPENED},
        {AMQP_CHANNEL_CLOSE_METHOD, WIRE_CHANNEL_CLOSE},
        {AMQP_CONNECTION_START_METHOD, WIRE_START},
        {AMQP_CONNECTION_TUNE_METHOD, WIRE_TUNE},
        {AMQP_CONNECTION_OPEN_OK_METHOD, WIRE_OPENED},
        {AMQP_CONNECTION_BLOCKED_METHOD, WIRE_BLOCKED},
        {AMQP_CONNECTION_UNBLOCKED_METHOD, WIRE_UNBLOCKED},
        {AMQP_CONNECTION_CLOSE_METHOD, WIRE_CLOSE},
        {AMQP_CONNECTION_CLOSE_OK_METHOD, WIRE_CLOSED},
    };
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (methods[i].id == method->id)
            event->kind = methods[i].kind;
    read_fields(method, event);
}

/* In whichever of its types. */
static uint64_t number_of(const amqp_field_value_t *value)
{
    int64_t number = 0;
    switch (value->kind) {
    case AMQP_FIELD_KIND_I8:
        number = value->value.i8;
        break;
    case AMQP_FIELD_KIND_U8:
        number = value->value.u8;
        break;
    case AMQP_FIELD_KIND_I16:
        number = value->value.i16;
        break;
    case AMQP_FIELD_KIND_U16:
        number = value->value.u16;
        break;
    case AMQP_FIELD_KIND_I32:
        number = value->value.i32;
        break;
    case AMQP_FIELD_KIND_U32:
        number = value->value.u32;
        break;
    case AMQP_FIELD_KIND_I64:
        number = value->value.i64;
        break;
    default:
        break;
    }
    return number > 0 ? (uint64_t)number : 0;
}

/* A quorum queue says how often a message came out, unless it is the first time. */
static uint64_t count_of(const amqp_basic_properties_t *properties)
{
    static const char name[] = "x-delivery-count";
    if (!(properties->_flags & AMQP_BASIC_HEADERS_FLAG))
        return 0;
    for (int i = 0; i < properties->headers.num_entries; i++) {
        const amqp_table_entry_t *entry = &properties->headers.entries[i];
        if (entry->key.len == sizeof name - 1 &&
            memcmp(entry->key.bytes, name, sizeof name - 1) == 0)
            return number_of(&entry->value);
    }
    return 0;
}

/* False for a header of another class than a message's: its properties are of another type. */
static bool read_frame(const amqp_frame_t *frame, struct wire_event *event)
{
    if (frame->frame_type == AMQP_FRAME_METHOD) {
        read_method(&frame->payload.method, event);
    } else if (frame->frame_type == AMQP_FRAME_HEADER) {
        if (frame->payload.properties.class_id != AMQP_BASIC_CLASS)
            return false;
        const amqp_basic_properties_t *properties = frame->payload.properties.decoded;
        event->kind = WIRE_HEADER;
        event->count = frame->payload.properties.body_size;
        event->before = count_of(properties);
        if (properties->_flags & AMQP_BASIC_MESSAGE_ID_FLAG)
            event->text = text_of(properties->message_id);
    } else if (frame->frame_type == AMQP_FRAME_BODY) {
        event->kind = WIRE_BODY;
        event->text = text_of(frame->payload.body_fragment);
    } else if (frame->frame_type == 'A') { /* its protocol header instead of a frame */
        event->kind = WIRE_VERSION;
    }
    return true;
}

enum status wire_feed(struct wire *wire, struct slice *bytes, struct wire_event *event,
                      struct fault *fault)
{
    *event = (struct wire_event){.kind = WIRE_NOTHING};
    amqp_maybe_release_buffers(wire->state); /* of the event before */
    while (bytes->len > 0 && event->kind == WIRE_NOTHING) {
        amqp_frame_t frame;
        /* It reads only; its type has no const. */
        union {
            const char *in;
            void *out;
        } data = {.in = bytes->data};
        int taken = amqp_handle_input(wire->state, (amqp_bytes_t){bytes->len, data.out}, &frame);
        if (taken <= 0)
            return fault_set(fault, STATUS_RETRY, "bad-frame", "it says what is no AMQP: %s",
                             amqp_error_string2(taken));
        *bytes = slice_sub(*bytes, (size_t)taken, bytes->len);
        if (!read_frame(&frame, event))
            return fault_set(fault, STATUS_RETRY, "bad-frame",
                             "it says the header of class %u, which has no messages",
                             (unsigned)frame.payload.properties.class_id);
    }
    return STATUS_OK;
}

/* ---- what goes ---- */

static amqp_bytes_t bytes_of(const char *text)
{
    return amqp_cstring_bytes(text);
}

/* Writes the frame's beginning over the 7 bytes at `at`, and its end behind what is there. */
static void end_frame(struct buffer *out, size_t at, uint8_t type, uint16_t channel)
{
    static const char end = (char)AMQP_FRAME_END;
    if (buffer_failed(out))
        return;
    size_t len = out->len - at - 7;
    unsigned char *head = (unsigned char *)out->data + at;
    head[0] = type;
    head[1] = (unsigned char)(channel >> 8);
    head[2] = (unsigned char)channel;
    for (int i = 0; i < 4; i++)
        head[3 + i] = (unsigned char)(len >> (24 - 8 * i));
    buffer_append(out, &end, 1);
}

static void put_method(struct buffer *out, uint16_t channel, amqp_method_number_t id, void *fields)
{
    size_t at = out->len;
    char *to = buffer_extend(out, 7 + 4 + METHOD_BYTES);
    if (!to)
        return;
    out->len = at + 7;
    buffer_be32(out, id);
    int len = amqp_encode_method(id, fields, (amqp_bytes_t){METHOD_BYTES, out->data + out->len});
    if (len < 0)
        out->failed = true;
    else
        out->len += (size_t)len;
    end_frame(out, at, AMQP_FRAME_METHOD, channel);
}

void wire_put_hello(struct buffer *out)
{
    static const char hello[] = {'A', 'M', 'Q', 'P', 0, 0, 9, 1};
    buffer_append(out, hello, sizeof hello);
}

static amqp_table_entry_t entry(const char *name, amqp_field_value_t value)
{
    return (amqp_table_entry_t){.key = bytes_of(name), .value = value};
}

static amqp_table_entry_t entry_text(const char *name, const char *text)
{
    return entry(name,
                 (amqp_field_value_t){.kind = AMQP_FIELD_KIND_UTF8, .value.bytes = bytes_of(text)});
}

static amqp_table_entry_t entry_true(const char *name)
{
    return entry(name, (amqp_field_value_t){.kind = AMQP_FIELD_KIND_BOOLEAN, .value.boolean = 1});
}

void wire_put_start_ok(struct buffer *out, const char *user, const char *password,
                       const char *connection)
{
    amqp_table_entry_t can[] = {entry_true("publisher_confirms"),
                                entry_true("consumer_cancel_notify"), entry_true("basic.nack"),
                                entry_true("connection.blocked"),
                                entry_true("authentication_failure_close")};
    amqp_table_t abilities = {sizeof can / sizeof *can, can};
    amqp_table_entry_t properties[] = {
        entry_text("product", "newsmill"), entry_text("version", NEWSMILL_VERSION),
        entry_text("connection_name", connection),
        entry("capabilities",
              (amqp_field_value_t){.kind = AMQP_FIELD_KIND_TABLE, .value.table = abilities})};
    char secret[1024]; /* NUL user NUL password: SASL's PLAIN */
    size_t user_len = strlen(user), password_len = strlen(password);
    if (user_len + password_len + 2 > sizeof secret) {
        out->failed = true;
        return;
    }
    secret[0] = secret[1 + user_len] = '\0';
    memcpy(secret + 1, user, user_len);
    memcpy(secret + 2 + user_len, password, password_len);
    amqp_connection_start_ok_t fields = {
        .client_properties = {sizeof properties / sizeof *properties, properties},
        .mechanism = bytes_of("PLAIN"),
        .response = {user_len + password_len + 2, secret},
        .locale = bytes_of("en_US")};
    put_method(out, 0, AMQP_CONNECTION_START_OK_METHOD, &fields);
}

void wire_put_tune_ok(struct buffer *out, uint32_t frame_max, uint16_t heartbeat_s)
{
    amqp_connection_tune_ok_t fields = {CHANNEL, frame_max, heartbeat_s};
    put_method(out, 0, AMQP_CONNECTION_TUNE_OK_METHOD, &fields);
}

void wire_put_open(struct buffer *out, const char *vhost)
{
    amqp_connection_open_t fields = {.virtual_host = bytes_of(vhost)};
    put_method(out, 0, AMQP_CONNECTION_OPEN_METHOD, &fields);
}

void wire_put_channel_open(struct buffer *out)
{
    amqp_channel_open_t fields = {.out_of_band = amqp_empty_bytes};
    put_method(out, CHANNEL, AMQP_CHANNEL_OPEN_METHOD, &fields);
}

void wire_put_declare(struct buffer *out, const char *queue, enum wire_queue kind)
{
    amqp_table_entry_t arguments[] = {
        entry_text("x-queue-type", "quorum"),
        entry("x-max-length", (amqp_field_value_t){.kind = AMQP_FIELD_KIND_I32, .value.i32 = 1})};
    static const int counts[] = {[WIRE_QUORUM] = 1, [WIRE_LATEST] = 2};
    bool durable = kind == WIRE_QUORUM || kind == WIRE_LATEST;
    amqp_queue_declare_t fields = {.queue = bytes_of(queue),
                                   .passive = kind == WIRE_LOOK,
                                   .durable = durable,
                                   .exclusive = kind == WIRE_LOCK,
                                   .arguments = {durable ? counts[kind] : 0, arguments}};
    put_method(out, CHANNEL, AMQP_QUEUE_DECLARE_METHOD, &fields);
}

void wire_put_confirm(struct buffer *out)
{
    amqp_confirm_select_t fields = {.nowait = 0};
    put_method(out, CHANNEL, AMQP_CONFIRM_SELECT_METHOD, &fields);
}

void wire_put_qos(struct buffer *out, uint16_t prefetch)
{
    amqp_basic_qos_t fields = {.prefetch_count = prefetch};
    put_method(out, CHANNEL, AMQP_BASIC_QOS_METHOD, &fields);
}

void wire_put_consume(struct buffer *out, const char *queue, const char *name)
{
    amqp_basic_consume_t fields = {.queue = bytes_of(queue), .consumer_tag = bytes_of(name)};
    put_method(out, CHANNEL, AMQP_BASIC_CONSUME_METHOD, &fields);
}

void wire_put_cancel(struct buffer *out, const char *name)
{
    amqp_basic_cancel_t fields = {.consumer_tag = bytes_of(name)};
    put_method(out, CHANNEL, AMQP_BASIC_CANCEL_METHOD, &fields);
}

void wire_put_get(struct buffer *out, const char *queue)
{
    amqp_basic_get_t fields = {.queue = bytes_of(queue)};
    put_method(out, CHANNEL, AMQP_BASIC_GET_METHOD, &fields);
}

void wire_put_ack(struct buffer *out, uint64_t tag)
{
    amqp_basic_ack_t fields = {.delivery_tag = tag};
    put_method(out, CHANNEL, AMQP_BASIC_ACK_METHOD, &fields);
}

void wire_put_reject(struct buffer *out, uint64_t tag, bool again)
{
    amqp_basic_reject_t fields = {.delivery_tag = tag, .requeue = again};
    put_method(out, CHANNEL, AMQP_BASIC_REJECT_METHOD, &fields);
}

static void put_header(struct buffer *out, struct slice id, uint64_t body_bytes)
{
    union {
        const char *in;
        void *out;
    } data = {.in = id.data};
    amqp_basic_properties_t properties = {._flags = AMQP_BASIC_DELIVERY_MODE_FLAG |
                                                    AMQP_BASIC_MESSAGE_ID_FLAG,
                                          .delivery_mode = AMQP_DELIVERY_PERSISTENT,
                                          .message_id = {id.len, data.out}};
    size_t at = out->len;
    char *to = buffer_extend(out, 7 + METHOD_BYTES);
    if (!to)
        return;
    out->len = at + 7;
    buffer_be16(out, BASIC);
    buffer_be16(out, 0); /* weight: nobody uses it */
    buffer_be64(out, body_bytes);
    int len = amqp_encode_properties(BASIC, &properties,
                                     (amqp_bytes_t){METHOD_BYTES - 12, out->data + out->len});
    if (len < 0)
        out->failed = true;
    else
        out->len += (size_t)len;
    end_frame(out, at, AMQP_FRAME_HEADER, CHANNEL);
}

/* A run of bytes, cut into frames; they begin anew with each part, which is as good. */
static void put_body(struct buffer *out, const struct wire *wire, struct slice bytes)
{
    size_t most = wire->frame_max - FRAME_OVERHEAD;
    for (size_t from = 0; from < bytes.len;) {
        size_t len = bytes.len - from < most ? bytes.len - from : most, at = out->len;
        char *to = buffer_extend(out, 7 + len);
        if (!to)
            return;
        memcpy(to + 7, bytes.data + from, len);
        end_frame(out, at, AMQP_FRAME_BODY, CHANNEL);
        from += len;
    }
}

void wire_put_publish(struct buffer *out, const struct wire *wire, const char *queue,
                      struct slice id, const struct slice *parts, size_t count)
{
    uint64_t body_bytes = 0;
    amqp_basic_publish_t fields = {.routing_key = bytes_of(queue), .mandatory = 1};
    for (size_t i = 0; i < count; i++)
        body_bytes += parts[i].len;
    put_method(out, CHANNEL, AMQP_BASIC_PUBLISH_METHOD, &fields);
    put_header(out, id, body_bytes);
    for (size_t i = 0; i < count; i++)
        put_body(out, wire, parts[i]);
}

void wire_put_beat(struct buffer *out)
{
    size_t at = out->len;
    if (buffer_extend(out, 7))
        end_frame(out, at, AMQP_FRAME_HEARTBEAT, 0);
}

void wire_put_close(struct buffer *out)
{
    amqp_connection_close_t fields = {.reply_code = 200, .reply_text = bytes_of("done")};
    put_method(out, 0, AMQP_CONNECTION_CLOSE_METHOD, &fields);
}

void wire_put_close_ok(struct buffer *out)
{
    amqp_connection_close_ok_t fields = {0};
    put_method(out, 0, AMQP_CONNECTION_CLOSE_OK_METHOD, &fields);
}
