/* Lines on stderr for the people who run newsmill: `time level role message key=value …`, or JSON
 * (log_line.h).
 *
 * Log where a failure is decided, once. Never article text, never a password; nothing per message
 * at info. Values are quoted when they hold spaces, and control characters are replaced, because
 * some come from strangers.
 *
 * What happens to single articles is logged by log_article(): at debug, and into the trail, a file
 * of its own that `newsmill trace` follows them by. */
#ifndef NEWSMILL_COMMON_LOG_H
#define NEWSMILL_COMMON_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "common/slice.h"
#include "common/status.h"
#include "common/uuid.h"

/* LOG_SILENT is a threshold only: nothing is written, as in a library. */
enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_SILENT };

/* Lines below `level` are dropped; `role` is named in every line ("ingest"). */
void log_init(enum log_level level, const char *role);
enum log_format { LOG_LINES, LOG_JSON };
void log_set_format(enum log_format format);

/* Fields are built by the functions below; the list ends with LOG_END. */
struct log_field {
    const char *key; /* NULL ends the list */
    enum { LOG_TEXT, LOG_INT, LOG_SLICE, LOG_UUID } kind;
    const char *text;
    int64_t number;
    struct slice slice;
    const struct uuid *uuid;
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
static inline struct log_field log_uuid(const char *key, const struct uuid *uuid)
{
    return (struct log_field){.key = key, .kind = LOG_UUID, .uuid = uuid};
}
void log_write(enum log_level level, const char *message, const struct log_field *fields);

#define LOG_FIELDS(...)         ((const struct log_field[]){__VA_ARGS__ __VA_OPT__(, ){.key = NULL}})
#define log_debug(message, ...) log_write(LOG_DEBUG, (message), LOG_FIELDS(__VA_ARGS__))
#define log_info(message, ...)  log_write(LOG_INFO, (message), LOG_FIELDS(__VA_ARGS__))
#define log_warn(message, ...)  log_write(LOG_WARN, (message), LOG_FIELDS(__VA_ARGS__))
#define log_error(message, ...) log_write(LOG_ERROR, (message), LOG_FIELDS(__VA_ARGS__))

/* ---- the trail ---- */

/* Keeps a trail in the file `path`, which is written over from its beginning when it has
 * `limit_bytes` (trail.h). NULL, "off" or no bytes: none. FATAL with a sentence. */
enum status log_trail_open(const char *path, int64_t limit_bytes, struct fault *fault) MUST_CHECK;
/* Writes out what the trail has: after a turn of the loop, a batch, an article. A trail that cannot
 * be written is a warning, and has a gap. */
void log_trail_flush(void);
void log_trail_close(void);

/* True when log_article() goes anywhere: to be asked before what is logged is looked up. */
bool log_follows_articles(void);
/* Something that happened to one article; `article` is its UUID. */
void log_article_write(const char *message, const struct log_field *fields);
#define log_article(article, message, ...)                                                         \
    log_article_write((message), LOG_FIELDS(log_uuid("article", (article)), __VA_ARGS__))

#endif
