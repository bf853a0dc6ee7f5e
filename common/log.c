/* Log lines: one write(2) each, so that lines of several processes don't mix. */
#include "common/log.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"

#define LINE_BYTES 2048 /* longer lines are cut: a log is read by people */

/* Set once by log_init before anything is logged; the one piece of process-wide state, because a
 * line must be possible from anywhere. */
static enum log_level threshold = LOG_INFO;
static char role_name[32] = "newsmill";

struct line {
    char text[LINE_BYTES];
    size_t len;
};

static void line_put(struct line *line, char c)
{
    if (line->len < sizeof line->text - 1)
        line->text[line->len++] = c;
}

static void line_puts(struct line *line, const char *text)
{
    while (*text)
        line_put(line, *text++);
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

static void line_value(struct line *line, struct slice value)
{
    bool plain = is_plain(value);
    if (!plain)
        line_put(line, '"');
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.data[i];
        if (c == '"' || c == '\\')
            line_put(line, '\\');
        line_put(line, c < ' ' || c == 0x7f ? '?' : (char)c);
    }
    if (!plain)
        line_put(line, '"');
}

static void line_field(struct line *line, const struct log_field *field)
{
    char number[24];
    line_put(line, ' ');
    line_puts(line, field->key);
    line_put(line, '=');
    switch (field->kind) {
    case LOG_TEXT:
        line_value(line, slice_from(field->text ? field->text : ""));
        break;
    case LOG_INT:
        (void)snprintf(number, sizeof number, "%lld", (long long)field->number);
        line_puts(line, number);
        break;
    case LOG_SLICE:
        line_value(line, field->slice);
        break;
    }
}

void log_init(enum log_level level, const char *role)
{
    threshold = level;
    (void)snprintf(role_name, sizeof role_name, "%s", role);
}

void log_write(enum log_level level, const char *message, const struct log_field *fields)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    if (level < threshold)
        return;
    struct line line = {.len = 0};
    char time[CLOCK_TEXT_BYTES];
    clock_format(clock_wall_ms(), time);
    line_puts(&line, time);
    line_put(&line, ' ');
    line_puts(&line, names[level]);
    line_put(&line, ' ');
    line_puts(&line, role_name);
    line_put(&line, ' ');
    line_value(&line, slice_from(message));
    for (const struct log_field *field = fields; field->key; field++)
        line_field(&line, field);
    line.text[line.len++] = '\n';
    ssize_t written = write(STDERR_FILENO, line.text, line.len);
    (void)written; /* nobody to tell when stderr is gone */
}
