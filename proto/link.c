/* The link's frames: the signature and the tables of the headers. */
#include "proto/link.h"

#include "proto/limits.h"

#define COUNT(fields) (sizeof(fields) / sizeof((fields)[0]))

static const struct field hello_fields[] = {
    {FIELD_KEY("role"), FIELD_STRING, offsetof(struct link_hello, role), NULL, false},
    {FIELD_KEY("host"), FIELD_STRING, offsetof(struct link_hello, host), NULL, false},
    {FIELD_KEY("version"), FIELD_STRING, offsetof(struct link_hello, version), NULL, false},
    {FIELD_KEY("pid"), FIELD_INDEX, offsetof(struct link_hello, pid), NULL, false},
    {FIELD_KEY("credit_messages"), FIELD_COUNT, offsetof(struct link_hello, credit_messages), NULL,
     false},
    {FIELD_KEY("credit_bytes"), FIELD_INDEX, offsetof(struct link_hello, credit_bytes), NULL,
     false},
};
const struct field_table link_hello_table = {"hello", sizeof(struct link_hello),
                                             COUNT(hello_fields), hello_fields};

static const struct field welcome_fields[] = {
    {FIELD_KEY("epoch"), FIELD_NUMBER, offsetof(struct link_welcome, epoch), NULL, false},
    {FIELD_KEY("node"), FIELD_STRING, offsetof(struct link_welcome, node), NULL, false},
    {FIELD_KEY("heartbeat_ms"), FIELD_COUNT, offsetof(struct link_welcome, heartbeat_ms), NULL,
     false},
    {FIELD_KEY("silence_ms"), FIELD_COUNT, offsetof(struct link_welcome, silence_ms), NULL, false},
};
const struct field_table link_welcome_table = {"welcome", sizeof(struct link_welcome),
                                               COUNT(welcome_fields), welcome_fields};

static const struct field deliver_fields[] = {
    {FIELD_KEY("epoch"), FIELD_NUMBER, offsetof(struct link_deliver, epoch), NULL, false},
    {FIELD_KEY("lease"), FIELD_NUMBER, offsetof(struct link_deliver, lease), NULL, false},
    {FIELD_KEY("attempt"), FIELD_COUNT, offsetof(struct link_deliver, attempt), NULL, false},
    {FIELD_KEY("solo"), FIELD_BOOL, offsetof(struct link_deliver, solo), NULL, false},
    {FIELD_KEY("dead_stage"), FIELD_STRING, offsetof(struct link_deliver, dead_stage), NULL, false},
    {FIELD_KEY("dead_code"), FIELD_STRING, offsetof(struct link_deliver, dead_code), NULL, false},
    {FIELD_KEY("dead_sqlstate"), FIELD_STRING, offsetof(struct link_deliver, dead_sqlstate), NULL,
     false},
    {FIELD_KEY("dead_message"), FIELD_STRING, offsetof(struct link_deliver, dead_message), NULL,
     false},
    {FIELD_KEY("dead_ms"), FIELD_TIME, offsetof(struct link_deliver, dead_ms), NULL, false},
    {FIELD_KEY("dead_attempts"), FIELD_COUNT, offsetof(struct link_deliver, dead_attempts), NULL,
     false},
};
const struct field_table link_deliver_table = {"deliver", sizeof(struct link_deliver),
                                               COUNT(deliver_fields), deliver_fields};

static const struct field outcome_fields[] = {
    {FIELD_KEY("lease"), FIELD_NUMBER, offsetof(struct link_outcome, lease), NULL, false},
    {FIELD_KEY("attempt"), FIELD_COUNT, offsetof(struct link_outcome, attempt), NULL, false},
    {FIELD_KEY("outcome"), FIELD_STRING, offsetof(struct link_outcome, outcome), NULL, false},
};
static const struct field_table outcome_table = {"outcome", sizeof(struct link_outcome),
                                                 COUNT(outcome_fields), outcome_fields};

