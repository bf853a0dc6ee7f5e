/* What became of one article of a request, and how the answer says it: JSON. */
#ifndef NEWSMILL_SOURCES_FRONT_OUTCOME_H
#define NEWSMILL_SOURCES_FRONT_OUTCOME_H

#include "common/buffer.h"
#include "proto/reply.h"
#include "worker/sources/front/intake.h"

enum outcome {
    OUTCOME_NONE, /* not known yet */
    OUTCOME_ACCEPTED,
    OUTCOME_DUPLICATE,
    OUTCOME_REJECTED,
    OUTCOME_RETRY,
    OUTCOMES
};
/* "accepted", "duplicate", "rejected", "retry"; NULL behind the last. From 0: OUTCOME_ACCEPTED. */
const char *outcome_name(size_t index);

enum outcome outcome_of(const struct reply *reply);
/* {"status":"accepted","id":…,"article":…}: what ingest said. */
void outcome_write_reply(const struct reply *reply, struct buffer *out);
/* {"status":"rejected","error":…,"message":…,"line":…}: of an item that is no article. */
void outcome_write_refusal(const struct intake_item *item, struct buffer *out);
/* {"error":…,"message":…,"line":…,"byte":…}: of a request that was not taken. 0: not known. */
void outcome_write_fault(const char *code, const char *message, uint64_t line, uint64_t byte,
                         struct buffer *out);

#endif
