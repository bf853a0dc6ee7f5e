/* Times of the day and parts of it: 8:30am, five-thirty, ten past 9 in the evening, this morning.
 */
#include "worker/analysis/dates/when.h"

#define HOUR 3600

static const struct {
    const char *code;
    int from, to; /* hours; those of TIMEX3's parts as Recognizers-Text takes them */
} parts[] = {
    {"", 0, 24},   {"MO", 8, 12},   {"AF", 12, 16},  {"EV", 16, 20}, {"NI", 20, 24},
    {"DT", 8, 18}, {"MEL", 11, 13}, {"MED", 16, 20}, {"MEB", 8, 12}, {"NT", 0, 8},
};
#define PART_NIGHT      4
#define PART_MEALS      6
#define PART_NIGHT_TIME 9

void part_hours(int part, int32_t *from, int32_t *to, const char **code)
{
    *from = parts[part].from * HOUR;
    *to = parts[part].to * HOUR;
    *code = parts[part].code;
}

/* am, p.m., "p m", "a . m ."; the last stop only belongs to it where the first one stands too. */
static bool meridiem(const struct doc *doc, size_t at, bool *pm, size_t *end)
{
    static const char whole[][PIECE_TEXT] = {"am", "pm", ""}, first[][PIECE_TEXT] = {"a", "p", ""};
    *end = at + 1;
    int found = date_one_of(doc, at, whole);
    if (found < 0) {
        found = date_one_of(doc, at, first);
        bool stop = piece_is_sign(doc, at + 1, '.');
        *end = at + 2 + stop;
        if (found < 0 || !piece_is(doc, at + 1 + stop, "m") || !piece_goes_on(doc, at + 1))
            return false;
        if (stop && piece_is_sign(doc, *end, '.') && piece_goes_on(doc, *end))
            (*end)++;
    }
    *pm = found == 1;
    return piece_goes_on(doc, at);
}

static bool digits_at(const struct doc *doc, size_t at, size_t most, int *value)
{
    const struct doc_piece *piece = piece_at(doc, at);
    size_t end;
    return piece->kind == PIECE_DIGITS && piece->to - piece->from <= most &&
           date_number(doc, at, 9999, value, &end);
}

/* A time being read. */
struct reading {
    int hour, minute, second;
    bool minutes; /* or seconds are given */
    bool fixed;   /* am or pm, or 24 hours */
    bool bare;    /* an hour alone */
    size_t end;
};

/* 8:30, 8:00:31, 2.30 */
static bool with_colon(const struct doc *doc, size_t at, struct reading *reading)
{
    if (!digits_at(doc, at, 2, &reading->hour) || reading->hour > 24)
        return false;
    uint32_t sign = piece_at(doc, at + 1)->sign;
    if ((sign != ':' && sign != '.') || !date_joined(doc, at + 1) || !date_joined(doc, at + 2) ||
        !digits_at(doc, at + 2, 2, &reading->minute) || reading->minute > 59 ||
        piece_at(doc, at + 2)->to - piece_at(doc, at + 2)->from != 2)
        return false;
    reading->end = at + 3;
    reading->minutes = true;
    reading->bare = sign == '.';
    if (sign == ':' && piece_is_sign(doc, at + 3, ':') && date_joined(doc, at + 3) &&
        digits_at(doc, at + 4, 2, &reading->second) && reading->second < 60)
        reading->end = at + 5;
    bool more = date_joined(doc, reading->end) && date_joined(doc, reading->end + 1) &&
                piece_at(doc, reading->end)->kind == PIECE_SIGN &&
                piece_at(doc, reading->end + 1)->kind == PIECE_DIGITS &&
                !piece_is_sign(doc, reading->end, '-');
    reading->fixed = reading->hour > 12 || reading->hour == 0;
    return !more;
}

