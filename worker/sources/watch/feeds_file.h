/* The list of feeds to watch: one URL a line, options behind it; '#' begins a comment.
 *
 *     https://news.example.org/rss.xml
 *     https://daily.example.com/feed   every=5m source=Daily
 *     https://wire.example.net/atom    pages=no robots=no */
#ifndef NEWSMILL_WORKER_SOURCES_WATCH_FEEDS_FILE_H
#define NEWSMILL_WORKER_SOURCES_WATCH_FEEDS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/status.h"

#define FEEDS_MAX        20000
#define FEEDS_FILE_BYTES ((size_t)16 * 1024 * 1024)

struct feed_line {
    char *url;
    char *source;     /* source=: the publisher to give to its articles; NULL: none */
    int64_t every_ms; /* every=30s, 5m, 2h; 0: as the command says */
    bool pages;       /* pages=no: the feed's own content is the article */
    bool robots;      /* robots=no: the feed itself is fetched whatever robots.txt says */
};

/* REJECT "feeds-file" names the line that is wrong; the same URL twice is wrong too. */
enum status feeds_file_read(const char *path, struct feed_line **lines, size_t *count,
                            struct fault *fault) MUST_CHECK;
void feeds_file_free(struct feed_line *lines, size_t count);

#endif
