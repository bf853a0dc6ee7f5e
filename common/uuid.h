/* UUIDs: version 7 (time-ordered, for keys) and version 8 (a hash, for identities). RFC 9562. */
#ifndef NEWSMILL_COMMON_UUID_H
#define NEWSMILL_COMMON_UUID_H

#include <stdbool.h>
#include <stdint.h>

#include "common/slice.h"

struct uuid {
    uint8_t bytes[16];
};

#define UUID_TEXT_BYTES 37 /* 36 characters and a NUL */

#define UUID_RANDOM_BYTES 6 /* at the end of a version 7 UUID, behind time and counter */

/* A version 7 UUID: `now_ms` since 1970, then a counter so that keys made by one process rise even
 * inside a millisecond or when the clock steps back, then random bits. */
struct uuid_source {
    uint64_t last_ms;
    uint32_t counter;
    uint32_t left; /* keys that `random` is still good for */
    uint8_t
        random[40 * UUID_RANDOM_BYTES]; /* asking the kernel for each costs more than the rest */
};
struct uuid uuid_next(struct uuid_source *source, int64_t now_ms);

/* A version 8 UUID from BLAKE2b-128 (libsodium) over the parts, each preceded by its length. */
struct uuid uuid_hash(const struct slice *parts, size_t count);

void uuid_format(const struct uuid *uuid, char out[UUID_TEXT_BYTES]);
/* False when `text` is not the 36-character form. */
bool uuid_parse(struct slice text, struct uuid *uuid);

static inline bool uuid_equal(const struct uuid *a, const struct uuid *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

#endif
