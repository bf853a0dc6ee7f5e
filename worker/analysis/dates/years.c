/* Years, fiscal years, decades and centuries. */
#include "worker/analysis/dates/when.h"

#include <stdio.h>

/* No more of a longer number or a name of something stands behind a year. */
bool year_ends_clean(const struct doc *doc, size_t end)
{
    const struct doc_piece *behind = piece_at(doc, end);
    if (date_joined(doc, end) && behind->kind == PIECE_LETTERS)
        return false;
    if (date_joined(doc, end) && date_joined(doc, end + 1) &&
        piece_at(doc, end + 1)->kind == PIECE_DIGITS &&
        (behind->sign == '.' || behind->sign == ',' || behind->sign == ':' || behind->sign == '/'))
        return false;
    return !(behind->kind == PIECE_SIGN && (behind->sign == '%' || behind->sign == 0xb0));
}

/* A plural behind it makes a count of it: 2000 people. */
static bool counts_something(const struct doc *doc, size_t end)
{
    static const char words[][PIECE_TEXT] = {"was",  "has",      "is",        "as",  "its", "this",
                                             "does", "vs",       "us",        "his", "yes", "sales",
                                             "news", "olympics", "elections", ""};
    const struct doc_piece *piece = piece_at(doc, end);
    size_t len = piece->to - piece->from;
    if (piece->kind != PIECE_LETTERS || !piece_goes_on(doc, end) || piece->capital || len < 3 ||
        len > PIECE_WORD_MAX || date_one_of(doc, end, words) >= 0)
        return false;
    const struct lexicon_entry *unit = piece_entry(doc, end, PIECE_UNITS);
    const char *last = doc->text.data + piece->to - 1;
    return (unit && unit->more & (UNIT_MEASURE | UNIT_CURRENCY | UNIT_PEOPLE | UNIT_PLURAL)) ||
           ((*last | 0x20) == 's' && (last[-1] | 0x20) != 's');
}

/* The number of something: room 2015, flight 1549. Old years need a word before that says so. */
static bool numbers_something(const struct doc *doc, size_t at, int year)
{
    static const char things[][PIECE_TEXT] = {
        "room",   "flight",  "page",      "resolution", "route", "number",  "no",   "model",
        "boeing", "highway", "section",   "article",    "line",  "bus",     "gate", "suite",
        "box",    "channel", "apartment", "street",     "unit",  "chapter", "only", "some",
        "about",  "nearly",  "almost",    "over",       "than",  "least",   "of",   ""};
    static const char before[][PIECE_TEXT] = {
        "in",     "since",   "of",  "by",   "from", "until",  "before",  "after",
        "during", "between", "and", "to",   "till", "around", "circa",   "about",
        "early",  "late",    "mid", "year", "back", "until",  "through", ""};
    if (at == 0 || !piece_goes_on(doc, at))
        return year < 1500;
    size_t last =
        at - 1 - (at > 1 && piece_is_sign(doc, at - 1, '.') && piece_is(doc, at - 2, "no"));
    int thing = date_one_of(doc, last, things);
    if (thing >= 0 && thing < 22)
        return true;
    int said = date_one_of(doc, last, before);
    if (year < 1500)
        return said < 0 || said > 5;
    return year < 1900 && piece_at(doc, last)->kind == PIECE_LETTERS && said < 0;
}

