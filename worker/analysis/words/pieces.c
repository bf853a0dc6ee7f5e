/* Cutting the text into fine pieces. */
#include "worker/analysis/words/pieces.h"

#include <endian.h>
#include <unicode/uchar.h>

#include "common/utf8.h"
#include "common/wide.h"
#include "worker/analysis/stages.h"
#include "worker/analysis/tables.h"

const struct doc_piece piece_none = {.kind = PIECE_SIGN, .gap = GAP_BREAK};

const struct lexicon *const piece_lexicons[PIECE_TABLES] = {
    [PIECE_NUMBERS] = &numbers_lexicon,
    [PIECE_UNITS] = &units_lexicon,
    [PIECE_DATES] = &dates_lexicon,
};

/* In an order that find_edges() uses: the first two stand alone, the first four are no blanks. */
enum kind { KIND_SIGN, KIND_WIDE, KIND_LETTER, KIND_DIGIT, KIND_BLANK, KIND_BREAK, KIND_INSIDE };

static inline uint8_t only_if(bool condition, enum kind kind)
{
    return (uint8_t)(-(int)condition & (int)kind);
}

/* Of a byte: WIDE begins a character that is for kind_of(), INSIDE goes on in one; a SIGN is 0.
 * Without a branch, so that compilers do it for many bytes at once. */
static inline uint8_t kind_of_byte(unsigned char byte)
{
    const uint8_t letter = (uint8_t)((byte | 0x20) - 'a'), digit = (uint8_t)(byte - '0');
    return only_if(letter < 26, KIND_LETTER) | only_if(digit < 10, KIND_DIGIT) |
           only_if((byte == ' ') | (byte == '\t'), KIND_BLANK) |
           only_if((byte == '\n') | (byte == '\r'), KIND_BREAK) |
           only_if((byte >= 0x80) & (byte < 0xc0), KIND_INSIDE) | only_if(byte >= 0xc0, KIND_WIDE);
}

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
    if (*point < 0x80) {
        (*at)++;
        return (enum kind)kind_of_byte((unsigned char)*point);
    }
    *point = utf8_next(text, at);
    return kind_of(*point);
}

/* ---- words ---- */

/* Up to eight bytes of a run of letters as a number, the first one lowest; ASCII in lower case, for
 * the sixth bit of its letters is their case. */
static uint64_t load_lower(struct slice text, size_t at, size_t len)
{
    uint64_t bytes = 0;
    if (text.len - at >= sizeof bytes)
        memcpy(&bytes, text.data + at, sizeof bytes);
    else
        memcpy(&bytes, text.data + at, text.len - at);
    bytes = le64toh(bytes);
    bytes |= (~bytes & UINT64_C(0x8080808080808080)) >> 2;
    return len < sizeof bytes ? bytes & ((UINT64_C(1) << 8 * len) - 1) : bytes;
}

/* The head of a run of letters, and its row in piece_words, 0 when it has none. */
static void name_piece(struct slice text, struct doc_piece *piece)
{
    size_t len = piece->to - piece->from;
    uint64_t head = load_lower(text, piece->from, len);
    uint64_t tail = len > 8 ? load_lower(text, piece->to - 8, 8) : 0;
    uint64_t hash = piece_hash(head, tail);
    const struct piece_slot *slot = piece_slot(hash);
    const struct piece_word *word = &piece_words[slot->word];
    bool found =
        slot->tag == (uint16_t)hash && word->head == head && word->tail == tail && word->len == len;
    piece->head = head;
    piece->word = found ? slot->word : 0;
    piece->counts = found && word->counts;
}

/* ---- cutting ---- */

/* Says of each byte whether another kind begins there, or a character that is cut off alone; the
 * byte behind the text is such an edge, and there is room for a number to be read there. Returns
 * how many pieces there are at most. Loops of their own, without a branch: compilers make each
 * one for many bytes at once. */
