/* What is to be fetched, and when: hosts, robots.txt, redirects. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "worker/sources/watch/state.h"

void task_free(struct watch *watch, struct task *task)
{
    hosts_release(task->host);
    hosts_release(task->subject);
    if (task->item)
        item_free(watch, task->item);
    free(task->url);
    free(task);
}

static void enqueue(struct watch *watch, struct task *task)
{
    task->next = NULL;
    *watch->last = task;
    watch->last = &task->next;
    watch->task_count++;
}

struct task *task_add(struct watch *watch, enum task_kind kind, const char *url,
                      struct watched *feed, struct item *item)
{
    struct task *task = calloc(1, sizeof *task);
    if (!task)
        return NULL;
    *task = (struct task){.kind = kind, .feed = feed};
    task->url = strdup(url);
    task->host = hosts_take(&watch->hosts, url);
    if (!task->url || !task->host) {
        task_free(watch, task);
        return NULL;
    }
    task->item = item;
    enqueue(watch, task);
    return task;
}

bool task_add_item(struct watch *watch, struct item *item)
{
    struct task *task = calloc(1, sizeof *task);
    if (!task)
        return false;
    *task = (struct task){.kind = TASK_ITEM, .item = item};
    enqueue(watch, task);
    return true;
}

/* ---- robots.txt ---- */

/* Fetches the host's robots.txt in the name of whoever asks first. */
static void start_robots(struct watch *watch, struct host *host)
{
    char url[512];
    if (snprintf(url, sizeof url, "%s/robots.txt", host->origin) >= (int)sizeof url)
        return;
    struct task *task = task_add(watch, TASK_ROBOTS, url, NULL, NULL);
    if (!task)
        return;
    task->subject = host;
    host->users++;
    host->asked = true;
}

static void robots_unreachable(struct task *task, bool for_good, const char *why, int64_t now_ms)
{
    task->subject->refused = for_good;
    (void)snprintf(task->subject->why, sizeof task->subject->why,
                   "its robots.txt cannot be reached: %.100s", why);
    host_set_robots(task->subject, HOST_ROBOTS_UNREACHABLE, NULL, now_ms + HOST_ROBOTS_AGAIN_MS);
    task->subject->asked = false;
}

/* RFC 9309 section 2.3.1: a 4xx is no robots.txt; 429 asks for less, as a 5xx does. */
static void robots_arrived(struct task *task, const struct fetch_result *result, int64_t now_ms)
{
    bool there = result->status >= 200 && result->status < 300;
    bool none = result->status >= 400 && result->status < 500 && result->status != 429;
    char why[64];
    struct robots *robots = there ? robots_parse(result->body) : NULL;
    if (none || robots) {
        host_set_robots(task->subject, HOST_ROBOTS_KNOWN, robots, now_ms + HOST_ROBOTS_KEPT_MS);
        task->subject->asked = false;
        return;
    }
    (void)snprintf(why, sizeof why, "status %d", result->status);
    robots_unreachable(task, result->status == 0 && result->fault.status == STATUS_REJECT,
                       result->status ? why : result->fault.message, now_ms);
}

/* ---- ends that are no arrival ---- */

/* For now: the feed is asked again later, the item comes with the next round. */
static void put_off(struct watch *watch, struct task *task, const char *code, const char *why,
                    int64_t retry_after_ms)
{
    if (task->kind == TASK_ROBOTS) {
        robots_unreachable(task, false, why, clock_steady_ms());
    } else if (task->kind == TASK_FEED) {
        feed_failed(watch, task->feed, task->url, code, why, retry_after_ms);
    } else if (task->kind == TASK_PAGE) {
        log_debug("page put off", log_text("url", task->url), log_text("code", code),
                  log_text("why", why));
        item_postpone(watch, task->item);
        task->item = NULL;
    }
    task_free(watch, task);
}

/* For good. */
static void give_up(struct watch *watch, struct task *task, const char *code, const char *why)
{
    if (task->kind == TASK_ROBOTS) {
        robots_unreachable(task, true, why, clock_steady_ms());
    } else if (task->kind == TASK_FEED) {
        feed_failed(watch, task->feed, task->url, code, why, -1);
    } else if (task->kind == TASK_PAGE) {
        log_debug("page given up", log_text("url", task->url), log_text("code", code),
                  log_text("why", why));
        item_without_page(watch, task->item, code);
        task->item = NULL;
    }
    task_free(watch, task);
}

/* ---- starting ---- */

enum readiness { WAIT, START, PUT_OFF, DENIED };

/* Whether the task may start now; robots.txt is asked for on the way. */
static enum readiness readiness(struct watch *watch, struct task *task, int64_t now_ms)
{
    struct host *host = task->host;
    bool article = task->kind == TASK_PAGE || task->kind == TASK_ITEM;
    if (article && watch->pages_running + client_in_flight(watch->client) >= WATCH_WINDOW)
        return WAIT; /* no room for another */
    if (task->kind == TASK_ITEM)
        return START;
    if (host->ready_ms - now_ms > WATCH_PATIENCE_MS)
        return PUT_OFF;
    bool ask = task->kind == TASK_PAGE || (task->kind == TASK_FEED && task->feed->line->robots);
    if (ask && host_robots(host, now_ms) == HOST_ROBOTS_UNKNOWN) {
        if (!host->asked)
            start_robots(watch, host);
        return WAIT;
    }
    if (ask && host_robots(host, now_ms) == HOST_ROBOTS_UNREACHABLE)
        return host->refused ? DENIED : PUT_OFF;
    if (ask && !host_allows(host, task->url))
        return DENIED;
    return host->busy || host->ready_ms > now_ms ? WAIT : START;
}

