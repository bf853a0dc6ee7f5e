/* The parts of a running watch; for the files of this folder only.
 *
 *     feeds that are due ─▶ tasks ─▶ fetcher ─▶ feed: its items become tasks
 *                             ▲  (hosts say when)  page: an article is pushed ─▶ answered: learned
 *                             └────── robots.txt first, redirects, items
 *
 * One thread. Everything is bounded: tasks in number and bytes, transfers, articles in flight. */
#ifndef NEWSMILL_WORKER_SOURCES_WATCH_STATE_H
#define NEWSMILL_WORKER_SOURCES_WATCH_STATE_H

#include "common/buffer.h"
#include "common/uuid.h"
#include "proto/client.h"
#include "proto/pack.h"
#include "worker/sources/watch/feeds_file.h"
#include "worker/sources/watch/fetch.h"
#include "worker/sources/watch/hosts.h"
#include "worker/sources/watch/memory.h"

#define WATCH_WINDOW     64 /* articles in flight, and pages that may become one */
#define WATCH_TASKS_MAX  4096
#define WATCH_TASK_BYTES ((size_t)64 * 1024 * 1024) /* of items that wait, all together */
#define WATCH_REDIRECTS  5
#define WATCH_PATIENCE_MS                                                                          \
    60000 /* a host that wants a longer pause: the item waits for the next round */
#define WATCH_BACKOFF_CAP_MS (INT64_C(24) * 3600 * 1000)

/* A feed of the list. */
struct watched {
    const struct feed_line *line;
    struct uuid id;
    struct memory_feed known;
    bool busy;       /* it is being fetched, or its items are being pushed */
    bool fetched;    /* in this run: for --once */
    bool incomplete; /* some item has to come again: the next answer may not be "not modified" */
    unsigned pending;
    int64_t next_ms; /* as in memory_feed, once all is pushed; until then it is due at once */
    char etag[FETCH_VALIDATOR_BYTES], modified[FETCH_VALIDATOR_BYTES]; /* once all is pushed */
};

/* An item that is not pushed yet. */
struct item {
    struct watched *feed;
    struct uuid id;
    uint32_t version;
    struct slice article; /* as the feed gives it, encoded; owned */
};

/* TASK_ITEM fetches nothing: an item whose content the feed itself gives waits for room. */
enum task_kind { TASK_FEED, TASK_PAGE, TASK_ITEM, TASK_ROBOTS };

struct task {
    enum task_kind kind;
    struct task *next;
    char *url;
    struct host *host;    /* of `url`; taken */
    struct host *subject; /* of TASK_ROBOTS: whose robots.txt it is; taken */
    struct watched *feed;
    struct item *item; /* of TASK_PAGE and TASK_ITEM; owned */
    unsigned redirects;
};

struct watch_options {
    const char *to, *state, *user_agent;
    struct bus_security security;
    bool once, allow_private;
    int64_t every_ms, host_delay_ms, timeout_ms, give_up_ms;
    size_t parallel, items, fetch_bytes;
};

struct watch {
    struct watch_options options;
    struct watched *feeds;
    size_t feed_count;
    struct memory *memory;
    struct hosts hosts;
    struct fetcher *fetcher;
    struct client *client;
    struct item *pushed[WATCH_WINDOW]; /* by the article's tag */
    struct task *first, **last;        /* waiting */
    struct task *started;              /* being fetched */
    size_t task_count, task_bytes, running, pages_running;
    struct arena *arena; /* one page or item */
    struct pack_reader reader;
    struct buffer out;
    bool stopping;
    struct fault fault; /* the first that ends the watch; status OK: none */
    struct {
        uint64_t feeds, unchanged, failed, acknowledged, duplicate, refused, given_up, unanswered;
    } counts;
};

/* tasks.c: waiting, hosts, robots.txt, redirects */
/* NULL, and `item` is still the caller's, without memory or room for the host. */
struct task *task_add(struct watch *watch, enum task_kind kind, const char *url,
                      struct watched *feed, struct item *item);
bool task_add_item(struct watch *watch, struct item *item);
void task_free(struct watch *watch, struct task *task);
void tasks_start(struct watch *watch, int64_t now_ms);
void tasks_finish(struct watch *watch, struct task *task, struct fetch_result *result,
                  int64_t now_ms);

/* feeds.c: when feeds are due, what comes of them */
void feeds_start_due(struct watch *watch, int64_t wall_ms);
bool feeds_are_done(const struct watch *watch);
void feed_arrived(struct watch *watch, struct watched *feed, const char *url,
                  const struct fetch_result *result);
/* `retry_after_ms` as in fetch.h. */
void feed_failed(struct watch *watch, struct watched *feed, const char *url, const char *code,
                 const char *why, int64_t retry_after_ms);

/* One of its items is through: learned, or to come again. */
void feed_item_done(struct watch *watch, struct watched *feed, bool learned);

/* pages.c: from page to article to acknowledgement */
void item_free(struct watch *watch, struct item *item);
/* Pushes the page, or, with `result` NULL, what the feed itself gives. Takes `item`. */
void item_push(struct watch *watch, struct item *item, const char *url,
               const struct fetch_result *result);
/* The item comes again with the next round. Takes `item`. */
void item_postpone(struct watch *watch, struct item *item);
/* The page will never come: what the feed gives is pushed, or, where it gives no text, nothing.
 * Takes `item`. */
void item_without_page(struct watch *watch, struct item *item, const char *why);
void pages_answered(void *user, uint64_t tag, const struct reply *reply);

#endif
