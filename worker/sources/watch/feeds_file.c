/* Reading the list of feeds. */
#include "worker/sources/watch/feeds_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "proto/url.h"

#define EVERY_MIN_MS 1000
#define EVERY_MAX_MS (INT64_C(7) * 24 * 3600 * 1000)
#define SPACES       " \t\r\n"

void feeds_file_free(struct feed_line *lines, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(lines[i].url);
        free(lines[i].source);
    }
    free(lines);
}

/* "30s", "5m", "2h". */
static bool parse_every(const char *text, int64_t *ms)
{
    char *end;
    errno = 0;
    long number = strtol(text, &end, 10);
    int64_t unit = *end == 's' ? 1000 : *end == 'm' ? 60000 : *end == 'h' ? 3600000 : 0;
    if (errno || end == text || unit == 0 || end[1] || number < 1 || number > 1000000)
        return false;
    *ms = number * unit;
    return *ms >= EVERY_MIN_MS && *ms <= EVERY_MAX_MS;
}

static bool parse_yes(const char *text, bool *out)
{
    *out = strcmp(text, "yes") == 0;
    return *out || strcmp(text, "no") == 0;
}

static bool take_option(struct feed_line *line, char *word)
{
    char *value = strchr(word, '=');
    if (!value)
        return false;
    *value++ = '\0';
    if (strcmp(word, "every") == 0)
        return parse_every(value, &line->every_ms);
    if (strcmp(word, "pages") == 0)
        return parse_yes(value, &line->pages);
    if (strcmp(word, "robots") == 0)
        return parse_yes(value, &line->robots);
    if (strcmp(word, "source") != 0 || !*value || line->source)
        return false;
    line->source = strdup(value);
    return line->source != NULL;
}

static bool is_web(const char *url)
{
    struct arena *arena = arena_new((size_t)128 * 1024);
    bool web = arena && url_is_web(slice_from(url), arena);
    arena_free(arena);
    return web;
}

/* Fills `line`; `*wrong` is what is wrong with it. False for a line without a feed. */
static bool parse_line(char *text, struct feed_line *line, const char **wrong)
{
    char *rest, *word = strtok_r(text, SPACES, &rest);
    if (!word || *word == '#')
        return false;
    *line = (struct feed_line){.pages = true, .robots = true};
    if (!is_web(word))
        *wrong = "is no http or https URL";
    line->url = strdup(word);
    while (!*wrong && (word = strtok_r(NULL, SPACES, &rest)) && *word != '#')
        if (!take_option(line, word))
            *wrong = "has an option that is not every=5m, source=NAME, pages=no or robots=no";
    if (!*wrong && !line->url)
        *wrong = "finds no memory";
    return true;
}

static int by_url(const void *a, const void *b)
{
    return strcmp((*(const struct feed_line *const *)a)->url,
                  (*(const struct feed_line *const *)b)->url);
}

/* True when a URL stands there twice: its state would be written twice. */
static bool has_copies(const struct feed_line *lines, size_t count)
{
    const struct feed_line **sorted = calloc(count + 1, sizeof *sorted);
    bool copies = false;
    for (size_t i = 0; sorted && i < count; i++)
        sorted[i] = &lines[i];
    if (sorted)
        qsort(sorted, count, sizeof *sorted, by_url);
    for (size_t i = 1; sorted && i < count && !copies; i++)
        copies = strcmp(sorted[i - 1]->url, sorted[i]->url) == 0;
    free(sorted);
    return copies;
}

static enum status refuse(const char *path, size_t number, const char *wrong, struct fault *fault)
{
    return fault_set(fault, STATUS_REJECT, "feeds-file", "%.100s: line %zu %s", path, number,
                     wrong);
}

static enum status read_lines(FILE *file, const char *path, struct feed_line *lines, size_t *count,
                              struct fault *fault)
{
    char *text = NULL;
    size_t room = 0, number = 0, total = 0;
    ssize_t len;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && (len = getline(&text, &room, file)) >= 0) {
        const char *wrong = NULL;
        struct feed_line line;
        number++;
        total += (size_t)len;
        if (!parse_line(text, &line, &wrong))
            continue;
        if (*count == FEEDS_MAX || total > FEEDS_FILE_BYTES)
            wrong = "is beyond the limit of 20,000 feeds or 16 MB";
        if (*count < FEEDS_MAX)
            lines[(*count)++] = line;
        if (wrong)
            status = refuse(path, number, wrong, fault);
    }
    free(text);
    return status;
}

enum status feeds_file_read(const char *path, struct feed_line **lines, size_t *count,
                            struct fault *fault)
{
    *count = 0;
    *lines = calloc(FEEDS_MAX, sizeof **lines);
    FILE *file = *lines ? fopen(path, "re") : NULL;
    if (!file)
        return fault_set(fault, STATUS_REJECT, "feeds-file", "cannot read the feeds in %.100s: %s",
                         path, *lines ? strerror(errno) : "no memory");
    enum status status = read_lines(file, path, *lines, count, fault);
    (void)fclose(file);
    if (status == STATUS_OK && has_copies(*lines, *count))
        status = fault_set(fault, STATUS_REJECT, "feeds-file", "%.100s: a feed stands there twice",
                           path);
    if (status == STATUS_OK && *count == 0)
        status =
            fault_set(fault, STATUS_REJECT, "feeds-file", "%.100s: there is no feed in it", path);
    return status;
}
