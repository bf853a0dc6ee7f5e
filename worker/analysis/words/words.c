/* Words: where Unicode's text segmentation breaks (UAX 29, with ICU's dictionaries for scripts
 * without spaces), and their folded forms.
 *
 * Most of most texts is simple (segments.h) and is cut here; stretches between blanks with anything
 * else in them are cut by ICU, and so are languages with rules of their own. */
#include "worker/analysis/words/words.h"

#include <stdlib.h>
#include <unicode/ubrk.h>
#include <unicode/uchar.h>
#include <unicode/utext.h>

#include "common/utf8.h"
#include "worker/analysis/lexicon.h"
#include "worker/analysis/stages.h"
#include "worker/analysis/words/kinds.h"
#include "worker/analysis/words/letters.h"
#include "worker/analysis/words/segments.h"

#define FOLD_BYTES_MAX (WORDS_FOLD_BYTES - 4)
#define LETTERS_MAX    64 /* of words that are folded eight bytes at a time */
#define WORD_BYTES     5  /* at least, with what stands behind it, in most texts */

/* Languages whose word rules differ from the root's; dictionaries go by script, not by language. */
static const char *const languages[] = {"", "fi", "sv", "el"};
#define LANGUAGES (sizeof languages / sizeof languages[0])

struct doc_breaks {
    UBreakIterator *words[LANGUAGES]; /* [0] is always there */
    struct segments segments;
};

enum status words_breaks_new(struct doc_breaks **out, struct fault *fault)
{
    UErrorCode error = U_ZERO_ERROR;
    struct doc_breaks *breaks = calloc(1, sizeof *breaks);
    *out = breaks;
    if (!breaks)
        return fault_set(fault, STATUS_FATAL, "out-of-memory", "no memory for the break iterators");
    for (size_t i = 0; i < LANGUAGES && U_SUCCESS(error); i++)
        breaks->words[i] = ubrk_open(UBRK_WORD, languages[i], NULL, 0, &error);
    segments_init(&breaks->segments);
    if (U_SUCCESS(error))
        return STATUS_OK;
    words_breaks_free(breaks);
    *out = NULL;
    return fault_set(fault, STATUS_FATAL, "icu-data",
                     "ICU cannot open its word breaks (%s): install libicu with its data",
                     u_errorName(error));
}

void words_breaks_free(struct doc_breaks *breaks)
{
    if (!breaks)
        return;
    for (size_t i = 0; i < LANGUAGES; i++)
        if (breaks->words[i])
            ubrk_close(breaks->words[i]);
    free(breaks);
}

/* Which of `languages`; 0: the rules are the root's. */
static size_t rules_for(const struct doc *doc)
{
    size_t found = 0;
    for (size_t i = 1; i < LANGUAGES; i++)
        if (doc_language_is(doc, languages[i]))
            found = i;
    return found;
}

/* Counts letters by case while a word is folded. */
struct cases {
    size_t upper, lower;
    bool first_upper, first_lower;
};

static uint32_t fold_point(uint32_t point, struct cases *cases)
{
    if (point == 0x2019 || point == 0x2bb)
        return '\'';
    uint32_t lower = point >= 'A' && point <= 'Z' ? point + ('a' - 'A')
                     : point < 0x80               ? point
                                                  : (uint32_t)u_tolower((UChar32)point);
    bool is_upper = lower != point;
    bool is_lower =
        !is_upper && (point < 0x80 ? point >= 'a' && point <= 'z' : u_islower((UChar32)point));
    if (cases->upper + cases->lower == 0) {
        cases->first_upper = is_upper;
        cases->first_lower = is_lower;
    }
    cases->upper += is_upper;
    cases->lower += is_lower;
    return lower;
}

static enum doc_shape shape_of(const struct cases *cases)
{
    if (cases->upper >= 2 && cases->lower == 0)
        return SHAPE_UPPER;
    if (cases->first_upper)
        return SHAPE_CAPITAL;
    return cases->first_lower ? SHAPE_LOWER : SHAPE_OTHER;
}

/* "u.s" to "us" when every part is one character; returns the new length. */
static size_t drop_stops(char *fold, size_t len)
{
    struct slice text = {fold, len};
    if (!memchr(fold, '.', len))
        return len;
    for (size_t at = 0; at < len;) {
        (void)utf8_next(text, &at);
        if (at < len && fold[at] != '.')
            return len;
        at++;
    }
    size_t kept = 0;
    for (size_t i = 0; i < len; i++)
        if (fold[i] != '.')
            fold[kept++] = fold[i];
    return kept;
}

/* Fills the folded form and what goes with it, for a word of nothing but letters of ASCII; false
 * when it is another. `fold` has room for FOLD_BYTES_MAX, in all three of these. */
static inline bool fold_letters(struct slice text, struct doc_word *word, char *fold)
{
    const uint64_t case_bits = LETTERS_CASE_BIT * LETTERS_ONES;
    uint64_t hash = LEXICON_HASH_START;
    uint32_t len = word->to - word->from, upper = 0;
    bool lower = false, first_upper = false;
    if (len > LETTERS_MAX)
        return false;
    for (uint32_t i = 0; i < len; i += LETTERS_EIGHT) {
        uint32_t count = len - i < LETTERS_EIGHT ? len - i : LETTERS_EIGHT;
        uint64_t own = UINT64_MAX >> 8 * (LETTERS_EIGHT - count);
        uint64_t eight = letters_load(text, word->from + i), small = (eight | case_bits) & own;
        uint64_t capitals = ~eight & case_bits & own, out = htole64(small);
        if (letters_others(eight) & own)
            return false;
        memcpy(fold + i, &out, LETTERS_EIGHT);
        hash = lexicon_hash_eight(hash, small, count);
        first_upper = i == 0 ? capitals & LETTERS_CASE_BIT : first_upper;
        lower |= capitals != (case_bits & own);
        upper += (capitals != 0 ? 1u : 0u) + ((capitals & (capitals - 1)) != 0 ? 1u : 0u);
    }
    word->hash = hash;
    word->fold_len = (uint8_t)len;
    word->shape = upper >= 2 && !lower ? SHAPE_UPPER : first_upper ? SHAPE_CAPITAL : SHAPE_LOWER;
    word->plain = 1;
    word->capitals = upper < 2 ? upper & 3 : 2;
    return true;
}

