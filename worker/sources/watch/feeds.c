/* Feeds: when they are due, and what comes of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/backoff.h"
#include "common/clock.h"
#include "common/log.h"
#include "proto/limits.h"
#include "worker/sources/feed.h"
#include "worker/sources/watch/state.h"

/* ---- when ---- */

static int64_t every_ms(const struct watch *watch, const struct watched *feed)
{
    return feed->line->every_ms ? feed->line->every_ms : watch->options.every_ms;
}

static void write_feed(struct watch *watch, struct watched *feed)
{
    if (memory_write_feed(watch->memory, &feed->id, &feed->known) != STATUS_OK &&
        watch->fault.status == STATUS_OK)
        (void)fault_set(&watch->fault, STATUS_FATAL, "state-file", "cannot write the state file");
}

/* With --once every feed is read, except those that asked for a pause that is not over. */
static bool is_due(const struct watch *watch, const struct watched *feed, int64_t wall_ms)
{
    if (feed->busy || (watch->options.once && feed->fetched))
        return false;
    bool paused = feed->known.next_ms > wall_ms;
    return !paused || (watch->options.once && !feed->known.paused);
}

void feeds_start_due(struct watch *watch, int64_t wall_ms)
{
    for (size_t i = 0; i < watch->feed_count; i++) {
        struct watched *feed = &watch->feeds[i];
        if (watch->task_count >= WATCH_TASKS_MAX / 2 || watch->task_bytes >= WATCH_TASK_BYTES / 2)
            return;
        if (!is_due(watch, feed, wall_ms))
            continue;
        feed->busy = feed->fetched = true;
        feed->incomplete = false;
        feed->pending = 0;
        if (!task_add(watch, TASK_FEED, feed->line->url, feed, NULL))
            feed_failed(watch, feed, feed->line->url, "too-many-hosts", "no room for its host", -1);
    }
}

bool feeds_are_done(const struct watch *watch)
{
    int64_t wall_ms = clock_wall_ms();
    for (size_t i = 0; i < watch->feed_count; i++)
        if (watch->feeds[i].busy || is_due(watch, &watch->feeds[i], wall_ms))
            return false;
    return true;
}

/* All that the last answer brought is through. Only now may the feed be asked whether it has
 * changed since: an item that was lost on the way would never come again. */
static void complete(struct watch *watch, struct watched *feed)
{
    if (!feed->incomplete) {
        (void)snprintf(feed->known.etag, sizeof feed->known.etag, "%s", feed->etag);
        (void)snprintf(feed->known.modified, sizeof feed->known.modified, "%s", feed->modified);
    }
    feed->known.next_ms = feed->next_ms;
    write_feed(watch, feed);
    if (memory_trim(watch->memory, &feed->id, clock_wall_ms()) != STATUS_OK)
        log_warn("state not trimmed", log_text("feed", feed->line->url));
    feed->busy = false;
}

void feed_item_done(struct watch *watch, struct watched *feed, bool learned)
{
    feed->incomplete |= !learned;
    if (--feed->pending == 0)
        complete(watch, feed);
}

void feed_failed(struct watch *watch, struct watched *feed, const char *url, const char *code,
                 const char *why, int64_t retry_after_ms)
{
    struct backoff backoff = {.base_ms = every_ms(watch, feed),
                              .cap_ms = WATCH_BACKOFF_CAP_MS,
                              .failures = (unsigned)feed->known.failures};
    int64_t pause_ms = backoff_next(&backoff, backoff_random());
    if (retry_after_ms > pause_ms)
        pause_ms = retry_after_ms;
    struct log_field fields[] = {log_text("feed", feed->line->url),
                                 log_text("code", code),
                                 log_text("why", why),
                                 log_int("again_s", pause_ms / 1000),
                                 log_text(strcmp(url, feed->line->url) ? "at" : NULL, url),
                                 {.key = NULL}};
    log_write(LOG_WARN, "feed failed", fields);
    watch->counts.failed++;
    feed->known.failures = (int)(backoff.failures < 30 ? backoff.failures : 30);
    feed->known.next_ms = clock_wall_ms() + pause_ms;
    feed->known.paused = retry_after_ms >= 0;
    write_feed(watch, feed);
    feed->busy = false;
}

/* ---- what ---- */

/* The same article in the feed's eyes: its identifier, else its link, else its title. */
static struct uuid id_of(const struct feed_item *item)
{
    struct slice parts[] = {SLICE_LITERAL("item"), item->guid.len  ? item->guid
                                                   : item->url.len ? item->url
                                                                   : item->title};
    return uuid_hash(parts, 2);
}

