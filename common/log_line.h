/* One line of a log, as text (`time level role message key=value …`) or as a JSON object. Pure.
 *
 * A line never grows beyond LOG_LINE_BYTES: of a message or value only the beginning is kept, and
 * fields for which no room is left are left out. So it always ends, and the JSON is always whole.
 */
#ifndef NEWSMILL_COMMON_LOG_LINE_H
#define NEWSMILL_COMMON_LOG_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/log.h"

#define LOG_LINE_BYTES  2048
#define LOG_VALUE_BYTES 1024 /* of the message, and of each value */

struct log_line {
    char text[LOG_LINE_BYTES]; /* with the end of line, without a NUL */
    size_t len;
};

void log_line_compose(struct log_line *line, enum log_format format, int64_t wall_ms,
                      enum log_level level, const char *role, const char *message,
                      const struct log_field *fields);

#endif
