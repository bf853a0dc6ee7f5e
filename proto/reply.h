/* What ingest answers on the acknowledged socket (CONTRACT section 2). */
#ifndef NEWSMILL_PROTO_REPLY_H
#define NEWSMILL_PROTO_REPLY_H

#include "common/uuid.h"
#include "proto/fields.h"

struct reply {
    bool ok;
    struct slice id;         /* the producer's, when the article had one */
    struct uuid article;     /* when ok */
    bool duplicate;          /* when ok: ingest knows it already; storage may find out later */
    struct slice error;      /* when not ok: stable code */
    struct slice message;    /* when not ok: one sentence */
    bool retry;              /* when not ok: the same article may succeed later */
    uint32_t retry_after_ms; /* with retry: not before this */
};

void reply_encode(const struct reply *reply, struct buffer *out);
enum status reply_decode(struct slice bytes, struct pack_reader *reader, struct reply *reply,
                         struct arena *arena, struct fault *fault) MUST_CHECK;

#endif