/* Another title or date of change: the article has been edited, and is fetched again. */
static uint32_t version_of(const struct feed_item *item)
{
    struct slice parts[] = {item->title,
                            {(const char *)&item->updated_ms, sizeof item->updated_ms}};
    struct uuid hash = uuid_hash(parts, 2);
    uint32_t version;
    memcpy(&version, hash.bytes, sizeof version);
    return version;
}

static struct item *item_new(struct watch *watch, struct watched *feed,
                             const struct feed_item *from, struct slice feed_title)
{
    struct fault fault;
    buffer_clear(&watch->out);
    if (feed_item_article(from, feed_title, &watch->out, &fault) != STATUS_OK ||
        buffer_failed(&watch->out))
        return NULL;
    struct slice packed = buffer_slice(&watch->out);
    struct item *item = calloc(1, sizeof *item);
    char *copy = item ? malloc(packed.len) : NULL;
    if (!copy) {
        free(item);
        return NULL;
    }
    memcpy(copy, packed.data, packed.len);
    *item = (struct item){feed, id_of(from), version_of(from), {copy, packed.len}};
    watch->task_bytes += packed.len;
    return item;
}

/* What is new becomes a task. False: there is no room for it in this round. */
static bool take_item(struct watch *watch, struct watched *feed, const struct feed_item *from,
                      struct slice feed_title)
{
    struct uuid id = id_of(from);
    if (memory_knows(watch->memory, &feed->id, &id, version_of(from), clock_wall_ms()))
        return true;
    if (feed->pending > watch->options.items || watch->task_count >= WATCH_TASKS_MAX ||
        watch->task_bytes >= WATCH_TASK_BYTES)
        return false;
    char url[LIMIT_URL_BYTES + 1];
    (void)snprintf(url, sizeof url, "%.*s", (int)from->url.len,
                   from->url.len ? from->url.data : "");
    struct item *item = item_new(watch, feed, from, feed_title);
    if (!item)
        return false;
    feed->pending++;
    bool page = feed->line->pages && from->url.len;
    if ((page && task_add(watch, TASK_PAGE, url, feed, item)) || task_add_item(watch, item))
        return true;
    item_postpone(watch, item);
    return false;
}

/* Reads the items of `body`. */
static enum status read_items(struct watch *watch, struct watched *feed, struct feed *parser,
                              struct slice body, struct fault *fault)
{
    struct feed_item item;
    enum status status = STATUS_OK;
    for (bool last = false; status == STATUS_OK && !last;) {
        size_t step = body.len < FEED_PUSH_BYTES ? body.len : FEED_PUSH_BYTES;
        last = step == body.len;
        status = feed_push(parser, slice_sub(body, 0, step), last, fault);
        body = slice_sub(body, step, body.len);
        while (feed_next(parser, &item)) {
            if (!item.language.data)
                item.language = feed_language(parser);
            feed->incomplete |= !take_item(watch, feed, &item, feed_title(parser));
        }
    }
    return status;
}

static void keep_validators(struct watched *feed, const struct fetch_result *result)
{
    (void)snprintf(feed->etag, sizeof feed->etag, "%s", result->etag);
    (void)snprintf(feed->modified, sizeof feed->modified, "%s", result->modified);
    feed->known.etag[0] = feed->known.modified[0] = '\0';
}

void feed_arrived(struct watch *watch, struct watched *feed, const char *url,
                  const struct fetch_result *result)
{
    struct feed *parser = NULL;
    struct fault fault = {.code = ""};
    struct slice body = result->body.data ? result->body : SLICE_LITERAL("");
    enum status status = STATUS_OK;
    feed->pending = 1; /* this reading itself: no item completes the feed before it is over */
    if (result->status == 200) {
        keep_validators(feed, result);
        status = feed_new(slice_from(url), &parser, &fault);
        if (status == STATUS_OK)
            status = read_items(watch, feed, parser, body, &fault);
        feed_free(parser);
    }
    if (status != STATUS_OK && feed->pending == 1) {
        feed_failed(watch, feed, url, fault.code, fault.message, -1);
        return;
    }
    if (status != STATUS_OK)
        log_warn("feed read in part", log_text("feed", feed->line->url),
                 log_text("code", fault.code));
    watch->counts.feeds++;
    watch->counts.unchanged += result->status == 304;
    if (result->status == 304) {
        (void)snprintf(feed->etag, sizeof feed->etag, "%s", feed->known.etag);
        (void)snprintf(feed->modified, sizeof feed->modified, "%s", feed->known.modified);
    }
    feed->known.failures = 0;
    feed->known.paused = false;
    feed->known.next_ms = 0;
    feed->next_ms = clock_wall_ms() + every_ms(watch, feed);
    if (feed->pending > 1)
        write_feed(watch, feed); /* without validators, until all is pushed */
    feed_item_done(watch, feed, status == STATUS_OK);
}
