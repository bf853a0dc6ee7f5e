/* Words and small numbers of dates. */
#include "worker/analysis/dates/when.h"

#define LEAP_YEAR     2000 /* has every day that some year has */
#define FUTURE_PIECES 10   /* how far before a date "will" is looked for */

/* A piece may be several: "second", "the"… "last" is a relative word, and "first" a number. */
static unsigned first_of(const struct doc *doc, size_t at)
{
    const struct doc_piece *piece = piece_at(doc, at);
    if (piece->kind != PIECE_LETTERS)
        return piece->kind == PIECE_DIGITS ? FIRST_DIGITS : FIRST_ANY;
    unsigned first = piece->hints & HINT_NUMBER ? FIRST_NUMBER : 0;
    switch (piece->class) {
    case DATE_RELATIVE:
        return first | FIRST_RELATIVE;
    case DATE_MONTH:
    case DATE_WEEKDAY:
    case DATE_SEASON:
    case DATE_DECADE:
    case DATE_HOLIDAY:
        return first | FIRST_NAME;
    default:
        return first | (piece_is(doc, at, "the") ? FIRST_THE : FIRST_WORD);
    }
}

bool date_said(const struct anchor *anchor, const struct date_way *ways, size_t at,
               struct when *out)
{
    unsigned first = first_of(anchor->doc, at);
    for (; ways->read; ways++)
        if (ways->first & first && ways->read(anchor, at, out))
            return true;
    return false;
}

/* The class of a number's word (tables.h), 0 when it is none. */
static int number_word(const struct doc *doc, size_t at, int *value)
{
    if (!(piece_at(doc, at)->hints & HINT_NUMBER))
        return 0;
    const struct lexicon_entry *entry = piece_entry(doc, at, PIECE_NUMBERS);
    if (!entry || entry->value == LEXICON_PREFIX_ONLY || entry->more >> 16 > 4)
        return 0;
    *value = (int)(entry->more & 0xffff);
    for (uint32_t i = 0; i < entry->more >> 16; i++)
        *value *= 10;
    return entry->value;
}

static bool ascii_digits(const struct doc *doc, size_t at, size_t most, int *value)
{
    const struct doc_piece *piece = piece_at(doc, at);
    if (piece->kind != PIECE_DIGITS || piece->to - piece->from > most)
        return false;
    *value = 0;
    for (uint32_t i = piece->from; i < piece->to; i++) {
        if ((unsigned char)doc->text.data[i] >= 0x80)
            return false;
        *value = *value * 10 + doc->text.data[i] - '0';
    }
    return true;
}

/* The piece behind a hyphen, or "and", between tens and units. */
static size_t over_joint(const struct doc *doc, size_t at)
{
    bool hyphen = piece_is_sign(doc, at, '-') && date_joined(doc, at);
    return at + ((hyphen || piece_is(doc, at, "and")) && piece_goes_on(doc, at + 1));
}

/* Most that is asked about is none. */
static bool may_be_number(const struct doc *doc, size_t at)
{
    const struct doc_piece *piece = piece_at(doc, at);
    return piece->kind == PIECE_DIGITS || piece->hints & HINT_NUMBER;
}

bool date_number(const struct doc *doc, size_t at, int most, int *value, size_t *end)
{
    int unit;
    *end = at + 1;
    if (!may_be_number(doc, at))
        return false;
    if (ascii_digits(doc, at, 4, value))
        return *value <= most;
    int class = number_word(doc, at, value);
    if (class != NUMBER_UNIT && class != NUMBER_TEEN && class != NUMBER_TENS)
        return false;
    size_t next = over_joint(doc, *end);
    if (class == NUMBER_TENS && piece_goes_on(doc, *end) &&
        number_word(doc, next, &unit) == NUMBER_UNIT && unit > 0) {
        *value += unit;
        *end = next + 1;
    }
    return *value <= most;
}

static bool ordinal_ending(const struct doc *doc, size_t at)
{
    static const char endings[][PIECE_TEXT] = {"st", "nd", "rd", "th", ""};
    return date_joined(doc, at) && date_one_of(doc, at, endings) >= 0;
}

