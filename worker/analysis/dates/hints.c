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
    unsigned lists; /* of what may stand behind a word (tables.h): those that have it */
};

static unsigned lists_of_start(unsigned hints)
{
    return date_may_start(hints) ? piece_start_follows : 0;
}

static void hint_word(const struct doc *doc, size_t at, struct doc_piece *piece,
                      struct behind *behind)
{
    const struct piece_word *word = &piece_words[piece->word];
    unsigned hints = word->hints;
    if (!(hints & HINT_CORE) && !(behind->leads && piece_goes_on(doc, at + 1)))
        hints &= ~HINT_START;
    if (word->wants && !(word->wants & behind->lists))
        hints |= HINT_IN_VAIN;
    behind->leads = hints & HINT_START;
    behind->lists = word->follows | lists_of_start(hints);
    piece->hints = (uint8_t)hints;
    piece->class = word->class;
    piece->begins = word->begins;
}

/* 1000 to 2099, or as many digits as 20170302: a date by itself. */
static bool is_date_of_digits(const struct doc *doc, const struct doc_piece *piece)
{
    const char *text = doc->text.data + piece->from;
    size_t len = piece->to - piece->from;
    return len == DAY_DIGITS ||
           (len == YEAR_DIGITS && (text[0] == '1' || (text[0] == '2' && text[1] == '0')));
}

static void hint_digits(const struct doc *doc, struct doc_piece *piece, struct behind *behind)
{
    bool vain = !(behind->lists & piece_digits_want) && !is_date_of_digits(doc, piece);
    piece->hints = HINT_CORE | HINT_START | (vain ? HINT_IN_VAIN : 0);
    piece->begins = 0xff;
    behind->leads = true;
    behind->lists = piece_numeral_follows | (vain ? 0 : piece_digits_follows);
}

/* Hyphens, fractions and the rest that stand inside dates and their numbers; no quotation marks, no
 * money. */
static bool is_inside_dates(uint32_t sign)
{
    switch (sign) {
    case '-':
    case '/':
    case ':':
    case '~':
    case '^':
    case '.':
    case ',':
    case '\'':
        return true;
    default:
        return sign >= 0x80 && sign != 0xa3 && sign != 0xa5 && sign != 0x201c && sign != 0x201d &&
               !(sign >= 0x20a0 && sign <= 0x20cf);
    }
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
    bool starts = quote && behind->leads && piece_goes_on(doc, at + 1);
    piece->hints = starts ? HINT_START : 0;
    piece->begins = BEGINS_LENGTH | (quote ? BEGINS_PERIOD : 0);
    behind->leads = starts || (behind->leads && date_joined(doc, at + 1));
    behind->lists = lists_of_start(piece->hints);
    if (is_inside_dates(piece->sign))
        behind->lists |= piece_sign_follows |
                         (goes_on_with_number(doc, at, piece->sign) ? piece_digits_want : 0);
}

void date_hints(struct doc *doc)
{
    struct behind behind = {.leads = false};
    for (size_t at = doc->piece_count; at-- > 0;) {
        struct doc_piece *piece = &doc->pieces[at];
        if (piece->kind == PIECE_DIGITS)
            hint_digits(doc, piece, &behind);
        else if (piece->kind == PIECE_SIGN)
            hint_sign(doc, at, piece, &behind);
        else if (piece->word)
            hint_word(doc, at, piece, &behind);
        else
            behind = (struct behind){.leads = false};
    }
}
