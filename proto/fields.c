/* Packs, unpacks and prints structs by their tables. */
#include "proto/fields.h"

#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>

#include "common/clock.h"
#include "common/utf8.h"
#include "common/uuid.h"
#include "proto/base64.h"

static struct slice key_of(const struct field *field)
{
    return (struct slice){field->key, field->key_len};
}

static const void *at(const void *record, const struct field *field)
{
    return (const char *)record + field->offset;
}

/* The minutes of a ZONED field stand behind its milliseconds. */
static int32_t *zone_of(void *value)
{
    return (int32_t *)(void *)((char *)value + sizeof(int64_t));
}

static int32_t read_zone(const void *value)
{
    return *(const int32_t *)(const void *)((const char *)value + sizeof(int64_t));
}

#define ZONE_MINUTES_MAX (18 * 60)

/* ---- absent ---- */

static void field_init(const struct field *field, void *record)
{
    char *value = (char *)record + field->offset;
    switch (field->type) {
    case FIELD_STRING:
    case FIELD_BINARY:
        *(struct slice *)(void *)value = SLICE_NULL;
        break;
    case FIELD_COUNT:
        *(uint32_t *)(void *)value = 0;
        break;
    case FIELD_INDEX:
        *(int64_t *)(void *)value = FIELD_NONE;
        break;
    case FIELD_REAL:
        *(double *)(void *)value = (double)NAN;
        break;
    case FIELD_BOOL:
        *(bool *)(void *)value = false;
        break;
    case FIELD_TIME:
        *(int64_t *)(void *)value = CLOCK_NONE;
        break;
    case FIELD_ZONED:
        *(int64_t *)(void *)value = CLOCK_NONE;
        *zone_of(value) = 0;
        break;
    case FIELD_UUID:
        *(struct uuid *)(void *)value = (struct uuid){{0}};
        break;
    case FIELD_NUMBER:
    case FIELD_HEX64:
        *(uint64_t *)(void *)value = 0;
        break;
    case FIELD_STRINGS:
    case FIELD_LIST:
        *(struct field_list *)(void *)value = (struct field_list){NULL, 0};
        break;
    case FIELD_STRUCT:
        fields_init(field->table, value);
        break;
    case FIELD_OPTIONAL:
        *(void **)(void *)value = NULL;
        break;
    }
}

void fields_init(const struct field_table *table, void *record)
{
    memset(record, 0, table->size);
    for (size_t i = 0; i < table->count; i++)
        field_init(&table->fields[i], record);
}

/* ---- pack ---- */

static void pack_text(struct slice text, bool binary, struct buffer *out)
{
    if (!text.data)
        pack_write_nil(out);
    else if (binary)
        pack_write_binary(out, text);
    else
        pack_write_string(out, text);
}

static void pack_index(int64_t value, struct buffer *out)
{
    if (value == FIELD_NONE)
        pack_write_nil(out);
    else
        pack_write_int(out, value);
}

static void pack_zoned(const void *value, struct buffer *out)
{
    if (read_zone(value) != 0 && *(const int64_t *)value != CLOCK_NONE) {
        pack_write_array(out, 2);
        pack_write_int(out, *(const int64_t *)value);
        pack_write_int(out, read_zone(value));
    } else {
        pack_index(*(const int64_t *)value, out);
    }
}

static void pack_list(const struct field *field, const struct field_list *list, struct buffer *out)
{
    pack_write_array(out, list->count);
    for (size_t i = 0; i < list->count; i++) {
        if (field->type == FIELD_STRINGS)
            pack_write_string(out, *field_at(*list, struct slice, i));
        else
            fields_pack(field->table, (const char *)list->items + i * field->table->size, out);
    }
}

