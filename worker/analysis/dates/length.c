/* Durations, and days and times that lie one away: three days, in 5 minutes, two weeks ago,
 * 3 days from Tuesday, the last 3 months, within 2 hours. */
#include "worker/analysis/dates/when.h"

#include <math.h>
#include <stdio.h>

#include "worker/analysis/amounts/numbers.h"

#define TERMS_MAX   4
#define UNIT_PIECES 7 /* a number and its unit are at most so many */
#define LEAD_PIECES 3 /* and what stands before them: "within the next" */
_Static_assert(LEAD_PIECES + UNIT_PIECES == LENGTH_PIECES, "a length is found from its first word");

struct length {
    struct {
        double value;
        int unit;
    } terms[TERMS_MAX];
    int count;
    bool business; /* days of work */
    size_t first, end;
};

/* Units in their one spelling: years, months, days, seconds, and how many of those. */
static void base_of(int unit, double value, double *months, double *days, double *seconds)
{
    switch (unit) {
    case GRAIN_SECOND:
        *seconds += value;
        break;
    case GRAIN_MINUTE:
        *seconds += value * 60;
        break;
    case GRAIN_HOUR:
        *seconds += value * 3600;
        break;
    case GRAIN_DAY:
    case GRAIN_NIGHT:
        *days += value;
        break;
    case GRAIN_WEEK:
    case GRAIN_WEEKEND:
        *days += value * 7;
        break;
    case GRAIN_FORTNIGHT:
        *days += value * 14;
        break;
    case GRAIN_MONTH:
        *months += value;
        break;
    case GRAIN_QUARTER:
        *months += value * 3;
        break;
    case GRAIN_YEAR:
        *months += value * 12;
        break;
    case GRAIN_DECADE:
        *months += value * 120;
        break;
    default:
        *months += value * 1200;
    }
}

/* a, an, a few, several, a couple of, half an */
static bool count_word(const struct doc *doc, size_t at, double *value, size_t *end)
{
    static const char articles[][PIECE_TEXT] = {"a", "an", ""};
    bool article = date_one_of(doc, at, articles) >= 0;
    size_t next = at + article;
    *end = next + 1;
    if (piece_is(doc, next, "few") || piece_is(doc, at, "several")) {
        *value = 3;
    } else if (article && piece_is(doc, next, "couple")) {
        *value = 2;
        *end += piece_is(doc, next + 1, "of");
    } else if (piece_is(doc, at, "half")) {
        *value = 0.5;
        *end = at + 1 + (date_one_of(doc, at + 1, articles) >= 0);
        return piece_at(doc, *end)->class == DATE_UNIT;
    } else {
        *value = 1;
        *end = next;
        return article;
    }
    return true;
}

/* 3.5, twenty-four, one and a half */
static bool count_number(const struct doc *doc, size_t at, double *value, size_t *end)
{
    struct number number;
    int whole;
    if (date_number(doc, at, 9999, &whole, end)) {
        bool half = piece_is(doc, *end + 2, "half");
        *value = whole;
        if (piece_at(doc, *end)->class == DATE_UNIT)
            return true;
        if (piece_is(doc, *end, "and") && piece_is(doc, *end + 1, "a") &&
            (half || piece_is(doc, *end + 2, "quarter"))) {
            *value += half ? 0.5 : 0.25;
            *end += 3;
            return true;
        }
    }
    if (!number_read_here(doc, at, &number))
        return false;
    *value = number.value;
    *end = number.end;
    return number.value > 0 && number.value < 1e6;
}

static bool count_at(const struct anchor *anchor, size_t at, double *value, size_t *end)
{
    return count_word(anchor->doc, at, value, end) ||
           (date_starts_clean(anchor, at) && count_number(anchor->doc, at, value, end));
}

/* "and a half", "and a quarter" behind the unit */
static void fraction_behind(const struct doc *doc, struct length *length)
{
    size_t at = length->end;
    if (!piece_is(doc, at, "and") || !piece_is(doc, at + 1, "a"))
        return;
    bool half = piece_is(doc, at + 2, "half"), quarter = piece_is(doc, at + 2, "quarter");
    if (half || quarter) {
        length->terms[length->count - 1].value += half ? 0.5 : 0.25;
        length->end = at + 3;
    }
}