bool date_ordinal(const struct doc *doc, size_t at, int most, int *value, size_t *end)
{
    int unit;
    *end = at + 2;
    if (!may_be_number(doc, at))
        return false;
    if (ascii_digits(doc, at, 2, value))
        return ordinal_ending(doc, at + 1) && *value >= 1 && *value <= most;
    *end = at + 1;
    int class = number_word(doc, at, value);
    if (class == NUMBER_TENS) {
        size_t next = over_joint(doc, *end);
        if (number_word(doc, next, &unit) != NUMBER_ORDINAL || unit > 9)
            return false;
        *value += unit;
        *end = next + 1;
        return *value <= most;
    }
    return class == NUMBER_ORDINAL && *value <= most && !piece_is(doc, at, "quarter") &&
           !piece_is(doc, at, "quarters");
}

/* nineteen forty-five, nineteen hundred ninety three, twenty twenty */
static bool year_in_pairs(const struct doc *doc, size_t at, int *value, size_t *end)
{
    int century, rest;
    int class = number_word(doc, at, &century);
    bool starts =
        (class == NUMBER_TEEN && century >= 13) || (class == NUMBER_TENS && century == 20);
    if (!starts || !piece_goes_on(doc, at + 1))
        return false;
    size_t next = at + 1;
    bool hundred = number_word(doc, next, &rest) == NUMBER_HUNDRED;
    next += hundred;
    if (hundred)
        next = over_joint(doc, next);
    *value = century * 100;
    *end = next;
    if (piece_at(doc, next)->kind != PIECE_LETTERS || !piece_goes_on(doc, next) ||
        !date_number(doc, next, 99, &rest, end)) {
        *end = next;
        return hundred;
    }
    *value += rest;
    return hundred || rest >= 10;
}

/* two thousand and twenty */
static bool year_of_thousands(const struct doc *doc, size_t at, int *value, size_t *end)
{
    int thousand, rest;
    int before;
    if (!piece_is(doc, at, "two") || number_word(doc, at + 1, &thousand) != NUMBER_SCALE ||
        thousand != 1000 || (at > 1 && number_word(doc, at - 2, &before)))
        return false;
    *value = 2000;
    *end = at + 2;
    size_t next = over_joint(doc, at + 2), behind;
    if (piece_goes_on(doc, at + 2) && piece_at(doc, next)->kind == PIECE_LETTERS &&
        date_number(doc, next, 99, &rest, &behind)) {
        *value += rest;
        *end = behind;
    }
    return true;
}

bool date_year(const struct doc *doc, size_t at, bool short_too, int *value, size_t *end)
{
    bool quoted = short_too && (piece_is_sign(doc, at, '\'') || piece_is_sign(doc, at, 0x2019));
    size_t digits = at + quoted;
    const struct doc_piece *piece = piece_at(doc, digits);
    *end = digits + 1;
    if (ascii_digits(doc, digits, 4, value)) {
        if (piece->to - piece->from == 2 && short_too) {
            *value += *value < 50 ? 2000 : 1900;
            return true;
        }
        return piece->to - piece->from == 4 && *value >= 1000 && *value < 2100;
    }
    return year_in_pairs(doc, at, value, end) || year_of_thousands(doc, at, value, end);
}

int date_find_of(const struct doc *doc, size_t at, const char (*words)[PIECE_TEXT])
{
    const struct doc_piece *piece = piece_at(doc, at);
    if (piece->kind != PIECE_LETTERS)
        return -1;
    for (int i = 0; words[i][0]; i++)
        if (piece_head(words[i]) == piece->head && piece_is_rest(doc, piece, words[i]))
            return i;
    return -1;
}

bool date_starts_clean(const struct anchor *anchor, size_t at)
{
    static const char signs[] = ".,:/$#+@-";
    const struct doc *doc = anchor->doc;
    bool of_moment = at > 1 && piece_is(doc, at - 1, "t") && date_joined(doc, at - 1) &&
                     piece_at(doc, at - 2)->kind == PIECE_DIGITS;
    if (at == 0 || at == anchor->end_at || !date_joined(doc, at) || of_moment)
        return true;
    const struct doc_piece *before = piece_at(doc, at - 1);
    if (before->kind != PIECE_SIGN)
        return false;
    if (before->sign >= 0x80)
        return before->sign != 0xa3 && before->sign != 0x20ac && before->sign != 0xa5;
    if (!strchr(signs, (int)before->sign))
        return true;
    /* "report-2017-03-02": a hyphen behind a word is none of a number */
    return before->sign == '-' &&
           (at < 2 || piece_at(doc, at - 2)->kind != PIECE_DIGITS || !date_joined(doc, at - 1));
}

