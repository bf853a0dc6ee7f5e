/* Columns of results, out of their bytes. */
#include "worker/storage/pg.h"

int32_t pg_int4(const struct pg_result *result, size_t row, int column)
{
    struct slice bytes = pg_bytes(result, row, column);
    if (bytes.len != 4)
        return 0;
    uint32_t value = 0;
    for (size_t i = 0; i < 4; i++)
        value = value << 8 | (uint8_t)bytes.data[i];
    return (int32_t)value;
}

bool pg_bool(const struct pg_result *result, size_t row, int column)
{
    struct slice bytes = pg_bytes(result, row, column);
    return bytes.len == 1 && bytes.data[0] != 0;
}

struct uuid pg_uuid(const struct pg_result *result, size_t row, int column)
{
    struct slice bytes = pg_bytes(result, row, column);
    struct uuid uuid = {{0}};
    if (bytes.len == sizeof uuid.bytes)
        memcpy(uuid.bytes, bytes.data, sizeof uuid.bytes);
    return uuid;
}