static const struct field done_fields[] = {
    {FIELD_KEY("epoch"), FIELD_NUMBER, offsetof(struct link_done, epoch), NULL, false},
    {FIELD_KEY("outcomes"), FIELD_LIST, offsetof(struct link_done, outcomes), &outcome_table,
     false},
};
const struct field_table link_done_table = {"done", sizeof(struct link_done), COUNT(done_fields),
                                            done_fields};

static const struct field refuse_fields[] = {
    {FIELD_KEY("epoch"), FIELD_NUMBER, offsetof(struct link_refuse, epoch), NULL, false},
    {FIELD_KEY("lease"), FIELD_NUMBER, offsetof(struct link_refuse, lease), NULL, false},
    {FIELD_KEY("attempt"), FIELD_COUNT, offsetof(struct link_refuse, attempt), NULL, false},
    {FIELD_KEY("retry"), FIELD_BOOL, offsetof(struct link_refuse, retry), NULL, false},
    {FIELD_KEY("stage"), FIELD_STRING, offsetof(struct link_refuse, stage), NULL, false},
    {FIELD_KEY("code"), FIELD_STRING, offsetof(struct link_refuse, code), NULL, false},
    {FIELD_KEY("sqlstate"), FIELD_STRING, offsetof(struct link_refuse, sqlstate), NULL, false},
    {FIELD_KEY("message"), FIELD_STRING, offsetof(struct link_refuse, message), NULL, false},
};
const struct field_table link_refuse_table = {"refuse", sizeof(struct link_refuse),
                                              COUNT(refuse_fields), refuse_fields};

static const struct field beat_fields[] = {
    {FIELD_KEY("epoch"), FIELD_NUMBER, offsetof(struct link_beat, epoch), NULL, false},
    {FIELD_KEY("lease"), FIELD_NUMBER, offsetof(struct link_beat, lease), NULL, false},
    {FIELD_KEY("busy_ms"), FIELD_COUNT, offsetof(struct link_beat, busy_ms), NULL, false},
};
const struct field_table link_beat_table = {"beat", sizeof(struct link_beat), COUNT(beat_fields),
                                            beat_fields};

static const struct field order_fields[] = {
    {FIELD_KEY("role"), FIELD_STRING, offsetof(struct link_order, role), NULL, false},
    {FIELD_KEY("host"), FIELD_STRING, offsetof(struct link_order, host), NULL, false},
    {FIELD_KEY("pid"), FIELD_INDEX, offsetof(struct link_order, pid), NULL, false},
    {FIELD_KEY("workers"), FIELD_COUNT, offsetof(struct link_order, workers), NULL, false},
};
const struct field_table link_order_table = {"order", sizeof(struct link_order),
                                             COUNT(order_fields), order_fields};

static const struct field books_fields[] = {
    {FIELD_KEY("node"), FIELD_STRING, offsetof(struct link_books, node), NULL, false},
    {FIELD_KEY("accepted"), FIELD_NUMBER, offsetof(struct link_books, accepted), NULL, false},
    {FIELD_KEY("stored"), FIELD_NUMBER, offsetof(struct link_books, stored), NULL, false},
    {FIELD_KEY("duplicate"), FIELD_NUMBER, offsetof(struct link_books, duplicate), NULL, false},
    {FIELD_KEY("dead"), FIELD_NUMBER, offsetof(struct link_books, dead), NULL, false},
    {FIELD_KEY("in_flight"), FIELD_NUMBER, offsetof(struct link_books, in_flight), NULL, false},
    {FIELD_KEY("refused"), FIELD_NUMBER, offsetof(struct link_books, refused), NULL, false},
};
const struct field_table link_books_table = {"books", sizeof(struct link_books),
                                             COUNT(books_fields), books_fields};

static const struct field replay_fields[] = {
    {FIELD_KEY("tag"), FIELD_NUMBER, offsetof(struct link_replay, tag), NULL, false},
};
const struct field_table link_replay_table = {"replay", sizeof(struct link_replay),
                                              COUNT(replay_fields), replay_fields};

