/* The hosts that watch talks to: when each may be asked again, and what its robots.txt says. One
 * request at a time for each, with a pause between. Bounded: hosts that nobody uses are forgotten,
 * the ones unused for longest first. */
#ifndef NEWSMILL_WORKER_SOURCES_WATCH_HOSTS_H
#define NEWSMILL_WORKER_SOURCES_WATCH_HOSTS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/slice.h"
#include "worker/sources/watch/robots.h"

#define HOSTS_MAX            4096
#define HOST_ROBOTS_KEPT_MS  (INT64_C(24) * 3600 * 1000) /* RFC 9309 section 2.4 */
#define HOST_ROBOTS_AGAIN_MS (INT64_C(10) * 60 * 1000)   /* when it could not be reached */

enum host_robots {
    HOST_ROBOTS_UNKNOWN,    /* to be fetched first */
    HOST_ROBOTS_KNOWN,      /* `robots` decides; NULL: there are none, everything is allowed */
    HOST_ROBOTS_UNREACHABLE /* nothing is allowed: RFC 9309 section 2.3.1.4 */
};

struct host {
    struct host *next;
    char *origin; /* "https://www.example.org:8443" */
    unsigned users;
    bool busy;        /* something is being fetched from it */
    bool asked;       /* its robots.txt is a task already */
    int64_t ready_ms; /* when it may be asked again (steady clock) */
    enum host_robots state;
    struct robots *robots;
    int64_t robots_until_ms;
    bool refused;  /* unreachable for good: its address is not public */
    char why[160]; /* why it is unreachable */
};

struct hosts {
    struct host *first; /* the one used last in front */
    unsigned count;
};

void hosts_deinit(struct hosts *hosts);
/* The host of an http(s) URL, for as long as it is not released. NULL when `url` is none, without
 * memory, or when all HOSTS_MAX are in use. */
struct host *hosts_take(struct hosts *hosts, const char *url);
void hosts_release(struct host *host);
/* What is known of robots.txt now. */
enum host_robots host_robots(const struct host *host, int64_t now_ms);
void host_set_robots(struct host *host, enum host_robots state, struct robots *robots,
                     int64_t until_ms);
bool host_allows(const struct host *host, const char *url);

#endif