static bool term_at(const struct anchor *anchor, size_t at, struct length *length)
{
    const struct doc *doc = anchor->doc;
    static const char work[][PIECE_TEXT] = {"business", "working", "work", ""};
    double value;
    int unit;
    size_t end;
    if (length->count == TERMS_MAX || !count_at(anchor, at, &value, &end) ||
        !piece_goes_on(doc, end))
        return false;
    bool stuck = date_joined(doc, end) && piece_at(doc, at)->kind == PIECE_DIGITS; /* 3h */
    if (piece_is_sign(doc, end, '-') && date_joined(doc, end))
        end++; /* a 3-day visit */
    bool business = date_one_of(doc, end, work) >= 0;
    if (!date_word(doc, end + business, DATE_UNIT, stuck, &unit, &end))
        return false;
    length->terms[length->count].value = value;
    length->terms[length->count++].unit = unit;
    length->business = length->business || business;
    length->end = end;
    return true;
}

/* Without a unit near there is no length: that is soon seen. */
static bool unit_near(const struct doc *doc, size_t at)
{
    for (size_t i = at + 1; i < at + UNIT_PIECES && piece_goes_on(doc, i); i++)
        if (piece_at(doc, i)->class == DATE_UNIT)
            return true;
    return false;
}

static bool terms_at(const struct anchor *anchor, size_t at, struct length *length)
{
    const struct doc *doc = anchor->doc;
    length->count = 0;
    length->business = false;
    length->first = at;
    if (!date_begins(anchor, at, BEGINS_LENGTH) || !unit_near(doc, at) ||
        !term_at(anchor, at, length))
        return false;
    fraction_behind(doc, length);
    for (size_t next; length->count < TERMS_MAX;) {
        next = length->end +
               (piece_is(doc, length->end, "and") || piece_is_sign(doc, length->end, ','));
        int before = length->terms[length->count - 1].unit;
        struct length more = *length;
        if (!piece_goes_on(doc, next) || !term_at(anchor, next, &more) ||
            more.terms[more.count - 1].unit >= before)
            break;
        *length = more;
    }
    return true;
}

/* What "%g%c" writes; most lengths are a small number of something. */
static size_t write_term(double value, char letter, char *out, size_t room)
{
    if (value >= 0 && value < 100 && value == (int)value && room > 3) {
        int whole = (int)value;
        size_t count = 0;
        if (whole >= 10)
            out[count++] = (char)('0' + whole / 10);
        out[count++] = (char)('0' + whole % 10);
        out[count++] = letter;
        out[count] = '\0';
        return count;
    }
    int len = snprintf(out, room, "%g%c", value, letter);
    return len > 0 && (size_t)len < room ? (size_t)len : 0;
}

static void write_length(const struct length *length, char *out, size_t room)
{
    static const char letters[] = "?SMHDWWMM?YYY";
    size_t len = 0;
    bool time = false;
    out[len++] = 'P';
    for (int i = 0; i < length->count && len + 12 < room; i++) {
        int unit = length->terms[i].unit;
        double value = length->terms[i].value;
        if (unit <= GRAIN_HOUR && !time)
            out[len++] = 'T', time = true;
        value *= unit == GRAIN_QUARTER   ? 3
                 : unit == GRAIN_DECADE  ? 10
                 : unit == GRAIN_CENTURY ? 100
                                         : 1;
        if (unit == GRAIN_FORTNIGHT)
            value *= 2, unit = GRAIN_WEEK;
        if (unit == GRAIN_NIGHT)
            unit = GRAIN_DAY;
        len += write_term(value, letters[unit], out + len, room - len);
    }
    out[len] = '\0';
    if (length->business && len > 1 && out[len - 1] == 'D')
        (void)snprintf(out + len - 1, room - len + 1, "BD");
}

static struct point moved(const struct length *length, struct point from, int sign)
{
    double months = 0, days = 0, seconds = 0;
    for (int i = 0; i < length->count; i++)
        base_of(length->terms[i].unit, length->terms[i].value, &months, &days, &seconds);
    if (months > 24000 || days > 800000 || seconds > 1e9)
        return (struct point){NO_DAY, NO_SECOND};
    double whole = floor(months);
    days += (months - whole) * 30;
    int32_t day = calendar_add_months(from.day, sign * (int)whole) + sign * (int32_t)lround(days);
    if (seconds <= 0)
        return (struct point){day, from.second};
    int64_t second = (from.second == NO_SECOND ? 0 : from.second) + sign * (int64_t)seconds;
    day +=
        (int32_t)(second >= 0 ? second / DAY_SECONDS : -((DAY_SECONDS - 1 - second) / DAY_SECONDS));
    second = ((second % DAY_SECONDS) + DAY_SECONDS) % DAY_SECONDS;
    return (struct point){day, (int32_t)second};
}

