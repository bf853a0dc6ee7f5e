/* The different words of a text: what is asked of a word's form is asked once for all its
 * occurrences. Words are told apart by their hash. In the document's arena. */
#ifndef NEWSMILL_WORKER_ANALYSIS_WORDS_KINDS_H
#define NEWSMILL_WORKER_ANALYSIS_WORDS_KINDS_H

#include "worker/analysis/doc.h"
#include "worker/analysis/lexicon.h"

/* In the order in which they first stand in the text. */
struct doc_kind {
    uint64_t hash;
    uint32_t count, first; /* how often, and the word where it stands first */
};

/* Fills `kinds` and `word_kinds` of the document. REJECT at the arena's limit. */
enum status kinds_find(struct doc *doc, struct arena *arena) MUST_CHECK;

/* The entry of each kind alone, NULL for those that are not in the table; NULL at the arena's
 * limit.
 */
const struct lexicon_entry **kinds_entries(const struct doc *doc, const struct lexicon *lexicon,
                                           struct arena *arena);

/* The longest phrase that begins at `word` and ends before `end`, its first word's entry alone
 * being `single`, of at most LEXICON_PHRASE_WORDS; `*count` is its length in words, 1 where there
 * is none. NULL when neither a phrase nor the word is there. */
const struct lexicon_entry *kinds_phrase(const struct doc *doc, const struct lexicon *lexicon,
                                         const struct lexicon_entry *single, size_t word,
                                         size_t end, size_t *count);

#endif
