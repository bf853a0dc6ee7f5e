/* The envelope's table and codec. */
#include "proto/envelope.h"

#include "proto/limits.h"

static const struct field fields[] = {
    {"key", FIELD_UUID, offsetof(struct envelope, key), NULL, false},
    {"article", FIELD_UUID, offsetof(struct envelope, article), NULL, false},
    {"content", FIELD_UUID, offsetof(struct envelope, content), NULL, false},
    {"received", FIELD_TIME, offsetof(struct envelope, received_ms), NULL, false},
    {"lane", FIELD_STRING, offsetof(struct envelope, lane), NULL, false},
    {"flow", FIELD_COUNT, offsetof(struct envelope, flow), NULL, false},
    {"refused_code", FIELD_STRING, offsetof(struct envelope, refused_code), NULL, false},
    {"refused_message", FIELD_STRING, offsetof(struct envelope, refused_message), NULL, false},
    {"replay", FIELD_COUNT, offsetof(struct envelope, replay), NULL, false},
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
