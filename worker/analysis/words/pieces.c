/* Cutting the text into fine pieces. */
#include "worker/analysis/words/pieces.h"

#include <unicode/uchar.h>

#include "common/utf8.h"
#include "worker/analysis/stages.h"

enum class { CLASS_LETTER, CLASS_DIGIT, CLASS_SIGN, CLASS_BLANK, CLASS_BREAK };

/* Han, kana, Hangul and the scripts of South East Asia: no spaces between words, or words that
 * carry endings. */
static bool is_unspaced(uint32_t point)
{
    return (point >= 0x0e00 && point < 0x1100) || (point >= 0x1780 && point < 0x1800) ||
           (point >= 0x3040 && point < 0xd7b0) || (point >= 0x20000 && point < 0x32000);
}

static enum class class_of(uint32_t point) {
    if (point < 0x80){if ((point | 0x20) >= 'a' && (point | 0x20) <= 'z') return CLASS_LETTER;
                      if (point >= '0' && point <= '9') return CLASS_DIGIT;
                      if (point == ' ' || point == '\t') return CLASS_BLANK;
                      return point == '\n' || point == '\r' ? CLASS_BREAK : CLASS_SIGN;}
if (point == 0x2028 || point == 0x2029) return CLASS_BREAK;
if (u_isUWhiteSpace((UChar32)point))
    return CLASS_BLANK;
if (u_charType((UChar32)point) == U_DECIMAL_DIGIT_NUMBER)
    return CLASS_DIGIT;
if (is_unspaced(point))
    return CLASS_SIGN;
uint32_t letters = U_GC_L_MASK | U_GC_M_MASK;
return U_GET_GC_MASK((UChar32)point) & letters ? CLASS_LETTER : CLASS_SIGN;
}

/* One walk over the text; fills `pieces` unless that is NULL, and returns how many there are. */
static size_t cut(struct slice text, struct doc_piece *pieces)
{
    size_t count = 0, at = 0;
    enum class before = CLASS_BREAK;
    uint8_t gap = GAP_BREAK;
    while (at < text.len) {
        size_t from = at;
        unsigned char byte = (unsigned char)text.data[at];
        uint32_t point = byte < 0x80 ? byte : utf8_next(text, &at);
        at += byte < 0x80;
        enum class now = class_of(point);
        if (now == CLASS_BLANK || now == CLASS_BREAK) {
            if (now == CLASS_BREAK || gap == GAP_BREAK)
                gap = GAP_BREAK;
            else
                gap = GAP_BLANK;
            before = now;
            continue;
        }
        if (now == before && now != CLASS_SIGN) {
            if (pieces)
                pieces[count - 1].to = (uint32_t)at;
            continue;
        }
        if (pieces)
            pieces[count] = (struct doc_piece){.from = (uint32_t)from,
                                               .to = (uint32_t)at,
                                               .sign = now == CLASS_SIGN ? point : 0,
                                               .kind = (uint8_t)(now == CLASS_LETTER ? PIECE_LETTERS
                                                                 : now == CLASS_DIGIT ? PIECE_DIGITS
                                                                                      : PIECE_SIGN),
                                               .gap = gap};
        count++;
        gap = GAP_NONE;
        before = now;
    }
    return count;
}

enum status pieces_run(struct doc *doc, struct arena *arena)
{
    size_t count = cut(doc->text, NULL);
    doc->pieces = arena_array(arena, count + 1, sizeof *doc->pieces);
    if (!doc->pieces)
        return STATUS_REJECT;
    doc->piece_count = cut(doc->text, doc->pieces);
    return STATUS_OK;
}

const struct doc_piece *piece_at(const struct doc *doc, size_t index)
{
    static const struct doc_piece none = {.kind = PIECE_SIGN, .gap = GAP_BREAK};
    return index < doc->piece_count ? &doc->pieces[index] : &none;
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

bool piece_is(const struct doc *doc, size_t index, const char *lower_case_word)
{
    const struct doc_piece *piece = piece_at(doc, index);
    if (piece->kind != PIECE_LETTERS)
        return false;
    const char *word = lower_case_word;
    for (uint32_t i = piece->from; i < piece->to; i++, word++) {
        char byte = doc->text.data[i];
        if (*word != (byte >= 'A' && byte <= 'Z' ? (char)(byte | 0x20) : byte))
            return false; /* also where the word ends */
    }
    return *word == '\0';
}

bool piece_is_sign(const struct doc *doc, size_t index, uint32_t sign)
{
    const struct doc_piece *piece = piece_at(doc, index);
    return piece->kind == PIECE_SIGN && piece->sign == sign;
}

bool piece_goes_on(const struct doc *doc, size_t index)
{
    return index < doc->piece_count && doc->pieces[index].gap != GAP_BREAK;
}

/* A hyphen between two words, with or without blanks around it. */
static bool is_hyphen(const struct doc *doc, size_t index)
{
    return piece_is_sign(doc, index, '-') && piece_goes_on(doc, index) &&
           piece_goes_on(doc, index + 1);
}

const struct lexicon_entry *piece_phrase(const struct doc *doc, size_t index,
                                         const struct lexicon *lexicon, size_t *end)
{
    char word[PIECE_WORD_MAX], key[256];
    size_t len = 0;
    struct slice first = piece_word(doc, index, word);
    const struct lexicon_entry *found = NULL;
    if (first.len == 0)
        return NULL;
    const struct lexicon_entry *entry = lexicon_look_up(lexicon, first);
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
