/* Files that hold secrets: keys, tokens. Nobody else may be able to read or write them.
 *
 * All failures are REJECT (bad configuration) and name the file; `what` says what it is. */
#ifndef NEWSMILL_COMMON_SECRET_H
#define NEWSMILL_COMMON_SECRET_H

#include <stddef.h>
#include <sys/stat.h>

#include "common/status.h"

/* The whole file, with an end behind it, and about it; `text` has room for `limit` and one more.
 * "cannot-read"; "too-long". */
enum status secret_load(const char *path, const char *what, size_t limit, char *text,
                        struct stat *about, struct fault *fault) MUST_CHECK;
/* Refused ("key-readable") when it is not ours or root's, or others may read or write it; the group
 * may read one that root owns, as PostgreSQL has it and Kubernetes mounts it. */
enum status secret_check(const char *path, const char *what, const struct stat *about,
                         struct fault *fault) MUST_CHECK;

#endif
