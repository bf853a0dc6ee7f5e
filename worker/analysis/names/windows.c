/* Finding the windows, and looking up each of their words once. */
#include "worker/analysis/names/windows.h"

#define SMALL_WORDS_MAX  3
#define PHRASE_WORDS_MAX 8
#define TOPIC_WORDS      8  /* on either side of a window */
#define SHAPE_BYTES      24 /* of a word: they say how it is written */
#define SHOUTED_WORDS    40 /* of a sentence: they say whether it is all capitals */
#define LOOK_AHEAD       32 /* starts whose phrases are fetched before they are needed */

static enum window_gap gap_of_one(char byte)
{
    switch (byte) {
    case ' ':
        return WINDOW_SPACE;
    case '-':
        return WINDOW_HYPHEN;
    case '.':
        return WINDOW_STOP;
    case '&':
    case '/':
    case '\'':
    case '+':
        return WINDOW_JOIN;
    default:
        return strchr("\"([{", byte) ? WINDOW_OPEN : WINDOW_OTHER;
    }
}

static enum window_gap gap_of(struct slice gap)
{
    if (gap.len == 0)
        return WINDOW_HYPHEN; /* "-" may be missing where ICU cuts: 6PR */
    if (gap.len == 1)
        return gap_of_one(gap.data[0]);
    if (slice_is(gap, ", ") || slice_is(gap, "., ") || slice_is(gap, " , "))
        return WINDOW_COMMA;
    if (slice_is(gap, ". "))
        return WINDOW_STOP;
    if (slice_is(gap, "\xc2\xa0"))
        return WINDOW_SPACE;
    if (slice_is(gap, "\xe2\x80\x91") || slice_is(gap, "\xe2\x80\x93"))
        return WINDOW_HYPHEN;
    if (slice_is(gap, " & ") || slice_is(gap, " '") || slice_is(gap, "\xe2\x80\x99"))
        return WINDOW_JOIN;
    for (size_t i = 0; i < gap.len; i++)
        if (strchr("\"([{", gap.data[i]) || (unsigned char)gap.data[i] == 0xe2)
            return WINDOW_OPEN;
    return WINDOW_OTHER;
}

/* What stands before the word, which is not the document's first. */
static inline enum window_gap gap_before(const struct doc *doc, uint32_t word)
{
    uint32_t from = doc->words[word - 1].to, to = doc->words[word].from;
    if (to - from == 1 && doc->text.data[from] == ' ') /* most */
        return WINDOW_SPACE;
    return gap_of(slice_sub(doc->text, from, to));
}

static bool may_go_on(enum window_gap gap)
{
    return gap >= WINDOW_SPACE && gap <= WINDOW_JOIN;
}

static bool is_capital(const struct doc *doc, uint32_t word)
{
    return doc->words[word].shape == SHAPE_CAPITAL || doc->words[word].shape == SHAPE_UPPER;
}

static bool begins(const struct word_uses *uses, uint32_t word)
{
    return uses->of[word] != 0;
}

static bool is_small(const struct doc *doc, const struct word_uses *uses, uint32_t word)
{
    const struct doc_word *it = &doc->words[word];
    return it->shape == SHAPE_LOWER && it->fold_len <= 7 &&
           use_value(doc, uses, word) & (NAME_WORD_CONNECTOR | NAME_WORD_PARTICLE);
}

static bool joined(const struct doc *doc, uint32_t word)
{
    return may_go_on(gap_before(doc, word));
}

/* A number in front of a capital ("6 PR") may begin a name. */
static bool number_begins(const struct doc *doc, uint32_t word, uint32_t end)
{
    return doc->words[word].number && word + 1 < end && is_capital(doc, word + 1) &&
           joined(doc, word + 1);
}

/* The end of the window that begins at `first`. */
static uint32_t end_of(const struct doc *doc, const struct word_uses *uses, uint32_t first,
                       uint32_t end)
{
    uint32_t last = first, small = 0;
    for (uint32_t i = first + 1; i < end && i - first < WINDOW_WORDS_MAX && joined(doc, i); i++) {
        if (begins(uses, i) || (doc->words[i].number && small == 0)) {
            last = i;
            small = 0;
        } else if (++small > SMALL_WORDS_MAX || !is_small(doc, uses, i)) {
            break;
        }
    }
    return last + 1;
}

/* "The", "In", "Officials" at the beginning of a sentence and alone: an ordinary word, which is in
 * everybody's vocabulary or in lower case in this article too, and no name. Most windows would be.
 */
