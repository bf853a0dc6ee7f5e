/* newsmill replay: stored articles, or those of an archive, go to ingest again and are analysed
 * anew, behind everything else. What is on this version of the analysis already is left alone, so
 * that a replay that was interrupted goes on where it stopped. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/clock.h"
#include "proto/limits.h"
#include "worker/analysis/analysis.h"
#include "worker/cli/command.h"
#include "worker/cli/place.h"
#include "worker/cli/resend.h"
#include "worker/cli/when.h"
#include "worker/ingest/archive.h"
#include "worker/storage/stored.h"

#define ARENA_BYTES  ((size_t)3 * LIMIT_MESSAGE_BYTES)
#define ARTICLES_MAX 10000

struct replay {
    const struct options *options;
    struct stored_filter filter;
    struct uuid *articles;
    struct resend *resend; /* NULL: a dry run */
    struct arena *arena;
    struct pack_reader reader;
    uint32_t how;         /* ENVELOPE_REPLAY or ENVELOPE_FORCE */
    struct slice version; /* of the analysis that runs */
    char version_text[ANALYSIS_VERSION_BYTES];
    uint64_t limit, found, current, unreadable;
};

/* ---- the command line ---- */

static enum status read_articles(struct replay *replay, struct fault *fault)
{
    const char *list = options_text(replay->options, "article");
    replay->articles = list ? calloc(ARTICLES_MAX, sizeof *replay->articles) : NULL;
    if (list && !replay->articles)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the articles");
    while (list && *list) {
        size_t len = strcspn(list, ",");
        struct slice text = {list, len};
        if (replay->filter.article_count == ARTICLES_MAX ||
            !uuid_parse(text, &replay->articles[replay->filter.article_count++]))
            return fault_set(fault, STATUS_REJECT, "bad-value",
                             "--article wants up to %d UUIDs with commas between them",
                             ARTICLES_MAX);
        list += len + (list[len] == ',');
    }
    replay->filter.articles = replay->articles;
    return STATUS_OK;
}

static enum status read_options(struct replay *replay, struct fault *fault)
{
    const struct options *options = replay->options;
    struct stored_filter *filter = &replay->filter;
    bool force = options_flag(options, "force");
    struct analysis_options analysis = {.actors = options_text(options, "actors"),
                                        .agents = options_text(options, "agents"),
                                        .verbs = options_text(options, "verbs"),
                                        .lexicon = options_text(options, "lexicon"),
                                        .themes = options_text(options, "themes"),
                                        .gazetteer = options_text(options, "gazetteer")};
    enum status status =
        analysis_level_from(options_text(options, "level"), &analysis.level, fault);
    if (status == STATUS_OK)
        status = analysis_version_of(&analysis, replay->version_text, fault);
    if (status != STATUS_OK)
        return status;
    replay->version = slice_from(replay->version_text);
    filter->source = slice_from(options_text(options, "source"));
    filter->analyzer = slice_from(options_text(options, "analyzer"));
    filter->not_analyzer = slice_from(options_text(options, "not-analyzer"));
    filter->current = force ? SLICE_NULL : replay->version;
    filter->messages = !options_flag(options, "dry-run");
    replay->how = force ? ENVELOPE_FORCE : ENVELOPE_REPLAY;
    replay->limit = (uint64_t)options_int(options, "limit");
    status = read_articles(replay, fault);
    if (status == STATUS_OK)
        status = when_option(options, "since", &filter->since_ms, fault);
    if (status == STATUS_OK)
        status = when_option(options, "until", &filter->until_ms, fault);
    return status;
}

static bool is_picked(const struct replay *replay)
{
    const struct stored_filter *filter = &replay->filter;
    return options_flag(replay->options, "all") || filter->source.data || filter->analyzer.data ||
           filter->not_analyzer.data || filter->article_count > 0 ||
           filter->since_ms != CLOCK_NONE || filter->until_ms != CLOCK_NONE;
}

static enum status check(struct replay *replay, struct fault *fault)
{
    const struct stored_filter *filter = &replay->filter;
    if (!is_picked(replay))
        return fault_set(fault, STATUS_REJECT, "bad-usage",
                         "replay wants a filter such as --since or --source, or --all");
    if (options_text(replay->options, "from-archive") &&
        (filter->analyzer.data || filter->not_analyzer.data))
        return fault_set(fault, STATUS_REJECT, "bad-usage",
                         "an archive does not know versions: --analyzer and --not-analyzer go with "
                         "the database only");
    /* What comes while the replay runs is not part of it. */
    if (filter->until_ms == CLOCK_NONE)
        replay->filter.until_ms = clock_wall_ms();
    return STATUS_OK;
}

/* ---- one article ---- */

static bool enough(const struct replay *replay)
{
    return replay->limit > 0 && replay->found == replay->limit;
}

static enum status send_one(struct replay *replay, const struct envelope *envelope,
                            struct slice original, struct fault *fault)
{
    replay->found++;
    if (!replay->resend)
        return STATUS_OK;
    return resend_article(replay->resend, envelope, original, fault);
}

static void say_refused(void *user, const struct uuid *key, const struct reply *reply)
{
    char text[UUID_TEXT_BYTES];
    (void)user;
    uuid_format(key, text);
    (void)fprintf(stderr, "newsmill replay: %s: %.*s: %.*s\n", text, (int)reply->error.len,
                  reply->error.data, (int)reply->message.len, reply->message.data);
}

/* ---- from the database ---- */

/* Ends the walk when there is enough: not a failure. */
#define ENOUGH STATUS_REJECT

