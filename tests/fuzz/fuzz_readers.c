/* Every reader of files on the same bytes: JSON, feeds, gzip, tar, WARC and the HTTP inside; what
 * the file is decides itself by its bytes. Then robots.txt and the links of a page. The first byte
 * cuts a feed into pieces as well. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "worker/sources/articles.h"
#include "worker/sources/feed.h"
#include "worker/sources/page_url.h"
#include "worker/sources/watch/robots.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_file(const uint8_t *data, size_t size)
{
    char path[64];
    struct articles *articles;
    struct reading reading;
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    const char *paths[] = {path};
    if (articles_open(paths, 1, NULL, NULL, &articles, NULL) == STATUS_OK) {
        while (articles_next(articles, &reading))
            if (!reading.article.data == !reading.fault.code[0])
                abort(); /* an article, or a reason */
        articles_close(articles);
    }
    (void)close(fd);
}

static void read_feed(struct slice bytes, size_t piece)
{
    struct feed *feed;
    struct feed_item item;
    struct fault fault;
    struct buffer out;
    buffer_init(&out, (size_t)1 << 26);
    if (feed_new(SLICE_LITERAL("https://n.example/feed"), &feed, &fault) != STATUS_OK)
        abort();
    for (bool last = false; !last;) {
        size_t step = bytes.len < piece ? bytes.len : piece;
        last = step == bytes.len;
        last |= feed_push(feed, slice_sub(bytes, 0, step), last, &fault) != STATUS_OK;
        bytes = slice_sub(bytes, step, bytes.len);
        while (feed_next(feed, &item))
            (void)!feed_item_article(&item, feed_title(feed), &out, &fault);
        buffer_clear(&out);
    }
    feed_free(feed);
    buffer_deinit(&out);
}

/* What watch reads besides: robots.txt, and the links of a page. */
static void read_site(struct slice bytes)
{
    struct arena *arena = arena_new((size_t)1 << 16);
    struct robots *robots = robots_parse(bytes);
    if (robots)
        (void)robots_allow(robots, bytes);
    robots_free(robots);
    (void)page_url(bytes, SLICE_LITERAL("https://n.example/a"), arena);
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    read_file(data + 1, size - 1);
    read_site((struct slice){(const char *)data + 1, size - 1});
    read_feed((struct slice){(const char *)data + 1, size - 1}, (size_t)data[0] * 4 + 1);
    return 0;
}