/* The minutes in words behind an hour in words: thirty, twenty-seven. */
static void words_minutes(const struct doc *doc, size_t at, struct reading *reading)
{
    size_t next = at + (piece_is_sign(doc, at, '-') && date_joined(doc, at)), end;
    int minute;
    if (!piece_goes_on(doc, at) || piece_at(doc, next)->kind != PIECE_LETTERS ||
        !date_number(doc, next, 59, &minute, &end) || minute < 10)
        return;
    reading->minute = minute;
    reading->minutes = true;
    reading->end = end;
}

/* ten past 9, half past eight, a quarter to nine, 20 min past eight */
static bool past_hour(const struct doc *doc, size_t at, struct reading *reading)
{
    static const char units[][PIECE_TEXT] = {"min", "mins", "minutes", "minute", ""};
    static const char sides[][PIECE_TEXT] = {"past", "to", "after", "before", ""};
    size_t end, start = at + piece_is(doc, at, "a");
    int minute, hour;
    if (piece_is(doc, start, "half") || piece_is(doc, start, "quarter")) {
        minute = piece_is(doc, start, "half") ? 30 : 15;
        end = start + 1;
    } else if (!date_number(doc, at, 59, &minute, &end)) {
        return false;
    }
    bool unit = date_one_of(doc, end, units) >= 0;
    end += unit;
    int side = date_one_of(doc, end, sides);
    if (side < 0 || (side == 1 && !unit && minute != 15) || (side > 1 && !unit) ||
        !date_number(doc, end + 1, 12, &hour, &reading->end))
        return false;
    reading->hour = side % 2 ? (hour > 1 ? hour - 1 : 12) : hour;
    reading->minute = side % 2 ? 60 - minute : minute;
    reading->minutes = true;
    return hour > 0;
}

/* 8am, 1140 a.m., five thirty, eight */
static bool with_hour(const struct doc *doc, size_t at, struct reading *reading)
{
    bool pm;
    size_t behind;
    bool digits = piece_at(doc, at)->kind == PIECE_DIGITS;
    int number;
    if (digits && digits_at(doc, at, 4, &number) && number >= 100) {
        if (number / 100 > 12 || number % 100 > 59 || !meridiem(doc, at + 1, &pm, &behind))
            return false;
        reading->hour = number / 100;
        reading->minute = number % 100;
        reading->minutes = true;
        reading->end = at + 1;
        return true;
    }
    if (!date_number(doc, at, 24, &reading->hour, &reading->end))
        return false;
    reading->bare = true;
    reading->fixed = reading->hour > 12 || reading->hour == 0;
    if (!digits)
        words_minutes(doc, reading->end, reading);
    return true;
}

/* o'clock, oclock */
static size_t over_oclock(const struct doc *doc, size_t at)
{
    if (piece_is(doc, at, "oclock") && piece_goes_on(doc, at))
        return at + 1;
    bool quote = piece_is_sign(doc, at + 1, '\'') || piece_is_sign(doc, at + 1, 0x2019);
    return piece_is(doc, at, "o") && quote && piece_is(doc, at + 2, "clock") ? at + 3 : at;
}

/* A part of the day, with early, late and the rest before it, "in the" too: its row and its end. */
static bool part_at(const struct doc *doc, size_t at, int *part, size_t *end)
{
    static const char before[][PIECE_TEXT] = {"early", "late", "later", "mid", ""};
    size_t next = at + (date_one_of(doc, at, before) >= 0);
    if (piece_is(doc, next, "in") && piece_goes_on(doc, next + 1))
        next += piece_is(doc, next + 1, "the") && piece_goes_on(doc, next + 2) ? 2 : 1;
    if (!date_word(doc, next, DATE_PART, false, part, end) ||
        (next > at && !piece_goes_on(doc, next)))
        return false;
    size_t hyphen = *end;
    if (*part == PART_NIGHT && piece_is_sign(doc, hyphen, '-') &&
        piece_is(doc, hyphen + 1, "time")) {
        *part = PART_NIGHT_TIME;
        *end = hyphen + 2;
    }
    return true;
}

