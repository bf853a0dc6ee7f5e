/* Cutting the text into fine pieces. */
#include "worker/analysis/words/pieces.h"

#include <unicode/uchar.h>

#include "common/utf8.h"
#include "worker/analysis/stages.h"
#include "worker/analysis/tables.h"

#define BYTES_A_PIECE 4 /* of prose; fewer are rare, and cost a second walk */

const struct doc_piece piece_none = {.kind = PIECE_SIGN, .gap = GAP_BREAK};

enum kind { KIND_SIGN, KIND_LETTER, KIND_DIGIT, KIND_BLANK, KIND_BREAK, KIND_WIDE };

/* Of the first byte of a character; WIDE is for kind_of(). */
static const uint8_t kinds[256] = {
    ['A' ... 'Z'] = KIND_LETTER, ['a' ... 'z'] = KIND_LETTER, ['0' ... '9'] = KIND_DIGIT,
    [' '] = KIND_BLANK,          ['\t'] = KIND_BLANK,         ['\n'] = KIND_BREAK,
    ['\r'] = KIND_BREAK,         [0x80 ... 0xff] = KIND_WIDE,
};

/* Han, kana, Hangul and the scripts of South East Asia: no spaces between words, or words that
 * carry endings. */
static bool is_unspaced(uint32_t point)
{
    return (point >= 0x0e00 && point < 0x1100) || (point >= 0x1780 && point < 0x1800) ||
           (point >= 0x3040 && point < 0xd7b0) || (point >= 0x20000 && point < 0x32000);
}

static enum kind kind_of(uint32_t point)
{
    if (point == 0x2028 || point == 0x2029)
        return KIND_BREAK;
    if (u_isUWhiteSpace((UChar32)point))
        return KIND_BLANK;
    if (u_charType((UChar32)point) == U_DECIMAL_DIGIT_NUMBER)
        return KIND_DIGIT;
    if (is_unspaced(point))
        return KIND_SIGN;
    uint32_t letters = U_GC_L_MASK | U_GC_M_MASK;
    return U_GET_GC_MASK((UChar32)point) & letters ? KIND_LETTER : KIND_SIGN;
}

/* The kind of the character at `*at`, and over it. */
static enum kind next_kind(struct slice text, size_t *at, uint32_t *point)
{
    *point = (unsigned char)text.data[*at];
    if (*point < 0x80)
        return (enum kind)kinds[(unsigned char)text.data[(*at)++]];
    *point = utf8_next(text, at);
    return kind_of(*point);
}

static unsigned char lower(char byte)
{
    return (unsigned char)(byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte);
}

static uint64_t hash_lower(struct slice text, size_t from, size_t to)
{
    uint64_t hash = LEXICON_HASH_START;
    for (; from < to; from++)
        hash = lexicon_hash_byte(hash, lower(text.data[from]));
    return hash;
}

/* The end of the run of `kind` that goes on at `at`. */
static size_t run_end(struct slice text, size_t at, enum kind kind)
{
    uint32_t point;
    for (;;) {
        while (at < text.len && kinds[(unsigned char)text.data[at]] == kind)
            at++;
        size_t next = at;
        if (at == text.len || kinds[(unsigned char)text.data[at]] != KIND_WIDE ||
            next_kind(text, &next, &point) != kind)
            return at;
        at = next;
    }
}

static struct doc_piece piece_of(struct slice text, size_t from, size_t to, enum kind kind,
                                 uint32_t point, uint8_t gap)
{
    struct doc_piece piece = {.from = (uint32_t)from, .to = (uint32_t)to, .gap = gap};
    if (kind == KIND_LETTER) {
        piece.kind = PIECE_LETTERS;
        piece.sign = lower(text.data[from]);
        if (to - from <= PIECE_WORD_MAX) {
            piece.hash = hash_lower(text, from, to);
            piece.hints = (uint8_t)lexicon_value(&pieces_lexicon, piece.hash);
        }
    } else {
        piece.kind = kind == KIND_DIGIT ? PIECE_DIGITS : PIECE_SIGN;
        piece.sign = kind == KIND_DIGIT ? 0 : point;
    }
    return piece;
}

/* One walk over the text; fills as many of `pieces` as there is room for, and returns how many
 * there are. They end where the kind of character changes; signs stand alone. */
static size_t cut(struct slice text, struct doc_piece *pieces, size_t room)
{
    size_t count = 0;
    uint8_t gap = GAP_BREAK;
    for (size_t at = 0; at < text.len;) {
        size_t from = at;
        uint32_t point;
        enum kind kind = next_kind(text, &at, &point);
        if (kind == KIND_BLANK || kind == KIND_BREAK) {
            gap = kind == KIND_BREAK || gap == GAP_BREAK ? GAP_BREAK : GAP_BLANK;
            continue;
        }
        if (kind != KIND_SIGN)
            at = run_end(text, at, kind);
        if (count < room)
            pieces[count] = piece_of(text, from, at, kind, point, gap);
        count++;
        gap = GAP_NONE;
    }
    return count;
}

