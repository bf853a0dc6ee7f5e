/* A way for people, and for programs. What strangers wrote goes out without control characters. */
#include <inttypes.h>
#include <string.h>

#include "common/clock.h"
#include "worker/cli/clean.h"
#include "worker/cli/trace_way.h"

#define VALUE_SHOWN 200
#define TOOK_BYTES  64
#define ROLE_WIDTH  8

/* "0.4 ms", "12 ms", "3.25 s", "4 min 10 s", "2 h 5 min". */
static const char *duration(int64_t us, char out[TOOK_BYTES])
{
    if (us < 10000)
        (void)snprintf(out, TOOK_BYTES, "%.1f ms", (double)us / 1e3);
    else if (us < 1000000)
        (void)snprintf(out, TOOK_BYTES, "%" PRId64 " ms", us / 1000);
    else if (us < 120000000)
        (void)snprintf(out, TOOK_BYTES, "%.2f s", (double)us / 1e6);
    else if (us < INT64_C(3600000000))
        (void)snprintf(out, TOOK_BYTES, "%" PRId64 " min %" PRId64 " s", us / 60000000,
                       us / 1000000 % 60);
    else
        (void)snprintf(out, TOOK_BYTES, "%" PRId64 " h %" PRId64 " min", us / 3600000000,
                       us / 60000000 % 60);
    return out;
}

/* "2026-11-27 13:35:04.123", UTC. */
static const char *moment(int64_t ms, char out[CLOCK_TEXT_BYTES])
{
    clock_format(ms, out);
    out[10] = ' ';
    out[23] = '\0';
    return out;
}

static bool is_time(const char *key)
{
    size_t len = strlen(key);
    return strcmp(key, "us") == 0 || (len > 3 && strcmp(key + len - 3, "_us") == 0);
}

static void print_field(FILE *out, const char *key, const json_t *value)
{
    char took[TOOK_BYTES];
    if (json_is_integer(value) && is_time(key)) {
        const char *name = strcmp(key, "us") == 0 ? "took" : "of it";
        (void)fprintf(out, ", %s %s", name, duration(json_integer_value(value), took));
    } else if (json_is_integer(value)) {
        (void)fprintf(out, ", %s %" JSON_INTEGER_FORMAT, key, json_integer_value(value));
    } else if (json_string_length(value) > 0) {
        (void)fprintf(out, ", %s ", key);
        clean_print(out, (struct slice){json_string_value(value), json_string_length(value)},
                    VALUE_SHOWN);
    }
}

static const char *text_of(const struct trace_event *event, const char *key)
{
    const char *text = json_string_value(json_object_get(event->fields, key));
    return text ? text : "";
}

/* What is the same in every line is said once. */
struct alike {
    bool article, key;
};

static struct alike alike(const struct trace_way *way)
{
    struct alike alike = {way->article_count == 1, true};
    const char *first = "";
    for (size_t i = 0; i < way->count && alike.key; i++) {
        const char *key = text_of(&way->events[i], "key");
        if (*key && !*first)
            first = key;
        alike.key = !*key || strcmp(key, first) == 0;
    }
    return alike;
}

static bool is_shown(const struct alike *alike, const char *key)
{
    return strcmp(key, "role") != 0 && strcmp(key, "message") != 0 &&
           !(alike->article && strcmp(key, "article") == 0) &&
           !(alike->key && strcmp(key, "key") == 0);
}

static void print_event(FILE *out, const struct trace_event *event, int64_t before_ms,
                        const struct alike *alike)
{
    char time[CLOCK_TEXT_BYTES], after[TOOK_BYTES] = "";
    const char *key, *role = text_of(event, "role");
    json_t *value;
    if (event->time_ms > before_ms)
        (void)duration((event->time_ms - before_ms) * 1000, after);
    (void)fprintf(out, "%s %11s  ", moment(event->time_ms, time), after);
    clean_print(out, slice_from(role), VALUE_SHOWN);
    (void)fprintf(out, "%*s ", (int)(strlen(role) < ROLE_WIDTH ? ROLE_WIDTH - strlen(role) : 0),
                  "");
    clean_print(out, slice_from(text_of(event, "message")), VALUE_SHOWN);
    json_object_foreach(event->fields, key, value) if (is_shown(alike, key))
        print_field(out, key, value);
    (void)fputc('\n', out);
}

static void print_part(FILE *out, const char *name, int64_t us, int64_t *rest_us)
{
    char took[TOOK_BYTES];
    if (us < 0)
        return;
    (void)fprintf(out, ", %s %s", name, duration(us, took));
    *rest_us -= us;
}

static void print_end(const struct trace_way *way, int64_t now_ms, FILE *out)
{
    struct trace_end end = trace_way_end(way);
    char took[TOOK_BYTES];
    if (!end.outcome) {
        if (end.begun_ms > 0)
            (void)fprintf(out, "not finished, accepted %s ago\n",
                          duration((now_ms - end.begun_ms) * 1000, took));
        return;
    }
    int64_t rest_us = end.took_ms * 1000;
    (void)fprintf(out, "%s after %s", end.outcome, duration(rest_us, took));
    print_part(out, "analysis", end.analysis_us, &rest_us);
    print_part(out, "transaction", end.commit_us, &rest_us);
    if (end.analysis_us >= 0 && end.commit_us >= 0 && rest_us >= 0)
        (void)fprintf(out, ", waiting and travelling %s", duration(rest_us, took));
    (void)fputc('\n', out);
}

static void print_head(const struct trace_way *way, const struct alike *same, FILE *out)
{
    for (size_t i = 0; i < way->article_count; i++)
        (void)fprintf(out, "article %s\n", way->articles[i]);
    for (size_t i = 0; same->key && i < way->count; i++) {
        if (!*text_of(&way->events[i], "key"))
            continue;
        (void)fprintf(out, "key     %s\n", text_of(&way->events[i], "key"));
        break;
    }
    (void)fputc('\n', out);
}

void trace_way_print(const struct trace_way *way, int64_t now_ms, FILE *out)
{
    struct alike same = alike(way);
    print_head(way, &same, out);
    for (size_t i = 0; i < way->count; i++)
        print_event(out, &way->events[i], way->events[i > 0 ? i - 1 : 0].time_ms, &same);
    if (way->left_out > 0)
        (void)fprintf(out, "and %zu more\n", way->left_out);
    (void)fputc('\n', out);
    if (way->article_count == 1)
        print_end(way, now_ms, out);
}

static json_t *event_json(const struct trace_event *event)
{
    char time[CLOCK_TEXT_BYTES];
    json_t *object = json_object();
    clock_format(event->time_ms, time);
    if (!object || json_object_set_new(object, "time", json_string(time)) != 0 ||
        json_object_update(object, event->fields) != 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static json_t *known(int64_t number)
{
    return number < 0 ? json_null() : json_integer(number);
}

json_t *trace_way_json(const struct trace_way *way)
{
    struct trace_end end = trace_way_end(way);
    json_t *articles = json_array(), *events = json_array();
    for (size_t i = 0; i < way->article_count; i++)
        (void)json_array_append_new(articles, json_string(way->articles[i]));
    for (size_t i = 0; i < way->count; i++)
        (void)json_array_append_new(events, event_json(&way->events[i]));
    return json_pack("{s:s%, s:o, s:s?, s:o, s:o, s:o, s:o}", "name", way->name.data, way->name.len,
                     "articles", articles, "outcome", end.outcome, "took_ms", known(end.took_ms),
                     "analysis_us", known(end.analysis_us), "commit_us", known(end.commit_us),
                     "events", events);
}
