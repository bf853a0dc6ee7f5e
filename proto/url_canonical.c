/* The rules that make URLs of one article equal. Each must never make URLs of two articles equal:
 * two rows for one article are found by their text, one row for two articles is lost.
 * proto/README.md lists them in the same order. */
#include <stdlib.h>
#include <strings.h>

#include "proto/limits.h"
#include "proto/url.h"
#include "proto/url_parts.h"

#define PARAMETERS_MAX 100 /* a query of more is left as it is */

/* ---- AMP: copies of a page elsewhere, whose URL holds the page's own ---- */

static bool begins(struct slice text, const char *with)
{
    return slice_starts_with(text, slice_from(with));
}

static bool ends(struct slice text, const char *with)
{
    size_t len = strlen(with);
    return text.len >= len && memcmp(text.data + text.len - len, with, len) == 0;
}

static struct slice without(struct slice text, const char *prefix)
{
    return begins(text, prefix) ? slice_sub(text, strlen(prefix), text.len) : text;
}

/* "/c/s/HOST/PATH" of the caches, "/amp/s/HOST/PATH" of the viewer: what is behind the marks, or
 * NULL. */
static struct slice wrapped_page(const struct url_parts *parts, struct slice domain)
{
    struct slice path = parts->path, rest = SLICE_NULL;
    bool cache = ends(parts->host, ".cdn.ampproject.org") ||
                 slice_is(parts->host, "cdn.ampproject.org") || ends(parts->host, ".bing-amp.com");
    bool viewer = begins(domain, "google.");
    if (cache && (begins(path, "/c/") || begins(path, "/v/")))
        rest = slice_sub(path, 3, path.len);
    else if (viewer && begins(path, "/amp/"))
        rest = slice_sub(path, 5, path.len);
    rest = rest.data ? without(rest, "s/") : rest;
    const char *slash = rest.data ? memchr(rest.data, '/', rest.len) : NULL;
    bool host = slash && memchr(rest.data, '.', (size_t)(slash - rest.data));
    return host ? rest : SLICE_NULL;
}

static void unwrap(struct url_parts *parts, struct slice *domain, struct arena *arena)
{
    struct url_parts page;
    struct slice rest = wrapped_page(parts, *domain);
    if (!rest.data)
        return;
    struct slice url = arena_format(arena, "https://%s%s%s", rest.data, parts->query.len ? "?" : "",
                                    parts->query.data);
    if (!url_split(url, &page, arena))
        return;
    *parts = page;
    *domain = url_domain(page.host);
}

/* ---- hosts ---- */

/* Without "www.", "m.", "mobile." and "amp." in front of the registrable domain or more, and
 * without the label "m" directly before it (en.m.example.org). Never into the domain itself: m.me
 * stays. */
static struct slice main_host(struct slice host, struct slice domain, struct arena *arena)
{
    static const char *const prefixes[] = {"www.", "m.", "mobile.", "amp."};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (begins(host, prefixes[i]) && host.len - strlen(prefixes[i]) >= domain.len)
            return main_host(slice_sub(host, strlen(prefixes[i]), host.len), domain, arena);
    size_t front = host.len - domain.len;
    if (front > 3 && memcmp(host.data + front - 3, ".m.", 3) == 0)
        return arena_format(arena, "%.*s.%s", (int)(front - 3), host.data, host.data + front);
    return host;
}

/* ---- escapes ---- */

