/* One point: a day, a time, a day with its time, or a stretch that is named. */
#include "worker/analysis/dates/when.h"

#define HALF_DAY (DAY_SECONDS / 2)

/* What may stand between a day and a time. */
static size_t over_at(const struct doc *doc, size_t at)
{
    static const char words[][PIECE_TEXT] = {"at", "for", "around", ""};
    if (piece_is(doc, at, "t") && date_joined(doc, at) && date_joined(doc, at + 1))
        return at + 1; /* 2018-06-12T09:30 */
    if (piece_is_sign(doc, at, ',') || piece_is_sign(doc, at, '@') ||
        (piece_is_sign(doc, at, '-') && date_joined(doc, at)))
        at++;
    int word = date_one_of(doc, at, words);
    return at + (word == 0 || word == 1);
}

/* The time in the part of the day: 8 in last night is 20. */
static int32_t in_part(const struct when *time, int part)
{
    int32_t from, to;
    const char *code;
    if (!time->halves || part == 0)
        return time->from.second;
    part_hours(part, &from, &to, &code);
    return time->from.second < HALF_DAY && from >= HALF_DAY ? time->from.second + HALF_DAY
                                                            : time->from.second;
}

static void set_moment(struct when *out, size_t first, size_t end, int32_t day, int32_t second,
                       const struct when *time)
{
    *out = (struct when){.first = first,
                         .end = end,
                         .kind = WHEN_MOMENT,
                         .grain = time->grain,
                         .from = {day, second},
                         .halves = time->halves,
                         .confidence = 0.9};
}

/* A clock behind a day: tomorrow 8:00am, Sat at 5, last night at 8, mar4 night. */
bool moment_behind(const struct anchor *anchor, const struct when *day, struct when *out)
{
    const struct doc *doc = anchor->doc;
    struct when time;
    size_t next = over_at(doc, day->end);
    if (!piece_goes_on(doc, day->end) || !piece_goes_on(doc, next) ||
        !clock_read(anchor, next, &time))
        return false;
    bool at = (next > day->end && !piece_is(doc, next - 1, "for") &&
               !piece_is_sign(doc, next - 1, ',')) ||
              piece_is(doc, next, "around");
    if (time.bare && !at && piece_at(doc, next)->kind == PIECE_DIGITS)
        return false;
    if (time.bare && piece_at(doc, next)->kind != PIECE_DIGITS && !at && time.grain != GRAIN_MINUTE)
        return false;
    if (time.kind == WHEN_PART) {
        if (day->kind == WHEN_PART)
            return false;
        *out = time;
        out->first = day->first;
        out->from.day = day->from.day;
        out->confidence = day->confidence;
        return true;
    }
    set_moment(out, day->first, time.end, day->from.day,
               in_part(&time, day->kind == WHEN_PART ? day->part : 0), &time);
    return true;
}

/* A day behind a clock: 9am on Tuesday, five-thirty tomorrow evening, 8am this morning. */
static bool day_behind(const struct anchor *anchor, const struct when *time, struct when *out)
{
    static const char words[][PIECE_TEXT] = {"on", "of", "for", ""};
    const struct doc *doc = anchor->doc;
    struct when day;
    size_t zone = time->end + (piece_at(doc, time->end)->class == DATE_ZONE); /* 7pm EST on … */
    size_t next = zone + (date_one_of(doc, zone, words) >= 0 || piece_is_sign(doc, zone, ','));
    if (!piece_goes_on(doc, time->end) || !piece_goes_on(doc, next) ||
        (time->bare && next == time->end && time->grain != GRAIN_MINUTE))
        return false;
    if (!part_read(anchor, next, &day) &&
        (!day_read(anchor, next, &day) || !when_is_day(&day) || day.bare))
        return false;
    int32_t second = in_part(time, day.kind == WHEN_PART ? day.part : 0);
    set_moment(out, time->first, day.end, day.from.day, second, time);
    if (time->kind == WHEN_PART) {
        *out = *time;
        out->end = day.end;
        out->from.day = day.from.day;
        return day.kind == WHEN_DAYS;
    }
    return true;
}

