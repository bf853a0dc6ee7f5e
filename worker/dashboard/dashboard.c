/* Paths to answers: the page's files from memory, its questions by way of the reader. */
#include "worker/dashboard/dashboard.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "dashboard/embedded.h"
#include "worker/dashboard/questions.h"
#include "worker/storage/reader.h"

#define CONNECTIONS  4
#define WAITING      32
#define STATEMENT_MS 8000
#define PATIENCE_MS  10000

static const char media_type[] = "application/json; charset=utf-8";

struct dashboard {
    struct reader *reader;
};

enum status dashboard_new(struct loop *loop, const char *db, struct dashboard **out,
                          struct fault *fault)
{
    const struct reader_options options = {.db = db,
                                           .application_name = "newsmill-dashboard",
                                           .connections = CONNECTIONS,
                                           .waiting = WAITING,
                                           .statement_ms = STATEMENT_MS,
                                           .patience_ms = PATIENCE_MS};
    struct dashboard *dashboard = *out = calloc(1, sizeof *dashboard);
    if (!dashboard)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the dashboard");
    enum status status = reader_new(loop, &options, &dashboard->reader, fault);
    if (status != STATUS_OK) {
        free(dashboard);
        *out = NULL;
    }
    return status;
}

void dashboard_free(struct dashboard *dashboard)
{
    if (!dashboard)
        return;
    reader_free(dashboard->reader);
    free(dashboard);
}

/* ---- refusals ---- */

/* {"error", "message"}, as text that the caller frees; NULL without memory. */
static char *error_text(const char *code, const char *message)
{
    json_t *root = json_pack("{s:s, s:s}", "error", code, "message", message);
    char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(root);
    return text;
}

static void refuse(struct http_reply *reply, const struct fault *fault)
{
    char *text = error_text(fault->code, fault->message);
    reply->status = text ? 400 : 500;
    reply->type = media_type;
    buffer_append_slice(reply->body, text ? slice_from(text) : SLICE_NULL);
    free(text);
}

static bool is_parameter(void *user, const char *name)
{
    const struct question *question = user;
    for (size_t i = 0; i < QUESTION_PARAMETERS_MAX && question->parameters[i].name; i++)
        if (strcmp(question->parameters[i].name, name) == 0)
            return true;
    return false;
}

/* ---- questions ---- */

/* One parameter's value, or what stands for it. REJECT when it is not what the parameter takes. */
static enum status read_value(const struct http_request *request, const struct parameter *parameter,
                              const char **value, struct fault *fault)
{
    const char *given = http_query(request, parameter->name);
    bool there = given && *given;
    *value = there ? given : parameter->fallback;
    if (there && !parameter_fits(parameter, given))
        return fault_set(fault, STATUS_REJECT, "bad-parameter", "%s takes %s", parameter->name,
                         parameter_wants(parameter));
    if (!there && parameter->required)
        return fault_set(fault, STATUS_REJECT, "parameter-missing", "%s is needed: %s",
                         parameter->name, parameter_wants(parameter));
    return STATUS_OK;
}

static enum status read_values(const struct http_request *request, const struct question *question,
                               const char *values[QUESTION_PARAMETERS_MAX], size_t *count,
                               struct fault *fault)
{
    const char *unknown = http_query_unknown(request, is_parameter, (void *)(uintptr_t)question);
    if (unknown)
        return fault_set(fault, STATUS_REJECT, "unknown-parameter", "%s does not take %.60s",
                         question->path, unknown);
    enum status status = STATUS_OK;
    for (*count = 0; *count < QUESTION_PARAMETERS_MAX && question->parameters[*count].name &&
                     status == STATUS_OK;
         ++*count)
        status = read_value(request, &question->parameters[*count], &values[*count], fault);
    return status;
}

static void on_answer(void *user, enum status status, struct slice text, const struct fault *fault)
{
    struct http_later *later = user;
    if (status == STATUS_OK) {
        http_finish(later, 200, media_type, text);
        return;
    }
    char *error = error_text(fault->code, fault->message);
    unsigned code = status == STATUS_REJECT ? 400 : status == STATUS_RETRY ? 503 : 500;
    http_finish(later, code, media_type, error ? slice_from(error) : SLICE_NULL);
    free(error);
}

static void ask(struct dashboard *dashboard, const struct question *question,
                const struct http_request *request, struct http_reply *reply)
{
    const char *values[QUESTION_PARAMETERS_MAX];
    size_t count = 0;
    struct fault fault;
    if (read_values(request, question, values, &count, &fault) == STATUS_OK)
        reader_ask(dashboard->reader, question->statement, values, count, on_answer,
                   http_later(request));
    else
        refuse(reply, &fault);
}

bool dashboard_answer(struct dashboard *dashboard, const struct http_request *request,
                      struct http_reply *reply)
{
    for (size_t i = 0; i < embedded_count; i++) {
        const struct embedded *file = &embedded[i];
        if (strcmp(file->path, request->path) != 0)
            continue;
        reply->status = 200;
        reply->type = file->type;
        reply->etag = file->etag;
        buffer_append(reply->body, file->data, file->len);
        return true;
    }
    for (size_t i = 0; i < question_count; i++) {
        if (strcmp(questions[i].path, request->path) != 0)
            continue;
        ask(dashboard, &questions[i], request, reply);
        return true;
    }
    return false;
}
