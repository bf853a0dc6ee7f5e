/* Endpoints as text. */
#include "common/endpoint.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char tcp[] = "tcp://";
#define TCP_LEN (sizeof tcp - 1)

bool endpoint_for_bind(const char *endpoint, char out[ENDPOINT_BYTES])
{
    size_t len = strlen(endpoint);
    if (len + 1 > ENDPOINT_BYTES)
        return false;
    memcpy(out, endpoint, len + 1);
    if (len > 8 && endpoint_is_tcp(endpoint) && strcmp(endpoint + len - 2, ":0") == 0)
        out[len - 1] = '*';
    return true;
}

void endpoint_unmap_ipv4(char endpoint[ENDPOINT_BYTES])
{
    static const char mapped[] = "tcp://[::ffff:";
    char *end = strchr(endpoint, ']');
    if (strncmp(endpoint, mapped, sizeof mapped - 1) != 0 || !end)
        return;
    char plain[ENDPOINT_BYTES];
    const char *address = endpoint + sizeof mapped - 1;
    (void)snprintf(plain, sizeof plain, "tcp://%.*s%s", (int)(end - address), address, end + 1);
    memcpy(endpoint, plain, sizeof plain);
}

bool endpoint_is_ipv4(const char *endpoint)
{
    char host[16];
    struct in_addr address;
    return sscanf(endpoint, "tcp://%15[0-9.]:", host) == 1 &&
           inet_pton(AF_INET, host, &address) == 1;
}

bool endpoint_is_tcp(const char *endpoint)
{
    return strncmp(endpoint, tcp, TCP_LEN) == 0;
}

static bool is_loopback(const char *host)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (strcmp(host, "localhost") == 0)
        return true;
    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    if (inet_pton(AF_INET6, host, &v6) != 1)
        return false;
    return IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
}

bool endpoint_leaves_host(const char *endpoint)
{
    char host[ENDPOINT_BYTES];
    if (!endpoint_is_tcp(endpoint))
        return strncmp(endpoint, "ipc://", 6) != 0 && strncmp(endpoint, "inproc://", 9) != 0 &&
               strstr(endpoint, "://");
    const char *from = endpoint + TCP_LEN, *colon = strrchr(from, ':');
    size_t len = colon ? (size_t)(colon - from) : 0;
    if (len == 0)
        return false;
    if (len >= sizeof host)
        return true;
    if (from[0] == '[' && from[len - 1] == ']') {
        from++;
        len -= 2;
    }
    memcpy(host, from, len);
    host[len] = '\0';
    return !is_loopback(host);
}

unsigned endpoint_port(const char *endpoint)
{
    const char *colon = strrchr(endpoint, ':');
    if (!endpoint_is_tcp(endpoint) || !colon)
        return 0;
    unsigned long port = strtoul(colon + 1, NULL, 10);
    return port <= 65535 ? (unsigned)port : 0;
}
