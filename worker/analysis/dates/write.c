/* The value of a date: TIMEX3 where it has a form for it, an ISO 8601 interval where not. */
#include "worker/analysis/dates/when.h"

#include <stdio.h>

static void write_point(struct point point, bool full, char out[32])
{
    char day[16] = "", time[16] = "";
    if (point.day != NO_DAY) {
        struct civil date = calendar_date(point.day);
        (void)snprintf(day, sizeof day, "%04d-%02d-%02d", date.year % 10000, date.month, date.day);
    }
    if (point.second != NO_SECOND && (full || point.second % 60))
        (void)snprintf(time, sizeof time, "T%02d:%02d:%02d", point.second / 3600 % 100,
                       point.second / 60 % 60, point.second % 60);
    else if (point.second != NO_SECOND)
        (void)snprintf(time, sizeof time, "T%02d:%02d", point.second / 3600 % 100,
                       point.second / 60 % 60);
    (void)snprintf(out, 32, "%s%s", day, time);
}

static void write_two(const struct when *when, char out[64])
{
    char from[32], to[32];
    write_point(when->from, false, from);
    write_point(when->to, false, to);
    (void)snprintf(out, 64, "%s/%s", from, to);
}

static void write_days(const struct when *when, char out[64])
{
    static const char *const seasons[] = {"WI", "SP", "SU", "FA"};
    struct civil date = calendar_date(when->from.day);
    int year = date.year % 10000, week;
    switch (when->grain) {
    case GRAIN_DAY:
        (void)snprintf(out, 64, "%04d-%02d-%02d", year, date.month, date.day);
        break;
    case GRAIN_WEEK:
    case GRAIN_WEEKEND:
        calendar_week(when->from.day, &year, &week);
        (void)snprintf(out, 64, "%04d-W%02d%s", year % 10000, week % 100,
                       when->grain == GRAIN_WEEK ? "" : "-WE");
        break;
    case GRAIN_MONTH:
        (void)snprintf(out, 64, "%04d-%02d", year, date.month);
        break;
    case GRAIN_SEASON:
        (void)snprintf(out, 64, "%04d-%s", year, seasons[date.month / 3 % 4]);
        break;
    case GRAIN_YEAR:
        (void)snprintf(out, 64, "%04d", year);
        break;
    case GRAIN_DECADE:
        (void)snprintf(out, 64, "%03dX", year / 10);
        break;
    default:
        write_two(when, out);
    }
}

void when_write(const struct when *when, char out[64])
{
    char point[32];
    const char *code;
    int32_t from, to;
    switch (when->kind) {
    case WHEN_DAYS:
        write_days(when, out);
        return;
    case WHEN_MOMENT:
    case WHEN_CLOCK:
        write_point(when->from, false, point);
        (void)snprintf(out, 64, "%s", point);
        return;
    case WHEN_PART:
        part_hours(when->part, &from, &to, &code);
        write_point((struct point){when->from.day, NO_SECOND}, false, point);
        (void)snprintf(out, 64, "%sT%s", point, code);
        return;
    case WHEN_SPAN:
        write_two(when, out);
        return;
    case WHEN_SINCE:
        write_point(when->from, false, point);
        (void)snprintf(out, 64, "%s/..", point);
        return;
    case WHEN_UNTIL:
        write_point(when->to, false, point);
        (void)snprintf(out, 64, "../%s", point);
        return;
    case WHEN_DURATION:
    case WHEN_CODE:
        (void)snprintf(out, 64, "%s", when->iso);
        return;
    case WHEN_NOW:
        (void)snprintf(out, 64, "PRESENT_REF");
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
