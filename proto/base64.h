/* Base64 (RFC 4648), for the JSON forms of binaries; libsodium does the work. */
#ifndef NEWSMILL_PROTO_BASE64_H
#define NEWSMILL_PROTO_BASE64_H

#include <jansson.h>

#include "common/buffer.h"
#include "common/slice.h"
#include "common/status.h"

/* A JSON string, null for a NULL slice; NULL without memory. */
json_t *json_base64(struct slice bytes);
/* Appends the bytes that `text` stands for; REJECT "bad-base64". */
enum status base64_decode(struct slice text, struct buffer *out, struct fault *fault) MUST_CHECK;

#endif
