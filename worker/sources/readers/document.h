/* A file that is one article, whole: its name becomes the article's id, so that answers and
 * refusals can be told apart. Shared by the readers of plain text and HTML. */
#ifndef NEWSMILL_WORKER_SOURCES_READERS_DOCUMENT_H
#define NEWSMILL_WORKER_SOURCES_READERS_DOCUMENT_H

#include "worker/sources/reader.h"

/* `type` is the media type of the body; `text` says that clean UTF-8 travels as a string. */
enum status document_next(struct reader_state *state, struct reading *reading, const char *type,
                          bool text) MUST_CHECK;

#endif
