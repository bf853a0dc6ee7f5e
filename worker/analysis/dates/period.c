/* Stretches longer than a day: in May, 2007, next week, Q3 2016, the second week of 2021, the
 * 1990s. */
#include "worker/analysis/dates/when.h"

#include <stdio.h>

static struct when quarter_of(size_t first, size_t end, int year, int quarter)
{
    year += quarter > 0 ? (quarter - 1) / 4 : -((4 - quarter) / 4);
    quarter = ((quarter - 1) % 4 + 4) % 4;
    int32_t from = calendar_day(year, quarter * 3 + 1, 1);
    return when_days(first, end, from, calendar_add_months(from, 3), GRAIN_QUARTER);
}

static struct when season_of(size_t first, size_t end, int year, int season)
{
    int32_t from = calendar_day(year, season == 4 ? 12 : season * 3, 1);
    return when_days(first, end, from, calendar_add_months(from, 3), GRAIN_SEASON);
}

/* The unit that contains today, moved by `relative` of it. */
bool when_unit(const struct anchor *anchor, size_t first, size_t end, int unit, int relative,
               struct when *out)
{
    int32_t today = anchor->today, monday = calendar_monday(today) + 7 * relative;
    struct civil date = calendar_date(today);
    int all = date.year * 12 + date.month - 1 + relative;
    switch (unit) {
    case GRAIN_DAY:
        *out = when_day(first, end, today + relative);
        return true;
    case GRAIN_WEEK:
        *out = when_days(first, end, monday, monday + 7, GRAIN_WEEK);
        return true;
    case GRAIN_WEEKEND:
        *out = when_days(first, end, monday + 5, monday + 7, GRAIN_WEEKEND);
        return true;
    case GRAIN_FORTNIGHT:
        *out = when_days(first, end, monday + 7 * relative, monday + 7 * relative + 14, GRAIN_MANY);
        return true;
    case GRAIN_MONTH:
        *out = when_month(first, end, all / 12, all % 12 + 1);
        return true;
    case GRAIN_QUARTER:
        *out = quarter_of(first, end, date.year, (date.month - 1) / 3 + 1 + relative);
        return true;
    case GRAIN_YEAR:
        *out = when_year(first, end, date.year + relative);
        return true;
    case GRAIN_DECADE:
    case GRAIN_CENTURY: {
        int length = unit == GRAIN_DECADE ? 10 : 100;
        int from = date.year / length * length + relative * length;
        *out = when_days(first, end, calendar_day(from, 1, 1), calendar_day(from + length, 1, 1),
                         (enum grain)unit);
        return true;
    }
    default:
        return false;
    }
}

/* ---- months, seasons, quarters ---- */

/* Joints between a month or a quarter and its year. */
static bool year_behind(const struct doc *doc, size_t at, int *year, size_t *end)
{
    static const char words[][PIECE_TEXT] = {"of", "in", ""};
    size_t next = at + (date_one_of(doc, at, words) >= 0);
    bool of = next > at && piece_is(doc, at, "of");
    bool joint = (piece_is_sign(doc, at, '-') || piece_is_sign(doc, at, '/')) &&
                 date_joined(doc, at) && date_joined(doc, at + 1);
    if (next == at)
        next += joint || piece_is_sign(doc, at, ',') ||
                (piece_is_sign(doc, at, '.') && date_joined(doc, at));
    next += next > at && piece_is(doc, next, "the") && piece_is(doc, next + 1, "year");
    next += next > at && piece_is(doc, next, "year");
    bool quoted = piece_is_sign(doc, next, '\'') || piece_is_sign(doc, next, 0x2019);
    return piece_goes_on(doc, next) && date_year(doc, next, of || quoted, year, end) &&
           year_ends_clean(doc, *end);
}

/* "may" and the like: a preposition or a name's capital letter before or a year behind. */
static bool month_is_meant(const struct doc *doc, size_t at)
{
    static const char before[][PIECE_TEXT] = {
        "in",   "of",      "since",   "from", "until",  "by",    "during", "to", "mid", "early",
        "late", "through", "between", "and",  "before", "after", "till",   "or", ""};
    int value;
    size_t end;
    if (at > 1 && piece_is_sign(doc, at - 1, '-') && date_joined(doc, at))
        return date_one_of(doc, at - 2, before) >= 0; /* mid-March */
    if (at > 0 && piece_goes_on(doc, at) &&
        (date_one_of(doc, at - 1, before) >= 0 ||
         date_word(doc, at - 1, DATE_RELATIVE, false, &value, &end))) {
        char first = doc->text.data[piece_at(doc, at)->from];
        static const char sure[][PIECE_TEXT] = {"in",  "of",   "since", "during",
                                                "mid", "last", "next",  ""};
        return (first >= 'A' && first <= 'Z') || date_one_of(doc, at - 1, sure) >= 0;
    }
    return false;
}

