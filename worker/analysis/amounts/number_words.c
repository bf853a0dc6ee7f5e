/* Numbers in words. */
#include "worker/analysis/amounts/number_reader.h"

#include <math.h>
#include <unicode/uchar.h>

static double value_of(const struct lexicon_entry *entry)
{
    double value = entry->more & 0xffff;
    for (uint32_t i = entry->more >> 16; i > 0; i--)
        value *= 10;
    return value;
}

/* The class of a word, 0 when it is no number's. */
int number_class(const struct doc *doc, size_t at, double *value)
{
    const struct lexicon_entry *entry = piece_entry(doc, at, PIECE_NUMBERS);
    if (!entry || entry->value == LEXICON_PREFIX_ONLY || entry->value == NUMBER_STARTER)
        return 0;
    *value = value_of(entry);
    if (entry->value == NUMBER_FOREIGN)
        return doc_language_is(doc, "en") ? 0 : NUMBER_SCALE;
    return entry->value;
}

/* 万, 億 and their like: one sign. */
double number_scale_sign(const struct doc_piece *piece)
{
    static const struct {
        uint32_t sign;
        double value;
    } scales[] = {{0x5341, 10},  {0x767e, 100}, {0x5343, 1e3}, {0x4e07, 1e4},
                  {0x842c, 1e4}, {0x4ebf, 1e8}, {0x5104, 1e8}, {0x5146, 1e12},
                  {0xcc9c, 1e3}, {0xb9cc, 1e4}, {0xc5b5, 1e8}, {0xc870, 1e12}};
    for (size_t i = 0; piece->kind == PIECE_SIGN && i < sizeof scales / sizeof *scales; i++)
        if (scales[i].sign == piece->sign)
            return scales[i].value;
    return 0;
}

bool number_is_fraction_sign(const struct doc_piece *piece)
{
    return piece->kind == PIECE_SIGN && piece->sign >= 0x80 &&
           u_charType((UChar32)piece->sign) == U_OTHER_NUMBER &&
           u_getNumericValue((UChar32)piece->sign) > 0 &&
           u_getNumericValue((UChar32)piece->sign) < 1;
}

double reader_sum(const struct reader *reader)
{
    return reader->total + reader->current;
}

bool reader_goes_on(const struct reader *reader, size_t at)
{
    return piece_goes_on(reader->doc, at);
}

bool reader_meets_word(const struct reader *reader, size_t at)
{
    double value;
    return reader_goes_on(reader, at) && number_class(reader->doc, at, &value) != 0;
}

/* Over a hyphen, with or without blanks. */
size_t reader_over_hyphen(const struct reader *reader, size_t at)
{
    return piece_is_sign(reader->doc, at, '-') && reader_goes_on(reader, at) &&
                   reader_goes_on(reader, at + 1)
               ? at + 1
               : at;
}

static bool fits(const struct reader *reader, int class, double value)
{
    double rest = fmod(reader->current, 100);
    switch (class) {
    case NUMBER_UNIT:
        return reader->last == LAST_NONE || reader->last == LAST_HUNDRED ||
               reader->last == LAST_SCALE || (reader->last == LAST_TENS && rest >= 20 && value > 0);
    case NUMBER_TEEN:
    case NUMBER_TENS:
        return reader->last == LAST_NONE || reader->last == LAST_HUNDRED ||
               reader->last == LAST_SCALE;
    case NUMBER_HUNDRED:
        return reader->current > 0 && reader->last != LAST_HUNDRED && reader->last != LAST_SCALE;
    case NUMBER_SCALE:
        return (reader->current > 0 || reader->last == LAST_SCALE) &&
               (reader->last_scale == 0 || reader->current == 0 || value < reader->last_scale ||
                reader->last != LAST_SCALE);
    default:
        return false;
    }
}

void reader_take(struct reader *reader, int class, double value)
{
    switch (class) {
    case NUMBER_UNIT:
    case NUMBER_TEEN:
        reader->current += value;
        reader->last = LAST_UNIT;
        break;
    case NUMBER_TENS:
        reader->current += value;
        reader->last = LAST_TENS;
        reader->bare_tens_at = reader->at;
        break;
    case NUMBER_HUNDRED:
        reader->current *= value;
        reader->last = LAST_HUNDRED;
        break;
    default:
        if (reader->current == 0) { /* "million million" */
            reader->total *= value;
        } else if (reader->last_scale != 0 && value > reader->last_scale) {
            reader->total = (reader->total + reader->current) * value; /* two thousand billion */
        } else {
            reader->total += reader->current * value;
        }
        reader->current = 0;
        reader->last_scale = value;
        reader->last = LAST_SCALE;
        break;
    }
    reader->words |= class != NUMBER_SCALE && class != NUMBER_HUNDRED;
}

/* "million and | two thirds" */
static bool begins_fraction(const struct reader *reader, size_t at)
{
    double value;
    size_t end;
    return !reader->inside_fraction && reader_fraction(reader, at, &value, &end);
}

/* Number words and scales from here on, "and" between them where English has it. */
void reader_words(struct reader *reader)
{
    const struct doc *doc = reader->doc;
    for (;;) {
        size_t at = reader_over_hyphen(reader, reader->at);
        bool hyphen = at != reader->at;
        double value;
        bool joined = !hyphen && piece_is(doc, at, "and") && reader_goes_on(reader, at);
        if (joined && reader->last != LAST_HUNDRED && reader->last != LAST_SCALE)
            return;
        if (joined)
            at++;
        if (reader->last != LAST_NONE && !reader_goes_on(reader, at))
            return;
        int class = number_class(doc, at, &value);
        if (hyphen && !(class == NUMBER_HUNDRED || class == NUMBER_SCALE ||
                        (reader->last == LAST_TENS && class == NUMBER_UNIT) ||
                        (reader->last >= LAST_HUNDRED && class != 0)))
            return;
        if (joined && (class == NUMBER_SCALE || class == NUMBER_HUNDRED ||
                       (reader->last == LAST_SCALE && begins_fraction(reader, at))))
            return;
        if (class == 0 || class > NUMBER_SCALE || !fits(reader, class, value))
            return;
        size_t before = reader->at;
        reader->at = at;
        reader_take(reader, class, value);
        if (reader->total > NUMBER_VALUE_MAX || reader->current > NUMBER_VALUE_MAX) {
            reader->at = before;
            return;
        }
        reader->at = at + 1;
    }
}
