/* Three pages. */
#include "common/probe.h"

#include <stdlib.h>
#include <string.h>

#include "common/http.h"
#include "common/log.h"

#define COLLECT_EVERY_MS 1000

struct probe {
    struct probe_options options;
    struct loop *loop;
    struct http *http; /* NULL: a supervisor reads along, and nobody else asks */
    int timer;
};

static void answer_ready(const struct probe *probe, struct http_reply *reply)
{
    const char *missing = probe->options.missing(probe->options.user);
    reply->status = missing ? 503 : 200;
    buffer_printf(reply->body, "%s\n", missing ? missing : "ready");
}

static void answer_metrics(const struct probe *probe, const struct http_request *request,
                           struct http_reply *reply)
{
    enum metrics_format format = metrics_format_for(http_header(request, "Accept"));
    probe->options.collect(probe->options.user);
    reply->status = 200;
    reply->type = metrics_content_type(format);
    metrics_write(probe->options.metrics, format, reply->body);
    metrics_write_end(format, reply->body);
}

static void answer(void *user, const struct http_request *request, struct http_reply *reply)
{
    const struct probe *probe = user;
    const char *path = request->path;
    if (strcmp(path, "/healthz") == 0) {
        reply->status = 200;
        buffer_append_slice(reply->body, SLICE_LITERAL("ok\n"));
    } else if (strcmp(path, "/readyz") == 0) {
        answer_ready(probe, reply);
    } else if (strcmp(path, "/metrics") == 0) {
        answer_metrics(probe, request, reply);
    }
}

static void on_second(void *user)
{
    struct probe *probe = user;
    probe->options.collect(probe->options.user);
}

static enum status serve(struct probe *probe, const char *address, struct fault *fault)
{
    const struct http_options options = {
        .address = address, .open = probe->options.open, .answer = answer, .user = probe};
    enum status status = http_new(probe->loop, &options, &probe->http, fault);
    if (status == STATUS_OK)
        log_info("serving /healthz, /readyz and /metrics", log_text("url", http_url(probe->http)));
    return status;
}

enum status probe_new(struct loop *loop, const struct probe_options *options, struct probe **out,
                      struct fault *fault)
{
    bool served = options->address && strcmp(options->address, "off") != 0;
    bool shared = metrics_shared(options->metrics);
    *out = NULL;
    if (!served && !shared)
        return STATUS_OK;
    struct probe *probe = calloc(1, sizeof *probe);
    if (!probe)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the HTTP server");
    *probe = (struct probe){.options = *options, .loop = loop, .timer = -1};
    probe->options.address = NULL; /* borrowed for the call only */
    enum status status = served ? serve(probe, options->address, fault) : STATUS_OK;
    if (status != STATUS_OK) {
        free(probe);
        return status;
    }
    if (shared)
        probe->timer = loop_every(loop, COLLECT_EVERY_MS, on_second, probe);
    *out = probe;
    return STATUS_OK;
}

void probe_free(struct probe *probe)
{
    if (!probe)
        return;
    loop_cancel(probe->loop, probe->timer);
    http_free(probe->http);
    free(probe);
}

void probe_turn(struct probe *probe)
{
    if (probe && probe->http)
        http_turn(probe->http);
}
