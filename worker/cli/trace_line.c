/* Both forms. */
#include "worker/cli/trace_line.h"

#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/clock.h"
#include "common/log_line.h"

#define TIME_BYTES 24 /* "2026-11-24T13:35:04.000Z" */

const char *trace_line_text(const struct trace_line *line, const char *key)
{
    return json_string_value(json_object_get(line->fields, key));
}

static bool is_level(struct slice word)
{
    static const char *const levels[] = {"debug", "info", "warn", "error"};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (slice_is(word, levels[i]))
            return true;
    return false;
}

/* ---- JSON ---- */

static bool read_json(struct slice text, struct trace_line *out)
{
    json_t *root = json_loadb(text.data, text.len, 0, NULL);
    const char *time = json_string_value(json_object_get(root, "time"));
    const char *level = json_string_value(json_object_get(root, "level"));
    bool good = time && level && is_level(slice_from(level)) &&
                clock_parse(slice_from(time), &out->time_ms) &&
                json_is_string(json_object_get(root, "role")) &&
                json_is_string(json_object_get(root, "message"));
    if (!good) {
        json_decref(root);
        return false;
    }
    (void)json_object_del(root, "time");
    (void)json_object_del(root, "level");
    out->fields = root;
    return true;
}

/* ---- text ---- */

/* The next word, up to a space; moves `*at` behind the space. */
static struct slice next_word(struct slice text, size_t *at)
{
    size_t begin = *at, end = begin;
    while (end < text.len && text.data[end] != ' ')
        end++;
    *at = end < text.len ? end + 1 : end;
    return slice_sub(text, begin, end);
}

/* A value as put_value() writes it: a word, or in quotes with backslashes. */
static bool next_value(struct slice text, size_t *at, struct buffer *out)
{
    buffer_clear(out);
    if (*at >= text.len || text.data[*at] != '"') {
        buffer_append_slice(out, next_word(text, at));
        return true;
    }
    for (++*at; *at < text.len && text.data[*at] != '"'; ++*at) {
        *at += text.data[*at] == '\\' && *at + 1 < text.len;
        buffer_append(out, text.data + *at, 1);
    }
    if (*at >= text.len)
        return false;
    ++*at;
    *at += *at < text.len && text.data[*at] == ' ';
    return true;
}

static bool is_integer(struct slice text, json_int_t *number)
{
    char digits[24], *end;
    if (text.len == 0 || text.len >= sizeof digits)
        return false;
    memcpy(digits, text.data, text.len);
    digits[text.len] = '\0';
    *number = strtoll(digits, &end, 10);
    return end == digits + text.len;
}

/* Ill-formed UTF-8 is left out: JSON cannot have it. Identifiers that look like numbers stay words.
 */
static void set(json_t *fields, struct slice key, struct slice value)
{
    char name[64];
    json_int_t number;
    if (key.len == 0 || key.len >= sizeof name)
        return;
    memcpy(name, key.data, key.len);
    name[key.len] = '\0';
    bool word = slice_is(key, "id") || slice_is(key, "source") || !is_integer(value, &number);
    json_t *json =
        word ? json_stringn(value.data ? value.data : "", value.len) : json_integer(number);
    if (json)
        (void)json_object_set_new(fields, name, json);
}

static bool read_fields(struct slice text, size_t at, struct buffer *value, json_t *fields)
{
    while (at < text.len) {
        size_t begin = at;
        while (at < text.len && text.data[at] != '=' && text.data[at] != ' ')
            at++;
        if (at >= text.len || text.data[at] != '=')
            return false;
        struct slice key = slice_sub(text, begin, at++);
        if (!next_value(text, &at, value))
            return false;
        set(fields, key, buffer_slice(value));
    }
    return true;
}

/* Where the level begins, behind the time; 0 when there is no time and level. */
static size_t find_head(struct slice text, int64_t *time_ms)
{
    for (size_t at = 0; at < text.len;) {
        struct slice word = next_word(text, &at);
        size_t level = at;
        if (word.len == TIME_BYTES && word.data[10] == 'T' && clock_parse(word, time_ms) &&
            is_level(next_word(text, &level)))
            return at;
    }
    return 0;
}

static bool read_text(struct slice text, struct trace_line *out)
{
    struct buffer value;
    size_t at = find_head(text, &out->time_ms);
    if (at == 0)
        return false;
    (void)next_word(text, &at); /* the level */
    out->fields = json_object();
    buffer_init(&value, LOG_LINE_BYTES);
    struct slice role = next_word(text, &at);
    bool good = out->fields && role.len > 0 && next_value(text, &at, &value);
    if (good) {
        set(out->fields, SLICE_LITERAL("role"), role);
        set(out->fields, SLICE_LITERAL("message"), buffer_slice(&value));
        good = read_fields(text, at, &value, out->fields);
    }
    const char *message = good ? trace_line_text(out, "message") : NULL;
    good = message && *message && !buffer_failed(&value);
    buffer_deinit(&value);
    if (!good)
        json_decref(out->fields);
    return good;
}

bool trace_line_read(struct slice text, struct trace_line *out)
{
    while (text.len > 0 && (text.data[text.len - 1] == '\n' || text.data[text.len - 1] == '\r'))
        text.len--;
    *out = (struct trace_line){.fields = NULL};
    return text.len > 0 && (text.data[0] == '{' ? read_json(text, out) : read_text(text, out));
}
