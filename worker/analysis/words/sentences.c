/* Sentences: the terminators of Unicode's text segmentation (UAX 29, by ICU's properties) weighed
 * by what stands around them: abbreviations, initials, numbers, ellipses, quotations, lists.
 *
 * A paragraph always ends a sentence. Each decision looks at a bounded stretch before and behind
 * the terminator, so that the whole is linear. */
#include <unicode/uchar.h>

#include "common/utf8.h"
#include "worker/analysis/stages.h"
#include "worker/analysis/tables.h"
#include "worker/analysis/words/letters.h"

#define TOKEN_BYTES_MAX 48 /* abbreviations are shorter */
#define AHEAD_BYTES_MAX 128

/* How items of a list inside a paragraph are marked: "1.)", "1)", "1.", "a.". */
enum marker { MARKER_NONE, MARKER_STOP_BRACKET, MARKER_BRACKET, MARKER_STOP, MARKER_LETTER };

struct splitter {
    struct doc *doc;
    struct arena *arena;
    void *items;
    size_t capacity;
    size_t end;   /* of the paragraph */
    size_t start; /* of the sentence being read */
    enum marker marker;
    unsigned next_item; /* the number the list's next item has; 0 no list */
};

static struct slice text_of(const struct splitter *at)
{
    return at->doc->text;
}

/* The code point at `at`, 0 at the paragraph's end. */
static UChar32 point_at(const struct splitter *splitter, size_t at)
{
    return at < splitter->end ? (UChar32)utf8_next(text_of(splitter), &at) : 0;
}

