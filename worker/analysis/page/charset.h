/* Which charset a binary body is in. */
#ifndef NEWSMILL_WORKER_ANALYSIS_PAGE_CHARSET_H
#define NEWSMILL_WORKER_ANALYSIS_PAGE_CHARSET_H

#include "proto/article.h"

/* What detection reads: enough to be sure, and a bound. */
#define CHARSET_SAMPLE_BYTES ((size_t)64 * 1024)

/* A name ICU has a converter for, or NULL for UTF-8. In this order: a byte order mark (`*mark` is
 * its length, else 0); the producer's hint; UTF-8 where the bytes are well-formed; what a page's
 * <meta> says; ICU's detection. A name that ICU does not know counts as none, and so does UTF-8
 * where most of what is not ASCII is ill-formed. Web names mean what browsers take them for:
 * "iso-8859-1" is windows-1252. */
const char *charset_of(const struct article *article, size_t *mark, struct arena *arena);

#endif
