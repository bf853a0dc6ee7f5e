/* What up says over HTTP: a row a page for what it knows itself; the rest is the dashboard's. */
#include <stdlib.h>

#include "worker/cli/up.h"
#include "worker/cli/up_metrics.h"

struct page {
    const char *path, *type;
    bool asks;                                                 /* shows what ingest knows */
    unsigned (*fill)(const struct up *up, struct buffer *out); /* returns the HTTP status */
};

static unsigned status_page(const struct up *up, struct buffer *out)
{
    struct standing standing = up_standing(up);
    json_t *root = standing_json(&standing);
    char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(root);
    if (!text)
        return 500;
    buffer_append_slice(out, slice_from(text));
    buffer_append_slice(out, SLICE_LITERAL("\n"));
    free(text);
    return standing.node_count ? 200 : 503;
}

/* This process turns its loop, or it would not answer. */
static unsigned health_page(const struct up *up, struct buffer *out)
{
    (void)up;
    buffer_append_slice(out, SLICE_LITERAL("ok\n"));
    return 200;
}

static unsigned ready_page(const struct up *up, struct buffer *out)
{
    const char *missing = up_missing(up);
    buffer_printf(out, "%s\n", missing ? missing : "ready");
    return missing ? 503 : 200;
}

static const struct page pages[] = {
    {"/status", "application/json", true, status_page},
    {"/healthz", "text/plain; charset=utf-8", false, health_page},
    {"/readyz", "text/plain; charset=utf-8", true, ready_page},
};

/* In the format that is asked for. */
static void answer_metrics(struct up *up, const struct http_request *request,
                           struct http_reply *reply)
{
    enum metrics_format format = metrics_format_for(http_header(request, "Accept"));
    up_refresh(up);
    reply->status = 200;
    reply->type = metrics_content_type(format);
    up_metrics_write(up, format, reply->body);
}

void up_answer(void *user, const struct http_request *request, struct http_reply *reply)
{
    struct up *up = user;
    const char *path = request->path;
    while (path[0] == '/' && path[1] == '/') /* URLs glued together from two parts */
        path++;
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        if (strcmp(pages[i].path, path) != 0)
            continue;
        if (pages[i].asks)
            up_refresh(up);
        reply->type = pages[i].type;
        reply->status = pages[i].fill(up, reply->body);
        return;
    }
    if (strcmp(path, "/metrics") == 0)
        answer_metrics(up, request, reply);
    else if (up->dashboard)
        (void)dashboard_answer(up->dashboard, request, reply);
}
