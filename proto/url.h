/* URLs: the form that identity hashes, publishers, relative links. Pure; the input may be anything.
 * proto/README.md ("Identity") says which rules make the form, and why not more. */
#ifndef NEWSMILL_PROTO_URL_H
#define NEWSMILL_PROTO_URL_H

#include <stdbool.h>

#include "common/arena.h"
#include "common/slice.h"

/* The URL as identity sees it; the input itself when it is no http(s) URL. The form of a form is
 * itself. `site`, unless NULL, becomes what url_site() says of `url`. */
struct slice url_canonical(struct slice url, struct slice *site, struct arena *arena);
/* The registrable domain of the URL's host by the public suffix list ("bbc.co.uk"); NULL slice when
 * the URL has none. */
struct slice url_site(struct slice url, struct arena *arena);
/* `url` made absolute by `base` (RFC 3986 section 5); `url` itself where that cannot be done. NULL
 * at the arena's limit. */
struct slice url_resolve(struct slice base, struct slice url, struct arena *arena);
/* True for an absolute http or https URL with a host. */
bool url_is_web(struct slice url, struct arena *arena);
/* True when nothing of the canonical form is behind the host but a query. */
bool url_is_front(struct slice url, struct arena *arena);
/* "https://www.example.org:8443", and path and query as they are sent, "/a?b"; NULL when it is no
 * http(s) URL. */
struct slice url_origin(struct slice url, struct arena *arena);
struct slice url_target(struct slice url, struct arena *arena);

#endif
