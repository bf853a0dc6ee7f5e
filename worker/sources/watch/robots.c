/* Parsing and matching robots.txt. */
#include "worker/sources/watch/robots.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/buffer.h"

struct rule {
    bool allow;
    char *pattern; /* escapes in normal form */
    size_t len;
};

/* The rules of the groups that count. */
struct robots {
    struct rule *rules;
    size_t count, capacity, pattern_bytes;
    int64_t delay_ms;
    bool failed; /* no memory */
};

void robots_free(struct robots *robots)
{
    if (!robots)
        return;
    for (size_t i = 0; i < robots->count; i++)
        free(robots->rules[i].pattern);
    free(robots->rules);
    free(robots);
}

/* ---- lines ---- */

static bool is(struct slice text, const char *word)
{
    return text.len == strlen(word) && strncasecmp(text.data, word, text.len) == 0;
}

/* The next line, without its comment; false at the end. */
static bool next_line(struct slice *rest, struct slice *line)
{
    if (rest->len == 0)
        return false;
    size_t len = 0;
    while (len < rest->len && rest->data[len] != '\n' && rest->data[len] != '\r')
        len++;
    *line = slice_sub(*rest, 0, len);
    *rest = slice_sub(*rest, len < rest->len ? len + 1 : len, rest->len);
    const char *comment = line->len ? memchr(line->data, '#', line->len) : NULL;
    if (comment)
        line->len = (size_t)(comment - line->data);
    return true;
}

/* "Key: value"; false when it is none. */
static bool split_line(struct slice line, struct slice *key, struct slice *value)
{
    const char *colon = line.len ? memchr(line.data, ':', line.len) : NULL;
    if (!colon)
        return false;
    *key = slice_trim(slice_sub(line, 0, (size_t)(colon - line.data)));
    *value = slice_trim(slice_sub(line, (size_t)(colon - line.data) + 1, line.len));
    return true;
}

/* A user-agent line names a product by its letters: "newsmill/1.0" is newsmill. */
static bool names(struct slice agent, const char *token)
{
    size_t len = 0;
    while (len < agent.len &&
           (((agent.data[len] | 0x20) >= 'a' && (agent.data[len] | 0x20) <= 'z') ||
            agent.data[len] == '-' || agent.data[len] == '_'))
        len++;
    return is(slice_sub(agent, 0, len), token);
}

/* ---- patterns ---- */

