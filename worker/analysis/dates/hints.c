/* What a piece may be in a date, before anything is read: most pieces of a text begin none.
 *
 * A date is made of words of the tables up to its core: without a core behind them they begin none,
 * and none without what must stand behind them (dates.txt). One way through the text, from its end,
 * for what a word may be hangs on what stands behind it. */
#include "worker/analysis/dates/when.h"

#define YEAR_DIGITS 4
#define DAY_DIGITS  8 /* 20170302 */

/* Of the piece behind. */
struct behind {
    bool leads;     /* words that need a core behind them have one over there */
    uint8_t gap;    /* before it */
    unsigned lists; /* of what may stand behind a word (tables.h): those that have it */
    size_t unit;    /* the last unit of time seen */
};

static unsigned only_if(bool condition, unsigned bits)
{
    return -(unsigned)condition & bits;
}

static unsigned unit_is_near(const struct behind *behind, size_t at)
{
    return only_if(behind->unit - at < LENGTH_PIECES, HINT_UNIT);
}

/* Without a branch, also for words of no table, whose row has nothing in it: which word follows
 * which is hard to foresee. */
static void hint_word(size_t at, struct doc_piece *piece, struct behind *behind)
{
    const struct piece_word *word = &piece_words[piece->word];
    bool led = behind->leads & (behind->gap != GAP_BREAK);
    bool core = word->hints & HINT_CORE;
    bool vain = (word->wants != 0) & ((word->wants & behind->lists) == 0);
    unsigned hints = (word->hints & ~only_if(!(core | led), HINT_START)) |
                     only_if(vain, HINT_IN_VAIN) | unit_is_near(behind, at);
    piece->hints = (uint8_t)hints;
    piece->class = word->class;
    piece->begins = word->begins;
    behind->leads = hints & HINT_START;
    behind->lists = word->follows | only_if(date_may_start(hints), piece_start_follows);
    behind->unit = word->class == DATE_UNIT ? at : behind->unit;
}

/* 1000 to 2099, or as many digits as 20170302: a date by itself. */
static bool is_date_of_digits(const struct doc *doc, const struct doc_piece *piece)
{
    const char *text = doc->text.data + piece->from;
    size_t len = piece->to - piece->from;
    return len == DAY_DIGITS ||
           (len == YEAR_DIGITS && (text[0] == '1' || (text[0] == '2' && text[1] == '0')));
}

static void hint_digits(const struct doc *doc, size_t at, struct doc_piece *piece,
                        struct behind *behind)
{
    bool vain = !(behind->lists & piece_digits_want) && !is_date_of_digits(doc, piece);
    piece->hints =
        (uint8_t)(HINT_CORE | HINT_START | (vain ? HINT_IN_VAIN : 0) | unit_is_near(behind, at));
    piece->begins = 0xff;
    behind->leads = true;
    behind->lists = piece_numeral_follows | only_if(!vain, piece_digits_follows);
}

/* Hyphens, fractions and the rest that stand inside dates and their numbers; no quotation marks, no
 * money. */
static bool is_inside_dates(uint32_t sign)
{
#define SIGN_BIT(sign) (UINT64_C(1) << ((sign)&63))
    static const uint64_t ascii[] = {SIGN_BIT('-') | SIGN_BIT('/') | SIGN_BIT(':') | SIGN_BIT('.') |
                                         SIGN_BIT(',') | SIGN_BIT('\''),
                                     SIGN_BIT('~') | SIGN_BIT('^')};
    if (sign < 0x80)
        return ascii[sign / 64] & SIGN_BIT(sign);
#undef SIGN_BIT
    return sign != 0xa3 && sign != 0xa5 && sign != 0x201c && sign != 0x201d &&
           !(sign >= 0x20a0 && sign <= 0x20cf);
}

/* Whether the sign may go on with the number before it. */
static bool goes_on_with_number(const struct doc *doc, size_t at, uint32_t sign)
{
    if (sign != '.' && sign != ',')
        return sign != '\'';
    const struct doc_piece *next = piece_at(doc, at + 1);
    if (next->kind == PIECE_DIGITS) /* of 12,345 what stands behind the last of them decides */
        return sign == '.' || date_may_start(next->hints);
    return next->hints || next->class;
}

static void hint_sign(const struct doc *doc, size_t at, struct doc_piece *piece,
                      struct behind *behind)
{
    bool quote = piece->sign == '\'' || piece->sign == 0x2019; /* '90s */
    bool starts = quote && behind->leads && behind->gap != GAP_BREAK;
    piece->hints = (uint8_t)(only_if(starts, HINT_START) | unit_is_near(behind, at));
    piece->begins = BEGINS_LENGTH | (quote ? BEGINS_PERIOD : 0);
    behind->leads = starts || (behind->leads && behind->gap == GAP_NONE);
    behind->lists = only_if(starts, piece_start_follows);
    if (is_inside_dates(piece->sign))
        behind->lists |= piece_sign_follows |
                         only_if(goes_on_with_number(doc, at, piece->sign), piece_digits_want);
}

void date_hints(struct doc *doc)
{
    struct behind behind = {.unit = SIZE_MAX, .gap = GAP_BREAK};
    for (size_t at = doc->piece_count; at-- > 0;) {
        struct doc_piece *piece = &doc->pieces[at];
        if (piece->kind == PIECE_LETTERS)
            hint_word(at, piece, &behind);
        else if (piece->kind == PIECE_DIGITS)
            hint_digits(doc, at, piece, &behind);
        else
            hint_sign(doc, at, piece, &behind);
        behind.gap = piece->gap;
    }
}
