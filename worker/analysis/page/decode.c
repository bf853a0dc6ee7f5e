/* From the body's bytes to clean UTF-8: charset.c says which charset, ICU converts, and what is
 * ill-formed becomes U+FFFD and is counted. A body that came as a string is UTF-8 already; only
 * repair is left. */
#include <unicode/ucnv.h>
#include <unicode/ustring.h>

#include "common/utf8.h"
#include "worker/analysis/page/charset.h"
#include "worker/analysis/stages.h"

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

enum status decode_run(struct doc *doc, struct arena *arena)
{
    const struct article *article = doc->article;
    size_t mark = 0, repaired = article->repaired;
    const char *charset = charset_of(article, &mark, arena);
    struct slice body = slice_sub(article->body, mark, article->body.len);
    enum status status =
        charset ? convert(body, charset, &doc->body, &repaired, arena) : STATUS_RETRY;
    /* Converters pass NUL on. */
    if (status != STATUS_REJECT)
        doc->body = utf8_repair(status == STATUS_OK ? doc->body : body, &repaired, arena);
    if (!doc->body.data && body.len)
        return STATUS_REJECT;
    doc->result->repaired = (uint32_t)repaired;
    return STATUS_OK;
}