static bool is_short(const struct length *length)
{
    for (int i = 0; i < length->count; i++)
        if (length->terms[i].unit <= GRAIN_HOUR)
            return true;
    return false;
}

/* The point that lies the length away from `from`. */
static bool shifted(const struct length *length, size_t first, size_t end, struct point from,
                    int sign, struct when *out)
{
    bool time = is_short(length);
    struct point point = moved(length, from, sign);
    if (point.day == NO_DAY)
        return false;
    *out = when_day(first, end, point.day);
    if (time) {
        out->kind = WHEN_MOMENT;
        out->grain = GRAIN_MINUTE;
        out->from = point;
    }
    return true;
}

/* The moment of writing, for lengths of hours; its day alone for longer ones. */
static struct point today_of(const struct anchor *anchor, const struct length *length)
{
    return (struct point){anchor->today, is_short(length) ? anchor->second : NO_SECOND};
}

static bool ago_or_later(const struct anchor *anchor, const struct length *length, size_t first,
                         struct when *out)
{
    static const char past[][PIECE_TEXT] = {"ago", "earlier", "back", "previously", ""};
    static const char later[][PIECE_TEXT] = {"later", "hence", ""};
    const struct doc *doc = anchor->doc;
    size_t at = length->end;
    if (!piece_goes_on(doc, at))
        return false;
    if (date_one_of(doc, at, past) >= 0)
        return shifted(length, first, at + 1, today_of(anchor, length), -1, out);
    if (date_one_of(doc, at, later) >= 0)
        return shifted(length, first, at + 1, today_of(anchor, length), 1, out);
    if (piece_is(doc, at, "from") && piece_is(doc, at + 1, "now"))
        return shifted(length, first, at + 2, today_of(anchor, length), 1, out);
    return false;
}

/* The weekday or the day of the year after one that is over. */
static int32_t next_one(const struct anchor *anchor, int32_t day)
{
    return anchor->today - day < 7 ? day + 7 : calendar_add_months(day, 12);
}

/* The day that a length is counted from, behind it: after next Friday, before yesterday. */
static bool from_a_day(const struct anchor *anchor, const struct length *length, size_t first,
                       struct when *out)
{
    static const char joints[][PIECE_TEXT] = {"from", "after", "before", "since", ""};
    const struct doc *doc = anchor->doc;
    struct when day;
    int joint = date_one_of(doc, length->end, joints);
    if (joint < 0 || is_short(length) || !piece_goes_on(doc, length->end))
        return false;
    size_t next = length->end + 1;
    if (!day_read(anchor, next, &day) && !(joint == 3 && period_read(anchor, next, &day)))
        return false;
    if (day.kind != WHEN_DAYS)
        return false;
    if (day.yearless && joint != 2 && day.from.day < anchor->today) { /* the next one is meant */
        day.from.day = next_one(anchor, day.from.day);
    }
    return shifted(length, first, day.end, (struct point){day.from.day, NO_SECOND},
                   joint == 2 ? -1 : 1, out);
}

/* A stretch that begins behind: from 2pm, starting next Monday. */
static bool starting(const struct anchor *anchor, const struct length *length, size_t first,
                     struct when *out)
{
    static const char joints[][PIECE_TEXT] = {"starting", "beginning", "from", ""};
    const struct doc *doc = anchor->doc;
    struct when start;
    size_t at = length->end + piece_is_sign(doc, length->end, ',');
    int joint = date_one_of(doc, at, joints);
    bool with_for = piece_is(doc, first, "for");
    if (joint < 0 || (joint == 2 && !with_for) || !piece_goes_on(doc, at))
        return false;
    at++;
    at += joint < 2 && (piece_is(doc, at, "from") || piece_is(doc, at, "on"));
    if (!point_read(anchor, at, &start) || start.kind > WHEN_CLOCK)
        return false;
    struct point from = start.from;
    if (start.yearless && start.kind == WHEN_DAYS && from.day < anchor->today)
        from.day = next_one(anchor, from.day);
    if (start.kind == WHEN_CLOCK) {
        struct point to = moved(length, (struct point){0, from.second}, 1);
        *out = when_span(first, start.end, from, (struct point){NO_DAY, to.second});
    } else {
        *out = when_span(joint < 2 && with_for ? first + 1 : first, start.end, from,
                         moved(length, from, 1));
    }
    return true;
}

