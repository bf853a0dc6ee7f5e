/* newsmill dead retry: dead letters go to ingest again, through the low lane. Each retry is counted
 * in the row before it is sent, and after so many no more are: what cannot work does not go round
 * for ever. The row ends when the article is stored, and takes the new reason when it dies again.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/arena.h"
#include "proto/article.h"
#include "proto/limits.h"
#include "worker/cli/dead.h"
#include "worker/cli/dead_print.h"
#include "worker/cli/place.h"
#include "worker/cli/resend.h"

#define ARENA_BYTES ((size_t)3 * LIMIT_MESSAGE_BYTES)

/* Which dead letter; the newest comes first. */
struct picked {
    struct uuid key, article;
    int64_t received_ms;
    bool refused; /* by ingest: nobody has read it */
};

struct retry {
    struct dead *dead;
    struct resend *resend;
    struct picked *picked;
    size_t count, capacity, at;
    int32_t max_retries;
    bool dry;
    uint64_t guarded, unsent;
    struct arena *arena;
    struct pack_reader reader;
};

static void say_guarded(const struct uuid *key, int32_t retries)
{
    char text[UUID_TEXT_BYTES];
    uuid_format(key, text);
    (void)fprintf(stderr, "newsmill dead: %s was retried %" PRId32 " times: --max-retries\n", text,
                  retries);
}

static enum status pick_one(void *user, const struct dead_letter *letter, struct fault *fault)
{
    struct retry *retry = user;
    if (letter->retries >= retry->max_retries) {
        say_guarded(&letter->key, letter->retries);
        retry->guarded++;
        return STATUS_OK;
    }
    if (retry->count == retry->capacity) {
        size_t capacity = retry->capacity ? retry->capacity * 2 : 256;
        struct picked *bigger = realloc(retry->picked, capacity * sizeof *bigger);
        if (!bigger)
            return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for so many");
        retry->picked = bigger;
        retry->capacity = capacity;
    }
    retry->picked[retry->count++] = (struct picked){
        letter->key, letter->article, letter->received_ms, slice_is(letter->stage, "ingest")};
    if (retry->dry)
        dead_print_line(letter, stdout);
    return STATUS_OK;
}

/* The envelope it had: what is not in the row follows from the message. One that ingest refused
 * had no identity yet, and gets it when this release can read it. */
static struct envelope envelope_of(struct retry *retry, const struct picked *picked,
                                   struct slice original)
{
    struct envelope envelope = {.key = picked->key,
                                .article = picked->article,
                                .content = picked->article,
                                .received_ms = picked->received_ms,
                                .replay = ENVELOPE_REPLAY};
    struct article article;
    struct fault fault;
    arena_reset(retry->arena);
    if (article_decode(original, &retry->reader, &article, retry->arena, &fault) != STATUS_OK)
        return envelope;
    envelope_identify(&envelope, &article, retry->arena);
    if (!picked->refused)
        envelope.article = picked->article;
    return envelope;
}

static enum status send_one(void *user, const struct dead_letter *letter, struct fault *fault)
{
    struct retry *retry = user;
    struct envelope envelope = envelope_of(retry, &retry->picked[retry->at], letter->original);
    return resend_article(retry->resend, &envelope, letter->original, fault);
}

/* It did not get into the journal: it has not had its try. */
static void on_refused(void *user, const struct uuid *key, const struct reply *reply)
{
    struct retry *retry = user;
    char text[UUID_TEXT_BYTES];
    struct fault fault;
    uuid_format(key, text);
    retry->unsent++;
    (void)fprintf(stderr, "newsmill dead: %s: %.*s: %.*s\n", text, (int)reply->error.len,
                  reply->error.data, (int)reply->message.len, reply->message.data);
    if (dead_unclaim(retry->dead, key, &fault) != STATUS_OK)
        (void)fprintf(stderr, "newsmill dead: %s\n", fault.message);
}

/* The oldest first: an article's revisions keep their order. */
static enum status send_all(struct retry *retry, struct fault *fault)
{
    enum status status = STATUS_OK;
    for (size_t i = retry->count; i-- > 0 && status == STATUS_OK;) {
        const struct uuid *key = &retry->picked[i].key;
        retry->at = i;
        status = dead_claim(retry->dead, key, retry->max_retries, send_one, retry, fault);
        if (status == STATUS_REJECT) { /* somebody else was faster, or it is too long */
            say_guarded(key, retry->max_retries);
            retry->guarded++;
            status = STATUS_OK;
        }
    }
    enum status finished = resend_finish(retry->resend, status == STATUS_OK ? fault : NULL);
    return status == STATUS_OK ? finished : status;
}

static enum status open_retry(struct retry *retry, const struct options *options,
                              struct fault *fault)
{
    struct place place;
    enum status status = place_work(options, &place, fault);
    if (status != STATUS_OK)
        return status;
    const struct resend_options resend = {
        .options = options, .work = place.work, .refused = on_refused, .user = retry};
    retry->arena = arena_new(ARENA_BYTES);
    if (!retry->arena)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory to read articles");
    return resend_new(&resend, &retry->resend, fault);
}

enum status dead_retry(const struct dead_request *request, struct dead *dead, int *code,
                       struct fault *fault)
{
    const struct options *options = request->options;
    struct retry retry = {.dead = dead,
                          .max_retries = (int32_t)options_int(options, "max-retries"),
                          .dry = options_flag(options, "dry-run")};
    if (!request->picked)
        return fault_set(fault, STATUS_REJECT, "bad-usage",
                         "dead retry wants names, a filter such as --code, or --all");
    pack_reader_init(&retry.reader);
    enum status status =
        dead_newest(dead, &request->filter, request->limit, false, pick_one, &retry, fault);
    if (status == STATUS_OK && retry.dry) {
        (void)fprintf(stderr, "newsmill dead: would retry %zu\n", retry.count);
    } else if (status == STATUS_OK) {
        status = open_retry(&retry, options, fault);
        if (status == STATUS_OK)
            status = send_all(&retry, fault);
        (void)fprintf(stderr, "newsmill dead: %" PRIu64 " sent again, %" PRIu64 " not\n",
                      retry.resend ? resend_counts(retry.resend).sent : 0,
                      retry.guarded + retry.unsent);
    }
    bool none = retry.count == 0 && request->filter.name_count > 0;
    *code = retry.guarded + retry.unsent > 0 || none ? EXIT_REFUSED : EXIT_DONE;
    resend_free(retry.resend);
    pack_reader_deinit(&retry.reader);
    arena_free(retry.arena);
    free(retry.picked);
    return status;
}
