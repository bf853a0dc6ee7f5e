/* From the articles of requests to answers. */
#include "worker/sources/front/posts.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "worker/sources/front/metrics.h"
#include "worker/sources/front/outcome.h"

#define LOOK_EVERY_MS  250
#define TEXT_BYTES     ((size_t)16 * 1024 * 1024) /* of all outcomes of a request */
#define RETRY_AFTER_MS 1000                       /* where ingest does not say */
#define NO_FLIGHT      UINT32_MAX

static const char media_type[] = "application/json";

/* An outcome: what it is, and its JSON in the texts of its post. */
struct written {
    enum outcome outcome;
    size_t at, len;
};

struct post {
    struct post *next, **at; /* of all posts */
    struct post *next_turn;  /* of those with articles to push */
    struct http_later *later;
    struct intake intake;
    struct written *written; /* one an item */
    struct buffer texts;
    size_t pushed, known; /* items handed to the client or done; items with an outcome */
    bool stopped;         /* something came back: nothing more is tried */
    uint32_t retry_after_ms;
    int64_t begun_ns, deadline_ms;
};

/* An article in flight; its index is the tag. */
struct flight {
    struct post *post; /* NULL: the answer was given without it */
    size_t item;
    uint32_t next_free;
};

struct posts {
    struct loop *loop;
    struct posts_options options;
    struct client *client;
    struct post *first;
    struct post *turn, **last_turn;
    struct flight *flights;
    uint32_t free_flight; /* NO_FLIGHT: none */
    size_t count, bytes;
    int timer;
};

/* ---- answers ---- */

static unsigned status_of(const struct post *post, const size_t counts[OUTCOMES])
{
    if (counts[OUTCOME_RETRY])
        return 503;
    if (post->intake.malformed)
        return 400;
    return counts[OUTCOME_REJECTED] ? 422 : 200;
}

static void write_answer(const struct post *post, const size_t counts[OUTCOMES], struct buffer *out)
{
    for (size_t i = OUTCOME_ACCEPTED; i < OUTCOMES; i++)
        buffer_printf(out, "%c\"%s\":%zu", i == OUTCOME_ACCEPTED ? '{' : ',',
                      outcome_name(i - OUTCOME_ACCEPTED), counts[i]);
    buffer_append_slice(out, SLICE_LITERAL(",\"articles\":["));
    for (size_t i = 0; i < post->intake.count; i++) {
        const struct written *written = &post->written[i];
        if (i > 0)
            buffer_append_slice(out, SLICE_LITERAL(","));
        buffer_append(out, post->texts.data + written->at, written->len);
    }
    buffer_append_slice(out, SLICE_LITERAL("]}\n"));
}

static void post_free(struct posts *posts, struct post *post)
{
    *post->at = post->next;
    if (post->next)
        post->next->at = post->at;
    posts->count--;
    posts->bytes -= post->intake.packed.len;
    intake_deinit(&post->intake);
    buffer_deinit(&post->texts);
    free(post->written);
    free(post);
}

static void finish(struct posts *posts, struct post *post)
{
    struct metrics *metrics = posts->options.metrics;
    size_t counts[OUTCOMES] = {0};
    struct buffer out;
    buffer_init(&out, TEXT_BYTES + 4096);
    for (size_t i = 0; i < post->intake.count; i++)
        counts[post->written[i].outcome]++;
    write_answer(post, counts, &out);
    bool whole = !buffer_failed(&out) && !buffer_failed(&post->texts);
    unsigned status = whole ? status_of(post, counts) : 500;
    for (size_t i = OUTCOME_ACCEPTED; i < OUTCOMES; i++)
        metrics_add(metrics, FRONT_ARTICLES, i - OUTCOME_ACCEPTED, counts[i]);
    metrics_add(metrics, FRONT_REQUESTS, front_status_series(status), 1);
    metrics_observe(metrics, FRONT_SECONDS, 0, (uint64_t)(clock_steady_ns() - post->begun_ns));
    if (status == 503)
        http_retry_after(post->later, (post->retry_after_ms + 999) / 1000);
    http_finish(post->later, status, media_type,
                whole ? buffer_slice(&out) : SLICE_LITERAL("{\"error\":\"out-of-memory\"}\n"));
    buffer_deinit(&out);
    post_free(posts, post);
}

