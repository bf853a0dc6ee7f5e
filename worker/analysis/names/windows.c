/* Finding the windows, and looking up each of their words once. */
#include "worker/analysis/names/windows.h"

#define SMALL_WORDS_MAX  3
#define PHRASE_WORDS_MAX 8

/* A set of hashes, open addressing. */
struct lower_words {
    uint32_t *slots;
    uint32_t mask;
};

struct lower_words *lower_words_of(const struct doc *doc, struct arena *arena)
{
    struct lower_words *set = arena_alloc(arena, sizeof *set);
    uint32_t size = 64;
    while (size < 2 * doc->word_count)
        size *= 2;
    if (!set || !(set->slots = arena_array(arena, size, sizeof *set->slots)))
        return NULL;
    set->mask = size - 1;
    for (size_t i = 0; i < doc->word_count; i++) {
        if (doc->words[i].shape != SHAPE_LOWER)
            continue;
        uint32_t tag = (uint32_t)(doc->words[i].hash >> 32) | 1;
        uint32_t at = (uint32_t)doc->words[i].hash & set->mask;
        while (set->slots[at] && set->slots[at] != tag)
            at = (at + 1) & set->mask;
        set->slots[at] = tag;
    }
    return set;
}

static bool is_lower_elsewhere(const struct lower_words *set, uint64_t hash)
{
    uint32_t tag = (uint32_t)(hash >> 32) | 1;
    uint32_t at = (uint32_t)hash & set->mask;
    for (; set->slots[at]; at = (at + 1) & set->mask)
        if (set->slots[at] == tag)
            return true;
    return false;
}

static enum window_gap gap_between(const struct doc *doc, uint32_t from, uint32_t to)
{
    struct slice gap = slice_sub(doc->text, from, to);
    if (gap.len == 0)
        return WINDOW_HYPHEN; /* "-" may be missing where ICU cuts: 6PR */
    if (slice_is(gap, " ") || slice_is(gap, "\xc2\xa0"))
        return WINDOW_SPACE;
    if (slice_is(gap, "-") || slice_is(gap, "\xe2\x80\x91") || slice_is(gap, "\xe2\x80\x93"))
        return WINDOW_HYPHEN;
    if (slice_is(gap, ". ") || slice_is(gap, "."))
        return WINDOW_STOP;
    if (slice_is(gap, ", ") || slice_is(gap, "., ") || slice_is(gap, " , "))
        return WINDOW_COMMA;
    if (slice_is(gap, " & ") || slice_is(gap, "&") || slice_is(gap, "/") || slice_is(gap, "'") ||
        slice_is(gap, " '") || slice_is(gap, "\xe2\x80\x99") || slice_is(gap, "+"))
        return WINDOW_JOIN;
    for (size_t i = 0; i < gap.len; i++)
        if (strchr("\"([{", gap.data[i]) || (unsigned char)gap.data[i] == 0xe2)
            return WINDOW_OPEN;
    return WINDOW_OTHER;
}

static bool may_go_on(enum window_gap gap)
{
    return gap >= WINDOW_SPACE && gap <= WINDOW_JOIN;
}

static bool is_capital(const struct doc *doc, uint32_t word)
{
    return doc->words[word].shape == SHAPE_CAPITAL || doc->words[word].shape == SHAPE_UPPER;
}

/* eBay, iPhone: small at first, a capital later. */
static bool is_mixed(const struct doc *doc, const struct doc_word *word)
{
    if (word->shape != SHAPE_LOWER || word->to - word->from > 20)
        return false;
    for (uint32_t i = word->from + 1; i < word->to; i++)
        if (doc->text.data[i] >= 'A' && doc->text.data[i] <= 'Z')
            return true;
    return false;
}

static bool begins(const struct doc *doc, uint32_t word)
{
    return is_capital(doc, word) || is_mixed(doc, &doc->words[word]);
}