static void start(struct watch *watch, struct task *task)
{
    if (task->kind == TASK_ITEM) {
        item_push(watch, task->item, NULL, NULL);
        task->item = NULL;
        task_free(watch, task);
        return;
    }
    bool feed = task->kind == TASK_FEED, robots = task->kind == TASK_ROBOTS;
    struct fetch_request request = {.url = task->url,
                                    .etag = feed ? task->feed->known.etag : NULL,
                                    .modified = feed ? task->feed->known.modified : NULL,
                                    .max_bytes =
                                        robots ? ROBOTS_BYTES + 1 : watch->options.fetch_bytes,
                                    .cut = robots};
    struct fault fault;
    if (fetcher_start(watch->fetcher, &request, task, &fault) != STATUS_OK) {
        give_up(watch, task, fault.code, fault.message);
        return;
    }
    task->host->busy = true;
    task->next = watch->started;
    watch->started = task;
    watch->running++;
    watch->pages_running += task->kind == TASK_PAGE;
}

/* robots.txt or the host itself says no, for now or for good. */
static void refuse(struct watch *watch, struct task *task, enum readiness ready, int64_t now_ms)
{
    bool unreachable = host_robots(task->host, now_ms) == HOST_ROBOTS_UNREACHABLE;
    const char *why = unreachable       ? task->host->why
                      : ready == DENIED ? "robots.txt does not allow it"
                                        : "the host asked for a longer pause";
    if (ready == DENIED)
        give_up(watch, task, unreachable ? "host-refused" : "robots-denied", why);
    else
        put_off(watch, task, unreachable ? "robots-unreachable" : "host-waits", why,
                unreachable ? -1 : task->host->ready_ms - now_ms);
}

void tasks_start(struct watch *watch, int64_t now_ms)
{
    struct task **at = &watch->first;
    while (*at && watch->running < watch->options.parallel) {
        struct task *task = *at;
        enum readiness ready = watch->stopping ? WAIT : readiness(watch, task, now_ms);
        if (ready == WAIT) {
            at = &task->next;
            continue;
        }
        *at = task->next;
        if (watch->last == &task->next)
            watch->last = at;
        watch->task_count--;
        if (ready == START)
            start(watch, task);
        else
            refuse(watch, task, ready, now_ms);
    }
}

/* ---- finishing ---- */

static bool is_redirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* The task goes on at another URL, whose host has to be asked too. False: it does not. */
static bool redirect(struct watch *watch, struct task *task, const struct fetch_result *result)
{
    if (!result->location || task->redirects == WATCH_REDIRECTS)
        return false;
    struct host *host = hosts_take(&watch->hosts, result->location);
    char *url = host ? strdup(result->location) : NULL;
    if (!url) {
        hosts_release(host);
        return false;
    }
    hosts_release(task->host);
    free(task->url);
    task->host = host;
    task->url = url;
    task->redirects++;
    enqueue(watch, task);
    return true;
}

static bool is_busy_status(int status)
{
    return status == 429 || status == 408 || status == 425 || status >= 500;
}

static void finish_page(struct watch *watch, struct task *task, const struct fetch_result *result)
{
    char why[64];
    (void)snprintf(why, sizeof why, "status-%d", result->status);
    if (result->status == 200) {
        item_push(watch, task->item, task->url, result);
        task->item = NULL;
        task_free(watch, task);
    } else if (is_busy_status(result->status)) {
        put_off(watch, task, why, "the host cannot answer now", result->retry_after_ms);
    } else {
        give_up(watch, task, why, "the host does not give it");
    }
}

static void finish_feed(struct watch *watch, struct task *task, const struct fetch_result *result)
{
    char why[64];
    (void)snprintf(why, sizeof why, "status-%d", result->status);
    if (result->status == 200 || result->status == 304)
        feed_arrived(watch, task->feed, task->url, result);
    else
        feed_failed(watch, task->feed, task->url, why, "the host does not give it",
                    result->retry_after_ms);
    task_free(watch, task);
}

static void take_out(struct task **list, const struct task *task)
{
    while (*list != task)
        list = &(*list)->next;
    *list = task->next;
}

void tasks_finish(struct watch *watch, struct task *task, struct fetch_result *result,
                  int64_t now_ms)
{
    struct host *host = task->host;
    take_out(&watch->started, task);
    int64_t pause_ms = watch->options.host_delay_ms;
    if (host->robots && robots_delay_ms(host->robots) > pause_ms)
        pause_ms = robots_delay_ms(host->robots);
    if (result->retry_after_ms > pause_ms)
        pause_ms = result->retry_after_ms;
    host->busy = false;
    host->ready_ms = now_ms + pause_ms;
    watch->running--;
    watch->pages_running -= task->kind == TASK_PAGE;
    if (is_redirect(result->status) && redirect(watch, task, result))
        return;
    if (task->kind == TASK_ROBOTS) {
        robots_arrived(task, result, now_ms);
        task_free(watch, task);
    } else if (is_redirect(result->status)) {
        give_up(watch, task, "redirects", "it redirects too often or to what cannot be fetched");
    } else if (result->status == 0 && result->fault.status == STATUS_REJECT) {
        give_up(watch, task, result->fault.code, result->fault.message);
    } else if (result->status == 0) {
        put_off(watch, task, result->fault.code, result->fault.message, -1);
    } else if (task->kind == TASK_FEED) {
        finish_feed(watch, task, result);
    } else {
        finish_page(watch, task, result);
    }
}
