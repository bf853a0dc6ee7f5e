/* What every target begins with: an input's first three bytes say how little memory there is, which
 * allocation fails, and what the rest is taken for. */
#ifndef NEWSMILL_FUZZ_H
#define NEWSMILL_FUZZ_H

#include <stdbool.h>
#include <stdint.h>

#include "common/slice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_HEAD_BYTES 3

struct fuzz_input {
    size_t arena_bytes; /* the most an arena may hold */
    uint8_t choice;     /* the target's own */
    struct slice bytes; /* in exactly as much memory as they need: free with fuzz_end() */
};

/* False when the input is too short. From here to fuzz_end() the chosen allocation fails, if one
 * is: malloc, calloc and realloc of our code, not of the libraries. */
bool fuzz_begin(const uint8_t *data, size_t size, struct fuzz_input *input);
/* No allocation fails any more: what a target looks at its results with has memory. */
void fuzz_relent(void);
void fuzz_end(struct fuzz_input *input);

/* A path in memory-backed storage, of this process; the file gets the bytes. Ends the program when
 * that is not possible. */
const char *fuzz_file(const char *name, struct slice bytes);
/* The folder those files are in. */
const char *fuzz_folder(void);

#endif