static int nearest_year(const struct anchor *anchor, size_t at, int month)
{
    return calendar_date(nearest_year_day(anchor, at, month, 1)).year;
}

/* May, this August, april in 2016, 2017 april, Dec-2018 */
static bool month_at(const struct anchor *anchor, size_t at, struct when *out)
{
    const struct doc *doc = anchor->doc;
    int month, relative = 0, year;
    size_t end = at, behind;
    bool by_week, related = relative_read(doc, at, &relative, &by_week, &end);
    if (!related && piece_at(doc, at)->kind == PIECE_DIGITS) {
        if (!date_starts_clean(anchor, at) || !date_year(doc, at, false, &year, &end) ||
            !piece_goes_on(doc, end))
            return false;
        end += piece_is_sign(doc, end, '-') || piece_is_sign(doc, end, '/');
        if (!date_word(doc, end, DATE_MONTH, false, &month, &end))
            return false;
        *out = when_month(at, end, year, month);
        return true;
    }
    size_t start = related ? end : at;
    if (!date_word(doc, start, DATE_MONTH, true, &month, &end) ||
        (related && piece_is(doc, at, "that")))
        return false;
    bool sure = date_word(doc, start, DATE_MONTH, false, &month, &behind);
    bool brief = piece_at(doc, start)->to - piece_at(doc, start)->from == 3 && month != 5;
    if (start > 0 && piece_is_sign(doc, start - 1, '$') && date_joined(doc, start))
        return false;
    size_t stop = end + (brief && piece_is_sign(doc, end, '.') && date_joined(doc, end));
    if (!related && year_behind(doc, stop, &year, &behind)) {
        *out = when_month(at, behind, year, month);
        return true;
    }
    char first = doc->text.data[piece_at(doc, start)->from];
    if (brief && !(first >= 'A' && first <= 'Z') && !month_is_meant(doc, start))
        return false;
    if (!anchor->known || (!sure && !related && !month_is_meant(doc, start)))
        return false;
    struct civil today = calendar_date(anchor->today);
    if (related)
        year = today.year + (relative > 0 && month > today.month   ? 0
                             : relative < 0 && month < today.month ? 0
                                                                   : relative);
    else
        year = nearest_year(anchor, start, month);
    *out = when_month(at, end, year, month);
    out->yearless = !related;
    out->confidence = 0.85;
    return true;
}

static bool season_at(const struct anchor *anchor, size_t at, struct when *out)
{
    const struct doc *doc = anchor->doc;
    int season, relative = 0, year;
    size_t end = at, behind;
    bool by_week, related = relative_read(doc, at, &relative, &by_week, &end);
    size_t start = related ? end : at;
    if (!date_word(doc, start, DATE_SEASON, true, &season, &end))
        return false;
    bool sure = date_word(doc, start, DATE_SEASON, false, &season, &end);
    if (!related && year_behind(doc, end, &year, &behind)) {
        *out = season_of(at, behind, year, season);
        return true;
    }
    if (related && anchor->known) {
        *out = season_of(at, end, calendar_date(anchor->today).year + relative, season);
        return true;
    }
    static const char *const codes[] = {"", "SP", "SU", "FA", "WI"};
    *out = when_days(at, end, 0, 0, GRAIN_SEASON);
    out->kind = WHEN_CODE;
    out->confidence = 0.6;
    (void)snprintf(out->iso, sizeof out->iso, "%s", codes[season]);
    return sure;
}

/* Q3 2016, 2019-Q1, q1 */
static bool quarter_letter(const struct doc *doc, size_t at, int *quarter, size_t *end)
{
    return piece_is(doc, at, "q") && date_joined(doc, at + 1) &&
           date_number(doc, at + 1, 4, quarter, end) && *quarter >= 1 &&
           piece_at(doc, at + 1)->kind == PIECE_DIGITS;
}

static bool quarter_at(const struct anchor *anchor, size_t at, struct when *out)
{
    const struct doc *doc = anchor->doc;
    int year, quarter;
    size_t end, behind;
    if (quarter_letter(doc, at, &quarter, &end)) {
        bool dated = year_behind(doc, end, &year, &behind);
        if (!dated && !anchor->known)
            return false;
        *out = quarter_of(at, dated ? behind : end,
                          dated ? year : calendar_date(anchor->today).year, quarter);
        return true;
    }
    if (piece_at(doc, at)->kind != PIECE_DIGITS || !date_starts_clean(anchor, at) ||
        !date_year(doc, at, false, &year, &end))
        return false;
    end += piece_is_sign(doc, end, '-');
    if (!piece_goes_on(doc, end) || !quarter_letter(doc, end, &quarter, &end))
        return false;
    *out = quarter_of(at, end, year, quarter);
    return true;
}