static bool is_small(const struct doc *doc, uint32_t word)
{
    const struct doc_word *it = &doc->words[word];
    return it->shape == SHAPE_LOWER && it->fold_len <= 7 &&
           name_look_up(&name_words, it->hash) & (NAME_WORD_CONNECTOR | NAME_WORD_PARTICLE);
}

static bool joined(const struct doc *doc, uint32_t word)
{
    return may_go_on(gap_between(doc, doc->words[word - 1].to, doc->words[word].from));
}

/* A number in front of a capital ("6 PR") may begin a name. */
static bool number_begins(const struct doc *doc, uint32_t word, uint32_t end)
{
    return doc->words[word].number && word + 1 < end && is_capital(doc, word + 1) &&
           joined(doc, word + 1);
}

/* The end of the window that begins at `first`. */
static uint32_t end_of(const struct doc *doc, uint32_t first, uint32_t end)
{
    uint32_t last = first, small = 0;
    for (uint32_t i = first + 1; i < end && i - first < WINDOW_WORDS_MAX && joined(doc, i); i++) {
        if (begins(doc, i) || (doc->words[i].number && small == 0)) {
            last = i;
            small = 0;
        } else if (++small > SMALL_WORDS_MAX || !is_small(doc, i)) {
            break;
        }
    }
    return last + 1;
}

bool window_find(const struct doc *doc, uint32_t from, uint32_t end, struct window *out)
{
    while (from < end && !begins(doc, from) && !number_begins(doc, from, end))
        from++;
    if (from >= end)
        return false;
    out->first = from;
    out->end = end_of(doc, from, end);
    return true;
}

static enum window_shape shape_of(const struct doc *doc, const struct doc_word *word)
{
    unsigned upper = 0, lower = 0, digits = 0, others = 0;
    uint32_t to = word->to - word->tail;
    for (uint32_t i = word->from; i < to && i < word->from + 24; i++) {
        char byte = doc->text.data[i];
        if (byte >= 'A' && byte <= 'Z')
            upper++;
        else if (byte >= '0' && byte <= '9')
            digits++;
        else if (byte >= 'a' && byte <= 'z')
            lower++;
        else
            others +=
                (unsigned char)byte >= 0xc0; /* a letter of another alphabet, or with a mark */
    }
    if (digits > 0)
        return upper + lower + others > 0 ? WINDOW_ALNUM : WINDOW_NUMBER;
    if (word->shape == SHAPE_LOWER)
        return upper > 0 ? WINDOW_MIXED : WINDOW_LOWER;
    if (upper == 1 && lower + others == 0)
        return WINDOW_INITIAL;
    if (word->shape == SHAPE_UPPER)
        return WINDOW_UPPER;
    if (word->shape == SHAPE_CAPITAL)
        return upper > 1 ? WINDOW_MIXED : WINDOW_CAPITAL;
    return WINDOW_OTHER_SHAPE;
}

static uint32_t hash_part(struct slice fold, size_t from, size_t len)
{
    uint64_t hash = lexicon_hash(LEXICON_HASH_START, fold.data + from, len);
    return (uint32_t)(hash ^ hash >> 32);
}

static void fill_affixes(struct slice fold, struct window_word *out)
{
    for (size_t i = 0; i < 2; i++)
        out->prefix[i] = fold.len > 2 + i ? hash_part(fold, 0, 2 + i) : 0;
    for (size_t i = 0; i < 3; i++)
        out->suffix[i] = fold.len > 2 + i ? hash_part(fold, fold.len - 2 - i, 2 + i) : 0;
}

static void fill_word(const struct doc *doc, uint32_t index, bool first,
                      const struct lower_words *lower, struct window_word *out)
{
    const struct doc_word *word = &doc->words[index];
    *out = (struct window_word){.word = (uint32_t)(word->hash ^ word->hash >> 32),
                                .bits = NAME_BITS(name_look_up(&name_words, word->hash)),
                                .shape = (uint8_t)shape_of(doc, word),
                                .fold_len = word->fold_len};
    out->gap =
        first ? WINDOW_EDGE : (uint8_t)gap_between(doc, doc->words[index - 1].to, word->from);
    fill_affixes(doc_fold(doc, word), out);
    out->lower_elsewhere = word->shape != SHAPE_LOWER && is_lower_elsewhere(lower, word->hash);
}

