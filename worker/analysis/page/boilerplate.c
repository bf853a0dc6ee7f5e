/* Lines that are not part of the article: cookie and consent notices, links to other articles,
 * share bars, sign-ups, labels of advertisements, copyright lines, navigation, comment boxes.
 *
 * The phrases are in data/boilerplate.txt; the rules over them are here. Long paragraphs are never
 * cut: who quotes a cookie notice in an article may. */
#include <unicode/uchar.h>

#include "common/utf8.h"
#include "worker/analysis/stages.h"
#include "worker/analysis/tables.h"
#include "worker/analysis/words/letters.h"

#define NOTICE_BYTES_MAX 800 /* longer blocks are never boilerplate */
#define START_WORDS_MAX  30
#define POINTS_TO_CUT    3u
#define LINE_WORDS_MAX   128

/* A block by its words, folded as the phrases are. */
struct line {
    char text[NOTICE_BYTES_MAX * 2 + LETTERS_EIGHT];
    size_t starts[LINE_WORDS_MAX + 1], ends[LINE_WORDS_MAX + 1];
    uint64_t hashes[LINE_WORDS_MAX];                     /* of each word alone: lexicon_hash() */
    const struct lexicon_entry *entries[LINE_WORDS_MAX]; /* of each word alone, or NULL */
    size_t count;
    bool ends_sentence;
};

