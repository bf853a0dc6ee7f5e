/* Reading dates: cut into numbers, words and signs, then one pattern after the other. */
#include "worker/analysis/page/date.h"

#include <stdio.h>
#include <unicode/uchar.h>

#include "common/clock.h"
#include "common/utf8.h"
#include "worker/analysis/tables.h"

#define PIECES_MAX     96
#define TEXT_BYTES_MAX 600
#define WORD_BYTES_MAX 40

enum piece_kind { PIECE_NUMBER, PIECE_WORD, PIECE_SIGN };

struct piece {
    enum piece_kind kind;
    uint32_t from, to;
    uint32_t digits;
    int64_t value; /* of a number; the month of a word, 0: none; the code point of a sign */
};

struct pieces {
    struct slice text;
    const struct date_style *style;
    struct piece items[PIECES_MAX];
    size_t count;
};

static bool make_date(int64_t year, int64_t month, int64_t day, const struct date_style *style,
                      struct page_date *out)
{
    char text[64];
    int64_t ms;
    if (year < DATE_YEAR_MIN || year > DATE_YEAR_MAX || month < 1 || month > 12 || day < 1 ||
        day > 31)
        return false;
    int len = snprintf(text, sizeof text, "%04d-%02d-%02d", (int)year, (int)month, (int)day);
    if (!clock_parse((struct slice){text, (size_t)len}, &ms) || ms > style->latest_ms)
        return false;
    *out = (struct page_date){ms, 0};
    return true;
}

static int64_t month_of(struct slice word, const struct date_style *style)
{
    char key[WORD_BYTES_MAX + 12];
    int len = snprintf(key, sizeof key, "%.3s %.*s", style->language, (int)word.len, word.data);
    const struct lexicon_entry *entry =
        lexicon_look_up(&months_lexicon, (struct slice){key, (size_t)len});
    if (!entry)
        entry = lexicon_look_up(&months_lexicon, word);
    return entry && entry->value != LEXICON_PREFIX_ONLY ? entry->value : 0;
}

static bool is_letter(UChar32 point)
{
    return u_isalpha(point) || u_charType(point) == U_NON_SPACING_MARK ||
           u_charType(point) == U_COMBINING_SPACING_MARK;
}

/* The signs of East Asian dates are words of one character each, also when they touch. */
static bool is_east_asian(UChar32 point)
{
    return point >= 0x3400 && point < 0xd7a4;
}

static void cut_word(struct pieces *in, struct piece *piece, size_t *at)
{
    char word[WORD_BYTES_MAX];
    size_t len = 0;
    while (*at < in->text.len) {
        size_t next = *at;
        UChar32 point = (UChar32)utf8_next(in->text, &next);
        if (!is_letter(point) || (len > 0 && is_east_asian(point)))
            break;
        if (len + 4 < sizeof word)
            len += utf8_put((uint32_t)u_tolower(point), word + len);
        *at = next;
        if (is_east_asian(point))
            break;
    }
    piece->kind = PIECE_WORD;
    piece->value = month_of((struct slice){word, len}, in->style);
}

static void cut_number(struct pieces *in, struct piece *piece, size_t *at)
{
    piece->kind = PIECE_NUMBER;
    while (*at < in->text.len && piece->digits < 15) {
        size_t next = *at;
        int32_t digit = u_charDigitValue((UChar32)utf8_next(in->text, &next));
        if (digit < 0)
            break;
        piece->value = piece->value * 10 + digit;
        piece->digits++;
        *at = next;
    }
}

static void cut(struct slice text, const struct date_style *style, struct pieces *out)
{
    out->text = text.len > TEXT_BYTES_MAX ? slice_sub(text, 0, TEXT_BYTES_MAX) : text;
    while (out->text.len < text.len && out->text.len > 0 &&
           ((unsigned char)text.data[out->text.len] & 0xc0) == 0x80)
        out->text.len--;
    out->style = style;
    out->count = 0;
    for (size_t at = 0; at < out->text.len && out->count < PIECES_MAX;) {
        size_t next = at;
        UChar32 point = (UChar32)utf8_next(out->text, &next);
        if (u_isUWhiteSpace(point)) {
            at = next;
            continue;
        }
        struct piece *piece = &out->items[out->count++];
        *piece = (struct piece){.from = (uint32_t)at};
        if (u_charDigitValue(point) >= 0) {
            cut_number(out, piece, &at);
        } else if (is_letter(point)) {
            cut_word(out, piece, &at);
        } else {
            *piece = (struct piece){.kind = PIECE_SIGN, .from = (uint32_t)at, .value = point};
            at = next;
        }
        piece->to = (uint32_t)at;
    }
}