/* Words of the longest phrase at `first`, with its bits; 0 when there is none. */
static uint32_t phrase_at(const struct doc *doc, uint32_t first, uint32_t end, uint32_t *bits)
{
    uint64_t hash = doc->words[first].hash;
    uint32_t value = name_look_up(&name_phrases, hash);
    uint32_t longest = NAME_LONGEST(value), found = NAME_BITS(value) ? 1 : 0;
    *bits = NAME_BITS(value);
    for (uint32_t n = 1; n < longest && n < PHRASE_WORDS_MAX && first + n < end; n++) {
        if (doc->words[first + n - 1].tail || !joined(doc, first + n))
            break;
        struct slice fold = doc_fold(doc, &doc->words[first + n]);
        hash = lexicon_hash(lexicon_hash(hash, " ", 1), fold.data, fold.len);
        uint32_t more = NAME_BITS(name_look_up(&name_phrases, hash));
        if (more && begins(doc, first + n)) {
            found = n + 1;
            *bits = more;
        }
    }
    return found;
}

static void fill_phrases(const struct doc *doc, struct window *window)
{
    for (uint32_t i = window->first; i < window->end;) {
        uint32_t bits = 0;
        uint32_t n = begins(doc, i) ? phrase_at(doc, i, window->end, &bits) : 0;
        for (uint32_t k = 0; k < n; k++)
            window->words[WINDOW_BESIDE + i + k - window->first].phrase =
                bits | (k == 0 ? 0x100u : 0x200u);
        i += n > 0 ? n : 1;
    }
}

/* Runs of capitals that only spaces, hyphens and the stops of abbreviations divide. */
static void fill_runs(struct window *window)
{
    struct window_word *words = window->words + WINDOW_BESIDE;
    uint32_t count = window->end - window->first;
    for (uint32_t i = 0; i < count;) {
        uint32_t end = i + 1;
        while (end < count && words[i].shape != WINDOW_LOWER && words[end].shape != WINDOW_LOWER &&
               words[end].gap >= WINDOW_SPACE && words[end].gap <= WINDOW_STOP)
            end++;
        for (uint32_t k = i; k < end; k++) {
            words[k].run_first = (uint8_t)i;
            words[k].run_end = (uint8_t)end;
        }
        i = end;
    }
}

static bool is_shouted(const struct doc *doc, const struct doc_sentence *sentence)
{
    unsigned upper = 0, others = 0;
    for (uint32_t i = sentence->first_word; i < sentence->word_end && i < sentence->first_word + 40;
         i++) {
        upper += doc->words[i].shape == SHAPE_UPPER && doc->words[i].fold_len > 3;
        others += doc->words[i].shape == SHAPE_LOWER;
    }
    return upper > 1 && upper > 3 * others;
}

void window_fill(const struct doc *doc, const struct doc_sentence *sentence,
                 const struct lower_words *lower, struct window *window)
{
    uint32_t count = window->end - window->first;
    memset(window->words, 0, (count + 2 * WINDOW_BESIDE) * sizeof window->words[0]);
    for (uint32_t k = 0; k < count + 2 * WINDOW_BESIDE; k++) {
        uint32_t index = window->first + k - WINDOW_BESIDE; /* wraps below 0 */
        if (window->first + k < sentence->first_word + WINDOW_BESIDE || index >= sentence->word_end)
            continue;
        fill_word(doc, index, index == sentence->first_word, lower, &window->words[k]);
    }
    window->shouted = is_shouted(doc, sentence);
    fill_phrases(doc, window);
    fill_runs(window);
}