static size_t next_point(const struct splitter *splitter, size_t at)
{
    if (at < splitter->end)
        (void)utf8_next(text_of(splitter), &at);
    return at;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_close(UChar32 point)
{
    return point && (u_getIntPropertyValue(point, UCHAR_SENTENCE_BREAK) == U_SB_CLOSE);
}

/* Marks that end a sentence whatever follows, without a space: 。！？ */
static bool is_wide_terminator(UChar32 point)
{
    return point == 0x3002 || point == 0xff01 || point == 0xff1f || point == 0xff61;
}

static bool is_terminator(UChar32 point)
{
    if (point < 0x80)
        return point == '.' || point == '?' || point == '!';
    return point == 0x2026 || u_hasBinaryProperty(point, UCHAR_S_TERM);
}

static enum status add(struct splitter *splitter, size_t to)
{
    struct slice text = text_of(splitter);
    size_t from = splitter->start;
    while (from < to && text.data[from] == ' ')
        from++;
    while (to > from && text.data[to - 1] == ' ')
        to--;
    splitter->start = to;
    if (from == to)
        return STATUS_OK;
    struct doc_sentence *sentence =
        arena_push(&splitter->items, &splitter->doc->sentence_count, &splitter->capacity,
                   sizeof *sentence, splitter->arena);
    if (!sentence)
        return STATUS_REJECT;
    sentence->from = (uint32_t)from;
    sentence->to = (uint32_t)to;
    return STATUS_OK;
}

/* ---- what stands before and behind ---- */

/* The word that ends at `to`, back to a space or an opening mark; cut at TOKEN_BYTES_MAX. */
static struct slice token_before(const struct splitter *splitter, size_t to)
{
    static const bool before[256] = {
        [0] = true,   [' '] = true, ['"'] = true, ['\''] = true, ['('] = true,
        ['['] = true, ['{'] = true, ['-'] = true, ['/'] = true,
    };
    struct slice text = text_of(splitter);
    size_t from = to;
    while (from > splitter->start && to - from < TOKEN_BYTES_MAX &&
           !before[(unsigned char)text.data[from - 1]])
        from--;
    while (from < to && ((unsigned char)text.data[from] & 0xc0) == 0x80)
        from++;
    struct slice token = slice_sub(text, from, to);
    static const char *const quotes[] = {"“", "‘", "«", "„", "–", "—"};
    for (size_t i = 0; i < sizeof quotes / sizeof quotes[0]; i++)
        if (slice_starts_with(token, slice_from(quotes[i])))
            token = slice_sub(token, strlen(quotes[i]), token.len);
    return token;
}

static bool is_alnum(UChar32 point)
{
    if (point >= 0x80)
        return u_isalnum(point);
    UChar32 small = point | LETTERS_CASE_BIT;
    return (small >= 'a' && small <= 'z') || (point >= '0' && point <= '9');
}

/* The first letter or digit behind `at`: over spaces and opening marks. */
static size_t word_behind(const struct splitter *splitter, size_t at)
{
    size_t limit = at + AHEAD_BYTES_MAX;
    while (at < splitter->end && at < limit) {
        UChar32 point = point_at(splitter, at);
        if (is_alnum(point))
            break;
        at = next_point(splitter, at);
    }
    return at;
}

/* Writes the folded form of `point` at `out`: its length. */
static size_t put_folded(UChar32 point, char *out)
{
    if (point >= 0x80)
        return utf8_put((uint32_t)u_tolower(point), out);
    *out = (char)(point >= 'A' && point <= 'Z' ? point | LETTERS_CASE_BIT : point);
    return 1;
}

/* Folded letters of the word at `at` without stops: at most `size` bytes. */
static struct slice fold_at(const struct splitter *splitter, size_t at, char *out, size_t size)
{
    struct slice text = text_of(splitter);
    size_t len = 0;
    while (at < splitter->end && len + 4 < size) {
        UChar32 point = (UChar32)utf8_next(text, &at);
        if (point != '.' && point != '\'' && !is_alnum(point))
            break;
        if (point != '.')
            len += put_folded(point, out + len);
    }
    return (struct slice){out, len};
}

static uint32_t flags_at(const struct splitter *splitter, size_t at)
{
    char fold[TOKEN_BYTES_MAX + 8];
    struct slice word = fold_at(splitter, at, fold, sizeof fold);
    return lexicon_flags(&words_lexicon, word,
                         lexicon_hash(LEXICON_HASH_START, word.data, word.len));
}

static uint32_t token_flags(struct slice token)
{
    char fold[TOKEN_BYTES_MAX * 2 + 8];
    size_t len = 0;
    for (size_t at = 0; at < token.len;) {
        UChar32 point = (UChar32)utf8_next(token, &at);
        if (point != '.' && point != 0xb0) /* N° */
            len += put_folded(point, fold + len);
    }
    struct slice word = {fold, len};
    return lexicon_flags(&words_lexicon, word, lexicon_hash(LEXICON_HASH_START, fold, len));
}

static bool is_all_digits(struct slice token)
{
    for (size_t i = 0; i < token.len; i++)
        if (!is_digit(token.data[i]))
            return false;
    return token.len > 0;
}

static bool is_one_letter(struct slice token)
{
    size_t at = 0;
    return token.len > 0 && u_isalpha((UChar32)utf8_next(token, &at)) && at == token.len;
}

/* "U.S", "a.m", "z.B": single letters with stops between. */
static bool is_acronym(struct slice token)
{
    bool stop = false;
    for (size_t at = 0; at < token.len;) {
        if (!u_isalpha((UChar32)utf8_next(token, &at)) || (at < token.len && token.data[at] != '.'))
            return false;
        stop |= at < token.len;
        at++;
    }
    return stop;
}

/* ---- lists ---- */

/* Reads a list marker at `at`; MARKER_NONE when there is none, else its number and its end. */
static enum marker read_marker(const struct splitter *splitter, size_t at, unsigned *number,
                               size_t *end)
{
    struct slice text = text_of(splitter);
    size_t start = at;
    *number = 0;
    while (at < splitter->end && at - start < 3 && is_digit(text.data[at]))
        *number = *number * 10 + (unsigned)(text.data[at++] - '0');
    bool letter = at == start && at < splitter->end && text.data[at] >= 'a' && text.data[at] <= 'z';
    if (letter)
        *number = (unsigned)(text.data[at++] - 'a') + 1;
    struct slice rest = slice_sub(text, at, splitter->end);
    *end = at;
    if (at == start || rest.len < 2)
        return MARKER_NONE;
    if (slice_starts_with(rest, SLICE_LITERAL(".) "))) {
        *end = at + 2;
        return MARKER_STOP_BRACKET;
    }
    *end = at + 1;
    if (rest.data[1] != ' ')
        return MARKER_NONE;
    if (rest.data[0] == ')')
        return MARKER_BRACKET;
    if (rest.data[0] != '.')
        return MARKER_NONE;
    return letter ? MARKER_LETTER : MARKER_STOP;
}

static bool is_bullet(UChar32 point)
{
    return point == 0x2022 || point == 0x2043 || point == 0x25aa || point == 0x25cf;
}

/* Behind a bullet and the number that may follow it ("• 9. The first item"). */
static size_t behind_bullet(const struct splitter *splitter, size_t at)
{
    unsigned number;
    size_t end;
    if (!is_bullet(point_at(splitter, at)))
        return at;
    at = next_point(splitter, at);
    if (point_at(splitter, at) == ' ')
        at++;
    return read_marker(splitter, at, &number, &end) == MARKER_NONE ? at : end;
}

/* A paragraph that begins with the first item of a list may hold the others too. Returns where
 * reading goes on: behind the marker. */
static size_t begin_list(struct splitter *splitter, size_t at)
{
    unsigned number;
    size_t end;
    splitter->next_item = 0;
    at = behind_bullet(splitter, at);
    splitter->marker = read_marker(splitter, at, &number, &end);
    if (splitter->marker == MARKER_NONE)
        return at;
    if (number == 1)
        splitter->next_item = 2;
    return end;
}

/* Hardly ever: there is a list, or what may be a bullet. */
static bool may_begin_item(const struct splitter *splitter, size_t at)
{
    return splitter->next_item > 0 ||
           (at < splitter->end && (unsigned char)text_of(splitter).data[at] >= 0x80);
}

/* True when the list's next item begins behind the space at `at`; *behind is its marker's end. */
static bool item_begins(struct splitter *splitter, size_t at, size_t *behind)
{
    unsigned number;
    UChar32 point = point_at(splitter, at + 1);
    *behind = at + 1;
    if (is_bullet(point)) {
        *behind = behind_bullet(splitter, at + 1);
        return is_bullet(point_at(splitter, splitter->start)) ||
               is_bullet(point_at(splitter, splitter->start + 1));
    }
    if (splitter->next_item == 0 ||
        read_marker(splitter, at + 1, &number, behind) != splitter->marker ||
        number != splitter->next_item)
        return false;
    splitter->next_item++;
    return true;
}

/* ---- decisions ---- */

/* "Why?" Smith asked: names and then a verb of saying. */
static bool goes_on_with_speaker(const struct splitter *splitter, size_t at)
{
    struct slice text = text_of(splitter);
    for (int word = 0; word < 4 && at < splitter->end; word++) {
        if (flags_at(splitter, at) & WORD_VERB)
            return word > 0;
        if (!u_isupper(point_at(splitter, at)))
            return false;
        const char *space = memchr(text.data + at, ' ', splitter->end - at);
        if (!space)
            return false;
        at = (size_t)(space - text.data) + 1;
    }
    return false;
}

/* Behind "6 p.m." a capital begins a sentence unless only the time has been said so far. */
static bool time_ends_sentence(const struct splitter *splitter, size_t at)
{
    size_t words = 0;
    for (size_t i = splitter->start; i < at && words < 6; i++)
        words += text_of(splitter).data[i] == ' ';
    return words > 4;
}

/* A capital behind `token` and its stop at `at`: does it begin a sentence? */
static bool stop_before_capital(const struct splitter *splitter, struct slice token, size_t at,
                                size_t next)
{
    uint32_t flags = token_flags(token), next_flags = flags_at(splitter, next);
    bool first_upper = u_isupper((UChar32)(unsigned char)token.data[0]);
    if (flags & WORD_TITLE && (first_upper || token.len > 2))
        return false;
    if (slice_is(token, "a.m") || slice_is(token, "p.m") || slice_is(token, "A.M") ||
        slice_is(token, "P.M"))
        return next_flags & WORD_STARTER || time_ends_sentence(splitter, at);
    bool common = flags & WORD_COMMON || (flags & WORD_CAPITAL && first_upper) ||
                  (flags & WORD_GERMAN && doc_language_is(splitter->doc, "de"));
    if (common || is_acronym(token) || (is_one_letter(token) && first_upper))
        return next_flags & WORD_STARTER;
    if (is_all_digits(token) && token.len <= 2 && doc_language_is(splitter->doc, "de"))
        return false; /* am 3. Oktober */
    return true;
}

static bool stop_before_digit(struct slice token)
{
    uint32_t flags = token_flags(token);
    bool upper = u_isupper((UChar32)(unsigned char)token.data[0]);
    if (flags & WORD_NUMBER)
        return slice_is(token, "no"); /* "Say no. 5 did." */
    return !(flags & (WORD_COMMON | WORD_TITLE) || (flags & WORD_CAPITAL && upper));
}

/* One stop at `at`; `next` is the next letter or digit. */
static bool stop_ends(const struct splitter *splitter, size_t at, size_t next)
{
    struct slice token = token_before(splitter, at);
    UChar32 point = point_at(splitter, next);
    if (token.len == 0)
        return u_isupper(point);
    bool item = token.data == text_of(splitter).data + splitter->start;
    if (item && (is_all_digits(token) || is_one_letter(token)) && token.len <= 3)
        return false; /* the number of a list's item or of a heading */
    if (is_digit((char)point) && point < 0x80)
        return stop_before_digit(token);
    return stop_before_capital(splitter, token, at, next);
}

/* Dots from `at`, in a row or spaced (". . ."): how many, and where the last ends. */
static unsigned count_dots(const struct splitter *splitter, size_t at, size_t *end, bool *spaced)
{
    struct slice text = text_of(splitter);
    unsigned dots = 1;
    *spaced = false;
    *end = at + 1;
    for (;;) {
        if (*end < splitter->end && text.data[*end] == '.') {
            *end += 1;
        } else if (*end + 1 < splitter->end && text.data[*end] == ' ' &&
                   text.data[*end + 1] == '.') {
            *end += 2;
            *spaced = true;
        } else {
            return dots;
        }
        dots++;
    }
}

/* An ellipsis [at, end): may end a sentence before a capital. `*cut` is where. */
static bool ellipsis_ends(const struct splitter *splitter, size_t at, size_t end, unsigned dots,
                          bool spaced, size_t next, size_t *cut)
{
    struct slice text = text_of(splitter);
    bool attached = at > splitter->start && text.data[at - 1] != ' ';
    if (at > splitter->start && text.data[at - 1] == '[')
        return false;
    if (!u_isupper(point_at(splitter, next)))
        return false;
    if (spaced && attached && dots == 4) {
        *cut = at + 1; /* a full stop, and then the ellipsis that begins the next sentence */
        return true;
    }
    *cut = end;
    return spaced ? dots >= 4 : attached;
}

/* Over more terminators and closing marks. */
static size_t skip_closing(const struct splitter *splitter, size_t at, bool *closed)
{
    for (;;) {
        UChar32 point = point_at(splitter, at);
        bool close = is_close(point);
        /* An opening quotation mark is of the same class: it follows a space, not a stop. */
        if (!close && !is_terminator(point))
            return at;
        *closed |= close;
        at = next_point(splitter, at);
    }
}

/* Weighs the terminator at `at`. True when a sentence ends; `*cut` is its end. `*behind` is where
 * reading goes on in any case. */
static bool weigh(const struct splitter *splitter, size_t at, UChar32 point, size_t *cut,
                  size_t *behind)
{
    unsigned dots = 1;
    bool spaced = false, closed = false;
    size_t end = next_point(splitter, at);
    if (point == '.')
        dots = count_dots(splitter, at, &end, &spaced);
    size_t after = skip_closing(splitter, end, &closed);
    *cut = *behind = after;
    if (after >= splitter->end)
        return true;
    if (is_wide_terminator(point)) /* a quotation goes on with the particle to */
        return !closed || point_at(splitter, after) != 0x3068;
    if (text_of(splitter).data[after] != ' ')
        return false;
    size_t next = word_behind(splitter, after);
    if (next >= splitter->end)
        return false; /* nothing but marks follows: they belong to this sentence */
    if (u_islower(point_at(splitter, next)) || (spaced && dots < 3))
        return false;
    if (dots > 1 || point == 0x2026)
        return ellipsis_ends(splitter, at, after, point == '.' ? dots : 3, spaced, next, cut);
    if (point != '.' || after > end)
        return !(closed && goes_on_with_speaker(splitter, next)) &&
               (point != '.' || closed || stop_ends(splitter, at, next));
    return stop_ends(splitter, at, next);
}

/* The high bits of the bytes that are `byte`, and maybe of others above one. */
static uint64_t same_in(uint64_t eight, unsigned char byte)
{
    uint64_t other = eight ^ byte * LETTERS_ONES;
    return (other - LETTERS_ONES) & ~other & 0x80 * LETTERS_ONES;
}

/* The first byte from `at` on that split_paragraph() looks at, or the paragraph's end: what may end
 * a sentence, what is not ASCII, and the space in front of that; in a list all spaces. */
static size_t next_sign(const struct splitter *splitter, size_t at)
{
    struct slice text = {text_of(splitter).data, splitter->end};
    unsigned char space = splitter->next_item > 0 ? ' ' : '.';
    for (size_t from = at; at < splitter->end; at += LETTERS_EIGHT) {
        uint64_t eight = letters_load(text, at);
        uint64_t signs = same_in(eight, '.') | same_in(eight, '?') | same_in(eight, '!') |
                         same_in(eight, space) | (eight & 0x80 * LETTERS_ONES);
        if (!signs)
            continue;
        at += (size_t)__builtin_ctzll(signs) / 8; /* the lowest is right */
        bool behind_space = (unsigned char)text.data[at] >= 0x80 && at > from;
        return behind_space && text.data[at - 1] == ' ' ? at - 1 : at;
    }
    return splitter->end;
}

/* Looks at the sign at `at`. True when a sentence ends; `*cut` and `*behind` as weigh() has them.
 */
static bool look(struct splitter *splitter, size_t at, size_t *cut, size_t *behind)
{
    UChar32 point = point_at(splitter, at);
    *cut = at;
    *behind = next_point(splitter, at);
    if (point != ' ')
        return is_terminator(point) && weigh(splitter, at, point, cut, behind);
    size_t item;
    if (!may_begin_item(splitter, at + 1) || !item_begins(splitter, at, &item))
        return false;
    *behind = item;
    return true;
}

static enum status split_paragraph(struct splitter *splitter, size_t from)
{
    splitter->start = from;
    for (size_t at = begin_list(splitter, from), cut, behind;; at = behind > cut ? behind : cut) {
        at = next_sign(splitter, at);
        if (at >= splitter->end)
            return add(splitter, splitter->end);
        if (look(splitter, at, &cut, &behind) && add(splitter, cut) != STATUS_OK)
            return STATUS_REJECT;
    }
}

/* ---- the stage ---- */

static void assign_words(struct doc *doc)
{
    size_t word = 0;
    for (size_t i = 0; i < doc->sentence_count; i++) {
        struct doc_sentence *sentence = &doc->sentences[i];
        sentence->first_word = (uint32_t)word; // NOLINT: there are sentences when they are counted
        while (word < doc->word_count && doc->words[word].from < sentence->to)
            word++;
        sentence->word_end = (uint32_t)word;
    }
}

static enum status give_result(struct doc *doc, struct arena *arena)
{
    struct result_sentence *out = arena_array(arena, doc->sentence_count, sizeof *out);
    if (!out)
        return STATUS_REJECT;
    for (size_t i = 0; i < doc->sentence_count; i++)
        out[i] = (struct result_sentence){.start = doc_point(doc, doc->sentences[i].from),
                                          .end = doc_point(doc, doc->sentences[i].to)};
    doc->result->sentences = (struct field_list){out, doc->sentence_count};
    return STATUS_OK;
}

enum status sentences_run(struct doc *doc, struct arena *arena)
{
    struct splitter splitter = {.doc = doc, .arena = arena};
    for (size_t from = 0; from < doc->text.len;) {
        splitter.end = doc_paragraph_end(doc->text, from);
        if (split_paragraph(&splitter, from) != STATUS_OK)
            return STATUS_REJECT;
        from = splitter.end + 2;
    }
    doc->sentences = splitter.items;
    assign_words(doc);
    return give_result(doc, arena);
}
