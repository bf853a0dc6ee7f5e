/* The table of hosts. */
#include "worker/sources/watch/hosts.h"

#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "proto/url.h"

#define URL_ARENA_BYTES ((size_t)128 * 1024)

static void host_free(struct host *host)
{
    robots_free(host->robots);
    free(host->origin);
    free(host);
}

void hosts_deinit(struct hosts *hosts)
{
    while (hosts->first) {
        struct host *host = hosts->first;
        hosts->first = host->next;
        host_free(host);
    }
    hosts->count = 0;
}

/* Takes out the last host that nobody uses; false when there is none. */
static bool forget_one(struct hosts *hosts)
{
    struct host **victim = NULL;
    for (struct host **at = &hosts->first; *at; at = &(*at)->next)
        if ((*at)->users == 0 && !(*at)->busy)
            victim = at;
    if (!victim)
        return false;
    struct host *host = *victim;
    *victim = host->next;
    host_free(host);
    hosts->count--;
    return true;
}

static struct host *find(struct hosts *hosts, struct slice origin)
{
    for (struct host **at = &hosts->first; *at; at = &(*at)->next) {
        struct host *host = *at;
        if (!slice_is(origin, host->origin))
            continue;
        *at = host->next; /* to the front */
        host->next = hosts->first;
        hosts->first = host;
        return host;
    }
    return NULL;
}

static struct host *add(struct hosts *hosts, struct slice origin)
{
    if (hosts->count >= HOSTS_MAX && !forget_one(hosts))
        return NULL;
    struct host *host = calloc(1, sizeof *host);
    if (!host)
        return NULL;
    host->origin = strndup(origin.data, origin.len);
    if (!host->origin) {
        free(host);
        return NULL;
    }
    host->next = hosts->first;
    hosts->first = host;
    hosts->count++;
    return host;
}

struct host *hosts_take(struct hosts *hosts, const char *url)
{
    struct arena *arena = arena_new(URL_ARENA_BYTES);
    struct slice origin = arena ? url_origin(slice_from(url), arena) : SLICE_NULL;
    struct host *host = origin.data ? find(hosts, origin) : NULL;
    if (origin.data && !host)
        host = add(hosts, origin);
    if (host)
        host->users++;
    arena_free(arena);
    return host;
}

void hosts_release(struct host *host)
{
    if (host)
        host->users--;
}

enum host_robots host_robots(const struct host *host, int64_t now_ms)
{
    return now_ms < host->robots_until_ms ? host->state : HOST_ROBOTS_UNKNOWN;
}

void host_set_robots(struct host *host, enum host_robots state, struct robots *robots,
                     int64_t until_ms)
{
    robots_free(host->robots);
    host->robots = robots;
    host->state = state;
    host->robots_until_ms = until_ms;
}

bool host_allows(const struct host *host, const char *url)
{
    if (!host->robots)
        return true;
    struct arena *arena = arena_new(URL_ARENA_BYTES);
    struct slice target = arena ? url_target(slice_from(url), arena) : SLICE_NULL;
    bool allowed = target.data && robots_allow(host->robots, target);
    arena_free(arena);
    return allowed;
}
