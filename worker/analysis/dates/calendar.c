/* Arithmetic of the Gregorian calendar. */
#include "worker/analysis/dates/calendar.h"

int32_t calendar_day(int year, int month, int day)
{
    year -= month <= 2;
    int era = (year >= 0 ? year : year - 399) / 400;
    int of_era = year - era * 400;
    int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int days = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    return era * 146097 + days - 719468;
}

struct civil calendar_date(int32_t day)
{
    day += 719468;
    int era = (day >= 0 ? day : day - 146096) / 146097;
    int of_era = day - era * 146097;
    int year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int of_year = of_era - (365 * year + year / 4 - year / 100);
    int shifted = (5 * of_year + 2) / 153;
    int month = shifted + (shifted < 10 ? 3 : -9);
    return (struct civil){year + era * 400 + (month <= 2), month,
                          of_year - (153 * shifted + 2) / 5 + 1};
}

int calendar_month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

bool calendar_is_date(int year, int month, int day)
{
    return month >= 1 && month <= 12 && day >= 1 && day <= calendar_month_days(year, month);
}

int calendar_weekday(int32_t day)
{
    return ((day % 7) + 10) % 7 + 1; /* 1970-01-01 was a Thursday */
}

int32_t calendar_add_months(int32_t day, int months)
{
    struct civil date = calendar_date(day);
    int all = date.year * 12 + date.month - 1 + months;
    int year = all >= 0 ? all / 12 : (all - 11) / 12, month = all - year * 12 + 1;
    int last = calendar_month_days(year, month);
    return calendar_day(year, month, date.day < last ? date.day : last);
}

int32_t calendar_monday(int32_t day)
{
    return day - calendar_weekday(day) + 1;
}

int32_t calendar_week_start(int year, int week)
{
    return calendar_monday(calendar_day(year, 1, 4)) + 7 * (week - 1);
}

void calendar_week(int32_t day, int *year, int *week)
{
    int32_t thursday = calendar_monday(day) + 3;
    *year = calendar_date(thursday).year;
    *week = (thursday - calendar_day(*year, 1, 1)) / 7 + 1;
}

int32_t calendar_nth_weekday(int year, int month, int weekday, int n)
{
    int32_t first = calendar_day(year, month, 1);
    int32_t found = first + (weekday - calendar_weekday(first) + 7) % 7 + 7 * (n - 1);
    while (found >= first + calendar_month_days(year, month))
        found -= 7;
    return found;
}

int32_t calendar_easter(int year)
{
    int a = year % 19, b = year / 100, c = year % 100;
    int d = b / 4, e = b % 4, f = (b + 8) / 25, g = (b - f + 1) / 3;
    int h = (19 * a + b - d - g + 15) % 30, i = c / 4, k = c % 4;
    int l = (32 + 2 * e + 2 * i - h - k) % 7, m = (a + 11 * h + 22 * l) / 451;
    int n = h + l - 7 * m + 114;
    return calendar_day(year, n / 31, n % 31 + 1);
}

int32_t calendar_islamic(int year, int month, int day)
{
    int julian = (11 * year + 3) / 30 + 354 * year + 30 * month - (month - 1) / 2 + day + 1948055;
    return julian - 2440588;
}
