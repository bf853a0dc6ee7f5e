/* Cuts sentences into tokens: chunks between spaces, read from left to right. */
#include "worker/analysis/syntax/tokenizer.h"

#include <stdbool.h>
#include <string.h>
#include <unicode/uchar.h>

#include "common/utf8.h"
#include "worker/analysis/tables.h"

#define CHUNK_MAX 192 /* code points looked at together; longer chunks are cut here */
#define AHEAD_MAX 4   /* code points looked at behind the one that is read */
#define WORD_MAX  32  /* longer words are in no table */

/* The chunk being cut: its code points and where each begins. */
struct chunk {
    UChar32 point[CHUNK_MAX + AHEAD_MAX]; /* zeros behind the last */
    uint32_t at[CHUNK_MAX + 1];
    unsigned len;
    bool last;    /* of the sentence */
    bool address; /* holds one of the web or of mail */
    struct slice text;
    size_t next, end; /* bytes of text: where the next chunk begins, where the sentence ends */
    struct token_list *out;
    struct arena *arena;
    bool full;
};

static bool is_letter(UChar32 c)
{
    if (c < 0x80)
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    return u_isalpha(c) || (U_GET_GC_MASK(c) & U_GC_M_MASK);
}

static bool is_digit(UChar32 c)
{
    return c < 0x80 ? c >= '0' && c <= '9' : (bool)u_isdigit(c);
}

static bool is_word(UChar32 c)
{
    return is_letter(c) || is_digit(c);
}

static bool is_upper(UChar32 c)
{
    return c < 0x80 ? c >= 'A' && c <= 'Z' : (bool)u_isupper(c);
}

static bool is_apostrophe(UChar32 c)
{
    return c == '\'' || c == 0x2019 || c == '`';
}

static bool is_hyphen(UChar32 c)
{
    return c == '-' || c == 0x2010 || c == 0x2011;
}

static void emit_bytes(struct chunk *chunk, size_t from, size_t to)
{
    if (from == to || chunk->full)
        return;
    void *items = chunk->out->items;
    struct token_span *span =
        arena_push(&items, &chunk->out->count, &chunk->out->capacity, sizeof *span, chunk->arena);
    chunk->out->items = items;
    chunk->full = !span;
    if (span)
        *span = (struct token_span){(uint32_t)from, (uint32_t)to};
}

static void emit(struct chunk *chunk, unsigned from, unsigned to)
{
    emit_bytes(chunk, chunk->at[from], chunk->at[to]);
}

/* ---- tables ---- */

static UChar32 lower(UChar32 c)
{
    return c < 0x80 ? (c >= 'A' && c <= 'Z' ? c + 32 : c) : u_tolower(c);
}

/* [from, to) in lower case, ’ as ', without stops; empty when too long. */
static struct slice lower_case(const struct chunk *chunk, unsigned from, unsigned to,
                               char out[4 * WORD_MAX])
{
    size_t len = 0;
    if (to - from > WORD_MAX)
        return SLICE_NULL;
    for (unsigned i = from; i < to; i++) {
        UChar32 c = chunk->point[i];
        if (c != '.')
            len += utf8_put((uint32_t)(is_apostrophe(c) ? '\'' : lower(c)), out + len);
    }
    return (struct slice){out, len};
}

static uint32_t flags_of(const struct chunk *chunk, unsigned from, unsigned to,
                         const struct lexicon *lexicon)
{
    char text[4 * WORD_MAX];
    struct slice word = lower_case(chunk, from, to, text);
    return word.len
               ? lexicon_flags(lexicon, word, lexicon_hash(LEXICON_HASH_START, word.data, word.len))
               : 0;
}

/* What tokens.txt says of the word at `at`. */
static uint32_t flags_at(struct slice text, size_t at, size_t to)
{
    char word[WORD_MAX];
    size_t len = 0;
    while (at + len < to && len < sizeof word && (unsigned char)(text.data[at + len] | 32) >= 'a' &&
           (unsigned char)(text.data[at + len] | 32) <= 'z') {
        word[len] = (char)(text.data[at + len] | 32);
        len++;
    }
    return lexicon_flags(&tokens_lexicon, (struct slice){word, len},
                         lexicon_hash(LEXICON_HASH_START, word, len));
}

