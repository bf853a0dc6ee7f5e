/* The Gregorian calendar, proleptic, in days since 1970-01-01. Pure arithmetic; nothing fails.
 * Days from and to dates: Howard Hinnant, "chrono-compatible low-level date algorithms";
 * Easter: the anonymous Gregorian computus (Meeus, Astronomical Algorithms, chapter 8); Islamic
 * days: the tabular calendar (Reingold and Dershowitz, Calendrical Calculations, chapter 7). */
#ifndef NEWSMILL_WORKER_ANALYSIS_DATES_CALENDAR_H
#define NEWSMILL_WORKER_ANALYSIS_DATES_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

struct civil {
    int year, month, day;
};

int32_t calendar_day(int year, int month, int day);
struct civil calendar_date(int32_t day);
int calendar_month_days(int year, int month);
bool calendar_is_date(int year, int month, int day);
int calendar_weekday(int32_t day); /* 1 Monday to 7 Sunday */

/* The same day that many months later; the month's last where it has no such day. */
int32_t calendar_add_months(int32_t day, int months);

/* Weeks as in ISO 8601: from Monday, the first has the year's first Thursday. */
int32_t calendar_monday(int32_t day);
int32_t calendar_week_start(int year, int week);
void calendar_week(int32_t day, int *year, int *week);

/* The n-th such weekday of a month; n 5 is the last. */
int32_t calendar_nth_weekday(int year, int month, int weekday, int n);
int32_t calendar_easter(int year);

/* A day of the tabular Islamic calendar, which may be a day off the sighted one. */
int32_t calendar_islamic(int year, int month, int day);

#endif
