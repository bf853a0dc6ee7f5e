/* Finding names: the longest key of the gazetteer at each word; by code points where a script
 * writes no spaces or glues endings to words (Chinese, Japanese, Korean, Thai …). */
#include "worker/analysis/names/find_names.h"

#include <stdlib.h>
#include <unicode/uchar.h>

#include "common/utf8.h"

#define KEY_WORDS_MAX  10
#define LOOK_AHEAD     256 /* words whose place in the table is fetched before it is needed */
#define KEY_BYTES_MAX  256
#define KEY_POINTS_MAX 64 /* of unspaced scripts; the table says what it needs */

struct finder {
    const struct doc *doc;
    uint64_t languages;  /* which rows may match */
    bool glued_prefixes; /* Arabic and Hebrew write "and", "in", "to" onto the word */
    bool elisions;       /* l'Allemagne */
    uint64_t article;    /* the hash of "the" */
    size_t end;          /* where the last mention ends, in words */
    size_t sentence;     /* the one that it is in */
    void *items;
    size_t capacity, count;
    struct arena *arena;
};

static bool language_in(const struct doc *doc, const char *list)
{
    size_t len = strlen(doc->language);
    const char *found = strstr(list, doc->language);
    return len >= 2 && found && (found[len] == ' ' || found[len] == '\0');
}

static uint64_t languages_of(const struct doc *doc)
{
    uint64_t mask = 1;
    for (unsigned i = 0; i < gazetteer_language_count; i++) {
        if (gazetteer_languages[i][0] != doc->language[0])
            continue;
        size_t len = strcspn(gazetteer_languages[i], "-");
        if (strncmp(gazetteer_languages[i], doc->language, len) == 0 && !doc->language[len])
            mask |= UINT64_C(1) << i;
    }
    return doc_language_is(doc, "und") ? UINT64_MAX : mask;
}

/* The row of `entry` that holds for the text's language; NULL when there is none. */
static const struct gazetteer_row *row_of(const struct finder *finder,
                                          const struct lexicon_entry *entry)
{
    if (!entry || entry->value == LEXICON_PREFIX_ONLY)
        return NULL;
    for (uint32_t i = 0; i < entry->more; i++) {
        const struct gazetteer_row *row = &gazetteer_rows[(uint32_t)entry->value + i];
        if (row->languages & finder->languages)
            return row;
    }
    return NULL;
}

/* True when only what may stand inside a name lies between the words `left` and `right`. */
static bool may_join(const struct doc *doc, const struct doc_word *left,
                     const struct doc_word *right)
{
    struct slice gap = slice_sub(doc->text, left->to, right->from);
    if (left->tail > 0 || gap.len == 0 || gap.len > 3)
        return false;
    struct slice fold = doc_fold(doc, left);
    if (slice_is(gap, ". "))
        return fold.len <= 2; /* St. Lucia, N. Korea */
    if (slice_is(gap, ", "))  /* Washington, D.C.; Paris, Texas */
        return true;
    return slice_is(gap, " ") || slice_is(gap, "-") || slice_is(gap, " & ") ||
           slice_is(gap, "\xe2\x80\x91") || slice_is(gap, "\xe2\x80\x93");
}

static bool has_comma(const struct doc *doc, uint32_t from, uint32_t to)
{
    return memchr(doc->text.data + from, ',', to - from) != NULL;
}

/* Does the spelling of [first, end) fit the row? `lower`: the name begins in lower case. */
static bool spelling_fits(const struct finder *finder, const struct gazetteer_row *row,
                          size_t first, size_t end, bool lower)
{
    const struct doc *doc = finder->doc;
    const struct doc_word *words = doc->words;
    if (row->flags & GAZETTEER_EXACT)
        return words[first].shape == SHAPE_UPPER;
    if (row->kind == GAZETTEER_PREFIX)
        return !lower && words[first].to + 1 < doc->text.len &&
               doc->text.data[words[first].to] == '-' && doc->text.data[words[first].to + 1] != ' ';
    /* Demonyms and the like in capitals are fine (headlines); in lower case nothing is a name. */
    bool lower_article = lower && end - first > 1 && slice_is(doc_fold(doc, &words[first]), "the");
    /* "Biden administration" ends in lower case, countries do not. */
    bool common_end = row->kind == GAZETTEER_GOVERNMENT || row->kind == GAZETTEER_ORGANIZATION ||
                      row->kind == GAZETTEER_NOT;
    bool lower_end = end - first > 1 ? words[end - 1].shape == SHAPE_LOWER : lower;
    return (!lower || lower_article) && ((common_end && end - first > 1) || !lower_end);
}

