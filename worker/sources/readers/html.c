/* HTML: a file is one article; its bytes travel as they are, because the page may name a charset.
 */
#include <strings.h>

#include "worker/sources/readers/document.h"

static bool begins(struct slice text, const char *with)
{
    size_t len = strlen(with);
    return text.len >= len && strncasecmp(text.data, with, len) == 0;
}

static enum reader_match matches(const char *path, struct slice head)
{
    static const char *const suffixes[] = {".html", ".htm", ".xhtml", NULL};
    if (reader_has_suffix(path, suffixes))
        return READER_BY_NAME;
    struct slice text = reader_beginning(head);
    if (begins(text, "<!doctype html") || begins(text, "<html") || begins(text, "<head") ||
        begins(text, "<body"))
        return READER_BY_BYTES;
    bool xhtml = begins(text, "<?xml") && slice_find(text, "<html");
    return xhtml ? READER_BY_BYTES : READER_NO;
}

static enum status next(struct reader_state *state, struct reading *reading)
{
    return document_next(state, reading, "text/html", false);
}

const struct reader reader_html = {"HTML", matches, next, NULL};
