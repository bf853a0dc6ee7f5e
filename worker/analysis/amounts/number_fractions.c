/* Fractions in words. */
#include "worker/analysis/amounts/number_reader.h"

#include <math.h>

/* The denominator at `at`: (cardinals and) an ordinal, half, quarter. 0 when there is none. */
static double denominator(const struct reader *from, size_t at, size_t *end, bool *plural)
{
    struct reader reader = {
        .doc = from->doc, .at = reader_over_hyphen(from, at), .inside_fraction = true};
    double value;
    if (!reader_goes_on(&reader, reader.at))
        return 0;
    if (number_class(reader.doc, reader.at, &value) == NUMBER_UNIT ||
        number_class(reader.doc, reader.at, &value) == NUMBER_TENS)
        reader_words(&reader);
    at = reader_over_hyphen(&reader, reader.at);
    if (!reader_goes_on(&reader, at))
        return 0;
    int class = number_class(reader.doc, at, &value);
    if (class != NUMBER_ORDINAL && class != NUMBER_HALF)
        return 0;
    double before = reader_sum(&reader);
    if (before == 0 && value < 3 && class != NUMBER_HALF)
        return 0; /* "second" alone is no denominator */
    const struct doc_piece *piece = piece_at(reader.doc, at);
    *plural = (reader.doc->text.data[piece->to - 1] | 0x20) == 's';
    *end = at + 1;
    return before + value;
}

/* Whether nothing of one's own follows a fraction that "a" began: "a third of", not "a third man".
 */
static bool stands_alone(const struct reader *reader, size_t at)
{
    double value;
    const struct doc_piece *piece = piece_at(reader->doc, at);
    if (piece->kind != PIECE_LETTERS || piece->gap == GAP_BREAK)
        return true;
    return piece_is(reader->doc, at, "of") || piece_is(reader->doc, at, "and") ||
           number_class(reader->doc, at, &value) == NUMBER_SCALE;
}

/* "of a million", "million", "a million": what a fraction is of. 1 when nothing. */
double reader_fraction_of(const struct reader *reader, size_t *end)
{
    size_t at = *end;
    double value;
    if (piece_is(reader->doc, at, "of") && reader_goes_on(reader, at))
        at++;
    if (piece_is(reader->doc, at, "a") && reader_goes_on(reader, at))
        at++;
    if (!reader_goes_on(reader, at) || number_class(reader->doc, at, &value) != NUMBER_SCALE)
        return 1;
    *end = at + 1;
    return value;
}

/* A fraction at `at` whose numerator is a word, or "a": three fifths, a third, half. */
bool reader_fraction(const struct reader *from, size_t at, double *value, size_t *end)
{
    struct reader reader = {.doc = from->doc, .at = at, .inside_fraction = true};
    const struct doc *doc = from->doc;
    bool plural, article = piece_is(doc, at, "a") || piece_is(doc, at, "an");
    double unused;
    if (number_class(doc, at, &unused) == NUMBER_HALF && piece_is(doc, at, "half")) {
        *value = 0.5;
        *end = at + 1;
        return true;
    }
    if (article) {
        reader.at++;
        reader.current = 1;
        if (!reader_goes_on(&reader, reader.at))
            return false;
    } else {
        reader_words(&reader);
    }
    if (reader_sum(&reader) == 0)
        return false;
    double below = denominator(&reader, reader.at, end, &plural);
    if (below == 0 || (!plural && reader_sum(&reader) != 1))
        return false;
    if (article && !stands_alone(from, *end))
        return false;
    *value = reader_sum(&reader) / below;
    return true;
}

/* "and a half", "and three quarters": of the scale before, or of one that follows. */
void reader_and_fraction(struct reader *reader)
{
    size_t end, of;
    double fraction;
    if (!piece_is(reader->doc, reader->at, "and") || !reader_goes_on(reader, reader->at) ||
        !reader_goes_on(reader, reader->at + 1) ||
        !reader_fraction(reader, reader->at + 1, &fraction, &end))
        return;
    of = end;
    double scale = reader_fraction_of(reader, &of);
    if (scale != 1 && reader->last != LAST_SCALE) { /* five and a half million */
        reader->current = (reader_sum(reader) + fraction) * scale;
        reader->total = 0;
    } else { /* a million and a half; a billion and a half million */
        reader->total += fraction * (scale != 1                   ? scale
                                     : reader->last == LAST_SCALE ? reader->last_scale
                                                                  : 1);
    }
    reader->at = of;
}

/* A denominator behind what was read: three | fifths. */
bool reader_denominator(struct reader *reader, double *value)
{
    size_t end;
    bool plural;
    double above = reader_sum(reader);
    if (reader->digits || above == 0)
        return false;
    if (reader->last == LAST_TENS && reader->bare_tens_at + 1 == reader->at) {
        /* "one hundred | thirty fifths": the tens belong to the denominator if much is left */
        double rest = above - fmod(reader->current, 100);
        double below = denominator(reader, reader->bare_tens_at, &end, &plural);
        bool joined =
            reader->bare_tens_at > 0 && piece_is(reader->doc, reader->bare_tens_at - 1, "and");
        if (below > 20 && plural && rest > 0 && !joined) {
            *value = rest / below;
            reader->at = end;
            return true;
        }
    }
    double below = denominator(reader, reader->at, &end, &plural);
    if (below == 0 || (!plural && above != 1))
        return false;
    if (piece_is(reader->doc, end - 1, "quarters") && above != 3)
        return false; /* of the year */
    *value = above / below;
    reader->at = end;
    return true;
}

/* "over 3", "out of three" */
bool reader_ratio(struct reader *reader, double *value)
{
    const struct doc *doc = reader->doc;
    size_t at = reader->at, end;
    if (!reader_goes_on(reader, at) || reader->last_scale != 0)
        return false;
    if (piece_is(doc, at, "over"))
        at++;
    else if (piece_is(doc, at, "out") && piece_is(doc, at + 1, "of"))
        at += 2;
    else
        return false;
    struct reader below = {.doc = doc, .at = at};
    double digits = 0;
    if (!reader_goes_on(reader, at))
        return false;
    if (number_digits(doc, at, &digits, &end))
        below = (struct reader){.doc = doc, .at = end, .current = digits, .digits = true};
    else
        reader_words(&below);
    bool noun = piece_at(doc, below.at)->kind == PIECE_LETTERS && reader_goes_on(&below, below.at);
    if (reader_sum(&below) == 0 ||
        (noun && reader->digits && below.digits)) /* "10,000 over 3 years" */
        return false;
    *value = reader_sum(reader) / reader_sum(&below);
    reader->at = below.at;
    return true;
}
