/* Headers and parameters of a request. */
#include "worker/sources/front/requests.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* Of a document, whose body is the article's own text; the other formats say it in the body. */
static const char *const parameters[] = {"id", "url", "source", "title", "language", "lane", NULL};

static bool is_parameter(void *user, const char *name)
{
    (void)user;
    for (size_t i = 0; parameters[i]; i++)
        if (strcmp(parameters[i], name) == 0)
            return true;
    return false;
}

static bool no_parameter(void *user, const char *name)
{
    (void)user;
    (void)name;
    return false;
}

static bool is_gzip(const char *encoding)
{
    return encoding && (strcasecmp(encoding, "gzip") == 0 || strcasecmp(encoding, "x-gzip") == 0);
}

/* Who may, and whether this is what is done here. */
static struct refusal check_who(const struct http_request *request, const struct tokens *tokens)
{
    if (tokens && !tokens_know(tokens, http_header(request, "Authorization")))
        return (struct refusal){401, "unauthorized",
                                "Name a token of this server: Authorization: Bearer TOKEN.", 0};
    /* Pages of other sites can make a browser send text to loopback; producers are no browsers. */
    if (http_header(request, "Origin"))
        return (struct refusal){403, "from-a-page", "Articles are not taken from pages.", 0};
    if (strcmp(request->method, "POST") != 0)
        return (struct refusal){405, "method", "Articles come by POST.", 0};
    return (struct refusal){.status = 0};
}

static struct refusal check_what(const struct http_request *request)
{
    const char *encoding = http_header(request, "Content-Encoding");
    const struct intake_format *format = intake_format_of(http_header(request, "Content-Type"));
    if (!format)
        return (struct refusal){415, "media-type",
                                "Content-Type is application/json, application/x-ndjson, "
                                "application/msgpack, text/html or text/plain.",
                                0};
    if (encoding && !is_gzip(encoding) && strcasecmp(encoding, "identity") != 0)
        return (struct refusal){415, "content-encoding",
                                "Content-Encoding is gzip, or there is none.", 0};
    if (http_query_unknown(request, intake_is_document(format) ? is_parameter : no_parameter, NULL))
        return (struct refusal){400, "unknown-parameter",
                                "Parameters are id, url, source, title, language, lane, and only "
                                "for text/html and text/plain.",
                                0};
    return (struct refusal){.status = 0};
}

struct refusal request_check(const struct http_request *request, const struct tokens *tokens)
{
    struct refusal refusal = check_who(request, tokens);
    return refusal.status ? refusal : check_what(request);
}

/* NULL when it is absent or empty. */
static struct slice parameter(const struct http_request *request, const char *name)
{
    const char *value = http_query(request, name);
    return value && *value ? slice_from(value) : SLICE_NULL;
}

struct intake_about request_about(const struct http_request *request)
{
    struct intake_about about = {.content_type = http_header(request, "Content-Type"),
                                 .gzip = is_gzip(http_header(request, "Content-Encoding")),
                                 .id = parameter(request, "id"),
                                 .url = parameter(request, "url"),
                                 .source = parameter(request, "source"),
                                 .title = parameter(request, "title"),
                                 .language = parameter(request, "language"),
                                 .lane = parameter(request, "lane")};
    const char *location = http_header(request, "Content-Location");
    if (!about.url.data && location && *location)
        about.url = slice_from(location);
    return about;
}