/* ---- outcomes ---- */

static void note(struct post *post, size_t item, enum outcome outcome, size_t at)
{
    post->written[item] = (struct written){outcome, at, post->texts.len - at};
    post->known++;
}

static void note_reply(struct post *post, size_t item, const struct reply *reply)
{
    size_t at = post->texts.len;
    outcome_write_reply(reply, &post->texts);
    note(post, item, outcome_of(reply), at);
}

/* Without an answer to an article: it may be in the journal or not, and can be sent again. */
static void note_unknown(struct post *post, size_t item, const char *code, const char *message)
{
    const struct reply reply = {
        .error = slice_from(code), .message = slice_from(message), .retry = true};
    if (post->retry_after_ms == 0)
        post->retry_after_ms = RETRY_AFTER_MS;
    note_reply(post, item, &reply);
}

static void note_refusal(struct post *post, size_t item)
{
    size_t at = post->texts.len;
    outcome_write_refusal(&post->intake.items[item], &post->texts);
    note(post, item, OUTCOME_REJECTED, at);
}

/* Nothing more of it is tried. */
static void stop_pushing(struct post *post)
{
    post->stopped = true;
    for (; post->pushed < post->intake.count; post->pushed++)
        if (post->intake.items[post->pushed].fault)
            note_refusal(post, post->pushed);
        else
            note_unknown(post, post->pushed, "not-tried",
                         "An article before it was put off: send it again.");
}

/* ---- pushing ---- */

static void add_turn(struct posts *posts, struct post *post)
{
    post->next_turn = NULL;
    *posts->last_turn = post;
    posts->last_turn = &post->next_turn;
}

static struct post *take_turn(struct posts *posts)
{
    struct post *post = posts->turn;
    if (!post)
        return NULL;
    posts->turn = post->next_turn;
    if (!posts->turn)
        posts->last_turn = &posts->turn;
    return post;
}

/* The next article of the post to the client. RETRY: there is no room. */
static enum status push_one(struct posts *posts, struct post *post)
{
    size_t item = post->pushed;
    const struct intake_item *article = &post->intake.items[item];
    uint32_t tag = posts->free_flight;
    struct fault fault;
    if (article->fault) {
        note_refusal(post, item);
        post->pushed++;
        return STATUS_OK;
    }
    if (tag == NO_FLIGHT)
        return STATUS_RETRY;
    struct slice packed = {post->intake.packed.data + article->at, article->len};
    enum status status = client_push(posts->client, packed, tag, &fault);
    if (status == STATUS_RETRY)
        return status;
    post->pushed++;
    if (status == STATUS_OK) {
        posts->free_flight = posts->flights[tag].next_free;
        posts->flights[tag] = (struct flight){.post = post, .item = item};
        return STATUS_OK;
    }
    const struct reply reply = {.error = slice_from(fault.code),
                                .message = slice_from(fault.message),
                                .retry = status == STATUS_FATAL};
    note_reply(post, item, &reply);
    return STATUS_OK;
}

/* As much as there is room for, each post in its turn. */
static void push(struct posts *posts)
{
    for (struct post *post; (post = take_turn(posts));) {
        if (!post->stopped && post->pushed < post->intake.count &&
            push_one(posts, post) != STATUS_OK) {
            add_turn(posts, post);
            return;
        }
        if (post->pushed < post->intake.count)
            add_turn(posts, post);
        else if (post->known == post->intake.count)
            finish(posts, post);
    }
}

static bool has_turn(const struct posts *posts, const struct post *post)
{
    for (const struct post *other = posts->turn; other; other = other->next_turn)
        if (other == post)
            return true;
    return false;
}

/* Behind an outcome. A post that has a turn to come is finished there. */
static void go_on(struct posts *posts, struct post *post)
{
    if (post->known == post->intake.count && !has_turn(posts, post))
        finish(posts, post);
    push(posts);
}

