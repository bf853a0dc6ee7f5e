/* libnewsmill: the C client behind a header that needs no other. */
#include "proto/newsmill.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "proto/article.h"
#include "proto/client.h"
#include "proto/limits.h"

#define WINDOW          256
#define RESEND_AFTER_MS 5000
#define PUBLIC          __attribute__((visibility("default")))

struct newsmill {
    struct client *client;
    char *endpoint; /* the client's options borrow it */
    void (*answered)(void *user, const struct newsmill_answer *answer);
    void *user;
    struct buffer packed, text;
};

static void say(char *why, const char *message)
{
    if (why)
        (void)snprintf(why, NEWSMILL_WHY_BYTES, "%s", message);
}

/* Behind a NUL each, in one buffer: offsets, because it may move as it grows. */
static size_t keep(struct buffer *text, struct slice slice)
{
    size_t at = text->len;
    buffer_append_slice(text, slice);
    buffer_append(text, "", 1);
    return at;
}

static void on_answer(void *user, uint64_t tag, const struct reply *reply)
{
    struct newsmill *mill = user;
    char article[UUID_TEXT_BYTES];
    struct newsmill_answer answer = {.tag = tag,
                                     .accepted = reply->ok,
                                     .duplicate = reply->ok && reply->duplicate,
                                     .retry = !reply->ok && reply->retry,
                                     .retry_after_ms = reply->retry_after_ms};
    buffer_clear(&mill->text);
    if (reply->ok) {
        uuid_format(&reply->article, article);
        answer.article = article;
    } else {
        size_t error = keep(&mill->text, reply->error);
        size_t message = keep(&mill->text, reply->message);
        bool whole = !buffer_failed(&mill->text);
        answer.error = whole ? mill->text.data + error : "out-of-memory";
        answer.message = whole ? mill->text.data + message : "There is no memory for the reason.";
    }
    mill->answered(mill->user, &answer);
}

/* REJECT with the file. */
static enum status read_keys(const struct newsmill_options *options, struct bus_security *security,
                             struct fault *fault)
{
    struct key key = {.name = ""}, server;
    *security = (struct bus_security){.insecure = options->insecure != 0};
    if (!options->key && !options->server_key)
        return STATUS_OK;
    if (!options->key || !options->server_key)
        return fault_set(fault, STATUS_REJECT, "keys-missing", "key and server_key go together");
    enum status status = key_read_secret(options->key, &key, fault);
    if (status == STATUS_OK)
        status = key_read_public(options->server_key, &server, fault);
    if (status == STATUS_OK) {
        security->keyed = true;
        memcpy(security->name, key.name, sizeof security->name);
        memcpy(security->public_key, key.public_key, sizeof security->public_key);
        memcpy(security->secret_key, key.secret_key, sizeof security->secret_key);
        memcpy(security->server, server.public_key, sizeof security->server);
    }
    key_forget(&key);
    return status;
}

static enum status open_client(struct newsmill *mill, const struct newsmill_options *options,
                               struct fault *fault)
{
    struct bus_security security;
    enum status status = read_keys(options, &security, fault);
    const struct client_options client = {
        .endpoint = mill->endpoint,
        .window = options->window ? options->window : WINDOW,
        .resend_after_ms = options->resend_after_ms ? options->resend_after_ms : RESEND_AFTER_MS,
        .give_up_after_ms = options->give_up_after_ms,
        .answered = on_answer,
        .user = mill,
        .gathers = options->gathers != 0,
        .tells_retry = options->tells_retry != 0,
        .security = &security};
    if (status == STATUS_OK)
        status = client_new(&client, &mill->client, fault);
    explicit_bzero(&security, sizeof security);
    return status;
}

