/* newsmill dashboard: serves the dashboard of a database, and nothing else. */
#include "worker/dashboard/dashboard.h"

#include <stdio.h>
#include <string.h>

#include "common/security.h"
#include "common/service.h"
#include "worker/cli/command.h"

struct serving {
    struct loop *loop;
    struct http *http;
    struct dashboard *dashboard;
    struct service *service;
};

static void answer(void *user, const struct http_request *request, struct http_reply *reply)
{
    struct serving *serving = user;
    if (strcmp(request->path, "/healthz") == 0) {
        reply->status = 200;
        buffer_append_slice(reply->body, SLICE_LITERAL("ok\n"));
    } else if (strcmp(request->path, "/status") == 0) { /* no workers are known here */
        reply->status = 200;
        reply->type = "application/json";
        buffer_append_slice(reply->body, SLICE_LITERAL("null\n"));
    } else {
        (void)dashboard_answer(serving->dashboard, request, reply);
    }
}

static void on_signal(void *user, int signal)
{
    (void)signal;
    loop_stop(user);
}

static enum status prepare(struct serving *serving, const struct options *options,
                           struct fault *fault)
{
    const struct http_options http = {.address = options_text(options, "http"),
                                      .open = options_flag(options, "http-open"),
                                      .answer = answer,
                                      .user = serving};
    enum status status = security_sandbox(options, SANDBOX_READS, fault);
    if (status == STATUS_OK)
        status = loop_signals(serving->loop, on_signal, serving->loop, fault);
    if (status == STATUS_OK)
        status =
            dashboard_new(serving->loop, options_text(options, "db"), &serving->dashboard, fault);
    if (status == STATUS_OK)
        status = http_new(serving->loop, &http, &serving->http, fault);
    const struct service_options service = {.missing = NULL};
    return status == STATUS_OK ? service_new(serving->loop, &service, &serving->service, fault)
                               : status;
}

int dashboard_main(const struct options *options)
{
    struct fault fault = {.status = STATUS_FATAL, .message = "no memory for the dashboard"};
    struct serving serving = {.loop = loop_new()};
    int code = EXIT_DONE;
    if (serving.loop && prepare(&serving, options, &fault) == STATUS_OK) {
        (void)printf("ready http=%s\n", http_url(serving.http));
        (void)fflush(stdout);
        loop_run(serving.loop);
    } else {
        code = command_failed(&fault);
    }
    service_free(serving.service);
    dashboard_free(serving.dashboard);
    http_free(serving.http);
    loop_free(serving.loop);
    return code;
}
