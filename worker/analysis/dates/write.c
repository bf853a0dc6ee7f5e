/* The value of a date: TIMEX3 where it has a form for it, an ISO 8601 interval where not. */
#include "worker/analysis/dates/when.h"

#include <stdio.h>

#define VALUE_BYTES 64
#define POINT_BYTES 32 /* two of them and a mark are a value */

/* What snprintf() does with "%0*d", for that is what dates spend most of their time on; the place
 * behind. Values have at most `width` digits. */
static char *put(char *out, int value, int width)
{
    if (value < 0) {
        int len = snprintf(out, 12, "%0*d", width, value);
        return out + (len > 0 ? len : 0);
    }
    for (int i = width; i-- > 0; value /= 10)
        out[i] = (char)('0' + value % 10);
    out[width] = '\0';
    return out + width;
}

/* `parts`, which fit, behind each other; the last one is NULL. */
static void put_all(char out[VALUE_BYTES], const char *const *parts)
{
    for (; *parts; parts++)
        out = stpcpy(out, *parts);
}

static char *put_day(char *out, int year, const struct civil *date)
{
    out = put(out, year, 4);
    *out++ = '-';
    out = put(out, date->month, 2);
    *out++ = '-';
    return put(out, date->day, 2);
}

static void write_point(struct point point, bool full, char out[POINT_BYTES])
{
    *out = '\0';
    if (point.day != NO_DAY) {
        struct civil date = calendar_date(point.day);
        out = put_day(out, date.year % 10000, &date);
    }
    if (point.second == NO_SECOND)
        return;
    *out++ = 'T';
    out = put(out, point.second / 3600 % 100, 2);
    *out++ = ':';
    out = put(out, point.second / 60 % 60, 2);
    if (full || point.second % 60) {
        *out++ = ':';
        (void)put(out, point.second % 60, 2);
    }
}

static void write_two(const struct when *when, char out[VALUE_BYTES])
{
    char from[POINT_BYTES], to[POINT_BYTES];
    write_point(when->from, false, from);
    write_point(when->to, false, to);
    put_all(out, (const char *const[]){from, "/", to, NULL});
}

static void write_days(const struct when *when, char out[VALUE_BYTES])
{
    static const char *const seasons[] = {"WI", "SP", "SU", "FA"};
    struct civil date = calendar_date(when->from.day);
    int year = date.year % 10000, week;
    switch (when->grain) {
    case GRAIN_DAY:
        (void)put_day(out, year, &date);
        break;
    case GRAIN_WEEK:
    case GRAIN_WEEKEND:
        calendar_week(when->from.day, &year, &week);
        out = stpcpy(put(out, year % 10000, 4), "-W");
        (void)stpcpy(put(out, week % 100, 2), when->grain == GRAIN_WEEK ? "" : "-WE");
        break;
    case GRAIN_MONTH:
        (void)put(stpcpy(put(out, year, 4), "-"), date.month, 2);
        break;
    case GRAIN_SEASON:
        (void)stpcpy(stpcpy(put(out, year, 4), "-"), seasons[date.month / 3 % 4]);
        break;
    case GRAIN_YEAR:
        (void)put(out, year, 4);
        break;
    case GRAIN_DECADE:
        (void)stpcpy(put(out, year / 10, 3), "X");
        break;
    default:
        write_two(when, out);
    }
}

void when_write(const struct when *when, char out[VALUE_BYTES])
{
    char point[POINT_BYTES];
    const char *code;
    int32_t from, to;
    switch (when->kind) {
    case WHEN_DAYS:
        write_days(when, out);
        return;
    case WHEN_MOMENT:
    case WHEN_CLOCK:
        write_point(when->from, false, out);
        return;
    case WHEN_PART:
        part_hours(when->part, &from, &to, &code);
        write_point((struct point){when->from.day, NO_SECOND}, false, point);
        put_all(out, (const char *const[]){point, "T", code, NULL});
        return;
    case WHEN_SPAN:
        write_two(when, out);
        return;
    case WHEN_SINCE:
        write_point(when->from, false, point);
        put_all(out, (const char *const[]){point, "/..", NULL});
        return;
    case WHEN_UNTIL:
        write_point(when->to, false, point);
        put_all(out, (const char *const[]){"../", point, NULL});
        return;
    case WHEN_DURATION:
    case WHEN_CODE:
        (void)stpcpy(out, when->iso);
        return;
    case WHEN_NOW:
        (void)stpcpy(out, "PRESENT_REF");
        return;
    }
}

const char *when_grain(const struct when *when)
{
    switch (when->kind) {
    case WHEN_DAYS:
        return when->grain == GRAIN_DAY     ? "day"
               : when->grain == GRAIN_MONTH ? "month"
               : when->grain == GRAIN_YEAR  ? "year"
                                            : "range";
    case WHEN_MOMENT:
    case WHEN_CLOCK:
    case WHEN_PART:
    case WHEN_NOW:
        return "time";
    case WHEN_DURATION:
        return "duration";
    case WHEN_CODE:
        return "year";
    default:
        return "range";
    }
}