static int hex(char c)
{
    char low = (char)(c | 0x20);
    return c >= '0' && c <= '9' ? c - '0' : low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

static bool is_unreserved(int c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

/* Octets that need no escape without one, all others escaped in upper case, so that two spellings
 * of one path compare equal. `out` has room for three times the text. */
static size_t normal(struct slice text, char *out)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t len = 0;
    for (size_t at = 0; at < text.len; at++) {
        int byte = (unsigned char)text.data[at];
        bool escape = byte >= 0x80 || byte <= ' ';
        if (byte == '%' && at + 2 < text.len && hex(text.data[at + 1]) >= 0 &&
            hex(text.data[at + 2]) >= 0) {
            byte = hex(text.data[at + 1]) * 16 + hex(text.data[at + 2]);
            escape = !is_unreserved(byte);
            at += 2;
        }
        if (!escape) {
            out[len++] = (char)byte;
            continue;
        }
        out[len++] = '%';
        out[len++] = digits[byte >> 4];
        out[len++] = digits[byte & 15];
    }
    return len;
}

/* '*' is anything, '$' at the end is the end; otherwise a prefix. Greedy, from the last star on. */
static bool matches(const struct rule *rule, struct slice path)
{
    size_t len = rule->len, p = 0, at = 0, star = SIZE_MAX, mark = 0;
    bool anchored = len && rule->pattern[len - 1] == '$';
    len -= anchored;
    for (;;) {
        if (p == len && (!anchored || at == path.len))
            return true;
        if (p < len && rule->pattern[p] == '*') {
            star = p++;
            mark = at;
        } else if (p < len && at < path.len && rule->pattern[p] == path.data[at]) {
            p++;
            at++;
        } else if (star != SIZE_MAX && mark < path.len) {
            p = star + 1;
            at = ++mark;
        } else {
            return false;
        }
    }
}

static void add_rule(struct robots *robots, bool allow, struct slice pattern)
{
    if (pattern.len == 0 || pattern.len > ROBOTS_PATTERN_BYTES - robots->pattern_bytes)
        return;
    robots->pattern_bytes += pattern.len;
    if (robots->count == robots->capacity) {
        size_t capacity = robots->capacity * 2 + 16;
        struct rule *rules = realloc(robots->rules, capacity * sizeof *rules);
        if (!rules) {
            robots->failed = true;
            return;
        }
        robots->rules = rules;
        robots->capacity = capacity;
    }
    char *copy = malloc(pattern.len * 3);
    if (copy)
        robots->rules[robots->count++] = (struct rule){allow, copy, normal(pattern, copy)};
    robots->failed |= !copy;
}

static void take_delay(struct robots *robots, struct slice value)
{
    int64_t ms = 0, unit = 1000;
    for (size_t i = 0; i < value.len && ms < ROBOTS_DELAY_MAX_MS; i++) {
        if (value.data[i] == '.' && unit == 1000)
            unit = 100;
        else if (value.data[i] < '0' || value.data[i] > '9')
            return;
        else if (unit == 1000)
            ms = ms * 10 + (value.data[i] - '0') * 1000;
        else {
            ms += (value.data[i] - '0') * unit;
            unit /= 10;
        }
    }
    robots->delay_ms = ms < ROBOTS_DELAY_MAX_MS ? ms : ROBOTS_DELAY_MAX_MS;
}

/* Reads the groups of `token`; false when there are none. */
static bool read_groups(struct robots *robots, struct slice file, const char *token)
{
    struct slice line, key, value;
    bool in_names = false, ours = false, found = false;
    while (next_line(&file, &line)) {
        if (!split_line(line, &key, &value))
            continue;
        if (is(key, "user-agent")) {
            bool named = *token == '*' ? slice_is(value, "*") : names(value, token);
            ours = named || (in_names && ours);
            in_names = true;
            found |= ours;
            continue;
        }
        bool allow = is(key, "allow"), rule = allow || is(key, "disallow");
        in_names = in_names && !rule && !is(key, "crawl-delay");
        if (ours && rule)
            add_rule(robots, allow, value);
        else if (ours && is(key, "crawl-delay"))
            take_delay(robots, value);
    }
    return found;
}

struct robots *robots_parse(struct slice file)
{
    struct robots *robots = calloc(1, sizeof *robots);
    if (!robots)
        return NULL;
    if (slice_starts_with(file, SLICE_LITERAL("\xef\xbb\xbf")))
        file = slice_sub(file, 3, file.len);
    if (file.len > ROBOTS_BYTES) { /* half a line would be another rule */
        file.len = ROBOTS_BYTES;
        const char *feed = memrchr(file.data, '\n', file.len);
        file.len = feed ? (size_t)(feed - file.data) : 0;
    }
    if (!read_groups(robots, file, ROBOTS_TOKEN))
        (void)read_groups(robots, file, "*");
    if (!robots->failed)
        return robots;
    robots_free(robots);
    return NULL;
}

bool robots_allow(const struct robots *robots, struct slice target)
{
    char path[ROBOTS_PATH_BYTES * 3];
    const struct rule *best = NULL;
    if (target.len > ROBOTS_PATH_BYTES)
        target.len = ROBOTS_PATH_BYTES;
    struct slice text = {path, normal(target, path)};
    if (slice_is(text, "/robots.txt"))
        return true;
    for (size_t i = 0; i < robots->count; i++) {
        const struct rule *rule = &robots->rules[i];
        bool better = !best || rule->len > best->len || (rule->len == best->len && rule->allow);
        if (better && matches(rule, text))
            best = rule;
    }
    return !best || best->allow;
}

int64_t robots_delay_ms(const struct robots *robots)
{
    return robots->delay_ms;
}
