/* Actor dictionaries: names, their synonyms, and who they are when.
 *
 *   JANE_ROE_ [DEN]            a name, and what it is without a date
 *   +J._ROE                    another name for the same
 *   [DENGOV 20010101-20051231] what it is between two days, both included
 *   [DENELI >060101]           from a day on; "<" until a day; years of two digits to 30 are 20xx
 *
 * Codes may stand behind the name too. */
#include <ctype.h>
#include <stdlib.h>

#include "worker/analysis/dates/calendar.h"
#include "worker/analysis/petrarch/petrarch_inside.h"

#define CENTURY_TURN 30 /* 00 to 30 are 2000 to 2030, as in KEDS, TABARI and PETRARCH */

static bool is_sector(const char *group)
{
    for (unsigned i = 0; i < sector_count; i++)
        if (strcmp(sector_names[i], group) == 0)
            return true;
    return false;
}

static void take_group(struct slice text, size_t at, char out[PETRARCH_CODE_BYTES])
{
    memcpy(out, text.data + at, PETRARCH_CODE_BYTES - 1);
    out[PETRARCH_CODE_BYTES - 1] = '\0';
}

bool petrarch_split_code(struct slice text, char code[PETRARCH_CODE_BYTES],
                         char sector[PETRARCH_CODE_BYTES])
{
    char group[PETRARCH_CODE_BYTES];
    code[0] = sector[0] = '\0';
    if (slice_is(text, "---"))
        return true;
    if (text.len == 0 || text.len % 3 != 0 || text.len > 30)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (!isalpha((unsigned char)text.data[i]) || !isupper((unsigned char)text.data[i]))
            return false;
    take_group(text, 0, group);
    bool alone = is_sector(group) && strcmp(group, "NGO") != 0;
    memcpy(alone ? sector : code, group, sizeof group);
    for (size_t at = 3; at < text.len && !(sector[0] && is_sector(sector)); at += 3) {
        take_group(text, at, group);
        if (!sector[0] || is_sector(group))
            memcpy(sector, group, sizeof group);
    }
    return true;
}

/* YYYYMMDD or YYMMDD. */
static bool read_day(struct slice text, int32_t *day)
{
    int digits[8], at = 0;
    if (text.len != 8 && text.len != 6)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (!isdigit((unsigned char)text.data[i]))
            return false;
        digits[i] = text.data[i] - '0';
    }
    int year = digits[0] * 10 + digits[1];
    if (text.len == 8)
        year = year * 100 + digits[2] * 10 + digits[3];
    else
        year += year <= CENTURY_TURN ? 2000 : 1900;
    at = text.len == 8 ? 4 : 2;
    int month = digits[at] * 10 + digits[at + 1], of_month = digits[at + 2] * 10 + digits[at + 3];
    if (!calendar_is_date(year, month, of_month))
        return false;
    *day = calendar_day(year, month, of_month);
    return true;
}

static bool read_dates(struct slice text, struct actor_code *out)
{
    out->from = INT32_MIN;
    out->to = INT32_MAX;
    out->always = text.len == 0;
    if (out->always)
        return true;
    struct slice rest = slice_sub(text, 1, text.len);
    if (text.data[0] == '<')
        return read_day(rest, &out->to);
    if (text.data[0] == '>')
        return read_day(rest, &out->from);
    const char *dash = memchr(text.data, '-', text.len);
    size_t at = dash ? (size_t)(dash - text.data) : text.len;
    return dash && read_day(slice_sub(text, 0, at), &out->from) &&
           read_day(slice_sub(text, at + 1, text.len), &out->to);
}

/* "USAGOV 010120-050120" */
static const char *read_code(struct slice inside, struct actor_code *out)
{
    inside = slice_trim(inside);
    size_t end = 0;
    while (end < inside.len && !isspace((unsigned char)inside.data[end]))
        end++;
    if (!petrarch_split_code(slice_sub(inside, 0, end), out->code, out->sector))
        return "a code is groups of three capital letters, or ---";
    if (!read_dates(slice_trim(slice_sub(inside, end, inside.len)), out))
        return "dates are <DAY, >DAY or DAY-DAY, a day is YYYYMMDD or YYMMDD";
    return NULL;
}

/* All codes of a line, which belong to the last record. */
static enum status read_codes(struct petrarch *petrarch, struct petrarch_lines *lines,
                              struct slice text)
{
    struct actor_record *records = petrarch->records.items;
    while (text.len > 0) {
        const char *close = memchr(text.data, ']', text.len), *wrong = NULL;
        struct actor_code code = {.always = true};
        if (text.data[0] != '[' || !close)
            wrong = "codes stand in [ ]";
        else
            wrong = read_code(slice_sub(text, 1, (size_t)(close - text.data)), &code);
        if (!wrong && petrarch->records.count == 0)
            wrong = "a code without a name before it";
        if (wrong) {
            petrarch_lines_bad(lines, wrong);
            return STATUS_OK;
        }
        struct actor_code *added = petrarch_push(&petrarch->codes, sizeof *added);
        if (!added)
            return STATUS_FATAL;
        *added = code;
        records[petrarch->records.count - 1].count++;
        text = slice_trim(slice_sub(text, (size_t)(close - text.data) + 1, text.len));
    }
    return STATUS_OK;
}

/* The first of two entries for a name counts. */
static enum status add_name(struct petrarch *petrarch, struct petrarch_lines *lines,
                            struct slice name)
{
    char key[PETRARCH_KEY_BYTES];
    size_t count;
    struct slice folded = petrarch_key(name, key, &count);
    if (folded.len == 0) {
        petrarch_lines_bad(lines, "a name without letters, or a too long one");
        return STATUS_OK;
    }
    struct lexicon_entry *entry = lexicon_builder_phrase(&petrarch->actor_keys, folded, count);
    if (entry && entry->value == LEXICON_PREFIX_ONLY)
        entry->value = (int32_t)petrarch->records.count - 1;
    return entry ? STATUS_OK : STATUS_FATAL;
}

static enum status read_line(struct petrarch *petrarch, struct petrarch_lines *lines,
                             struct slice line)
{
    const char *open = memchr(line.data, '[', line.len);
    size_t name_end = open ? (size_t)(open - line.data) : line.len;
    struct slice name = slice_sub(line, 0, name_end), codes = slice_sub(line, name_end, line.len);
    bool synonym = line.data[0] == '+';
    if (synonym && petrarch->records.count == 0) {
        petrarch_lines_bad(lines, "a synonym without a name before it");
        return STATUS_OK;
    }
    if (name.len > 0 && !synonym) {
        struct actor_record *record = petrarch_push(&petrarch->records, sizeof *record);
        if (!record)
            return STATUS_FATAL;
        record->first = (uint32_t)petrarch->codes.count;
    }
    enum status status = name.len > 0 ? add_name(petrarch, lines, name) : STATUS_OK;
    return status == STATUS_OK ? read_codes(petrarch, lines, codes) : status;
}

enum status petrarch_read_actors(struct petrarch *petrarch, struct petrarch_lines *lines)
{
    struct slice line;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && petrarch_lines_next(lines, &line))
        status = read_line(petrarch, lines, line);
    return status;
}
