/* The language of the text: CLD2 over a sample, the producer's hint as a hint. */
#include <ctype.h>

#include "worker/analysis/language/cld2.h"
#include "worker/analysis/stages.h"

/* CLD2 reads 12 MB/s: a start and a middle are enough of a long text. */
#define SAMPLE_START_BYTES  700
#define SAMPLE_MIDDLE_BYTES 500

static size_t character_start(struct slice text, size_t at)
{
    while (at > 0 && at < text.len && ((unsigned char)text.data[at] & 0xc0) == 0x80)
        at--;
    return at;
}

static struct slice sample_of(struct slice text, char *out)
{
    if (text.len <= SAMPLE_START_BYTES + SAMPLE_MIDDLE_BYTES)
        return text;
    size_t start = character_start(text, SAMPLE_START_BYTES);
    size_t middle = character_start(text, text.len / 2);
    size_t end = middle + SAMPLE_MIDDLE_BYTES < text.len ? middle + SAMPLE_MIDDLE_BYTES : text.len;
    end = character_start(text, end);
    if (middle < start)
        middle = start;
    memcpy(out, text.data, start);
    out[start] = ' ';
    memcpy(out + start + 1, text.data + middle, end - middle);
    return (struct slice){out, start + 1 + end - middle};
}

/* The primary subtag of a BCP 47 hint in lower case; empty when it is none. */
static void primary_of(struct slice hint, char out[9])
{
    size_t len = 0;
    while (len < hint.len && len < 8 && isalpha((unsigned char)hint.data[len])) {
        out[len] = (char)tolower((unsigned char)hint.data[len]);
        len++;
    }
    out[len < 2 || len > 3 ? 0 : len] = '\0';
}

/* CLD2 has its own spelling for some codes. */
static const char *bcp47(const char *code)
{
    static const char *const renamed[][2] = {
        {"iw", "he"}, {"jw", "jv"},    {"in", "id"},       {"ji", "yi"},  {"mo", "ro"},
        {"no", "nb"}, {"zh-CN", "zh"}, {"sr-ME", "sr-ME"}, {"tl", "fil"},
    };
    for (size_t i = 0; i < sizeof renamed / sizeof renamed[0]; i++)
        if (strcmp(code, renamed[i][0]) == 0)
            return renamed[i][1];
    bool artificial = strcmp(code, "un") == 0 || strncmp(code, "xx", 2) == 0 ||
                      strcmp(code, "zzp") == 0 || strcmp(code, "tlh") == 0;
    return artificial ? "und" : code;
}

static bool has_letters(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] >= 0x80 || isalpha((unsigned char)text.data[i]))
            return true;
    return false;
}

enum status language_run(struct doc *doc, struct arena *arena)
{
    char buffer[SAMPLE_START_BYTES + SAMPLE_MIDDLE_BYTES + 8], hint[9];
    primary_of(doc->article->language, hint);
    struct slice sample = sample_of(doc->text, buffer);
    struct cld2_answer answer = cld2_detect(sample.data, (int)sample.len, hint[0] ? hint : NULL);
    struct slice code = slice_from(bcp47(answer.code));
    double confidence = answer.percent / 100.0 * (answer.reliable ? 0.99 : 0.6);
    bool lost = slice_is(code, "und") || (!answer.reliable && !answer.hint_known);
    if (lost && hint[0] && has_letters(sample)) {
        code = slice_from(hint);
        confidence = 0.3;
    }
    if (slice_is(code, "und"))
        confidence = 0;
    doc->result->language.code = arena_copy(code, arena);
    doc->result->language.confidence = confidence;
    /* Stages ask for the primary subtag. */
    const char *dash = memchr(code.data, '-', code.len);
    doc->language =
        arena_copy(slice_sub(code, 0, dash ? (size_t)(dash - code.data) : code.len), arena).data;
    return doc->language && doc->result->language.code.data ? STATUS_OK : STATUS_REJECT;
}