static int hex(char c)
{
    char low = (char)(c | 0x20);
    return c >= '0' && c <= '9' ? c - '0' : low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

static bool is_unreserved(int c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

/* RFC 3986 section 6.2.2: escapes in upper case, none where it is not needed. */
static struct slice normal_escapes(struct slice text, struct arena *arena)
{
    if (text.len == 0 || !memchr(text.data, '%', text.len))
        return text;
    char *out = arena_alloc(arena, text.len + 1);
    size_t len = 0;
    for (size_t at = 0; out && at < text.len; at++) {
        int high = text.data[at] == '%' && at + 2 < text.len ? hex(text.data[at + 1]) : -1;
        int low = high >= 0 ? hex(text.data[at + 2]) : -1;
        if (low < 0) {
            out[len++] = text.data[at];
            continue;
        }
        int byte = high * 16 + low;
        at += 2;
        if (is_unreserved(byte)) {
            out[len++] = (char)byte;
            continue;
        }
        out[len++] = '%';
        out[len++] = "0123456789ABCDEF"[high];
        out[len++] = "0123456789ABCDEF"[low];
    }
    return out ? (struct slice){out, len} : SLICE_NULL;
}

/* ---- paths ---- */

/* `with` ends in no letter or a small one. */
static bool ends_in_case(struct slice text, const char *with)
{
    size_t len = strlen(with);
    return text.len >= len && (text.data[text.len - 1] | 0x20) == (with[len - 1] | 0x20) &&
           strncasecmp(text.data + text.len - len, with, len) == 0;
}

/* Without what names the same document: the index, a trailing slash, the AMP variant. */
static struct slice main_path(struct slice path)
{
    static const char *const endings[] = {"/index.html", "/index.htm", "/index.php", "/"};
    static const char *const variants[] = {"/amp", ".amp"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (ends_in_case(path, endings[i]))
            return main_path(slice_sub(path, 0, path.len - strlen(endings[i])));
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        size_t rest = path.len - strlen(variants[i]);
        if (ends(path, variants[i]) && rest > 1 && path.data[rest - 1] != '/')
            return main_path(slice_sub(path, 0, rest));
    }
    return path;
}

/* "/a;jsessionid=1F": where a servlet keeps the visit. */
static struct slice without_session(struct slice path)
{
    const char *mark = path.len ? memchr(path.data, ';', path.len) : NULL;
    const char *session = mark ? strcasestr(mark, ";jsessionid=") : NULL;
    return session ? slice_sub(path, 0, (size_t)(session - path.data)) : path;
}

/* ---- queries ---- */

/* Parameters that say where a reader came from or which visit this is, never which article. A name
 * that ends in '*' is a prefix. */
static const char *const tracking[] = {
    "utm_*",
    "fbclid",
    "gclid",
    "gclsrc",
    "dclid",
    "gbraid",
    "wbraid",
    "gad_source",
    "gad_camp*",
    "srsltid",
    "msclkid",
    "yclid",
    "_openstat",
    "twclid",
    "ttclid",
    "li_fat_id",
    "igshid",
    "igsh",
    "mibextid",
    "epik",
    "dicbo",
    "tblci",
    "mc_cid",
    "mc_eid",
    "_ga",
    "_gl",
    "ocid",
    "cmp",
    "cmpid",
    "ncid",
    "icid",
    "intcid",
    "int_cid",
    "s_cid",
    "s_kwcid",
    "smid",
    "smtyp",
    "ito",
    "itid",
    "wpisrc",
    "_hsenc",
    "_hsmi",
    "hsa_*",
    "mkt_tok",
    "xtor",
    "xtref",
    "wt_mc",
    "wt_zmc",
    "wt.mc_*",
    "spm",
    "at_medium",
    "at_campaign*",
    "at_custom*",
    "at_link*",
    "at_ptr_name",
    "at_bbc_team",
    "at_format",
    "ns_*",
    "pk_*",
    "mtm_*",
    "piwik_*",
    "vero_*",
    "oly_*",
    "guccounter",
    "guce_ref*",
    "soc_src",
    "soc_trk",
    "sfnsn",
    "ref_src",
    "ref_url",
    "__twitter_impression",
    "_branch_match_id",
    "fb_action_*",
    "fb_source",
    "fb_ref",
    "amp_*",
    "usqp",
    "aoh",
    "phpsessid",
    "jsessionid",
};

/* Parameters that ask for the AMP variant, with the values that do. */
static bool asks_for_amp(struct slice name, struct slice value)
{
    bool yes = value.len == 0 || slice_is(value, "1") || slice_is(value, "true") ||
               slice_is(value, "yes") || slice_is(value, "amp");
    bool output = name.len == 10 && strncasecmp(name.data, "outputType", 10) == 0;
    return (slice_is(name, "amp") && yes) || (output && slice_is(value, "amp"));
}

static bool is_tracking(struct slice name)
{
    for (size_t i = 0; i < sizeof tracking / sizeof tracking[0]; i++) {
        size_t known = strlen(tracking[i]);
        bool prefix = tracking[i][known - 1] == '*';
        known -= prefix;
        if ((prefix ? name.len >= known : name.len == known) &&
            strncasecmp(name.data, tracking[i], known) == 0)
            return true;
    }
    return false;
}

struct parameter {
    struct slice whole, name;
    size_t order;
};

/* By name; parameters of one name stay in their order. */
static int by_name(const void *a, const void *b)
{
    const struct parameter *x = a, *y = b;
    int order = slice_compare(x->name, y->name);
    return order ? order : (x->order > y->order) - (x->order < y->order);
}

/* The parameters worth keeping; PARAMETERS_MAX + 1 when there are more than that. */
static size_t take_parameters(struct slice query, struct parameter *out)
{
    size_t count = 0;
    while (query.len) {
        const char *end = memchr(query.data, '&', query.len);
        size_t len = end ? (size_t)(end - query.data) : query.len;
        struct slice whole = without(slice_sub(query, 0, len), "amp;"); /* "&amp;" of HTML */
        query = slice_sub(query, end ? len + 1 : len, query.len);
        const char *equals = memchr(whole.data, '=', whole.len);
        size_t name_len = equals ? (size_t)(equals - whole.data) : whole.len;
        struct slice name = slice_sub(whole, 0, name_len),
                     value = slice_sub(whole, equals ? name_len + 1 : name_len, whole.len);
        if (whole.len == 0 || is_tracking(name) || asks_for_amp(name, value))
            continue;
        if (count == PARAMETERS_MAX)
            return PARAMETERS_MAX + 1;
        out[count] = (struct parameter){whole, name, count};
        count++;
    }
    return count;
}

static struct slice main_query(struct slice query, struct arena *arena)
{
    if (query.len == 0)
        return query;
    struct parameter *parameters = arena_array(arena, PARAMETERS_MAX, sizeof *parameters);
    char *out = arena_alloc(arena, query.len + 1);
    if (!parameters || !out)
        return SLICE_NULL;
    size_t count = take_parameters(query, parameters), len = 0;
    if (count > PARAMETERS_MAX)
        return query;
    qsort(parameters, count, sizeof *parameters, by_name);
    for (size_t i = 0; i < count; i++) {
        if (i)
            out[len++] = '&';
        memcpy(out + len, parameters[i].whole.data, parameters[i].whole.len);
        len += parameters[i].whole.len;
    }
    return (struct slice){out, len};
}

/* A fragment is a place in the page, except where the page is one program for all articles. */
static struct slice main_fragment(struct slice fragment)
{
    return begins(fragment, "!") || begins(fragment, "/") ? fragment : SLICE_LITERAL("");
}

/* ---- the whole ---- */

static struct slice join(const struct slice *parts, size_t count, struct arena *arena)
{
    size_t len = 0, at = 0;
    for (size_t i = 0; i < count; i++)
        len += parts[i].len;
    char *out = arena_alloc(arena, len + 1);
    for (size_t i = 0; out && i < count; at += parts[i].len, i++)
        if (parts[i].len)
            memcpy(out + at, parts[i].data, parts[i].len);
    return out ? (struct slice){out, len} : SLICE_NULL;
}

/* The mark in front of a part that is there. */
static struct slice mark(const char *sign, struct slice part)
{
    return (struct slice){sign, part.len ? 1 : 0};
}

static struct slice canonical_once(struct slice url, struct slice *site, struct arena *arena)
{
    struct url_parts parts;
    if (!url_split(url, &parts, arena))
        return url;
    struct slice domain = url_domain(parts.host);
    *site = domain;
    unwrap(&parts, &domain, arena);
    struct slice host = main_host(parts.host, domain, arena),
                 path = main_path(normal_escapes(without_session(parts.path), arena)),
                 query = main_query(normal_escapes(parts.query, arena), arena),
                 fragment = main_fragment(parts.fragment);
    const struct slice whole[] = {
        SLICE_LITERAL("https://"), host,  mark(":", parts.port), parts.port, path,
        mark("?", query),          query, mark("#", fragment),   fragment};
    struct slice canonical = join(whole, sizeof whole / sizeof whole[0], arena);
    return canonical.data && !arena_exhausted(arena) ? canonical : url;
}

struct slice url_canonical(struct slice url, struct slice *site, struct arena *arena)
{
    struct slice of_url = SLICE_NULL, of_form;
    struct slice once = canonical_once(url, &of_url, arena);
    if (site)
        *site = of_url;
    /* An escape that was undone may have hidden a dot segment or one of the endings. */
    bool escaped = url.len && memchr(url.data, '%', url.len);
    return escaped ? canonical_once(once, &of_form, arena) : once;
}

bool url_is_front(struct slice url, struct arena *arena)
{
    const size_t scheme = sizeof "https://" - 1;
    struct slice form = url_canonical(url, NULL, arena);
    return url_is_web(url, arena) && !memchr(form.data + scheme, '/', form.len - scheme);
}
