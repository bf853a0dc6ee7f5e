/* Dates in other languages than English: days, months and years in their usual order, weekdays,
 * "yesterday" and "next week" by CLDR's names, "3 days ago" by its patterns. */
#include "worker/analysis/dates/when.h"

#include <unicode/uchar.h>

#include "common/utf8.h"

#define PIECES_MAX 5   /* of a name */
#define KEY_BYTES  160 /* names are shorter */

enum { SIGN_YEAR = 1, SIGN_MONTH, SIGN_DAY, SIGN_ERA };

/* 年 月 日 号, 년 월 일, 代 대 */
static int east_sign(const struct doc *doc, size_t at)
{
    const struct doc_piece *piece = piece_at(doc, at);
    if (piece->kind != PIECE_SIGN || !piece_goes_on(doc, at))
        return 0;
    switch (piece->sign) {
    case 0x5e74:
    case 0xb144:
        return SIGN_YEAR;
    case 0x6708:
    case 0xc6d4:
        return SIGN_MONTH;
    case 0x65e5:
    case 0x53f7:
    case 0x865f:
    case 0xc77c:
        return SIGN_DAY;
    case 0x4ee3:
    case 0xb300:
        return SIGN_ERA;
    default:
        return 0;
    }
}

/* ---- names ---- */

static size_t append_lower(struct slice text, char *key, size_t len)
{
    for (size_t at = 0; at < text.len && len + 4 < KEY_BYTES;)
        len += utf8_put((uint32_t)u_tolower((UChar32)utf8_next(text, &at)), key + len);
    return len;
}

static const struct lexicon_entry *look_up(const char *key, size_t len)
{
    return lexicon_look_up(&foreign_dates_lexicon, (struct slice){key, len});
}

/* The longest name that begins at `at`; `*end` is the piece behind. NULL when there is none. */
static const struct lexicon_entry *name_at(const struct doc *doc, size_t at, size_t *end)
{
    char key[KEY_BYTES];
    const struct lexicon_entry *found = NULL;
    size_t len = append_lower(slice_from(doc->language), key, 0);
    key[len++] = ' ';
    for (size_t i = at; i < at + PIECES_MAX && (i == at || piece_goes_on(doc, i)); i++) {
        const struct doc_piece *piece = piece_at(doc, i);
        bool sign = piece->kind == PIECE_SIGN && piece->sign < 0x80 && piece->sign != '\'';
        if (piece->kind == PIECE_DIGITS || sign || piece->from == piece->to)
            break;
        if (i > at && piece->gap == GAP_BLANK)
            key[len++] = ' ';
        if (piece->kind == PIECE_SIGN && piece->sign == 0x2019)
            key[len++] = '\'';
        else
            len = append_lower(slice_sub(doc->text, piece->from, piece->to), key, len);
        if (len + 8 > KEY_BYTES)
            break;
        const struct lexicon_entry *entry = look_up(key, len);
        if (i == at && !entry)
            break; /* the first piece of every name is in the table */
        if (entry && entry->value != LEXICON_PREFIX_ONLY && entry->more) {
            found = entry;
            *end = i + 1;
        }
    }
    return found;
}

static bool name_is(const struct doc *doc, size_t at, unsigned class, int *value, size_t *end)
{
    const struct lexicon_entry *entry = name_at(doc, at, end);
    if (!entry || entry->more != class)
        return false;
    *value = entry->value;
    return true;
}

static size_t over(const struct doc *doc, size_t at, unsigned class)
{
    int value;
    size_t end;
    return piece_goes_on(doc, at) && name_is(doc, at, class, &value, &end) ? end : at;
}

/* ---- numbers ---- */

/* Digits of any script, at most so many. */
static bool number_at(const struct doc *doc, size_t at, size_t most, int *value, size_t *digits)
{
    const struct doc_piece *piece = piece_at(doc, at);
    *value = 0;
    *digits = 0;
    if (piece->kind != PIECE_DIGITS || piece->to - piece->from > 4 * most)
        return false;
    struct slice text = slice_sub(doc->text, piece->from, piece->to);
    for (size_t i = 0; i < text.len && *digits <= most; (*digits)++)
        *value = *value * 10 + u_charDigitValue((UChar32)utf8_next(text, &i));
    return *digits <= most;
}