/* JOIN US NOW: among words that are all capitals an acronym shows nothing. */
static bool is_shouted(const struct doc *doc, size_t word)
{
    size_t from = word > 2 ? word - 2 : 0, upper = 0, all = 0;
    for (size_t i = from; i < doc->word_count && i <= word + 2; i++) {
        if (i == word)
            continue;
        all++;
        upper += doc->words[i].shape == SHAPE_UPPER && doc->words[i].fold_len > 3;
    }
    return all > 0 && upper == all;
}

static enum status add(struct finder *finder, struct name_mention mention)
{
    struct name_mention *slot =
        arena_push(&finder->items, &finder->count, &finder->capacity, sizeof *slot, finder->arena);
    if (!slot)
        return STATUS_REJECT;
    *slot = mention;
    return STATUS_OK;
}

/* The longest key that begins with `head`, whose hash and entry are given, in place of the folded
 * form of word `first`; `lower`: it is written in lower case. */
static const struct gazetteer_row *longest_at(const struct finder *finder, size_t first,
                                              struct slice head, uint64_t hash,
                                              const struct lexicon_entry *entry, bool lower,
                                              size_t *end)
{
    const struct doc *doc = finder->doc;
    const struct gazetteer_row *best = NULL;
    if (!entry)
        return NULL;
    char key[KEY_BYTES_MAX];
    size_t len = head.len, most = entry->words < KEY_WORDS_MAX ? entry->words : KEY_WORDS_MAX;
    for (size_t n = 1;; n++) {
        const struct gazetteer_row *row = row_of(finder, entry);
        if (row && spelling_fits(finder, row, first, first + n, lower) &&
            (n == 1 || row->kind == GAZETTEER_NOT || row->kind == GAZETTEER_CAPITAL ||
             !has_comma(doc, doc->words[first].from, doc->words[first + n - 1].to))) {
            best = row;
            *end = first + n;
        }
        if (n >= most || first + n >= doc->word_count ||
            (n == 1 && !lexicon_may_go_on(&gazetteer_lexicon, hash, doc->words[first + 1].hash)) ||
            !may_join(doc, &doc->words[first + n - 1], &doc->words[first + n]))
            return best;
        struct slice next = doc_fold(doc, &doc->words[first + n]);
        if (len + 1 + next.len > sizeof key)
            return best;
        if (n == 1)
            memcpy(key, head.data, head.len);
        key[len] = ' ';
        memcpy(key + len + 1, next.data, next.len);
        hash = lexicon_hash(hash, key + len, 1 + next.len);
        len += 1 + next.len;
        entry = lexicon_find(&gazetteer_lexicon, (struct slice){key, len}, hash);
    }
}

/* Where the text of a word without `skipped` bytes of its folded form begins. */
static uint32_t start_of(const struct doc *doc, const struct doc_word *word, size_t skipped)
{
    size_t at = word->from, passed = 0;
    while (passed < skipped) {
        uint32_t point = utf8_next(doc->text, &at);
        passed += point < 0x80 || point == 0x2019 ? 1 : 2;
    }
    return (uint32_t)at;
}

static const struct gazetteer_row *longest_from(const struct finder *finder, size_t word,
                                                size_t skip, size_t *end)
{
    struct slice fold = doc_fold(finder->doc, &finder->doc->words[word]);
    struct slice head = slice_sub(fold, skip, fold.len);
    size_t at = start_of(finder->doc, &finder->doc->words[word], skip);
    bool lower = u_islower((UChar32)utf8_next(finder->doc->text, &at)); /* l'allemand */
    uint64_t hash = lexicon_hash(LEXICON_HASH_START, head.data, head.len);
    return longest_at(finder, word, head, hash, lexicon_find(&gazetteer_lexicon, head, hash), lower,
                      end);
}

/* Bytes at the start of a folded word that may be an elided article or glued-on particles; tries
 * each in turn. */
static const struct gazetteer_row *without_head(const struct finder *finder, size_t word,
                                                size_t *end, size_t *skipped)
{
    struct slice fold = doc_fold(finder->doc, &finder->doc->words[word]);
    const struct gazetteer_row *row = NULL;
    if (finder->elisions && fold.len > 3) {
        const char *quote = memchr(fold.data, '\'', fold.len < 6 ? fold.len : 6);
        size_t skip = quote ? (size_t)(quote - fold.data) + 1 : 0;
        if (skip > 0 && (row = longest_from(finder, word, skip, end)))
            *skipped = skip;
    }
    /* Arabic and Hebrew letters are two bytes each. */
    for (size_t skip = 2; finder->glued_prefixes && !row && skip <= 4 && skip + 4 <= fold.len;
         skip += 2)
        if ((row = longest_from(finder, word, skip, end)))
            *skipped = skip;
    return row;
}

