/* Identity, title and body, hashed by themselves and then together. */
#include "worker/ingest/copies.h"

#include <sodium.h>
#include <xxhash.h>

void copies_init(struct copies *copies)
{
    randombytes_buf(copies->secret, sizeof copies->secret);
}

static uint64_t hash(const struct copies *copies, struct slice text)
{
    return XXH3_64bits_withSecret(text.data, text.len, copies->secret, sizeof copies->secret);
}

uint64_t copies_tag(const struct copies *copies, const struct uuid *identity,
                    const struct article *article)
{
    struct {
        struct uuid identity;
        uint64_t title, body;
    } whole = {*identity, hash(copies, article->title), hash(copies, article->body)};
    uint64_t tag = hash(copies, (struct slice){(const char *)&whole, sizeof whole});
    return tag ? tag : 1;
}
