/* One day: a month and a day in any order, a weekday, today and its neighbours. */
#include "worker/analysis/dates/when.h"

#define LEAP_YEARS_APART 8 /* at most */

int32_t nearest_year_day(const struct anchor *anchor, size_t at, int month, int day)
{
    int year = calendar_date(anchor->today).year;
    int reach = month == 2 && day == 29 ? LEAP_YEARS_APART : 1;
    int32_t best = NO_DAY;
    bool future = date_is_future(anchor, at);
    for (int i = year - reach; i <= year + reach; i++) {
        if (!calendar_is_date(i, month, day))
            continue;
        int32_t found = calendar_day(i, month, day);
        if (future && found < anchor->today)
            continue;
        best = nearer_day(anchor, best, found);
    }
    return best;
}

/* The piece behind a comma, hyphen or slash, "of" or "the", which may stand between the parts. */
static size_t over_joint(const struct doc *doc, size_t at)
{
    static const char words[][PIECE_TEXT] = {"of", "the", ""};
    if (piece_is_sign(doc, at, ',') || piece_is_sign(doc, at, '.'))
        at += piece_goes_on(doc, at + 1);
    else if ((piece_is_sign(doc, at, '-') || piece_is_sign(doc, at, '/')) && date_joined(doc, at) &&
             date_joined(doc, at + 1))
        return at + 1;
    while (date_one_of(doc, at, words) >= 0 && piece_goes_on(doc, at + 1))
        at++;
    return at;
}

/* The year behind a month or a day: "1994", ", 1994", "of 1995", "in 2016". */
static bool year_behind(const struct doc *doc, size_t at, int *year, size_t *end)
{
    static const char words[][PIECE_TEXT] = {"of", "in", ""};
    size_t next = over_joint(doc, at);
    bool of = next == at + 1 && piece_is(doc, at, "of");
    if (next == at && date_one_of(doc, at, words) >= 0)
        next++;
    bool quoted = piece_is_sign(doc, next, '\'') || piece_is_sign(doc, next, 0x2019);
    if (!piece_goes_on(doc, next) || !date_year(doc, next, quoted || of, year, end))
        return false;
    return !(date_joined(doc, *end) && piece_is_sign(doc, *end, ':'));
}

static bool month_at(const struct doc *doc, size_t at, int *month, size_t *end)
{
    if (!date_word(doc, at, DATE_MONTH, true, month, end))
        return false;
    if (piece_is_sign(doc, *end, '.') && date_joined(doc, *end) &&
        piece_at(doc, at)->to - piece_at(doc, at)->from <= 4 && piece_goes_on(doc, *end + 1))
        (*end)++; /* Dec. */
    return true;
}

static bool day_number(const struct doc *doc, size_t at, bool *ordinal, int *day, size_t *end)
{
    *ordinal = date_ordinal(doc, at, 31, day, end);
    if (*ordinal)
        return true;
    if (!date_number(doc, at, 31, day, end) || *day < 1)
        return false;
    const struct doc_piece *piece = piece_at(doc, at);
    bool digits = piece->kind == PIECE_DIGITS;
    if (digits && piece->to - piece->from > 2)
        return false;
    /* not 8:30, 5.30pm, 12% */
    return !(digits && date_joined(doc, *end) &&
             (piece_is_sign(doc, *end, ':') || piece_is_sign(doc, *end, '%') ||
              (piece_at(doc, *end)->kind == PIECE_LETTERS)));
}

/* January 24th, Dec. 31 , 1994, Oct/2, Sep-23-2020, May twenty nine */
static bool month_day(const struct anchor *anchor, size_t at, struct when *out)
{
    const struct doc *doc = anchor->doc;
    int month, day, year = 0;
    bool ordinal;
    size_t end, next, behind;
    if (!month_at(doc, at, &month, &end))
        return false;
    next = over_joint(doc, end);
    if (!piece_goes_on(doc, next) || !day_number(doc, next, &ordinal, &day, &end))
        return false;
    if (piece_is_sign(doc, end, ':') && date_joined(doc, end))
        return false;
    bool dated = year_behind(doc, end, &year, &behind);
    end = dated ? behind : end;
    if (piece_is_sign(doc, end, '(') &&
        date_word(doc, end + 1, DATE_WEEKDAY, true, &(int){0}, &next) &&
        piece_is_sign(doc, next, ')'))
        end = next + 1; /* May/22(Tue) */
    return known_day(anchor, at, end, (struct civil){year, month, day}, dated, out);
}

