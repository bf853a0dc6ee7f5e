/* Plain text: a file is one article, headline and all; analysis tells them apart. */
#include "worker/sources/readers/document.h"

static enum reader_match matches(const char *path, struct slice head)
{
    static const char *const suffixes[] = {".txt", ".text", NULL};
    if (reader_has_suffix(path, suffixes))
        return READER_BY_NAME;
    return reader_is_text(head) ? READER_BY_BYTES : READER_NO;
}

static enum status next(struct reader_state *state, struct reading *reading)
{
    return document_next(state, reading, "text/plain", true);
}

const struct reader reader_text = {"plain text", matches, next, NULL};