static const struct piece *piece_at(const struct pieces *in, size_t at)
{
    return at < in->count ? &in->items[at] : NULL;
}

static bool is_number(const struct pieces *in, size_t at, uint32_t min, uint32_t max)
{
    const struct piece *piece = piece_at(in, at);
    return piece && piece->kind == PIECE_NUMBER && piece->digits >= min && piece->digits <= max;
}

static bool is_sign(const struct pieces *in, size_t at, const char *signs)
{
    const struct piece *piece = piece_at(in, at);
    return piece && piece->kind == PIECE_SIGN && piece->value < 128 && piece->value > 0 &&
           strchr(signs, (char)piece->value);
}

static bool is_word(const struct pieces *in, size_t at, const char *const *words)
{
    const struct piece *piece = piece_at(in, at);
    for (; piece && piece->kind == PIECE_WORD && *words; words++)
        if (piece->to - piece->from == strlen(*words) &&
            strncasecmp(in->text.data + piece->from, *words, strlen(*words)) == 0)
            return true;
    return false;
}

static bool is_month(const struct pieces *in, size_t at)
{
    const struct piece *piece = piece_at(in, at);
    return piece && piece->kind == PIECE_WORD && piece->value > 0;
}

static bool touches(const struct pieces *in, size_t at)
{
    return at > 0 && at < in->count && in->items[at].from == in->items[at - 1].to;
}

/* Behind the number of a day: "31st", "31.", "1er", "31 de", "31st of". */
static size_t skip_day_mark(const struct pieces *in, size_t at)
{
    static const char *const ordinals[] = {"st", "nd",  "rd", "th", "er", "ère", "º",
                                           "ª",  "ste", "de", "e",  "a",  "o",   NULL};
    static const char *const links[] = {"de", "of", "d", "di", "do", "den", "the", "i", "ta", NULL};
    if (touches(in, at) && is_word(in, at, ordinals))
        at++;
    if (is_sign(in, at, ".,/-") && !is_number(in, at + 1, 1, 4))
        at++;
    if (is_word(in, at, links))
        at++;
    return at;
}

/* Between a month and the year: "May, 2017", "mayo de 2017", "May. 2017", "May-2017". */
static size_t skip_to_year(const struct pieces *in, size_t at)
{
    static const char *const links[] = {"de", "del", "of", "г", "р", "m", NULL};
    while (is_sign(in, at, ".,/-'") || is_word(in, at, links))
        at++;
    return at;
}

static int64_t year_of(const struct piece *piece)
{
    if (piece->digits == 4)
        return piece->value;
    return piece->value + (piece->value < 70 ? 2000 : 1900);
}

/* 2019-05-31, 2019/5/31, 2019. 5. 31., 2019年5月31日, 2019년 5월 31일, 2019 május 31 */
static bool year_first(const struct pieces *in, size_t at, struct page_date *out, size_t *to)
{
    static const char *const years[] = {"年", "년", NULL}, *const months[] = {"月", "월", NULL};
    if (!is_number(in, at, 4, 4))
        return false;
    size_t next = at + 1;
    bool named = is_word(in, next, years);
    next += named || is_sign(in, next, "-/.");
    if (is_month(in, next) && is_number(in, next + 1, 1, 2)) {
        *to = next + 2;
        return make_date(in->items[at].value, in->items[next].value, in->items[next + 1].value,
                         in->style, out);
    }
    if (next == at + 1 || !is_number(in, next, 1, 2))
        return false;
    size_t month = next++;
    if (named ? !is_word(in, next, months) : !is_sign(in, next, "-/."))
        return false;
    if (!is_number(in, ++next, 1, 2))
        return false;
    *to = next + 1;
    return make_date(in->items[at].value, in->items[month].value, in->items[next].value, in->style,
                     out);
}

