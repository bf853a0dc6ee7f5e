/* Gathering events, and putting them in order. */
#include "worker/cli/trace_way.h"

#include <stdlib.h>
#include <string.h>

/* What may happen within one millisecond, in this order. */
static const char *const order[] = {"received",   "accepted", "accepted again", "duplicate",
                                    "to analyze", "analysed", "not analysed",   "put back",
                                    "refused",    "to store", "row written",    "dead letter",
                                    "committed",  "finished"};
#define ORDER (sizeof order / sizeof *order)

void trace_way_init(struct trace_way *way, struct slice name)
{
    *way = (struct trace_way){.name = name};
}

void trace_way_deinit(struct trace_way *way)
{
    for (size_t i = 0; i < way->count; i++)
        json_decref(way->events[i].fields);
    free(way->events);
    *way = (struct trace_way){.count = 0};
}

bool trace_way_has(const struct trace_way *way, const char *article)
{
    for (size_t i = 0; i < way->article_count; i++)
        if (strcmp(way->articles[i], article) == 0)
            return true;
    return false;
}

void trace_way_article(struct trace_way *way, const char *article)
{
    size_t len = strlen(article);
    if (trace_way_has(way, article) || way->article_count == TRACE_ARTICLES_MAX ||
        len >= UUID_TEXT_BYTES)
        return;
    memcpy(way->articles[way->article_count++], article, len + 1);
}

static const char *text_of(const json_t *fields, const char *key)
{
    const char *text = json_string_value(json_object_get(fields, key));
    return text ? text : "";
}

static unsigned rank_of(const json_t *fields)
{
    const char *message = text_of(fields, "message");
    if (strcmp(message, "delivered") == 0)
        message = strcmp(text_of(fields, "to"), "store") == 0 ? "to store" : "to analyze";
    for (unsigned i = 0; i < ORDER; i++)
        if (strcmp(message, order[i]) == 0)
            return i;
    return ORDER;
}

static bool make_room(struct trace_way *way)
{
    if (way->count < way->capacity)
        return true;
    size_t capacity = way->capacity ? way->capacity * 2 : 64;
    struct trace_event *bigger = realloc(way->events, capacity * sizeof *bigger);
    if (!bigger)
        return false;
    way->events = bigger;
    way->capacity = capacity;
    return true;
}

void trace_way_add(struct trace_way *way, int64_t time_ms, json_t *fields)
{
    const char *key = text_of(fields, "key");
    if (!fields || (way->by_key && !slice_is(way->name, key))) {
        json_decref(fields);
        return;
    }
    if (way->count == TRACE_EVENTS_MAX || !make_room(way)) {
        way->left_out++;
        json_decref(fields);
        return;
    }
    way->events[way->count] = (struct trace_event){
        .time_ms = time_ms, .rank = rank_of(fields), .arrival = way->count, .fields = fields};
    way->count++;
}

static bool is_accepted(const struct trace_way *way, const char *key)
{
    for (size_t i = 0; i < way->count; i++)
        if (strcmp(text_of(way->events[i].fields, "message"), "accepted") == 0 &&
            strcmp(text_of(way->events[i].fields, "key"), key) == 0)
            return true;
    return false;
}

static void drop_repeated(struct trace_way *way)
{
    size_t kept = 0;
    for (size_t i = 0; i < way->count; i++) {
        json_t *fields = way->events[i].fields;
        if (strcmp(text_of(fields, "message"), "received") == 0 &&
            is_accepted(way, text_of(fields, "key")))
            json_decref(fields);
        else
            way->events[kept++] = way->events[i];
    }
    way->count = kept;
}

static int compare(const void *left, const void *right)
{
    const struct trace_event *a = left, *b = right;
    if (a->time_ms != b->time_ms)
        return a->time_ms < b->time_ms ? -1 : 1;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    return a->arrival < b->arrival ? -1 : a->arrival > b->arrival;
}

void trace_way_sort(struct trace_way *way)
{
    drop_repeated(way);
    if (way->count > 0)
        qsort(way->events, way->count, sizeof *way->events, compare);
}

/* ---- the end ---- */

static bool begins(const char *message)
{
    static const char *const words[] = {"received", "accepted", "accepted again"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(message, words[i]) == 0)
            return true;
    return false;
}

/* The outcome that an event tells; NULL when it tells none. */
static const char *outcome_of(const json_t *fields)
{
    const char *message = text_of(fields, "message");
    if (strcmp(message, "committed") == 0 || strcmp(message, "finished") == 0)
        return text_of(fields, "outcome");
    if (strcmp(message, "row written") == 0)
        return "stored";
    return strcmp(message, "dead letter") == 0 ? "dead" : NULL;
}

static int64_t us_of(const json_t *fields)
{
    const json_t *us = json_object_get(fields, "us");
    return json_is_integer(us) ? json_integer_value(us) : -1;
}

static void take_event(struct trace_end *end, const struct trace_event *event)
{
    const char *message = text_of(event->fields, "message");
    const char *outcome = outcome_of(event->fields);
    if (strcmp(message, "analysed") == 0)
        end->analysis_us = us_of(event->fields);
    if (strcmp(message, "committed") == 0)
        end->commit_us = us_of(event->fields);
    if (!outcome)
        return;
    /* It is done when storage has committed it; ingest hears of that later. */
    if (end->took_ms < 0 || strcmp(message, "committed") == 0)
        end->took_ms = event->time_ms - end->begun_ms;
    if (!end->outcome || strcmp(message, "committed") == 0)
        end->outcome = outcome;
}

struct trace_end trace_way_end(const struct trace_way *way)
{
    struct trace_end end = {.took_ms = -1, .analysis_us = -1, .commit_us = -1};
    size_t first = way->count;
    while (first > 0 && !begins(text_of(way->events[first - 1].fields, "message")))
        first--;
    if (first == 0)
        return end;
    const char *key = text_of(way->events[first - 1].fields, "key");
    end.begun_ms = way->events[first - 1].time_ms;
    for (size_t i = first; i < way->count; i++)
        if (strcmp(text_of(way->events[i].fields, "key"), key) == 0)
            take_event(&end, &way->events[i]);
    return end;
}
