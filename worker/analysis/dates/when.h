/* What the files that read dates share: what a date says, and a function for each way of saying it.
 *
 *   hints.c     what may begin a date   words.c  words and small numbers
 *   calendar.c  arithmetic of the calendar
 *   day.c       one day: absolute, relative, by name (numeric.c: in digits alone, holidays.c)
 *   period.c    weeks, months, quarters, seasons, parts of them and of years
 *   years.c     years, decades, centuries
 *   clock.c     times and parts of the day         length.c    durations, and shifts by one
 *   moment.c    a day with a time     range.c     from … to …     open.c      since, before, until
 *   foreign.c   other languages than English, by tables from CLDR
 *   write.c     the TIMEX3 or ISO 8601 value
 *
 * A reader looks at a fixed number of pieces from `at` on and returns whether a date stands there;
 * all is linear in the length of the text. */
#ifndef NEWSMILL_WORKER_ANALYSIS_DATES_WHEN_H
#define NEWSMILL_WORKER_ANALYSIS_DATES_WHEN_H

#include "worker/analysis/dates/calendar.h"
#include "worker/analysis/tables.h"
#include "worker/analysis/words/pieces.h"

#define NO_DAY      INT32_MIN
#define NO_SECOND   (-1)
#define DAY_SECONDS 86400

enum grain {
    GRAIN_NONE,
    GRAIN_SECOND,
    GRAIN_MINUTE,
    GRAIN_HOUR,
    GRAIN_DAY,
    GRAIN_WEEK,
    GRAIN_WEEKEND,
    GRAIN_MONTH,
    GRAIN_QUARTER,
    GRAIN_SEASON,
    GRAIN_YEAR,
    GRAIN_DECADE,
    GRAIN_CENTURY,
    GRAIN_FORTNIGHT,
    GRAIN_NIGHT,
    GRAIN_MANY /* several of one of these, or a part of one */
};

enum when_kind {
    WHEN_DAYS,     /* [from.day, to.day) of that grain */
    WHEN_MOMENT,   /* from: a day and a time */
    WHEN_CLOCK,    /* from.second: a time of no certain day */
    WHEN_PART,     /* a part of the day, of from.day or of no certain day */
    WHEN_SPAN,     /* from to to: days, moments, or times; the end is not part of it */
    WHEN_SINCE,    /* from on */
    WHEN_UNTIL,    /* up to `to` */
    WHEN_DURATION, /* `iso` */
    WHEN_CODE,     /* `iso`: a year of accounts, a season of no year */
    WHEN_NOW
};

struct point {
    int32_t day, second;
};

struct when {
    size_t first, end; /* pieces */
    enum when_kind kind;
    enum grain grain;
    struct point from, to;
    bool halves;   /* a time of the first half of the day that may be of the second */
    bool yearless; /* the year was left out and the next one could be meant too */
    bool named;    /* a holiday */
    bool bare;     /* a number alone: needs something beside it */
    int part;      /* WHEN_PART: the row of parts in clock.c */
    int side;      /* WHEN_DAYS: 1 its beginning, 2 its middle, 3 its end is meant; 0 all of it */
    char iso[24];
    double confidence;
};

/* What a reader found at a piece: the longer ways of saying a date read the shorter ones again and
 * again. A piece has its place by its number, and the last one that was read there is kept. */
#define MEMORY_PIECES 16
enum memory_reader {
    MEMORY_DAY,
    MEMORY_PART,
    MEMORY_CLOCK,
    MEMORY_PERIOD,
    MEMORY_LENGTH,
    MEMORY_READERS
};
struct date_memory {
    struct date_memory_place {
        size_t at; /* 1 + the piece, 0: nothing yet */
        bool found;
        struct when when;
    } places[MEMORY_READERS][MEMORY_PIECES];
};

/* What dates are read against. */
struct anchor {
    const struct doc *doc;
    bool known; /* the article says when it was published */
    int32_t today, second;
    size_t end_at; /* the piece behind the separator of a range, which may be stuck to it */
    struct date_memory *memory; /* of readings without an end_at */
};

