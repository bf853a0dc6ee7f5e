/* One document on its way through the stages: the article, what is known of it, the result.
 *
 * Lives for one analysis_run(); everything it points at is the article's, the arena's, or static.
 * Positions inside the analysis are bytes of `text`; results speak of code points (doc_point()).
 * Every stage takes time linear in the length of the body, whatever the body says. */
#ifndef NEWSMILL_WORKER_ANALYSIS_DOC_H
#define NEWSMILL_WORKER_ANALYSIS_DOC_H

#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/slice.h"
#include "common/status.h"
#include "proto/article.h"
#include "proto/result.h"

/* A paragraph, heading or list item of the body, cleaned: no controls, single spaces. */
struct doc_block {
    struct slice text;
    const char *reason; /* why it is left out of the text; NULL: it stays */
    bool heading;
    bool links; /* nothing but links (HTML) */
};

enum doc_shape {
    SHAPE_LOWER,
    SHAPE_CAPITAL,
    SHAPE_UPPER,
    SHAPE_OTHER
}; /* Usa: CAPITAL, USA: UPPER */

/* A word as ICU cuts it (U.S, don't, Japan's are one each). */
struct doc_word {
    uint64_t hash;        /* lexicon_hash() of the folded form */
    uint32_t from, to;    /* bytes of text */
    uint32_t fold;        /* where the folded form starts in `folded` */
    uint8_t fold_len;     /* cut at 255 bytes */
    uint8_t shape;        /* enum doc_shape */
    uint8_t tail;         /* bytes of a possessive 's at the end, not in the folded form */
    uint8_t number : 1;   /* starts with a digit */
    uint8_t plain : 1;    /* nothing but letters of ASCII */
    uint8_t capitals : 2; /* letters that are not small; 2: or more */
};

struct doc_sentence {
    uint32_t from, to;             /* bytes of text */
    uint32_t first_word, word_end; /* its words: [first_word, word_end) */
    double tone;
};

/* A token of the syntax (English only); its words and relations: syntax/tags.h. */
struct doc_token {
    uint32_t from, to; /* bytes of text */
    uint32_t head; /* an index into tokens; DOC_TOKEN_NONE: a root (a sentence may have several) */
    uint32_t sentence; /* an index into sentences */
    struct slice lemma;
    uint8_t upos, xpos, relation; /* enum upos, enum xpos, enum relation */
};
#define DOC_TOKEN_NONE UINT32_MAX

struct doc_piece;
struct network;    /* syntax/network.h */
struct gazetteer;  /* places/gazetteer_format.h */
struct petrarch;   /* petrarch/petrarch.h */
struct name_span;  /* names/spans.h */
struct doc_breaks; /* ICU's opened break iterators, words.c */

struct lexicon;
struct lexicon_entry;
struct doc_kind;
struct theme_table;

#define DOC_GAZETTEERS 2

struct doc {
    const struct article *article;
    struct doc_breaks *breaks;
    const struct lexicon *tone_lexicon;
    const struct theme_table *themes; /* the user's (themes/themes_file.h), or NULL */
    struct result *result;
    struct network *network;         /* of the syntax; NULL: it is left out */
    const struct petrarch *petrarch; /* dictionaries of the user's; NULL: none */
    bool give_tokens;                /* in the result */

    int64_t received_ms; /* when ingest accepted it; 0 when unknown: nothing is dated later */

    struct slice body;          /* clean UTF-8 */
    struct slice page_language; /* BCP 47, as a page says; NULL when it does not */
    struct doc_block *blocks;
    size_t block_count;

    struct slice text;
    const uint32_t *marks; /* code points before byte i * DOC_MARK_BYTES; NULL: all ASCII */
    const char *language;  /* the primary subtag, "und" */

    struct doc_piece *pieces; /* pieces.h */
    size_t piece_count;

    struct doc_word *words;
    size_t word_count;
    const char *folded;
    struct doc_kind *kinds; /* the different words: words/kinds.h */
    size_t kind_count;
    uint32_t *word_kinds;                      /* of each word, an index into kinds */
    const struct lexicon_entry **tone_entries; /* of each kind, tone_lexicon's; NULL for none */
    double *tone_weights; /* of each word of a sentence: what it adds to that one's tone; English */
    struct doc_sentence *sentences;
    size_t sentence_count;

    struct doc_token *tokens; /* in the order of the text; none unless the text is English */
    size_t token_count;
    uint32_t *first_child, *next_sibling; /* of each token: syntax/tree.h */
    struct name_span *names;              /* as the result has them, in the same order */
    size_t name_count;
    const struct gazetteer *gazetteers[DOC_GAZETTEERS]; /* the user's or NULL, the built-in one */
};

#define DOC_MARK_BYTES 64

/* The code point of `text` that begins at byte `at`. */
uint32_t doc_point(const struct doc *doc, size_t at);
/* Fills `marks` for `text`. REJECT at the arena's limit. */
enum status doc_mark(struct doc *doc, struct arena *arena) MUST_CHECK;

/* Where the paragraph that byte `from` is in ends: at an empty line, or with the text. */
size_t doc_paragraph_end(struct slice text, size_t from);

static inline struct slice doc_fold(const struct doc *doc, const struct doc_word *word)
{
    return (struct slice){doc->folded + word->fold, word->fold_len};
}
static inline bool doc_language_is(const struct doc *doc, const char *language)
{
    return strcmp(doc->language, language) == 0;
}

/* White space collapsed to single spaces and trimmed; controls, soft hyphens, byte order marks,
 * zero-width spaces and bidi controls left out. May return part of `text`. */
struct slice doc_clean(struct slice text, struct arena *arena);

/* Appends a block with cleaned `text` unless that is empty; `*capacity` belongs to the caller. */
enum status doc_add_block(struct doc *doc, size_t *capacity, struct slice text,
                          struct doc_block **out, struct arena *arena) MUST_CHECK;

#endif
