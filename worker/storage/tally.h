/* Sums of integers by key, in memory: a hash table that is filled, written out and emptied.
 *
 *   keys:    [ key bytes | key bytes | … ]      entries point into them
 *   slots:   hash -> entry + 1, open addressing, a power of two, at most half full
 *
 * A key is the fields of a COPY row (binary.h), the same number in each. Owns its memory; one
 * thread. Without memory it goes on and says so in the end (tally_failed). */
#ifndef NEWSMILL_STORAGE_TALLY_H
#define NEWSMILL_STORAGE_TALLY_H

#include "common/buffer.h"
#include "worker/storage/binary.h"

#define TALLY_SUMS 12

struct tally_entry {
    size_t key;
    uint32_t key_len, hash;
    uint64_t visit; /* the caller's: who added to it last */
    int64_t sums[TALLY_SUMS];
};

struct tally {
    struct buffer keys;
    struct tally_entry *entries;
    size_t count, capacity;
    uint32_t *slots;
    size_t slot_count;
    bool failed;
};

void tally_init(struct tally *tally);
void tally_deinit(struct tally *tally);
/* Empties it; memory stays. */
void tally_clear(struct tally *tally);
/* The entry of a key, with sums of 0 when it is new; NULL without memory. Good until the next call.
 */
struct tally_entry *tally_at(struct tally *tally, struct slice key);
bool tally_failed(const struct tally *tally);
/* One COPY row of arrays, each with an element an entry, in the order they were made: how many
 * there are, the key's `fields` of these types, then `sums` as bigint. */
void tally_write(const struct tally *tally, const enum binary_type *types, size_t fields,
                 size_t sums, struct buffer *out);

#endif