enum status pieces_run(struct doc *doc, struct arena *arena)
{
    size_t room = doc->text.len / BYTES_A_PIECE + 16;
    doc->pieces = arena_array(arena, room, sizeof *doc->pieces);
    if (!doc->pieces)
        return STATUS_REJECT;
    doc->piece_count = cut(doc->text, doc->pieces, room);
    if (doc->piece_count <= room)
        return STATUS_OK;
    room = doc->piece_count; /* nothing but marks */
    doc->pieces = arena_array(arena, room, sizeof *doc->pieces);
    if (!doc->pieces)
        return STATUS_REJECT;
    (void)cut(doc->text, doc->pieces, room);
    return STATUS_OK;
}

struct slice piece_word(const struct doc *doc, size_t index, char out[PIECE_WORD_MAX])
{
    const struct doc_piece *piece = piece_at(doc, index);
    size_t len = piece->to - piece->from;
    if (piece->kind != PIECE_LETTERS || len > PIECE_WORD_MAX)
        return (struct slice){out, 0};
    for (size_t i = 0; i < len; i++) {
        char byte = doc->text.data[piece->from + i];
        out[i] = byte >= 'A' && byte <= 'Z' ? (char)(byte | 0x20) : byte;
    }
    return (struct slice){out, len};
}

static const struct lexicon *lexicon_of(unsigned table)
{
    return table == PIECE_NUMBERS ? &numbers_lexicon
           : table == PIECE_UNITS ? &units_lexicon
                                  : &dates_lexicon;
}

static bool is_key(const char *key, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)key[i] != lower(text[i]))
            return false;
    return true;
}

/* lexicon_find() without making the lower-case word first: it is asked for again and again. */
const struct lexicon_entry *piece_entry(const struct doc *doc, size_t index, unsigned table)
{
    const struct doc_piece *piece = piece_at(doc, index);
    if (!(piece->hints & table)) /* only words have hints of tables */
        return NULL;
    const struct lexicon *lexicon = lexicon_of(table);
    uint32_t tag = (uint32_t)(piece->hash >> 32), at = (uint32_t)piece->hash & lexicon->mask;
    size_t len = piece->to - piece->from;
    for (; lexicon->slots[at].entry; at = (at + 1) & lexicon->mask) {
        if (lexicon->slots[at].tag != tag)
            continue;
        const struct lexicon_entry *entry = &lexicon->entries[lexicon->slots[at].entry - 1];
        if (entry->key_len == len &&
            is_key(lexicon->pool + entry->key, doc->text.data + piece->from, len))
            return entry;
    }
    return NULL;
}

bool piece_is_rest(const struct doc *doc, const struct doc_piece *piece, const char *word)
{
    const char *text = doc->text.data + piece->from;
    size_t len = piece->to - piece->from;
    for (size_t i = 1; i < len; i++) {
        char byte = text[i];
        if (word[i] != (byte >= 'A' && byte <= 'Z' ? (char)(byte | 0x20) : byte))
            return false; /* also where the word ends */
    }
    return word[len] == '\0';
}

/* A hyphen between two words, with or without blanks around it. */
static bool is_hyphen(const struct doc *doc, size_t index)
{
    return piece_is_sign(doc, index, '-') && piece_goes_on(doc, index) &&
           piece_goes_on(doc, index + 1);
}

const struct lexicon_entry *piece_phrase(const struct doc *doc, size_t index, unsigned table,
                                         size_t *end)
{
    char word[PIECE_WORD_MAX], key[256];
    size_t len = 0;
    const struct lexicon *lexicon = lexicon_of(table);
    const struct lexicon_entry *found = NULL, *entry = piece_entry(doc, index, table);
    if (!entry)
        return NULL;
    unsigned words = entry->words ? entry->words : 1;
    size_t at = index;
    for (unsigned i = 0; i < words; i++) {
        struct slice next = piece_word(doc, at, word);
        if (next.len == 0 || len + next.len + 1 > sizeof key || (i > 0 && !piece_goes_on(doc, at)))
            break;
        if (i > 0)
            key[len++] = ' ';
        memcpy(key + len, next.data, next.len);
        len += next.len;
        entry = lexicon_look_up(lexicon, (struct slice){key, len});
        at++;
        if (entry && entry->value != LEXICON_PREFIX_ONLY) {
            found = entry;
            *end = at;
        }
        if (is_hyphen(doc, at))
            at++;
    }
    return found;
}
