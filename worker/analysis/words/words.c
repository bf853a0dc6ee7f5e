/* Words: where ICU breaks (dictionaries for scripts without spaces), and their folded forms. */
#include "worker/analysis/words/words.h"

#include <stdlib.h>
#include <unicode/ubrk.h>
#include <unicode/uchar.h>
#include <unicode/utext.h>

#include "common/utf8.h"
#include "worker/analysis/lexicon.h"
#include "worker/analysis/stages.h"

#define FOLD_BYTES_MAX (WORDS_FOLD_BYTES - 4)

/* Languages whose word rules differ from the root's; dictionaries go by script, not by language. */
static const char *const languages[] = {"", "fi", "sv", "el"};
#define LANGUAGES (sizeof languages / sizeof languages[0])

struct doc_breaks {
    UBreakIterator *words[LANGUAGES]; /* [0] is always there */
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

static UBreakIterator *iterator_for(const struct doc *doc)
{
    size_t found = 0;
    for (size_t i = 1; i < LANGUAGES; i++)
        if (doc_language_is(doc, languages[i]))
            found = i;
    return doc->breaks->words[found];
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
    uint32_t lower = (uint32_t)u_tolower((UChar32)point);
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

/* Fills the folded form and what goes with it; `fold` has room for FOLD_BYTES_MAX. */
static void fold_word(struct slice text, struct doc_word *word, char *fold)
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
    if (len > 2 && fold[len - 1] == 's' && fold[len - 2] == '\'') {
        len -= 2;
        word->tail = (unsigned char)text.data[word->to - 2] == '\'' ? 2 : 4; /* ' or ’ */
        cases.lower = cases.lower > 0 ? cases.lower - 1 : 0;
    }
    word->fold_len = (uint8_t)drop_stops(fold, len);
    word->hash = lexicon_hash(LEXICON_HASH_START, fold, word->fold_len);
    word->shape = (uint8_t)shape_of(&cases);
    word->number = text.data[word->from] >= '0' && text.data[word->from] <= '9';
}

size_t words_fold(struct slice word, char fold[WORDS_FOLD_BYTES])
{
    struct doc_word folded = {.to = (uint32_t)word.len};
    if (word.len > UINT32_MAX)
        return 0;
    fold_word(word, &folded, fold);
    return folded.fold_len;
}

/* Folded forms stand one behind the other in chunks of this many bytes and more. */
struct folder {
    char *folded;
    size_t len, capacity;
};

/* A folded form may be half as long again as the text: `capacity` allows for it. */
static enum status collect(struct doc *doc, UBreakIterator *words, struct folder *folder,
                           struct arena *arena)
{
    void *items = NULL;
    size_t capacity = 0;
    int32_t from = ubrk_first(words);
    for (int32_t to; (to = ubrk_next(words)) != UBRK_DONE; from = to) {
        if (ubrk_getRuleStatus(words) < UBRK_WORD_NUMBER)
            continue;
        struct doc_word *word =
            arena_push(&items, &doc->word_count, &capacity, sizeof *word, arena);
        if (!word)
            return STATUS_REJECT;
        char fold[WORDS_FOLD_BYTES];
        word->from = (uint32_t)from;
        word->to = (uint32_t)to;
        fold_word(doc->text, word, fold);
        if (word->fold_len > folder->capacity - folder->len)
            return STATUS_FATAL; /* a bug: see words_run */
        memcpy(folder->folded + folder->len, fold, word->fold_len);
        word->fold = (uint32_t)folder->len;
        folder->len += word->fold_len;
    }
    doc->words = items;
    return STATUS_OK;
}

enum status words_run(struct doc *doc, struct arena *arena)
{
    UErrorCode error = U_ZERO_ERROR;
    UText text = UTEXT_INITIALIZER;
    struct folder folder = {.capacity = doc->text.len + doc->text.len / 2 + FOLD_BYTES_MAX};
    folder.folded = arena_alloc(arena, folder.capacity);
    if (!folder.folded)
        return STATUS_REJECT;
    UBreakIterator *words = iterator_for(doc);
    utext_openUTF8(&text, doc->text.data, (int64_t)doc->text.len, &error);
    ubrk_setUText(words, &text, &error);
    if (U_FAILURE(error))
        return STATUS_FATAL;
    enum status status = collect(doc, words, &folder, arena);
    utext_close(&text);
    doc->folded = folder.folded;
    return status;
}
