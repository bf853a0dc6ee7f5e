/* Numbers: digits, words and fractions put together. */
#include "worker/analysis/amounts/number_reader.h"

#include <math.h>
#include <unicode/uchar.h>

/* A letter or two behind digits: 10k, 2.33 k, 1.2b, 5 M. */
static bool take_suffix(struct reader *reader)
{
    const struct doc *doc = reader->doc;
    const struct doc_piece *piece = piece_at(doc, reader->at);
    double value;
    if (number_class(doc, reader->at, &value) != NUMBER_SUFFIX ||
        !reader_goes_on(reader, reader->at))
        return false;
    char first = doc->text.data[piece->from];
    bool capital = first >= 'A' && first <= 'Z';
    bool long_or_k = piece->to - piece->from == 2 || first == 'k' || first == 'K';
    if (piece->gap == GAP_BLANK && !capital && !long_or_k)
        return false;
    if (first == 'm' && piece->to - piece->from == 1)
        return false; /* metres; money.c knows better where it is money */
    if (piece_is_stuck(doc, reader->at + 1) &&
        (piece_is_sign(doc, reader->at + 1, '/') ||
         piece_at(doc, reader->at + 1)->kind == PIECE_DIGITS))
        return false;
    reader_take(reader, NUMBER_SCALE, value);
    reader->at++;
    return true;
}

/* "3 hundred and 21" */
static void read_last_digits(struct reader *reader)
{
    double value;
    size_t end;
    if ((reader->last == LAST_HUNDRED || reader->last == LAST_SCALE) &&
        piece_is(reader->doc, reader->at, "and") && reader_goes_on(reader, reader->at) &&
        reader_goes_on(reader, reader->at + 1) &&
        number_digits(reader->doc, reader->at + 1, &value, &end) && value >= 1 && value < 100 &&
        value == floor(value) && !reader_meets_word(reader, end)) {
        reader->current += value;
        reader->at = end;
    }
}

/* "4 thousand 3 hundred": digits again behind a scale, if a smaller one follows them. */
static void read_more_digits(struct reader *reader)
{
    double value, scale;
    size_t end;
    while (reader->last == LAST_SCALE && reader_goes_on(reader, reader->at) &&
           number_digits(reader->doc, reader->at, &value, &end) && reader_goes_on(reader, end)) {
        int class = number_class(reader->doc, end, &scale);
        if ((class != NUMBER_SCALE && class != NUMBER_HUNDRED) ||
            value * scale >= reader->last_scale)
            return;
        double kept = reader->last_scale;
        reader->at = end + 1;
        reader->total += value * scale;
        reader->last_scale = class == NUMBER_SCALE ? scale : kept;
        reader->last = class == NUMBER_SCALE ? LAST_SCALE : LAST_HUNDRED;
        reader_words(reader);
    }
}

/* "point" and digits spoken one by one. */
static void read_point(struct reader *reader)
{
    const struct doc *doc = reader->doc;
    if (!piece_is(doc, reader->at, "point") || !reader_goes_on(reader, reader->at) ||
        reader->last_scale != 0)
        return;
    size_t at = reader->at + 1;
    double value, place = 0.1;
    while (reader_goes_on(reader, at) && number_class(doc, at, &value) == NUMBER_UNIT) {
        reader->current += value * place;
        place /= 10;
        at++;
    }
    if (at == reader->at + 1)
        return;
    reader->at = at;
    reader->last = LAST_UNIT;
    double scale;
    if (reader_goes_on(reader, at) && number_class(doc, at, &scale) == NUMBER_SCALE) {
        reader_take(reader, NUMBER_SCALE, scale);
        reader->at = at + 1;
    }
}
/* Stuck to letters, a colon or the like before: part of a name, a time, an address. */
static bool is_part(const struct doc *doc, size_t at)
{
    const struct doc_piece *piece = piece_at(doc, at);
    if (at == 0 || piece->gap != GAP_NONE)
        return false;
    const struct doc_piece *before = piece_at(doc, at - 1);
    if (before->kind != PIECE_SIGN)
        return true;
    if (before->sign == '-' || before->sign == 0x2013)
        return before->gap == GAP_NONE && at > 1 && piece_at(doc, at - 2)->kind == PIECE_LETTERS &&
               piece->kind == PIECE_DIGITS;
    return before->sign == ':' || before->sign == '_' || before->sign == '@' ||
           before->sign == '#' || (before->sign == '%' && before->gap == GAP_NONE) ||
           before->sign == '\\' || before->sign == '=' ||
           ((before->sign == '.' || before->sign == '/' || before->sign == ',') &&
            before->gap == GAP_NONE);
}