/* 4 July 1995, the 09th of May, 22/Jan/2019, the twenty third day of September */
static bool day_month(const struct anchor *anchor, size_t at, struct when *out)
{
    const struct doc *doc = anchor->doc;
    int month, day, year = 0;
    bool ordinal;
    size_t end, next, behind, start = at + piece_is(doc, at, "the");
    if (!day_number(doc, start, &ordinal, &day, &end) || !date_starts_clean(anchor, start))
        return false;
    if (piece_is(doc, end, "day"))
        end++;
    next = over_joint(doc, end);
    if (!piece_goes_on(doc, next) || !month_at(doc, next, &month, &end))
        return false;
    if (!ordinal && piece_at(doc, start)->kind == PIECE_LETTERS &&
        !date_word(doc, next, DATE_MONTH, false, &month, &end))
        return false; /* one may ask */
    if (next == at + 1 && date_joined(doc, next) && !ordinal &&
        piece_at(doc, at)->kind == PIECE_DIGITS && piece_at(doc, next)->gap == GAP_NONE &&
        piece_at(doc, next)->to - piece_at(doc, next)->from < 3)
        return false;
    bool dated = year_behind(doc, end, &year, &behind);
    return known_day(anchor, at, dated ? behind : end, (struct civil){year, month, day}, dated,
                     out);
}

/* 2019-aug-1, 2020/Sep/23, 2020/23/Sep, 2020 September 23 */
static bool year_month_day(const struct anchor *anchor, size_t at, struct when *out)
{
    const struct doc *doc = anchor->doc;
    int year, month, day;
    bool ordinal;
    size_t end, next;
    if (piece_at(doc, at)->kind != PIECE_DIGITS || !date_starts_clean(anchor, at) ||
        !date_year(doc, at, false, &year, &end))
        return false;
    next = over_joint(doc, end);
    if (month_at(doc, next, &month, &end) && piece_goes_on(doc, next)) {
        next = over_joint(doc, end);
        if (!piece_goes_on(doc, next) || !day_number(doc, next, &ordinal, &day, &end))
            return false;
    } else {
        if (!day_number(doc, next, &ordinal, &day, &end) || !date_joined(doc, next))
            return false;
        next = over_joint(doc, end);
        if (!date_joined(doc, next) || !month_at(doc, next, &month, &end))
            return false;
    }
    return known_day(anchor, at, end, (struct civil){year, month, day}, true, out);
}

/* The day of the month nearest to today, a month being left out: the 18th. */
static int32_t nearest_month_day(const struct anchor *anchor, size_t at, int day, int weekday)
{
    bool future = date_is_future(anchor, at);
    int32_t best = NO_DAY, today = anchor->today, first = today - calendar_date(today).day + 1;
    for (int months = -12; months <= 24; months++) {
        struct civil date = calendar_date(calendar_add_months(first, months));
        if (!calendar_is_date(date.year, date.month, day))
            continue;
        int32_t found = calendar_day(date.year, date.month, day);
        if ((weekday && calendar_weekday(found) != weekday) || (future && found < anchor->today))
            continue;
        best = nearer_day(anchor, best, found);
    }
    return best;
}

/* the 18th, the 15th day of next month */
static bool day_of_month(const struct anchor *anchor, size_t at, struct when *out)
{
    const struct doc *doc = anchor->doc;
    struct when month;
    int day;
    size_t end;
    if (!anchor->known || !piece_is(doc, at, "the") || !piece_goes_on(doc, at + 1) ||
        !date_ordinal(doc, at + 1, 31, &day, &end))
        return false;
    bool digits = piece_at(doc, at + 1)->kind == PIECE_DIGITS;
    bool named = piece_is(doc, end, "day");
    if (piece_is(doc, end + named, "of") && month_read(anchor, end + named + 1, &month) &&
        month.kind == WHEN_DAYS && month.grain == GRAIN_MONTH) {
        *out = when_day(at, month.end, month.from.day + day - 1);
        return day <= month.to.day - month.from.day;
    }
    /* "the 21st century", "the 5th floor": something is counted */
    if (!digits)
        return false;
    static const char behind[][PIECE_TEXT] = {
        "at",   "from", "and",  "to",  "for",   "in",    "or",
        "with", "when", "that", "but", "after", "until", "",
    };
    if (piece_at(doc, end)->kind == PIECE_LETTERS && piece_goes_on(doc, end) &&
        date_one_of(doc, end, behind) < 0)
        return false;
    *out = when_day(at, end, nearest_month_day(anchor, at, day, 0));
    out->confidence = 0.6;
    return out->from.day != NO_DAY;
}

