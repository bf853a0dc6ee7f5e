/* Choosing a charset: what is said, then what ICU's detector finds. */
#include "worker/analysis/page/charset.h"

#include <strings.h>
#include <unicode/ucnv.h>
#include <unicode/ucsdet.h>

#include "common/utf8.h"
#include "worker/analysis/page/html.h"

#define CONFIDENCE_MIN 10 /* of 100; ICU gives short texts little */

static const char utf8[] = "UTF-8";

static const char *byte_order_mark(struct slice body, size_t *len)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *charset;
    } marks[] = {
        {"\xef\xbb\xbf", 3, utf8},       {"\xff\xfe\0\0", 4, "UTF-32LE"},
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

/* The web's names for its commonest charsets stand for supersets of them (WHATWG Encoding). */
static const char *superset_of(const char *name)
{
    static const struct {
        const char *name, *superset;
    } supersets[] = {
        {"iso-8859-1", "windows-1252"}, {"iso8859-1", "windows-1252"},
        {"latin1", "windows-1252"},     {"us-ascii", "windows-1252"},
        {"ascii", "windows-1252"},      {"iso-8859-9", "windows-1254"},
        {"iso-8859-11", "windows-874"}, {"tis-620", "windows-874"},
        {"gb2312", "gb18030"},          {"gbk", "gb18030"},
        {"euc-kr", "windows-949"},      {"ks_c_5601-1987", "windows-949"},
        {"shift_jis", "windows-31j"},   {"sjis", "windows-31j"},
        {"big5", "Big5-HKSCS"},         {"utf8", utf8},
        {"x-sjis", "windows-31j"},      {"unicode-1-1-utf-8", utf8},
    };
    for (size_t i = 0; i < sizeof supersets / sizeof supersets[0]; i++)
        if (strcasecmp(name, supersets[i].name) == 0)
            return supersets[i].superset;
    return name;
}

/* The name if ICU converts from it, "UTF-8" for its own names; NULL otherwise. */
static const char *known(struct slice name, struct arena *arena)
{
    UErrorCode error = U_ZERO_ERROR;
    name = slice_trim(name);
    struct slice copy = name.len > 0 && name.len < 60 ? arena_copy(name, arena) : SLICE_NULL;
    if (!copy.data)
        return NULL;
    const char *charset = superset_of(copy.data);
    UConverter *converter = ucnv_open(charset, &error);
    if (U_FAILURE(error))
        return NULL;
    bool is_utf8 = ucnv_getType(converter) == UCNV_UTF8;
    ucnv_close(converter);
    return is_utf8 ? utf8 : charset;
}

/* Well-formed sequences beyond ASCII against ill-formed ones, in a sample. */
static bool mostly_utf8(struct slice body)
{
    size_t good = 0, bad = 0;
    for (size_t i = 0; i < body.len && i < CHARSET_SAMPLE_BYTES;) {
        unsigned char c = (unsigned char)body.data[i];
        size_t len = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc2 ? 2 : 0;
        bool whole = len > 0 && i + len <= body.len &&
                     (len == 1 || utf8_is_clean(slice_sub(body, i, i + len)));
        good += whole && len > 1;
        bad += !whole;
        i += whole ? len : 1;
    }
    return good > bad;
}

static const char *detect(struct slice body, bool markup, struct arena *arena)
{
    UErrorCode error = U_ZERO_ERROR;
    size_t len = body.len < CHARSET_SAMPLE_BYTES ? body.len : CHARSET_SAMPLE_BYTES;
    UCharsetDetector *detector = ucsdet_open(&error);
    const char *found = NULL;
    ucsdet_setText(detector, body.data, (int32_t)len, &error);
    if (U_SUCCESS(error) && markup)
        ucsdet_enableInputFilter(detector, true);
    const UCharsetMatch *match = U_SUCCESS(error) ? ucsdet_detect(detector, &error) : NULL;
    if (match && ucsdet_getConfidence(match, &error) >= CONFIDENCE_MIN)
        found = known(slice_from(ucsdet_getName(match, &error)), arena);
    ucsdet_close(detector);
    return found;
}

/* What is said of a body without a byte order mark. */
static const char *declared(const struct article *article, struct arena *arena)
{
    const char *parameter = slice_find(article->type, "charset=");
    const char *charset = known(article->charset, arena);
    if (!charset && parameter) {
        size_t at = (size_t)(parameter - article->type.data) + 8;
        charset = known(slice_sub(article->type, at, article->type.len), arena);
    }
    if (!charset && html_is(article->type) && !utf8_is_clean(article->body))
        charset = known(html_charset(article->body), arena);
    return charset;
}

const char *charset_of(const struct article *article, size_t *mark, struct arena *arena)
{
    const char *charset = byte_order_mark(article->body, mark);
    if (!article->body_is_binary) {
        *mark = charset == utf8 ? *mark : 0;
        return NULL;
    }
    if (!charset)
        charset = declared(article, arena);
    if (charset && charset != utf8)
        return charset;
    /* ISO 2022 is seven bits wide: well-formed, but no text. */
    bool escapes = slice_find(article->body, "\x1b$");
    if (*mark || mostly_utf8(article->body) || (utf8_is_clean(article->body) && !escapes))
        return NULL;
    return detect(article->body, html_is(article->type), arena);
}