/* "at 6.45": with a stop, the time needs its "at" and keeps it. */
static bool at_clock(const struct anchor *anchor, size_t at, struct when *out)
{
    const struct doc *doc = anchor->doc;
    bool word = piece_is(doc, at, "at");
    size_t start = at + word;
    if (!clock_read(anchor, start, out))
        return false;
    bool stop = word && piece_at(doc, start)->kind == PIECE_DIGITS &&
                piece_is_sign(doc, start + 1, '.') && date_joined(doc, start + 1) &&
                piece_at(doc, start + 2)->kind == PIECE_DIGITS;
    if (word && !stop)
        return false;
    out->first = at;
    out->bare = out->bare && !stop;
    return true;
}

/* end of the day, the eod, end of this sunday, the end of today */
static bool end_of_day(const struct anchor *anchor, size_t at, struct when *out)
{
    const struct doc *doc = anchor->doc;
    struct when day;
    size_t start = at + piece_is(doc, at, "the");
    if (!anchor->known)
        return false;
    if (piece_is(doc, start, "eod")) {
        day = when_day(at, start + 1, anchor->today);
    } else {
        if (!piece_is(doc, start, "end") || !piece_is(doc, start + 1, "of") ||
            !day_read(anchor, start + 2, &day) || !when_is_day(&day))
            return false;
    }
    set_moment(out, at, day.end, day.from.day, DAY_SECONDS - 1, &day);
    return true;
}

/* mid today, later in today */
static bool part_of_today(const struct anchor *anchor, size_t at, struct when *out)
{
    static const char words[][PIECE_TEXT] = {"mid", "later", "earlier", "early", "late", ""};
    size_t next = at + 1;
    if (date_one_of(anchor->doc, at, words) < 0)
        return false;
    next += piece_is(anchor->doc, next, "in");
    if (piece_is(anchor->doc, next, "the") || !day_read(anchor, next, out) || out->end != next + 1)
        return false;
    out->first = at;
    return true;
}

static bool now_at(const struct anchor *anchor, size_t at, struct when *out)
{
    static const char before[][PIECE_TEXT] = {"at", "right", "just", ""};
    static const char nouns[][PIECE_TEXT] = {"moment", "minute", "present", ""};
    const struct doc *doc = anchor->doc;
    int value;
    size_t end;
    int word = date_one_of(doc, at, before);
    if (date_word(doc, at + (word > 0), DATE_NOW, false, &value, &end)) {
        word = 0;
    } else {
        size_t noun = at + 1 + piece_is(doc, at + 1, "the");
        if (word != 0 || date_one_of(doc, noun, nouns) < 0)
            return false;
        end = noun + 1;
    }
    *out = (struct when){.first = at,
                         .end = end,
                         .kind = WHEN_NOW,
                         .from = {anchor->today, anchor->second},
                         .confidence = 0.7};
    return true;
}

bool point_read(const struct anchor *anchor, size_t at, struct when *out)
{
    struct when one, other;
    bool found = false;
    bool day = part_read(anchor, at, &one);
    if (day)
        found = when_longest(out, found, &one);
    if (day_read(anchor, at, &other) && (!day || other.end > one.end)) {
        one = other;
        day = true;
        found = when_longest(out, found, &one);
    }
    if (day && (one.kind == WHEN_PART || (when_is_day(&one) && !one.bare && !one.named)) &&
        moment_behind(anchor, &one, &other)) {
        found = when_longest(out, found, &other);
        struct when more;
        /* Monday morning at 10 */
        if (other.kind == WHEN_PART && moment_behind(anchor, &other, &more))
            found = when_longest(out, found, &more);
    }
    if (date_begins(anchor, at, BEGINS_CLOCK | BEGINS_POINT) && at_clock(anchor, at, &one)) {
        if (day_behind(anchor, &one, &other))
            found = when_longest(out, found, &other);
        found = when_longest(out, found, &one);
    }
    if (period_read(anchor, at, &one))
        found = when_longest(out, found, &one);
    if (date_begins(anchor, at, BEGINS_POINT) &&
        (end_of_day(anchor, at, &one) || part_of_today(anchor, at, &one) ||
         now_at(anchor, at, &one)))
        found = when_longest(out, found, &one);
    return found;
}
