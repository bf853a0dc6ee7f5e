/* Stretches with two ends: from 3 to 5 pm on Monday, between May and July, 9 to 12 June, 2014-2018.
 */
#include <stdlib.h>

#include "worker/analysis/dates/when.h"

#define HALF_DAY    (DAY_SECONDS / 2)
#define SURE_ENOUGH 0.55 /* for the beginning of a stretch */

static size_t over_separator(const struct doc *doc, size_t at, bool between)
{
    static const char words[][PIECE_TEXT] = {"to", "until", "till", "through", "thru", "til", ""};
    const struct doc_piece *piece = piece_at(doc, at);
    if (piece->kind == PIECE_SIGN && piece_goes_on(doc, at) &&
        (piece->sign == '-' || piece->sign == 0x2013 || piece->sign == 0x2014 ||
         piece->sign == '~'))
        return at + 1;
    if (date_one_of(doc, at, words) >= 0 || (between && piece_is(doc, at, "and")))
        return at + 1;
    return at;
}

/* Where a stretch ends that a date begins or, for its end, stops. */
static struct point edge(const struct when *when)
{
    if (when->kind == WHEN_DAYS && when->side == 3)
        return when->to;
    if (when->kind == WHEN_DAYS && when->side == 2)
        return (struct point){when->from.day + (when->grain == GRAIN_MONTH
                                                    ? 15
                                                    : (when->to.day - when->from.day) / 2),
                              NO_SECOND};
    return when->from;
}

/* A time that only its neighbour makes sure: 3-8pm, 8am-3, 10:30 to 3. */
static void settle_times(struct when *from, struct when *to)
{
    int32_t a = from->from.second, b = to->from.second;
    if (from->halves && !to->halves && a <= HALF_DAY) {
        if (b >= HALF_DAY && a % HALF_DAY < b % HALF_DAY)
            a = a % HALF_DAY + HALF_DAY;
    } else if (to->halves && b <= a && b + HALF_DAY > a && b < HALF_DAY) {
        b += HALF_DAY;
    } else if (!to->halves && b == 0) {
        b = HALF_DAY; /* until 12am, as people write noon */
    }
    from->from.second = a;
    to->from.second = b;
}

/* Two times of the day with a separator; an hour alone is enough for one of them. */
static bool times(const struct anchor *anchor, size_t at, struct when *out)
{
    static const char before[][PIECE_TEXT] = {"from", "between", "at", ""};
    const struct doc *doc = anchor->doc;
    struct when from, to;
    int word = date_one_of(doc, at, before);
    size_t start = at + (word >= 0);
    if (!clock_read(anchor, start, &from) || from.kind != WHEN_CLOCK)
        return false;
    size_t next = over_separator(doc, from.end, word == 1);
    struct anchor inside = *anchor;
    inside.end_at = next;
    if (next == from.end || !clock_read(&inside, next, &to) || to.kind != WHEN_CLOCK)
        return false;
    settle_times(&from, &to);
    *out = when_span(word == 2 ? start : at, to.end, from.from, to.from);
    bool words = from.grain == GRAIN_MINUTE && to.grain == GRAIN_MINUTE;
    out->bare = from.bare && to.bare && !(word >= 0 && words);
    out->halves = from.halves && to.halves;
    return true;
}

/* from 9 for 2.5 hrs */
static bool time_and_length(const struct anchor *anchor, size_t at, struct when *out)
{
    const struct doc *doc = anchor->doc;
    struct when from, length;
    double hours;
    if (!piece_is(doc, at, "from") || !clock_read(anchor, at + 1, &from) ||
        from.kind != WHEN_CLOCK || !piece_is(doc, from.end, "for") ||
        !length_read(anchor, from.end + 1, &length) || length.kind != WHEN_DURATION)
        return false;
    char *rest = length.iso + 2;
    if (length.iso[1] != 'T' || (hours = strtod(rest, &rest)) <= 0 || hours > 24)
        return false;
    int32_t seconds = (int32_t)(hours * (*rest == 'H' ? 3600 : 60));
    *out = when_span(at, length.end, from.from,
                     (struct point){NO_DAY, (from.from.second + seconds) % DAY_SECONDS});
    return true;
}

