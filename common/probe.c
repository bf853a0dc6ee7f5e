/* Three pages. */
#include "common/probe.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/http.h"
#include "common/log.h"

struct probe {
    struct probe_options options;
    struct http *http;
};

static void answer_ready(const struct probe *probe, struct http_reply *reply)
{
    const char *missing = probe->options.missing(probe->options.user);
    reply->status = missing ? 503 : 200;
    buffer_printf(reply->body, "%s\n", missing ? missing : "ready");
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
        reply->status = 200;
        reply->type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        probe->options.metrics(probe->options.user, reply->body);
        buffer_append_slice(reply->body, SLICE_LITERAL("# EOF\n"));
    }
}

enum status probe_new(struct loop *loop, const struct probe_options *options, struct probe **out,
                      struct fault *fault)
{
    *out = NULL;
    if (!options->address || strcmp(options->address, "off") == 0)
        return STATUS_OK;
    struct probe *probe = calloc(1, sizeof *probe);
    if (!probe)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the HTTP server");
    probe->options = *options;
    enum status status =
        http_new(loop, options->address, options->open, answer, probe, &probe->http, fault);
    if (status != STATUS_OK) {
        free(probe);
        return status;
    }
    probe->options.address = NULL; /* borrowed for the call only */
    log_info("serving /healthz, /readyz and /metrics", log_text("url", http_url(probe->http)));
    *out = probe;
    return STATUS_OK;
}

void probe_free(struct probe *probe)
{
    if (!probe)
        return;
    http_free(probe->http);
    free(probe);
}

void probe_turn(struct probe *probe)
{
    if (probe)
        http_turn(probe->http);
}

void probe_metric(struct buffer *out, const char *name, enum probe_kind kind, const char *help,
                  uint64_t value)
{
    buffer_printf(out, "# TYPE %s %s\n# HELP %s %s\n%s%s %" PRIu64 "\n", name,
                  kind == PROBE_COUNTER ? "counter" : "gauge", name, help, name,
                  kind == PROBE_COUNTER ? "_total" : "", value);
}
