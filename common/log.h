/* Lines on stderr for the people who run newsmill: `time level message key=value …`.
 *
 * Log where a failure is decided, once. Never article text, never a password; nothing per message
 * at info. Values are quoted when they hold spaces, and control characters are escaped, because
 * some come from strangers. */
#ifndef NEWSMILL_COMMON_LOG_H
#define NEWSMILL_COMMON_LOG_H

#include <stdint.h>

#include "common/slice.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* Lines below `level` are dropped; `role` is named in every line ("ingest"). */
void log_init(enum log_level level, const char *role);

/* Fields are built by the functions below; the list ends with LOG_END. */
struct log_field {
    const char *key; /* NULL ends the list */
    enum { LOG_TEXT, LOG_INT, LOG_SLICE } kind;
    const char *text;
    int64_t number;
    struct slice slice;
};
static inline struct log_field log_text(const char *key, const char *text)
{
    return (struct log_field){.key = key, .kind = LOG_TEXT, .text = text};
}
static inline struct log_field log_int(const char *key, int64_t number)
{
    return (struct log_field){.key = key, .kind = LOG_INT, .number = number};
}
static inline struct log_field log_slice(const char *key, struct slice slice)
{
    return (struct log_field){.key = key, .kind = LOG_SLICE, .slice = slice};
}
void log_write(enum log_level level, const char *message, const struct log_field *fields);

#define LOG_FIELDS(...)         ((const struct log_field[]){__VA_ARGS__ __VA_OPT__(, ){.key = NULL}})
#define log_debug(message, ...) log_write(LOG_DEBUG, (message), LOG_FIELDS(__VA_ARGS__))
#define log_info(message, ...)  log_write(LOG_INFO, (message), LOG_FIELDS(__VA_ARGS__))
#define log_warn(message, ...)  log_write(LOG_WARN, (message), LOG_FIELDS(__VA_ARGS__))
#define log_error(message, ...) log_write(LOG_ERROR, (message), LOG_FIELDS(__VA_ARGS__))

#endif