/* ---- weeks ---- */

/* the week of April 10th, w/c Feb 4, week 31 of 2027 */
static bool week_at(const struct anchor *anchor, size_t at, struct when *out)
{
    const struct doc *doc = anchor->doc;
    struct when day;
    int week, year;
    size_t end, behind, start = at + piece_is(doc, at, "the");
    bool commencing =
        piece_is(doc, at, "w") && piece_is_sign(doc, at + 1, '/') && piece_is(doc, at + 2, "c");
    if (commencing || (piece_is(doc, start, "week") && piece_is(doc, start + 1, "of"))) {
        if (!day_read(anchor, commencing ? at + 3 : start + 2, &day) || day.kind != WHEN_DAYS)
            return false;
        int32_t monday = calendar_monday(day.from.day);
        *out = when_days(at, day.end, monday, monday + 7, GRAIN_MANY);
        return true;
    }
    if (start == at && piece_is(doc, at, "week") && piece_at(doc, at + 1)->kind == PIECE_DIGITS &&
        date_number(doc, at + 1, 53, &week, &end) && week > 0 && anchor->known) {
        bool dated = year_behind(doc, end, &year, &behind);
        int32_t from = calendar_week_start(dated ? year : calendar_date(anchor->today).year, week);
        *out = when_days(at, dated ? behind : end, from, from + 7, GRAIN_WEEK);
        return true;
    }
    if (start > at && piece_is(doc, start, "week") && piece_is(doc, start + 1, "after") &&
        piece_is(doc, start + 2, "next") && anchor->known)
        return when_unit(anchor, at, start + 3, GRAIN_WEEK, 2, out);
    return false;
}

/* weekend of thanksgiving 2023 */
static bool weekend_of(const struct anchor *anchor, size_t at, struct when *out)
{
    struct when day;
    if (!piece_is(anchor->doc, at, "weekend") || !piece_is(anchor->doc, at + 1, "of") ||
        !day_read(anchor, at + 2, &day) || day.kind != WHEN_DAYS)
        return false;
    int32_t monday = calendar_monday(day.from.day);
    *out = when_days(at, day.end, monday + 5, monday + 7, GRAIN_WEEKEND);
    return true;
}

/* ---- units ---- */

/* this week, next month, the year, that weekend, this working week */
static bool unit_at(const struct anchor *anchor, size_t at, struct when *out)
{
    static const char work[][PIECE_TEXT] = {"working", "work", "business", ""};
    const struct doc *doc = anchor->doc;
    int relative = 0, unit;
    size_t end = at, start = at + piece_is(doc, at, "the");
    bool by_week, related = relative_read(doc, start, &relative, &by_week, &end);
    if (!anchor->known || (!related && start == at && !piece_is(doc, at, "weekend")))
        return false;
    size_t word = related ? end : start;
    bool working = date_one_of(doc, word, work) >= 0;
    if (!date_word(doc, word + working, DATE_UNIT, false, &unit, &end) || unit < GRAIN_WEEK ||
        (word > at && !piece_goes_on(doc, word)))
        return false;
    char last = doc->text.data[piece_at(doc, end - 1)->to - 1];
    if (last == 's' || last == 'S')
        return false; /* the years */
    if (piece_at(doc, end)->kind == PIECE_DIGITS && piece_goes_on(doc, end) && !related)
        return false; /* the week 31 */
    bool before_last = piece_is(doc, end, "before") && piece_is(doc, end + 1, "last");
    bool after_next = piece_is(doc, end, "after") && piece_is(doc, end + 1, "next");
    if (!related && (before_last || after_next))
        return when_unit(anchor, at, end + 2, unit, before_last ? -2 : 2, out);
    if (!related && piece_is(doc, end, "of"))
        return false; /* the year of 2008, the week of the vote */
    bool with_the = start > at && (!related || unit == GRAIN_DAY);
    if (start > at && !with_the)
        return false; /* "the" is no part of "the next week" */
    if (!related && unit == GRAIN_WEEKEND && start == at && !piece_goes_on(doc, end) && at == 0)
        return false;
    if (!when_unit(anchor, at, end, unit, relative, out))
        return false;
    if (piece_is(doc, at, "that") || piece_is(doc, at, "same"))
        out->grain = GRAIN_MANY; /* which one, the text says elsewhere */
    if (working && unit == GRAIN_WEEK)
        out->to.day -= 2, out->grain = GRAIN_MANY;
    out->confidence = related ? 0.9 : 0.5;
    return true;
}