static void pack_field(const struct field *field, const void *value, struct buffer *out)
{
    switch (field->type) {
    case FIELD_STRING:
    case FIELD_BINARY:
        pack_text(*(const struct slice *)value, field->type == FIELD_BINARY, out);
        break;
    case FIELD_COUNT:
        pack_write_uint(out, *(const uint32_t *)value);
        break;
    case FIELD_INDEX:
    case FIELD_TIME:
        pack_index(*(const int64_t *)value, out);
        break;
    case FIELD_ZONED:
        pack_zoned(value, out);
        break;
    case FIELD_REAL:
        if (isnan(*(const double *)value))
            pack_write_nil(out);
        else
            pack_write_real(out, *(const double *)value);
        break;
    case FIELD_BOOL:
        pack_write_bool(out, *(const bool *)value);
        break;
    case FIELD_UUID:
        pack_write_binary(out, (struct slice){(const char *)value, sizeof(struct uuid)});
        break;
    case FIELD_NUMBER:
    case FIELD_HEX64:
        pack_write_uint(out, *(const uint64_t *)value);
        break;
    case FIELD_STRINGS:
    case FIELD_LIST:
        pack_list(field, value, out);
        break;
    case FIELD_STRUCT:
        fields_pack(field->table, value, out);
        break;
    case FIELD_OPTIONAL: {
        const void *target = *(void *const *)value;
        if (target)
            fields_pack(field->table, target, out);
        else
            pack_write_nil(out);
        break;
    }
    }
}

void fields_pack(const struct field_table *table, const void *record, struct buffer *out)
{
    pack_write_map(out, table->count);
    for (size_t i = 0; i < table->count; i++) {
        pack_write_string(out, key_of(&table->fields[i]));
        pack_field(&table->fields[i], at(record, &table->fields[i]), out);
    }
}

/* ---- unpack ---- */

struct unpacking {
    struct pack_reader *reader;
    struct arena *arena;
    struct fault *fault;
};

static enum status unpack_map(const struct unpacking *in, const struct field_table *table,
                              const struct pack_token *map, void *record);

static enum status wrong_type(const struct unpacking *in, const struct field_table *table,
                              const struct field *field)
{
    return fault_set(in->fault, STATUS_REJECT, "wrong-type",
                     "The key \"%s\" of %s has a wrong type.", field->key, table->name);
}

static enum status no_memory(const struct unpacking *in, const struct field_table *table)
{
    return fault_set(in->fault, STATUS_FATAL, "out-of-memory", "no memory for %s", table->name);
}

static enum status unpack_string(const struct unpacking *in, const struct field_table *table,
                                 const struct field *field, const struct pack_token *from,
                                 struct slice *to)
{
    enum pack_type wanted = field->type == FIELD_BINARY ? PACK_BINARY : PACK_STRING;
    if (from->type != wanted)
        return wrong_type(in, table, field);
    if (wanted == PACK_STRING && !utf8_is_clean(from->as.bytes))
        return fault_set(in->fault, STATUS_REJECT, "not-utf8", "The key \"%s\" of %s is not UTF-8.",
                         field->key, table->name);
    *to = from->as.bytes;
    return STATUS_OK;
}

static enum status unpack_list(const struct unpacking *in, const struct field_table *table,
                               const struct field *field, const struct pack_token *from,
                               struct field_list *list)
{
    if (from->type != PACK_ARRAY)
        return wrong_type(in, table, field);
    size_t count = from->as.count;
    size_t size = field->type == FIELD_STRINGS ? sizeof(struct slice) : field->table->size;
    list->count = 0; /* the key may have come before */
    list->items = arena_array(in->arena, count, size);
    if (!list->items)
        return no_memory(in, table);
    for (size_t i = 0; i < count; i++) {
        void *item = (char *)list->items + i * size;
        struct pack_token element;
        pack_next(in->reader, &element);
        enum status status = field->type == FIELD_STRINGS
                                 ? unpack_string(in, table, field, &element, item)
                                 : unpack_map(in, field->table, &element, item);
        if (status != STATUS_OK)
            return status;
        list->count = i + 1;
    }
    return STATUS_OK;
}

static enum status unpack_number(const struct unpacking *in, const struct field_table *table,
                                 const struct field *field, const struct pack_token *from,
                                 void *value)
{
    if (field->type == FIELD_REAL) {
        if (from->type != PACK_REAL && from->type != PACK_INT && from->type != PACK_UINT)
            return wrong_type(in, table, field);
        *(double *)value = pack_token_real(from);
        return STATUS_OK;
    }
    bool is_unsigned = field->type != FIELD_INDEX && field->type != FIELD_TIME;
    if (from->type != PACK_INT && !(from->type == PACK_UINT && is_unsigned))
        return wrong_type(in, table, field);
    if (is_unsigned && from->type == PACK_INT && from->as.integer < 0)
        return wrong_type(in, table, field);
    if (field->type == FIELD_COUNT) {
        if (from->as.whole > UINT32_MAX)
            return wrong_type(in, table, field);
        *(uint32_t *)value = (uint32_t)from->as.whole;
    } else if (is_unsigned) {
        *(uint64_t *)value = from->as.whole;
    } else {
        *(int64_t *)value = from->as.integer;
    }
    return STATUS_OK;
}

