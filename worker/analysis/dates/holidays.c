/* Days that have a name: Christmas, Labor Day 2021, the previous easter. */
#include "worker/analysis/dates/when.h"

#define NAME_WORDS 5

/* The name's words without their possessive endings, as the table has them. */
static bool name_at(const struct doc *doc, size_t at, int *rule, size_t *end)
{
    char word[PIECE_WORD_MAX], key[NAME_WORDS * (PIECE_WORD_MAX + 1)];
    size_t len = 0, next = at;
    bool found = false;
    for (int i = 0; i < NAME_WORDS && (i == 0 || piece_goes_on(doc, next)); i++) {
        struct slice text = piece_word(doc, next, word);
        if (text.len == 0)
            break;
        if (i > 0)
            key[len++] = ' ';
        memcpy(key + len, text.data, text.len);
        len += text.len;
        next++;
        const struct lexicon_entry *entry =
            lexicon_look_up(&dates_lexicon, (struct slice){key, len});
        if (i == 0 && (!entry || (entry->words <= 1 && (uint8_t)entry->more != DATE_HOLIDAY)))
            return false;
        if (entry && entry->value != LEXICON_PREFIX_ONLY && (uint8_t)entry->more == DATE_HOLIDAY) {
            *rule = entry->value;
            *end = next;
            found = true;
        }
        bool quote = piece_is_sign(doc, next, '\'') || piece_is_sign(doc, next, 0x2019);
        if (quote && date_joined(doc, next))
            next += piece_is(doc, next + 1, "s") && date_joined(doc, next + 1) ? 2 : 1;
    }
    return found;
}

static int32_t day_in(int rule, int year)
{
    if (rule > 2000000) {
        int islamic = (year - 622) * 33 / 32, month = rule / 100 % 100, day = rule % 100;
        while (calendar_islamic(islamic, month, day) < calendar_day(year, 1, 1))
            islamic++;
        return calendar_islamic(islamic, month, day);
    }
    if (rule > 1000000)
        return calendar_easter(year) + rule - 1000500;
    if (rule > 100000) {
        rule -= 100000;
        return calendar_nth_weekday(year, rule / 1000, rule / 100 % 10, rule / 10 % 10) + rule % 10;
    }
    return calendar_day(year, rule / 100, rule % 100);
}

/* The nearest one; with -1 or 1 the last before or the first after today. */
static int32_t nearest(const struct anchor *anchor, size_t at, int rule, int relative)
{
    int year = calendar_date(anchor->today).year;
    int32_t best = NO_DAY;
    bool future = relative > 0 || (relative == 0 && date_is_future(anchor, at));
    for (int i = year - 1; i <= year + 1; i++) {
        int32_t found = day_in(rule, i);
        if ((future && found < anchor->today) || (relative < 0 && found >= anchor->today))
            continue;
        best = nearer_day(anchor, best, found);
    }
    return best;
}

/* The weekend that a holiday makes long. */
static void weekend_of(struct when *out)
{
    int weekday = calendar_weekday(out->from.day);
    int32_t from = weekday <= 2 ? out->from.day - weekday - 1 : calendar_monday(out->from.day) + 5;
    *out = when_days(out->first, out->end, from, from + 2, GRAIN_WEEKEND);
}

bool holiday_read(const struct anchor *anchor, size_t at, struct when *out)
{
    const struct doc *doc = anchor->doc;
    int rule = 0, year, relative = 0;
    size_t end, start = at, behind;
    if (date_word(doc, at, DATE_RELATIVE, false, &relative, &end) && piece_goes_on(doc, end))
        start = end;
    if ((!(piece_at(doc, start)->hints & HINT_NAME) &&
         piece_at(doc, start)->class != DATE_HOLIDAY) ||
        !name_at(doc, start, &rule, &end))
        return false;
    size_t next = end + (piece_is(doc, end, "of") || piece_is(doc, end, "in") ||
                         piece_is_sign(doc, end, ','));
    if (start == at && piece_goes_on(doc, next) && piece_at(doc, next)->kind == PIECE_DIGITS &&
        date_year(doc, next, false, &year, &behind))
        *out = when_day(at, behind, day_in(rule, year));
    else if (anchor->known)
        *out = when_day(at, end, nearest(anchor, at, rule, relative == 2 ? 0 : relative));
    else
        return false;
    if (out->from.day == NO_DAY)
        return false;
    if (piece_is(doc, out->end, "weekend") && piece_goes_on(doc, out->end)) {
        out->end++;
        weekend_of(out);
    }
    out->yearless = start == at && out->end == end;
    out->named = true;
    return true;
}
