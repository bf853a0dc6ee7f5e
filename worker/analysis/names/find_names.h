/* Where names of the gazetteer stand in a text, before anything is judged. */
#ifndef NEWSMILL_WORKER_ANALYSIS_NAMES_FIND_NAMES_H
#define NEWSMILL_WORKER_ANALYSIS_NAMES_FIND_NAMES_H

#include "worker/analysis/doc.h"
#include "worker/analysis/tables.h"

#define NAME_NO_WORD UINT32_MAX /* found by code points: there are no words to look at */

struct name_mention {
    const struct gazetteer_row *row;
    uint32_t from, to;             /* bytes of text */
    uint32_t first_word, word_end; /* or NAME_NO_WORD */
    bool first_in_sentence, short_key;
    bool person, dropped; /* set by the judge */
    double confidence;
};

/* All mentions in the order of the text, none overlapping; those of kind NOT included. */
enum status find_names(const struct doc *doc, struct name_mention **out, size_t *count,
                       struct arena *arena) MUST_CHECK;

#endif