/* Whether tokens.txt has a word of two tokens there, as it stands before what follows the chunk. */
static bool is_two(const struct chunk *chunk, const struct lexicon_entry *entry)
{
    return entry->more & TOKEN_TWO ||
           (entry->more & TOKEN_TWO_BEFORE &&
            flags_at(chunk->text, chunk->next, chunk->end) & TOKEN_AFTER_TWO);
}

/* ---- words ---- */

static bool ends_with(const struct chunk *chunk, unsigned from, unsigned to, const char *ending)
{
    unsigned len = (unsigned)strlen(ending);
    if (to - from < len)
        return false;
    for (unsigned i = 0; i < len; i++) {
        UChar32 c = lower(chunk->point[to - len + i]);
        if ((is_apostrophe(c) ? '\'' : c) != ending[i])
            return false;
    }
    return true;
}

/* Where the second token of a contraction begins in the word, or `to`. */
static unsigned contraction_at(const struct chunk *chunk, unsigned from, unsigned to)
{
    static const char *const endings[] = {"n't", "'s", "'m", "'d", "'re", "'ve", "'ll"};
    if (to - from < 3 ||
        !(is_apostrophe(chunk->point[to - 2]) || is_apostrophe(chunk->point[to - 3])))
        return to;
    if (is_digit(chunk->point[from]) && ends_with(chunk, from, to, "0's"))
        return to; /* the 80's */
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (ends_with(chunk, from, to, endings[i]) && to - from > strlen(endings[i]))
            return to - (unsigned)strlen(endings[i]);
    return to;
}

static void emit_word(struct chunk *chunk, unsigned from, unsigned to)
{
    char text[4 * WORD_MAX];
    unsigned cut = contraction_at(chunk, from, to);
    struct slice word = lower_case(chunk, from, cut, text);
    const struct lexicon_entry *entry = word.len ? lexicon_look_up(&tokens_lexicon, word) : NULL;
    if (entry && cut == to && (unsigned)entry->value < to - from && is_two(chunk, entry)) {
        emit(chunk, from, from + (unsigned)entry->value);
        from += (unsigned)entry->value;
    }
    emit(chunk, from, cut);
    emit(chunk, cut, to);
}

/* "U.S", "e.g", "a.k.a": single letters with stops between. */
static bool is_acronym(const struct chunk *chunk, unsigned from, unsigned to)
{
    if (to - from < 3 || (to - from) % 2 == 0)
        return false;
    for (unsigned i = from; i < to; i++)
        if ((i - from) % 2 ? chunk->point[i] != '.' : !is_letter(chunk->point[i]))
            return false;
    return true;
}

static bool only_closing(const struct chunk *chunk, unsigned from)
{
    for (unsigned i = from; i < chunk->len; i++)
        if (is_word(chunk->point[i]))
            return false;
    return true;
}

/* The stop at `to` belongs to the word before it. */
static bool keeps_stop(const struct chunk *chunk, unsigned from, unsigned to)
{
    bool capital = is_upper(chunk->point[from]), end = chunk->last && only_closing(chunk, to);
    if (chunk->point[to] != '.' || chunk->point[to + 1] == '.' || end)
        return false; /* at a sentence's end the treebank gives the stop to the sentence */
    if (is_acronym(chunk, from, to))
        return true;
    if (to - from == 1)
        return capital;
    uint32_t flags = flags_of(chunk, from, to, &words_lexicon);
    if (flags & WORD_COMMON || (flags & WORD_CAPITAL && capital))
        return true;
    return flags & (WORD_TITLE | WORD_NUMBER) && (capital || flags & WORD_TITLE) && to - from > 1;
}

