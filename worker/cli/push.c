/* newsmill push: sends articles to the acknowledged socket, and says what became of each that was
 * not taken. Several are in flight at a time; the window bounds the memory. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "proto/client.h"
#include "proto/envelope.h"
#include "worker/cli/command.h"
#include "worker/cli/progress.h"
#include "worker/sources/articles.h"

#define RESEND_AFTER_MS 5000
#define WAIT_MS         50 /* how long one look for answers may take; also how often the bar moves */

/* Where an article in flight came from, for the line about its refusal. */
struct place {
    char *file;
    uint64_t line;
    uint32_t next_free;
};

struct push {
    struct client *client;
    struct articles *articles;
    struct place *places; /* one for each article in flight; its index is the article's tag */
    uint32_t free_place;  /* the first of the unused ones */
    struct progress progress;
    const char *lane; /* for every article; NULL: each as it is */
    struct pack_reader reader;
    struct buffer in_lane;
    uint64_t accepted, duplicate, refused, unanswered;
};

static void draw(struct push *push)
{
    progress_draw(&push->progress, articles_read_bytes(push->articles),
                  push->accepted + push->duplicate, push->refused, clock_steady_ms());
}

static void refuse(struct push *push, const char *file, uint64_t line, struct slice code,
                   struct slice message)
{
    progress_clear(&push->progress);
    (void)fprintf(stderr, "%s:%" PRIu64 ": %.*s: %.*s\n", file, line, (int)code.len, code.data,
                  (int)message.len, message.data);
    push->refused++;
}

static bool take_place(struct push *push, const struct reading *reading, uint32_t *tag)
{
    struct place *place = &push->places[push->free_place];
    place->file = strdup(reading->file);
    if (!place->file)
        return false;
    place->line = reading->line;
    *tag = push->free_place;
    push->free_place = place->next_free;
    return true;
}

static void free_place(struct push *push, uint32_t tag)
{
    struct place *place = &push->places[tag];
    free(place->file);
    place->file = NULL;
    place->next_free = push->free_place;
    push->free_place = tag;
}

static void answered(void *user, uint64_t tag, const struct reply *reply)
{
    struct push *push = user;
    const struct place *place = &push->places[tag];
    if (reply->ok)
        *(reply->duplicate ? &push->duplicate : &push->accepted) += 1;
    else if (slice_is(reply->error, "no-answer"))
        push->unanswered++;
    else
        refuse(push, place->file, place->line, reply->error, reply->message);
    free_place(push, (uint32_t)tag);
}

static bool idle(void *user)
{
    struct push *push = user;
    if (client_in_flight(push->client) == 0)
        return false;
    client_run(push->client, WAIT_MS);
    draw(push);
    return true;
}

/* The article with the lane the user named; of two equal keys the last one counts. What is no map
 * is left to be refused. */
static enum status put_in_lane(struct push *push, struct slice *article, struct fault *fault)
{
    const struct pack_object *root;
    enum status status = pack_read(&push->reader, *article, &root, fault);
    if (status != STATUS_OK || pack_type(root) != PACK_MAP)
        return status == STATUS_FATAL ? status : STATUS_OK;
    size_t count = pack_count(root);
    buffer_clear(&push->in_lane);
    pack_write_map(&push->in_lane, count + 1);
    for (size_t i = 0; i < count; i++) {
        pack_write_object(&push->in_lane, pack_key(root, i));
        pack_write_object(&push->in_lane, pack_value(root, i));
    }
    pack_write_string(&push->in_lane, SLICE_LITERAL("lane"));
    pack_write_string(&push->in_lane, slice_from(push->lane));
    if (buffer_failed(&push->in_lane))
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for an article");
    *article = buffer_slice(&push->in_lane);
    return STATUS_OK;
}

/* Sends one article, waiting for room in the window. */
static enum status send_article(struct push *push, const struct reading *reading, uint32_t window,
                                struct fault *fault)
{
    uint32_t tag;
    while (client_in_flight(push->client) >= window && push->unanswered == 0)
        client_run(push->client, WAIT_MS);
    if (push->unanswered)
        return STATUS_OK; /* the loop below sees it and ends */
    if (!take_place(push, reading, &tag))
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for an article");
    struct slice article = reading->article;
    enum status status = push->lane ? put_in_lane(push, &article, fault) : STATUS_OK;
    if (status == STATUS_OK)
        status = client_push(push->client, article, tag, fault);
    if (status == STATUS_REJECT)
        refuse(push, reading->file, reading->line, slice_from(fault->code),
               slice_from(fault->message));
    if (status != STATUS_OK)
        free_place(push, tag);
    return status == STATUS_REJECT ? STATUS_OK : status;
}

