/* From the body's bytes to clean UTF-8: byte order mark, then the charset the producer (or the
 * page's own <meta>) names, through ICU's converters, else UTF-8; what is ill-formed becomes U+FFFD
 * and is counted. A body that came as a string is UTF-8 already; only repair is left. */
#include <unicode/ucnv.h>
#include <unicode/ustring.h>

#include "common/utf8.h"
#include "worker/analysis/page/html.h"
#include "worker/analysis/stages.h"

/* The charset that a byte order mark stands for, and its length; NULL when there is none. */
static const char *byte_order_mark(struct slice body, size_t *len)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *charset;
    } marks[] = {
        {"\xef\xbb\xbf", 3, "UTF-8"},    {"\xff\xfe\0\0", 4, "UTF-32LE"},
        {"\0\0\xfe\xff", 4, "UTF-32BE"}, {"\xff\xfe", 2, "UTF-16LE"},
        {"\xfe\xff", 2, "UTF-16BE"},
    };
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (slice_starts_with(body, (struct slice){marks[i].bytes, marks[i].len})) {
            *len = marks[i].len;
            return marks[i].charset;
        }
    }
    *len = 0;
    return NULL;
}

static size_t count_replacements(const UChar *text, int32_t len)
{
    size_t count = 0;
    for (int32_t i = 0; i < len; i++)
        count += text[i] == 0xfffd;
    return count;
}

/* Converts with ICU. RETRY when ICU does not know the charset. */
static enum status convert(struct slice body, const char *charset, struct slice *out,
                           size_t *repaired, struct arena *arena)
{
    UErrorCode error = U_ZERO_ERROR;
    UConverter *converter = ucnv_open(charset, &error);
    if (U_FAILURE(error))
        return STATUS_RETRY;
    int32_t len = 0, utf8_len = 0;
    /* No charset makes more than two UTF-16 units of a byte; ICU says so when it is not enough. */
    int32_t room = (int32_t)body.len * 2 + 16;
    UChar *wide = arena_array(arena, (size_t)room, sizeof *wide);
    if (wide)
        len = ucnv_toUChars(converter, wide, room, body.data, (int32_t)body.len, &error);
    ucnv_close(converter);
    char *utf8 = wide && U_SUCCESS(error) ? arena_alloc(arena, (size_t)len * 3 + 1) : NULL;
    if (!utf8)
        return wide && U_FAILURE(error) ? STATUS_RETRY : STATUS_REJECT;
    *repaired += count_replacements(wide, len);
    int32_t lone_surrogates = 0;
    u_strToUTF8WithSub(utf8, len * 3 + 1, &utf8_len, wide, len, 0xfffd, &lone_surrogates, &error);
    if (U_FAILURE(error))
        return STATUS_RETRY;
    *repaired += (size_t)lone_surrogates;
    *out = (struct slice){utf8, (size_t)utf8_len};
    return STATUS_OK;
}

static bool is_utf8_name(struct slice charset)
{
    return (charset.len == 4 && strncasecmp(charset.data, "utf8", 4) == 0) ||
           (charset.len == 5 && strncasecmp(charset.data, "utf-8", 5) == 0);
}

/* The charset of a binary body without a byte order mark: NULL slice for UTF-8. */
static struct slice charset_of(const struct article *article)
{
    struct slice charset = slice_trim(article->charset);
    if (charset.len == 0 && html_is(article->type) && !utf8_is_clean(article->body))
        charset = html_charset(article->body);
    return charset.len == 0 || is_utf8_name(charset) ? SLICE_NULL : charset;
}

enum status decode_run(struct doc *doc, struct arena *arena)
{
    const struct article *article = doc->article;
    size_t mark = 0, repaired = article->repaired;
    const char *marked = byte_order_mark(article->body, &mark);
    struct slice body = slice_sub(article->body, mark, article->body.len);
    struct slice charset =
        article->body_is_binary && !marked ? charset_of(article) : slice_from(marked);
    enum status status = STATUS_RETRY;
    if (charset.data && !is_utf8_name(charset)) {
        struct slice name = arena_copy(charset, arena);
        if (!name.data)
            return STATUS_REJECT;
        status = convert(body, name.data, &doc->body, &repaired, arena);
    }
    /* Converters pass NUL on, and an unknown charset leaves the bytes as they are. */
    if (status != STATUS_REJECT)
        doc->body = utf8_repair(status == STATUS_OK ? doc->body : body, &repaired, arena);
    if (!doc->body.data && body.len)
        return STATUS_REJECT;
    doc->result->repaired = (uint32_t)repaired;
    return STATUS_OK;
}
