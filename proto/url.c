/* Taking URLs apart (libcurl's parser, ICU's host names, the public suffix list). */
#include "proto/url.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <libpsl.h>
#include <unicode/uidna.h>

#include "proto/limits.h"
#include "proto/url_parts.h"

#define HOST_BYTES       256
#define KNOWN_HOSTS      256
#define KNOWN_HOST_BYTES 62

/* A NUL-terminated copy; NULL for URLs no parser should see. */
static const char *url_text(struct slice url, struct arena *arena)
{
    url = url.data ? slice_trim(url) : url;
    if (!url.data || url.len == 0 || url.len > LIMIT_URL_BYTES || memchr(url.data, 0, url.len))
        return NULL;
    return arena_copy(url, arena).data;
}

static bool is_ascii(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text >= 0x80)
            return false;
    return true;
}

/* An internationalised name becomes "xn--…"; one that cannot is left as it is. */
static struct slice ascii_host(const char *host, struct arena *arena)
{
    char out[HOST_BYTES];
    UErrorCode error = U_ZERO_ERROR;
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    if (is_ascii(host))
        return arena_copy(slice_from(host), arena);
    UIDNA *names = uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_ASCII, &error);
    int32_t len = uidna_nameToASCII_UTF8(names, host, -1, out, sizeof out, &info, &error);
    uidna_close(names);
    bool good = U_SUCCESS(error) && info.errors == 0 && len > 0 && len < (int32_t)sizeof out;
    return arena_copy(good ? (struct slice){out, (size_t)len} : slice_from(host), arena);
}

static struct slice host_of(char *host, struct arena *arena)
{
    for (char *c = host; *c; c++)
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c | 0x20 : *c);
    struct slice ascii = ascii_host(host, arena);
    while (ascii.len > 1 && ascii.data[ascii.len - 1] == '.')
        ascii.len--; /* the root's own dot */
    return arena_copy(ascii, arena);
}

/* A part of the URL, copied to the arena; empty when there is none. */
static struct slice part(CURLU *handle, CURLUPart which, unsigned flags, struct arena *arena)
{
    char *text = NULL;
    struct slice copy = SLICE_LITERAL("");
    if (curl_url_get(handle, which, &text, flags) == CURLUE_OK && text)
        copy = which == CURLUPART_HOST ? host_of(text, arena) : arena_copy(slice_from(text), arena);
    curl_free(text);
    return copy;
}

bool url_split(struct slice url, struct url_parts *parts, struct arena *arena)
{
    url = url.data ? slice_trim(url) : url;
    return url_split_plain(url, parts, arena) || url_split_parsed(url, parts, arena);
}

bool url_split_parsed(struct slice url, struct url_parts *parts, struct arena *arena)
{
    const char *text = url_text(url, arena);
    CURLU *handle = text ? curl_url() : NULL;
    if (!handle)
        return false;
    bool good = curl_url_set(handle, CURLUPART_URL, text, CURLU_URLENCODE) == CURLUE_OK;
    if (good)
        *parts = (struct url_parts){
            .scheme = part(handle, CURLUPART_SCHEME, 0, arena),
            .host = part(handle, CURLUPART_HOST, 0, arena),
            .port = part(handle, CURLUPART_PORT, CURLU_NO_DEFAULT_PORT, arena),
            .path = part(handle, CURLUPART_PATH, 0, arena),
            .query = part(handle, CURLUPART_QUERY, 0, arena),
            .fragment = part(handle, CURLUPART_FRAGMENT, 0, arena),
        };
    curl_url_cleanup(handle);
    return good && !arena_exhausted(arena) && parts->host.len > 0 &&
           (slice_is(parts->scheme, "http") || slice_is(parts->scheme, "https"));
}

/* The list would take an address's last two numbers for a domain. */
static bool is_address(const char *host)
{
    struct in_addr address;
    return host[0] == '[' || inet_pton(AF_INET, host, &address) == 1;
}

static struct slice look_up_domain(struct slice host)
{
    const psl_ctx_t *list = psl_builtin();
    const char *domain =
        list && !is_address(host.data) ? psl_registrable_domain(list, host.data) : NULL;
    return domain ? slice_from(domain) : host;
}

/* Hosts come again and again, and the list is asked for a microsecond. */
struct known_host {
    uint8_t len, domain_at; /* len 0: none */
    char name[KNOWN_HOST_BYTES];
};

static struct known_host *place_of(struct slice host)
{
    static _Thread_local struct known_host known[KNOWN_HOSTS];
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < host.len; i++)
        hash = (hash ^ (unsigned char)host.data[i]) * 16777619u;
    return &known[(hash ^ hash >> 16) % KNOWN_HOSTS];
}

struct slice url_domain(struct slice host)
{
    if (host.len == 0 || host.len > KNOWN_HOST_BYTES)
        return look_up_domain(host);
    struct known_host *known = place_of(host);
    if (!slice_equal(host, (struct slice){known->name, known->len})) {
        struct slice domain = look_up_domain(host);
        *known = (struct known_host){.len = (uint8_t)host.len,
                                     .domain_at = (uint8_t)(host.len - domain.len)};
        memcpy(known->name, host.data, host.len);
    }
    return slice_sub(host, known->domain_at, host.len);
}

struct slice url_site(struct slice url, struct arena *arena)
{
    struct url_parts parts;
    /* An address or a bare host name has no registrable domain: the host says who published. */
    return url_split(url, &parts, arena) ? url_domain(parts.host) : SLICE_NULL;
}

bool url_is_web(struct slice url, struct arena *arena)
{
    struct url_parts parts;
    return url_split(url, &parts, arena);
}

/* "http:", "mailto:": letters and a colon. */
static bool has_scheme(struct slice url)
{
    size_t at = 0;
    while (at < url.len && (url.data[at] | 0x20) >= 'a' && (url.data[at] | 0x20) <= 'z')
        at++;
    return at > 0 && at < url.len && url.data[at] == ':';
}

struct slice url_resolve(struct slice base, struct slice url, struct arena *arena)
{
    const char *text = url_text(url, arena), *from = url_text(base, arena);
    struct slice resolved = url.data ? arena_copy(slice_trim(url), arena) : SLICE_NULL;
    if (!text || !from || has_scheme(resolved))
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

struct slice url_origin(struct slice url, struct arena *arena)
{
    struct url_parts parts;
    if (!url_split(url, &parts, arena))
        return SLICE_NULL;
    return arena_format(arena, "%s://%s%s%s", parts.scheme.data, parts.host.data,
                        parts.port.len ? ":" : "", parts.port.data);
}

struct slice url_target(struct slice url, struct arena *arena)
{
    struct url_parts parts;
    if (!url_split(url, &parts, arena))
        return SLICE_NULL;
    return arena_format(arena, "%s%s%s", parts.path.data, parts.query.len ? "?" : "",
                        parts.query.data);
}