static void on_day(struct when *span, int32_t day, int part)
{
    int32_t a = span->from.second, b = span->to.second, from, to;
    const char *code;
    part_hours(part, &from, &to, &code);
    if (span->halves && part && from >= HALF_DAY && a < HALF_DAY) {
        a += HALF_DAY;
        b += b < HALF_DAY ? HALF_DAY : 0;
    }
    span->from = (struct point){day, a};
    span->to = (struct point){b <= a ? day + 1 : day, b};
    span->bare = false;
}

/* The day behind a stretch of time: 5 to 6pm | of April 22. */
static bool day_of_times(const struct anchor *anchor, struct when *out)
{
    static const char words[][PIECE_TEXT] = {"on", "of", ""};
    const struct doc *doc = anchor->doc;
    struct when day;
    size_t next = out->end + (date_one_of(doc, out->end, words) >= 0);
    if (!piece_goes_on(doc, out->end) || !piece_goes_on(doc, next))
        return false;
    bool numeric = next > out->end && numeric_read(anchor, next, &day) && when_is_day(&day);
    if (!numeric && !part_read(anchor, next, &day) &&
        !(day_read(anchor, next, &day) && when_is_day(&day) && !day.bare))
        return false;
    on_day(out, day.from.day, day.kind == WHEN_PART ? day.part : 0);
    out->end = day.end;
    return true;
}

/* The day, or the part of one, that times may follow: Monday morning | from 10am to 12pm. */
static bool day_before_times(const struct anchor *anchor, size_t at, struct when *day)
{
    struct when part;
    if (part_read(anchor, at, day))
        return true;
    if (!day_read(anchor, at, day) || !when_is_day(day))
        return false;
    if (moment_behind(anchor, day, &part) && part.kind == WHEN_PART)
        *day = part;
    return true;
}

bool times_range_read(const struct anchor *anchor, size_t at, struct when *out)
{
    const struct doc *doc = anchor->doc;
    struct when day;
    if (!date_begins(anchor, at, BEGINS_RANGE | BEGINS_CLOCK | BEGINS_DAY | BEGINS_PART))
        return false;
    if (times(anchor, at, out) || time_and_length(anchor, at, out))
        return day_of_times(anchor, out) || !out->bare;
    if (!day_before_times(anchor, at, &day))
        return false;
    size_t next = day.end + piece_is_sign(doc, day.end, ',');
    if (!piece_goes_on(doc, next) ||
        !(times(anchor, next, out) || time_and_length(anchor, next, out)))
        return false;
    if (day.bare && out->bare && out->first == next && !piece_is(doc, next, "at"))
        return false; /* 6/4 9-4 */
    on_day(out, day.from.day, day.kind == WHEN_PART ? day.part : 0);
    out->first = at;
    return true;
}

