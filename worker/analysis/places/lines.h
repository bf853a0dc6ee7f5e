/* Lines of a file, plain or gzipped (any number of members), however long the file is. One reader,
 * one thread. */
#ifndef NEWSMILL_WORKER_ANALYSIS_PLACES_LINES_H
#define NEWSMILL_WORKER_ANALYSIS_PLACES_LINES_H

#include "common/slice.h"
#include "common/status.h"

#define LINE_BYTES_MAX ((size_t)1 << 20) /* a place with all its names is some 20 KB */

struct lines;

/* FATAL "cannot-read". */
enum status lines_open(const char *path, struct lines **out, struct fault *fault) MUST_CHECK;
/* The next line, without its end; `line->data` is NULL behind the last one. Good until the next
 * call. REJECT: a line that is too long (line-too-long), gzip that is damaged (bad-gzip); FATAL:
 * disk. */
enum status lines_next(struct lines *lines, struct slice *line, struct fault *fault) MUST_CHECK;
void lines_close(struct lines *lines);

#endif
