/* newsmill push: sends articles to the acknowledged socket, and says what became of each that was
 * not taken. Several are in flight at a time; the window bounds the memory. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/security.h"
#include "proto/client.h"
#include "proto/envelope.h"
#include "worker/cli/command.h"
#include "worker/cli/progress.h"
#include "worker/cli/resume.h"
#include "worker/sources/articles.h"

#define RESEND_AFTER_MS 5000
#define WAIT_MS         50 /* how long one look for answers may take; also how often the bar moves */

/* Where an article in flight came from, for the line about its refusal. */
struct place {
    char *file;
    uint64_t line;
    uint64_t number; /* in the memory of --resume */
    uint32_t next_free;
};

struct push {
    struct client *client;
    struct articles *articles;
    struct resume *resume; /* NULL without --resume */
    struct place *places;  /* one for each article in flight; its index is the article's tag */
    uint32_t free_place;   /* the first of the unused ones */
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

static bool take_place(struct push *push, const struct reading *reading, uint64_t number,
                       uint32_t *tag)
{
    struct place *place = &push->places[push->free_place];
    place->file = strdup(reading->file);
    if (!place->file)
        return false;
    place->line = reading->line;
    place->number = number;
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

static void remember(struct push *push, uint64_t number, enum resume_outcome outcome)
{
    if (push->resume)
        resume_done(push->resume, number, outcome);
}

static void answered(void *user, uint64_t tag, const struct reply *reply)
{
    struct push *push = user;
    const struct place *place = &push->places[tag];
    if (reply->ok) {
        *(reply->duplicate ? &push->duplicate : &push->accepted) += 1;
        remember(push, place->number, reply->duplicate ? RESUME_KNOWN : RESUME_ACKNOWLEDGED);
    } else if (slice_is(reply->error, "no-answer")) {
        push->unanswered++;
    } else {
        refuse(push, place->file, place->line, reply->error, reply->message);
        remember(push, place->number, RESUME_REFUSED);
    }
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

/* Looks for answers, and writes down what was acknowledged. */
static enum status look(struct push *push, int wait_ms, struct fault *fault)
{
    client_run(push->client, wait_ms);
    draw(push);
    return push->resume ? resume_save(push->resume, clock_steady_ms(), false, fault) : STATUS_OK;
}

/* Sends one article, waiting for room in the window. */
static enum status send_article(struct push *push, const struct reading *reading, uint64_t number,
                                uint32_t window, struct fault *fault)
{
    uint32_t tag;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && push->unanswered == 0 &&
           (client_in_flight(push->client) >= window ||
            (push->resume && resume_is_full(push->resume))))
        status = look(push, WAIT_MS, fault);
    if (status != STATUS_OK || push->unanswered)
        return status; /* the loop below sees it and ends */
    if (!take_place(push, reading, number, &tag))
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for an article");
    struct slice article = reading->article;
    status = push->lane ? put_in_lane(push, &article, fault) : STATUS_OK;
    if (status == STATUS_OK)
        status = client_push(push->client, article, tag, fault);
    if (status == STATUS_OK)
        return STATUS_OK;
    free_place(push, tag);
    if (status != STATUS_REJECT)
        return status;
    refuse(push, reading->file, reading->line, slice_from(fault->code), slice_from(fault->message));
    remember(push, number, RESUME_REFUSED);
    return STATUS_OK;
}

/* An article or refusal that was read. */
static enum status take_reading(struct push *push, const struct reading *reading, uint32_t window,
                                struct fault *fault)
{
    uint64_t number = 0;
    if (push->resume && !resume_take(push->resume, push->articles, &number))
        return STATUS_OK;
    if (reading->article.data)
        return send_article(push, reading, number, window, fault);
    refuse(push, reading->file, reading->line, slice_from(reading->fault.code),
           slice_from(reading->fault.message));
    remember(push, number, RESUME_REFUSED);
    return STATUS_OK;
}

static enum status push_all(struct push *push, uint32_t window, struct fault *fault)
{
    struct reading reading;
    enum status status = STATUS_OK;
    uint32_t since_run = 0;
    while (status == STATUS_OK && push->unanswered == 0 &&
           articles_next(push->articles, &reading)) {
        status = take_reading(push, &reading, window, fault);
        /* Answers are fetched in bulk: a look at the socket costs more than reading an article. */
        if (status == STATUS_OK && (++since_run >= window / 4 || since_run >= 64)) {
            status = look(push, 0, fault);
            since_run = 0;
        }
    }
    while (status == STATUS_OK && push->unanswered == 0 && client_in_flight(push->client))
        status = look(push, WAIT_MS, fault);
    if (status == STATUS_OK && push->unanswered == 0 && push->resume)
        resume_all_read(push->resume, push->articles);
    return status;
}

/* From an earlier push, what there is to say of it. */
static void say_resumed(const struct push *push)
{
    uint64_t acknowledged = resume_count(push->resume, RESUME_ACKNOWLEDGED) +
                            resume_count(push->resume, RESUME_KNOWN),
             refused = resume_count(push->resume, RESUME_REFUSED);
    if (acknowledged + refused > 0)
        (void)fprintf(stderr,
                      "newsmill push: going on behind %" PRIu64 " acknowledged, %" PRIu64
                      " refused\n",
                      acknowledged, refused);
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
    if (push->unanswered && client_trouble(push->client)) {
        (void)fprintf(stderr, "newsmill: nothing answers at %s: %s\n", endpoint,
                      client_trouble(push->client));
        return EXIT_OUTSIDE;
    }
    if (push->unanswered) {
        (void)fprintf(stderr,
                      "newsmill: nothing answered at %s for %.1f s: start newsmill up there, or "
                      "aim elsewhere with --to; what was not acknowledged may be pushed again\n",
                      endpoint, (double)give_up_ms / 1000);
        return EXIT_OUTSIDE;
    }
    bool refused =
        push->refused || (push->resume && resume_count(push->resume, RESUME_REFUSED) > 0);
    return refused ? EXIT_REFUSED : EXIT_DONE;
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

static enum status open_resume(struct push *push, const char *path, struct fault *fault)
{
    if (!path)
        return STATUS_OK;
    enum status status = resume_open(path, &push->resume, fault);
    if (status != STATUS_OK)
        return status;
    say_resumed(push);
    return resume_begin(push->resume, push->articles, fault);
}

int push_main(const struct options *options)
{
    struct push push = {.client = NULL};
    struct bus_security security;
    struct fault fault = {.code = ""};
    const char *endpoint = options_text(options, "to");
    uint32_t window = (uint32_t)options_int(options, "window");
    int64_t give_up_ms = options_int(options, "give-up-ms");
    struct client_options client_options = {.endpoint = endpoint,
                                            .window = window,
                                            .resend_after_ms = RESEND_AFTER_MS,
                                            .give_up_after_ms = give_up_ms,
                                            .answered = answered,
                                            .user = &push,
                                            .gathers = true,
                                            .security = &security};
    const char **paths = command_operands(options);
    size_t count = options_operand_count(options);
    push.lane = options_text(options, "lane");
    pack_reader_init(&push.reader);
    buffer_init(&push.in_lane, SIZE_MAX / 2);
    enum status status = security_read(options, true, &security, &fault);
    if (status == STATUS_OK)
        status = places_new(&push, window, &fault);
    if (status == STATUS_OK && push.lane && strcmp(push.lane, ENVELOPE_LANE_LOW) != 0)
        status = fault_set(&fault, STATUS_REJECT, "bad-value",
                           "--lane is " ENVELOPE_LANE_LOW ", not '%.40s'", push.lane);
    if (status == STATUS_OK && !paths)
        status = fault_set(&fault, STATUS_FATAL, "out-of-memory", "no memory for the file names");
    if (status == STATUS_OK)
        status = articles_open(paths, count, idle, &push, &push.articles, &fault);
    if (status == STATUS_OK)
        status = client_new(&client_options, &push.client, &fault);
    if (status == STATUS_OK)
        status = open_resume(&push, options_text(options, "resume"), &fault);
    if (status == STATUS_OK) {
        progress_init(&push.progress, clock_steady_ms());
        if (push.progress.shown)
            push.progress.total_bytes = articles_total_bytes(paths, count);
        status = push_all(&push, window, &fault);
        /* Whatever ended the push: what was acknowledged is written down. */
        if (push.resume && resume_save(push.resume, 0, true, &fault) != STATUS_OK)
            status = STATUS_FATAL;
    }
    int code = status == STATUS_OK ? summary(&push, endpoint, give_up_ms) : command_failed(&fault);
    client_free(push.client);
    pack_reader_deinit(&push.reader);
    buffer_deinit(&push.in_lane);
    articles_close(push.articles);
    resume_free(push.resume);
    for (uint32_t i = 0; push.places && i < window; i++)
        free(push.places[i].file);
    free(push.places);
    free((void *)(uintptr_t)paths);
    return code;
}
