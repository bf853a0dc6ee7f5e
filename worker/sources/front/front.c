/* newsmill http: requests in, articles to ingest, answers out. */
#include "worker/sources/front.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/http.h"
#include "common/log.h"
#include "common/probe.h"
#include "common/secret.h"
#include "common/security.h"
#include "common/service.h"
#include "proto/client.h"
#include "proto/limits.h"
#include "worker/sources/front/metrics.h"
#include "worker/sources/front/outcome.h"
#include "worker/sources/front/posts.h"
#include "worker/sources/front/requests.h"

#define RESEND_AFTER_MS   5000
#define ANSWER_BYTES      ((size_t)17 * 1024 * 1024)
#define CERTIFICATE_BYTES ((size_t)256 * 1024)
#define STOP_EVERY_MS     20 /* how often to look whether all are answered */
#define BUSY_RETRY_S      1
#define UNPACKED_TIMES    2 /* --body-bytes */

static const char media_type[] = "application/json";

struct front {
    struct loop *loop;
    struct metrics *metrics;
    struct tokens *tokens; /* NULL: everybody may push */
    char *certificate, *certificate_key;
    struct bus_security security;
    struct client *client;
    struct posts *posts;
    struct http *http;
    struct probe *probe;
    struct service *service;
    size_t held_bytes, body_bytes;
    struct intake_limits limits;
    int64_t drain_ms, stop_ms;
    bool stopping;
};

/* ---- requests ---- */

static const struct refusal overloaded = {503, "overloaded",
                                          "Too many articles wait here for ingest.", BUSY_RETRY_S};

static bool is_overloaded(const struct front *front)
{
    return posts_bytes(front->posts) >= front->held_bytes;
}

static struct refusal check(const struct front *front, const struct http_request *request)
{
    struct refusal refusal = request_check(request, front->tokens);
    if (refusal.status)
        return refusal;
    if (front->stopping)
        return (struct refusal){503, "stopping", "This server stops: send it again.", BUSY_RETRY_S};
    return is_overloaded(front) ? overloaded : refusal;
}

static bool wants(void *user, const struct http_request *request)
{
    return strcmp(request->path, REQUEST_PATH) == 0 && check(user, request).status == 0;
}

static void refuse(struct front *front, const struct refusal *refusal, uint64_t line, uint64_t byte,
                   struct http_reply *reply)
{
    reply->status = refusal->status;
    reply->type = media_type;
    reply->allow = "POST";
    reply->challenge = refusal->status == 401 ? "Bearer" : NULL;
    reply->retry_after_s = refusal->retry_after_s;
    outcome_write_fault(refusal->code, refusal->message, line, byte, reply->body);
    metrics_add(front->metrics, FRONT_REQUESTS, front_status_series(refusal->status), 1);
}

/* Of what became of a body that is not there. */
static struct refusal refusal_of(enum http_body body)
{
    switch (body) {
    case HTTP_BODY_TOO_LONG:
        return (struct refusal){413, "body-too-long",
                                "The body is longer than --body-bytes of this server: send its "
                                "articles in several requests.",
                                0};
    case HTTP_BODY_NO_ROOM:
        return (struct refusal){503, "overloaded", "Too many bodies are on their way.",
                                BUSY_RETRY_S};
    case HTTP_BODY_UNWANTED: /* when it began; what may pass since then is this alone */
        return overloaded;
    default:
        return (struct refusal){400, "no-article", "There is no article in the body.", 0};
    }
}

static unsigned status_of(const struct fault *fault)
{
    if (fault->status == STATUS_FATAL)
        return 503;
    bool too_large =
        strcmp(fault->code, "body-too-long") == 0 || strcmp(fault->code, "too-many-articles") == 0;
    return too_large ? 413 : 400;
}

static void take(struct front *front, const struct http_request *request, struct http_reply *reply)
{
    const struct intake_about about = request_about(request);
    const struct intake_format *format = intake_format_of(about.content_type);
    struct intake intake;
    struct buffer body;
    struct fault fault = {.status = STATUS_OK};
    http_take_body(request, &body);
    enum status status =
        intake_read(format, buffer_slice(&body), &about, &front->limits, &intake, &fault);
    buffer_deinit(&body);
    if (status == STATUS_OK) {
        posts_take(front->posts, &intake, http_later(request));
        return;
    }
    fault.status = status;
    const struct refusal refusal = {status_of(&fault), fault.code, fault.message,
                                    status == STATUS_FATAL ? BUSY_RETRY_S : 0};
    refuse(front, &refusal, intake.line, intake.byte, reply);
    intake_deinit(&intake);
}

