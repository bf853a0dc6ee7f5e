/* Hashing files, chunk by chunk (XXH3, each chunk seeded by what was before it). */
#include "worker/analysis/file_hash.h"

#include <stdlib.h>
#include <xxhash.h>

#define READ_BYTES 65536

bool file_hash(FILE *in, char kind, size_t most, uint64_t *hash, size_t *read)
{
    char *bytes = malloc(READ_BYTES);
    size_t len;
    *read = 0;
    *hash = XXH3_64bits_withSeed(&kind, 1, *hash);
    while (bytes && *read < most) {
        len = fread(bytes, 1, most - *read < READ_BYTES ? most - *read : READ_BYTES, in);
        if (len == 0)
            break;
        *hash = XXH3_64bits_withSeed(bytes, len, *hash);
        *read += len;
    }
    bool good = bytes && !ferror(in);
    free(bytes);
    rewind(in);
    return good;
}
