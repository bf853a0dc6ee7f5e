/* URLs as identity sees them (libcurl's parser, the public suffix list). */
#include "proto/url.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <libpsl.h>
#include <stdlib.h>
#include <strings.h>

#include "proto/limits.h"

/* ---- canonical URLs ---- */

/* Parameters that say where a reader came from, never which article it is. A name that ends in '*'
 * is a prefix. */
static const char *const tracking[] = {
    "utm_*",   "fbclid", "gclid",  "gclsrc",  "dclid", "gbraid", "wbraid",
    "msclkid", "yclid",  "twclid", "igshid",  "igsh",  "mc_cid", "mc_eid",
    "_ga",     "_gl",    "ocid",   "cmpid",   "ncid",  "smid",   "smtyp",
    "ito",     "_hsenc", "_hsmi",  "mkt_tok", "xtor",  "wt_mc",  "spm",
};

static bool is_tracking(struct slice parameter)
{
    const char *equals = memchr(parameter.data, '=', parameter.len);
    size_t len = equals ? (size_t)(equals - parameter.data) : parameter.len;
    for (size_t i = 0; i < sizeof tracking / sizeof tracking[0]; i++) {
        size_t known = strlen(tracking[i]);
        bool prefix = tracking[i][known - 1] == '*';
        known -= prefix;
        if (prefix ? len >= known : len == known)
            if (strncasecmp(parameter.data, tracking[i], known) == 0)
                return true;
    }
    return false;
}

/* The query without its tracking parameters, in the order it had; empty when nothing is left. */
static struct slice query_without_tracking(struct slice query, struct arena *arena)
{
    char *out = arena_alloc(arena, query.len + 1);
    if (!out)
        return SLICE_NULL;
    size_t len = 0;
    for (size_t at = 0; at < query.len;) {
        const char *end = memchr(query.data + at, '&', query.len - at);
        size_t stop = end ? (size_t)(end - query.data) : query.len;
        struct slice parameter = slice_sub(query, at, stop);
        if (parameter.len > 0 && !is_tracking(parameter)) {
            if (len > 0)
                out[len++] = '&';
            memcpy(out + len, parameter.data, parameter.len);
            len += parameter.len;
        }
        at = stop + 1;
    }
    return (struct slice){out, len};
}

/* The parts of an http(s) URL, as libcurl owns them. */
struct url_parts {
    CURLU *handle;
    char *host, *port, *path, *query;
};

static void url_parts_deinit(struct url_parts *parts)
{
    curl_free(parts->host);
    curl_free(parts->port);
    curl_free(parts->path);
    curl_free(parts->query);
    curl_url_cleanup(parts->handle);
}

/* False when `url` is no http(s) URL with a host. `url` is NUL-terminated. */
static bool url_split(const char *url, struct url_parts *parts)
{
    *parts = (struct url_parts){.handle = curl_url()};
    if (!parts->handle)
        return false;
    char *scheme = NULL;
    bool good = curl_url_set(parts->handle, CURLUPART_URL, url, CURLU_URLENCODE) == CURLUE_OK &&
                curl_url_get(parts->handle, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                (strcasecmp(scheme, "http") == 0 || strcasecmp(scheme, "https") == 0) &&
                curl_url_get(parts->handle, CURLUPART_HOST, &parts->host, 0) == CURLUE_OK &&
                curl_url_get(parts->handle, CURLUPART_PATH, &parts->path, 0) == CURLUE_OK;
    curl_free(scheme);
    if (!good) {
        url_parts_deinit(parts);
        return false;
    }
    /* Absent ones stay NULL; a scheme's own port is left out. */
    (void)curl_url_get(parts->handle, CURLUPART_PORT, &parts->port, CURLU_NO_DEFAULT_PORT);
    (void)curl_url_get(parts->handle, CURLUPART_QUERY, &parts->query, 0);
    for (char *c = parts->host; *c; c++)
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c | 0x20 : *c);
    return true;
}

/* A NUL-terminated copy; false for URLs no parser should see. */
static const char *url_text(struct slice url, struct arena *arena)
{
    url = slice_trim(url);
    if (!url.data || url.len == 0 || url.len > LIMIT_URL_BYTES || memchr(url.data, 0, url.len))
        return NULL;
    return arena_copy(url, arena).data;
}

struct slice url_canonical(struct slice url, struct arena *arena)
{
    struct url_parts parts;
    const char *text = url_text(url, arena);
    if (!text || !url_split(text, &parts))
        return url;
    struct slice path = slice_from(parts.path);
    while (path.len > 0 && path.data[path.len - 1] == '/')
        path.len--;
    struct slice query = query_without_tracking(slice_from(parts.query), arena);
    struct slice canonical =
        arena_format(arena, "https://%s%s%s%.*s%s%.*s", parts.host, parts.port ? ":" : "",
                     parts.port ? parts.port : "", (int)path.len, path.data ? path.data : "",
                     query.len ? "?" : "", (int)query.len, query.data ? query.data : "");
    url_parts_deinit(&parts);
    return canonical.data ? canonical : url;
}

/* The list would take an address's last two numbers for a domain. */
static bool is_address(const char *host)
{
    struct in_addr address;
    return host[0] == '[' || inet_pton(AF_INET, host, &address) == 1;
}

struct slice url_site(struct slice url, struct arena *arena)
{
    struct url_parts parts;
    const char *text = url_text(url, arena);
    if (!text || !url_split(text, &parts))
        return SLICE_NULL;
    const psl_ctx_t *list = psl_builtin();
    const char *domain =
        list && !is_address(parts.host) ? psl_registrable_domain(list, parts.host) : NULL;
    /* An address or a bare host name has no registrable domain: the host says who published. */
    struct slice site = arena_copy(slice_from(domain ? domain : parts.host), arena);
    url_parts_deinit(&parts);
    return site;
}

/* "http:", "mailto:": a name and a colon. */
static bool has_scheme(struct slice url)
{
    size_t at = 0;
    while (at < url.len && ((url.data[at] | 0x20) >= 'a' && (url.data[at] | 0x20) <= 'z'))
        at++;
    return at > 0 && at < url.len && url.data[at] == ':';
}

struct slice url_resolve(struct slice base, struct slice url, struct arena *arena)
{
    url = slice_trim(url);
    const char *text = url_text(url, arena), *from = url_text(base, arena);
    struct slice resolved = url.data ? arena_copy(url, arena) : SLICE_NULL;
    if (!text || !from || has_scheme(url))
        return resolved;
    CURLU *handle = curl_url();
    char *whole = NULL;
    if (handle && curl_url_set(handle, CURLUPART_URL, from, CURLU_URLENCODE) == CURLUE_OK &&
        curl_url_set(handle, CURLUPART_URL, text, CURLU_URLENCODE) == CURLUE_OK &&
        curl_url_get(handle, CURLUPART_URL, &whole, 0) == CURLUE_OK)
        resolved = arena_copy(slice_from(whole), arena);
    curl_free(whole);
    curl_url_cleanup(handle);
    return resolved;
}