static void answer_articles(struct front *front, const struct http_request *request,
                            struct http_reply *reply)
{
    bool whole = request->body == HTTP_BODY_WHOLE;
    /* A body takes more room as articles, most of all unpacked, and many may have come at once. */
    if (whole && !is_overloaded(front)) {
        take(front, request, reply);
        return;
    }
    struct refusal refusal = whole ? overloaded : check(front, request);
    if (refusal.status == 0)
        refusal = refusal_of(request->body);
    refuse(front, &refusal, 0, 0, reply);
}

/* ---- health ---- */

static const char *missing(void *user)
{
    const struct front *front = user;
    if (front->stopping)
        return "stopping";
    const char *trouble = client_trouble(front->client);
    if (trouble)
        return trouble;
    return client_connected(front->client) ? NULL : "no ingest answers";
}

static void answer(void *user, const struct http_request *request, struct http_reply *reply)
{
    struct front *front = user;
    if (strcmp(request->path, REQUEST_PATH) == 0) {
        answer_articles(front, request, reply);
    } else if (strcmp(request->path, "/healthz") == 0) {
        reply->status = 200;
        buffer_append_slice(reply->body, SLICE_LITERAL("ok\n"));
    } else if (strcmp(request->path, "/readyz") == 0) {
        /* Why is for who runs it (--http); who pushes learns whether. */
        reply->status = missing(front) ? 503 : 200;
        buffer_printf(reply->body, "%s\n", reply->status == 200 ? "ready" : "not ready");
    }
}

static void collect(void *user)
{
    struct front *front = user;
    metrics_set(front->metrics, FRONT_WAITING, 0, posts_count(front->posts));
    metrics_set(front->metrics, FRONT_HELD, 0, posts_bytes(front->posts));
    metrics_set(front->metrics, FRONT_CONNECTED, 0, client_connected(front->client));
}

/* ---- stopping ---- */

static void look_whether_done(void *user)
{
    struct front *front = user;
    if (!http_is_busy(front->http) || clock_steady_ms() >= front->stop_ms)
        loop_stop(front->loop);
}

/* New connections go elsewhere; what has begun is answered, as far as the time allows. */
static void on_signal(void *user, int signal)
{
    struct front *front = user;
    if (signal != SIGTERM && signal != SIGINT)
        return;
    if (front->stopping) {
        loop_stop(front->loop);
        return;
    }
    front->stopping = true;
    front->stop_ms = clock_steady_ms() + front->drain_ms;
    log_info("stopping", log_int("requests", (int64_t)posts_count(front->posts)));
    service_stopping(front->service);
    http_quiesce(front->http);
    (void)loop_every(front->loop, STOP_EVERY_MS, look_whether_done, front);
}

/* ---- beginning and end ---- */

/* A PEM file, as text that the caller frees. */
static enum status read_pem(const char *path, const char *what, bool secret, char **out,
                            struct fault *fault)
{
    struct stat about;
    *out = calloc(1, CERTIFICATE_BYTES + 1);
    if (!*out)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the certificate");
    enum status status = secret_load(path, what, CERTIFICATE_BYTES, *out, &about, fault);
    if (status == STATUS_OK && secret)
        status = secret_check(path, what, &about, fault);
    return status;
}

static enum status read_files(struct front *front, const struct options *options,
                              struct fault *fault)
{
    const char *tokens = options_text(options, "tokens");
    const char *certificate = options_text(options, "tls-cert");
    const char *key = options_text(options, "tls-key");
    if (!certificate != !key)
        return fault_set(fault, STATUS_REJECT, "bad-value", "--tls-cert and --tls-key go together");
    enum status status = tokens ? tokens_read(tokens, &front->tokens, fault) : STATUS_OK;
    if (status == STATUS_OK && certificate)
        status = read_pem(certificate, "certificate", false, &front->certificate, fault);
    if (status == STATUS_OK && key)
        status = read_pem(key, "key file", true, &front->certificate_key, fault);
    if (status == STATUS_OK)
        status = security_read(options, true, &front->security, fault);
    return status;
}

