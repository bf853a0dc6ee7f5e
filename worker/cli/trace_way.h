/* The way of one article: what is known of it from anywhere, in the order of time.
 *
 * Events are JSON objects: {"role", "message", …}. One owner. */
#ifndef NEWSMILL_WORKER_CLI_TRACE_WAY_H
#define NEWSMILL_WORKER_CLI_TRACE_WAY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/slice.h"
#include "common/uuid.h"

#define TRACE_EVENTS_MAX   10000
#define TRACE_ARTICLES_MAX 64 /* that one identifier of a producer may mean */

struct trace_event {
    int64_t time_ms;
    unsigned rank;  /* of those of one millisecond: in the order of the way */
    size_t arrival; /* then as they came */
    json_t *fields;
};
struct trace_way {
    struct slice name; /* what was asked for: an article, a key, or the identifier of a producer */
    char articles[TRACE_ARTICLES_MAX][UUID_TEXT_BYTES];
    size_t article_count;
    bool by_key; /* the name is the key of one acceptance: only that is shown */
    struct trace_event *events;
    size_t count, capacity;
    size_t left_out; /* beyond TRACE_EVENTS_MAX */
};

void trace_way_init(struct trace_way *way, struct slice name);
void trace_way_deinit(struct trace_way *way);

/* An article that the name means, if it is not known yet. */
void trace_way_article(struct trace_way *way, const char *article);
bool trace_way_has(const struct trace_way *way, const char *article);
/* Takes `fields` (NULL: nothing). What is about another acceptance than the key asked for is left
 * out. */
void trace_way_add(struct trace_way *way, int64_t time_ms, json_t *fields);
/* Puts them in order. What the database says of an acceptance goes where a trail says it too. */
void trace_way_sort(struct trace_way *way);

/* What became of its last acceptance. */
struct trace_end {
    const char *outcome; /* "stored", "duplicate", "dead"; NULL: in flight, as far as is known */
    int64_t begun_ms;    /* when it was accepted */
    int64_t took_ms;     /* until it was done; -1: not known */
    int64_t analysis_us, commit_us; /* of that; -1: not known */
};
struct trace_end trace_way_end(const struct trace_way *way);

/* After sorting: lines for people, as of `now_ms`; one object for programs. */
void trace_way_print(const struct trace_way *way, int64_t now_ms, FILE *out);
json_t *trace_way_json(const struct trace_way *way);

#endif