/* A word at which a name may begin, and what the table may say of it (lexicon_maybe). */
struct candidate {
    uint32_t word;
    const struct lexicon_entry *maybe;
};

/* Nothing in lower case begins a name, except an article ("the Hague"). Without a jump, for which
 * words have capitals cannot be foreseen. */
static size_t list_candidates(const struct finder *finder, size_t from, size_t end,
                              struct candidate *out)
{
    const struct doc_word *words = finder->doc->words;
    const uint64_t article = finder->article;
    const bool all = finder->elisions;
    size_t count = 0;
    for (size_t i = from; i < end; i++) {
        out[count].word = (uint32_t)i;
        count += (words[i].shape != SHAPE_LOWER) | (words[i].hash == article) | all;
    }
    return count;
}

/* The words of [from, end), no more than LOOK_AHEAD, at which a key begins, or may begin where
 * words have more in front of them. What the table says of them is on its way. */
static size_t expect(const struct finder *finder, size_t from, size_t end, struct candidate *out)
{
    const struct doc_word *words = finder->doc->words;
    size_t count = list_candidates(finder, from, end, out), kept = 0;
    bool keep_all = finder->elisions || finder->glued_prefixes;
    for (size_t i = 0; i < count; i++)
        lexicon_expect(&gazetteer_lexicon, words[out[i].word].hash);
    for (size_t i = 0; i < count; i++) {
        struct candidate one = {out[i].word,
                                lexicon_maybe(&gazetteer_lexicon, words[out[i].word].hash)};
        __builtin_prefetch(one.maybe);
        out[kept] = one;
        kept += one.maybe || keep_all;
    }
    for (size_t i = 0; i < kept; i++) {
        lexicon_expect_key(&gazetteer_lexicon, out[i].maybe);
        if (out[i].maybe && out[i].maybe->value != LEXICON_PREFIX_ONLY)
            __builtin_prefetch(&gazetteer_rows[out[i].maybe->value]);
    }
    return kept;
}

/* The row of the longest key at the candidate; `*end` is the word behind it, `*skipped` the bytes
 * of the folded word in front of it. */
static const struct gazetteer_row *
row_at(const struct finder *finder, const struct candidate *candidate, size_t *end, size_t *skipped)
{
    const struct doc_word *word = &finder->doc->words[candidate->word];
    struct slice fold = doc_fold(finder->doc, word);
    const struct lexicon_entry *entry = candidate->maybe;
    if (entry && !lexicon_is(&gazetteer_lexicon, entry, fold))
        entry = lexicon_find(&gazetteer_lexicon, fold, word->hash);
    const struct gazetteer_row *row = longest_at(finder, candidate->word, fold, word->hash, entry,
                                                 word->shape == SHAPE_LOWER, end);
    *skipped = 0;
    return row ? row : without_head(finder, candidate->word, end, skipped);
}

static bool begins_sentence(struct finder *finder, size_t word)
{
    const struct doc *doc = finder->doc;
    while (finder->sentence + 1 < doc->sentence_count &&
           doc->sentences[finder->sentence].word_end <= word)
        finder->sentence++;
    return doc->sentence_count > 0 && doc->sentences[finder->sentence].first_word == word;
}

/* Adds what stands at the candidate, unless it is in the mention before. */
static enum status find_at(struct finder *finder, const struct candidate *candidate)
{
    const struct doc *doc = finder->doc;
    size_t first = candidate->word, end = first + 1, skipped;
    if (first < finder->end)
        return STATUS_OK;
    const struct gazetteer_row *row = row_at(finder, candidate, &end, &skipped);
    finder->end = end;
    if (!row || (row->flags & GAZETTEER_EXACT && is_shouted(doc, first)))
        return STATUS_OK;
    const struct doc_word *last = &doc->words[end - 1];
    struct name_mention mention = {
        .row = row,
        .from = start_of(doc, &doc->words[first], skipped),
        .to = last->to - last->tail,
        .first_word = (uint32_t)first,
        .word_end = (uint32_t)end,
        .first_in_sentence = begins_sentence(finder, first),
    };
    /* The last stop of U.S. is the name's own. */
    bool stops =
        !last->plain && memchr(doc->text.data + last->from, '.', last->to - last->from) != NULL;
    if (stops && last->tail == 0 && mention.to < doc->text.len && doc->text.data[mention.to] == '.')
        mention.to++;
    return add(finder, mention);
}