static const struct field tap_fields[] = {
    {FIELD_KEY("stage"), FIELD_STRING, offsetof(struct link_tap, stage), NULL, false},
    {FIELD_KEY("rate"), FIELD_COUNT, offsetof(struct link_tap, rate), NULL, false},
    {FIELD_KEY("fetched"), FIELD_NUMBER, offsetof(struct link_tap, fetched), NULL, false},
};
const struct field_table link_tap_table = {"tap", sizeof(struct link_tap), COUNT(tap_fields),
                                           tap_fields};

static const struct field tapped_fields[] = {
    {FIELD_KEY("stage"), FIELD_STRING, offsetof(struct link_tapped, stage), NULL, false},
    {FIELD_KEY("bytes"), FIELD_INDEX, offsetof(struct link_tapped, bytes), NULL, false},
    {FIELD_KEY("attempt"), FIELD_COUNT, offsetof(struct link_tapped, attempt), NULL, false},
    {FIELD_KEY("outcome"), FIELD_STRING, offsetof(struct link_tapped, outcome), NULL, false},
    {FIELD_KEY("dead_stage"), FIELD_STRING, offsetof(struct link_tapped, dead_stage), NULL, false},
    {FIELD_KEY("code"), FIELD_STRING, offsetof(struct link_tapped, code), NULL, false},
    {FIELD_KEY("message"), FIELD_STRING, offsetof(struct link_tapped, message), NULL, false},
    {FIELD_KEY("passed"), FIELD_NUMBER, offsetof(struct link_tapped, passed), NULL, false},
    {FIELD_KEY("dropped"), FIELD_NUMBER, offsetof(struct link_tapped, dropped), NULL, false},
};
const struct field_table link_tapped_table = {"tapped", sizeof(struct link_tapped),
                                              COUNT(tapped_fields), tapped_fields};

static const struct field worker_fields[] = {
    {FIELD_KEY("role"), FIELD_STRING, offsetof(struct link_worker, role), NULL, false},
    {FIELD_KEY("host"), FIELD_STRING, offsetof(struct link_worker, host), NULL, false},
    {FIELD_KEY("version"), FIELD_STRING, offsetof(struct link_worker, version), NULL, false},
    {FIELD_KEY("state"), FIELD_STRING, offsetof(struct link_worker, state), NULL, false},
    {FIELD_KEY("pid"), FIELD_INDEX, offsetof(struct link_worker, pid), NULL, false},
    {FIELD_KEY("outstanding"), FIELD_COUNT, offsetof(struct link_worker, outstanding), NULL, false},
    {FIELD_KEY("credit_messages"), FIELD_COUNT, offsetof(struct link_worker, credit_messages), NULL,
     false},
    {FIELD_KEY("done"), FIELD_NUMBER, offsetof(struct link_worker, done), NULL, false},
    {FIELD_KEY("failed"), FIELD_NUMBER, offsetof(struct link_worker, failed), NULL, false},
};
static const struct field_table worker_table = {"worker", sizeof(struct link_worker),
                                                COUNT(worker_fields), worker_fields};

static const struct field stage_fields[] = {
    {FIELD_KEY("stage"), FIELD_STRING, offsetof(struct link_stage, stage), NULL, false},
    {FIELD_KEY("ready"), FIELD_COUNT, offsetof(struct link_stage, ready), NULL, false},
    {FIELD_KEY("leased"), FIELD_COUNT, offsetof(struct link_stage, leased), NULL, false},
    {FIELD_KEY("waiting"), FIELD_COUNT, offsetof(struct link_stage, waiting), NULL, false},
    {FIELD_KEY("oldest_ms"), FIELD_INDEX, offsetof(struct link_stage, oldest_ms), NULL, false},
    {FIELD_KEY("rate"), FIELD_REAL, offsetof(struct link_stage, rate), NULL, false},
};
static const struct field_table stage_table = {"stage", sizeof(struct link_stage),
                                               COUNT(stage_fields), stage_fields};