/* The same for any word. */
static void fold_any(struct slice text, struct doc_word *word, char *fold)
{
    struct cases cases = {0};
    size_t len = 0;
    for (size_t at = word->from; at < word->to && len + 4 <= FOLD_BYTES_MAX;) {
        unsigned char byte = (unsigned char)text.data[at];
        if (byte >= 'a' && byte <= 'z' && cases.upper + cases.lower > 0) {
            fold[len++] = (char)byte; /* most bytes of most texts */
            cases.lower++;
            at++;
        } else {
            len += utf8_put(fold_point(utf8_next(text, &at), &cases), fold + len);
        }
    }
    word->plain = cases.upper + cases.lower == word->to - word->from;
    if (len > 2 && fold[len - 1] == 's' && fold[len - 2] == '\'') {
        len -= 2;
        word->tail = (unsigned char)text.data[word->to - 2] == '\'' ? 2 : 4; /* ' or ’ */
        cases.lower = cases.lower > 0 ? cases.lower - 1 : 0;
    }
    word->fold_len = (uint8_t)drop_stops(fold, len);
    word->shape = (uint8_t)shape_of(&cases);
    word->capitals = cases.upper < 2 ? cases.upper & 3 : 2;
    word->number = (unsigned char)(text.data[word->from] - '0') < 10;
    word->hash = lexicon_hash(LEXICON_HASH_START, fold, word->fold_len);
}

static inline void fold_word(struct slice text, struct doc_word *word, char *fold)
{
    if (!fold_letters(text, word, fold))
        fold_any(text, word, fold);
}

size_t words_fold(struct slice word, char fold[WORDS_FOLD_BYTES])
{
    struct doc_word folded = {.to = (uint32_t)word.len};
    if (word.len > UINT32_MAX)
        return 0;
    fold_word(word, &folded, fold);
    return folded.fold_len;
}

/* Words as they are collected; folded forms stand one behind the other. */
struct collector {
    struct doc *doc;
    void *items;
    size_t capacity;
    char *folded;
    size_t len, room; /* room: a folded form may be half as long again as its word */
    struct arena *arena;
};

static enum status collect(struct collector *collector, size_t from, size_t to)
{
    struct doc *doc = collector->doc;
    struct doc_word *word = arena_push(&collector->items, &doc->word_count, &collector->capacity,
                                       sizeof *word, collector->arena);
    if (!word)
        return STATUS_REJECT;
    if (collector->room - collector->len < FOLD_BYTES_MAX)
        return STATUS_FATAL; /* a bug: see words_run */
    word->from = (uint32_t)from;
    word->to = (uint32_t)to;
    word->fold = (uint32_t)collector->len;
    char *fold = collector->folded + collector->len;
    fold_word(doc->text, word, fold);
    collector->len += word->fold_len;
    return STATUS_OK;
}

/* The words that ICU finds in [from, end). */
static enum status break_with(UBreakIterator *words, struct collector *collector, size_t from,
                              size_t end)
{
    UErrorCode error = U_ZERO_ERROR;
    UText text = UTEXT_INITIALIZER;
    enum status status = STATUS_OK;
    utext_openUTF8(&text, collector->doc->text.data + from, (int64_t)(end - from), &error);
    ubrk_setUText(words, &text, &error);
    if (U_FAILURE(error))
        return STATUS_FATAL;
    int32_t start = ubrk_first(words);
    for (int32_t to; status == STATUS_OK && (to = ubrk_next(words)) != UBRK_DONE; start = to)
        if (ubrk_getRuleStatus(words) >= UBRK_WORD_NUMBER)
            status = collect(collector, from + (size_t)start, from + (size_t)to);
    utext_close(&text);
    return status;
}

static enum status break_all(const struct doc *doc, struct collector *collector)
{
    size_t rules = rules_for(doc), from, to;
    enum status status = STATUS_OK;
    struct segment_walk walk = {.segments = &doc->breaks->segments, .text = doc->text};
    if (rules > 0)
        return break_with(doc->breaks->words[rules], collector, 0, doc->text.len);
    for (enum segment kind; status == STATUS_OK;) {
        kind = segments_next(&walk, &from, &to);
        if (kind == SEGMENT_END)
            break;
        status = kind == SEGMENT_WORD ? collect(collector, from, to)
                                      : break_with(doc->breaks->words[0], collector, from, to);
    }
    return status;
}

enum status words_run(struct doc *doc, struct arena *arena)
{
    struct collector collector = {
        .doc = doc, .room = doc->text.len + doc->text.len / 2 + 2 * FOLD_BYTES_MAX, .arena = arena};
    collector.folded = arena_alloc(arena, collector.room);
    collector.capacity = doc->text.len / WORD_BYTES + 1;
    collector.items = arena_array(arena, collector.capacity, sizeof *doc->words);
    if (!collector.folded || !collector.items)
        return STATUS_REJECT;
    enum status status = break_all(doc, &collector);
    doc->words = collector.items;
    doc->folded = collector.folded;
    return status == STATUS_OK ? kinds_find(doc, arena) : status;
}
