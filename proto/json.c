/* Between JSON (jansson) and MessagePack: articles from JSON, and free-form maps both ways. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/utf8.h"
#include "proto/article.h"
#include "proto/base64.h"
#include "proto/limits.h"

/* Each value but the first is behind a comma or an opening bracket outside of strings. */
static bool has_values(struct slice text, size_t count)
{
    bool in_string = false;
    for (size_t i = 0; i < text.len && count > 0; i++) {
        char c = text.data[i];
        if (in_string && c == '\\')
            i++;
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string && (c == ',' || c == '[' || c == '{'))
            count--;
    }
    return count == 0;
}

enum status json_check_values(struct slice text, struct fault *fault)
{
    if (text.len < LIMIT_JSON_VALUES || !has_values(text, LIMIT_JSON_VALUES))
        return STATUS_OK;
    return fault_set(fault, STATUS_REJECT, "too-many-values",
                     "There are more values in the JSON text than LIMIT_JSON_VALUES (%d).",
                     LIMIT_JSON_VALUES);
}

/* jansson itself stops parsing at a depth of 2048; articles stop at LIMIT_DEPTH. */
static enum status write_json(const json_t *json, struct buffer *out, int depth)
{
    const char *key;
    json_t *value;
    size_t index;
    enum status status = STATUS_OK;
    if (depth > LIMIT_DEPTH)
        return STATUS_REJECT;
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        pack_write_map(out, json_object_size(json));
        json_object_foreach((json_t *)(uintptr_t)json, key, value)
        {
            pack_write_string(out, slice_from(key));
            if ((status = write_json(value, out, depth + 1)) != STATUS_OK)
                return status;
        }
        return STATUS_OK;
    case JSON_ARRAY:
        pack_write_array(out, json_array_size(json));
        json_array_foreach(json, index, value)
        {
            if ((status = write_json(value, out, depth + 1)) != STATUS_OK)
                return status;
        }
        return STATUS_OK;
    case JSON_STRING:
        pack_write_string(out, (struct slice){json_string_value(json), json_string_length(json)});
        return STATUS_OK;
    case JSON_INTEGER:
        pack_write_int(out, json_integer_value(json));
        return STATUS_OK;
    case JSON_REAL:
        pack_write_real(out, json_real_value(json));
        return STATUS_OK;
    case JSON_TRUE:
    case JSON_FALSE:
        pack_write_bool(out, json_is_true(json));
        return STATUS_OK;
    case JSON_NULL:
        pack_write_nil(out);
        return STATUS_OK;
    }
    return STATUS_REJECT;
}

static enum status too_deep(struct fault *fault)
{
    return fault_set(fault, STATUS_REJECT, "nesting-too-deep",
                     "Values are nested deeper than LIMIT_DEPTH (%d).", LIMIT_DEPTH);
}

/* {"base64": "…"} stands for bytes, which JSON has no form for. */
static enum status write_base64_body(const json_t *encoded, struct buffer *out, struct fault *fault)
{
    struct buffer bytes;
    buffer_init(&bytes, LIMIT_MESSAGE_BYTES);
    struct slice text = {json_string_value(encoded), json_string_length(encoded)};
    enum status status = base64_decode(text, &bytes, fault);
    if (status == STATUS_OK)
        pack_write_binary(out, buffer_slice(&bytes));
    buffer_deinit(&bytes);
    return status;
}

enum status article_from_json(const json_t *json, struct buffer *out, struct fault *fault)
{
    if (!json_is_object(json))
        return fault_set(fault, STATUS_REJECT, "not-a-map", "An article is a JSON object.");
    pack_write_map(out, json_object_size(json));
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)json, key, value)
    {
        pack_write_string(out, slice_from(key));
        const json_t *encoded = json_object_get(value, "base64");
        enum status status;
        if (strcmp(key, "body") == 0 && json_is_string(encoded))
            status = write_base64_body(encoded, out, fault);
        else if ((status = write_json(value, out, 1)) != STATUS_OK)
            status = too_deep(fault);
        if (status != STATUS_OK)
            return status;
    }
    if (buffer_failed(out))
        return fault_set(fault, STATUS_REJECT, "message-too-long",
                         "The article is longer than LIMIT_MESSAGE_BYTES (%d bytes).",
                         LIMIT_MESSAGE_BYTES);
    return STATUS_OK;
}

void json_to_pack(const json_t *json, struct buffer *out)
{
    if (write_json(json, out, 0) != STATUS_OK)
        out->failed = true;
}

static json_t *json_repaired(struct slice bytes)
{
    /* A NUL and an ill-formed byte both become three bytes. */
    struct arena *arena = arena_new(bytes.len * 3 + 1);
    size_t repaired = 0;
    struct slice clean = arena ? utf8_repair(bytes, &repaired, arena) : SLICE_NULL;
    json_t *json =
        clean.data || bytes.len == 0 ? json_stringn(clean.data ? clean.data : "", clean.len) : NULL;
    arena_free(arena);
    return json;
}

/* The JSON text of a key that is no string. */
static json_t *json_key(const struct pack_object *key)
{
    if (pack_type(key) == PACK_STRING)
        return json_repaired(pack_bytes(key));
    json_t *value = json_from_pack(key);
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    json_t *json = text ? json_string(text) : NULL;
    json_decref(value);
    free(text);
    return json;
}

static json_t *json_map(const struct pack_object *map)
{
    json_t *object = json_object();
    for (size_t i = 0; object && i < pack_count(map); i++) {
        json_t *key = json_key(pack_key(map, i));
        json_t *value = json_from_pack(pack_value(map, i));
        if (!key || !value || json_object_set(object, json_string_value(key), value) != 0) {
            json_decref(object);
            object = NULL;
        }
        json_decref(key);
        json_decref(value);
    }
    return object;
}

static json_t *json_elements(const struct pack_object *list)
{
    json_t *array = json_array();
    for (size_t i = 0; array && i < pack_count(list); i++) {
        json_t *value = json_from_pack(pack_element(list, i));
        if (!value || json_array_append_new(array, value) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

/* The recursion is bounded: pack_read() lets nothing through that is deeper than LIMIT_DEPTH. */
json_t *json_from_pack(const struct pack_object *object)
{
    double real;
    switch (pack_type(object)) {
    case PACK_NIL:
        return json_null();
    case PACK_BOOL:
        return json_boolean(pack_bool(object));
    case PACK_INT:
        return json_integer(pack_int(object));
    case PACK_UINT: /* beyond jansson's integers: as near as a double comes */
        return json_real((double)pack_uint(object));
    case PACK_REAL:
        real = pack_real(object);
        return isfinite(real) ? json_real(real) : json_null();
    case PACK_STRING:
        return json_repaired(pack_bytes(object));
    case PACK_BINARY:
    case PACK_EXTENSION:
        return json_base64(pack_bytes(object).data ? pack_bytes(object) : SLICE_LITERAL(""));
    case PACK_ARRAY:
        return json_elements(object);
    case PACK_MAP:
        return json_map(object);
    }
    return json_null();
}
