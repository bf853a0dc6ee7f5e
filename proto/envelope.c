/* The envelope's table and codec. */
#include "proto/envelope.h"

#include "proto/limits.h"

static const struct field fields[] = {
    {FIELD_KEY("key"), FIELD_UUID, offsetof(struct envelope, key), NULL, false},
    {FIELD_KEY("article"), FIELD_UUID, offsetof(struct envelope, article), NULL, false},
    {FIELD_KEY("content"), FIELD_UUID, offsetof(struct envelope, content), NULL, false},
    {FIELD_KEY("received"), FIELD_TIME, offsetof(struct envelope, received_ms), NULL, false},
    {FIELD_KEY("lane"), FIELD_STRING, offsetof(struct envelope, lane), NULL, false},
    {FIELD_KEY("flow"), FIELD_COUNT, offsetof(struct envelope, flow), NULL, false},
    {FIELD_KEY("refused_code"), FIELD_STRING, offsetof(struct envelope, refused_code), NULL, false},
    {FIELD_KEY("refused_message"), FIELD_STRING, offsetof(struct envelope, refused_message), NULL,
     false},
    {FIELD_KEY("replay"), FIELD_COUNT, offsetof(struct envelope, replay), NULL, false},
};

const struct field_table envelope_table = {"envelope", sizeof(struct envelope),
                                           sizeof fields / sizeof fields[0], fields};

void envelope_encode(const struct envelope *envelope, struct buffer *out)
{
    fields_pack(&envelope_table, envelope, out);
}

enum status envelope_decode(struct slice bytes, struct pack_reader *reader,
                            struct envelope *envelope, struct arena *arena, struct fault *fault)
{
    if (bytes.len > LIMIT_LINK_HEADER_BYTES)
        return fault_set(fault, STATUS_REJECT, "message-too-long",
                         "The envelope is longer than LIMIT_LINK_HEADER_BYTES.");
    return fields_unpack(&envelope_table, bytes, reader, envelope, arena, fault);
}
