/* The reply's codec. A producer reads these: absent keys are left out rather than nil. */
#include "proto/reply.h"

static void put_text(struct buffer *out, const char *key, struct slice value)
{
    pack_write_string(out, slice_from(key));
    pack_write_string(out, value);
}

static void put_bool(struct buffer *out, const char *key, bool value)
{
    pack_write_string(out, slice_from(key));
    pack_write_bool(out, value);
}

void reply_encode(const struct reply *reply, struct buffer *out)
{
    bool has_id = reply->id.data != NULL;
    bool wait = !reply->ok && reply->retry && reply->retry_after_ms > 0;
    pack_write_map(out, (reply->ok ? 3u : 4u) + has_id + wait);
    put_bool(out, "ok", reply->ok);
    if (has_id)
        put_text(out, "id", reply->id);
    if (reply->ok) {
        char text[UUID_TEXT_BYTES];
        uuid_format(&reply->article, text);
        put_text(out, "article", slice_from(text));
        put_bool(out, "duplicate", reply->duplicate);
        return;
    }
    put_text(out, "error", reply->error);
    put_text(out, "message", reply->message);
    put_bool(out, "retry", reply->retry);
    if (wait) {
        pack_write_string(out, SLICE_LITERAL("retry_after_ms"));
        pack_write_uint(out, reply->retry_after_ms);
    }
}

struct reply_wire {
    struct slice id, article, error, message;
    bool ok, duplicate, retry;
    uint32_t retry_after_ms;
};

static const struct field fields[] = {
    {FIELD_KEY("ok"), FIELD_BOOL, offsetof(struct reply_wire, ok), NULL, false},
    {FIELD_KEY("id"), FIELD_STRING, offsetof(struct reply_wire, id), NULL, false},
    {FIELD_KEY("article"), FIELD_STRING, offsetof(struct reply_wire, article), NULL, false},
    {FIELD_KEY("duplicate"), FIELD_BOOL, offsetof(struct reply_wire, duplicate), NULL, false},
    {FIELD_KEY("error"), FIELD_STRING, offsetof(struct reply_wire, error), NULL, false},
    {FIELD_KEY("message"), FIELD_STRING, offsetof(struct reply_wire, message), NULL, false},
    {FIELD_KEY("retry"), FIELD_BOOL, offsetof(struct reply_wire, retry), NULL, false},
    {FIELD_KEY("retry_after_ms"), FIELD_COUNT, offsetof(struct reply_wire, retry_after_ms), NULL,
     false},
};
static const struct field_table table = {"reply", sizeof(struct reply_wire),
                                         sizeof fields / sizeof fields[0], fields};

enum status reply_decode(struct slice bytes, struct pack_reader *reader, struct reply *reply,
                         struct arena *arena, struct fault *fault)
{
    struct reply_wire wire;
    enum status status = fields_unpack(&table, bytes, reader, &wire, arena, fault);
    if (status != STATUS_OK)
        return status;
    *reply = (struct reply){.ok = wire.ok,
                            .id = wire.id,
                            .duplicate = wire.duplicate,
                            .error = wire.error,
                            .message = wire.message,
                            .retry = wire.retry,
                            .retry_after_ms = wire.retry_after_ms};
    if (wire.ok && !uuid_parse(wire.article, &reply->article))
        return fault_set(fault, STATUS_REJECT, "bad-reply", "The reply names no article.");
    return STATUS_OK;
}