/* ---- weekdays ---- */

static int32_t nearest_weekday(const struct anchor *anchor, size_t at, int weekday)
{
    int32_t back = (calendar_weekday(anchor->today) - weekday + 7) % 7;
    if (date_is_future(anchor, at))
        return anchor->today + (7 - back) % 7;
    return anchor->today - back;
}

/* this Monday is in this week, next Monday in the next; "coming" is the next of them. */
static int32_t relative_weekday(const struct anchor *anchor, int relative, bool by_week,
                                int weekday)
{
    int32_t monday = calendar_monday(anchor->today), this_week = monday + weekday - 1;
    if (by_week || relative == 0)
        return this_week + 7 * relative;
    if (relative > 0)
        return this_week + (this_week <= anchor->today ? 7 : 7 * (relative - 1));
    return this_week >= anchor->today ? this_week - 7 : this_week;
}

/* "of next week", "next week", "of the following week" behind a weekday. */
static bool week_behind(const struct anchor *anchor, size_t at, int weekday, struct when *out)
{
    static const char words[][PIECE_TEXT] = {"of", "in", ""};
    int relative, unit;
    bool by_week;
    size_t end, next = at + (date_one_of(anchor->doc, at, words) >= 0);
    next += piece_is(anchor->doc, next, "the");
    if (!piece_goes_on(anchor->doc, at) ||
        !relative_read(anchor->doc, next, &relative, &by_week, &end) ||
        !date_word(anchor->doc, end, DATE_UNIT, false, &unit, &end) || unit != GRAIN_WEEK)
        return false;
    *out = when_day(out->first, end, calendar_monday(anchor->today) + 7 * relative + weekday - 1);
    return true;
}

/* The day of the month behind a weekday: the 26th, 31. */
static bool date_behind(const struct anchor *anchor, size_t at, int weekday, struct when *out)
{
    const struct doc *doc = anchor->doc;
    int day;
    bool ordinal;
    size_t end, next = at + piece_is(doc, at, "the");
    if (!piece_goes_on(doc, at) || !day_number(doc, next, &ordinal, &day, &end))
        return false;
    if (!ordinal && (next > at || piece_at(doc, at)->kind != PIECE_DIGITS || day < 13 ||
                     (piece_at(doc, end)->kind == PIECE_LETTERS && piece_goes_on(doc, end)) ||
                     piece_is_sign(doc, end, '-')))
        return false;
    int32_t found = nearest_month_day(anchor, at, day, weekday);
    if (found == NO_DAY)
        return false;
    *out = when_day(out->first, end, found);
    return true;
}

/* An absolute day behind a weekday: Friday, 6 July; friday (jun-15); Friday-Jun-15. */
static bool absolute_behind(const struct anchor *anchor, size_t at, struct when *out)
{
    const struct doc *doc = anchor->doc;
    struct when day;
    bool bracket = piece_is_sign(doc, at, '(');
    size_t next = at + (bracket || piece_is_sign(doc, at, ',') || piece_is_sign(doc, at, '.') ||
                        (piece_is_sign(doc, at, '-') && date_joined(doc, at)));
    next += piece_is(doc, next, "the") && next == at + 1;
    if (!piece_goes_on(doc, next) ||
        !(month_day(anchor, next, &day) || day_month(anchor, next, &day) ||
          year_month_day(anchor, next, &day) || numeric_read(anchor, next, &day)) ||
        day.kind != WHEN_DAYS || day.grain != GRAIN_DAY)
        return false;
    if (bracket && !piece_is_sign(doc, day.end, ')'))
        return false;
    day.first = out->first;
    day.end += bracket;
    day.bare = false;
    *out = day;
    return true;
}