static bool year_number(const struct doc *doc, size_t at, int *year)
{
    size_t digits;
    return number_at(doc, at, 4, year, &digits) && digits == 4 && *year >= 1000 && *year < 2200;
}

static bool known_month(const struct anchor *anchor, size_t first, size_t end, int year, int month,
                        bool dated, struct when *out)
{
    if (month < 1 || month > 12 || (!dated && !anchor->known))
        return false;
    if (!dated)
        year = calendar_date(nearest_year_day(anchor, first, month, 1)).year;
    *out = when_month(first, end, year, month);
    out->confidence = dated ? 0.95 : 0.7;
    return true;
}

/* ---- 2019年5月3日 ---- */

/* The number before a sign of that kind, both at `*at`, which moves behind them. */
static bool counted(const struct doc *doc, size_t *at, int sign, int *value)
{
    size_t digits;
    if (!number_at(doc, *at, 4, value, &digits) || east_sign(doc, *at + 1) != sign ||
        (sign != SIGN_YEAR && digits > 2))
        return false;
    *at += 2;
    return true;
}

static bool eastern(const struct anchor *anchor, size_t at, struct when *out)
{
    const struct doc *doc = anchor->doc;
    int year = 0, month = 0, day = 0;
    size_t end = at;
    bool with_year = counted(doc, &end, SIGN_YEAR, &year);
    if (with_year && east_sign(doc, end) == SIGN_ERA && year % 10 == 0 && year >= 1000) {
        *out = when_days(at, end + 1, calendar_day(year, 1, 1), calendar_day(year + 10, 1, 1),
                         GRAIN_DECADE);
        return true;
    }
    if (with_year && (year < 1000 || year > 2200))
        return false; /* 3年: a length, or a year of an era */
    bool with_month = counted(doc, &end, SIGN_MONTH, &month);
    if (with_month && counted(doc, &end, SIGN_DAY, &day))
        return known_day(anchor, at, end, (struct civil){year, month, day}, with_year, out);
    if (with_month)
        return known_month(anchor, at, end, year, month, with_year, out);
    if (with_year)
        *out = when_year(at, end, year);
    return with_year;
}

/* ---- 3. Mai 2019, 3 de mayo de 2019, 3 мая 2019 года ---- */

static size_t over_stop(const struct doc *doc, size_t at, const char *signs)
{
    const struct doc_piece *piece = piece_at(doc, at);
    bool stop = piece->kind == PIECE_SIGN && piece->sign && piece->sign < 0x80 &&
                strchr(signs, (int)piece->sign) && piece_goes_on(doc, at + 1);
    return at + stop;
}

/* A year behind a month: with what stands between and behind them. */
static bool year_behind(const struct doc *doc, size_t at, int *year, size_t *end)
{
    size_t next = over(doc, over_stop(doc, at, ".,/"), DATE_JOINT);
    if (!piece_goes_on(doc, next) || !year_number(doc, next, year))
        return false;
    *end = over(doc, next + 1, DATE_BEHIND_YEAR);
    return true;
}

static bool day_month(const struct anchor *anchor, size_t at, struct when *out)
{
    const struct doc *doc = anchor->doc;
    int day, month, year = 0;
    size_t digits, end, behind;
    if (!number_at(doc, at, 2, &day, &digits) || !date_starts_clean(anchor, at))
        return false;
    size_t next = over(doc, at + 1, DATE_ORDINAL);
    next += piece_is_sign(doc, next, 0xba) || piece_is_sign(doc, next, 0xb0);
    next = over(doc, over_stop(doc, next, "."), DATE_JOINT);
    if (!piece_goes_on(doc, next) || !name_is(doc, next, DATE_MONTH, &month, &end))
        return false;
    bool dated = year_behind(doc, end, &year, &behind);
    return known_day(anchor, at, dated ? behind : end, (struct civil){year, month, day}, dated,
                     out);
}

static bool behind_preposition(const struct doc *doc, size_t at)
{
    int value;
    size_t end;
    return at > 0 && piece_goes_on(doc, at) &&
           name_is(doc, at - 1, DATE_BEFORE_YEAR, &value, &end) && end == at;
}

static bool month_alone(const struct anchor *anchor, size_t at, int month, size_t end,
                        struct when *out)
{
    int year = 0;
    size_t behind;
    bool dated = year_behind(anchor->doc, end, &year, &behind);
    if (!dated && !behind_preposition(anchor->doc, at))
        return false;
    return known_month(anchor, at, dated ? behind : end, year, month, dated, out);
}