/* Digits behind which something says that they are part of more: 10:30, 12th, 1990s. */
static bool is_cut(const struct doc *doc, size_t end)
{
    const struct doc_piece *next = piece_at(doc, end);
    if (next->gap != GAP_NONE || end >= doc->piece_count)
        return false;
    if (next->kind == PIECE_SIGN)
        return (next->sign == ':' || next->sign == '/') && piece_is_stuck(doc, end + 1) &&
               piece_at(doc, end + 1)->kind == PIECE_DIGITS;
    return next->kind == PIECE_LETTERS &&
           (piece_is(doc, end, "th") || piece_is(doc, end, "st") || piece_is(doc, end, "nd") ||
            piece_is(doc, end, "rd") || piece_is(doc, end, "s"));
}

static size_t read_sign(const struct doc *doc, size_t at, double *sign)
{
    const struct doc_piece *piece = piece_at(doc, at);
    *sign = 1;
    bool minus = piece->kind == PIECE_SIGN && (piece->sign == '-' || piece->sign == 0x2212);
    if (minus && (at == 0 || piece->gap != GAP_NONE || piece_is_sign(doc, at - 1, '('))) {
        *sign = -1;
        return at + 1;
    }
    if (piece_is(doc, at, "minus") || piece_is(doc, at, "negative")) {
        *sign = -1;
        return at + 1;
    }
    return at;
}

/* e10, ^+23 */
static void read_exponent(struct reader *reader)
{
    const struct doc *doc = reader->doc;
    size_t at = reader->at;
    double exponent_sign = 1;
    bool power = piece_is_sign(doc, at, '^') && piece_is_stuck(doc, at);
    if (!power && !(piece_is(doc, at, "e") && piece_is_stuck(doc, at)))
        return;
    at++;
    if ((piece_is_sign(doc, at, '+') || piece_is_sign(doc, at, '-')) && piece_is_stuck(doc, at)) {
        exponent_sign = piece_is_sign(doc, at, '-') ? -1 : 1;
        at++;
    }
    if (!piece_is_stuck(doc, at) || piece_digit_count(doc, at) == 0 ||
        piece_digit_count(doc, at) > 3)
        return;
    double exponent = exponent_sign * piece_digits(doc, at);
    reader->current = power ? pow(reader->current, exponent) : reader->current * pow(10, exponent);
    reader->at = at + 1;
}

static bool read_digits(struct reader *reader)
{
    const struct doc *doc = reader->doc;
    size_t end;
    double fraction;
    if (number_is_fraction_sign(piece_at(doc, reader->at))) {
        reader->current = u_getNumericValue((UChar32)piece_at(doc, reader->at)->sign);
        reader->at++;
        reader->digits = true;
        reader->last = LAST_DIGITS;
        return true;
    }
    if (number_digit_fraction(doc, reader->at, &reader->current, &end)) {
        reader->at = end;
        reader->digits = true;
        reader->last = LAST_DIGITS;
        return reader->current < 1 && !is_cut(doc, end);
    }
    if (!number_digits(doc, reader->at, &reader->current, &end))
        return false;
    reader->at = end;
    reader->digits = true;
    reader->last = LAST_DIGITS;
    read_exponent(reader);
    if (is_cut(doc, reader->at))
        return false;
    if (number_is_fraction_sign(piece_at(doc, reader->at)) && piece_is_stuck(doc, reader->at)) {
        reader->current += u_getNumericValue((UChar32)piece_at(doc, reader->at)->sign);
        reader->at++;
    } else if (reader_goes_on(reader, reader->at) && reader->current == floor(reader->current) &&
               number_digit_fraction(doc, reader->at, &fraction, &end) && fraction < 1) {
        reader->current += fraction;
        reader->at = end;
    }
    double scale = number_scale_sign(piece_at(doc, reader->at));
    if (scale > 0 && piece_at(doc, reader->at)->gap == GAP_NONE) {
        reader_take(reader, NUMBER_SCALE, scale);
        reader->at++;
        return true;
    }
    return true;
}

