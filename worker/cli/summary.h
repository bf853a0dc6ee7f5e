/* What inspect says to a person about one analysed article, on a few lines. */
#ifndef NEWSMILL_WORKER_CLI_SUMMARY_H
#define NEWSMILL_WORKER_CLI_SUMMARY_H

#include <stdio.h>

#include "common/arena.h"
#include "proto/result.h"

/* Text of the article goes out without control characters: it comes from strangers, and a terminal
 * obeys them. */
void summary_print(const struct result *result, const char *file, FILE *out, struct arena *arena);

#endif
