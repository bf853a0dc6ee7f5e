/* The stretches of text in which names may stand, and what is known of each word of them.
 *
 * A window is a run of words of one sentence that begins and ends with a capital (or a number
 * beside one), with nothing between them but capitals, numbers and up to three of the small words
 * that stand inside names ("of the", "and", "de la"). Quotation marks, brackets and semicolons end
 * it. All else is no name, and is not looked at again: what naming costs goes with the capitals. */
#ifndef NEWSMILL_WORKER_ANALYSIS_NAMES_WINDOWS_H
#define NEWSMILL_WORKER_ANALYSIS_NAMES_WINDOWS_H

#include "worker/analysis/doc.h"
#include "worker/analysis/names/name_tables.h"
#include "worker/analysis/names/uses.h"

#define WINDOW_WORDS_MAX 48
#define WINDOW_BESIDE    2 /* words known on either side of a window */

/* What stands between a word and the one before it. */
enum window_gap {
    WINDOW_EDGE, /* the sentence begins here */
    WINDOW_SPACE,
    WINDOW_HYPHEN,
    WINDOW_STOP, /* ". " */
    WINDOW_COMMA,
    WINDOW_JOIN, /* & / ' */
    WINDOW_OPEN, /* a quotation mark or bracket */
    WINDOW_OTHER
};

/* One bit a shape: how the word is written. */
enum window_shape {
    WINDOW_LOWER,
    WINDOW_CAPITAL,
    WINDOW_UPPER,
    WINDOW_INITIAL, /* one capital */
    WINDOW_MIXED,   /* eBay, iPhone, McDonald, al-Ani has none */
    WINDOW_NUMBER,
    WINDOW_ALNUM, /* F16, 6PR */
    WINDOW_OTHER_SHAPE
};

struct window_word {
    uint32_t word; /* its folded form, hashed */
    uint32_t prefix[2], suffix[3];
    uint32_t bits; /* name_words */
    uint32_t
        phrase; /* name_phrases of the longest phrase it stands in; from bit 8: 1 first, 2 later */
    uint8_t kind; /* NAME_KIND_ of an ordinary word */
    uint8_t shape, gap, fold_len;
    bool lower_elsewhere; /* the article has it in lower case too */
    bool inner_elsewhere; /* and with a capital inside a sentence, elsewhere */
    uint8_t run_first,
        run_end; /* the unbroken run of capitals it stands in, as indices of the window */
};

/* What is said of the window behind it: "was a Swedish zoologist", ", a village". */
enum window_saying { WINDOW_SAYS_NOTHING, WINDOW_SAYS_IS, WINDOW_SAYS_BESIDE };

struct window {
    uint32_t first, end;                 /* words of the document */
    const struct doc_sentence *sentence; /* the one that it is in */
    bool shouted;                        /* that is all capitals */
    size_t next, expected;               /* of uses->starts: the first behind, or to be fetched */
    size_t topical;                      /* of uses->topical: the first that may be near */
    uint32_t topics, topics_here; /* NAME_WORD_TOPICS of the article, and of the words around */
    enum window_saying saying;    /* and what: the head noun and its kind */
    uint32_t said;
    uint8_t said_kind;
    /* words[WINDOW_BESIDE] is the window's first; what lies outside the sentence has all zero, and
     * of what stands beside the window only that is filled which features ask for */
    struct window_word words[WINDOW_WORDS_MAX + 2 * WINDOW_BESIDE];
};

/* Before the first window of a document, whose windows are found in the order of the text. */
void window_begin(struct window *window);
/* The next window of the sentence, or of one behind it; false when it has no more. */
bool window_find(const struct doc *doc, const struct doc_sentence *sentence,
                 const struct word_uses *uses, struct window *window);
/* Fills the rest of the window that was found. */
void window_fill(const struct doc *doc, const struct word_uses *uses, struct window *window);

#endif
