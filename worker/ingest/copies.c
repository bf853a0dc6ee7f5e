/* Identity, title and body, hashed by themselves and then together. */
#include "worker/ingest/copies.h"

#include <sodium.h>
#include <xxhash.h>
#if defined __x86_64__
#include <xxh_x86dispatch.h> /* the same for wider registers, where the machine has them */
#endif

#include "worker/ingest/recent.h"

void copies_init(struct copies *copies)
{
    randombytes_buf(copies->secret, sizeof copies->secret);
}

static uint64_t hash(const struct copies *copies, struct slice text)
{
    return XXH3_64bits_withSecret(text.data, text.len, copies->secret, sizeof copies->secret);
}

uint64_t copies_identity(const struct copies *copies, const struct uuid *article)
{
    return hash(copies, (struct slice){(const char *)article->bytes, sizeof article->bytes});
}

uint64_t copies_tag(const struct copies *copies, uint64_t identity, const struct article *article)
{
    const uint64_t whole[] = {identity, hash(copies, article->title), hash(copies, article->body)};
    uint64_t tag = hash(copies, (struct slice){(const char *)whole, sizeof whole});
    tag = (tag & ~RECENT_PLACE) | (identity & RECENT_PLACE);
    return tag ? tag : 1;
}