/* 2019 году, im Jahr 2019, 1914-1918 */
static bool year_alone(const struct anchor *anchor, size_t at, struct when *out)
{
    const struct doc *doc = anchor->doc;
    int year, other;
    if (!year_number(doc, at, &year) || !date_starts_clean(anchor, at))
        return false;
    size_t end = over(doc, at + 1, DATE_BEHIND_YEAR);
    bool dash = piece_is_sign(doc, at + 1, '-') || piece_is_sign(doc, at + 1, 0x2013);
    if (dash && date_joined(doc, at + 1) && date_joined(doc, at + 2) &&
        year_number(doc, at + 2, &other) && other > year && other - year < 500 && year >= 1500) {
        *out = when_span(at, over(doc, at + 3, DATE_BEHIND_YEAR),
                         (struct point){calendar_day(year, 1, 1), NO_SECOND},
                         (struct point){calendar_day(other, 1, 1), NO_SECOND});
        return true;
    }
    const struct doc_piece *behind = piece_at(doc, end);
    bool word = behind->kind == PIECE_LETTERS && piece_goes_on(doc, end);
    /* "vor 2000 Jahren", "in 1200 Fällen" */
    if (end == at + 1 &&
        (!behind_preposition(doc, at) || (word && (year % 100 == 0 || year < 1900))))
        return false;
    if (date_joined(doc, end) && date_joined(doc, end + 1) && behind->kind == PIECE_SIGN &&
        piece_at(doc, end + 1)->kind == PIECE_DIGITS)
        return false; /* 2019.5, 1200,50 */
    *out = when_year(at, end, year);
    out->confidence = 0.85;
    return true;
}

/* ---- times, and days that lie so far away ---- */

static bool clock_time(const struct anchor *anchor, size_t at, struct when *out)
{
    const struct doc *doc = anchor->doc;
    int hour, minute = 0;
    size_t digits, end = at + 1;
    if (!number_at(doc, at, 2, &hour, &digits) || hour > 24 || !date_starts_clean(anchor, at))
        return false;
    bool colon = piece_is_sign(doc, at + 1, ':') && date_joined(doc, at + 1) &&
                 date_joined(doc, at + 2) && number_at(doc, at + 2, 2, &minute, &digits) &&
                 digits == 2 && minute < 60;
    end = colon ? at + 3 : end;
    size_t behind = over(doc, end, DATE_HOUR);
    if (!colon && behind == end)
        return false;
    if (piece_is_sign(doc, end, ':') && colon)
        return false; /* a score, a ratio of three */
    if (!colon && date_joined(doc, behind) && number_at(doc, behind, 2, &minute, &digits) &&
        digits == 2 && minute < 60)
        behind++; /* 14h30 */
    *out = (struct when){.first = at,
                         .end = behind,
                         .kind = WHEN_CLOCK,
                         .grain = GRAIN_MINUTE,
                         .from = {NO_DAY, hour % 24 * 3600 + minute * 60},
                         .confidence = 0.8};
    return true;
}

/* The words stand at `at`: the piece behind them, SIZE_MAX when they do not. */
static size_t words_at(const struct doc *doc, size_t at, const char *words)
{
    char key[KEY_BYTES];
    size_t len = 0, wanted = strlen(words);
    for (size_t i = at; len < wanted && i < doc->piece_count && piece_goes_on(doc, i); i++) {
        const struct doc_piece *piece = piece_at(doc, i);
        if (i > at && piece->gap == GAP_BLANK && len + 8 < KEY_BYTES)
            key[len++] = ' ';
        len = append_lower(slice_sub(doc->text, piece->from, piece->to), key, len);
        if (len == wanted && memcmp(key, words, len) == 0)
            return i + 1;
        if (len + 8 > KEY_BYTES)
            break;
    }
    return wanted == 0 ? at : SIZE_MAX;
}

/* The first piece of the words that end before `at`; SIZE_MAX when they do not. */
static size_t words_before(const struct doc *doc, size_t at, const char *words)
{
    for (size_t count = 0; count <= 4 && count <= at; count++)
        if (words_at(doc, at - count, words) == at && (count > 0) == (words[0] != '\0'))
            return at - count;
    return SIZE_MAX;
}