static enum status take_stored(void *user, const struct stored_article *article,
                               struct fault *fault)
{
    struct replay *replay = user;
    const struct envelope envelope = {.key = article->key,
                                      .article = article->article,
                                      .content = article->content,
                                      .received_ms = article->received_ms,
                                      .replay = replay->how};
    if (article->current) {
        replay->current++;
        return STATUS_OK;
    }
    if (enough(replay))
        return ENOUGH;
    return send_one(replay, &envelope, article->original, fault);
}

static enum status from_database(struct replay *replay, struct fault *fault)
{
    struct stored *stored = NULL;
    struct place place;
    enum status status = place_database(replay->options, &place, fault);
    if (status == STATUS_OK)
        status = stored_open(place.database, &stored, fault);
    if (status == STATUS_OK)
        status = stored_walk(stored, &replay->filter, take_stored, replay, fault);
    stored_close(stored);
    return status == ENOUGH && enough(replay) ? STATUS_OK : status;
}

/* ---- from an archive ---- */

static bool is_named(const struct replay *replay, const struct uuid *article)
{
    const struct stored_filter *filter = &replay->filter;
    for (size_t i = 0; i < filter->article_count; i++)
        if (uuid_equal(&filter->articles[i], article))
            return true;
    return filter->article_count == 0;
}

static bool is_from(struct replay *replay, const struct article *article)
{
    struct slice source = article->source;
    if (!source.data && article->url.data)
        source = url_site(article->url, replay->arena);
    return !replay->filter.source.data ||
           (source.data && slice_equal(source, replay->filter.source));
}

/* False when it was not received then, or is another one. */
static bool is_chosen(const struct replay *replay, const struct envelope *envelope)
{
    const struct stored_filter *filter = &replay->filter;
    return envelope->received_ms < filter->until_ms &&
           (filter->since_ms == CLOCK_NONE || envelope->received_ms >= filter->since_ms) &&
           is_named(replay, &envelope->article);
}

static enum status take_archived(struct replay *replay, struct slice packed, struct slice original,
                                 struct fault *fault)
{
    struct envelope envelope;
    struct article article;
    arena_reset(replay->arena);
    if (envelope_decode(packed, &replay->reader, &envelope, replay->arena, fault) != STATUS_OK ||
        envelope.refused_code.data) {
        replay->unreadable++;
        return STATUS_OK;
    }
    envelope.replay = replay->how;
    if (!is_chosen(replay, &envelope))
        return STATUS_OK;
    if (article_decode(original, &replay->reader, &article, replay->arena, fault) != STATUS_OK) {
        replay->unreadable++;
        return STATUS_OK;
    }
    if (!is_from(replay, &article))
        return STATUS_OK;
    envelope_complete(&envelope, &article, replay->arena); /* a journal need not have it */
    return send_one(replay, &envelope, original, fault);
}

static enum status from_archive(struct replay *replay, const char *folder, struct fault *fault)
{
    struct archive *archive = NULL;
    struct slice envelope, original;
    enum status status = archive_open(folder, &archive, fault);
    while (status == STATUS_OK && !enough(replay)) {
        status = archive_next(archive, &envelope, &original, fault);
        if (status == STATUS_OK)
            status = take_archived(replay, envelope, original, fault);
    }
    if (archive && archive_progress(archive).damaged > 0)
        (void)fprintf(stderr, "newsmill replay: %" PRIu64 " damaged places were skipped\n",
                      archive_progress(archive).damaged);
    archive_close(archive);
    return status == STATUS_RETRY ? STATUS_OK : status; /* the end */
}

/* ---- the command ---- */

static enum status open_replay(struct replay *replay, struct fault *fault)
{
    struct place place;
    const struct resend_options resend = {
        .options = replay->options, .work = place.work, .refused = say_refused};
    replay->arena = arena_new(ARENA_BYTES);
    if (!replay->arena)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory to read articles");
    if (!replay->filter.messages)
        return STATUS_OK;
    enum status status = place_work(replay->options, &place, fault);
    return status == STATUS_OK ? resend_new(&resend, &replay->resend, fault) : status;
}

static int summary(const struct replay *replay, int64_t started_ms)
{
    if (!replay->resend) {
        (void)printf("would replay %" PRIu64 "; %" PRIu64 " are of this version (%s) already\n",
                     replay->found, replay->current, replay->version.data);
        return EXIT_DONE;
    }
    struct resend_counts counts = resend_counts(replay->resend);
    (void)fprintf(stderr,
                  "newsmill replay: %" PRIu64 " sent, %" PRIu64 " of this version already, %" PRIu64
                  " refused, %.1f s\n",
                  counts.sent, replay->current, counts.refused,
                  (double)(clock_steady_ms() - started_ms) / 1000);
    return counts.refused ? EXIT_REFUSED : EXIT_DONE;
}

int replay_main(const struct options *options)
{
    struct replay replay = {.options = options};
    struct fault fault, last;
    int64_t started_ms = clock_steady_ms();
    const char *archive = options_text(options, "from-archive");
    pack_reader_init(&replay.reader);
    enum status status = read_options(&replay, &fault);
    if (status == STATUS_OK)
        status = check(&replay, &fault);
    if (status == STATUS_OK)
        status = open_replay(&replay, &fault);
    if (status == STATUS_OK)
        status = archive ? from_archive(&replay, archive, &fault) : from_database(&replay, &fault);
    enum status finished = replay.resend ? resend_finish(replay.resend, &last) : STATUS_OK;
    if (status == STATUS_OK && finished != STATUS_OK) {
        status = finished;
        fault = last;
    }
    int code = status == STATUS_OK ? summary(&replay, started_ms) : command_failed(&fault);
    resend_free(replay.resend);
    pack_reader_deinit(&replay.reader);
    arena_free(replay.arena);
    free(replay.articles);
    return code;
}