PUBLIC struct newsmill *newsmill_open(const struct newsmill_options *options,
                                      char why[NEWSMILL_WHY_BYTES])
{
    struct fault fault = {.message = "endpoint and answered are required"};
    log_init(LOG_SILENT, "libnewsmill");
    if (!options->endpoint || !options->answered) {
        say(why, fault.message);
        return NULL;
    }
    struct newsmill *mill = calloc(1, sizeof *mill);
    char *endpoint = strdup(options->endpoint);
    if (!mill || !endpoint) {
        free(mill);
        free(endpoint);
        say(why, "no memory for a client");
        return NULL;
    }
    mill->endpoint = endpoint;
    mill->answered = options->answered;
    mill->user = options->user;
    buffer_init(&mill->packed, LIMIT_MESSAGE_BYTES + 1);
    buffer_init(&mill->text, LIMIT_LINK_HEADER_BYTES);
    if (open_client(mill, options, &fault) == STATUS_OK)
        return mill;
    say(why, fault.message);
    newsmill_close(mill);
    return NULL;
}

PUBLIC void newsmill_close(struct newsmill *mill)
{
    if (!mill)
        return;
    client_free(mill->client);
    buffer_deinit(&mill->packed);
    buffer_deinit(&mill->text);
    free(mill->endpoint);
    free(mill);
}

static enum newsmill_result push(struct newsmill *mill, struct slice article, uint64_t tag,
                                 char *why)
{
    struct fault fault;
    switch (client_push(mill->client, article, tag, &fault)) {
    case STATUS_OK:
        return NEWSMILL_OK;
    case STATUS_RETRY:
        return NEWSMILL_FULL;
    case STATUS_REJECT:
        say(why, fault.message);
        return NEWSMILL_REFUSED;
    default:
        say(why, fault.message);
        return NEWSMILL_FAILED;
    }
}

PUBLIC enum newsmill_result newsmill_push(struct newsmill *mill, const void *article, size_t length,
                                          uint64_t tag, char why[NEWSMILL_WHY_BYTES])
{
    return push(mill, (struct slice){article, length}, tag, why);
}

/* Into `packed`. */
static enum status pack_json(struct newsmill *mill, const char *article, size_t length,
                             struct fault *fault)
{
    json_error_t error;
    if (json_check_values((struct slice){article, length}, fault) != STATUS_OK)
        return STATUS_REJECT;
    json_t *root = json_loadb(article, length, JSON_ALLOW_NUL, &error);
    if (!root)
        return fault_set(fault, STATUS_REJECT, "not-json",
                         "This is not JSON in UTF-8, from byte %d on.", error.position);
    buffer_clear(&mill->packed);
    enum status status = article_from_json(root, &mill->packed, fault);
    json_decref(root);
    if (status == STATUS_OK && buffer_failed(&mill->packed))
        return fault_set(fault, STATUS_REJECT, "message-too-long",
                         "The article is longer than LIMIT_MESSAGE_BYTES (%d bytes).",
                         LIMIT_MESSAGE_BYTES);
    return status;
}

PUBLIC enum newsmill_result newsmill_push_json(struct newsmill *mill, const char *article,
                                               size_t length, uint64_t tag,
                                               char why[NEWSMILL_WHY_BYTES])
{
    struct fault fault;
    enum status status = pack_json(mill, article, length, &fault);
    if (status == STATUS_OK)
        return push(mill, buffer_slice(&mill->packed), tag, why);
    say(why, fault.message);
    return status == STATUS_REJECT ? NEWSMILL_REFUSED : NEWSMILL_FAILED;
}

PUBLIC void newsmill_run(struct newsmill *mill, int timeout_ms)
{
    client_run(mill->client, timeout_ms);
}

PUBLIC uint32_t newsmill_in_flight(const struct newsmill *mill)
{
    return client_in_flight(mill->client);
}

PUBLIC int newsmill_connected(const struct newsmill *mill)
{
    return client_connected(mill->client);
}

PUBLIC const char *newsmill_trouble(const struct newsmill *mill)
{
    return client_trouble(mill->client);
}

PUBLIC const char *newsmill_version(void)
{
    return NEWSMILL_VERSION;
}