/* A preposition before "Sun", or a number or another part of a date behind it. */
static bool short_is_meant(const struct doc *doc, size_t at, size_t end)
{
    static const char before[][PIECE_TEXT] = {"on", "by", "until", "since", "from", "till", ""};
    static const char behind[][PIECE_TEXT] = {"at", "the", ""};
    int value;
    size_t other;
    if (at > 0 && piece_goes_on(doc, at) &&
        (date_one_of(doc, at - 1, before) >= 0 || piece_is(doc, at - 1, "week") ||
         date_word(doc, at - 1, DATE_RELATIVE, false, &value, &other)))
        return true;
    size_t next = end + (piece_is_sign(doc, end, ',') || piece_is_sign(doc, end, '-'));
    return piece_goes_on(doc, next) &&
           (piece_at(doc, next)->kind == PIECE_DIGITS || date_one_of(doc, next, behind) >= 0 ||
            date_word(doc, next, DATE_MONTH, true, &value, &other));
}

/* Short names that are words too (sun, sat) need to look like a name, or a number behind. */
static bool weekday_at(const struct doc *doc, size_t at, int *weekday, size_t *end)
{
    if (!date_word(doc, at, DATE_WEEKDAY, true, weekday, end))
        return false;
    char first = doc->text.data[piece_at(doc, at)->from];
    bool capital = first >= 'A' && first <= 'Z';
    bool sure = date_word(doc, at, DATE_WEEKDAY, false, weekday, end);
    if (piece_is_sign(doc, *end, '.') && piece_at(doc, at)->to - piece_at(doc, at)->from < 5 &&
        date_joined(doc, *end) && piece_goes_on(doc, *end + 1) &&
        piece_at(doc, *end + 1)->kind != PIECE_SIGN)
        (*end)++;
    return sure || (capital && short_is_meant(doc, at, *end));
}

static bool weekday_day(const struct anchor *anchor, size_t at, struct when *out)
{
    const struct doc *doc = anchor->doc;
    int relative = 0, weekday;
    bool by_week = false, on = piece_is(doc, at, "on") && piece_goes_on(doc, at + 1);
    size_t end = at + on;
    bool related = !on && relative_read(doc, at, &relative, &by_week, &end);
    if (!anchor->known || (end > at && !piece_goes_on(doc, end)) ||
        !weekday_at(doc, end, &weekday, &end) || (related && !piece_goes_on(doc, at + 1)))
        return false;
    *out = when_day(at, end,
                    related ? relative_weekday(anchor, relative, by_week, weekday)
                            : nearest_weekday(anchor, at, weekday));
    out->confidence = related ? 0.9 : 0.85;
    out->yearless = !related;
    if (week_behind(anchor, end, weekday, out))
        return true;
    if (on)
        return false; /* "on" belongs to "on Monday of next week" only */
    struct when absolute = *out;
    bool hyphen = piece_is_sign(doc, end + 1, '-'); /* next Monday 6-8: hours */
    if (absolute_behind(anchor, end, &absolute) &&
        (!hyphen || calendar_weekday(absolute.from.day) == weekday))
        *out = absolute;
    else
        (void)date_behind(anchor, end, weekday, out);
    return true;
}

/* next week Mon */
static bool week_weekday(const struct anchor *anchor, size_t at, struct when *out)
{
    int relative, unit, weekday;
    bool by_week;
    size_t end;
    if (!anchor->known || !relative_read(anchor->doc, at, &relative, &by_week, &end) ||
        !date_word(anchor->doc, end, DATE_UNIT, false, &unit, &end) || unit != GRAIN_WEEK ||
        !piece_goes_on(anchor->doc, end) ||
        !weekday_at(anchor->doc, end + piece_is(anchor->doc, end, "on"), &weekday, &end))
        return false;
    *out = when_day(at, end, calendar_monday(anchor->today) + 7 * relative + weekday - 1);
    return true;
}

/* the first Friday of July, the last Monday in this month */
static bool nth_weekday(const struct anchor *anchor, size_t at, struct when *out)
{
    static const char joints[][PIECE_TEXT] = {"of", "in", ""};
    const struct doc *doc = anchor->doc;
    struct when month;
    int nth, weekday;
    size_t end, start = at + piece_is(doc, at, "the");
    if (piece_is(doc, start, "last")) {
        nth = 5;
        end = start + 1;
    } else if (!date_ordinal(doc, start, 5, &nth, &end)) {
        return false;
    }
    if (!date_word(doc, end, DATE_WEEKDAY, true, &weekday, &end) ||
        date_one_of(doc, end, joints) < 0 || !month_read(anchor, end + 1, &month))
        return false;
    struct civil date = calendar_date(month.from.day);
    *out = when_day(at, month.end, calendar_nth_weekday(date.year, date.month, weekday, nth));
    return true;
}

