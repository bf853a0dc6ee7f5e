/* Days and months in digits alone: 2019-01-04, 5/3/18, 23.04.2022, 20170302, 2015-3, 11/20. */
#include "worker/analysis/dates/when.h"

struct parts {
    int values[3], widths[3], count;
    uint32_t sign;
    size_t end;
};

static bool part(const struct doc *doc, size_t at, struct parts *parts)
{
    const struct doc_piece *piece = piece_at(doc, at);
    uint32_t width = piece->to - piece->from;
    int value = 0;
    if (piece->kind != PIECE_DIGITS || width > 4 || parts->count == 3)
        return false;
    for (uint32_t i = piece->from; i < piece->to; i++)
        if (doc->text.data[i] >= '0' && doc->text.data[i] <= '9')
            value = value * 10 + doc->text.data[i] - '0';
        else
            return false;
    parts->values[parts->count] = value;
    parts->widths[parts->count++] = (int)width;
    parts->end = at + 1;
    return true;
}

/* Runs of digits with one kind of sign between them. */
static bool take_parts(const struct anchor *anchor, size_t at, struct parts *parts)
{
    const struct doc *doc = anchor->doc;
    if (!date_starts_clean(anchor, at) || !part(doc, at, parts))
        return false;
    parts->sign = piece_at(doc, at + 1)->sign;
    if (parts->sign != '-' && parts->sign != '/' && parts->sign != '.')
        return false;
    while (piece_is_sign(doc, parts->end, parts->sign) && date_joined(doc, parts->end) &&
           date_joined(doc, parts->end + 1) && part(doc, parts->end + 1, parts))
        continue;
    /* more of it: a version, a telephone number */
    size_t end = parts->end;
    if (date_joined(doc, end) && piece_at(doc, end)->kind == PIECE_LETTERS &&
        !(piece_is(doc, end, "t") && date_joined(doc, end + 1)))
        return false;
    bool more = piece_at(doc, end)->kind == PIECE_SIGN && date_joined(doc, end) &&
                date_joined(doc, end + 1) && piece_at(doc, end + 1)->kind == PIECE_DIGITS &&
                piece_at(doc, end)->sign != '-' && piece_at(doc, end)->sign != 0x2013;
    return parts->count >= 2 && !more;
}

static int full_year(int value, int width)
{
    return width == 4 ? value : width == 2 ? value + (value < 50 ? 2000 : 1900) : -1;
}

/* Month and day in the order of the country; the other one where only that is a date. */
static bool order(const struct doc *doc, uint32_t sign, bool dated, int first, int second,
                  int *month, int *day)
{
    bool english = doc_language_is(doc, "en");
    bool month_first = english && (sign != '.' || !dated || second > 12 || first <= 12);
    *month = month_first ? first : second;
    *day = month_first ? second : first;
    if (*month > 12) {
        int kept = *month;
        *month = *day;
        *day = kept;
    }
    return *month >= 1 && *month <= 12 && *day >= 1;
}

static bool three(const struct anchor *anchor, size_t at, const struct parts *parts,
                  struct when *out)
{
    int year, month, day;
    if (parts->widths[0] == 4) {
        year = parts->values[0];
        month = parts->values[1];
        day = parts->values[2];
    } else {
        year = full_year(parts->values[2], parts->widths[2]);
        if (parts->widths[0] > 2 || parts->widths[1] > 2 ||
            !order(anchor->doc, parts->sign, true, parts->values[0], parts->values[1], &month,
                   &day))
            return false;
    }
    if (year < 1000 || year > 2200 || !calendar_is_date(year, month, day))
        return false;
    *out = when_day(at, parts->end, calendar_day(year, month, day));
    return true;
}

/* "11/20" is a day, "3/4" a fraction; behind "on", both are days, and so is 5.12. */
static bool is_meant(const struct doc *doc, size_t at, const struct parts *parts)
{
    static const char before[][PIECE_TEXT] = {"on",   "by",   "since", "until",
                                              "till", "this", "next",  ""};
    static const char joints[][PIECE_TEXT] = {"between", "from", "at", "and", "or", ""};
    bool preposition = at > 0 && piece_goes_on(doc, at) && date_one_of(doc, at - 1, before) >= 0;
    const struct doc_piece *behind = piece_at(doc, parts->end);
    bool ends = !piece_goes_on(doc, parts->end) || behind->kind == PIECE_SIGN ||
                date_one_of(doc, parts->end, joints) >= 0;
    if (preposition)
        return parts->sign == '/' || ends;
    return parts->sign == '/' && parts->values[1] > 12 && parts->values[0] <= 12 && ends;
}

