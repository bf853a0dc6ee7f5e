/* An http(s) URL taken apart by libcurl's parser; shared by the files of url.h only. */
#ifndef NEWSMILL_PROTO_URL_PARTS_H
#define NEWSMILL_PROTO_URL_PARTS_H

#include <stdbool.h>

#include "common/arena.h"
#include "common/slice.h"

/* In the arena, each with a NUL behind it. Absent parts are empty; the path begins with a slash and
 * has no dot segments. User and password are left out. */
struct url_parts {
    struct slice scheme, host; /* in lower case; the host in its ASCII form (UTS 46) */
    struct slice port;         /* empty for the scheme's own */
    struct slice path, query, fragment;
};

/* False when `url` is no http(s) URL with a host. Most are of a form whose parts are plain to see
 * (url_plain.c), the others are left to libcurl's parser; both say the same of what both take. */
bool url_split(struct slice url, struct url_parts *parts, struct arena *arena);
/* False too when it is not of that form. `url` has no white space around it. */
bool url_split_plain(struct slice url, struct url_parts *parts, struct arena *arena);
bool url_split_parsed(struct slice url, struct url_parts *parts, struct arena *arena);
/* The registrable domain of a host; the host itself for an address or a bare name. */
struct slice url_domain(struct slice host);

#endif