void posts_answered(void *user, uint64_t tag, const struct reply *reply)
{
    struct posts *posts = user;
    struct flight *flight = &posts->flights[tag];
    struct post *post = flight->post;
    size_t item = flight->item;
    flight->post = NULL;
    flight->next_free = posts->free_flight;
    posts->free_flight = (uint32_t)tag;
    if (!post) {
        push(posts);
        return;
    }
    if (!reply->ok && reply->retry) {
        uint32_t wait = reply->retry_after_ms ? reply->retry_after_ms : RETRY_AFTER_MS;
        post->retry_after_ms = wait > post->retry_after_ms ? wait : post->retry_after_ms;
    }
    note_reply(post, item, reply);
    if (!reply->ok && reply->retry)
        stop_pushing(post);
    go_on(posts, post);
}

void posts_take(struct posts *posts, struct intake *intake, struct http_later *later)
{
    struct post *post = calloc(1, sizeof *post);
    struct written *written = calloc(intake->count, sizeof *written);
    if (!post || !written) {
        free(post);
        free(written);
        intake_deinit(intake);
        http_finish(later, 500, media_type, SLICE_LITERAL("{\"error\":\"out-of-memory\"}\n"));
        return;
    }
    *post = (struct post){.next = posts->first,
                          .at = &posts->first,
                          .later = later,
                          .intake = *intake,
                          .written = written,
                          .begun_ns = clock_steady_ns(),
                          .deadline_ms = clock_steady_ms() + posts->options.answer_ms};
    *intake = (struct intake){.items = NULL};
    buffer_init(&post->texts, TEXT_BYTES);
    if (post->next)
        post->next->at = &post->next;
    posts->first = post;
    posts->count++;
    posts->bytes += post->intake.packed.len;
    add_turn(posts, post);
    push(posts);
}

/* ---- time ---- */

/* What is in flight of it goes on, and nobody is told any more. */
static void give_up(struct posts *posts, struct post *post)
{
    static const char message[] = "Ingest has not answered in time: send the article again.";
    for (uint32_t i = 0; i < posts->options.window; i++) {
        if (posts->flights[i].post != post)
            continue;
        posts->flights[i].post = NULL;
        note_unknown(post, posts->flights[i].item, "no-answer", message);
    }
    stop_pushing(post);
}

static void give_up_late(struct posts *posts, int64_t now_ms)
{
    for (struct post *post = posts->first, *next; post; post = next) {
        next = post->next;
        if (now_ms < post->deadline_ms)
            continue;
        give_up(posts, post);
        if (!has_turn(posts, post))
            finish(posts, post);
    }
    push(posts);
}

static void on_timer(void *user)
{
    give_up_late(user, clock_steady_ms());
}

/* ---- beginning and end ---- */

enum status posts_new(struct loop *loop, const struct posts_options *options, struct posts **out,
                      struct fault *fault)
{
    struct posts *posts = calloc(1, sizeof *posts);
    struct flight *flights = calloc(options->window, sizeof *flights);
    if (!posts || !flights) {
        free(posts);
        free(flights);
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the window");
    }
    *posts = (struct posts){.loop = loop, .options = *options, .flights = flights};
    posts->last_turn = &posts->turn;
    for (uint32_t i = 0; i < options->window; i++)
        flights[i].next_free = i + 1 < options->window ? i + 1 : NO_FLIGHT;
    posts->timer = loop_every(loop, LOOK_EVERY_MS, on_timer, posts);
    *out = posts;
    return STATUS_OK;
}

void posts_set_client(struct posts *posts, struct client *client)
{
    posts->client = client;
}

void posts_free(struct posts *posts)
{
    if (!posts)
        return;
    give_up_late(posts, INT64_MAX);
    loop_cancel(posts->loop, posts->timer);
    free(posts->flights);
    free(posts);
}

size_t posts_count(const struct posts *posts)
{
    return posts->count;
}

size_t posts_bytes(const struct posts *posts)
{
    return posts->bytes;
}
