/* Base64 through libsodium. */
#include "proto/base64.h"

#include <sodium.h>
#include <stdlib.h>

json_t *json_base64(struct slice bytes)
{
    if (!bytes.data)
        return json_null();
    size_t size = sodium_base64_ENCODED_LEN(bytes.len, sodium_base64_VARIANT_ORIGINAL);
    char *text = malloc(size);
    if (!text)
        return NULL;
    (void)sodium_bin2base64(text, size, (const unsigned char *)bytes.data, bytes.len,
                            sodium_base64_VARIANT_ORIGINAL);
    json_t *json = json_string_nocheck(text);
    free(text);
    return json;
}

enum status base64_decode(struct slice text, struct buffer *out, struct fault *fault)
{
    size_t room = text.len / 4 * 3 + 3, len = 0, before = out->len;
    char *bytes = buffer_extend(out, room);
    if (!bytes)
        return fault_set(fault, STATUS_REJECT, "body-too-long",
                         "The base64 body is longer than LIMIT_MESSAGE_BYTES allows.");
    if (sodium_base642bin((unsigned char *)bytes, room, text.data, text.len, " \r\n\t", &len, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return fault_set(fault, STATUS_REJECT, "bad-base64", "The body's base64 is not valid.");
    out->len = before + len;
    return STATUS_OK;
}
