/* The article for a person: its text with the evidence marked, and a margin that says what was read
 * from each line; then each event as a sentence. */
#ifndef NEWSMILL_WORKER_CLI_VIEW_H
#define NEWSMILL_WORKER_CLI_VIEW_H

#include <stdbool.h>
#include <stdio.h>

#include "common/arena.h"
#include "proto/result.h"

#define VIEW_COLUMNS_MIN     60
#define VIEW_COLUMNS_DEFAULT 120 /* of what is no terminal */

/* `columns` is the terminal's width; less than VIEW_COLUMNS_MIN counts as that. Without `color` the
 * margin alone says what was found. Text goes out without control characters. Nothing is printed
 * when the arena is at its limit. */
void view_print(const struct result *result, unsigned columns, bool color, FILE *out,
                struct arena *arena);

/* A line an event: who, did what, to whom, when, where, whether, and the words it was read from.
 * `columns` is the terminal's width, 0 for none: then nothing is wrapped. */
void view_print_events(const struct result *result, unsigned columns, FILE *out);

#define VIEW_INDENT 13 /* of what stands behind a label */
/* Text without control characters, to be printed at column `indent`, in lines that end before
 * `columns` and begin there too. */
void view_print_wrapped(struct slice text, unsigned indent, unsigned columns, FILE *out);

#endif
