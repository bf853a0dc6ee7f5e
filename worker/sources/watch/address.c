/* The special-purpose registries of IANA (RFC 6890 and its successors), as tables. */
#include "worker/sources/watch/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

struct block {
    uint8_t prefix[16];
    unsigned bits;
};

static const struct block blocks_v4[] = {
    {{0}, 8},             /* this network */
    {{10}, 8},            /* private */
    {{100, 64}, 10},      /* shared, carriers */
    {{127}, 8},           /* loopback */
    {{169, 254}, 16},     /* link-local, and where clouds keep credentials */
    {{172, 16}, 12},      /* private */
    {{192, 0, 0}, 24},    /* protocol assignments */
    {{192, 0, 2}, 24},    /* documentation */
    {{192, 88, 99}, 24},  /* 6to4 relays */
    {{192, 168}, 16},     /* private */
    {{198, 18}, 15},      /* benchmarks */
    {{198, 51, 100}, 24}, /* documentation */
    {{203, 0, 113}, 24},  /* documentation */
    {{224}, 4},           /* multicast */
    {{240}, 4},           /* reserved, broadcast */
};
/* Beyond 2000::/3 nothing is everybody's; these are the exceptions inside. */
static const struct block blocks_v6[] = {
    {{0x20, 0x01}, 23},             /* protocol assignments, with Teredo */
    {{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
    {{0x3f, 0xff}, 20},             /* documentation */
};
static const struct block global_v6 = {{0x20}, 3};
/* Prefixes with an IPv4 address in them, and at which byte. */
static const struct {
    struct block block;
    unsigned at;
} embedded[] = {
    {{{[10] = 0xff, [11] = 0xff}, 96}, 12}, /* IPv4-mapped */
    {{{0x00, 0x64, 0xff, 0x9b}, 96}, 12},   /* NAT64 */
    {{{0x20, 0x02}, 16}, 2},                /* 6to4 */
};

static bool inside(const uint8_t *address, const struct block *block)
{
    unsigned whole = block->bits / 8, rest = block->bits % 8;
    if (memcmp(address, block->prefix, whole) != 0)
        return false;
    return rest == 0 || ((address[whole] ^ block->prefix[whole]) >> (8 - rest)) == 0;
}

static bool is_public_v4(const uint8_t *address)
{
    for (size_t i = 0; i < sizeof blocks_v4 / sizeof *blocks_v4; i++)
        if (inside(address, &blocks_v4[i]))
            return false;
    return true;
}

static bool is_public_v6(const uint8_t *address)
{
    for (size_t i = 0; i < sizeof embedded / sizeof *embedded; i++)
        if (inside(address, &embedded[i].block))
            return is_public_v4(address + embedded[i].at);
    for (size_t i = 0; i < sizeof blocks_v6 / sizeof *blocks_v6; i++)
        if (inside(address, &blocks_v6[i]))
            return false;
    return inside(address, &global_v6);
}

bool address_is_public(const struct sockaddr *address)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (address->sa_family == AF_INET) {
        memcpy(&v4, address, sizeof v4);
        return is_public_v4((const uint8_t *)&v4.sin_addr);
    }
    if (address->sa_family != AF_INET6)
        return false;
    memcpy(&v6, address, sizeof v6);
    return is_public_v6(v6.sin6_addr.s6_addr);
}
