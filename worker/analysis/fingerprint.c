/* The fingerprint: 64 min-wise hashes of the set of words, one bit of each (Broder, SEQUENCES 1997;
 * Li and König, "b-bit minwise hashing", WWW 2010).
 *
 * Two texts agree in each bit with the probability (1 + J) / 2, where J is the part of their words
 * that both have. Copies and light rewrites differ in at most three bits, strangers in about
 * thirty. An edited word moves J a little and hardly ever a bit, where the projections of a simhash
 * lie near zero for many bits and turn at a touch. Words of up to three bytes are left out while
 * there are others: they are grammar, the same in every text. */
#include "common/wide.h"
#include "worker/analysis/stages.h"
#include "worker/analysis/words/kinds.h"

#define HASHES      64
#define GRAMMAR_LEN 3

/* Every bit of the result depends on every bit of `hash` (the finisher of splitmix64: Steele, Lea,
 * Flood, OOPSLA 2014). */
static uint64_t mix(uint64_t hash)
{
    hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9u;
    hash = (hash ^ hash >> 27) * 0x94d049bb133111ebu;
    return hash ^ hash >> 31;
}

/* Multiply-and-compare: an odd factor permutes the hashes, and the least is the minimum. A plain
 * loop: each kind of machine has its own best way with products of 64 bits. */
WIDEST static void keep_least(uint64_t least[HASHES], const uint64_t factors[HASHES],
                              const uint64_t *hashes, size_t count)
{
    for (size_t k = 0; k < count; k++)
        for (size_t i = 0; i < HASHES; i++) {
            uint64_t value = hashes[k] * factors[i];
            least[i] = value < least[i] ? value : least[i];
        }
}

/* The different words of more than `longer_than` bytes; returns how many there were. */
static size_t read_words(const struct doc *doc, size_t longer_than, uint64_t *hashes)
{
    size_t found = 0;
    for (size_t i = 0; i < doc->kind_count; i++) {
        hashes[found] = mix(doc->kinds[i].hash) | 1;
        found += doc->words[doc->kinds[i].first].fold_len > longer_than;
    }
    return found;
}

enum status fingerprint_run(struct doc *doc, struct arena *arena)
{
    uint64_t least[HASHES], factors[HASHES], fingerprint = 0;
    uint64_t *hashes = arena_array(arena, doc->kind_count, sizeof *hashes);
    if (!hashes)
        return STATUS_REJECT;
    size_t found = read_words(doc, GRAMMAR_LEN, hashes);
    if (found == 0)
        found = read_words(doc, 0, hashes);
    for (unsigned i = 0; i < HASHES; i++)
        factors[i] = mix(i + 1) | 1;
    memset(least, 0xff, sizeof least);
    keep_least(least, factors, hashes, found);
    for (unsigned i = 0; i < HASHES && found > 0; i++)
        fingerprint |= (mix(least[i]) >> 32 & 1) << i;
    doc->result->fingerprint = fingerprint;
    return STATUS_OK;
}