/* 31.05.2019, 31/5/2019, 5/31/2019, 31-05-19 */
static bool all_numbers(const struct pieces *in, size_t at, struct page_date *out, size_t *to)
{
    if (!is_number(in, at, 1, 2) || !is_sign(in, at + 1, "./-") || !is_number(in, at + 2, 1, 2) ||
        !is_sign(in, at + 3, "./-") || in->items[at + 1].value != in->items[at + 3].value)
        return false;
    const struct piece *year = piece_at(in, at + 4);
    if (!year || year->kind != PIECE_NUMBER || (year->digits != 4 && year->digits != 2))
        return false;
    /* "1.2.2019.4" counts versions. */
    if (touches(in, at + 5) && is_sign(in, at + 5, "./-") && touches(in, at + 6) &&
        is_number(in, at + 6, 1, 15))
        return false;
    int64_t first = in->items[at].value, second = in->items[at + 2].value;
    bool dotted = in->items[at + 1].value == '.';
    bool slashed = in->items[at + 1].value == '/' && !in->style->slashes;
    bool month_first =
        second > 12 || ((in->style->month_first || slashed) && !dotted && first <= 12);
    /* "28.09.1912:44": the time has lost its space. */
    bool glued = year->digits == 4 && touches(in, at + 5) && is_sign(in, at + 5, ":");
    *to = at + 5;
    return make_date(glued ? 2000 + year->value / 100 : year_of(year), month_first ? first : second,
                     month_first ? second : first, in->style, out);
}

/* 31 May 2019, 31. Mai 2019, 31 de mayo de 2019, 31-May-19 */
static bool day_first(const struct pieces *in, size_t at, struct page_date *out, size_t *to)
{
    if (!is_number(in, at, 1, 2))
        return false;
    size_t month = skip_day_mark(in, at + 1);
    if (is_sign(in, month, "-/"))
        month++;
    if (!is_month(in, month))
        return false;
    size_t year = skip_to_year(in, month + 1);
    if (!is_number(in, year, 4, 4) && !(is_number(in, year, 2, 2) && year > month + 1))
        return false;
    *to = year + 1;
    return make_date(year_of(&in->items[year]), in->items[month].value, in->items[at].value,
                     in->style, out);
}

/* May 31, 2019; May 31st 2019 */
static bool month_first(const struct pieces *in, size_t at, struct page_date *out, size_t *to)
{
    if (!is_month(in, at))
        return false;
    size_t day = at + 1;
    day += is_sign(in, day, ".");
    if (!is_number(in, day, 1, 6) || is_number(in, day, 3, 4))
        return false;
    const struct piece *both = &in->items[day]; /* "Apr 042013": the year has lost its space */
    if (is_number(in, day, 5, 6)) {
        *to = day + 1;
        return make_date(both->value % 10000, in->items[at].value, both->value / 10000, in->style,
                         out);
    }
    size_t year = skip_to_year(in, skip_day_mark(in, day + 1));
    if (!is_number(in, year, 4, 4))
        return false;
    *to = year + 1;
    return make_date(in->items[year].value, in->items[at].value, in->items[day].value, in->style,
                     out);
}

static bool date_at(const struct pieces *in, size_t at, struct page_date *out, size_t *to)
{
    /* "12019-05-31", "1.31.05.2019" and "v31" are no dates. */
    if (touches(in, at) && in->items[at - 1].kind == PIECE_NUMBER)
        return false;
    return year_first(in, at, out, to) || all_numbers(in, at, out, to) ||
           day_first(in, at, out, to) || month_first(in, at, out, to);
}

bool date_in_text(struct slice text, const struct date_style *style, struct page_date *out,
                  size_t *from, size_t *to)
{
    struct pieces in;
    size_t end = 0;
    cut(text, style, &in);
    for (size_t i = 0; i < in.count; i++) {
        if (!date_at(&in, i, out, &end))
            continue;
        *from = in.items[i].from;
        *to = in.items[end - 1].to;
        return true;
    }
    return false;
}