bool date_is_future(const struct anchor *anchor, size_t at)
{
    int value;
    size_t end;
    for (size_t i = 0; i < FUTURE_PIECES && at > 0 && piece_goes_on(anchor->doc, at); i++) {
        at--;
        if (piece_is_sign(anchor->doc, at, '.'))
            return false;
        if (date_word(anchor->doc, at, DATE_FUTURE, true, &value, &end))
            return true;
    }
    return false;
}

int32_t nearer_day(const struct anchor *anchor, int32_t a, int32_t b)
{
    if (a == NO_DAY)
        return b;
    int32_t far_a = a < anchor->today ? anchor->today - a : a - anchor->today;
    int32_t far_b = b < anchor->today ? anchor->today - b : b - anchor->today;
    return far_b < far_a ? b : a;
}

bool relative_read(const struct doc *doc, size_t at, int *relative, bool *by_week, size_t *end)
{
    static const char weekly[][PIECE_TEXT] = {"next", "following", "last", "previous", ""};
    int other;
    size_t behind;
    if (!date_word(doc, at, DATE_RELATIVE, false, relative, end) || !piece_goes_on(doc, *end))
        return false;
    *by_week = date_one_of(doc, at, weekly) >= 0;
    if (*relative == 0 && date_word(doc, *end, DATE_RELATIVE, false, &other, &behind) &&
        other != 2) {
        *relative = other;
        *end = behind;
        *by_week = false;
    }
    if (*relative == 2)
        *relative = 0;
    return true;
}

bool known_day(const struct anchor *anchor, size_t first, size_t end, struct civil date, bool dated,
               struct when *out)
{
    if (dated && !calendar_is_date(date.year, date.month, date.day))
        return false;
    if (!dated && (!anchor->known || !calendar_is_date(LEAP_YEAR, date.month, date.day)))
        return false;
    *out = when_day(first, end,
                    dated ? calendar_day(date.year, date.month, date.day)
                          : nearest_year_day(anchor, first, date.month, date.day));
    out->yearless = !dated;
    return true;
}

struct when when_days(size_t first, size_t end, int32_t from, int32_t to, enum grain grain)
{
    return (struct when){.first = first,
                         .end = end,
                         .kind = WHEN_DAYS,
                         .grain = grain,
                         .from = {from, NO_SECOND},
                         .to = {to, NO_SECOND},
                         .confidence = 0.95};
}

struct when when_day(size_t first, size_t end, int32_t day)
{
    return when_days(first, end, day, day + 1, GRAIN_DAY);
}

struct when when_month(size_t first, size_t end, int year, int month)
{
    int32_t from = calendar_day(year, month, 1);
    return when_days(first, end, from, from + calendar_month_days(year, month), GRAIN_MONTH);
}

struct when when_year(size_t first, size_t end, int year)
{
    return when_days(first, end, calendar_day(year, 1, 1), calendar_day(year + 1, 1, 1),
                     GRAIN_YEAR);
}

struct when when_span(size_t first, size_t end, struct point from, struct point to)
{
    return (struct when){.first = first,
                         .end = end,
                         .kind = WHEN_SPAN,
                         .grain = GRAIN_MANY,
                         .from = from,
                         .to = to,
                         .confidence = 0.9};
}

bool when_longest(struct when *best, bool found, const struct when *other)
{
    size_t kept = found ? best->end - best->first : 0, length = other->end - other->first;
    if (!found || length > kept || (length == kept && best->bare && !other->bare))
        *best = *other;
    return true;
}

bool date_remembered(const struct anchor *anchor, enum memory_reader reader,
                     bool (*read)(const struct anchor *, size_t, struct when *), size_t at,
                     struct when *out)
{
    if (anchor->end_at)
        return read(anchor, at, out);
    struct date_memory_place *place = &anchor->memory->places[reader][at % MEMORY_PIECES];
    if (place->at != at + 1) {
        struct when when;
        bool found = read(anchor, at, &when); /* which may use the same place */
        place->at = at + 1;
        place->found = found;
        if (found)
            place->when = when;
    }
    if (place->found)
        *out = place->when;
    return place->found;
}