/* "a hundred", "half a million", "hundred thousand": what begins neither in digits nor in a number
 * word. */
static bool read_beginning(struct reader *reader)
{
    const struct doc *doc = reader->doc;
    double value, fraction;
    size_t end;
    bool article = piece_is(doc, reader->at, "a") || piece_is(doc, reader->at, "an");
    int class = number_class(doc, reader->at + (article ? 1 : 0), &value);
    if (article && !reader_goes_on(reader, reader->at + 1))
        return false;
    if ((class == NUMBER_HUNDRED || (class == NUMBER_SCALE && value >= 12)) &&
        (article || number_class(doc, reader->at + 1, &fraction) == NUMBER_SCALE)) {
        reader->current = 1;
        reader->last = LAST_UNIT;
        reader->at += article;
        reader_take(reader, class, value); /* here, for it may begin the text */
        reader->at++;
        reader->words = true;
        reader_words(reader);
        return true;
    }
    bool quarter = piece_is(doc, reader->at, "quarter") &&
                   number_class(doc, reader->at + 1, &value) == NUMBER_SCALE;
    if (quarter) {
        fraction = 0.25;
        end = reader->at + 1;
    } else if (!reader_fraction(reader, reader->at, &fraction, &end)) {
        return false;
    }
    size_t of = end;
    double scale = reader_fraction_of(reader, &of);
    if (scale == 1 && piece_is(doc, reader->at, "half"))
        return false; /* "half the town" */
    reader->current = fraction * scale;
    reader->at = of;
    reader->words = true;
    reader->last = LAST_UNIT;
    return true;
}

/* A full stop before digits, a minus; money, fractions: no quotation marks and dashes. */
static bool sign_may_begin(const struct doc *doc, size_t at)
{
    uint32_t sign = doc->pieces[at].sign;
    if (sign == '.')
        return piece_at(doc, at + 1)->kind == PIECE_DIGITS;
    return sign == '-' || (sign >= 0x80 && (sign < 0x2010 || sign > 0x2027));
}

bool number_may_go_on(const struct doc *doc, size_t at)
{
    const struct doc_piece *piece = &doc->pieces[at], *next = piece_at(doc, at + 1);
    if (piece->kind != PIECE_LETTERS)
        return piece->kind == PIECE_DIGITS || sign_may_begin(doc, at);
    /* a hundred, a third: what "a" begins goes on in a word of a number, or a hyphen */
    return next->kind == PIECE_SIGN || next->counts ||
           !(piece_is(doc, at, "a") || piece_is(doc, at, "an"));
}

bool number_read(const struct doc *doc, size_t at, struct number *out)
{
    return !is_part(doc, at) && number_read_here(doc, at, out);
}

bool number_read_here(const struct doc *doc, size_t at, struct number *out)
{
    double sign, value, scale;
    struct reader reader = {.doc = doc, .at = read_sign(doc, at, &sign)};
    if (reader.at != at && !piece_goes_on(doc, reader.at))
        return false;
    int class = number_class(doc, reader.at, &value);
    if (read_digits(&reader)) {
        if (!take_suffix(&reader))
            reader_words(&reader);
        read_more_digits(&reader);
        read_last_digits(&reader);
    } else if (class >= NUMBER_UNIT && class <= NUMBER_TENS && !reader.digits) {
        reader_words(&reader);
        read_point(&reader);
    } else if (reader.digits || !read_beginning(&reader)) {
        return false;
    }
    bool whole = true;
    value = reader_sum(&reader);
    if (reader_denominator(&reader, &value)) {
        size_t end = reader.at;
        scale = reader_fraction_of(&reader, &end);
        value *= scale;
        reader.at = end;
        whole = false;
    } else if (reader_ratio(&reader, &value)) {
        whole = false;
    } else {
        reader_and_fraction(&reader);
        value = reader_sum(&reader);
    }
    *out = (struct number){.first = at,
                           .end = reader.at,
                           .value = sign * value,
                           .digits = reader.digits,
                           .words = reader.words,
                           .whole = whole && value == floor(value)};
    return isfinite(value) && value <= NUMBER_VALUE_MAX;
}