/* the 2009-10 fiscal year: two years, not a month */
static bool two_years(const struct doc *doc, size_t at, const struct parts *parts, struct when *out)
{
    static const char behind[][PIECE_TEXT] = {"fiscal",  "school", "academic", "financial",
                                              "budget",  "season", "year",     "campaign",
                                              "session", "term",   ""};
    int year = parts->values[0];
    if (parts->widths[1] != 2 || parts->values[1] != (year + 1) % 100 || parts->sign == '.' ||
        date_one_of(doc, parts->end, behind) < 0 || !piece_goes_on(doc, parts->end))
        return false;
    *out = when_span(at, parts->end, (struct point){calendar_day(year, 1, 1), NO_SECOND},
                     (struct point){calendar_day(year + 1, 1, 1), NO_SECOND});
    return true;
}

static bool two(const struct anchor *anchor, size_t at, const struct parts *parts, struct when *out)
{
    int month, day;
    if (parts->widths[0] == 4 && two_years(anchor->doc, at, parts, out))
        return true;
    if (parts->widths[0] == 4 && parts->widths[1] <= 2) { /* 2015-3 */
        if (parts->sign == '.' || parts->values[0] < 1500 || parts->values[0] > 2100 ||
            parts->values[1] < 1 || parts->values[1] > 12)
            return false;
        *out = when_month(at, parts->end, parts->values[0], parts->values[1]);
        return true;
    }
    if (parts->widths[1] == 4 && parts->widths[0] <= 2 && parts->sign != '.' &&
        parts->values[0] >= 1 && parts->values[0] <= 12 && parts->values[1] >= 1500 &&
        parts->values[1] <= 2100) { /* 3/2015 */
        *out = when_month(at, parts->end, parts->values[1], parts->values[0]);
        return true;
    }
    if (parts->widths[0] > 2 || parts->widths[1] > 2 || !anchor->known ||
        !order(anchor->doc, parts->sign, false, parts->values[0], parts->values[1], &month, &day) ||
        day > calendar_month_days(2000, month))
        return false;
    int year;
    size_t end;
    if (parts->sign == '/' && piece_is_sign(anchor->doc, parts->end, ',') &&
        date_year(anchor->doc, parts->end + 1, false, &year, &end) &&
        calendar_is_date(year, month, day)) {
        *out = when_day(at, end, calendar_day(year, month, day)); /* 5/7, 2020 */
        return true;
    }
    *out = when_day(at, parts->end, nearest_year_day(anchor, at, month, day));
    out->yearless = true;
    out->bare = !is_meant(anchor->doc, at, parts);
    out->confidence = 0.6;
    return true;
}

/* 20170302 */
static bool eight(const struct anchor *anchor, size_t at, struct when *out)
{
    const struct doc *doc = anchor->doc;
    const struct doc_piece *piece = piece_at(doc, at);
    int value = 0;
    if (piece->kind != PIECE_DIGITS || piece->to - piece->from != 8 ||
        !date_starts_clean(anchor, at))
        return false;
    for (uint32_t i = piece->from; i < piece->to; i++)
        value = value * 10 + doc->text.data[i] - '0';
    int year = value / 10000, month = value / 100 % 100, day = value % 100;
    if (year < 1900 || year > 2099 || !calendar_is_date(year, month, day))
        return false;
    *out = when_day(at, at + 1, calendar_day(year, month, day));
    out->confidence = 0.7;
    return true;
}

bool numeric_read(const struct anchor *anchor, size_t at, struct when *out)
{
    struct parts parts = {.count = 0};
    if (piece_at(anchor->doc, at)->kind != PIECE_DIGITS)
        return false;
    if (eight(anchor, at, out))
        return true;
    if (!take_parts(anchor, at, &parts))
        return false;
    return parts.count == 3 ? three(anchor, at, &parts, out) : two(anchor, at, &parts, out);
}
