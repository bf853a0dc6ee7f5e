/* Quotation marks: which stretches of the text stand in them. Every language; linear; pure. */
#ifndef NEWSMILL_WORKER_ANALYSIS_QUOTES_MARKS_H
#define NEWSMILL_WORKER_ANALYSIS_QUOTES_MARKS_H

#include "worker/analysis/doc.h"

struct quoted {
    uint32_t from, to; /* bytes of text, without the marks */
    bool goes_on;      /* the next paragraph begins with another opening mark: one quotation */
};

/* In the order of the text; nested quotations are part of the outer one. A mark that is never
 * closed before its paragraph ends quotes nothing, unless the next paragraph opens again. REJECT at
 * the arena's limit. */
enum status quotes_marks(const struct doc *doc, struct quoted **out, size_t *count,
                         struct arena *arena) MUST_CHECK;

#endif