static const struct field asked_fields[] = {
    {FIELD_KEY("uuid"), FIELD_UUID, offsetof(struct link_asked, uuid), NULL, false},
};
static const struct field_table asked_table = {"asked", sizeof(struct link_asked),
                                               COUNT(asked_fields), asked_fields};
static const struct field ask_fields[] = {
    {FIELD_KEY("articles"), FIELD_LIST, offsetof(struct link_ask, articles), &asked_table, false},
};
const struct field_table link_ask_table = {"ask", sizeof(struct link_ask), COUNT(ask_fields),
                                           ask_fields};

static const struct field traced_fields[] = {
    {FIELD_KEY("article"), FIELD_UUID, offsetof(struct link_traced, article), NULL, false},
    {FIELD_KEY("key"), FIELD_UUID, offsetof(struct link_traced, key), NULL, false},
    {FIELD_KEY("stage"), FIELD_STRING, offsetof(struct link_traced, stage), NULL, false},
    {FIELD_KEY("state"), FIELD_STRING, offsetof(struct link_traced, state), NULL, false},
    {FIELD_KEY("host"), FIELD_STRING, offsetof(struct link_traced, host), NULL, false},
    {FIELD_KEY("pid"), FIELD_INDEX, offsetof(struct link_traced, pid), NULL, false},
    {FIELD_KEY("held_ms"), FIELD_INDEX, offsetof(struct link_traced, held_ms), NULL, false},
    {FIELD_KEY("attempt"), FIELD_COUNT, offsetof(struct link_traced, attempt), NULL, false},
    {FIELD_KEY("dead"), FIELD_STRING, offsetof(struct link_traced, dead), NULL, false},
};
static const struct field_table traced_table = {"traced", sizeof(struct link_traced),
                                                COUNT(traced_fields), traced_fields};