/* The stretch that something is counted in: 2021, last year, the year, Jan 2015. */
static bool whole_at(const struct anchor *anchor, size_t at, struct when *out)
{
    return month_at(anchor, at, out) || year_read(anchor, at, out) || quarter_at(anchor, at, out) ||
           unit_at(anchor, at, out);
}

static void count_inside(const struct when *whole, size_t first, int unit, int from, int count,
                         struct when *out)
{
    int32_t start = whole->from.day;
    enum grain grain = count == 1 ? (enum grain)unit : GRAIN_MANY;
    if (unit == GRAIN_WEEK) {
        int32_t week = calendar_monday(start + 3);
        if (from < 0)
            week = calendar_monday(whole->to.day - 1) -
                   (calendar_weekday(whole->to.day - 1) < 4) * 7 - 7 * (count - 1);
        else
            week += 7 * (from - 1);
        if (count > 1 && week < start)
            week += 7;
        *out = when_days(first, whole->end, week, week + 7 * count, grain);
        if (count == 1 && whole->grain == GRAIN_MONTH)
            out->grain = GRAIN_MANY;
    } else if (unit == GRAIN_DAY) {
        int32_t day = from < 0 ? whole->to.day - count : start + from - 1;
        *out = when_days(first, whole->end, day, day + count, grain);
    } else {
        int months = unit == GRAIN_QUARTER ? 3 : unit == GRAIN_YEAR ? 12 : 1;
        int32_t day = from < 0 ? calendar_add_months(whole->to.day, -months * count)
                               : calendar_add_months(start, months * (from - 1));
        *out = when_days(first, whole->end, day, calendar_add_months(day, months * count), grain);
    }
}

/* the second week of 2021, first ten days of last year, the last four months of 2021 */
static bool nth_of(const struct anchor *anchor, size_t at, struct when *out)
{
    const struct doc *doc = anchor->doc;
    struct when whole;
    int from, count = 1, unit;
    size_t end, start = at + piece_is(doc, at, "the");
    bool last = piece_is(doc, start, "last");
    if (last) {
        from = -1;
        end = start + 1;
    } else if (!date_ordinal(doc, start, 53, &from, &end)) {
        return false;
    }
    if (!date_word(doc, end, DATE_UNIT, false, &unit, &end) &&
        !(date_number(doc, end, 99, &count, &end) &&
          date_word(doc, end, DATE_UNIT, false, &unit, &end)))
        return false;
    if (unit < GRAIN_DAY || unit == GRAIN_WEEKEND || unit > GRAIN_YEAR || count < 1)
        return false;
    static const char joints[][PIECE_TEXT] = {"of", "in", ""};
    bool alone = unit == GRAIN_QUARTER && count == 1 && from > 0 && from <= 4;
    if (date_one_of(doc, end, joints) >= 0 && whole_at(anchor, end + 1, &whole))
        alone = false;
    else if (unit == GRAIN_QUARTER && year_read(anchor, end, &whole))
        alone = false;
    else if (!alone || !anchor->known || start == at)
        return false;
    if (alone) { /* the second quarter */
        whole = when_year(at, end, calendar_date(anchor->today).year);
        whole.end = end;
    }
    if (whole.kind != WHEN_DAYS)
        return false;
    count_inside(&whole, at, unit, from, count, out);
    return true;
}

/* the first half of 2018, the second half of May */
static bool half_of(const struct anchor *anchor, size_t at, struct when *out)
{
    const struct doc *doc = anchor->doc;
    struct when whole;
    int which;
    size_t end, start = at + piece_is(doc, at, "the");
    bool brief = piece_is(doc, at, "h") && date_joined(doc, at + 1) &&
                 piece_at(doc, at + 1)->kind == PIECE_DIGITS &&
                 date_number(doc, at + 1, 2, &which, &end) && which > 0; /* H1 2018 */
    if (!brief && (!date_ordinal(doc, start, 2, &which, &end) || !piece_is(doc, end, "half")))
        return false;
    size_t next = end + !brief;
    bool of = piece_is(doc, next, "of");
    if ((!of && !brief) || !whole_at(anchor, next + of, &whole) || whole.kind != WHEN_DAYS ||
        (whole.grain != GRAIN_YEAR && whole.grain != GRAIN_MONTH))
        return false;
    int32_t middle =
        whole.grain == GRAIN_YEAR ? calendar_add_months(whole.from.day, 6) : whole.from.day + 15;
    *out = when_days(at, whole.end, which == 1 ? whole.from.day : middle,
                     which == 1 ? middle : whole.to.day, GRAIN_MANY);
    return true;
}

