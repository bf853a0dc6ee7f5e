/* A hash of files that users bring: other files, other facts, and another analyzer version. */
#ifndef NEWSMILL_WORKER_ANALYSIS_FILE_HASH_H
#define NEWSMILL_WORKER_ANALYSIS_FILE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Continues `*hash` with what a file is for and with its first `most` bytes, and goes back to its
 * beginning; `*read` is how many bytes that were. False: it cannot be read, or there is no memory.
 */
bool file_hash(FILE *in, char kind, size_t most, uint64_t *hash, size_t *read);

#endif