/* A number, or an array of it and the minutes. */
static enum status unpack_zoned(const struct unpacking *in, const struct field_table *table,
                                const struct field *field, const struct pack_token *from,
                                void *value)
{
    struct pack_token ms = *from, minutes = {.type = PACK_INT, .as.integer = 0};
    if (from->type == PACK_ARRAY && from->as.count == 2) {
        pack_next(in->reader, &ms);
        pack_skip(in->reader, &ms);
        pack_next(in->reader, &minutes);
    }
    if (ms.type != PACK_INT || minutes.type != PACK_INT || minutes.as.integer < -ZONE_MINUTES_MAX ||
        minutes.as.integer > ZONE_MINUTES_MAX)
        return wrong_type(in, table, field);
    *(int64_t *)value = ms.as.integer;
    *zone_of(value) = (int32_t)minutes.as.integer;
    return STATUS_OK;
}

static enum status unpack_optional(const struct unpacking *in, const struct field *field,
                                   const struct pack_token *from, void **value)
{
    *value = arena_alloc(in->arena, field->table->size);
    return *value ? unpack_map(in, field->table, from, *value) : no_memory(in, field->table);
}

static enum status unpack_field(const struct unpacking *in, const struct field_table *table,
                                const struct field *field, const struct pack_token *from,
                                void *value)
{
    switch (field->type) {
    case FIELD_STRING:
    case FIELD_BINARY:
        return unpack_string(in, table, field, from, value);
    case FIELD_COUNT:
    case FIELD_INDEX:
    case FIELD_REAL:
    case FIELD_TIME:
    case FIELD_NUMBER:
    case FIELD_HEX64:
        return unpack_number(in, table, field, from, value);
    case FIELD_ZONED:
        return unpack_zoned(in, table, field, from, value);
    case FIELD_BOOL:
        if (from->type != PACK_BOOL)
            return wrong_type(in, table, field);
        *(bool *)value = from->as.boolean;
        return STATUS_OK;
    case FIELD_UUID:
        if (from->type != PACK_BINARY || from->as.bytes.len != sizeof(struct uuid))
            return wrong_type(in, table, field);
        memcpy(value, from->as.bytes.data, sizeof(struct uuid));
        return STATUS_OK;
    case FIELD_STRINGS:
    case FIELD_LIST:
        return unpack_list(in, table, field, from, value);
    case FIELD_STRUCT:
        return unpack_map(in, field->table, from, value);
    case FIELD_OPTIONAL:
        return unpack_optional(in, field, from, value);
    }
    return STATUS_OK;
}

static bool is_key(const struct field *field, struct slice key)
{
    return slice_equal_short(key, (struct slice){field->key, field->key_len});
}

/* The index of a field; `table->count` when there is none. Writers keep the table's order, so the
 * key is looked for first behind the last one. */
static size_t find_field(const struct field_table *table, struct slice key, size_t expected)
{
    for (size_t i = expected; i < table->count; i++)
        if (is_key(&table->fields[i], key))
            return i;
    for (size_t i = 0; i < expected; i++)
        if (is_key(&table->fields[i], key))
            return i;
    return table->count;
}

/* One key and its value; a bit in `seen` for the field that it was. */
static enum status unpack_pair(const struct unpacking *in, const struct field_table *table,
                               void *record, size_t *expected, uint64_t *seen)
{
    struct pack_token key, value;
    size_t index = table->count;
    pack_next(in->reader, &key);
    if (key.type == PACK_STRING)
        index = find_field(table, key.as.bytes, *expected);
    else
        pack_skip(in->reader, &key);
    pack_next(in->reader, &value);
    if (index < table->count)
        *expected = index + 1;
    if (index == table->count || value.type == PACK_NIL) {
        pack_skip(in->reader, &value);
        return STATUS_OK;
    }
    *seen |= (uint64_t)1 << index;
    const struct field *field = &table->fields[index];
    return unpack_field(in, table, field, &value, (char *)record + field->offset);
}