/* next five days, the last 3 months and 2 weeks, past two quarters */
static bool stretch(const struct anchor *anchor, const struct length *length, size_t first,
                    int sign, struct when *out)
{
    int unit = length->terms[0].unit;
    struct point now = {anchor->today, is_short(length) ? anchor->second : NO_SECOND};
    if (length->business) {
        int left = (int)length->terms[0].value;
        int32_t day = anchor->today + 1, from = day;
        if (left > 1000 || sign < 0)
            return false;
        for (; left > 0; day++)
            left -= calendar_weekday(day) < 6;
        *out = when_span(first, length->end, (struct point){from, NO_SECOND},
                         (struct point){day, NO_SECOND});
        return true;
    }
    if (length->count == 1 && (unit == GRAIN_QUARTER || unit == GRAIN_DECADE)) {
        struct civil date = calendar_date(anchor->today);
        int months = unit == GRAIN_QUARTER ? 3 : 120;
        int32_t start = unit == GRAIN_QUARTER
                            ? calendar_day(date.year, (date.month - 1) / 3 * 3 + 1, 1)
                            : calendar_day(date.year / 10 * 10, 1, 1);
        int count = (int)length->terms[0].value * months;
        now.day = sign > 0 ? calendar_add_months(start, months) : start;
        int32_t other = calendar_add_months(now.day, sign * count);
        *out = when_span(first, length->end, (struct point){sign > 0 ? now.day : other, NO_SECOND},
                         (struct point){sign > 0 ? other : now.day, NO_SECOND});
        return true;
    }
    if (sign > 0 && now.second == NO_SECOND)
        now.day++;
    struct point other = moved(length, now, sign);
    if (other.day == NO_DAY)
        return false;
    *out = sign > 0 ? when_span(first, length->end, now, other)
                    : when_span(first, length->end, other, now);
    return true;
}

/* "next two days" and "5 upcoming years" */
static bool relative_stretch(const struct anchor *anchor, size_t at, struct when *out)
{
    const struct doc *doc = anchor->doc;
    struct length length;
    int relative, unit, count;
    size_t end, next, start = at + piece_is(doc, at, "the");
    if (!anchor->known)
        return false;
    if (date_word(doc, start, DATE_RELATIVE, false, &relative, &end) && piece_goes_on(doc, end) &&
        (relative == 1 || relative == -1) && !piece_is(doc, end, "a") &&
        !piece_is(doc, end, "an") && terms_at(anchor, end, &length)) {
        size_t first = start > at && length.terms[0].unit == GRAIN_DECADE ? at : start;
        return (start == at || first == at) && stretch(anchor, &length, first, relative, out);
    }
    if (start > at || !date_number(doc, at, 999, &count, &end) ||
        !date_word(doc, end, DATE_RELATIVE, false, &relative, &next) ||
        (relative != 1 && relative != -1) || !date_word(doc, next, DATE_UNIT, false, &unit, &end))
        return false;
    length = (struct length){.count = 1, .first = at, .end = end};
    length.terms[0].value = count;
    length.terms[0].unit = unit;
    return stretch(anchor, &length, at, relative, out);
}

/* within 2 hours, within the next day and 5 hours */
static bool within(const struct anchor *anchor, size_t at, struct when *out)
{
    const struct doc *doc = anchor->doc;
    struct length length;
    size_t next = at + 1;
    int unit;
    if (!anchor->known || !piece_is(doc, at, "within"))
        return false;
    next += piece_is(doc, next, "the");
    bool one = piece_is(doc, next, "next");
    next += one;
    if (one && date_word(doc, next, DATE_UNIT, false, &unit, &length.end)) {
        size_t end = length.end;
        length = (struct length){.first = next, .end = end, .count = 1};
        length.terms[0].value = 1;
        length.terms[0].unit = unit;
        struct length more;
        if (piece_is(doc, end, "and") && terms_at(anchor, end + 1, &more) && more.count == 1) {
            length.terms[length.count++] = more.terms[0];
            length.end = more.end;
        }
    } else if (!terms_at(anchor, next, &length)) {
        return false;
    }
    struct point now = today_of(anchor, &length);
    *out = when_span(at, length.end, now, moved(&length, now, 1));
    return out->to.day != NO_DAY;
}