/* fiscal year 2008, school year 2008, sy18, FY2019 */
bool year_of_accounts_read(const struct anchor *anchor, size_t at, struct when *out)
{
    static const char kinds[][PIECE_TEXT] = {"fiscal", "school", "financial", ""};
    static const char shorts[][PIECE_TEXT] = {"fy", "sy", ""};
    const struct doc *doc = anchor->doc;
    int relative, year = 0;
    size_t start = at, end, behind;
    bool by_week, related = relative_read(doc, at, &relative, &by_week, &end);
    start = related ? end : at;
    int kind = date_one_of(doc, start, kinds), brief = date_one_of(doc, start, shorts);
    if (kind >= 0 &&
        (piece_is(doc, start + 1, "year") || piece_at(doc, start + 1)->kind == PIECE_DIGITS))
        end = start + 1 + piece_is(doc, start + 1, "year");
    else if (brief >= 0)
        end = start + 1;
    else
        return false;
    bool dated = piece_goes_on(doc, end) && date_year(doc, end, true, &year, &behind);
    bool said = at > 0 && piece_at(doc, at - 1)->kind == PIECE_DIGITS; /* the 2009-10 fiscal year */
    if (!dated && (brief >= 0 || said))
        return false;
    if (related && anchor->known)
        year = calendar_date(anchor->today).year + relative;
    *out = when_year(at, dated ? behind : end, year);
    out->kind = WHEN_CODE;
    const char *letters = kind == 1 || brief == 1 ? "SY" : "FY";
    if (year)
        (void)snprintf(out->iso, sizeof out->iso, "%s%04d", letters, year % 10000);
    else
        (void)snprintf(out->iso, sizeof out->iso, "%sXXXX", letters);
    return true;
}

bool year_read(const struct anchor *anchor, size_t at, struct when *out)
{
    static const char before[][PIECE_TEXT] = {"year", "cy", ""};
    const struct doc *doc = anchor->doc;
    int year;
    size_t end;
    size_t named = date_one_of(doc, at, before) >= 0;
    if (!date_year(doc, at + named, false, &year, &end) || (named && !piece_goes_on(doc, at + 1)) ||
        !date_starts_clean(anchor, at) || !year_ends_clean(doc, end))
        return false;
    if (!named && (counts_something(doc, end) || numbers_something(doc, at, year)))
        return false;
    *out = when_year(at, end, year);
    out->confidence = year >= 1900 ? 0.9 : 0.7;
    return true;
}

/* "the 90s", "the late 90s"; not "in her 40s", "his early 40s". */
static bool of_a_century(const struct doc *doc, size_t at)
{
    static const char parts[][PIECE_TEXT] = {"early", "late", "mid", ""};
    size_t before = at > 0 && date_one_of(doc, at - 1, parts) >= 0 ? at - 1 : at;
    return before > 0 && piece_is(doc, before - 1, "the");
}

/* the 1990s, 1990 s, the '90s, nineties, in the twenties */
bool decade_read(const struct anchor *anchor, size_t at, struct when *out)
{
    const struct doc *doc = anchor->doc;
    bool quoted = piece_is_sign(doc, at, '\'') || piece_is_sign(doc, at, 0x2019);
    size_t digits = at + quoted, end = digits + 1;
    int year;
    if (!date_word(doc, at, DATE_DECADE, false, &year, &end)) {
        const struct doc_piece *piece = piece_at(doc, digits);
        uint32_t width = piece->to - piece->from;
        size_t mark = piece_is_sign(doc, end, '\'') || piece_is_sign(doc, end, 0x2019);
        if (piece->kind != PIECE_DIGITS || (width != 4 && !(width == 2 && (quoted || !mark))) ||
            !date_starts_clean(anchor, at) || !piece_is(doc, end + mark, "s") ||
            !date_number(doc, digits, 2099, &year, &end) || year % 10)
            return false;
        if ((width == 4 && year < 1000) || (width == 2 && !quoted && !of_a_century(doc, at)))
            return false;
        year += width == 2 ? 1900 : 0;
        end = digits + 2 + mark;
    }
    *out =
        when_days(at, end, calendar_day(year, 1, 1), calendar_day(year + 10, 1, 1), GRAIN_DECADE);
    return true;
}

/* the 19th century */
bool century_read(const struct anchor *anchor, size_t at, struct when *out)
{
    int number;
    size_t end;
    size_t start = at + piece_is(anchor->doc, at, "the");
    if (!date_ordinal(anchor->doc, start, 21, &number, &end) ||
        !piece_is(anchor->doc, end, "century"))
        return false;
    *out = when_days(at, end + 1, calendar_day(number * 100 - 100, 1, 1),
                     calendar_day(number * 100, 1, 1), GRAIN_CENTURY);
    return true;
}
