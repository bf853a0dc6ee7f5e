/* UUIDs version 7 and 8 (RFC 9562); random bits and BLAKE2b from libsodium. */
#include "common/uuid.h"

#include <endian.h>
#include <sodium.h>
#include <string.h>

#define SHORT_BYTES 512

static void set_version(struct uuid *uuid, uint8_t version)
{
    uuid->bytes[6] = (uint8_t)((uuid->bytes[6] & 0x0f) | version << 4);
    uuid->bytes[8] = (uint8_t)((uuid->bytes[8] & 0x3f) | 0x80);
}

static void add_random(struct uuid_source *source, struct uuid *uuid)
{
    if (source->left == 0) {
        randombytes_buf(source->random, sizeof source->random);
        source->left = sizeof source->random / UUID_RANDOM_BYTES;
    }
    source->left--;
    memcpy(uuid->bytes + sizeof uuid->bytes - UUID_RANDOM_BYTES,
           source->random + (size_t)source->left * UUID_RANDOM_BYTES, UUID_RANDOM_BYTES);
}

struct uuid uuid_next(struct uuid_source *source, int64_t now_ms)
{
    uint64_t now = now_ms < 0 ? 0 : (uint64_t)now_ms;
    if (now > source->last_ms) {
        source->last_ms = now;
        source->counter = randombytes_uniform(1u << 24); /* leaves room to count upward */
    } else if (++source->counter >> 26) {
        source->last_ms++;
        source->counter = 0;
    }
    struct uuid uuid;
    add_random(source, &uuid);
    for (int i = 0; i < 6; i++)
        uuid.bytes[i] = (uint8_t)(source->last_ms >> (40 - 8 * i));
    /* 26 counter bits: 12 in rand_a, 14 at the head of rand_b. */
    uuid.bytes[6] = (uint8_t)(source->counter >> 22);
    uuid.bytes[7] = (uint8_t)(source->counter >> 14);
    uuid.bytes[8] = (uint8_t)(source->counter >> 8 & 0x3f);
    uuid.bytes[9] = (uint8_t)source->counter;
    set_version(&uuid, 7);
    return uuid;
}

/* Each part behind its length. */
static void put_part(char *to, struct slice part)
{
    uint64_t len = htole64((uint64_t)part.len);
    memcpy(to, &len, sizeof len);
    if (part.len > 0)
        memcpy(to + sizeof len, part.data, part.len);
}

/* Of what fits into one run of bytes, such as a URL: cheaper than piece by piece. */
static void hash_short(const struct slice *parts, size_t count, size_t len, struct uuid *uuid)
{
    char bytes[SHORT_BYTES];
    for (size_t i = 0, at = 0; i < count; at += sizeof(uint64_t) + parts[i].len, i++)
        put_part(bytes + at, parts[i]);
    (void)crypto_generichash(uuid->bytes, sizeof uuid->bytes, (const unsigned char *)bytes, len,
                             NULL, 0);
}

static void hash_long(const struct slice *parts, size_t count, struct uuid *uuid)
{
    crypto_generichash_state state;
    (void)crypto_generichash_init(&state, NULL, 0, sizeof uuid->bytes);
    for (size_t i = 0; i < count; i++) {
        uint64_t len = htole64((uint64_t)parts[i].len);
        (void)crypto_generichash_update(&state, (const unsigned char *)&len, sizeof len);
        (void)crypto_generichash_update(&state, (const unsigned char *)parts[i].data, parts[i].len);
    }
    (void)crypto_generichash_final(&state, uuid->bytes, sizeof uuid->bytes);
}

struct uuid uuid_hash(const struct slice *parts, size_t count)
{
    struct uuid uuid;
    size_t len = count * sizeof(uint64_t);
    for (size_t i = 0; i < count && len <= SHORT_BYTES; i++)
        len += parts[i].len;
    if (len <= SHORT_BYTES)
        hash_short(parts, count, len, &uuid);
    else
        hash_long(parts, count, &uuid);
    set_version(&uuid, 8);
    return uuid;
}

void uuid_format(const struct uuid *uuid, char out[UUID_TEXT_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    size_t at = 0;
    for (size_t i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            out[at++] = '-';
        out[at++] = digits[uuid->bytes[i] >> 4];
        out[at++] = digits[uuid->bytes[i] & 15];
    }
    out[at] = '\0';
}

/* The value of a digit, one more than it is; 0 says that it is none. */
static const uint8_t digit_values[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16};

bool uuid_parse(struct slice text, struct uuid *uuid)
{
    if (text.len != UUID_TEXT_BYTES - 1)
        return false;
    const unsigned char *at = (const unsigned char *)text.data;
    struct uuid parsed;
    bool good = true;
    for (size_t i = 0; i < sizeof parsed.bytes; i++, at += 2) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            good &= *at++ == '-';
        unsigned high = digit_values[at[0]], low = digit_values[at[1]];
        good &= high && low;
        parsed.bytes[i] = (uint8_t)((high - 1) << 4 | ((low - 1) & 15));
    }
    if (good)
        *uuid = parsed;
    return good;
}
