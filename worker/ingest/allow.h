/* The public keys that one of ingest's doors opens for: the *.pub files of a folder, and always
 * ingest's own (who has its secret is ingest). Looked at again when the folder changes. */
#ifndef NEWSMILL_INGEST_ALLOW_H
#define NEWSMILL_INGEST_ALLOW_H

#include <stdbool.h>
#include <stddef.h>

#include "common/bus.h"

#define ALLOW_KEYS_MAX 4096

struct allow;

/* `folder` may be NULL: nobody else. REJECT when it cannot be read, a file in it is no key, or
 * there are more than ALLOW_KEYS_MAX. */
enum status allow_new(const char *folder, const struct bus_security *own, struct allow **out,
                      struct fault *fault) MUST_CHECK;
void allow_free(struct allow *allow);

/* The name of whoever has this public key; NULL when it is not on the list. */
const char *allow_find(const struct allow *allow, const char *public_key);
size_t allow_count(const struct allow *allow);

/* Reads the folder again when files came or went. True when a key is gone that was there. What
 * cannot be read is logged, and the list stays as it was. */
bool allow_look(struct allow *allow);

#endif
