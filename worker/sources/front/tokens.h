/* The bearer tokens of those who may push over HTTP (RFC 6750), from a file that nobody else may
 * read: a token a line, # begins a comment line.
 *
 *   # crawler
 *   3mP0sC1yqk7cVwq2k8vJtS4d
 */
#ifndef NEWSMILL_SOURCES_FRONT_TOKENS_H
#define NEWSMILL_SOURCES_FRONT_TOKENS_H

#include <stdbool.h>

#include "common/status.h"

#define TOKENS_MAX      64
#define TOKEN_BYTES_MIN 16 /* shorter ones can be guessed */
#define TOKEN_BYTES_MAX 256

struct tokens;

/* REJECT with the file, and where there is one the line. */
enum status tokens_read(const char *path, struct tokens **out, struct fault *fault) MUST_CHECK;
/* Overwrites them. NULL is fine. */
void tokens_free(struct tokens *tokens);
/* Whether an Authorization header (NULL: there is none) names one of them. Takes the same time
 * whichever it is, and wherever it differs. */
bool tokens_know(const struct tokens *tokens, const char *authorization);

#endif