/* A day or month without what the other end says: "9 to 12 of June", "November 19-20". */
static bool partial_days(const struct anchor *anchor, size_t at, size_t start, bool between,
                         struct when *out)
{
    const struct doc *doc = anchor->doc;
    struct when from, to;
    int day;
    size_t end;
    size_t number = start + piece_is(doc, start, "the");
    if ((date_ordinal(doc, number, 31, &day, &end) ||
         (date_number(doc, number, 31, &day, &end) &&
          piece_at(doc, number)->kind == PIECE_DIGITS)) &&
        day > 0 && date_starts_clean(anchor, number)) {
        size_t next = over_separator(doc, end, between);
        struct anchor inside = *anchor;
        inside.end_at = next;
        if (next > end && day_read(&inside, next, &to) && when_is_day(&to) && !to.bare &&
            to.end > next + 1) {
            struct civil date = calendar_date(to.from.day);
            if (calendar_is_date(date.year, date.month, day) && day < date.day) {
                *out = when_span(
                    at, to.end, (struct point){calendar_day(date.year, date.month, day), NO_SECOND},
                    to.from);
                return true;
            }
        }
    }
    if (!day_read(anchor, start, &from) || !when_is_day(&from) || from.bare)
        return false;
    size_t next = over_separator(doc, from.end, between);
    if (next == from.end)
        return false;
    next += piece_is(doc, next, "the");
    bool ordinal = date_ordinal(doc, next, 31, &day, &end);
    if (!ordinal && (!date_number(doc, next, 31, &day, &end) || day < 1 ||
                     piece_at(doc, next)->kind != PIECE_DIGITS))
        return false;
    struct civil date = calendar_date(from.from.day);
    const struct doc_piece *sign = piece_at(doc, end);
    if (!ordinal && date_joined(doc, end) && date_joined(doc, end + 1) &&
        (sign->sign == '/' || sign->sign == '-' || sign->sign == ':' || sign->sign == '.') &&
        piece_at(doc, end + 1)->kind != PIECE_SIGN)
        return false; /* the first part of another date */
    if (!ordinal &&
        (day <= date.day || date_word(doc, start, DATE_WEEKDAY, true, &(int){0}, &(size_t){0})))
        return false;
    int month = date.month + (day <= date.day), year = date.year + month / 13;
    month = month > 12 ? 1 : month;
    if (!calendar_is_date(year, month, day))
        return false;
    size_t behind;
    int stated;
    if (piece_is_sign(doc, end, ',') && date_year(doc, end + 1, false, &stated, &behind) &&
        from.yearless) { /* May 5-7, 2020 */
        end = behind;
        year += stated - date.year;
        date.year = stated;
    }
    *out =
        when_span(at, end, (struct point){calendar_day(date.year, date.month, date.day), NO_SECOND},
                  (struct point){calendar_day(year, month, day), NO_SECOND});
    return true;
}

/* The end is not before the beginning; a year that one of them states is the other's too. */
static void agree(struct when *from, struct when *to)
{
    for (int i = 0; i < 2; i++) {
        struct when *open = i ? to : from;
        const struct when *stated = i ? from : to;
        if (!open->yearless || stated->yearless || stated->kind != WHEN_DAYS ||
            stated->grain > GRAIN_MONTH)
            continue;
        struct civil date = calendar_date(open->from.day), other = calendar_date(stated->from.day);
        int32_t length = open->to.day - open->from.day;
        open->from.day = calendar_day(other.year, date.month, date.day);
        if (i == 0 && open->from.day > stated->from.day)
            open->from.day = calendar_day(other.year - 1, date.month, date.day);
        open->to.day = open->from.day + length;
    }
    if (to->yearless && to->from.day < from->from.day && from->from.day - to->from.day < 7 &&
        to->grain == GRAIN_DAY) {
        to->from.day += 7; /* from Monday to Friday */
        to->to.day += 7;
    } else if (to->yearless && to->from.day < from->from.day) {
        struct civil date = calendar_date(to->from.day);
        int32_t length = to->to.day - to->from.day;
        to->from.day = calendar_day(date.year + 1, date.month, date.day);
        to->to.day = to->from.day + length;
    }
}

/* A stretch without years that today lies in is this one, not the next. */
static void back_a_year(const struct anchor *anchor, struct when *from, struct when *to)
{
    int32_t start = calendar_add_months(from->from.day, -12);
    int32_t end = calendar_add_months(to->to.day, -12);
    if (start > anchor->today || end < anchor->today)
        return;
    from->from.day = start;
    from->to.day = calendar_add_months(from->to.day, -12);
    to->from.day = calendar_add_months(to->from.day, -12);
    to->to.day = end;
}

static bool end_point(const struct anchor *given, size_t at, struct when *out)
{
    const struct anchor inside = {.doc = given->doc,
                                  .known = given->known,
                                  .today = given->today,
                                  .second = given->second,
                                  .end_at = at},
                        *anchor = &inside;
    size_t start = at + piece_is(anchor->doc, at, "the");
    if (start > at && period_read(anchor, start, out) && out->side)
        return true;
    if (!point_read(anchor, at, out))
        return length_read(anchor, at, out) && out->kind <= WHEN_MOMENT;
    struct when later;
    if (length_read(anchor, at, &later) && later.kind <= WHEN_MOMENT && later.end > out->end)
        *out = later;
    return out->kind <= WHEN_CLOCK || out->kind == WHEN_NOW;
}

