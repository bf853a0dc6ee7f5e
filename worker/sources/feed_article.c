/* A feed's item as an article. */
#include "proto/article.h"
#include "proto/limits.h"
#include "worker/sources/feed.h"

static void put_text(struct buffer *out, const char *key, struct slice text)
{
    if (!text.data)
        return;
    pack_write_string(out, slice_from(key));
    pack_write_string(out, text);
}

/* {"feed", "guid", "image", "categories"}, what there is of it. */
static void write_meta(const struct feed_item *item, struct slice feed_title, struct buffer *out)
{
    size_t count = 0;
    count += feed_title.data != NULL;
    count += item->guid.data != NULL;
    count += item->image.data != NULL;
    count += item->category_count > 0;
    if (count == 0)
        return;
    pack_write_map(out, count);
    put_text(out, "feed", feed_title);
    put_text(out, "guid", item->guid);
    put_text(out, "image", item->image);
    if (item->category_count == 0)
        return;
    pack_write_string(out, SLICE_LITERAL("categories"));
    pack_write_array(out, item->category_count);
    for (size_t i = 0; i < item->category_count; i++)
        pack_write_string(out, item->categories[i]);
}

enum status feed_item_article(const struct feed_item *item, struct slice feed_title,
                              struct buffer *out, struct fault *fault)
{
    struct buffer meta;
    if (item->too_long)
        return fault_set(fault, STATUS_REJECT, "body-too-long",
                         "The body is longer than LIMIT_BODY_BYTES (%d bytes).", LIMIT_BODY_BYTES);
    buffer_init(&meta, LIMIT_META_BYTES);
    write_meta(item, feed_title, &meta);
    struct article article = {
        .version = 1,
        .id = item->guid,
        .url = item->url,
        .title = item->title.len ? item->title : SLICE_NULL,
        .language = item->language,
        .type = item->body_is_html ? SLICE_LITERAL("text/html") : SLICE_LITERAL("text/plain"),
        .authors = (struct slice *)(uintptr_t)item->authors,
        .author_count = item->author_count,
        .published_ms = item->published_ms,
        .meta_packed = buffer_failed(&meta) ? SLICE_NULL : buffer_slice(&meta),
        .body = item->body};
    article_encode(&article, out);
    buffer_deinit(&meta);
    return STATUS_OK;
}
