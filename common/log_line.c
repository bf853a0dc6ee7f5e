/* Writing a line into its bounds. */
#include "common/log_line.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/utf8.h"

#define END_BYTES 2 /* "}" and the end of line always find room */

/* What does not fit is forgotten whole: `full` says that something was. */
static void put(struct log_line *line, bool *full, const char *bytes, size_t len)
{
    if (*full || len > sizeof line->text - END_BYTES - line->len) {
        *full = true;
        return;
    }
    memcpy(line->text + line->len, bytes, len);
    line->len += len;
}

static void puts_to(struct log_line *line, bool *full, const char *text)
{
    put(line, full, text, strlen(text));
}

static bool is_plain(struct slice value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.data[i];
        if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f)
            return false;
    }
    return value.len > 0;
}

/* At most LOG_VALUE_BYTES, cut between characters. */
static struct slice shortened(struct slice value)
{
    if (value.len <= LOG_VALUE_BYTES)
        return value;
    value.len = LOG_VALUE_BYTES;
    while (value.len > 0 && ((unsigned char)value.data[value.len] & 0xc0) == 0x80)
        value.len--;
    return value;
}

/* In quotes. Control characters are replaced: lines go to terminals too. JSON is UTF-8: in a value
 * that is not, everything beyond ASCII is replaced. */
static void put_quoted(struct log_line *line, bool *full, struct slice value, bool ascii)
{
    put(line, full, "\"", 1);
    for (size_t i = 0; i < value.len; i++) {
        char c = value.data[i];
        unsigned char byte = (unsigned char)c;
        if (c == '"' || c == '\\')
            put(line, full, "\\", 1);
        if (byte < ' ' || byte == 0x7f || (ascii && byte >= 0x80))
            c = '?';
        put(line, full, &c, 1);
    }
    put(line, full, "\"", 1);
}

static void put_value(struct log_line *line, bool *full, enum log_format format, struct slice value)
{
    struct slice kept = shortened(value);
    if (format == LOG_JSON)
        put_quoted(line, full, kept, !utf8_is_clean(kept));
    else if (is_plain(kept))
        put(line, full, kept.data, kept.len);
    else
        put_quoted(line, full, kept, false);
}

static void put_pair(struct log_line *line, bool *full, const char *key, struct slice value)
{
    put(line, full, line->len > 1 ? ",\"" : "\"", line->len > 1 ? 2 : 1);
    puts_to(line, full, key);
    put(line, full, "\":", 2);
    put_value(line, full, LOG_JSON, value);
}

static void put_head(struct log_line *line, bool *full, enum log_format format, const char *time,
                     const char *level, const char *role, const char *message)
{
    if (format == LOG_JSON) {
        put(line, full, "{", 1);
        put_pair(line, full, "time", slice_from(time));
        put_pair(line, full, "level", slice_from(level));
        put_pair(line, full, "role", slice_from(role));
        put_pair(line, full, "message", slice_from(message));
        return;
    }
    const char *const words[] = {time, " ", level, " ", role, " "};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        puts_to(line, full, words[i]);
    put_value(line, full, format, slice_from(message));
}

static void put_field(struct log_line *line, bool *full, enum log_format format,
                      const struct log_field *field)
{
    char number[24], uuid[UUID_TEXT_BYTES];
    puts_to(line, full, format == LOG_JSON ? ",\"" : " ");
    puts_to(line, full, field->key);
    puts_to(line, full, format == LOG_JSON ? "\":" : "=");
    switch (field->kind) {
    case LOG_TEXT:
        put_value(line, full, format, slice_from(field->text ? field->text : ""));
        break;
    case LOG_INT:
        (void)snprintf(number, sizeof number, "%lld", (long long)field->number);
        puts_to(line, full, number);
        break;
    case LOG_SLICE:
        put_value(line, full, format, field->slice);
        break;
    case LOG_UUID:
        uuid_format(field->uuid, uuid);
        puts_to(line, full, format == LOG_JSON ? "\"" : "");
        puts_to(line, full, uuid);
        puts_to(line, full, format == LOG_JSON ? "\"" : "");
        break;
    }
}

void log_line_compose(struct log_line *line, enum log_format format, int64_t wall_ms,
                      enum log_level level, const char *role, const char *message,
                      const struct log_field *fields)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    char time[CLOCK_TEXT_BYTES];
    bool full = false;
    line->len = 0;
    clock_format(wall_ms, time);
    put_head(line, &full, format, time, names[level], role, message);
    for (const struct log_field *field = fields; field->key; field++) {
        size_t before = line->len;
        full = false;
        put_field(line, &full, format, field);
        if (full)
            line->len = before;
    }
    if (format == LOG_JSON)
        line->text[line->len++] = '}';
    line->text[line->len++] = '\n';
}
