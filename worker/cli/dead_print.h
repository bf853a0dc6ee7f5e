/* A dead letter on the terminal and as JSON. */
#ifndef NEWSMILL_WORKER_CLI_DEAD_PRINT_H
#define NEWSMILL_WORKER_CLI_DEAD_PRINT_H

#include <stdio.h>

#include "worker/storage/dead.h"

void dead_print_heading(FILE *out);
/* A line of the list. */
void dead_print_line(const struct dead_letter *letter, FILE *out);
/* Every column, a line each, and the beginning of the original with what is not printable escaped.
 */
void dead_print_all(const struct dead_letter *letter, FILE *out);
/* One JSON object on one line; the original, when it was brought, as base64. FATAL when it cannot
 * be written. */
enum status dead_print_json(const struct dead_letter *letter, FILE *out,
                            struct fault *fault) MUST_CHECK;

#endif