static bool moved(const struct anchor *anchor, size_t first, size_t end, int grain, int count,
                  struct when *out)
{
    static const int seconds[] = {0, 1, 60, 3600};
    if (grain == GRAIN_DAY || grain == GRAIN_WEEK) {
        *out = when_day(first, end, anchor->today + count * (grain == GRAIN_DAY ? 1 : 7));
    } else if (grain > GRAIN_DAY) {
        int months = grain == GRAIN_MONTH ? 1 : grain == GRAIN_QUARTER ? 3 : 12;
        *out = when_day(first, end, calendar_add_months(anchor->today, count * months));
    } else {
        int64_t second = anchor->second + (int64_t)count * seconds[grain];
        int64_t day =
            second >= 0 ? second / DAY_SECONDS : -((DAY_SECONDS - 1 - second) / DAY_SECONDS);
        *out = when_day(first, end, anchor->today + (int32_t)day);
        out->kind = WHEN_MOMENT;
        out->from.second = (int32_t)(second - day * DAY_SECONDS);
    }
    return true;
}

/* The first pattern of a language, or of one behind it in the table. */
static unsigned first_pattern(const char *language)
{
    unsigned low = 0, high = date_pattern_count;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (strcmp(date_patterns[middle].language, language) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* vor 3 Tagen, il y a 3 jours, 3 дня назад, 3天前 */
static bool counted_away(const struct anchor *anchor, size_t at, struct when *out)
{
    const struct doc *doc = anchor->doc;
    int count;
    size_t digits;
    if (!anchor->known || !number_at(doc, at, 3, &count, &digits) || !date_starts_clean(anchor, at))
        return false;
    for (unsigned i = first_pattern(doc->language); i < date_pattern_count; i++) {
        const struct date_pattern *pattern = &date_patterns[i];
        if (strcmp(pattern->language, doc->language) != 0)
            return false;
        size_t first = words_before(doc, at, pattern->before);
        size_t end = first == SIZE_MAX ? SIZE_MAX : words_at(doc, at + 1, pattern->behind);
        if (end != SIZE_MAX)
            return moved(anchor, first, end, pattern->grain, pattern->sign * count, out);
    }
    return false;
}

/* ---- names ---- */

static bool weekday(const struct anchor *anchor, size_t at, int value, size_t end, struct when *out)
{
    struct when day;
    int number = value % 16, weeks = value / 16;
    size_t next = over_stop(anchor->doc, end, ",(");
    next = over(anchor->doc, next, DATE_JOINT);
    if (piece_goes_on(anchor->doc, next) &&
        (day_month(anchor, next, &day) || eastern(anchor, next, &day)) && when_is_day(&day)) {
        *out = day;
        out->first = at;
        return true;
    }
    if (!anchor->known)
        return false;
    int32_t monday = calendar_monday(anchor->today);
    int32_t back = (calendar_weekday(anchor->today) - number + 7) % 7;
    *out = when_day(at, end, weeks ? monday + number - 1 + 7 * (weeks - 2) : anchor->today - back);
    out->confidence = weeks ? 0.9 : 0.75;
    return true;
}

static bool named(const struct anchor *anchor, size_t at, struct when *out)
{
    size_t end;
    const struct lexicon_entry *entry = name_at(anchor->doc, at, &end);
    if (!entry)
        return false;
    switch (entry->more) {
    case DATE_MONTH:
        return month_alone(anchor, at, entry->value, end, out);
    case DATE_WEEKDAY:
        return weekday(anchor, at, entry->value, end, out);
    case DATE_NEAR:
        *out = when_day(at, end, anchor->today + entry->value);
        return anchor->known;
    case DATE_RELATIVE:
        return anchor->known &&
               when_unit(anchor, at, end, entry->value / 16, entry->value % 16 - 8, out);
    default:
        return false;
    }
}

bool foreign_read(const struct anchor *anchor, size_t at, struct when *out)
{
    static bool (*const readers[])(const struct anchor *, size_t, struct when *) = {
        eastern, day_month, numeric_read, counted_away, year_alone, clock_time};
    if (piece_at(anchor->doc, at)->kind != PIECE_DIGITS)
        return named(anchor, at, out);
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
        if (readers[i](anchor, at, out))
            return !out->bare;
    return false;
}