/* The beginning takes its day from the end, or the end from the beginning. */
static bool share_day(struct when *from, struct when *to, const struct anchor *anchor)
{
    bool now = from->kind == WHEN_NOW || to->kind == WHEN_NOW;
    if (from->kind == WHEN_CLOCK && to->kind == WHEN_CLOCK)
        return false; /* times() */
    if (from->kind == WHEN_CLOCK || to->kind == WHEN_CLOCK) {
        struct when *clock = from->kind == WHEN_CLOCK ? from : to;
        const struct when *other = clock == from ? to : from;
        if (other->kind != WHEN_MOMENT && !now)
            return false;
        clock->from.day = anchor->today;
        if (clock->halves && now && clock == to && clock->from.second < anchor->second)
            clock->from.second += HALF_DAY;
    }
    return true;
}

/* The beginning without a word before it: `point` is what was read there already. */
static bool first_point(const struct anchor *anchor, size_t at, const struct when *point,
                        struct when *out)
{
    if (point && over_separator(anchor->doc, point->end, false) > point->end) {
        *out = *point;
        return out->kind <= WHEN_CLOCK || out->kind == WHEN_NOW;
    }
    return length_read(anchor, at, out) && out->kind <= WHEN_MOMENT;
}

/* Whether the two are ends of one stretch; `word` is what stood before: from, between, in, none. */
static bool fit(const struct doc *doc, int word, const struct when *from, const struct when *to)
{
    if (from->confidence < SURE_ENOUGH)
        return false; /* in the year to March */
    if (from->bare && !to->bare && to->grain != GRAIN_DAY)
        return false;
    if (word == 2) /* in 2014 through 2018 */
        return from->grain == GRAIN_YEAR && to->grain == GRAIN_YEAR;
    bool sign = piece_at(doc, from->end)->kind == PIECE_SIGN;
    return word >= 0 || !sign || from->kind == to->kind;
}

/* The stretch from one to the other, each completed by the other. */
static bool span_of(const struct anchor *anchor, size_t at, struct when *from, struct when *to,
                    struct when *out)
{
    agree(from, to);
    if (from->yearless && to->yearless && from->kind == WHEN_DAYS && to->kind == WHEN_DAYS &&
        from->from.day > anchor->today)
        back_a_year(anchor, from, to);
    if (!share_day(from, to, anchor))
        return false;
    struct point a = edge(from), b = edge(to);
    if (from->kind == WHEN_DAYS || to->kind == WHEN_DAYS)
        a.second = b.second = NO_SECOND;
    *out = when_span(at, to->end, a, b);
    return a.day <= b.day;
}

bool days_range_read(const struct anchor *anchor, size_t at, const struct when *point,
                     struct when *out)
{
    static const char before[][PIECE_TEXT] = {"from", "between", "in", ""};
    const struct doc *doc = anchor->doc;
    struct when from, to;
    if (!point && !date_begins(anchor, at, BEGINS_RANGE | BEGINS_LENGTH))
        return false;
    int word = date_one_of(doc, at, before);
    size_t start = at + (word >= 0);
    if (!piece_goes_on(doc, start) && start > at)
        return false;
    if (word != 2 && (word >= 0 || point || piece_at(doc, at)->kind == PIECE_DIGITS) &&
        partial_days(anchor, at, start, word == 1, out))
        return true;
    if (word < 0) {
        if (!first_point(anchor, at, point, &from))
            return false;
    } else if (!date_starts_clean(anchor, start) || !end_point(anchor, start, &from)) {
        return false;
    }
    size_t next = over_separator(doc, from.end, word == 1);
    if (next == from.end || !piece_goes_on(doc, next) || !end_point(anchor, next, &to))
        return false;
    return fit(doc, word, &from, &to) && span_of(anchor, at, &from, &to, out);
}
