/* The language of the text: of a sample of it, with the producer's hint as a hint. */
#include <ctype.h>

#include "worker/analysis/language/identify.h"
#include "worker/analysis/stages.h"

#define SAMPLE_START_BYTES  700
#define SAMPLE_MIDDLE_BYTES 500
#define SHORT_BYTES         200 /* a text below this is read together with its title */
_Static_assert(SAMPLE_START_BYTES + SAMPLE_MIDDLE_BYTES + 8 <= IDENTIFY_BYTES_MAX, "it fits");

static size_t character_start(struct slice text, size_t at)
{
    while (at > 0 && at < text.len && ((unsigned char)text.data[at] & 0xc0) == 0x80)
        at--;
    return at;
}

static struct slice with_title(struct slice text, struct slice title, char *out)
{
    size_t len =
        character_start(title, title.len < SAMPLE_START_BYTES ? title.len : SAMPLE_START_BYTES);
    memcpy(out, title.data, len);
    out[len++] = '\n';
    memcpy(out + len, text.data, text.len);
    return (struct slice){out, len + text.len};
}

/* All of a short text; a start and a middle of a long one. */
static struct slice sample_of(struct slice text, struct slice title, char *out)
{
    if (text.len < SHORT_BYTES && title.len > 0)
        return with_title(text, title, out);
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
    if (strcmp(out, "no") == 0)
        memcpy(out, "nb", 3);
}

enum status language_run(struct doc *doc, struct arena *arena)
{
    char buffer[IDENTIFY_BYTES_MAX], hint[9];
    /* Templates of pages say "en" of anything: the producer's word goes before theirs. */
    bool given = doc->article->language.len > 0;
    primary_of(given ? doc->article->language : doc->page_language, hint);
    struct slice sample = sample_of(doc->text, doc->result->title, buffer);
    struct identified found = language_identify(sample, hint[0] ? hint : NULL);
    doc->result->language.code = arena_copy(found.code, arena);
    doc->result->language.confidence = found.confidence;
    /* Stages ask for the primary subtag. */
    const char *dash = memchr(found.code.data, '-', found.code.len);
    size_t primary = dash ? (size_t)(dash - found.code.data) : found.code.len;
    doc->language = arena_copy(slice_sub(found.code, 0, primary), arena).data;
    return doc->language && doc->result->language.code.data ? STATUS_OK : STATUS_REJECT;
}
