/* Connections, by descriptor. */
#include "worker/ingest/connections.h"

#include <arpa/inet.h>
#include <linux/tcp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "common/slice.h"
#include "worker/ingest/bucket.h"

#define DESCRIPTORS_MAX 65536
#define ADDRESSES       1024 /* buckets; addresses that fall into the same one share it */
#define NONE            (-1)

/* Of the handshake, with room for longer metadata. */
#define SAID_BEFORE_READY 240
#define HANDSHAKE_BYTES   4096

struct connection {
    bool open, stranger, cut;
    unsigned door;
    int older, newer; /* strangers, in the order in which they came */
    char address[CONNECTIONS_ADDRESS];
    struct sockaddr_storage peer; /* so that a descriptor that was used again is not cut */
};

struct connections {
    struct connection *table; /* by descriptor */
    int table_size;
    int oldest, newest; /* strangers */
    uint32_t most, count;
    struct bucket addresses[ADDRESSES];
};

static uint32_t raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return CONNECTIONS_SPARE * 2;
    rlim_t wanted = limit.rlim_max < DESCRIPTORS_MAX ? limit.rlim_max : DESCRIPTORS_MAX;
    if (limit.rlim_cur < wanted) {
        struct rlimit more = {wanted, limit.rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &more) == 0)
            return (uint32_t)wanted;
    }
    return (uint32_t)(limit.rlim_cur < DESCRIPTORS_MAX ? limit.rlim_cur : DESCRIPTORS_MAX);
}

struct connections *connections_new(uint32_t most)
{
    struct connections *connections = calloc(1, sizeof *connections);
    if (!connections)
        return NULL;
    uint32_t descriptors = raise_descriptors();
    uint32_t room =
        descriptors > CONNECTIONS_SPARE * 2 ? descriptors - CONNECTIONS_SPARE : CONNECTIONS_SPARE;
    connections->most = most < room ? most : room;
    connections->oldest = connections->newest = NONE;
    return connections;
}

void connections_free(struct connections *connections)
{
    if (connections)
        free(connections->table);
    free(connections);
}

static struct connection *find(const struct connections *connections, int fd)
{
    if (fd < 0 || fd >= connections->table_size || !connections->table[fd].open)
        return NULL;
    return &connections->table[fd];
}

/* ---- strangers, a list in the order in which they came ---- */

static void leave_strangers(struct connections *connections, struct connection *one)
{
    if (!one->stranger)
        return;
    one->stranger = false;
    if (one->older == NONE)
        connections->oldest = one->newer;
    else
        connections->table[one->older].newer = one->newer;
    if (one->newer == NONE)
        connections->newest = one->older;
    else
        connections->table[one->newer].older = one->older;
}

static void join_strangers(struct connections *connections, int fd)
{
    struct connection *one = &connections->table[fd];
    one->stranger = true;
    one->older = connections->newest;
    one->newer = NONE;
    if (connections->newest == NONE)
        connections->oldest = fd;
    else
        connections->table[connections->newest].newer = fd;
    connections->newest = fd;
}

/* ---- cutting ---- */

static void cut(struct connections *connections, int fd)
{
    struct connection *one = &connections->table[fd];
    struct sockaddr_storage peer = {0};
    socklen_t size = sizeof peer;
    leave_strangers(connections, one);
    one->cut = true;
    if (getpeername(fd, (struct sockaddr *)&peer, &size) == 0 &&
        memcmp(&peer, &one->peer, sizeof peer) == 0)
        (void)shutdown(fd, SHUT_RDWR);
}

/* ---- coming and going ---- */

static void look_at_peer(struct connection *one, int fd)
{
    socklen_t size = sizeof one->peer;
    const char *text = "unknown";
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&one->peer;
    if (getpeername(fd, (struct sockaddr *)&one->peer, &size) == 0) {
        char buffer[INET6_ADDRSTRLEN] = "";
        if (one->peer.ss_family == AF_INET6)
            text = inet_ntop(AF_INET6, &v6->sin6_addr, buffer, sizeof buffer);
        else if (one->peer.ss_family == AF_INET)
            text = inet_ntop(AF_INET, &((const struct sockaddr_in *)&one->peer)->sin_addr, buffer,
                             sizeof buffer);
        else
            text = "local";
        if (text && strncmp(text, "::ffff:", 7) == 0)
            text += 7;
        (void)memccpy(one->address, text ? text : "unknown", '\0', sizeof one->address - 1);
        return;
    }
    one->peer = (struct sockaddr_storage){0};
    (void)memccpy(one->address, text, '\0', sizeof one->address - 1);
}

