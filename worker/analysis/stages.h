/* The stages of the analysis, in the order they run: the first thing to read here.
 *
 * A stage is a pure function over one document and one arena: no I/O, no clock, no memory of
 * earlier documents. A new one is a file and a row in stages.c. It returns REJECT when the arena is
 * exhausted and FATAL when ICU or the heap fails. */
#ifndef NEWSMILL_WORKER_ANALYSIS_STAGES_H
#define NEWSMILL_WORKER_ANALYSIS_STAGES_H

#include "worker/analysis/doc.h"

/* What stages give and need. */
enum {
    DOC_BODY = 1 << 0,      /* clean UTF-8 */
    DOC_BLOCKS = 1 << 1,    /* paragraphs, headings, list items; title and date where found */
    DOC_REASONS = 1 << 2,   /* which of them are no part of the article */
    DOC_TEXT = 1 << 3,      /* the text, its code points, `removed` */
    DOC_LANGUAGE = 1 << 4,  /* */
    DOC_WORDS = 1 << 5,     /* */
    DOC_SENTENCES = 1 << 6, /* */
    DOC_NAMES = 1 << 7,     /* */
    DOC_TONE = 1 << 8,      /* of the article and each sentence */
    DOC_FINGERPRINT = 1 << 9,
    DOC_PIECES = 1 << 10,
    DOC_AMOUNTS = 1 << 11,
    DOC_TOKENS = 1 << 12, /* of English texts, unless the syntax is left out */
    DOC_SYNTAX = 1 << 13, /* their tags, lemmas, heads and relations */
    DOC_DATES = 1 << 14,
    DOC_PASSAGES = 1 << 15, /* in another language than the article's */
    DOC_PLACES = 1 << 16,
    DOC_EVENTS = 1 << 17,
    DOC_TARGETS = 1 << 18, /* tone towards named actors */
    DOC_QUOTES = 1 << 19,
    DOC_THEMES = 1 << 20,
    DOC_GIST = 1 << 21 /* genre, key phrases, summary */
};

struct stage {
    const char *name;
    unsigned needs, gives;
    enum status (*run)(struct doc *doc, struct arena *arena);
};
extern const struct stage stages[];
extern const size_t stage_count;

enum status decode_run(struct doc *doc, struct arena *arena) MUST_CHECK;
enum status blocks_run(struct doc *doc, struct arena *arena) MUST_CHECK;
enum status boilerplate_run(struct doc *doc, struct arena *arena) MUST_CHECK;
enum status text_run(struct doc *doc, struct arena *arena) MUST_CHECK;
enum status language_run(struct doc *doc, struct arena *arena) MUST_CHECK;
enum status passages_run(struct doc *doc, struct arena *arena) MUST_CHECK;
enum status words_run(struct doc *doc, struct arena *arena) MUST_CHECK;
enum status sentences_run(struct doc *doc, struct arena *arena) MUST_CHECK;
enum status names_run(struct doc *doc, struct arena *arena) MUST_CHECK;
enum status places_run(struct doc *doc, struct arena *arena) MUST_CHECK;
enum status tone_run(struct doc *doc, struct arena *arena) MUST_CHECK;
enum status pieces_run(struct doc *doc, struct arena *arena) MUST_CHECK;
enum status dates_run(struct doc *doc, struct arena *arena) MUST_CHECK;
enum status amounts_run(struct doc *doc, struct arena *arena) MUST_CHECK;
enum status tokens_run(struct doc *doc, struct arena *arena) MUST_CHECK;
enum status syntax_run(struct doc *doc, struct arena *arena) MUST_CHECK;
enum status events_run(struct doc *doc, struct arena *arena) MUST_CHECK;
enum status targets_run(struct doc *doc, struct arena *arena) MUST_CHECK;
enum status quotes_run(struct doc *doc, struct arena *arena) MUST_CHECK;
enum status themes_run(struct doc *doc, struct arena *arena) MUST_CHECK;
enum status genre_run(struct doc *doc, struct arena *arena) MUST_CHECK;
enum status keyphrases_run(struct doc *doc, struct arena *arena) MUST_CHECK;
enum status summary_run(struct doc *doc, struct arena *arena) MUST_CHECK;
enum status fingerprint_run(struct doc *doc, struct arena *arena) MUST_CHECK;

#endif