static bool is_plain(const struct doc *doc, const struct word_uses *uses, uint32_t word)
{
    const uint32_t names =
        NAME_WORD_GIVEN | NAME_WORD_SURNAME | NAME_WORD_PERSON | NAME_WORD_PEOPLE;
    uint32_t value = use_value(doc, uses, word);
    if (!(value & NAME_WORD_COMMON) || doc->words[word].shape != SHAPE_CAPITAL)
        return false;
    bool lower = uses->items[uses->of[word] - 1].lower;
    return value & NAME_WORD_CONNECTOR || (lower && !(value & names));
}

/* Whether all words of a sentence are capitals; its starts are those from `start` on. */
static bool is_shouted(const struct doc *doc, const struct doc_sentence *sentence,
                       const struct word_uses *uses, size_t start)
{
    uint32_t end = sentence->word_end < sentence->first_word + SHOUTED_WORDS
                       ? sentence->word_end
                       : sentence->first_word + SHOUTED_WORDS;
    unsigned upper = 0, others = 0;
    for (; start < uses->start_count && uses->starts[start] < end; start++) {
        const struct doc_word *word = &doc->words[uses->starts[start]];
        upper += word->shape == SHAPE_UPPER && word->fold_len > 3;
    }
    for (uint32_t i = sentence->first_word; upper > 1 && i < end; i++)
        others += doc->words[i].shape == SHAPE_LOWER;
    return upper > 1 && upper > 3 * others;
}

/* What the table says of the phrases that begin at the next starts is on its way: it is larger than
 * the near caches. */
static void expect(const struct doc *doc, const struct word_uses *uses, struct window *window)
{
    size_t end = window->next + LOOK_AHEAD;
    for (; window->expected < end && window->expected < uses->start_count; window->expected++)
        name_expect(&name_phrases, doc->words[uses->starts[window->expected]].hash);
}

static void enter(const struct doc *doc, const struct doc_sentence *sentence,
                  const struct word_uses *uses, struct window *window)
{
    while (window->next < uses->start_count && uses->starts[window->next] < sentence->first_word)
        window->next++;
    window->sentence = sentence;
    window->shouted = is_shouted(doc, sentence, uses, window->next);
    expect(doc, uses, window);
}

void window_begin(struct window *window)
{
    window->first = window->end = 0;
    window->sentence = NULL;
    window->next = window->expected = window->topical = 0;
}

bool window_find(const struct doc *doc, const struct doc_sentence *sentence,
                 const struct word_uses *uses, struct window *window)
{
    uint32_t end = sentence->word_end;
    if (window->sentence != sentence)
        enter(doc, sentence, uses, window);
    for (; window->next < uses->start_count; window->next++) {
        uint32_t from = uses->starts[window->next];
        if (from >= end)
            return false;
        if (from < window->end || (!begins(uses, from) && !number_begins(doc, from, end)))
            continue;
        window->first = from;
        window->end = end_of(doc, uses, from, end);
        if (from > sentence->first_word || window->end > from + 1 || !begins(uses, from) ||
            !is_plain(doc, uses, from))
            return true;
    }
    return false;
}

/* How many there are of each kind of byte, a byte of the sum for each. */
#define UPPER  0x1u
#define LOWER  0x100u
#define DIGIT  0x10000u
#define OTHERS 0x1000000u /* a letter of another alphabet, or with a mark */
static const uint32_t byte_kinds[256] = {
    ['A' ... 'Z'] = UPPER,
    ['a' ... 'z'] = LOWER,
    ['0' ... '9'] = DIGIT,
    [0xc0 ... 0xff] = OTHERS,
};

/* The same for a word of nothing but letters, of which no more are counted than are looked at
 * below. */
static enum window_shape shape_of_plain(const struct doc_word *word)
{
    if (word->capitals == 0)
        return WINDOW_LOWER;
    if (word->to - word->from == 1)
        return WINDOW_INITIAL;
    if (word->shape == SHAPE_UPPER)
        return WINDOW_UPPER;
    return word->shape == SHAPE_CAPITAL && word->capitals == 1 ? WINDOW_CAPITAL : WINDOW_MIXED;
}

