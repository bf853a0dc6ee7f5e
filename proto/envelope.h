/* What ingest stamps on an article once, when it is accepted; it travels with the article to the
 * row.
 *
 * `key` is time-ordered and names this acceptance; `article` is the identity the outside sees;
 * `content` tells revisions of one article apart. */
#ifndef NEWSMILL_PROTO_ENVELOPE_H
#define NEWSMILL_PROTO_ENVELOPE_H

#include <stdint.h>

#include "common/slice.h"
#include "common/uuid.h"
#include "proto/article.h"
#include "proto/fields.h"
#include "proto/url.h" /* which publisher, which flow: whoever has an envelope asks for them */

/* The lane of replays and backfills: it gets what other articles leave, and a small share always.
 * To put an article there: `envelope.lane = slice_from(ENVELOPE_LANE_LOW)`, or the article's own
 * key `lane` from a producer. Anything else, or nothing, is the normal lane. */
#define ENVELOPE_LANE_LOW "low"

/* `replay`: an article that storage knows, or once knew, comes again, under its old key. */
enum {
    ENVELOPE_NEW = 0,
    ENVELOPE_REPLAY, /* its facts are made anew unless this version of the analysis made them */
    ENVELOPE_FORCE   /* they are made anew in any case */
};

struct envelope {
    struct uuid key, article, content;
    int64_t received_ms;
    struct slice lane; /* ENVELOPE_LANE_LOW, or NULL */
    uint32_t flow;     /* whose article it is, see envelope_identify(); flows take turns */
    /* Set when the article was refused after a promise was made for it (the unacknowledged socket):
     * it is stored as a dead letter and never analysed. NULL otherwise. */
    struct slice refused_code, refused_message;
    uint32_t replay; /* ENVELOPE_NEW, ENVELOPE_REPLAY or ENVELOPE_FORCE */
};

extern const struct field_table envelope_table;

void envelope_encode(const struct envelope *envelope, struct buffer *out);
enum status envelope_decode(struct slice bytes, struct pack_reader *reader,
                            struct envelope *envelope, struct arena *arena,
                            struct fault *fault) MUST_CHECK;

/* Fills what an acknowledgement needs by what the article says.
 * `article`, its identity (DESIGN, Identity): a hash of its canonical URL, or of its normalised
 * title and body where there is no URL, which are then hashed for `content` too. `flow`: a hash of
 * its source or, without one, of its URL's registrable domain, 0 with neither; articles of one flow
 * wait for each other only. */
void envelope_name(struct envelope *envelope, const struct article *article, struct arena *arena);
/* Fills `content` unless it is there: the hash of title and body, equal for copies that differ only
 * in white space. */
void envelope_complete(struct envelope *envelope, const struct article *article,
                       struct arena *arena);
/* Both. */
void envelope_identify(struct envelope *envelope, const struct article *article,
                       struct arena *arena);

#endif
