/* The fingerprint: a 64-bit simhash over the runs of three words. Copies of a story differ in few
 * bits (at most three: Manku, Jain, Das Sarma, WWW 2007). */
#include <xxhash.h>

#include "worker/analysis/stages.h"

#define SHINGLE_WORDS 3

/* How many hashes have each bit. Counts are kept in bytes, eight to a word, and moved on before
 * they overflow: lane i of word j counts bit 8 * j + i. */
struct tally {
    uint64_t lanes[8];
    uint32_t pending, totals[64], hashes;
};

static void carry(struct tally *tally)
{
    for (unsigned bit = 0; bit < 64; bit++)
        tally->totals[bit] += (uint32_t)(tally->lanes[bit / 8] >> bit % 8 * 8 & 0xff);
    memset(tally->lanes, 0, sizeof tally->lanes);
    tally->pending = 0;
}

static void count_bits(struct tally *tally, uint64_t hash)
{
    for (unsigned j = 0; j < 8; j++) {
        /* Eight copies of the byte, one of its bits left in each, moved to the lowest place. */
        uint64_t spread = (hash >> 8 * j & 0xff) * 0x0101010101010101u & 0x8040201008040201u;
        tally->lanes[j] += (spread + 0x7f7f7f7f7f7f7f7fu) >> 7 & 0x0101010101010101u;
    }
    tally->hashes++;
    if (++tally->pending == 255)
        carry(tally);
}

enum status fingerprint_run(struct doc *doc, struct arena *arena)
{
    (void)arena;
    struct tally tally = {0};
    size_t count = doc->word_count;
    size_t width = count < SHINGLE_WORDS ? count : SHINGLE_WORDS;
    for (size_t i = 0; width > 0 && i + width <= count; i++) {
        uint64_t hashes[SHINGLE_WORDS] = {0};
        for (size_t j = 0; j < width; j++)
            hashes[j] = doc->words[i + j].hash;
        count_bits(&tally, XXH3_64bits(hashes, sizeof hashes));
    }
    carry(&tally);
    uint64_t fingerprint = 0;
    for (unsigned bit = 0; bit < 64; bit++)
        fingerprint |= (uint64_t)(tally.totals[bit] * 2 > tally.hashes) << bit;
    doc->result->fingerprint = fingerprint;
    return STATUS_OK;
}
