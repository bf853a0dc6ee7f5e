/* The window of articles that are on their way again. */
#include "worker/cli/resend.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/security.h"
#include "proto/client.h"
#include "proto/limits.h"
#include "worker/cli/progress.h"

#define WINDOW          256
#define RESEND_AFTER_MS 5000
#define GIVE_UP_MS      30000
#define WAIT_MS         50
#define RUN_EVERY       32 /* articles between two looks for answers */

struct resend {
    struct resend_options options;
    char *work; /* a copy */
    struct client *client;
    struct buffer envelope;
    struct uuid keys[WINDOW];
    uint32_t free_tags[WINDOW];
    uint32_t free_count, since_run;
    struct progress progress;
    struct resend_counts counts;
    uint64_t bytes;
    bool unanswered;
};

static void answered(void *user, uint64_t tag, const struct reply *reply)
{
    struct resend *resend = user;
    if (reply->ok) {
        resend->counts.sent++;
    } else {
        progress_clear(&resend->progress);
        if (slice_is(reply->error, "no-answer"))
            resend->unanswered = true;
        else
            resend->counts.refused++;
        if (resend->options.refused)
            resend->options.refused(resend->options.user, &resend->keys[tag], reply);
    }
    resend->free_tags[resend->free_count++] = (uint32_t)tag;
}

enum status resend_new(const struct resend_options *options, struct resend **out,
                       struct fault *fault)
{
    struct resend *resend = calloc(1, sizeof *resend);
    *out = NULL;
    if (!resend)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory to send articles");
    resend->options = *options;
    resend->work = strdup(options->work);
    buffer_init(&resend->envelope, LIMIT_LINK_HEADER_BYTES);
    for (uint32_t i = 0; i < WINDOW; i++)
        resend->free_tags[resend->free_count++] = i;
    progress_init(&resend->progress, clock_steady_ms());
    struct bus_security security;
    const struct client_options client = {.endpoint = resend->work,
                                          .window = WINDOW,
                                          .resend_after_ms = RESEND_AFTER_MS,
                                          .give_up_after_ms = GIVE_UP_MS,
                                          .answered = answered,
                                          .user = resend,
                                          .security = &security,
                                          .replays = true};
    enum status status = resend->work ? security_read(options->options, true, &security, fault)
                                      : fault_set(fault, STATUS_FATAL, "out-of-memory",
                                                  "no memory to send articles");
    if (status == STATUS_OK)
        status = client_new(&client, &resend->client, fault);
    resend->options.options = NULL;
    if (status == STATUS_OK)
        *out = resend;
    else
        resend_free(resend);
    return status;
}

void resend_free(struct resend *resend)
{
    if (!resend)
        return;
    progress_clear(&resend->progress);
    client_free(resend->client);
    buffer_deinit(&resend->envelope);
    free(resend->work);
    free(resend);
}

static void run(struct resend *resend, int timeout_ms)
{
    client_run(resend->client, timeout_ms);
    progress_draw(&resend->progress, resend->bytes, resend->counts.sent, resend->counts.refused,
                  clock_steady_ms());
    resend->since_run = 0;
}

static enum status no_answer(const struct resend *resend, struct fault *fault)
{
    const char *why = client_trouble(resend->client);
    return fault_set(
        fault, STATUS_FATAL, "no-answer",
        "nothing answers at %.60s: %.170s; what was not acknowledged may be sent again",
        resend->work, why ? why : "is newsmill up (or newsmill ingest) running?");
}

enum status resend_article(struct resend *resend, const struct envelope *envelope,
                           struct slice article, struct fault *fault)
{
    while (resend->free_count == 0 && !resend->unanswered)
        run(resend, WAIT_MS);
    if (resend->unanswered)
        return no_answer(resend, fault);
    struct envelope again = *envelope;
    again.lane = SLICE_LITERAL(ENVELOPE_LANE_LOW);
    buffer_clear(&resend->envelope);
    envelope_encode(&again, &resend->envelope);
    if (buffer_failed(&resend->envelope))
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory to send an article");
    uint32_t tag = resend->free_tags[--resend->free_count];
    resend->keys[tag] = envelope->key;
    resend->bytes += article.len;
    enum status status =
        client_replay(resend->client, buffer_slice(&resend->envelope), article, tag, fault);
    if (status != STATUS_OK)
        resend->free_tags[resend->free_count++] = tag;
    else if (++resend->since_run >= RUN_EVERY)
        run(resend, 0);
    return status;
}

enum status resend_finish(struct resend *resend, struct fault *fault)
{
    while (client_in_flight(resend->client) > 0 && !resend->unanswered)
        run(resend, WAIT_MS);
    progress_clear(&resend->progress);
    return resend->unanswered ? no_answer(resend, fault) : STATUS_OK;
}

struct resend_counts resend_counts(const struct resend *resend)
{
    return resend->counts;
}