/* What `read` finds at the piece, read once. */
bool date_remembered(const struct anchor *anchor, enum memory_reader reader,
                     bool (*read)(const struct anchor *, size_t, struct when *), size_t at,
                     struct when *out);

/* ---- hints.c ---- */

/* What a piece may be: looked up once, for most are none of it. */
#define HINT_NAME     1u  /* begins the name of a holiday */
#define HINT_NUMBER   2u  /* a word of the table of numbers */
#define HINT_CORE     4u  /* a number, a month, a unit … */
#define HINT_START    8u  /* a date may begin with it: there is a core near */
#define HINT_ASKED    16u /* written in the sources of the readers */
#define HINT_IN_VAIN  32u /* but what must stand behind it does not (dates.txt) */
#define HINT_UNIT     64u /* a unit of time is among the next LENGTH_PIECES: without, no length is */
#define LENGTH_PIECES 10u
void date_hints(struct doc *doc);
static inline bool date_may_start(unsigned hints)
{
    return (hints & (HINT_START | HINT_IN_VAIN)) == HINT_START;
}

/* ---- words.c ---- */

/* Whether a date of one of these kinds (BEGINS_ in tables.h) may begin with the piece: what asks
 * first does not read in vain. */
static inline bool date_begins(const struct anchor *anchor, size_t at, unsigned kinds)
{
    return piece_at(anchor->doc, at)->begins & kinds;
}

/* One way of several that a date of one kind is said, and what the first piece of it may be. */
enum {
    FIRST_DIGITS = 1,
    FIRST_NUMBER = 2, /* in words */
    FIRST_RELATIVE = 4,
    FIRST_THE = 8,
    FIRST_NAME = 16, /* a month, a weekday, a holiday, a season, a decade */
    FIRST_WORD = 32, /* any other */
    FIRST_ANY = 63
};
struct date_way {
    bool (*read)(const struct anchor *anchor, size_t at, struct when *out);
    unsigned first;
};
/* The first of the ways, which end with one without a `read`, that is said at `at`. */
bool date_said(const struct anchor *anchor, const struct date_way *ways, size_t at,
               struct when *out);

/* The word of that class at `at`; `*end` is the piece behind. Unsure ones only when `unsure`. */
static inline bool date_word(const struct doc *doc, size_t at, unsigned class, bool unsure,
                             int *value, size_t *end)
{
    if (piece_at(doc, at)->class != class)
        return false;
    const struct lexicon_entry *entry = piece_entry(doc, at, PIECE_DATES);
    if (!unsure && entry->more & DATE_UNSURE)
        return false;
    *value = entry->value;
    *end = at + 1;
    return true;
}
/* A whole number from digits or words up to `most`: 21, twenty-one, twenty and one. */
bool date_number(const struct doc *doc, size_t at, int most, int *value, size_t *end);
/* 21st, twenty-first, first */
bool date_ordinal(const struct doc *doc, size_t at, int most, int *value, size_t *end);
/* A year: 1945, nineteen forty-five, two thousand and twenty; '87 and 87 when `short_too`. */
bool date_year(const struct doc *doc, size_t at, bool short_too, int *value, size_t *end);
/* One of the words, which end in an empty one; its number from 0, -1 when none is there. */
int date_find_of(const struct doc *doc, size_t at, const char (*words)[PIECE_TEXT]);
static inline int date_one_of(const struct doc *doc, size_t at, const char (*words)[PIECE_TEXT])
{
    bool asked = piece_words[piece_at(doc, at)->word].hints & HINT_ASKED; /* most are not */
    return asked ? date_find_of(doc, at, words) : -1;
}
/* Digits with no letter, digit or joining sign stuck before them. */
bool date_starts_clean(const struct anchor *anchor, size_t at);
/* A word before says that what follows is still to come. */
bool date_is_future(const struct anchor *anchor, size_t at);
static inline bool date_joined(const struct doc *doc, size_t at)
{
    return at < doc->piece_count && piece_at(doc, at)->gap == GAP_NONE;
}

