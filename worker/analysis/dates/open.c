/* Stretches with one end: since 1945, before May, 3 pm or later. And the longest date of all kinds.
 */
#include "worker/analysis/dates/when.h"

#define SURE_ENOUGH 0.55 /* "the day" is less */

static void open_from(struct when *out, struct point point)
{
    out->kind = WHEN_SINCE;
    out->from = point;
}

/* The first day behind a stretch. */
static struct point behind_of(const struct when *when)
{
    if (when->kind == WHEN_DAYS && when->side == 2 && when->grain == GRAIN_MONTH)
        return (struct point){when->from.day + 20, NO_SECOND};
    if (when->kind == WHEN_DAYS && when->grain > GRAIN_DAY)
        return when->to;
    return when->from;
}

/* "or later", "and after", "or earlier" behind a date. */
static bool open_behind(const struct anchor *anchor, const struct when *point, struct when *out)
{
    static const char joints[][PIECE_TEXT] = {"or", "and", ""};
    static const char sides[][PIECE_TEXT] = {"later",  "after",   "greater", "onwards",
                                             "beyond", "earlier", "before",  ""};
    const struct doc *doc = anchor->doc;
    struct when more;
    if (point->bare)
        return false;
    *out = *point;
    size_t joint = out->end;
    int side = date_one_of(doc, joint + 1, sides);
    if (date_one_of(doc, joint, joints) < 0 || side < 0 || !piece_goes_on(doc, joint))
        return false;
    bool ends = !piece_goes_on(doc, joint + 2) || piece_at(doc, joint + 2)->kind == PIECE_SIGN ||
                piece_is(doc, joint + 2, "on");
    if (!ends)
        return false;
    out->end = joint + 2;
    if (out->kind == WHEN_CLOCK && piece_is(doc, out->end, "on") &&
        day_read(anchor, out->end + 1, &more)) {
        out->from.day = more.from.day;
        out->end = more.end;
    }
    if (side < 5) {
        open_from(out, out->from);
    } else {
        out->to = out->from;
        out->kind = WHEN_UNTIL;
    }
    return true;
}

static bool open_word(const struct doc *doc, size_t at, int *kind, size_t *end)
{
    static const char words[][PIECE_TEXT] = {"since", "after", "before",   "until",
                                             "till",  "by",    "starting", "beginning",
                                             "later", "til",   "as",       ""};
    *kind = date_one_of(doc, at, words);
    *end = at + 1;
    if (*kind == 8) {
        (*end)++;
        return piece_is(doc, at + 1, "than");
    }
    if (*kind == 10) {
        *kind = 6;
        *end += 2;
        return piece_is(doc, at + 1, "early") && piece_is(doc, at + 2, "as");
    }
    if (*kind == 6 || *kind == 7)
        *end += piece_is(doc, at + 1, "on") || piece_is(doc, at + 1, "from");
    return *kind >= 0;
}

/* after breakfast */
static bool meal(const struct when *when)
{
    return when->kind == WHEN_PART && when->from.day == NO_DAY;
}

static bool open_range(const struct anchor *anchor, size_t at, struct when *out)
{
    const struct doc *doc = anchor->doc;
    int kind;
    size_t next;
    if (!date_begins(anchor, at, BEGINS_OPEN) || !open_word(doc, at, &kind, &next))
        return false;
    if (kind == 4 && piece_is(doc, next, "date") && anchor->known) {
        *out = (struct when){.kind = WHEN_NOW, .confidence = 0.8, .first = at, .end = next + 1};
        return true;
    }
    if (!piece_goes_on(doc, next))
        return false;
    size_t skip = next + piece_is(doc, next, "the");
    if (!(skip > next && period_read(anchor, skip, out) &&
          (out->side || out->grain == GRAIN_YEAR || out->kind == WHEN_DAYS)) &&
        !point_read(anchor, next, out))
        return false;
    if (meal(out) || out->kind == WHEN_NOW || out->bare || out->kind == WHEN_CODE ||
        out->kind == WHEN_DURATION) {
        out->first = at;
        return meal(out) && kind == 1 && out->part > 4;
    }
    if (when_is_day(out) && out->confidence < SURE_ENOUGH)
        return false; /* until the day that … */
    if (kind == 5 && !(out->kind == WHEN_DAYS && out->side == 3))
        return false; /* by Monday is Monday */
    out->first = at;
    if (kind == 1 || kind == 8) {
        open_from(out, behind_of(out));
    } else if (kind == 0 || kind == 6 || kind == 7) {
        struct point from = out->from;
        if (out->kind == WHEN_DAYS && out->side == 3 && out->grain == GRAIN_YEAR)
            from.day = calendar_add_months(from.day, 8);
        if (out->kind == WHEN_DAYS && out->yearless && from.day > anchor->today && kind == 0)
            from.day = calendar_add_months(from.day, -12);
        open_from(out, from);
    } else {
        out->to = out->kind == WHEN_DAYS && out->side == 3 ? out->to : out->from;
        out->kind = WHEN_UNTIL;
    }
    return true;
}

