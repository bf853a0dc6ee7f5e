/* One file, one article. */
#include "worker/sources/readers/document.h"

#include "common/utf8.h"
#include "proto/article.h"
#include "proto/limits.h"
#include "worker/sources/page_url.h"

/* The mark of UTF-16 is the only charset a file tells about itself; the rest is left to analysis.
 */
static struct slice charset_of(struct slice body)
{
    if (slice_starts_with(body, SLICE_LITERAL("\xff\xfe")))
        return SLICE_LITERAL("utf-16le");
    if (slice_starts_with(body, SLICE_LITERAL("\xfe\xff")))
        return SLICE_LITERAL("utf-16be");
    return SLICE_NULL;
}

/* Standard input has no name; a name beyond the limit would get the article refused. */
static struct slice id_of(const char *path)
{
    struct slice id = slice_from(path);
    return slice_is(id, "-") || id.len > LIMIT_ID_BYTES ? SLICE_NULL : id;
}

enum status document_next(struct reader_state *state, struct reading *reading, const char *type,
                          bool text)
{
    struct slice body;
    state->done = true;
    reading->line = 1;
    if (!input_all(state->input, LIMIT_BODY_BYTES, &body))
        return reader_body_too_long(&reading->fault);
    if (state->input->trouble)
        return STATUS_RETRY; /* half a file is no article; the caller says what happened */
    if (!body.data)
        body = SLICE_LITERAL("");
    struct article article = {.version = 1,
                              .id = id_of(reading->file),
                              .url = text ? SLICE_NULL : page_url(body, SLICE_NULL, state->arena),
                              .type = slice_from(type),
                              .charset = charset_of(body),
                              .published_ms = CLOCK_NONE,
                              .body = body,
                              .body_is_binary = !text || !utf8_is_clean(body)};
    article_encode(&article, state->out);
    return STATUS_OK;
}