static enum status push_all(struct push *push, uint32_t window, struct fault *fault)
{
    struct reading reading;
    enum status status = STATUS_OK;
    uint32_t since_run = 0;
    while (status == STATUS_OK && push->unanswered == 0 &&
           articles_next(push->articles, &reading)) {
        if (!reading.article.data)
            refuse(push, reading.file, reading.line, slice_from(reading.fault.code),
                   slice_from(reading.fault.message));
        else
            status = send_article(push, &reading, window, fault);
        /* Answers are fetched in bulk: a look at the socket costs more than reading an article. */
        if (++since_run >= window / 4 || since_run >= 64) {
            client_run(push->client, 0);
            since_run = 0;
        }
        draw(push);
    }
    while (status == STATUS_OK && push->unanswered == 0 && client_in_flight(push->client)) {
        client_run(push->client, WAIT_MS);
        draw(push);
    }
    return status;
}

static int summary(struct push *push, const char *endpoint, int64_t give_up_ms)
{
    double seconds = (double)(clock_steady_ms() - push->progress.started_ms) / 1000;
    uint64_t acknowledged = push->accepted + push->duplicate;
    progress_clear(&push->progress);
    (void)fprintf(stderr,
                  "newsmill push: %" PRIu64 " acknowledged (%" PRIu64 " known already), %" PRIu64
                  " refused, %" PRIu64 " passed over, %.1f s, %.0f articles/s\n",
                  acknowledged, push->duplicate, push->refused, articles_skipped(push->articles),
                  seconds, seconds > 0 ? (double)acknowledged / seconds : 0);
    if (push->unanswered) {
        (void)fprintf(stderr,
                      "newsmill: nothing answered at %s for %.1f s: start newsmill up there, or "
                      "aim elsewhere with --to; what was not acknowledged may be pushed again\n",
                      endpoint, (double)give_up_ms / 1000);
        return EXIT_OUTSIDE;
    }
    return push->refused ? EXIT_REFUSED : EXIT_DONE;
}

static enum status places_new(struct push *push, uint32_t window, struct fault *fault)
{
    push->places = calloc(window, sizeof *push->places);
    if (!push->places)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the window");
    for (uint32_t i = 0; i < window; i++)
        push->places[i].next_free = i + 1;
    return STATUS_OK;
}

int push_main(const struct options *options)
{
    struct push push = {.client = NULL};
    struct fault fault = {.code = ""};
    const char *endpoint = options_text(options, "to");
    uint32_t window = (uint32_t)options_int(options, "window");
    int64_t give_up_ms = options_int(options, "give-up-ms");
    struct client_options client_options = {.endpoint = endpoint,
                                            .window = window,
                                            .resend_after_ms = RESEND_AFTER_MS,
                                            .give_up_after_ms = give_up_ms,
                                            .answered = answered,
                                            .user = &push};
    const char **paths = command_operands(options);
    size_t count = options_operand_count(options);
    push.lane = options_text(options, "lane");
    pack_reader_init(&push.reader);
    buffer_init(&push.in_lane, SIZE_MAX / 2);
    enum status status = places_new(&push, window, &fault);
    if (status == STATUS_OK && push.lane && strcmp(push.lane, ENVELOPE_LANE_LOW) != 0)
        status = fault_set(&fault, STATUS_REJECT, "bad-value",
                           "--lane is " ENVELOPE_LANE_LOW ", not '%.40s'", push.lane);
    if (status == STATUS_OK && !paths)
        status = fault_set(&fault, STATUS_FATAL, "out-of-memory", "no memory for the file names");
    if (status == STATUS_OK)
        status = articles_open(paths, count, idle, &push, &push.articles, &fault);
    if (status == STATUS_OK)
        status = client_new(&client_options, &push.client, &fault);
    if (status == STATUS_OK) {
        progress_init(&push.progress, clock_steady_ms());
        if (push.progress.shown)
            push.progress.total_bytes = articles_total_bytes(paths, count);
        status = push_all(&push, window, &fault);
    }
    int code = status == STATUS_OK ? summary(&push, endpoint, give_up_ms) : command_failed(&fault);
    client_free(push.client);
    pack_reader_deinit(&push.reader);
    buffer_deinit(&push.in_lane);
    articles_close(push.articles);
    for (uint32_t i = 0; push.places && i < window; i++)
        free(push.places[i].file);
    free(push.places);
    free((void *)(uintptr_t)paths);
    return code;
}