WIDE static size_t find_edges(struct slice text, uint8_t *restrict of_byte, uint8_t *restrict edges)
{
    size_t count = 0;
    uint8_t *of_last = of_byte; /* of the byte before */
    of_byte++;
    for (size_t i = 0; i < text.len; i++)
        of_byte[i] = kind_of_byte((unsigned char)text.data[i]);
    for (size_t i = 0; i < text.len; i++)
        edges[i] = (of_byte[i] != of_last[i]) | (of_byte[i] < KIND_LETTER);
    for (size_t i = 0; i < text.len; i++)
        count += edges[i] & (of_byte[i] < KIND_BLANK);
    edges[text.len] = 1;
    return count;
}

/* The first edge behind `at`. */
static size_t next_edge(const uint8_t *edges, size_t at)
{
    uint64_t eight;
    for (at++;; at += sizeof eight) {
        memcpy(&eight, edges + at, sizeof eight);
        if (eight)
            return at + (size_t)__builtin_ctzll(le64toh(eight)) / 8;
    }
}

/* The end of the run of `kind` that goes on at `at`, over characters that are no ASCII. */
static size_t run_end(struct slice text, size_t at, enum kind kind)
{
    uint32_t point;
    for (size_t next = at; at < text.len && next_kind(text, &next, &point) == kind;)
        at = next;
    return at;
}

/* Fills a piece that is all zeros, in its place: a copy would wait for what was just written. */
static void fill_piece(struct slice text, enum kind kind, uint32_t point, struct doc_piece *piece)
{
    if (kind == KIND_LETTER) {
        piece->kind = PIECE_LETTERS;
        piece->capital = text.data[piece->from] >= 'A' && text.data[piece->from] <= 'Z';
        name_piece(text, piece);
    } else {
        piece->kind = kind == KIND_DIGIT ? PIECE_DIGITS : PIECE_SIGN;
        piece->sign = kind == KIND_DIGIT ? 0 : point;
    }
}

/* Pieces end where the kind of character changes; signs stand alone. Returns how many there are. */
static size_t cut(struct slice text, const uint8_t *of_byte, const uint8_t *edges,
                  struct doc_piece *pieces)
{
    size_t count = 0;
    uint8_t gap = GAP_BREAK;
    for (size_t at = 0, end; at < text.len; at = end) {
        uint32_t point = (unsigned char)text.data[at];
        enum kind kind = (enum kind)of_byte[at];
        end = next_edge(edges, at);
        bool wide = kind == KIND_WIDE || kind == KIND_INSIDE;
        if (wide) {
            end = at;
            kind = next_kind(text, &end, &point);
        }
        if (kind == KIND_BLANK || kind == KIND_BREAK) {
            gap = kind == KIND_BREAK || gap == GAP_BREAK ? GAP_BREAK : GAP_BLANK;
            continue;
        }
        if (kind != KIND_SIGN && end < text.len && (wide || (unsigned char)text.data[end] >= 0x80))
            end = run_end(text, end, kind);
        struct doc_piece *piece = &pieces[count++];
        piece->from = (uint32_t)at;
        piece->to = (uint32_t)end;
        piece->gap = gap;
        fill_piece(text, kind, point, piece);
        gap = GAP_NONE;
    }
    return count;
}

enum status pieces_run(struct doc *doc, struct arena *arena)
{
    uint8_t *of_byte = arena_alloc(arena, 1 + doc->text.len);
    uint8_t *edges = arena_alloc(arena, doc->text.len + 1 + sizeof(uint64_t));
    if (!of_byte || !edges)
        return STATUS_REJECT;
    size_t room = find_edges(doc->text, of_byte, edges);
    doc->pieces = arena_array(arena, room, sizeof *doc->pieces);
    if (!doc->pieces)
        return STATUS_REJECT;
    doc->piece_count = cut(doc->text, of_byte + 1, edges, doc->pieces);
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

bool piece_is_tail(const struct doc *doc, const struct doc_piece *piece, const char *word)
{
    const char *text = doc->text.data + piece->from;
    size_t len = piece->to - piece->from;
    for (size_t i = sizeof piece->head; i < len; i++) {
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
    const struct lexicon *lexicon = piece_lexicons[table];
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