/* An hour in the part of the day that was said: 8 in the evening is 20. */
static void settle(struct reading *reading, int part)
{
    int from = parts[part].from;
    bool late = from >= 12 && !(part == PART_NIGHT && (reading->hour < 5 || reading->hour == 12));
    if (late && reading->hour < 12)
        reading->hour += 12;
    if (!late && reading->hour == 12)
        reading->hour = part == PART_NIGHT ? 0 : reading->hour;
    reading->fixed = true;
    reading->bare = false;
}

static void take_meridiem(struct reading *reading, bool pm, size_t end)
{
    if (reading->hour <= 12)
        reading->hour = reading->hour % 12 + (pm ? 12 : 0);
    reading->fixed = true;
    reading->bare = false;
    reading->end = end;
}

static bool named_hour(const struct doc *doc, size_t at, struct when *out)
{
    int minute;
    size_t end;
    if (piece_is(doc, at, "mid") && piece_is(doc, at + 1, "night")) {
        minute = 0;
        end = at + 2;
    } else if (!date_word(doc, at, DATE_HOUR, false, &minute, &end)) {
        return false;
    }
    *out = (struct when){.first = at,
                         .end = end,
                         .kind = WHEN_CLOCK,
                         .grain = GRAIN_MINUTE,
                         .from = {NO_DAY, minute * 60},
                         .confidence = 0.9};
    return true;
}

static bool read_numbers(const struct anchor *anchor, size_t at, struct reading *reading)
{
    const struct doc *doc = anchor->doc;
    bool pm;
    size_t end;
    int part;
    if (!date_starts_clean(anchor, at))
        return false;
    *reading = (struct reading){.end = at};
    if (!past_hour(doc, at, reading)) {
        *reading = (struct reading){.end = at};
        if (!with_colon(doc, at, reading)) {
            *reading = (struct reading){.end = at};
            if (!with_hour(doc, at, reading))
                return false;
        }
    }
    size_t behind = over_oclock(doc, reading->end);
    if (behind > reading->end) {
        reading->end = behind;
        reading->bare = false;
    }
    size_t stop = reading->end;
    if (piece_is_sign(doc, stop, '.') && date_joined(doc, stop) && date_joined(doc, stop + 1))
        stop++; /* 9.am */
    if (meridiem(doc, stop, &pm, &end) && reading->hour <= 12)
        take_meridiem(reading, pm, end);
    if (piece_goes_on(doc, reading->end) && part_at(doc, reading->end, &part, &end)) {
        if (reading->bare && piece_at(doc, at)->kind == PIECE_LETTERS && end == reading->end + 1)
            return false; /* one morning */
        if (!reading->fixed)
            settle(reading, part);
        reading->bare = false;
        reading->end = end;
    }
    return true;
}

static bool time_at(const struct anchor *anchor, size_t at, struct when *out)
{
    const struct doc *doc = anchor->doc;
    struct reading reading;
    if (named_hour(doc, at, out))
        return true;
    if (!read_numbers(anchor, at, &reading))
        return false;
    const struct doc_piece *behind = piece_at(doc, reading.end);
    bool decimals = (behind->sign == '.' || behind->sign == ',') &&
                    piece_goes_on(doc, reading.end + 1) &&
                    piece_at(doc, reading.end + 1)->kind == PIECE_DIGITS && reading.bare;
    if (decimals && piece_at(doc, at)->kind == PIECE_DIGITS)
        return false;
    if (date_joined(doc, reading.end) && !piece_is(doc, reading.end, "z") &&
        (behind->kind != PIECE_SIGN || behind->sign == '%' || behind->sign == '/'))
        return false;
    *out = (struct when){
        .first = at,
        .end = reading.end,
        .kind = WHEN_CLOCK,
        .grain = reading.minutes ? GRAIN_MINUTE : GRAIN_HOUR,
        .from = {NO_DAY, reading.hour % 24 * HOUR + reading.minute * 60 + reading.second},
        .halves = !reading.fixed,
        .bare = reading.bare,
        .confidence = reading.fixed ? 0.95 : 0.7};
    return true;
}