static const struct field status_fields[] = {
    {FIELD_KEY("books"), FIELD_STRUCT, offsetof(struct link_status, books), &link_books_table,
     false},
    {FIELD_KEY("workers"), FIELD_LIST, offsetof(struct link_status, workers), &worker_table, false},
    {FIELD_KEY("waiting"), FIELD_NUMBER, offsetof(struct link_status, waiting), NULL, false},
    {FIELD_KEY("stale"), FIELD_NUMBER, offsetof(struct link_status, stale), NULL, false},
    {FIELD_KEY("strangers"), FIELD_NUMBER, offsetof(struct link_status, strangers), NULL, false},
    {FIELD_KEY("deaths"), FIELD_NUMBER, offsetof(struct link_status, deaths), NULL, false},
    {FIELD_KEY("retries"), FIELD_NUMBER, offsetof(struct link_status, retries), NULL, false},
    {FIELD_KEY("ready_analysis"), FIELD_NUMBER, offsetof(struct link_status, ready_analysis), NULL,
     false},
    {FIELD_KEY("ready_storage"), FIELD_NUMBER, offsetof(struct link_status, ready_storage), NULL,
     false},
    {FIELD_KEY("paused"), FIELD_NUMBER, offsetof(struct link_status, paused), NULL, false},
    {FIELD_KEY("ahead"), FIELD_NUMBER, offsetof(struct link_status, ahead), NULL, false},
    {FIELD_KEY("journal_bytes"), FIELD_NUMBER, offsetof(struct link_status, journal_bytes), NULL,
     false},
    {FIELD_KEY("journal_segments"), FIELD_NUMBER, offsetof(struct link_status, journal_segments),
     NULL, false},
    {FIELD_KEY("journal_damaged"), FIELD_NUMBER, offsetof(struct link_status, journal_damaged),
     NULL, false},
    {FIELD_KEY("disk_free"), FIELD_NUMBER, offsetof(struct link_status, disk_free), NULL, false},
    {FIELD_KEY("disk"), FIELD_STRING, offsetof(struct link_status, disk), NULL, false},
    {FIELD_KEY("backlog"), FIELD_STRING, offsetof(struct link_status, backlog), NULL, false},
    {FIELD_KEY("oldest_ms"), FIELD_INDEX, offsetof(struct link_status, oldest_ms), NULL, false},
    {FIELD_KEY("stages"), FIELD_LIST, offsetof(struct link_status, stages), &stage_table, false},
    {FIELD_KEY("bottleneck"), FIELD_STRING, offsetof(struct link_status, bottleneck), NULL, false},
    {FIELD_KEY("bottleneck_why"), FIELD_STRING, offsetof(struct link_status, bottleneck_why), NULL,
     false},
    {FIELD_KEY("traced"), FIELD_LIST, offsetof(struct link_status, traced), &traced_table, false},
    {FIELD_KEY("engine"), FIELD_STRING, offsetof(struct link_status, engine), NULL, false},
    {FIELD_KEY("refuses"), FIELD_STRING, offsetof(struct link_status, refuses), NULL, false},
    {FIELD_KEY("cluster_node"), FIELD_STRING, offsetof(struct link_status, cluster_node), NULL,
     false},
    {FIELD_KEY("unconfirmed"), FIELD_NUMBER, offsetof(struct link_status, unconfirmed), NULL,
     false},
    {FIELD_KEY("queued"), FIELD_NUMBER, offsetof(struct link_status, queued), NULL, false},
    {FIELD_KEY("cluster_lost"), FIELD_NUMBER, offsetof(struct link_status, cluster_lost), NULL,
     false},
    {FIELD_KEY("cluster_again"), FIELD_NUMBER, offsetof(struct link_status, cluster_again), NULL,
     false},
    {FIELD_KEY("cluster_copies"), FIELD_NUMBER, offsetof(struct link_status, cluster_copies), NULL,
     false},
    {FIELD_KEY("connections"), FIELD_NUMBER, offsetof(struct link_status, connections), NULL,
     false},
    {FIELD_KEY("connections_cut"), FIELD_NUMBER, offsetof(struct link_status, connections_cut),
     NULL, false},
    {FIELD_KEY("handshakes_broken"), FIELD_NUMBER, offsetof(struct link_status, handshakes_broken),
     NULL, false},
    {FIELD_KEY("handshakes_no_keys"), FIELD_NUMBER,
     offsetof(struct link_status, handshakes_no_keys), NULL, false},
    {FIELD_KEY("handshakes_another_server"), FIELD_NUMBER,
     offsetof(struct link_status, handshakes_another_server), NULL, false},
    {FIELD_KEY("handshakes_unlisted"), FIELD_NUMBER,
     offsetof(struct link_status, handshakes_unlisted), NULL, false},
};
const struct field_table link_status_table = {"status", sizeof(struct link_status),
                                              COUNT(status_fields), status_fields};

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
                         "The message is not of newsmill's link.");
    if (frame.data[2] != PROTO_LINK_VERSION)
        return fault_set(fault, STATUS_REJECT, "version",
                         "The peer speaks version %d of the link, we speak %d; run the same "
                         "release on both ends.",
                         frame.data[2], PROTO_LINK_VERSION);
    if (frame.data[3] < LINK_HELLO || frame.data[3] > LINK_LAST)
        return fault_set(fault, STATUS_REJECT, "unknown-command",
                         "The link has no command %d in version %d.", frame.data[3],
                         PROTO_LINK_VERSION);
    *command = (enum link_command)frame.data[3];
    return STATUS_OK;
}

enum status link_header(const struct field_table *table, struct slice frame,
                        struct pack_reader *reader, void *header, struct arena *arena,
                        struct fault *fault)
{
    if (frame.len > LIMIT_LINK_HEADER_BYTES)
        return fault_set(fault, STATUS_REJECT, "message-too-long",
                         "The header is longer than LIMIT_LINK_HEADER_BYTES (%d bytes).",
                         LIMIT_LINK_HEADER_BYTES);
    return fields_unpack(table, frame, reader, header, arena, fault);
}