/* A time of day with a zone behind a date, as RFC 2822 writes: the instant is known then. */
static void read_zone(struct slice rest, struct page_date *date)
{
    int hour = 0, minute = 0, second = 0, used = 0;
    char text[40];
    size_t len = rest.len < sizeof text - 1 ? rest.len : sizeof text - 1;
    memcpy(text, rest.data, len);
    text[len] = 0;
    if (sscanf(text, " %2d:%2d:%2d %n", &hour, &minute, &second, &used) < 3 || hour > 23 ||
        minute > 59 || used == 0)
        return;
    int zone_hour = 0, zone_minute = 0;
    char sign = text[used];
    bool zoned = (sign == '+' || sign == '-') &&
                 sscanf(text + used + 1, "%2d%*[:]%2d", &zone_hour, &zone_minute) == 2;
    if (!zoned && (sign == '+' || sign == '-'))
        zoned = sscanf(text + used + 1, "%2d%2d", &zone_hour, &zone_minute) >= 1;
    if (zoned && zone_hour <= 14 && zone_minute < 60)
        date->zone = (zone_hour * 60 + zone_minute) * (sign == '-' ? -1 : 1);
    date->ms += ((hour * 60 + minute) * 60 + second) * 1000LL - date->zone * 60000LL;
}

/* The offset at the end of an RFC 3339 time, in minutes. */
static int32_t zone_of(struct slice text)
{
    for (size_t i = 11; i + 2 < text.len; i++) {
        int hour = 0, minute = 0;
        char end[8] = {0};
        if (text.data[i] != '+' && text.data[i] != '-')
            continue;
        memcpy(end, text.data + i + 1, text.len - i - 1 < 7 ? text.len - i - 1 : 7);
        if (sscanf(end, strchr(end, ':') ? "%2d:%2d" : "%2d%2d", &hour, &minute) >= 1)
            return (hour * 60 + minute) * (text.data[i] == '-' ? -1 : 1);
    }
    return 0;
}

static bool plausible(int64_t ms, const struct date_style *style)
{
    return ms >= 631152000000 /* 1990 */ && ms <= style->latest_ms;
}

/* Seconds or milliseconds since 1970, or 20190531. */
static bool bare_number(struct slice value, const struct date_style *style, struct page_date *out)
{
    int64_t number = 0;
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] < '0' || value.data[i] > '9')
            return false;
        number = number * 10 + (value.data[i] - '0');
    }
    if (value.len == 8)
        return make_date(number / 10000, number / 100 % 100, number % 100, style, out);
    if (value.len != 10 && value.len != 13)
        return false;
    *out = (struct page_date){value.len == 10 ? number * 1000 : number, 0};
    return plausible(out->ms, style);
}

bool date_value(struct slice value, const struct date_style *style, struct page_date *out)
{
    size_t from = 0, to = 0;
    value = slice_trim(value);
    if (value.len < 8 || value.len > 200)
        return false;
    if (value.len <= 13 && bare_number(value, style, out))
        return true;
    int64_t ms;
    if (value.len <= 40 && clock_parse(value, &ms) && plausible(ms, style)) {
        *out = (struct page_date){ms, zone_of(value)};
        return true;
    }
    if (!date_in_text(value, style, out, &from, &to) || from > 30)
        return false;
    read_zone(slice_sub(value, to, value.len), out);
    return true;
}

static int64_t digits_at(struct slice text, size_t *at, size_t max)
{
    int64_t value = 0;
    size_t start = *at;
    while (*at < text.len && *at - start < max && text.data[*at] >= '0' && text.data[*at] <= '9')
        value = value * 10 + (text.data[(*at)++] - '0');
    return *at > start ? value : -1;
}

static bool is_digit_at(struct slice text, size_t at)
{
    return at < text.len && text.data[at] >= '0' && text.data[at] <= '9';
}

bool date_in_url(struct slice url, const struct date_style *style, struct page_date *out)
{
    const char *scheme = slice_find(url, "://");
    size_t start = scheme ? (size_t)(scheme - url.data) + 3 : 0;
    for (size_t i = start; i + 8 <= url.len; i++) {
        size_t at = i;
        if (!is_digit_at(url, i) || (i > 0 && is_digit_at(url, i - 1)))
            continue;
        int64_t year = digits_at(url, &at, 4);
        if (at - i != 4)
            continue;
        char sign = at < url.len ? url.data[at] : 0;
        bool signs = sign == '/' || sign == '-' || sign == '_' || sign == '.';
        at += signs;
        size_t month_at = at;
        int64_t month = digits_at(url, &at, 2);
        if (signs && (at >= url.len || url.data[at] != sign))
            continue;
        if (!signs && at - month_at != 2)
            continue;
        at += signs;
        size_t day_at = at;
        int64_t day = digits_at(url, &at, 2);
        if ((signs || at - day_at == 2) && !is_digit_at(url, at) &&
            make_date(year, month, day, style, out))
            return true;
    }
    return false;
}