static enum status unpack_map(const struct unpacking *in, const struct field_table *table,
                              const struct pack_token *map, void *record)
{
    size_t expected = 0;
    uint64_t seen = 0;
    if (map->type != PACK_MAP)
        return fault_set(in->fault, STATUS_REJECT, "not-a-map", "%s is not a map.", table->name);
    for (size_t i = 0; i < map->as.count && !pack_broken(in->reader); i++) {
        enum status status = unpack_pair(in, table, record, &expected, &seen);
        if (status != STATUS_OK)
            return status;
    }
    for (size_t i = 0; i < table->count; i++)
        if (!(seen >> i & 1))
            field_init(&table->fields[i], record);
    return STATUS_OK;
}

enum status fields_unpack(const struct field_table *table, struct slice bytes,
                          struct pack_reader *reader, void *record, struct arena *arena,
                          struct fault *fault)
{
    struct unpacking in = {reader, arena, fault};
    struct pack_token root;
    pack_open(reader, bytes);
    pack_next(reader, &root);
    memset(record, 0, table->size);
    return pack_end(reader, unpack_map(&in, table, &root, record), fault);
}

/* ---- JSON ---- */

static json_t *json_text(struct slice text)
{
    return text.data ? json_stringn(text.data, text.len) : json_null();
}

static json_t *json_real_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *json_time(int64_t ms, int32_t zone)
{
    char text[CLOCK_TEXT_BYTES];
    if (ms == CLOCK_NONE)
        return json_null();
    clock_format_zone(ms, zone, text);
    return json_string(text);
}

static json_t *json_uuid(const struct uuid *uuid)
{
    char text[UUID_TEXT_BYTES];
    uuid_format(uuid, text);
    return json_string(text);
}

static json_t *json_list(const struct field *field, const struct field_list *list)
{
    json_t *array = json_array();
    for (size_t i = 0; array && i < list->count; i++) {
        json_t *item =
            field->type == FIELD_STRINGS
                ? json_text(*field_at(*list, struct slice, i))
                : fields_to_json(field->table, (const char *)list->items + i * field->table->size);
        if (!item || json_array_append_new(array, item) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *json_field(const struct field *field, const void *value)
{
    char hex[17];
    switch (field->type) {
    case FIELD_STRING:
        return json_text(*(const struct slice *)value);
    case FIELD_BINARY:
        return json_base64(*(const struct slice *)value);
    case FIELD_COUNT:
        return json_integer(*(const uint32_t *)value);
    case FIELD_NUMBER:
        return json_integer((json_int_t) * (const uint64_t *)value);
    case FIELD_INDEX:
        return *(const int64_t *)value == FIELD_NONE ? json_null()
                                                     : json_integer(*(const int64_t *)value);
    case FIELD_REAL:
        return json_real_or_null(*(const double *)value);
    case FIELD_BOOL:
        return json_boolean(*(const bool *)value);
    case FIELD_TIME:
        return json_time(*(const int64_t *)value, 0);
    case FIELD_ZONED:
        return json_time(*(const int64_t *)value, read_zone(value));
    case FIELD_UUID:
        return json_uuid(value);
    case FIELD_HEX64:
        (void)snprintf(hex, sizeof hex, "%016" PRIx64, *(const uint64_t *)value);
        return json_string(hex);
    case FIELD_STRINGS:
    case FIELD_LIST:
        return json_list(field, value);
    case FIELD_STRUCT:
        return fields_to_json(field->table, value);
    case FIELD_OPTIONAL:
        return *(void *const *)value ? fields_to_json(field->table, *(void *const *)value)
                                     : json_null();
    }
    return NULL;
}

json_t *fields_to_json(const struct field_table *table, const void *record)
{
    json_t *object = json_object();
    for (size_t i = 0; object && i < table->count; i++) {
        const struct field *field = &table->fields[i];
        if (field->wire_only)
            continue;
        json_t *value = json_field(field, at(record, field));
        if (!value || json_object_set_new_nocheck(object, field->key, value) != 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}