/* The end of a word that begins at `i`: letters, digits, and the marks that hold words together. */
static unsigned word_end(const struct chunk *chunk, unsigned i)
{
    unsigned from = i;
    for (; i < chunk->len; i++) {
        UChar32 c = chunk->point[i], next = chunk->point[i + 1];
        if (is_word(c))
            continue;
        if (i == from || !is_word(next))
            break;
        UChar32 before = chunk->point[i - 1];
        if (is_apostrophe(c) && c != '`')
            continue;
        if (c == '.' && !(is_upper(next) && !is_upper(before) && i - from > 1))
            continue;
        if (c == '&' && is_upper(before) && is_upper(next))
            continue;
        if (c == '/' && i == from + 1 && !is_word(chunk->point[i + 2]))
            continue; /* b/c, w/o */
        if (is_hyphen(c) && is_letter(next) &&
            flags_of(chunk, from, i, &tokens_lexicon) & TOKEN_PREFIX)
            continue;
        break;
    }
    return i;
}

/* ---- numbers ---- */

static unsigned digits_end(const struct chunk *chunk, unsigned i)
{
    while (i < chunk->len && is_digit(chunk->point[i]))
        i++;
    return i;
}

/* 713-853-3989, 345-9945, 2001-11-20: groups of digits joined by hyphens that are no range. */
static unsigned telephone_end(const struct chunk *chunk, unsigned from, unsigned first_end)
{
    unsigned end = first_end, groups = 1, before = first_end - from, last = before;
    while (is_hyphen(chunk->point[end]) && is_digit(chunk->point[end + 1])) {
        unsigned next = digits_end(chunk, end + 1);
        before = last;
        last = next - end - 1;
        end = next;
        groups++;
    }
    bool pair = groups == 2 && before == 3 && last == 4;
    return groups > 2 || pair ? end : first_end;
}

static unsigned value_of(const struct chunk *chunk, unsigned from, unsigned to)
{
    unsigned value = 0;
    for (unsigned i = from; i < to && i < from + 4; i++)
        value = value * 10 + (unsigned)(chunk->point[i] & 15);
    return value;
}

/* Where a stroke stands in a number, [from, slash): 11/28/2000 and 9/11 are dates and stay whole,
 * 1/2 and 24/7 are three tokens. */
static bool is_date(const struct chunk *chunk, unsigned from, unsigned slash)
{
    unsigned end = digits_end(chunk, slash + 1), day = value_of(chunk, slash + 1, end);
    if (chunk->point[end] == '/' && is_digit(chunk->point[end + 1]))
        return true;
    return value_of(chunk, from, slash) <= 12 && end - slash == 3 && day >= 10 && day <= 31;
}

/* 1,200.50  7:30  9/11  11/28/2000 */
static unsigned number_end(const struct chunk *chunk, unsigned from)
{
    unsigned end = digits_end(chunk, from), phone = telephone_end(chunk, from, end);
    bool date = false;
    if (phone > end)
        return phone;
    while (chunk->point[end] && chunk->point[end] < 0x80 && strchr(".,:/", chunk->point[end]) &&
           is_digit(chunk->point[end + 1])) {
        if (chunk->point[end] == '/' && !date && !is_date(chunk, from, end))
            break;
        date |= chunk->point[end] == '/';
        end = digits_end(chunk, end + 1);
    }
    return end;
}

static unsigned cut_number(struct chunk *chunk, unsigned from)
{
    unsigned end = number_end(chunk, from), letters = end;
    while (is_letter(chunk->point[letters]))
        letters++;
    if (letters == end && (!is_apostrophe(chunk->point[end]) || is_digit(chunk->point[end + 1]))) {
        emit(chunk, from, end);
        return end;
    }
    if (letters > end && flags_of(chunk, end, letters, &tokens_lexicon) & TOKEN_UNIT &&
        !is_word(chunk->point[letters])) {
        emit(chunk, from, end);
        return end;
    }
    unsigned word = word_end(chunk, from);
    word = word > end ? word : end;
    emit_word(chunk, from, word);
    return word;
}

/* ---- marks ---- */