/* Of ASCII, as lower case, what words are made of; 0 for the rest. */
static const char folded[0x80] = {
    ['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4', ['5'] = '5', ['6'] = '6',
    ['7'] = '7', ['8'] = '8', ['9'] = '9', ['_'] = '_', ['A'] = 'a', ['B'] = 'b', ['C'] = 'c',
    ['D'] = 'd', ['E'] = 'e', ['F'] = 'f', ['G'] = 'g', ['H'] = 'h', ['I'] = 'i', ['J'] = 'j',
    ['K'] = 'k', ['L'] = 'l', ['M'] = 'm', ['N'] = 'n', ['O'] = 'o', ['P'] = 'p', ['Q'] = 'q',
    ['R'] = 'r', ['S'] = 's', ['T'] = 't', ['U'] = 'u', ['V'] = 'v', ['W'] = 'w', ['X'] = 'x',
    ['Y'] = 'y', ['Z'] = 'z', ['a'] = 'a', ['b'] = 'b', ['c'] = 'c', ['d'] = 'd', ['e'] = 'e',
    ['f'] = 'f', ['g'] = 'g', ['h'] = 'h', ['i'] = 'i', ['j'] = 'j', ['k'] = 'k', ['l'] = 'l',
    ['m'] = 'm', ['n'] = 'n', ['o'] = 'o', ['p'] = 'p', ['q'] = 'q', ['r'] = 'r', ['s'] = 's',
    ['t'] = 't', ['u'] = 'u', ['v'] = 'v', ['w'] = 'w', ['x'] = 'x', ['y'] = 'y', ['z'] = 'z',
};

static bool is_word_point(UChar32 point)
{
    if (point < 0x80)
        return folded[point] != 0;
    return u_isalnum(point) || u_charType(point) == U_NON_SPACING_MARK;
}

static size_t put_lower(UChar32 point, char *out)
{
    if (point >= 0x80)
        return utf8_put((uint32_t)u_tolower(point), out);
    *out = folded[point] ? folded[point] : (char)point; /* a mark between letters */
    return 1;
}

/* Copies what words are made of from `at` on, as long as it is ASCII, as lower case; how many
 * bytes.
 */
static size_t put_letters(struct slice text, size_t at, char *out)
{
    size_t count = 0;
    while (at + count < text.len) {
        unsigned char c = (unsigned char)text.data[at + count];
        if (c >= 0x80 || !folded[c])
            break;
        out[count++] = folded[c];
    }
    return count;
}

/* Begins a word in `line`, whose text is `*len` long. */
static void begin_word(struct line *line, size_t *len)
{
    if (line->count > 0)
        line->text[(*len)++] = ' ';
    line->hashes[line->count] = 0;
    line->starts[line->count++] = *len;
}

/* Takes the word at `*at` when it is one of letters of ASCII with a byte behind it that surely ends
 * it, as most are, and goes behind that byte. */
static bool take_plain(struct line *line, struct slice text, size_t *at, size_t *len)
{
    size_t end = letters_end(text, *at);
    unsigned char c = end < text.len ? (unsigned char)text.data[end] : ' ';
    uint64_t hash = LEXICON_HASH_START;
    if (end == *at || c >= 0x80 || folded[c] || c == '\'' || c == '.')
        return false;
    begin_word(line, len);
    for (size_t count; *at < end; *at += count, *len += count) {
        count = end - *at < LETTERS_EIGHT ? end - *at : LETTERS_EIGHT;
        uint64_t eight = letters_load(text, *at) | LETTERS_CASE_BIT * LETTERS_ONES;
        eight &= UINT64_MAX >> 8 * (LETTERS_EIGHT - count);
        hash = lexicon_hash_eight(hash, eight, count);
        eight = htole64(eight);
        memcpy(line->text + *len, &eight, LETTERS_EIGHT);
    }
    line->hashes[line->count - 1] = hash;
    line->ends[line->count - 1] = *len;
    *at = end + 1;
    return true;
}

/* Folds the words of `text` into `line`, one space between. */
static void fold_words(struct slice text, struct line *line)
{
    size_t len = 0;
    bool inside = false;
    line->count = 0;
    for (size_t at = 0; at < text.len && line->count < LINE_WORDS_MAX;) {
        if (!inside && take_plain(line, text, &at, &len))
            continue;
        UChar32 point = (UChar32)utf8_next(text, &at);
        if (point == 0x2019)
            point = '\'';
        size_t ahead = at;
        bool joins = inside && (point == '\'' || point == '.') && at < text.len &&
                     is_word_point((UChar32)utf8_next(text, &ahead));
        if (!joins && !is_word_point(point)) {
            inside = false;
            continue;
        }
        if (!inside)
            begin_word(line, &len);
        inside = true;
        len += put_lower(point, line->text + len);
        size_t more = put_letters(text, at, line->text + len);
        at += more;
        len += more;
        line->ends[line->count - 1] = len;
    }
}

static struct slice words_of(const struct line *line, size_t from, size_t to)
{
    return (struct slice){line->text + line->starts[from], line->ends[to - 1] - line->starts[from]};
}

static void read_words(struct slice text, struct line *line)
{
    fold_words(text, line);
    for (size_t i = 0; i < line->count; i++) {
        struct slice word = words_of(line, i, i + 1);
        if (!line->hashes[i])
            line->hashes[i] = lexicon_hash(LEXICON_HASH_START, word.data, word.len);
        line->entries[i] = lexicon_find(&boilerplate_lexicon, word, line->hashes[i]);
    }
}

static bool is_number(const struct line *line, size_t word)
{
    char c = line->text[line->starts[word]];
    return c >= '0' && c <= '9';
}

/* The longest phrase that begins at `from`; how many words it has. */
static const struct lexicon_entry *longest(const struct line *line, size_t from, size_t *words)
{
    const struct lexicon_entry *first = line->entries[from];
    if (!first)
        return NULL;
    *words = first->words < line->count - from ? first->words : line->count - from;
    if (*words > 1 &&
        !lexicon_may_go_on(&boilerplate_lexicon, line->hashes[from], line->hashes[from + 1]))
        *words = 1;
    for (; *words > 1; --*words) {
        const struct lexicon_entry *found =
            lexicon_look_up(&boilerplate_lexicon, words_of(line, from, from + *words));
        if (found && found->value != LEXICON_PREFIX_ONLY)
            return found;
    }
    return first->value == LEXICON_PREFIX_ONLY ? NULL : first;
}

/* The reason when the whole line is a phrase, numbers at its ends aside ("12 Comments"). */
static unsigned whole_line(const struct line *line)
{
    size_t from = 0, to = line->count;
    while (from < to && is_number(line, from))
        from++;
    while (to > from && is_number(line, to - 1))
        to--;
    if (from == to || !line->entries[from] || line->entries[from]->words < to - from)
        return 0;
    const struct lexicon_entry *entry =
        lexicon_look_up(&boilerplate_lexicon, words_of(line, from, to));
    return entry && entry->value != LEXICON_PREFIX_ONLY ? BOILERPLATE_LINE(entry->value) : 0;
}

/* The reason when each word by itself is such a line: bars and menus, "Facebook Twitter Print". */
static unsigned bar(const struct line *line)
{
    unsigned reason = 0;
    for (size_t i = 0; i < line->count; i++) {
        const struct lexicon_entry *entry = line->entries[i];
        unsigned found =
            entry && entry->value != LEXICON_PREFIX_ONLY ? BOILERPLATE_LINE(entry->value) : 0;
        if (!found)
            return 0;
        reason = reason ? reason : found;
    }
    return line->count >= 2 && !line->ends_sentence ? reason : 0;
}

/* The reason with enough points, by the phrases that stand anywhere. One phrase at least must be
 * more than a hint. `points_of` gets the points of each reason. */
static unsigned by_points(const struct line *line, unsigned points_of[BOILERPLATE_REASONS + 1])
{
    bool telling[BOILERPLATE_REASONS + 1] = {false};
    size_t words = 0;
    for (size_t i = 0; i < line->count; i++) {
        const struct lexicon_entry *entry = line->entries[i] ? longest(line, i, &words) : NULL;
        for (unsigned reason = 1; entry && reason < boilerplate_reason_count; reason++) {
            unsigned points = BOILERPLATE_POINTS(entry->more, reason);
            points_of[reason] += points;
            telling[reason] |= points >= 2;
        }
    }
    unsigned best = 0;
    for (unsigned reason = 1; reason < boilerplate_reason_count; reason++)
        if (telling[reason] && points_of[reason] >= POINTS_TO_CUT &&
            (!best || points_of[reason] > points_of[best]))
            best = reason;
    return best;
}

/* The reason of a short line that begins with a phrase: not a sentence, or one with more evidence
 * of the same kind, or the phrase is followed by a colon. */
static unsigned by_start(const struct line *line, struct slice text, const unsigned *points_of)
{
    size_t words = 0;
    const struct lexicon_entry *entry = line->count ? longest(line, 0, &words) : NULL;
    unsigned reason = entry ? BOILERPLATE_START(entry->value) : 0;
    if (!reason || line->count > START_WORDS_MAX)
        return 0;
    const char *colon = memchr(text.data, ':', text.len);
    bool headed = colon && (size_t)(colon - text.data) <= line->ends[words - 1] + 2;
    return headed || !line->ends_sentence || points_of[reason] >= 2 ? reason : 0;
}

static size_t count_separators(struct slice text)
{
    size_t count = 0;
    for (size_t i = 0; i + 1 < text.len; i++)
        count += text.data[i] == '|' || text.data[i] == '>' ||
                 (text.data[i] == '\xc2' && (text.data[i + 1] == '\xbb' || /* » */
                                             text.data[i + 1] == '\xb7')); /* · */
    return count;
}

/* Breadcrumbs and rows of links: "Home > World > Asia", "About | Contact | Terms". */
static bool is_row(const struct line *line, struct slice text)
{
    if (line->ends_sentence || line->count > 25)
        return false;
    size_t separators = count_separators(text);
    bool home = line->count && slice_is(words_of(line, 0, 1), "home");
    return separators >= 2 && (home || (separators >= 3 && line->count <= 4 * (separators + 1)));
}

static bool ends_sentence(struct slice text)
{
    static const char *const ends[] = {".",  "!",  "?",  "\"", "”", "…",
                                       "。", "！", "？", "؟",  "।", "»"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        size_t len = strlen(ends[i]);
        if (text.len >= len && memcmp(text.data + text.len - len, ends[i], len) == 0)
            return true;
    }
    return false;
}

static const char *judge(struct slice text)
{
    if (text.len > NOTICE_BYTES_MAX)
        return NULL;
    struct line line;
    read_words(text, &line);
    line.ends_sentence = ends_sentence(text);
    unsigned points_of[BOILERPLATE_REASONS + 1] = {0};
    unsigned reason = whole_line(&line);
    if (!reason)
        reason = bar(&line);
    if (!reason)
        reason = by_points(&line, points_of);
    if (!reason)
        reason = by_start(&line, text, points_of);
    if (reason)
        return boilerplate_reasons[reason];
    if (text.len < 250 && slice_starts_with(text, SLICE_LITERAL("©")))
        return "copyright";
    return is_row(&line, text) ? "navigation" : NULL;
}

/* Behind the last real paragraph, a head such as "Related articles" takes the lines below it with
 * it as long as they are no sentences. */
static void judge_tail(struct doc *doc)
{
    size_t tail = doc->block_count;
    while (tail > 0) {
        const struct doc_block *block = &doc->blocks[tail - 1];
        if (!block->reason && block->text.len >= 120 && ends_sentence(block->text))
            break;
        tail--;
    }
    bool related = false;
    for (size_t i = tail; tail > 0 && i < doc->block_count; i++) {
        struct doc_block *block = &doc->blocks[i];
        if (block->reason)
            related |= strcmp(block->reason, "related") == 0;
        else if (related && block->text.len < 200 && !ends_sentence(block->text))
            block->reason = "related";
        else
            related = false;
    }
}

/* Three blocks of nothing but links in a row are a menu. */
static void judge_links(struct doc *doc)
{
    for (size_t from = 0, to; from < doc->block_count; from = to + 1) {
        for (to = from; to < doc->block_count && doc->blocks[to].links; to++)
            ;
        for (size_t i = from; to - from >= 3 && i < to; i++)
            if (!doc->blocks[i].reason)
                doc->blocks[i].reason = "navigation";
    }
}

enum status boilerplate_run(struct doc *doc, struct arena *arena)
{
    (void)arena;
    for (size_t i = 0; i < doc->block_count; i++)
        if (!doc->blocks[i].reason)
            doc->blocks[i].reason = judge(doc->blocks[i].text);
    judge_links(doc);
    judge_tail(doc);
    return STATUS_OK;
}
