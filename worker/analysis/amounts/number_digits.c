/* Numbers in digits: separators, groups, decimals. */
#include "worker/analysis/amounts/number_reader.h"

#include <math.h>
#include <unicode/uchar.h>

#include "common/utf8.h"

size_t piece_digit_count(const struct doc *doc, size_t at)
{
    const struct doc_piece *piece = piece_at(doc, at);
    if (piece->kind != PIECE_DIGITS)
        return 0;
    struct slice text = slice_sub(doc->text, piece->from, piece->to);
    return (unsigned char)text.data[0] < 0x80 ? text.len : utf8_length(text);
}

double piece_digits(const struct doc *doc, size_t at)
{
    const struct doc_piece *piece = piece_at(doc, at);
    struct slice text = slice_sub(doc->text, piece->from, piece->to);
    double value = 0;
    for (size_t i = 0; i < text.len;)
        value = value * 10 + u_charDigitValue((UChar32)utf8_next(text, &i));
    return value;
}

/* In these the comma divides the decimals, and the point thousands. */
static bool decimal_comma(const struct doc *doc)
{
    static const char *const languages[] = {"de", "fr", "es", "it", "pt", "ru", "uk", "pl", "nl",
                                            "sv", "da", "nb", "no", "fi", "cs", "sk", "tr", "id",
                                            "el", "ro", "hu", "hr", "sr", "bs", "sl", "bg", "vi"};
    for (size_t i = 0; !doc_language_is(doc, "en") && i < sizeof languages / sizeof *languages; i++)
        if (doc_language_is(doc, languages[i]))
            return true;
    return false;
}

bool piece_is_stuck(const struct doc *doc, size_t at)
{
    return at < doc->piece_count && doc->pieces[at].gap == GAP_NONE;
}

/* A sign between two runs of digits, all stuck together. */
bool piece_joins(const struct doc *doc, size_t at, uint32_t sign)
{
    return piece_is_sign(doc, at, sign) && piece_is_stuck(doc, at) && piece_is_stuck(doc, at + 1) &&
           piece_at(doc, at + 1)->kind == PIECE_DIGITS;
}

/* Groups of three behind a group of at most three: the piece behind them; `at` when there are none.
 */
static size_t groups(const struct doc *doc, size_t at, uint32_t sign, double *value)
{
    size_t end = at + 1, count = piece_digit_count(doc, at);
    if (count > 3 || count == 0)
        return at;
    while (piece_joins(doc, end, sign) && piece_digit_count(doc, end + 1) == 3) {
        *value = *value * 1000 + piece_digits(doc, end + 1);
        end += 2;
    }
    return end > at + 1 ? end : at;
}

/* 12,34,567: as lakhs and crores are written. */
static size_t indian_groups(const struct doc *doc, size_t at, double *value)
{
    size_t end = at + 1;
    double all = *value;
    while (piece_joins(doc, end, ',') && piece_digit_count(doc, end + 1) == 2) {
        all = all * 100 + piece_digits(doc, end + 1);
        end += 2;
    }
    if (end == at + 1 || piece_digit_count(doc, at) > 2 || !piece_joins(doc, end, ',') ||
        piece_digit_count(doc, end + 1) != 3)
        return at;
    *value = all * 1000 + piece_digits(doc, end + 1);
    return end + 2;
}

/* 40 000, with any blank. The number must not go on in another group. */
static size_t spaced_groups(const struct doc *doc, size_t at, double *value)
{
    size_t end = at + 1;
    if (piece_digit_count(doc, at) > 3 || piece_digits(doc, at) < 1)
        return at;
    while (piece_at(doc, end)->kind == PIECE_DIGITS && piece_at(doc, end)->gap == GAP_BLANK &&
           piece_at(doc, end)->from - piece_at(doc, end - 1)->to <= 3 &&
           piece_digit_count(doc, end) == 3 && !piece_joins(doc, end + 1, '/') &&
           !(piece_is_stuck(doc, end + 1) && piece_at(doc, end + 1)->kind == PIECE_LETTERS))
        end++;
    if (end == at + 1)
        return at;
    for (size_t i = at + 1; i < end; i++)
        *value = *value * 1000 + piece_digits(doc, i);
    return end;
}

/* The decimals behind a point or comma at `at`. */
static size_t decimals(const struct doc *doc, size_t at, uint32_t sign, double *value)
{
    if (!piece_joins(doc, at, sign))
        return at;
    *value += piece_digits(doc, at + 1) / pow(10, (double)piece_digit_count(doc, at + 1));
    return at + 2;
}

bool number_digits(const struct doc *doc, size_t at, double *value, size_t *end)
{
    if (piece_at(doc, at)->kind != PIECE_DIGITS && !piece_is_sign(doc, at, '.'))
        return false;
    bool comma = decimal_comma(doc);
    uint32_t thousands = comma ? '.' : ',', point = comma ? ',' : '.';
    if (piece_is_sign(doc, at, '.') && !(piece_is_stuck(doc, at) && at > 0) &&
        piece_joins(doc, at, '.')) {
        *value = 0;
    } else if (piece_is_sign(doc, at, '.') && piece_is_stuck(doc, at + 1) &&
               piece_at(doc, at + 1)->kind == PIECE_DIGITS && !piece_is_stuck(doc, at)) {
        *value = piece_digits(doc, at + 1) / pow(10, (double)piece_digit_count(doc, at + 1));
        *end = at + 2;
        return true;
    }
    if (piece_at(doc, at)->kind != PIECE_DIGITS)
        return false;
    *value = piece_digits(doc, at);
    size_t next = groups(doc, at, thousands, value);
    if (next == at)
        next = indian_groups(doc, at, value);
    if (next == at)
        next = groups(doc, at, '\'', value);
    if (next == at && piece_joins(doc, at + 1, point) && piece_joins(doc, at + 3, point)) {
        next = groups(doc, at, point, value); /* 1.234.567 */
        if (next == at || piece_joins(doc, next, point))
            return false; /* 192.168.1.1 */
        *end = next;
        return true;
    }
    if (next == at)
        next = spaced_groups(doc, at, value);
    if (next == at)
        next = at + 1;
    size_t behind = decimals(doc, next, point, value);
    if (behind == next && next == at + 1)
        behind = decimals(doc, next, thousands, value); /* 5,00: not three digits */
    *end = behind;
    return true;
}

/* 1/4 behind a whole number, or alone; dates are not ours. */
bool number_digit_fraction(const struct doc *doc, size_t at, double *value, size_t *end)
{
    if (piece_at(doc, at)->kind != PIECE_DIGITS || !piece_joins(doc, at + 1, '/') ||
        piece_joins(doc, at + 3, '/') || piece_digit_count(doc, at) > 3 ||
        piece_digit_count(doc, at + 2) > 4)
        return false;
    double above = piece_digits(doc, at), below = piece_digits(doc, at + 2);
    if (below == 0)
        return false;
    *value = above / below;
    *end = at + 3;
    return true;
}