bool connections_too_fast(struct connections *connections, const char *address, int64_t now_ms)
{
    if (strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0 ||
        strcmp(address, "local") == 0)
        return false;
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (const char *at = address; *at; at++)
        hash = (hash ^ (unsigned char)*at) * 16777619u;
    struct bucket *bucket = &connections->addresses[hash % ADDRESSES];
    if (bucket->rate == 0)
        bucket_init(bucket, CONNECTIONS_A_SECOND, now_ms);
    return !bucket_take(bucket, now_ms);
}

/* False when there is no memory, or it is beyond what a process may have. */
static bool make_room(struct connections *connections, int fd)
{
    if (fd < connections->table_size)
        return true;
    if (fd < 0 || fd >= DESCRIPTORS_MAX)
        return false;
    int size = connections->table_size ? connections->table_size : 64;
    while (size <= fd)
        size *= 2;
    struct connection *table = realloc(connections->table, (size_t)size * sizeof *table);
    if (!table)
        return false;
    memset(table + connections->table_size, 0,
           (size_t)(size - connections->table_size) * sizeof *table);
    connections->table = table;
    connections->table_size = size;
    return true;
}

uint32_t connections_accepted(struct connections *connections, int fd, unsigned door,
                              int64_t now_ms)
{
    if (!make_room(connections, fd))
        return 0;
    connections_ended(connections, fd); /* should its end not have been heard of */
    struct connection *one = &connections->table[fd];
    *one = (struct connection){.open = true, .door = door, .older = NONE, .newer = NONE};
    look_at_peer(one, fd);
    connections->count++;
    join_strangers(connections, fd);
    if (connections_too_fast(connections, one->address, now_ms)) {
        cut(connections, fd);
        return 1;
    }
    if (connections->count <= connections->most || connections->oldest == NONE)
        return 0;
    cut(connections, connections->oldest);
    return 1;
}

void connections_ended(struct connections *connections, int fd)
{
    struct connection *one = find(connections, fd);
    if (!one)
        return;
    leave_strangers(connections, one);
    one->open = false;
    connections->count--;
}

bool connections_proved(struct connections *connections, int fd)
{
    struct connection *one = find(connections, fd);
    if (one)
        leave_strangers(connections, one);
    return one != NULL;
}

/* CURVE (ZeroMQ RFC 26): the server says its greeting (64 bytes) and WELCOME (170), and READY only
 * to a client that it lets in; until then the client says 64, 202 and some 300 bytes. */
static bool is_flood(int fd)
{
    struct tcp_info info = {.tcpi_state = 0};
    socklen_t size = sizeof info;
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
           size >= offsetof(struct tcp_info, tcpi_bytes_received) + sizeof(uint64_t) &&
           info.tcpi_bytes_acked <= SAID_BEFORE_READY && info.tcpi_bytes_received > HANDSHAKE_BYTES;
}

uint32_t connections_cut_floods(struct connections *connections)
{
    uint32_t count = 0;
    for (int fd = connections->oldest, newer; fd != NONE; fd = newer) {
        newer = connections->table[fd].newer;
        if (is_flood(fd)) {
            cut(connections, fd);
            count++;
        }
    }
    return count;
}

void connections_cut(struct connections *connections, unsigned door)
{
    for (int fd = 0; fd < connections->table_size; fd++)
        if (find(connections, fd) && connections->table[fd].door == door)
            cut(connections, fd);
}

uint32_t connections_count(const struct connections *connections)
{
    return connections->count;
}

const char *connections_address(const struct connections *connections, int fd)
{
    const struct connection *one = find(connections, fd);
    return one ? one->address : "unknown";
}