static enum window_shape shape_of(const struct doc *doc, const struct doc_word *word)
{
    if (word->plain && word->to - word->from <= SHAPE_BYTES)
        return shape_of_plain(word);
    uint32_t to = word->to - word->tail, sum = 0;
    for (uint32_t i = word->from; i < to && i < word->from + SHAPE_BYTES; i++)
        sum += byte_kinds[(unsigned char)doc->text.data[i]];
    unsigned upper = sum & 0xff, lower = sum >> 8 & 0xff, digits = sum >> 16 & 0xff;
    unsigned others = sum >> 24;
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

static uint32_t folded(uint64_t hash)
{
    return (uint32_t)(hash ^ hash >> 32);
}

static uint32_t hash_part(struct slice fold, size_t from, size_t len)
{
    return folded(lexicon_hash(LEXICON_HASH_START, fold.data + from, len));
}

static void fill_affixes(struct slice fold, struct window_word *out)
{
    if (fold.len > 2) {
        out->prefix[0] = hash_part(fold, 0, 2);
        out->suffix[0] = hash_part(fold, fold.len - 2, 2);
    }
    if (fold.len > 3) {
        out->prefix[1] = hash_part(fold, 0, 3);
        out->suffix[1] = hash_part(fold, fold.len - 3, 3);
    }
    if (fold.len > 4)
        out->suffix[2] = hash_part(fold, fold.len - 4, 4);
}

/* What is asked of any word, beside a window or in it. */
static void fill_word(const struct doc *doc, const struct word_uses *uses, uint32_t index,
                      struct window_word *out)
{
    const struct doc_word *word = &doc->words[index];
    uint32_t value = use_value(doc, uses, index);
    *out = (struct window_word){.word = folded(word->hash),
                                .bits = NAME_BITS(value) & ~NAME_WORD_TOPICS,
                                .kind = NAME_KIND(value),
                                .shape = (uint8_t)shape_of(doc, word)};
}

/* The same for a word in the window, and what is asked only of those. */
static void fill_inner(const struct doc *doc, const struct word_uses *uses,
                       const struct doc_sentence *sentence, uint32_t index, struct window_word *out)
{
    bool first = index == sentence->first_word;
    const struct doc_word *word = &doc->words[index];
    fill_word(doc, uses, index, out);
    fill_affixes(doc_fold(doc, word), out);
    out->fold_len = word->fold_len;
    out->gap = first ? WINDOW_EDGE : (uint8_t)gap_before(doc, index);
    if (!begins(uses, index))
        return;
    const struct word_use *use = &uses->items[uses->of[index] - 1];
    out->lower_elsewhere = use->lower;
    out->inner_elsewhere = use->inner > (first ? 0 : 1);
}

static void fill_words(const struct doc *doc, const struct word_uses *uses, struct window *window)
{
    const struct doc_sentence *sentence = window->sentence;
    struct window_word *words = window->words + WINDOW_BESIDE;
    uint32_t first = window->first, end = window->end, count = end - first;
    for (uint32_t i = first; i < end; i++)
        fill_inner(doc, uses, sentence, i, &words[i - first]);
    for (uint32_t k = 1; k <= WINDOW_BESIDE; k++) {
        words[-(int)k] = words[count + k - 1] = (struct window_word){0};
        if (first >= sentence->first_word + k)
            fill_word(doc, uses, first - k, &words[-(int)k]);
        if (end + k <= sentence->word_end)
            fill_word(doc, uses, end + k - 1, &words[count + k - 1]);
    }
    if (end < sentence->word_end)
        words[count].gap = (uint8_t)gap_before(doc, end);
}

/* Words of the longest phrase at `first`, with its bits; 0 when there is none. */
static uint32_t phrase_at(const struct doc *doc, const struct word_uses *uses, uint32_t first,
                          uint32_t end, uint32_t *bits)
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
        if (more && begins(uses, first + n)) {
            found = n + 1;
            *bits = more;
        }
    }
    return found;
}

