/* Several articles in one message, or the replies to them: a MessagePack array of maps. Of what an
 * article of 5 KB costs ingest, a third is its message: whoever has many sends them together. */
#ifndef NEWSMILL_PROTO_BUNDLE_H
#define NEWSMILL_PROTO_BUNDLE_H

#include "common/slice.h"
#include "common/status.h"
#include "proto/limits.h"

struct bundle {
    size_t count;
    struct slice maps[LIMIT_BUNDLE_ARTICLES]; /* in the message */
};

/* Whether the message begins as an array does. */
bool bundle_is(struct slice message);
/* The maps of the array that fills `message`. REJECT as pack_read() for each of them, "not-a-map"
 * when one is none, or there are none, "too-many-articles", "message-too-long". */
enum status bundle_split(struct slice message, struct bundle *bundle,
                         struct fault *fault) MUST_CHECK;

/* What stands before `count` maps, of a fixed length, so that they may be there already. */
#define BUNDLE_HEAD_BYTES 3
void bundle_head(size_t count, char out[BUNDLE_HEAD_BYTES]);

#endif