static enum status find_by_words(struct finder *finder)
{
    struct candidate candidates[LOOK_AHEAD];
    enum status status = STATUS_OK;
    for (size_t from = 0, left; (left = finder->doc->word_count - from) > 0; from += left) {
        left = left < LOOK_AHEAD ? left : LOOK_AHEAD;
        size_t count = expect(finder, from, from + left, candidates);
        for (size_t i = 0; i < count && status == STATUS_OK; i++)
            status = find_at(finder, &candidates[i]);
    }
    return status;
}

static bool is_unspaced(uint32_t point)
{
    return (point >= 0x0e00 && point <= 0x0eff) || (point >= 0x1000 && point <= 0x109f) ||
           (point >= 0x1780 && point <= 0x17ff) || (point >= 0x3040 && point <= 0x30ff) ||
           (point >= 0x3400 && point <= 0x9fff) || (point >= 0xac00 && point <= 0xd7af);
}

/* The longest key at byte `at`; at least two code points. */
static const struct gazetteer_row *longest_unspaced(const struct finder *finder, size_t at,
                                                    size_t *to, size_t *points)
{
    struct slice text = finder->doc->text;
    const struct gazetteer_row *best = NULL;
    char key[KEY_POINTS_MAX * 4];
    size_t len = 0, most = gazetteer_longest < KEY_POINTS_MAX ? gazetteer_longest : KEY_POINTS_MAX;
    uint64_t hash = LEXICON_HASH_START;
    for (size_t n = 1; n <= most && at < text.len; n++) {
        size_t start = at;
        uint32_t point = utf8_next(text, &at);
        bool dot = point == 0x30fb || point == 0xb7; /* between the words of a foreign name */
        if (!dot && !is_unspaced(point))
            return best;
        struct slice piece = dot ? SLICE_LITERAL(" ") : slice_sub(text, start, at);
        memcpy(key + len, piece.data, piece.len);
        len += piece.len;
        hash = lexicon_hash(hash, piece.data, piece.len);
        const struct gazetteer_row *row =
            n < 2
                ? NULL
                : row_of(finder, lexicon_find(&gazetteer_lexicon, (struct slice){key, len}, hash));
        if (row) {
            best = row;
            *to = at;
            *points = n;
        }
    }
    return best;
}

static enum status find_unspaced(struct finder *finder)
{
    struct slice text = finder->doc->text;
    bool korean = doc_language_is(finder->doc, "ko"), inside = false;
    for (size_t at = 0; at < text.len;) {
        size_t start = at, to = 0, points = 0;
        bool unspaced = is_unspaced(utf8_next(text, &at));
        /* Korean does write spaces: a name begins a word. */
        bool may_begin = unspaced && !(korean && inside);
        inside = unspaced;
        const struct gazetteer_row *row =
            may_begin ? longest_unspaced(finder, start, &to, &points) : NULL;
        if (!row)
            continue;
        struct name_mention mention = {.row = row,
                                       .from = (uint32_t)start,
                                       .to = (uint32_t)to,
                                       .first_word = NAME_NO_WORD,
                                       .word_end = NAME_NO_WORD,
                                       .short_key = points <= 2};
        if (add(finder, mention) != STATUS_OK)
            return STATUS_REJECT;
        at = to;
    }
    return STATUS_OK;
}

static int by_position(const void *left, const void *right)
{
    const struct name_mention *a = left, *b = right;
    return a->from < b->from ? -1 : a->from > b->from;
}

enum status find_names(const struct doc *doc, struct name_mention **out, size_t *count,
                       struct arena *arena)
{
    struct finder finder = {
        .doc = doc,
        .languages = languages_of(doc),
        .glued_prefixes = language_in(doc, "ar fa ur he"),
        .elisions = language_in(doc, "fr it ca"),
        .article = lexicon_hash(LEXICON_HASH_START, "the", 3),
        .arena = arena,
    };
    enum status status = find_by_words(&finder);
    size_t by_words = finder.count;
    if (status == STATUS_OK && language_in(doc, "zh ja ko th km lo my"))
        status = find_unspaced(&finder);
    *out = finder.items;
    *count = finder.count;
    if (finder.count > by_words) {
        /* ICU's dictionary may have found some of the same words. */
        qsort(*out, *count, sizeof **out, by_position);
        size_t kept = 0;
        for (size_t i = 0; i < *count; i++)
            if (kept == 0 || (*out)[i].from >= (*out)[kept - 1].to)
                (*out)[kept++] = (*out)[i];
        *count = kept;
    }
    return status;
}
