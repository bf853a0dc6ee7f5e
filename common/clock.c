/* The machine's clocks, and RFC 3339. */
#include "common/clock.h"

#include <endian.h>
#include <stdio.h>
#include <time.h>

static int64_t clock_ns(clockid_t id)
{
    struct timespec now;
    if (clock_gettime(id, &now) != 0)
        return 0;
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t clock_wall_ms(void)
{
    return clock_ns(CLOCK_REALTIME) / 1000000;
}

int64_t clock_steady_ms(void)
{
    return clock_ns(CLOCK_MONOTONIC) / 1000000;
}

int64_t clock_steady_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

int64_t clock_worked_ns(void)
{
    return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

/* Days since 1970-01-01 of a proleptic Gregorian date: years counted from March, so that the leap
 * day is the last of its year, in 400-year cycles of 146097 days. */
static int64_t days_from_date(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t cycle = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_cycle = year - cycle * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_cycle =
        year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year;
    return cycle * 146097 + day_of_cycle - 719468;
}

void clock_format(int64_t wall_ms, char out[CLOCK_TEXT_BYTES])
{
    int64_t seconds = wall_ms / 1000, ms = wall_ms % 1000;
    if (ms < 0) {
        ms += 1000;
        seconds--;
    }
    time_t time = (time_t)seconds;
    struct tm parts;
    if (!gmtime_r(&time, &parts))
        parts = (struct tm){.tm_mday = 1, .tm_year = 70};
    (void)snprintf(out, CLOCK_TEXT_BYTES, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                   parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
                   parts.tm_min, parts.tm_sec, (int)ms);
}

void clock_format_zone(int64_t wall_ms, int32_t minutes, char out[CLOCK_TEXT_BYTES])
{
    clock_format(wall_ms + (int64_t)minutes * 60000, out);
    size_t end = strlen(out) - 1; /* where the Z stands */
    int distance = minutes < 0 ? -minutes : minutes;
    if (minutes != 0)
        (void)snprintf(out + end, CLOCK_TEXT_BYTES - end, "%c%02d:%02d", minutes < 0 ? '-' : '+',
                       distance / 60 % 100, distance % 60);
}

/* Exactly `digits` decimal digits at `*at`; -1 when there are fewer. */
static inline int64_t read_digits(struct slice text, size_t *at, size_t digits)
{
    int64_t value = 0;
    if (text.len - *at < digits)
        return -1;
    for (size_t i = 0; i < digits; i++) {
        char c = text.data[*at + i];
        if (c < '0' || c > '9')
            return -1;
        value = value * 10 + (c - '0');
    }
    *at += digits;
    return value;
}

/* Inlined, so that the few that are allowed are compared with, not searched in. */
static inline bool read_char(struct slice text, size_t *at, const char *allowed)
{
    bool found = false;
    for (const char *one = allowed; *one && *at < text.len; one++)
        found = found || text.data[*at] == *one;
    *at += found;
    return found;
}

static int64_t month_days(int64_t year, int64_t month)
{
    static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

static bool read_date(struct slice text, size_t *at, int64_t *days)
{
    int64_t year = read_digits(text, at, 4);
    bool dash = read_char(text, at, "-");
    int64_t month = dash ? read_digits(text, at, 2) : -1;
    dash = dash && read_char(text, at, "-");
    int64_t day = dash ? read_digits(text, at, 2) : -1;
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > month_days(year, month))
        return false;
    *days = days_from_date(year, month, day);
    return true;
}

/* HH:MM[:SS[.fraction]]; a leap second counts as the second after. */
static bool read_time(struct slice text, size_t *at, int64_t *ms)
{
    int64_t hour = read_digits(text, at, 2);
    bool colon = read_char(text, at, ":");
    int64_t minute = colon ? read_digits(text, at, 2) : -1;
    int64_t second = 0, fraction = 0;
    if (read_char(text, at, ":"))
        second = read_digits(text, at, 2);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
        return false;
    if (read_char(text, at, ".,")) {
        int64_t scale = 100;
        size_t start = *at;
        for (int64_t digit; (digit = read_digits(text, at, 1)) >= 0; scale /= 10)
            fraction += digit * scale;
        if (*at == start)
            return false;
    }
    *ms = ((hour * 60 + minute) * 60 + second) * 1000 + fraction;
    return true;
}

/* "Z" or +HH:MM (also +HHMM); absent means UTC. */
static bool read_offset(struct slice text, size_t *at, int64_t *ms)
{
    *ms = 0;
    if (*at == text.len || read_char(text, at, "Zz"))
        return true;
    bool behind = *at < text.len && text.data[*at] == '-';
    if (!read_char(text, at, "+-"))
        return false;
    int64_t hour = read_digits(text, at, 2);
    (void)read_char(text, at, ":");
    int64_t minute = read_digits(text, at, 2);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59)
        return false;
    *ms = (hour * 60 + minute) * 60000 * (behind ? -1 : 1);
    return true;
}

/* Eight characters, the first in the lowest byte: their digits' values, and 0 where there is what
 * stands in `shape`. What is neither shows in `bad`: `above` is, for each, 127 less what it may be.
 */
static uint64_t read_shape(const char *text, const char *shape, const char *above, uint64_t *bad)
{
    uint64_t values = le64toh(slice_load_8(text) ^ slice_load_8(shape));
    *bad |= values | (values + le64toh(slice_load_8(above)));
    return values;
}

/* The number that two digits are, the first at `place`. */
static int64_t two_digits(uint64_t values, unsigned place)
{
    return (int64_t)((values * 10 + (values >> 8)) >> 8 * place & 0xff);
}

/* YYYY-MM-DDTHH:MM:SSZ, as nearly every producer writes a time: without a step for each sign. False
 * for all else. */
static bool parse_usual(struct slice text, int64_t *wall_ms)
{
    const uint64_t high_bits = 0x8080808080808080u;
    uint64_t bad = 0;
    if (text.len != 20)
        return false;
    uint64_t date = read_shape(text.data, "0000-00-", "vvvv\x7fvv\x7f", &bad);
    uint64_t middle = read_shape(text.data + 8, "00T00:00", "vv\x7fvv\x7fvv", &bad);
    uint64_t time = read_shape(text.data + 12, "0:00:00Z", "v\x7fvv\x7fvv\x7f", &bad);
    int64_t year = two_digits(date, 0) * 100 + two_digits(date, 2);
    int64_t month = two_digits(date, 5), day = two_digits(middle, 0);
    int64_t hour = two_digits(middle, 3), minute = two_digits(time, 2);
    int64_t second = two_digits(time, 5);
    if (bad & high_bits || year < 1 || month < 1 || month > 12 || day < 1 ||
        day > month_days(year, month) || hour > 23 || minute > 59 || second > 60)
        return false;
    *wall_ms =
        ((days_from_date(year, month, day) * 24 + hour) * 60 + minute) * 60000 + second * 1000;
    return true;
}

bool clock_parse(struct slice text, int64_t *wall_ms)
{
    if (parse_usual(text, wall_ms))
        return true;
    text = slice_trim(text);
    size_t at = 0;
    int64_t days, time = 0, offset = 0;
    if (!read_date(text, &at, &days))
        return false;
    if (at < text.len && !(read_char(text, &at, "Tt ") && read_time(text, &at, &time) &&
                           read_offset(text, &at, &offset)))
        return false;
    if (at != text.len)
        return false;
    *wall_ms = days * 86400000 + time - offset;
    return true;
}