static enum status connect_ingest(struct front *front, const struct options *options,
                                  struct fault *fault)
{
    const struct posts_options posts = {.window = (uint32_t)options_int(options, "window"),
                                        .answer_ms = options_int(options, "answer-ms"),
                                        .metrics = front->metrics};
    enum status status = posts_new(front->loop, &posts, &front->posts, fault);
    const struct client_options client = {.endpoint = options_text(options, "to"),
                                          .window = posts.window,
                                          .resend_after_ms = RESEND_AFTER_MS,
                                          .give_up_after_ms = options_int(options, "give-up-ms"),
                                          .answered = posts_answered,
                                          .user = front->posts,
                                          .tells_retry = true,
                                          .loop = front->loop,
                                          .security = &front->security};
    if (status == STATUS_OK)
        status = client_new(&client, &front->client, fault);
    if (status == STATUS_OK)
        posts_set_client(front->posts, front->client);
    return status;
}

static enum status serve(struct front *front, const struct options *options, struct fault *fault)
{
    bool open = options_flag(options, "http-open");
    const struct http_options http = {
        .address = options_text(options, "listen"),
        .option = "--listen",
        .open = open || (front->certificate && front->tokens),
        .open_by = "give --tls-cert, --tls-key and --tokens, or say --http-open",
        .answer = answer,
        .user = front,
        .wants = wants,
        .body_bytes = front->body_bytes,
        .held_bytes = front->held_bytes,
        .answer_bytes = ANSWER_BYTES,
        .connections = (unsigned)options_int(options, "connections"),
        .connections_per_address = (unsigned)options_int(options, "connections-per-address"),
        .request_ms = options_int(options, "request-ms"),
        .certificate = front->certificate,
        .certificate_key = front->certificate_key};
    const struct probe_options probe = {
        options_text(options, "http"), missing, front->metrics, collect, front, open};
    const struct service_options service = {.missing = missing, .user = front};
    enum status status = http_new(front->loop, &http, &front->http, fault);
    if (status == STATUS_OK)
        status = probe_new(front->loop, &probe, &front->probe, fault);
    return status == STATUS_OK ? service_new(front->loop, &service, &front->service, fault)
                               : status;
}

static enum status front_init(struct front *front, const struct options *options,
                              struct fault *fault)
{
    front->held_bytes = (size_t)options_int(options, "held-bytes");
    front->body_bytes = (size_t)options_int(options, "body-bytes");
    front->limits =
        (struct intake_limits){.articles = (size_t)options_int(options, "request-articles"),
                               .unpacked_bytes = (uint64_t)front->body_bytes * UNPACKED_TIMES};
    front->drain_ms = options_int(options, "drain-ms");
    front->loop = loop_new();
    front->metrics = metrics_new(&front_metrics);
    if (!front->loop || !front->metrics)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory to start with");
    enum status status = read_files(front, options, fault);
    if (status == STATUS_OK)
        status = loop_signals(front->loop, on_signal, front, fault);
    if (status == STATUS_OK) /* all files are read; threads and strangers come now */
        status = security_sandbox_as_nobody(options, SANDBOX_READS, fault);
    if (status == STATUS_OK)
        status = connect_ingest(front, options, fault);
    return status == STATUS_OK ? serve(front, options, fault) : status;
}

static void forget(char *secret)
{
    if (secret)
        explicit_bzero(secret, strlen(secret));
    free(secret);
}

static void front_deinit(struct front *front)
{
    service_free(front->service);
    probe_free(front->probe);
    posts_free(front->posts); /* tells who still waits */
    http_free(front->http);
    client_free(front->client);
    loop_free(front->loop);
    metrics_free(front->metrics);
    tokens_free(front->tokens);
    free(front->certificate);
    forget(front->certificate_key);
}

int front_main(const struct options *options)
{
    struct front front = {.stopping = false};
    struct fault fault = {.status = STATUS_OK};
    int code = EXIT_DONE;
    enum status status = front_init(&front, options, &fault);
    if (status == STATUS_OK) {
        log_info("taking articles", log_text("url", http_url(front.http)),
                 log_text("to", options_text(options, "to")));
        (void)printf("ready http=%s\n", http_url(front.http));
        (void)fflush(stdout);
        loop_run(front.loop);
    } else {
        log_error("cannot start", log_text("code", fault.code), log_text("why", fault.message));
        code = status == STATUS_REJECT ? EXIT_USAGE : EXIT_OUTSIDE;
    }
    front_deinit(&front);
    return code;
}