/* A day with "before 5pm" behind it. */
static bool day_and_open_time(const struct anchor *anchor, size_t at, struct when *out)
{
    struct when day;
    if (!day_read(anchor, at, &day) || !when_is_day(&day) || day.bare ||
        !open_range(anchor, day.end, out) || out->from.second == NO_SECOND ||
        out->from.day != NO_DAY)
        return false;
    out->first = at;
    out->from.day = out->to.day = day.from.day;
    return true;
}

/* A year with more digits behind a hyphen is part of a number of something. */
static bool goes_on_in_digits(const struct doc *doc, const struct when *when)
{
    size_t end = when->end;
    return (when->kind == WHEN_SPAN || when->grain == GRAIN_YEAR) && date_joined(doc, end) &&
           piece_at(doc, end - 1)->kind == PIECE_DIGITS && date_joined(doc, end + 1) &&
           piece_is_sign(doc, end, '-') && piece_at(doc, end + 1)->kind == PIECE_DIGITS;
}

/* 18 and 19 June: the number alone, its month stands behind the next one. */
static bool listed_day(const struct anchor *anchor, size_t at, struct when *out)
{
    static const char joints[][PIECE_TEXT] = {"and", "or", ""};
    const struct doc *doc = anchor->doc;
    struct when next;
    int day;
    size_t end;
    if (piece_at(doc, at)->kind != PIECE_DIGITS || !date_starts_clean(anchor, at) ||
        (!date_ordinal(doc, at, 31, &day, &end) && !date_number(doc, at, 31, &day, &end)) ||
        date_one_of(doc, end, joints) < 0 || piece_at(doc, end + 1)->kind != PIECE_DIGITS ||
        !day_read(anchor, end + 1, &next) || !when_is_day(&next) || next.end < end + 3 || next.bare)
        return false;
    struct civil date = calendar_date(next.from.day);
    if (day < 1 || !calendar_is_date(date.year, date.month, day) || day >= date.day)
        return false;
    *out = when_day(at, end, calendar_day(date.year, date.month, day));
    return true;
}

bool when_read(const struct anchor *anchor, size_t at, struct when *out)
{
    static bool (*const readers[])(const struct anchor *, size_t, struct when *) = {
        times_range_read, listed_day, open_range, day_and_open_time};
    struct when point, moment, one;
    bool found = false, pointed = point_read(anchor, at, &point);
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
        if (readers[i](anchor, at, &one) && !one.bare)
            found = when_longest(out, found, &one);
    if (length_read(anchor, at, &one)) {
        if (!one.bare)
            found = when_longest(out, found, &one);
        if (when_is_day(&one) && moment_behind(anchor, &one, &moment))
            found = when_longest(out, found, &moment); /* two days ago at 5pm */
    }
    if (days_range_read(anchor, at, pointed ? &point : NULL, &one) && !one.bare)
        found = when_longest(out, found, &one);
    if (pointed && open_behind(anchor, &point, &one))
        found = when_longest(out, found, &one);
    if (pointed && !point.bare)
        found = when_longest(out, found, &point);
    return found && !goes_on_in_digits(anchor->doc, out);
}
