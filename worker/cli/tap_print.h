/* A sample of newsmill tap, as one line for people or one JSON object for programs. */
#ifndef NEWSMILL_WORKER_CLI_TAP_PRINT_H
#define NEWSMILL_WORKER_CLI_TAP_PRINT_H

#include <stdio.h>

#include "common/arena.h"
#include "proto/envelope.h"
#include "proto/link.h"
#include "proto/result.h"

/* Borrowed. What could not be read, or was left behind because it is large, is NULL. */
struct tap_sample {
    const struct link_tapped *header;
    const struct envelope *envelope;
    const struct article *article;
    const struct result *result;
    int64_t wall_ms; /* when it came here */
};
void tap_print_line(const struct tap_sample *sample, FILE *out);
/* FATAL when it cannot be written. */
enum status tap_print_json(const struct tap_sample *sample, FILE *out,
                           struct fault *fault) MUST_CHECK;

#endif
