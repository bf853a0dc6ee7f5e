/* URLs that need no parser: the scheme and the host in lower case, a host name of letters, digits,
 * points and hyphens whose last label is a word, a path and a query of unreserved characters
 * (RFC 3986) without dot segments, no port, no fragment. */
#include <string.h>

#include "proto/limits.h"
#include "proto/url_parts.h"

#define HOST_BYTES 253 /* of a name in the DNS */

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_unreserved(char c)
{
    return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

/* Labels between points, none empty; the last one begins with a letter, so that it is no number. */
static size_t host_len(struct slice text)
{
    size_t len = 0, label = 0;
    for (; len < text.len && len <= HOST_BYTES; len++) {
        char c = text.data[len];
        if (c == '.' && len > label)
            label = len + 1;
        else if (!is_lower(c) && !is_digit(c) && c != '-')
            break;
    }
    return len > label && len <= HOST_BYTES && is_lower(text.data[label]) ? len : 0;
}

static size_t path_len(struct slice text)
{
    size_t len = 0;
    while (len < text.len && (text.data[len] == '/' || is_unreserved(text.data[len]))) {
        if (text.data[len] == '.' && text.data[len - 1] == '/')
            return 0;
        len++;
    }
    return len;
}

static size_t query_len(struct slice text)
{
    size_t len = 0;
    while (len < text.len &&
           (is_unreserved(text.data[len]) || text.data[len] == '=' || text.data[len] == '&'))
        len++;
    return len;
}

static struct slice scheme_of(struct slice url)
{
    return slice_starts_with(url, SLICE_LITERAL("https://"))  ? SLICE_LITERAL("https")
           : slice_starts_with(url, SLICE_LITERAL("http://")) ? SLICE_LITERAL("http")
                                                              : SLICE_NULL;
}

bool url_split_plain(struct slice url, struct url_parts *parts, struct arena *arena)
{
    struct slice scheme = scheme_of(url), query = SLICE_LITERAL("");
    if (!scheme.data || url.len > LIMIT_URL_BYTES)
        return false;
    struct slice rest = slice_sub(url, scheme.len + 3, url.len);
    struct slice host = slice_sub(rest, 0, host_len(rest));
    rest = slice_sub(rest, host.len, rest.len);
    if (host.len == 0 || rest.len == 0 || rest.data[0] != '/')
        return false;
    struct slice path = slice_sub(rest, 0, path_len(rest));
    rest = slice_sub(rest, path.len, rest.len);
    if (rest.len > 1 && rest.data[0] == '?') {
        query = slice_sub(rest, 1, 1 + query_len(slice_sub(rest, 1, rest.len)));
        rest = slice_sub(rest, 1 + query.len, rest.len);
    }
    if (path.len == 0 || rest.len > 0)
        return false;
    *parts = (struct url_parts){.scheme = scheme,
                                .host = arena_copy(host, arena),
                                .port = SLICE_LITERAL(""),
                                .path = arena_copy(path, arena),
                                .query = arena_copy(query, arena),
                                .fragment = SLICE_LITERAL("")};
    return parts->host.data && parts->path.data && parts->query.data;
}
