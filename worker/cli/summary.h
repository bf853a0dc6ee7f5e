/* What inspect says to a person about one analysed article, on a few lines. */
#ifndef NEWSMILL_WORKER_CLI_SUMMARY_H
#define NEWSMILL_WORKER_CLI_SUMMARY_H

#include <stdio.h>

#include "common/arena.h"
#include "proto/result.h"

/* Text of the article goes out without control characters: it comes from strangers, and a terminal
 * obeys them. `columns` is the terminal's width; 0: no terminal, nothing is wrapped. */
void summary_print(const struct result *result, const char *file, unsigned columns, FILE *out,
                   struct arena *arena);

#endif