/* next year's first quarter */
static bool quarter_behind(const struct anchor *anchor, struct when *out)
{
    const struct doc *doc = anchor->doc;
    int from;
    size_t end, at = out->end;
    bool quote = piece_is_sign(doc, at, '\'') || piece_is_sign(doc, at, 0x2019);
    if (!quote || !piece_is(doc, at + 1, "s") || !date_ordinal(doc, at + 2, 4, &from, &end) ||
        !piece_is(doc, end, "quarter"))
        return false;
    *out = quarter_of(out->first, end + 1, calendar_date(out->from.day).year, from);
    return true;
}

/* early, mid, late, the end of, later in: the stretch itself, as TIMEX3 has it. */
static bool part_of(const struct anchor *anchor, size_t at, struct when *out)
{
    static const char nouns[][PIECE_TEXT] = {"end",       "beginning", "start", "middle", "rest",
                                             "remaining", "remainder", "half",  ""};
    static const char adverbs[][PIECE_TEXT] = {"early", "mid", "late", "later", "earlier", ""};
    const struct doc *doc = anchor->doc;
    size_t next;
    int noun = date_one_of(doc, at, nouns), adverb = date_one_of(doc, at, adverbs);
    if (noun >= 0 && piece_is(doc, at + 1, "of"))
        next = at + 2;
    else if (adverb >= 0)
        next = at + 1 + (piece_is(doc, at + 1, "in") || piece_is_sign(doc, at + 1, '-'));
    else
        return false;
    if (!piece_goes_on(doc, next))
        return false;
    if (noun == 0 && piece_is(doc, next, "month") && anchor->known)
        (void)when_unit(anchor, at, next + 1, GRAIN_MONTH, 0, out);
    else if (!whole_at(anchor, next, out) && !decade_read(anchor, next, out) &&
             !season_at(anchor, next, out) &&
             !(piece_is(doc, next, "the") &&
               (decade_read(anchor, next + 1, out) || whole_at(anchor, next + 1, out))))
        return false;
    if (out->kind != WHEN_DAYS && out->kind != WHEN_CODE)
        return false;
    out->first = at;
    out->side = noun == 0 || adverb == 2 ? 3 : noun == 3 || adverb == 1 ? 2 : 1;
    if ((noun == 4 || noun == 5 || noun == 6) && out->from.day < anchor->today) {
        out->from.day = anchor->today;
        if (out->grain == GRAIN_WEEK)
            out->to.day--;
        out->grain = GRAIN_MANY;
    }
    return true;
}

static bool read_period(const struct anchor *anchor, size_t at, struct when *out)
{
    static const struct date_way ways[] = {
        {year_of_accounts_read, FIRST_RELATIVE | FIRST_WORD},
        {half_of, FIRST_THE | FIRST_NUMBER | FIRST_DIGITS | FIRST_WORD},
        {nth_of, FIRST_THE | FIRST_RELATIVE | FIRST_NUMBER | FIRST_DIGITS},
        {part_of, FIRST_WORD | FIRST_NUMBER},
        {century_read, FIRST_THE | FIRST_NUMBER | FIRST_DIGITS},
        {decade_read, FIRST_NAME | FIRST_DIGITS},
        {week_at, FIRST_THE | FIRST_WORD},
        {weekend_of, FIRST_WORD},
        {quarter_at, FIRST_WORD | FIRST_DIGITS},
        {month_at, FIRST_RELATIVE | FIRST_NAME | FIRST_DIGITS},
        {season_at, FIRST_RELATIVE | FIRST_NAME},
        {year_read, FIRST_WORD | FIRST_NUMBER | FIRST_DIGITS},
        {NULL, 0},
    };
    if (date_said(anchor, ways, at, out))
        return true;
    if (!unit_at(anchor, at, out))
        return false;
    if (out->grain == GRAIN_YEAR)
        (void)quarter_behind(anchor, out);
    return true;
}

bool period_read(const struct anchor *anchor, size_t at, struct when *out)
{
    return date_begins(anchor, at, BEGINS_PERIOD) &&
           date_remembered(anchor, MEMORY_PERIOD, read_period, at, out);
}

bool month_read(const struct anchor *anchor, size_t at, struct when *out)
{
    return month_at(anchor, at, out) || (unit_at(anchor, at, out) && out->grain == GRAIN_MONTH);
}