/* Smileys: eyes, perhaps a nose, a mouth; and the two that are turned round. */
static unsigned smiley_end(const struct chunk *chunk, unsigned i)
{
    const UChar32 *p = chunk->point + i;
    if (i + 1 >= chunk->len || p[0] >= 0x80)
        return i;
    unsigned nose = p[1] == '-' || p[1] == '\'' ? 1 : 0;
    UChar32 mouth = p[1 + nose];
    bool known =
        mouth && mouth < 0x80 && strchr(")(DPp/|*]", (int)mouth) && strchr(":;=", (int)p[0]);
    if (known && !is_word(p[2 + nose]) && (mouth != '/' || p[2 + nose] != '/'))
        return i + 2 + nose;
    if (p[0] == '(' && p[1] == ':')
        return i + 2;
    return i;
}

static bool is_shout(UChar32 c)
{
    return c == '!' || c == '?';
}

/* Marks that stand for one when repeated: ... !!! -- ***; ? and ! also mixed, and behind a stop. */
static unsigned mark_end(const struct chunk *chunk, unsigned i)
{
    UChar32 c = chunk->point[i];
    unsigned end = i + 1;
    bool quote = c == 0x2018 || c == 0x2019; /* two make a double one */
    if (quote)
        return chunk->point[end] == 0x2018 || chunk->point[end] == 0x2019 ? end + 1 : end;
    if (c >= 0x80 || !strchr(".!?-*=_~<>+#'`$", c))
        return end;
    bool shout = is_shout(c) || (c == '.' && is_shout(chunk->point[end]));
    while (end < chunk->len && (chunk->point[end] == c || (shout && is_shout(chunk->point[end]))))
        end++;
    return end;
}

/* ---- chunks ---- */

static bool holds_address(const struct chunk *chunk)
{
    bool found = ends_with(chunk, 0, chunk->len < 4 ? 0 : 4, "www.");
    for (unsigned k = 1; k + 1 < chunk->len && !found; k++) {
        const UChar32 *p = chunk->point + k;
        found = (p[0] == ':' && p[1] == '/' && p[2] == '/' && is_word(p[-1])) ||
                (p[0] == '@' && (is_word(p[-1]) || p[-1] == '.') && is_word(p[1]));
    }
    return found;
}

/* The end of an address of the web or of mail that begins at `i`, or `i`: it goes on to a bracket
 * or quotation mark, but for closing marks. */
static unsigned address_end(const struct chunk *chunk, unsigned i)
{
    unsigned end = i;
    bool found = ends_with(chunk, i, i + 4 < chunk->len ? i + 4 : i, "www.");
    while (end < chunk->len && (chunk->point[end] >= 0x80 || !strchr("<>\"|", chunk->point[end]))) {
        const UChar32 *p = chunk->point + end++;
        found |= p[0] == '@' || (p[0] == ':' && p[1] == '/' && p[2] == '/');
    }
    while (end > i + 1 && chunk->point[end - 1] != '/' && !is_word(chunk->point[end - 1]))
        end--;
    return found ? end : i;
}

static unsigned cut_word(struct chunk *chunk, unsigned i)
{
    unsigned end = word_end(chunk, i);
    if (keeps_stop(chunk, i, end)) {
        emit(chunk, i, end + 1);
        return end + 1;
    }
    emit_word(chunk, i, end);
    return end;
}

/* 's or 'em that stand alone, @name, #name, and what else begins with a mark. */
static unsigned cut_mark(struct chunk *chunk, unsigned i)
{
    UChar32 c = chunk->point[i];
    unsigned end = smiley_end(chunk, i);
    if (end == i && is_apostrophe(c) && is_letter(chunk->point[i + 1])) {
        unsigned word = word_end(chunk, i + 1);
        bool ending = ends_with(chunk, i, word, "'s") || ends_with(chunk, i, word, "'em");
        end = ending && word - i <= 3 ? word : i + 1;
    }
    if (end == i && (c == '@' || c == '#') && is_letter(chunk->point[i + 1]))
        end = word_end(chunk, i + 1);
    if (end == i)
        end = mark_end(chunk, i);
    emit(chunk, i, end);
    return end;
}

static void cut_chunk(struct chunk *chunk)
{
    for (unsigned i = 0; i < chunk->len;) {
        unsigned address = chunk->address && is_word(chunk->point[i]) ? address_end(chunk, i) : i;
        if (address > i) {
            emit(chunk, i, address);
            i = address;
        } else if (is_digit(chunk->point[i])) {
            i = cut_number(chunk, i);
        } else if (is_letter(chunk->point[i])) {
            i = cut_word(chunk, i);
        } else {
            i = cut_mark(chunk, i);
        }
    }
}

