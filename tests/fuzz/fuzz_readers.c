/* Every reader of files: JSON, MessagePack, HTML, text, feeds, gzip, tar, WARC and the HTTP inside,
 * chosen by a file's name or its bytes; and feeds that come in pieces, robots.txt and the links of
 * a page. What comes out are articles or refusals that say why. */
#include <stdlib.h>

#include "proto/article.h"
#include "tests/fuzz/fuzz.h"
#include "worker/sources/articles.h"
#include "worker/sources/feed.h"
#include "worker/sources/page_url.h"
#include "worker/sources/watch/robots.h"

static void take(const struct reading *reading, struct arena *arena, bool roomy)
{
    struct article article;
    struct fault fault;
    struct pack_reader reader;
    if (!reading->article.data == !reading->fault.code[0])
        abort(); /* an article, or a reason */
    if (!reading->article.data)
        return;
    pack_reader_init(&reader);
    arena_reset(arena);
    if (article_decode(reading->article, &reader, &article, arena, &fault) == STATUS_FATAL && roomy)
        abort();
    pack_reader_deinit(&reader);
}

static void read_file(const struct fuzz_input *input, bool roomy)
{
    static const char *const names[] = {"a.jsonl", "a.json", "a.msgpack", "a.html",
                                        "a.txt",   "a.xml",  "a.warc",    "a.tar",
                                        "a",       "a.gz",   "a.warc.gz", "a.tar.gz"};
    const char *path =
        fuzz_file(names[input->choice % (sizeof names / sizeof names[0])], input->bytes);
    struct articles *articles;
    struct reading reading;
    struct fault fault;
    struct arena *arena = arena_new(input->arena_bytes);
    if (arena && articles_open(&path, 1, NULL, NULL, &articles, &fault) == STATUS_OK) {
        while (articles_next(articles, &reading))
            take(&reading, arena, roomy);
        articles_close(articles);
    }
    arena_free(arena);
}

static void read_feed(struct slice bytes, size_t piece)
{
    struct feed *feed;
    struct feed_item item;
    struct fault fault;
    struct buffer out;
    if (feed_new(SLICE_LITERAL("https://n.example/feed"), &feed, &fault) != STATUS_OK)
        return;
    buffer_init(&out, (size_t)1 << 26);
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
    if (arena) /* none when the input says that there is no memory */
        (void)page_url(bytes, SLICE_LITERAL("https://n.example/a"), arena);
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input;
    if (!fuzz_begin(data, size, &input))
        return 0;
    if (input.choice & 0x80)
        read_feed(input.bytes, (size_t)(input.choice & 0x7f) * 4 + 1);
    else
        read_file(&input, data[0] == 0 && data[1] == 0);
    read_site(input.bytes);
    fuzz_end(&input);
    return 0;
}
