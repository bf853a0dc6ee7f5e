/* URLs: the form that identity hashes, publishers, relative links. Pure; the input may be anything.
 * proto/README.md ("Identity") says which rules make the form, and why not more. */
#ifndef NEWSMILL_PROTO_URL_H
#define NEWSMILL_PROTO_URL_H

#include <stdbool.h>

#include "common/arena.h"
#include "common/slice.h"

/* The URL as identity sees it; the input itself when it is no http(s) URL. The form of a form is
 * itself. */
struct slice url_canonical(struct slice url, struct arena *arena);
/* The registrable domain of the URL's host by the public suffix list ("bbc.co.uk"); NULL slice when
 * the URL has none. */
struct slice url_site(struct slice url, struct arena *arena);
/* `url` made absolute by `base` (RFC 3986 section 5); `url` itself where that cannot be done. NULL
 * at the arena's limit. */
struct slice url_resolve(struct slice base, struct slice url, struct arena *arena);
/* True for an absolute http or https URL with a host. */
bool url_is_web(struct slice url, struct arena *arena);

#endif
