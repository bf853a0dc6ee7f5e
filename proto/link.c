/* The link's frames: the signature and the tables of the headers. */
#include "proto/link.h"

#include "proto/limits.h"

#define COUNT(fields) (sizeof(fields) / sizeof((fields)[0]))
#define FIELD(record, member, type)                                                                \
    {                                                                                              \
#member, type, offsetof(struct record, member), NULL, false                                \
    }
#define TIME(record, name, member)                                                                 \
    {                                                                                              \
        name, FIELD_TIME, offsetof(struct record, member), NULL, false                             \
    }
#define NESTED(record, member, type, table)                                                        \
    {                                                                                              \
#member, type, offsetof(struct record, member), &(table), false                            \
    }
#define TABLE(record, fields)                                                                      \
    {                                                                                              \
#record, sizeof(struct record), COUNT(fields), fields                                      \
    }

static const struct field hello_fields[] = {
    FIELD(link_hello, role, FIELD_STRING),           FIELD(link_hello, host, FIELD_STRING),
    FIELD(link_hello, version, FIELD_STRING),        FIELD(link_hello, pid, FIELD_INDEX),
    FIELD(link_hello, credit_messages, FIELD_COUNT), FIELD(link_hello, credit_bytes, FIELD_INDEX),
};
const struct field_table link_hello_table = TABLE(link_hello, hello_fields);

static const struct field welcome_fields[] = {
    FIELD(link_welcome, epoch, FIELD_NUMBER),
    FIELD(link_welcome, node, FIELD_STRING),
    FIELD(link_welcome, heartbeat_ms, FIELD_COUNT),
    FIELD(link_welcome, silence_ms, FIELD_COUNT),
};
const struct field_table link_welcome_table = TABLE(link_welcome, welcome_fields);

static const struct field deliver_fields[] = {
    FIELD(link_deliver, epoch, FIELD_NUMBER),
    FIELD(link_deliver, lease, FIELD_NUMBER),
    FIELD(link_deliver, attempt, FIELD_COUNT),
    FIELD(link_deliver, solo, FIELD_BOOL),
    FIELD(link_deliver, dead_stage, FIELD_STRING),
    FIELD(link_deliver, dead_code, FIELD_STRING),
    FIELD(link_deliver, dead_sqlstate, FIELD_STRING),
    FIELD(link_deliver, dead_message, FIELD_STRING),
    TIME(link_deliver, "dead_at", dead_ms),
    FIELD(link_deliver, dead_attempts, FIELD_COUNT),
};
const struct field_table link_deliver_table = TABLE(link_deliver, deliver_fields);

static const struct field outcome_fields[] = {
    FIELD(link_outcome, lease, FIELD_NUMBER),
    FIELD(link_outcome, attempt, FIELD_COUNT),
    FIELD(link_outcome, outcome, FIELD_STRING),
};
static const struct field_table outcome_table = TABLE(link_outcome, outcome_fields);

static const struct field done_fields[] = {
    FIELD(link_done, epoch, FIELD_NUMBER),
    NESTED(link_done, outcomes, FIELD_LIST, outcome_table),
};
const struct field_table link_done_table = TABLE(link_done, done_fields);

static const struct field refuse_fields[] = {
    FIELD(link_refuse, epoch, FIELD_NUMBER),    FIELD(link_refuse, lease, FIELD_NUMBER),
    FIELD(link_refuse, attempt, FIELD_COUNT),   FIELD(link_refuse, retry, FIELD_BOOL),
    FIELD(link_refuse, stage, FIELD_STRING),    FIELD(link_refuse, code, FIELD_STRING),
    FIELD(link_refuse, sqlstate, FIELD_STRING), FIELD(link_refuse, message, FIELD_STRING),
};
const struct field_table link_refuse_table = TABLE(link_refuse, refuse_fields);

static const struct field beat_fields[] = {
    FIELD(link_beat, epoch, FIELD_NUMBER),
    FIELD(link_beat, lease, FIELD_NUMBER),
};
const struct field_table link_beat_table = TABLE(link_beat, beat_fields);

static const struct field books_fields[] = {
    FIELD(link_books, node, FIELD_STRING),    FIELD(link_books, accepted, FIELD_NUMBER),
    FIELD(link_books, stored, FIELD_NUMBER),  FIELD(link_books, duplicate, FIELD_NUMBER),
    FIELD(link_books, dead, FIELD_NUMBER),    FIELD(link_books, in_flight, FIELD_NUMBER),
    FIELD(link_books, refused, FIELD_NUMBER),
};
const struct field_table link_books_table = TABLE(link_books, books_fields);

static const struct field worker_fields[] = {
    FIELD(link_worker, role, FIELD_STRING),
    FIELD(link_worker, host, FIELD_STRING),
    FIELD(link_worker, version, FIELD_STRING),
    FIELD(link_worker, state, FIELD_STRING),
    FIELD(link_worker, pid, FIELD_INDEX),
    FIELD(link_worker, outstanding, FIELD_COUNT),
    FIELD(link_worker, credit_messages, FIELD_COUNT),
    FIELD(link_worker, done, FIELD_NUMBER),
    FIELD(link_worker, failed, FIELD_NUMBER),
};
static const struct field_table worker_table = TABLE(link_worker, worker_fields);

static const struct field status_fields[] = {
    NESTED(link_status, books, FIELD_STRUCT, link_books_table),
    NESTED(link_status, workers, FIELD_LIST, worker_table),
    FIELD(link_status, waiting, FIELD_NUMBER),
    FIELD(link_status, stale, FIELD_NUMBER),
    FIELD(link_status, strangers, FIELD_NUMBER),
    FIELD(link_status, journal_bytes, FIELD_NUMBER),
    FIELD(link_status, journal_segments, FIELD_NUMBER),
    FIELD(link_status, oldest_ms, FIELD_INDEX),
};
const struct field_table link_status_table = TABLE(link_status, status_fields);

void link_signature(enum link_command command, char out[LINK_SIGNATURE_BYTES])
{
    out[0] = 'N';
    out[1] = 'M';
    out[2] = PROTO_LINK_VERSION;
    out[3] = (char)command;
}

enum status link_command_of(struct slice frame, enum link_command *command, struct fault *fault)
{
    if (frame.len != LINK_SIGNATURE_BYTES || frame.data[0] != 'N' || frame.data[1] != 'M')
        return fault_set(fault, STATUS_REJECT, "stranger",
                         "The peer does not speak newsmill's link.");
    if (frame.data[2] != PROTO_LINK_VERSION)
        return fault_set(fault, STATUS_REJECT, "version",
                         "The peer speaks version %d of the link, this is version %d.",
                         frame.data[2], PROTO_LINK_VERSION);
    if (frame.data[3] < LINK_HELLO || frame.data[3] > LINK_BOOKS)
        return fault_set(fault, STATUS_REJECT, "unknown-command", "The link has no command %d.",
                         frame.data[3]);
    *command = (enum link_command)frame.data[3];
    return STATUS_OK;
}

enum status link_header(const struct field_table *table, struct slice frame,
                        struct pack_reader *reader, void *header, struct arena *arena,
                        struct fault *fault)
{
    const struct pack_object *root;
    if (frame.len > LIMIT_LINK_HEADER_BYTES)
        return fault_set(fault, STATUS_REJECT, "header-too-long",
                         "The header is longer than LIMIT_LINK_HEADER_BYTES (%d bytes).",
                         LIMIT_LINK_HEADER_BYTES);
    enum status status = pack_read(reader, frame, &root, fault);
    if (status != STATUS_OK)
        return status;
    return fields_unpack(table, root, header, arena, fault);
}
