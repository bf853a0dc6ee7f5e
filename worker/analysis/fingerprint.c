/* The fingerprint: 64 min-wise hashes of the set of words, one bit of each (Broder, SEQUENCES 1997;
 * Li and König, "b-bit minwise hashing", WWW 2010).
 *
 * Two texts agree in each bit with the probability (1 + J) / 2, where J is the part of their words
 * that both have. Copies and light rewrites differ in at most three bits, strangers in about
 * thirty. An edited word moves J a little and hardly ever a bit, where the projections of a simhash
 * lie near zero for many bits and turn at a touch. Words of up to three bytes are left out while
 * there are others: they are grammar, the same in every text. */
#include "worker/analysis/stages.h"

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

/* Puts `hash` into a set of `mask` + 1 slots, 0 being free; true when it is new. */
static bool put(uint64_t *set, size_t mask, uint64_t hash)
{
    size_t at = (size_t)hash & mask;
    for (; set[at]; at = (at + 1) & mask)
        if (set[at] == hash)
            return false;
    set[at] = hash;
    return true;
}

/* Multiply-and-compare: an odd factor permutes the hashes, and the least is the minimum. */
static void keep_least(uint64_t least[HASHES], const uint64_t factors[HASHES], uint64_t hash)
{
    for (unsigned i = 0; i < HASHES; i++) {
        uint64_t value = hash * factors[i];
        least[i] = value < least[i] ? value : least[i];
    }
}

/* The distinct words of more than `longer_than` bytes; returns how many there were. */
static size_t read_words(const struct doc *doc, size_t longer_than, uint64_t *set, size_t mask,
                         uint64_t least[HASHES])
{
    uint64_t factors[HASHES];
    size_t found = 0;
    for (unsigned i = 0; i < HASHES; i++)
        factors[i] = mix(i + 1) | 1;
    for (size_t i = 0; i < doc->word_count; i++) {
        const struct doc_word *word = &doc->words[i];
        uint64_t hash = mix(word->hash) | 1; /* never 0 */
        if (word->fold_len > longer_than && put(set, mask, hash)) {
            keep_least(least, factors, hash);
            found++;
        }
    }
    return found;
}

enum status fingerprint_run(struct doc *doc, struct arena *arena)
{
    size_t slots = 16;
    while (slots < 2 * doc->word_count)
        slots *= 2;
    uint64_t *set = arena_alloc(arena, slots * sizeof *set);
    uint64_t least[HASHES], fingerprint = 0;
    if (!set)
        return STATUS_REJECT;
    memset(set, 0, slots * sizeof *set);
    memset(least, 0xff, sizeof least);
    size_t found = read_words(doc, GRAMMAR_LEN, set, slots - 1, least);
    if (found == 0)
        found = read_words(doc, 0, set, slots - 1, least);
    for (unsigned i = 0; i < HASHES && found > 0; i++)
        fingerprint |= (mix(least[i]) >> 32 & 1) << i;
    doc->result->fingerprint = fingerprint;
    return STATUS_OK;
}
