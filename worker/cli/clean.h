/* Text of strangers on a terminal: it obeys control characters, so none of them goes out. */
#ifndef NEWSMILL_WORKER_CLI_CLEAN_H
#define NEWSMILL_WORKER_CLI_CLEAN_H

#include <stdio.h>

#include "common/buffer.h"
#include "common/slice.h"

/* At most `limit` bytes of UTF-8, cut between characters, then "…"; control characters (C0, DEL,
 * C1) become spaces. */
void clean_print(FILE *out, struct slice text, size_t limit);
void clean_append(struct buffer *out, struct slice text, size_t limit);

/* Bytes of any kind: printable characters as they are, everything else, and a backslash, as \xNN.
 */
void clean_print_bytes(FILE *out, struct slice bytes);

#endif
