/* Where log lines go: one write(2) each, so that lines of several processes don't mix; the trail is
 * written in pieces. */
#include "common/log.h"

#include <stdio.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log_line.h"
#include "common/trail.h"

/* Set before anything is logged; the one piece of process-wide state, because a line must be
 * possible from anywhere. */
static enum log_level threshold = LOG_INFO;
static enum log_format log_form = LOG_LINES;
static char role_name[32] = "newsmill";
static struct trail *trail;

void log_init(enum log_level level, const char *role)
{
    threshold = level;
    (void)snprintf(role_name, sizeof role_name, "%s", role);
}

void log_set_format(enum log_format format)
{
    log_form = format;
}

static void write_line(const struct log_line *line)
{
    ssize_t written = write(STDERR_FILENO, line->text, line->len);
    (void)written; /* nobody to tell when stderr is gone */
}

void log_write(enum log_level level, const char *message, const struct log_field *fields)
{
    struct log_line line;
    if (level < threshold)
        return;
    log_line_compose(&line, log_form, clock_wall_ms(), level, role_name, message, fields);
    write_line(&line);
}

/* ---- the trail ---- */

enum status log_trail_open(const char *path, int64_t limit_bytes, struct fault *fault)
{
    if (!path || limit_bytes == 0 || slice_is(slice_from(path), "off"))
        return STATUS_OK;
    return trail_open(path, (uint64_t)limit_bytes, &trail, fault);
}

void log_trail_flush(void)
{
    int64_t now = clock_steady_ms();
    if (trail && trail_flush(trail) != STATUS_OK && trail_complains(trail, now))
        log_warn("the trail cannot be written", log_text("file", trail_path(trail)));
}

void log_trail_close(void)
{
    log_trail_flush();
    trail_close(trail);
    trail = NULL;
}

bool log_follows_articles(void)
{
    return trail || threshold == LOG_DEBUG;
}

void log_article_write(const char *message, const struct log_field *fields)
{
    struct log_line line;
    if (!log_follows_articles())
        return;
    int64_t now = clock_wall_ms();
    if (threshold == LOG_DEBUG) {
        log_line_compose(&line, log_form, now, LOG_DEBUG, role_name, message, fields);
        write_line(&line);
    }
    if (!trail)
        return;
    log_line_compose(&line, LOG_LINES, now, LOG_DEBUG, role_name, message, fields);
    if (!trail_add(trail, line.text, line.len))
        log_trail_flush();
}
