/* From a page to an article to its acknowledgement. */
#include <stdlib.h>
#include <strings.h>

#include "common/clock.h"
#include "common/log.h"
#include "proto/article.h"
#include "proto/limits.h"
#include "proto/url.h"
#include "worker/sources/http_message.h"
#include "worker/sources/page_url.h"
#include "worker/sources/watch/state.h"

void item_free(struct watch *watch, struct item *item)
{
    watch->task_bytes -= item->article.len;
    free((void *)(uintptr_t)item->article.data);
    free(item);
}

static void finish(struct watch *watch, struct item *item, bool learned)
{
    struct watched *feed = item->feed;
    if (learned && memory_learn(watch->memory, &feed->id, &item->id, item->version,
                                clock_wall_ms()) != STATUS_OK) {
        learned = false;
        if (watch->fault.status == STATUS_OK)
            (void)fault_set(&watch->fault, STATUS_FATAL, "state-file",
                            "cannot write the state file");
    }
    item_free(watch, item);
    feed_item_done(watch, feed, learned);
}

void item_postpone(struct watch *watch, struct item *item)
{
    finish(watch, item, false);
}

/* ---- the article ---- */

static void put_text(struct buffer *out, const char *key, struct slice text)
{
    pack_write_string(out, slice_from(key));
    pack_write_string(out, text);
}

/* What the feed says, and when and from where the page came. */
static void write_meta(const struct pack_object *feed_meta, struct slice url, const char *fetched,
                       struct buffer *out)
{
    char now[CLOCK_TEXT_BYTES];
    size_t count = feed_meta ? pack_count(feed_meta) : 0;
    bool moved = fetched && !slice_is(url, fetched);
    clock_format(clock_wall_ms(), now);
    pack_write_map(out, count + 1 + moved);
    for (size_t i = 0; i < count; i++) {
        pack_write_object(out, pack_key(feed_meta, i));
        pack_write_object(out, pack_value(feed_meta, i));
    }
    put_text(out, "fetched", slice_from(now));
    if (moved)
        put_text(out, "fetched_url", slice_from(fetched));
}

/* The page in the place of what the feed gives. */
static void take_page(struct watch *watch, struct article *article, const char *url,
                      const struct fetch_result *result)
{
    struct slice type = slice_from(result->content_type);
    article->url = page_url(result->body, slice_from(url), watch->arena);
    article->type = SLICE_LITERAL("text/html");
    article->charset = http_charset(type);
    article->body = result->body;
    article->body_is_binary = true;
}

/* Makes the article in `watch->out`. */
static enum status make_article(struct watch *watch, const struct item *item, const char *url,
                                const struct fetch_result *result, struct fault *fault)
{
    struct article article;
    struct buffer meta;
    arena_reset(watch->arena);
    enum status status =
        article_decode(item->article, &watch->reader, &article, watch->arena, fault);
    if (status != STATUS_OK)
        return status;
    if (result)
        take_page(watch, &article, url, result);
    if (item->feed->line->source)
        article.source = slice_from(item->feed->line->source);
    buffer_init(&meta, LIMIT_META_BYTES);
    write_meta(article.meta, article.url, url, &meta);
    article.meta = NULL;
    article.meta_packed = buffer_failed(&meta) ? SLICE_NULL : buffer_slice(&meta);
    buffer_clear(&watch->out);
    article_encode(&article, &watch->out);
    buffer_deinit(&meta);
    return buffer_failed(&watch->out)
               ? fault_set(fault, STATUS_REJECT, "message-too-long", "The article is too long.")
               : STATUS_OK;
}

static bool is_page(const struct fetch_result *result)
{
    struct slice type = http_media_type(slice_from(result->content_type));
    return result->body.len &&
           (!type.data || http_is(type, "text/html") || http_is(type, "application/xhtml+xml"));
}

/* Sites send readers of pages that are gone to their front page. */
static bool is_front(struct watch *watch, const struct item *item, const char *url)
{
    struct article article;
    arena_reset(watch->arena);
    return url_is_front(slice_from(url), watch->arena) &&
           article_decode(item->article, &watch->reader, &article, watch->arena, NULL) ==
               STATUS_OK &&
           !url_is_front(article.url, watch->arena);
}

/* ---- on its way ---- */

static void refused(struct watch *watch, struct item *item, struct slice code, struct slice message)
{
    log_warn("article refused", log_text("feed", item->feed->line->url), log_slice("code", code),
             log_slice("why", message));
    watch->counts.refused++;
    finish(watch, item, true); /* it would be refused again */
}

static uint64_t free_tag(const struct watch *watch)
{
    uint64_t tag = 0;
    while (tag < WATCH_WINDOW && watch->pushed[tag])
        tag++;
    return tag;
}

static void push(struct watch *watch, struct item *item, const char *url,
                 const struct fetch_result *result)
{
    struct fault fault = {.code = ""};
    uint64_t tag = free_tag(watch);
    enum status status = make_article(watch, item, url, result, &fault);
    if (status == STATUS_OK && tag < WATCH_WINDOW)
        status = client_push(watch->client, buffer_slice(&watch->out), tag, &fault);
    if (tag == WATCH_WINDOW || status == STATUS_RETRY || status == STATUS_FATAL)
        item_postpone(watch, item);
    else if (status == STATUS_REJECT)
        refused(watch, item, slice_from(fault.code), slice_from(fault.message));
    else
        watch->pushed[tag] = item;
}

void item_push(struct watch *watch, struct item *item, const char *url,
               const struct fetch_result *result)
{
    if (result && (!is_page(result) || is_front(watch, item, url)))
        item_without_page(watch, item, "not-a-page");
    else
        push(watch, item, url, result);
}

/* True when the feed gives more than a title. */
static bool has_body(struct watch *watch, const struct item *item)
{
    struct article article;
    arena_reset(watch->arena);
    return article_decode(item->article, &watch->reader, &article, watch->arena, NULL) ==
               STATUS_OK &&
           slice_trim(article.body).len > 0;
}

void item_without_page(struct watch *watch, struct item *item, const char *why)
{
    log_debug("no page", log_text("feed", item->feed->line->url), log_text("why", why));
    if (!has_body(watch, item)) {
        watch->counts.given_up++;
        finish(watch, item, true);
    } else if (!task_add_item(watch, item)) {
        item_postpone(watch, item);
    }
}

void pages_answered(void *user, uint64_t tag, const struct reply *reply)
{
    struct watch *watch = user;
    struct item *item = watch->pushed[tag];
    watch->pushed[tag] = NULL;
    if (reply->ok) {
        watch->counts.acknowledged++;
        watch->counts.duplicate += reply->duplicate;
        finish(watch, item, true);
    } else if (slice_is(reply->error, "no-answer")) {
        watch->counts.unanswered++;
        item_postpone(watch, item);
    } else {
        refused(watch, item, reply->error, reply->message);
    }
}
