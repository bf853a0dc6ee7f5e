/* Key files: who somebody is to ZeroMQ's CURVE.
 *
 * A pair of files, made by `newsmill keys make NAME`: NAME.key is the secret one, of which nobody
 * else may be able to read a byte; NAME.pub may be given to anybody. Lines of `name = value` as in
 * the configuration file, # begins a comment line; keys are 40 characters of Z85 (ZeroMQ RFC 32):
 *
 *   name = ingest-1
 *   public = Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID
 *   secret = D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs     (in NAME.key only)
 *
 * All failures are REJECT (bad configuration) with the file, and where there is one the line. */
#ifndef NEWSMILL_COMMON_KEYS_H
#define NEWSMILL_COMMON_KEYS_H

#include <stdbool.h>

#include "common/status.h"

#define KEY_TEXT_BYTES 41 /* 40 characters and the end */
#define KEY_NAME_BYTES 65
#define KEY_FILE_BYTES 4096 /* no key file is longer */

struct key {
    char name[KEY_NAME_BYTES];       /* letters, digits, and . _ - @ */
    char public_key[KEY_TEXT_BYTES]; /* the public key */
    char secret_key[KEY_TEXT_BYTES]; /* "" where only the public one is known */
};

/* Reads a secret key file. Refused ("key-readable") when it is not ours or root's, or others may
 * read or write it; the group may read one that root owns, as PostgreSQL has it and Kubernetes
 * mounts it. Refused ("key-file") when it is damaged or its two keys are no pair. */
enum status key_read_secret(const char *path, struct key *out, struct fault *fault) MUST_CHECK;
/* Reads the public key of either kind of file; the secret one is left alone. */
enum status key_read_public(const char *path, struct key *out, struct fault *fault) MUST_CHECK;

/* Makes a new pair, and its two files in `folder`, which is made (0700) when it is missing. FATAL
 * when they cannot be written, REJECT when one is there already or the name will not do. */
enum status key_make(const char *folder, const char *name, struct key *out,
                     struct fault *fault) MUST_CHECK;
/* Overwrites it. */
void key_forget(struct key *key);

#endif