/* early morning at 8:00 */
static bool part_then_time(const struct anchor *anchor, size_t at, struct when *out)
{
    const struct doc *doc = anchor->doc;
    int part;
    size_t end;
    struct when time;
    if (!part_at(doc, at, &part, &end) || !piece_is(doc, end, "at") ||
        !time_at(anchor, end + 1, &time))
        return false;
    struct reading reading = {.hour = time.from.second / HOUR};
    if (time.halves)
        settle(&reading, part);
    time.from.second += (reading.hour - time.from.second / HOUR) * HOUR;
    time.halves = time.bare = false;
    time.first = at;
    *out = time;
    return true;
}

/* Meals are times only behind one of these. */
static bool behind_preposition(const struct doc *doc, size_t at)
{
    static const char words[][PIECE_TEXT] = {"after", "before", "at", "during", "until", "by", ""};
    return piece_goes_on(doc, at) && date_one_of(doc, at - 1, words) >= 0;
}

static bool read_clock(const struct anchor *anchor, size_t at, struct when *out)
{
    static const char near[][PIECE_TEXT] = {"around", "about", "circa", "approximately", ""};
    const struct doc *doc = anchor->doc;
    int part;
    size_t end, start = at + (date_one_of(doc, at, near) >= 0);
    if (part_then_time(anchor, start, out)) {
        out->first = at;
        return true;
    }
    if (named_hour(doc, start, out)) {
        out->first = at;
        return true;
    }
    if (part_at(doc, start, &part, &end)) {
        if (part >= PART_MEALS && part < PART_NIGHT_TIME && start == at &&
            (at == 0 || !behind_preposition(doc, at)))
            return false;
        if (at > 0 && piece_is(doc, at - 1, "good"))
            return false;
        *out = (struct when){.first = at,
                             .end = end,
                             .kind = WHEN_PART,
                             .grain = GRAIN_HOUR,
                             .from = {NO_DAY, NO_SECOND},
                             .part = part,
                             .confidence = 0.6};
        return true;
    }
    if (!time_at(anchor, start, out))
        return false;
    out->first = at;
    return true;
}

bool clock_read(const struct anchor *anchor, size_t at, struct when *out)
{
    return date_begins(anchor, at, BEGINS_CLOCK) &&
           date_remembered(anchor, MEMORY_CLOCK, read_clock, at, out);
}

/* this morning, last night, tonight, yesterday evening, tomorrow late afternoon */
static bool read_part(const struct anchor *anchor, size_t at, struct when *out)
{
    const struct doc *doc = anchor->doc;
    int relative, part, near;
    size_t end;
    if (!anchor->known)
        return false;
    if (date_word(doc, at, DATE_TONIGHT, false, &part, &end)) {
        relative = 0;
        part = PART_NIGHT;
    } else if (date_word(doc, at, DATE_RELATIVE, false, &relative, &end)) {
        if (!piece_goes_on(doc, end) || !date_word(doc, end, DATE_PART, false, &part, &end) ||
            part > PART_NIGHT)
            return false;
        relative = relative == 2 ? 0 : relative;
    } else if (date_word(doc, at, DATE_NEAR, false, &near, &end) && piece_goes_on(doc, end) &&
               part_at(doc, end, &part, &end)) {
        relative = near;
    } else {
        return false;
    }
    *out = (struct when){.first = at,
                         .end = end,
                         .kind = WHEN_PART,
                         .grain = GRAIN_HOUR,
                         .from = {anchor->today + relative, NO_SECOND},
                         .part = part,
                         .confidence = 0.9};
    return true;
}

bool part_read(const struct anchor *anchor, size_t at, struct when *out)
{
    return date_begins(anchor, at, BEGINS_PART) &&
           date_remembered(anchor, MEMORY_PART, read_part, at, out);
}