/* this, next, last, "this coming": 0, 1 or -1, and what follows goes on. `*by_week`: next and last,
 * which count weeks from this one, unlike "coming" and "past". */
bool relative_read(const struct doc *doc, size_t at, int *relative, bool *by_week, size_t *end);

/* ---- making ---- */

/* The day, whose year is the nearest one unless `dated`; false when there is no such day. */
bool known_day(const struct anchor *anchor, size_t first, size_t end, struct civil date, bool dated,
               struct when *out);

struct when when_days(size_t first, size_t end, int32_t from, int32_t to, enum grain grain);
struct when when_day(size_t first, size_t end, int32_t day);
struct when when_month(size_t first, size_t end, int year, int month);
struct when when_year(size_t first, size_t end, int year);
struct when when_span(size_t first, size_t end, struct point from, struct point to);

static inline bool when_is_day(const struct when *when)
{
    return when->kind == WHEN_DAYS && when->grain == GRAIN_DAY;
}
/* Keeps `other` in `best` when it is longer, or the first that is `found`; true. */
bool when_longest(struct when *best, bool found, const struct when *other);

/* ---- the readers ---- */

bool day_read(const struct anchor *anchor, size_t at, struct when *out);
bool numeric_read(const struct anchor *anchor, size_t at, struct when *out);
bool holiday_read(const struct anchor *anchor, size_t at, struct when *out);
bool period_read(const struct anchor *anchor, size_t at, struct when *out);
/* A month: May 2019, next month. */
bool month_read(const struct anchor *anchor, size_t at, struct when *out);
/* A year, a fiscal year, a decade, a century. */
bool year_read(const struct anchor *anchor, size_t at, struct when *out);
bool year_of_accounts_read(const struct anchor *anchor, size_t at, struct when *out);
bool decade_read(const struct anchor *anchor, size_t at, struct when *out);
bool century_read(const struct anchor *anchor, size_t at, struct when *out);
/* No more of a longer number or a name of something stands behind a year. */
bool year_ends_clean(const struct doc *doc, size_t end);
bool clock_read(const struct anchor *anchor, size_t at, struct when *out);
/* A part of the day with its day: this morning, last night, tonight. */
bool part_read(const struct anchor *anchor, size_t at, struct when *out);
/* The hours of a part of the day. */
void part_hours(int part, int32_t *from, int32_t *to, const char **code);
bool length_read(const struct anchor *anchor, size_t at, struct when *out);
/* A time, or a part of the day, behind a day or a part of it: tomorrow | at 8. */
bool moment_behind(const struct anchor *anchor, const struct when *day, struct when *out);
/* A stretch of times, of one day where that is said; and one of days, where `point` is what
 * point_read() found at `at`, NULL when nothing. */
bool times_range_read(const struct anchor *anchor, size_t at, struct when *out);
bool days_range_read(const struct anchor *anchor, size_t at, const struct when *point,
                     struct when *out);
/* A day, or a day with a time, or a time, or a period: the longest. */
bool point_read(const struct anchor *anchor, size_t at, struct when *out);
/* A date in another language than English: what CLDR has names for, and digits. */
bool foreign_read(const struct anchor *anchor, size_t at, struct when *out);
/* The longest date of any kind, in English. */
bool when_read(const struct anchor *anchor, size_t at, struct when *out);

/* The week, month, year … of today, moved by `relative` of them; false for other units. */
bool when_unit(const struct anchor *anchor, size_t first, size_t end, int unit, int relative,
               struct when *out);
/* The one that is nearer to today; the other one where `a` is NO_DAY. */
int32_t nearer_day(const struct anchor *anchor, int32_t a, int32_t b);
/* The nearest day that is month and day of an unstated year. */
int32_t nearest_year_day(const struct anchor *anchor, size_t at, int month, int day);

/* The value in `out`; its grain in the words of the contract. */
void when_write(const struct when *when, char out[64]);
const char *when_grain(const struct when *when);

#endif