/* A weekday before: Monday two weeks from now. And behind: 3 weeks after Christmas on Friday. */
static bool with_weekday(const struct anchor *anchor, size_t at, struct when *out)
{
    const struct doc *doc = anchor->doc;
    struct length length;
    int weekday;
    size_t end;
    if (!anchor->known || !date_word(doc, at, DATE_WEEKDAY, false, &weekday, &end))
        return false;
    size_t next = end + piece_is_sign(doc, end, ',');
    if (!piece_goes_on(doc, next) || !terms_at(anchor, next, &length) ||
        !ago_or_later(anchor, &length, at, out))
        return false;
    int32_t day = calendar_monday(out->from.day) + weekday - 1;
    *out = when_day(at, out->end, day);
    return true;
}

static void weekday_behind(const struct anchor *anchor, struct when *out)
{
    int weekday;
    size_t end;
    if (out->kind != WHEN_DAYS || !piece_is(anchor->doc, out->end, "on") ||
        !date_word(anchor->doc, out->end + 1, DATE_WEEKDAY, false, &weekday, &end))
        return;
    *out = when_day(out->first, end, calendar_monday(out->from.day) + weekday - 1);
}

/* all week, all day */
static bool all_of(const struct doc *doc, size_t at, struct when *out)
{
    int unit;
    size_t end;
    if (!piece_is(doc, at, "all") || !date_word(doc, at + 1, DATE_UNIT, false, &unit, &end) ||
        (unit != GRAIN_DAY && unit != GRAIN_WEEK && unit != GRAIN_YEAR) ||
        doc->text.data[piece_at(doc, at + 1)->to - 1] == 's')
        return false;
    *out = (struct when){.first = at, .end = end, .kind = WHEN_DURATION, .confidence = 0.7};
    (void)snprintf(out->iso, sizeof out->iso, "P1%c",
                   unit == GRAIN_DAY    ? 'D'
                   : unit == GRAIN_WEEK ? 'W'
                                        : 'Y');
    return true;
}

static bool plain(const struct doc *doc, const struct length *length, size_t at, struct when *out)
{
    bool article = piece_is(doc, at, "a") || piece_is(doc, at, "an");
    int unit = length->terms[0].unit;
    if (article && length->count == 1 && length->end == at + 2 &&
        (unit == GRAIN_SECOND || unit == GRAIN_QUARTER || !piece_is(doc, at - (at > 0), "for")))
        return false; /* a second wave, twice a week */
    if (unit == GRAIN_QUARTER && !(at > 0 && piece_is(doc, at - 1, "for")))
        return false; /* three quarters of them */
    *out = (struct when){.first = at,
                         .end = length->end,
                         .kind = WHEN_DURATION,
                         .grain = GRAIN_MANY,
                         .confidence = 0.9};
    write_length(length, out->iso, sizeof out->iso);
    return true;
}

static bool read_length(const struct anchor *anchor, size_t at, struct when *out)
{
    static const char compared[][PIECE_TEXT] = {"more", "less", ""};
    const struct doc *doc = anchor->doc;
    struct length length;
    if (relative_stretch(anchor, at, out) || within(anchor, at, out) ||
        with_weekday(anchor, at, out) || all_of(doc, at, out))
        return true;
    if (at > 0 && piece_is(doc, at, "in") && piece_is(doc, at - 1, "time"))
        return false; /* for the first time in 125 years */
    bool with_in = piece_is(doc, at, "in"), with_for = piece_is(doc, at, "for");
    bool than = date_one_of(doc, at, compared) >= 0 && piece_is(doc, at + 1, "than");
    size_t start = at + (with_in || with_for ? 1 : than ? 2 : 0);
    if ((start > at && !piece_goes_on(doc, start)) || !terms_at(anchor, start, &length))
        return false;
    if (anchor->known) {
        if (ago_or_later(anchor, &length, start, out))
            return start == at;
        if (starting(anchor, &length, at, out))
            return true;
        if (!with_for && from_a_day(anchor, &length, at, out)) {
            weekday_behind(anchor, out);
            /* "in two days from today": "in" is no part of it, but is of "in two years since" */
            out->first += with_in && piece_is(doc, length.end, "from");
            return true;
        }
        if (with_in)
            return shifted(&length, at, length.end, today_of(anchor, &length), 1, out);
    }
    if (with_in || with_for || !plain(doc, &length, start, out))
        return false;
    out->first = at;
    return true;
}

bool length_read(const struct anchor *anchor, size_t at, struct when *out)
{
    return date_begins(anchor, at, BEGINS_LENGTH) && piece_at(anchor->doc, at)->hints & HINT_UNIT &&
           date_remembered(anchor, MEMORY_LENGTH, read_length, at, out);
}