static void fill_phrases(const struct doc *doc, const struct word_uses *uses, struct window *window)
{
    for (uint32_t i = window->first; i < window->end;) {
        uint32_t bits = 0;
        uint32_t n = begins(uses, i) ? phrase_at(doc, uses, i, window->end, &bits) : 0;
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

/* The topics of the words beside the window in its sentence. */
static uint32_t topics_around(const struct doc *doc, const struct word_uses *uses,
                              struct window *window)
{
    const struct doc_sentence *sentence = window->sentence;
    uint32_t topics = 0, end = window->end + TOPIC_WORDS;
    uint32_t from = window->first > sentence->first_word + TOPIC_WORDS ? window->first - TOPIC_WORDS
                                                                       : sentence->first_word;
    end = end < sentence->word_end ? end : sentence->word_end;
    while (window->topical < uses->topical_count && uses->topical[window->topical] < from)
        window->topical++;
    for (size_t i = window->topical; i < uses->topical_count && uses->topical[i] < end; i++)
        topics |= use_value(doc, uses, uses->topical[i]);
    return topics & NAME_WORD_TOPICS;
}

/* ---- what is said behind a window ---- */

#define SAYING_WORDS_MAX  8
#define BRACKET_BYTES_MAX 120
#define BRACKET_WORDS_MAX 24

static bool is_one_of(const struct doc *doc, uint32_t word, const char *const *list)
{
    struct slice fold = doc_fold(doc, &doc->words[word]);
    for (; *list; list++)
        if (slice_is(fold, *list))
            return true;
    return false;
}

/* The first word behind a bracket that opens behind the window ("(born 1867)"). */
static uint32_t behind_bracket(const struct doc *doc, uint32_t word, uint32_t end)
{
    uint32_t from = doc->words[word - 1].to, last = word + BRACKET_WORDS_MAX;
    if (word >= end || from + 1 >= doc->text.len || doc->text.data[from + 1] != '(')
        return word;
    size_t left = doc->text.len - from;
    const char *close =
        memchr(doc->text.data + from, ')', left < BRACKET_BYTES_MAX ? left : BRACKET_BYTES_MAX);
    while (close && word < end && word < last &&
           doc->words[word].from < (size_t)(close - doc->text.data))
        word++;
    return word;
}

static bool is_noun(uint32_t kind)
{
    return kind >= NAME_KIND_PERSON && kind <= NAME_KIND_THING;
}

/* The last noun before what ends a noun phrase. */
static void fill_head(const struct doc *doc, const struct word_uses *uses, uint32_t word,
                      uint32_t end, struct window *window)
{
    static const char *const ends[] = {"of",   "in",  "at",   "for",   "from",  "by",
                                       "with", "who", "that", "from",  "which", "and",
                                       "near", "to",  "on",   "where", NULL};
    for (uint32_t i = word; i < end && i < word + SAYING_WORDS_MAX; i++) {
        if (i > word && gap_before(doc, i) > WINDOW_HYPHEN)
            return;
        if (is_one_of(doc, i, ends))
            return;
        uint32_t kind = NAME_KIND(use_value(doc, uses, i));
        if (doc->words[i].shape != SHAPE_LOWER || !is_noun(kind))
            continue;
        window->said = folded(doc->words[i].hash);
        window->said_kind = (uint8_t)kind;
    }
}

#define LETTER(letter) (1u << ((letter) - 'a'))

/* Does the word begin with one of the letters? Most of what is asked for above is found missing
 * here. */
static bool begins_with(const struct doc *doc, uint32_t word, uint32_t letters)
{
    struct slice fold = doc_fold(doc, &doc->words[word]);
    unsigned letter = fold.len > 0 ? (unsigned)(fold.data[0] - 'a') : UINT32_MAX;
    return letter < 32 && letters >> letter & 1;
}

static bool is_article(const struct doc *doc, uint32_t word)
{
    static const char *const articles[] = {"a", "an", "the", "one", NULL};
    return begins_with(doc, word, LETTER('a') | LETTER('t') | LETTER('o')) &&
           is_one_of(doc, word, articles);
}

static bool is_being(const struct doc *doc, uint32_t word)
{
    static const char *const verbs[] = {"is", "was", "are", "were", "became", NULL};
    return begins_with(doc, word, LETTER('i') | LETTER('w') | LETTER('a') | LETTER('b')) &&
           is_one_of(doc, word, verbs);
}

static void fill_saying(const struct doc *doc, const struct word_uses *uses, uint32_t end,
                        struct window *window)
{
    uint32_t word = window->end;
    window->saying = WINDOW_SAYS_NOTHING;
    window->said = window->said_kind = 0;
    if (word >= end)
        return;
    enum window_gap gap = gap_before(doc, word);
    if (gap == WINDOW_OPEN)
        word = behind_bracket(doc, word, end);
    if (word + 1 < end && is_being(doc, word) && is_article(doc, word + 1)) {
        window->saying = WINDOW_SAYS_IS;
        fill_head(doc, uses, word + 2, end, window);
    } else if (gap == WINDOW_COMMA && is_article(doc, word)) {
        window->saying = WINDOW_SAYS_BESIDE;
        fill_head(doc, uses, word + 1, end, window);
    }
}

void window_fill(const struct doc *doc, const struct word_uses *uses, struct window *window)
{
    fill_words(doc, uses, window);
    window->topics = uses->topics;
    window->topics_here = topics_around(doc, uses, window);
    fill_phrases(doc, uses, window);
    fill_runs(window);
    fill_saying(doc, uses, window->sentence->word_end, window);
}
