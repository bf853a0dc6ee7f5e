/* The fingerprint: a 64-bit simhash over the runs of three words. Copies of a story differ in few
 * bits (at most three: Manku, Jain, Das Sarma, WWW 2007). */
#include <xxhash.h>

#include "worker/analysis/stages.h"

#define SHINGLE_WORDS 3

/* A counter for each bit: how many more hashes have it than not. */
static void count_bits(int32_t counters[64], uint64_t hash)
{
    for (unsigned bit = 0; bit < 64; bit++)
        counters[bit] += (int32_t)(hash >> bit & 1) * 2 - 1;
}

enum status fingerprint_run(struct doc *doc, struct arena *arena)
{
    (void)arena;
    int32_t counters[64] = {0};
    size_t count = doc->word_count;
    size_t width = count < SHINGLE_WORDS ? count : SHINGLE_WORDS;
    for (size_t i = 0; width > 0 && i + width <= count; i++) {
        uint64_t hashes[SHINGLE_WORDS] = {0};
        for (size_t j = 0; j < width; j++)
            hashes[j] = doc->words[i + j].hash;
        count_bits(counters, XXH3_64bits(hashes, sizeof hashes));
    }
    uint64_t fingerprint = 0;
    for (unsigned bit = 0; bit < 64; bit++)
        fingerprint |= (uint64_t)(counters[bit] > 0) << bit;
    doc->result->fingerprint = fingerprint;
    return STATUS_OK;
}