static size_t skip_space(struct slice text, size_t at, size_t to)
{
    while (at < to && (text.data[at] == ' ' || text.data[at] == '\n'))
        at++;
    return at;
}

/* Reads the chunk at `at`; returns where the next begins. */
static size_t read_chunk(struct slice text, size_t at, size_t to, struct chunk *chunk)
{
    chunk->len = 0;
    while (at < to && text.data[at] != ' ' && text.data[at] != '\n' && chunk->len < CHUNK_MAX) {
        chunk->at[chunk->len] = (uint32_t)at;
        chunk->point[chunk->len++] = (UChar32)utf8_next(text, &at);
    }
    chunk->at[chunk->len] = (uint32_t)at;
    memset(chunk->point + chunk->len, 0, AHEAD_MAX * sizeof *chunk->point);
    return skip_space(text, at, to);
}

/* ---- plain chunks ---- */

static bool is_plain_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The letters from `at` on in lower case, at most WORD_MAX; `hash` is lexicon_hash() of them. */
static struct slice plain_letters(struct slice text, size_t at, size_t to, char out[WORD_MAX],
                                  uint64_t *hash)
{
    size_t len = 0;
    *hash = LEXICON_HASH_START;
    for (; at < to && len < WORD_MAX && is_plain_letter(text.data[at]); at++) {
        out[len] = (char)(text.data[at] | 32);
        *hash = lexicon_hash_byte(*hash, (unsigned char)out[len++]);
    }
    return (struct slice){out, len};
}

/* Where the next chunk begins when the one at `at` is letters with at most one mark behind them,
 * which is then a token; 0 when it is not. A stop is one only at the sentence's end. */
static size_t plain_end(struct slice text, size_t at, size_t word_end, size_t to)
{
    size_t end = word_end;
    bool stop = end < to && text.data[end] == '.';
    if (word_end == at)
        return 0;
    if (end < to && (stop || strchr(",;:!?)\"", text.data[end])))
        end++;
    if (end < to && text.data[end] != ' ' && text.data[end] != '\n')
        return 0;
    size_t next = skip_space(text, end, to);
    return stop && next < to ? 0 : next;
}

/* Cuts the chunk at `at` if it is as plain as most are, as cut_chunk() would; false when not. */
static bool cut_plain(struct chunk *chunk, size_t at)
{
    char letters[WORD_MAX];
    uint64_t hash;
    struct slice word = plain_letters(chunk->text, at, chunk->end, letters, &hash);
    size_t word_end = at + word.len, next = plain_end(chunk->text, at, word_end, chunk->end);
    if (next == 0)
        return false;
    chunk->next = next;
    const struct lexicon_entry *entry = lexicon_find(&tokens_lexicon, word, hash);
    if (entry && (unsigned)entry->value < word.len && is_two(chunk, entry)) {
        emit_bytes(chunk, at, at + (unsigned)entry->value);
        at += (unsigned)entry->value;
    }
    emit_bytes(chunk, at, word_end);
    bool mark = word_end < chunk->end && chunk->text.data[word_end] != ' ' &&
                chunk->text.data[word_end] != '\n';
    emit_bytes(chunk, word_end, word_end + mark);
    return true;
}

enum status tokenizer_cut(struct slice text, size_t from, size_t to, struct token_list *out,
                          struct arena *arena)
{
    struct chunk chunk;
    chunk.text = text;
    chunk.end = to;
    chunk.out = out;
    chunk.arena = arena;
    chunk.full = false;
    for (size_t at = skip_space(text, from, to); at < to; at = chunk.next) {
        if (cut_plain(&chunk, at))
            continue;
        chunk.next = read_chunk(text, at, to, &chunk);
        chunk.last = chunk.next >= to;
        chunk.address = holds_address(&chunk);
        cut_chunk(&chunk);
    }
    return chunk.full ? STATUS_REJECT : STATUS_OK;
}