/* ---- today ---- */

/* the day after tomorrow, the next day, the day */
static bool the_day(const struct anchor *anchor, size_t at, struct when *out)
{
    static const char sides[][PIECE_TEXT] = {"before", "after", ""};
    const struct doc *doc = anchor->doc;
    int near, relative;
    size_t end, start = at + piece_is(doc, at, "the");
    if (piece_is(doc, start, "day")) {
        int side = date_one_of(doc, start + 1, sides);
        if (side >= 0 && date_word(doc, start + 2, DATE_NEAR, false, &near, &end)) {
            *out = when_day(at, end, anchor->today + near + (side ? 1 : -1));
            return true;
        }
        if (side >= 0 && holiday_read(anchor, start + 2, out) && when_is_day(out)) {
            *out = when_day(at, out->end, out->from.day + (side ? 1 : -1));
            return true;
        }
        *out = when_day(at, start + 1, anchor->today);
        out->confidence = 0.5;
        return start > at && !piece_is(doc, start + 1, "of") && side < 0;
    }
    if (date_word(doc, start, DATE_RELATIVE, false, &relative, &end) && piece_is(doc, end, "day") &&
        relative != 2) {
        *out = when_day(at, end + 1, anchor->today + relative);
        out->confidence = 0.6;
        return true;
    }
    return false;
}

static bool near_day(const struct anchor *anchor, size_t at, struct when *out)
{
    const struct doc *doc = anchor->doc;
    int near;
    size_t end, behind = 0;
    if (!anchor->known)
        return false;
    if (!date_word(doc, at, DATE_NEAR, false, &near, &end))
        return the_day(anchor, at, out);
    *out = when_day(at, end, anchor->today + near);
    struct when day = *out;
    if (piece_is_sign(doc, end, ',') && absolute_behind(anchor, end, &day)) {
        behind = day.end;
        *out = day; /* tomorrow, 13/04/21, */
        out->end = behind;
    }
    return true;
}

/* next 6th of April, this 5/12 */
static bool relative_date(const struct anchor *anchor, size_t at, struct when *out)
{
    int relative;
    bool by_week;
    size_t end;
    if (!anchor->known || !relative_read(anchor->doc, at, &relative, &by_week, &end) ||
        !piece_goes_on(anchor->doc, end) || piece_is(anchor->doc, end, "the") ||
        !(month_day(anchor, end, out) || day_month(anchor, end, out) ||
          numeric_read(anchor, end, out)) ||
        !out->yearless)
        return false;
    struct civil date = calendar_date(out->from.day);
    int year = calendar_date(anchor->today).year + relative;
    out->first = at;
    out->yearless = out->bare = false;
    out->from.day = calendar_day(year, date.month, date.day);
    out->to.day = out->from.day + 1;
    return true;
}

static bool read_day(const struct anchor *anchor, size_t at, struct when *out)
{
    static const struct date_way ways[] = {
        {nth_weekday, FIRST_THE | FIRST_RELATIVE | FIRST_NUMBER | FIRST_DIGITS},
        {week_weekday, FIRST_RELATIVE},
        {weekday_day, FIRST_RELATIVE | FIRST_NAME | FIRST_WORD},
        {relative_date, FIRST_RELATIVE},
        {near_day, FIRST_THE | FIRST_RELATIVE | FIRST_WORD},
        {month_day, FIRST_NAME},
        {day_month, FIRST_THE | FIRST_NUMBER | FIRST_DIGITS},
        {year_month_day, FIRST_DIGITS},
        {numeric_read, FIRST_DIGITS},
        {holiday_read, FIRST_RELATIVE | FIRST_NAME | FIRST_WORD | FIRST_NUMBER},
        {day_of_month, FIRST_THE},
        {NULL, 0},
    };
    return date_said(anchor, ways, at, out);
}

bool day_read(const struct anchor *anchor, size_t at, struct when *out)
{
    return date_begins(anchor, at, BEGINS_DAY) &&
           date_remembered(anchor, MEMORY_DAY, read_day, at, out);
}
