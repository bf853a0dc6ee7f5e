/* Amounts: numbers with what they measure: per cent, money, units, things counted.
 *
 * A number (numbers.h) is looked for at each piece; what stands before and behind it says which
 * kind it is. What is counted is the plural noun behind it; the counts of people killed, wounded,
 * arrested, displaced, kidnapped or protesting carry GDELT's names for them as their unit. */
#include <math.h>

#include "worker/analysis/amounts/numbers.h"
#include "worker/analysis/stages.h"
#include "worker/analysis/tables.h"

#define SURE        0.9
#define BARE        0.7
#define NOUN_PIECES 4 /* a counted noun stands at most this far behind its number */
#define FATE_PIECES 6 /* and what became of them as far behind the noun */

struct finder {
    const struct doc *doc;
    struct result_amount *items;
    size_t count, capacity;
    struct arena *arena;
};

struct amount {
    size_t first, end; /* pieces */
    const char *kind;
    double value;
    struct slice unit, object;
    double confidence;
};

static uint32_t unit_flags(const struct doc *doc, size_t at)
{
    const struct lexicon_entry *entry = piece_entry(doc, at, PIECE_UNITS);
    return entry && entry->value != LEXICON_PREFIX_ONLY ? entry->more : 0;
}

static struct slice pieces_text(const struct doc *doc, size_t first, size_t end)
{
    return slice_sub(doc->text, piece_at(doc, first)->from, piece_at(doc, end - 1)->to);
}

/* ---- money ---- */

static const char *currency_of_sign(const struct doc_piece *piece)
{
    bool maybe = piece->kind == PIECE_SIGN && (piece->sign >= 0x80 || piece->sign == '$');
    for (unsigned i = 0; maybe && i < currency_sign_count; i++)
        if (currency_signs[i].sign == piece->sign)
            return currency_signs[i].unit;
    return NULL;
}

static bool is_capitals(const struct doc *doc, size_t at)
{
    const struct doc_piece *piece = piece_at(doc, at);
    for (uint32_t i = piece->from; piece->capital && i < piece->to; i++)
        if (doc->text.data[i] < 'A' || doc->text.data[i] > 'Z')
            return false;
    return piece->capital;
}

/* A currency's code however it is written and whatever else it means. */
static const char *iso_code_at(const struct doc *doc, size_t at)
{
    const struct doc_piece *piece = piece_at(doc, at);
    const struct lexicon_entry *entry =
        piece->to - piece->from == 3 ? piece_entry(doc, at, PIECE_UNITS) : NULL;
    bool is_code = entry && entry->value != LEXICON_PREFIX_ONLY && entry->more & UNIT_ISO;
    return is_code ? unit_names[entry->value] : NULL;
}

/* USD, usd; not "ALL 5 solutions". NULL when the piece is no currency's code. */
static const char *code_at(const struct doc *doc, size_t at)
{
    const struct doc_piece *piece = piece_at(doc, at);
    if (piece->to - piece->from != 3)
        return NULL;
    const struct lexicon_entry *entry = piece_entry(doc, at, PIECE_UNITS);
    if (!entry || entry->value == LEXICON_PREFIX_ONLY || !(entry->more & UNIT_ISO) ||
        entry->more & UNIT_CODE)
        return NULL;
    if (!is_capitals(doc, at) && !(entry->more & UNIT_LOWER))
        return NULL;
    return unit_names[entry->value];
}

/* The letters before a dollar sign: US$, A$, NZ$, "us $", aud$. NULL when they are none. */
static const char *dollar_of(const struct doc *doc, size_t at)
{
    static const struct {
        const char *letters, *unit;
    } dollars[] = {{"us", "USD"}, {"a", "AUD"},  {"au", "AUD"}, {"c", "CAD"},  {"ca", "CAD"},
                   {"nz", "NZD"}, {"hk", "HKD"}, {"s", "SGD"},  {"nt", "TWD"}, {"r", "BRL"},
                   {"j", "JMD"},  {"mx", "MXN"}, {"z", "ZWL"},  {"tt", "TTD"}};
    bool near = piece_at(doc, at + 1)->gap == GAP_NONE;
    for (size_t i = 0; i < sizeof dollars / sizeof *dollars; i++)
        if (piece_is(doc, at, dollars[i].letters) && (near || i == 0) &&
            (is_capitals(doc, at) || i == 0))
            return dollars[i].unit;
    return near ? iso_code_at(doc, at) : code_at(doc, at);
}

/* "u.s. $": the piece of the dollar sign; 0 when that does not stand there. */
static size_t dotted_dollar(const struct doc *doc, size_t at)
{
    if (!piece_is(doc, at, "u") || !piece_is_sign(doc, at + 1, '.') || !piece_is(doc, at + 2, "s"))
        return 0;
    size_t sign = at + 3 + piece_is_sign(doc, at + 3, '.');
    return piece_is_sign(doc, sign, '$') && piece_goes_on(doc, sign) ? sign : 0;
}

/* MEUR, MAUD: millions of a currency. */
static const char *million_code_at(const struct doc *doc, size_t at)
{
    char word[PIECE_WORD_MAX];
    struct slice text = piece_word(doc, at, word);
    if (text.len != 4 || text.data[0] != 'm' || !is_capitals(doc, at))
        return NULL;
    const struct lexicon_entry *entry =
        lexicon_look_up(&units_lexicon, slice_sub(text, 1, text.len));
    return entry && entry->value != LEXICON_PREFIX_ONLY && entry->more & UNIT_ISO
               ? unit_names[entry->value]
               : NULL;
}

static bool next_number(const struct doc *doc, size_t at, struct number *number)
{
    return piece_goes_on(doc, at) && number_read_here(doc, at, number);
}

/* The m of "£10m" is a million; in "10m" alone it is a metre. */
static void take_million(const struct doc *doc, struct number *number)
{
    if (piece_is(doc, number->end, "m") && number->digits &&
        piece_at(doc, number->end)->gap == GAP_NONE) {
        number->value *= 1e6;
        number->end++;
    }
}

/* A currency at `at` that a number may follow: its unit, and its last piece. NULL when none is. */
static const char *currency_before(const struct doc *doc, size_t at, size_t *last, double *scale)
{
    const char *unit;
    *last = at;
    *scale = 1;
    if (piece_at(doc, at)->kind == PIECE_SIGN)
        return currency_of_sign(piece_at(doc, at));
    if (piece_at(doc, at)->kind != PIECE_LETTERS)
        return NULL;
    if (piece_is_sign(doc, at + 1, '$') && piece_goes_on(doc, at + 1)) {
        *last = at + 1;
        return dollar_of(doc, at);
    }
    if (dotted_dollar(doc, at)) {
        *last = dotted_dollar(doc, at);
        return "USD";
    }
    if (piece_at(doc, at + 1)->kind == PIECE_DIGITS && piece_at(doc, at + 1)->gap == GAP_NONE &&
        is_capitals(doc, at) && (unit = iso_code_at(doc, at)) != NULL)
        return unit; /* USD5 */
    if ((unit = code_at(doc, at)) != NULL)
        return unit;
    if ((unit = million_code_at(doc, at)) != NULL) {
        *scale = 1e6;
        return unit;
    }
    if (piece_is(doc, at, "rs")) {
        *last = piece_is_sign(doc, at + 1, '.') ? at + 1 : at;
        return "INR";
    }
    return piece_is(doc, at, "sen") ? "sen" : NULL;
}

/* Money that begins with its currency: $5, US$ 5 million, EUR 5, Rs 5, MAUD 60. */
static bool money_before(const struct doc *doc, size_t at, struct amount *out)
{
    double scale;
    size_t last;
    struct number number;
    const char *unit = currency_before(doc, at, &last, &scale);
    if (!unit || !next_number(doc, last + 1, &number) || !number.digits)
        return false;
    take_million(doc, &number);
    size_t end = number.end;
    if (piece_goes_on(doc, end) && code_at(doc, end) && currency_of_sign(piece_at(doc, last))) {
        unit = code_at(doc, end); /* $5 USD */
        end++;
    }
    *out = (struct amount){.first = at,
                           .end = end,
                           .kind = "money",
                           .value = number.value * scale,
                           .unit = slice_from(unit),
                           .confidence = SURE};
    return true;
}

/* A currency behind a number: its unit, the piece behind, and what the number is multiplied by.
 * Empty when there is none. */
static struct slice currency_behind(const struct doc *doc, size_t at, size_t *end, double *scale,
                                    bool *minor)
{
    const char *unit;
    *scale = 1;
    *minor = false;
    if (!piece_goes_on(doc, at))
        return SLICE_NULL;
    if ((unit = currency_of_sign(piece_at(doc, at))) != NULL || (unit = code_at(doc, at)) != NULL) {
        *end = at + 1;
        *minor = strcmp(unit, "cent") == 0;
        /* 75 USD million */
        if (piece_is(doc, at + 1, "million") || piece_is(doc, at + 1, "billion")) {
            *scale = piece_is(doc, at + 1, "million") ? 1e6 : 1e9;
            *end = at + 2;
        }
        return slice_from(unit);
    }
    if ((unit = million_code_at(doc, at)) != NULL) {
        *scale = 1e6;
        *end = at + 1;
        return slice_from(unit);
    }
    const struct lexicon_entry *entry = piece_phrase(doc, at, PIECE_UNITS, end);
    if (!entry || !(entry->more & (UNIT_CURRENCY | UNIT_MINOR)))
        return SLICE_NULL;
    *minor = entry->more & UNIT_MINOR;
    if (entry->value)
        return slice_from(unit_names[entry->value]);
    return pieces_text(doc, at, *end);
}

/* "and forty-five cents", "and one", " 50": the hundredths behind whole units. */
static void hundredths(const struct doc *doc, struct amount *amount)
{
    struct number number;
    size_t at = amount->end, end;
    double scale;
    bool minor, joined = piece_is(doc, at, "and") && piece_goes_on(doc, at);
    if (amount->value != floor(amount->value) || !next_number(doc, at + joined, &number) ||
        !number.whole || number.value < 1 || number.value > 99)
        return;
    struct slice unit = currency_behind(doc, number.end, &end, &scale, &minor);
    if (unit.data && !minor)
        return; /* "5 dollars and 6 euros" */
    uint32_t behind = unit_flags(doc, number.end);
    bool noun = piece_at(doc, number.end)->kind == PIECE_LETTERS &&
                piece_goes_on(doc, number.end) && !(behind & UNIT_STOP);
    if (!unit.data && noun)
        return;
    amount->value += number.value / 100;
    amount->end = unit.data ? end : number.end;
}

static bool money_behind(const struct doc *doc, const struct number *read, struct amount *out)
{
    struct number number = *read;
    size_t end, at;
    double scale;
    bool minor;
    take_million(doc, &number);
    at = number.end;
    if (piece_is_sign(doc, at, '-') && piece_at(doc, at)->gap == GAP_NONE)
        at++; /* 12-cent */
    else if (number.end != read->end)
        return false;
    struct slice unit = currency_behind(doc, at, &end, &scale, &minor);
    if (!unit.data)
        return false;
    bool pounds = slice_is(unit, "GBP") && !currency_of_sign(piece_at(doc, at));
    if (pounds && piece_is(doc, end, "of") && piece_goes_on(doc, end))
        return false; /* of meat */
    struct number after;
    const struct doc_piece *sign = piece_at(doc, at);
    if (sign->kind == PIECE_SIGN && sign->gap == GAP_BLANK && piece_at(doc, end)->gap == GAP_NONE &&
        next_number(doc, end, &after))
        return false; /* the sign belongs to the number behind it */
    *out =
        (struct amount){number.first, end, "money", number.value * scale, unit, SLICE_NULL, SURE};
    if (!minor && unit.len > 0 && piece_at(doc, end - 1)->kind == PIECE_LETTERS && scale == 1)
        hundredths(doc, out);
    return true;
}

/* ---- per cent ---- */

static bool percent_sign(const struct doc *doc, size_t at, size_t *end)
{
    *end = at + 1;
    if (piece_is_sign(doc, at, '%') || piece_is_sign(doc, at, 0xff05) ||
        piece_is_sign(doc, at, 0x66a))
        return true;
    if (piece_is(doc, at, "percent") || piece_is(doc, at, "percents") || piece_is(doc, at, "pct") ||
        (piece_is(doc, at, "percentage") && !piece_is(doc, at + 1, "point") &&
         !piece_is(doc, at + 1, "points")))
        return true;
    *end = at + 2;
    return piece_is(doc, at, "per") &&
           (piece_is(doc, at + 1, "cent") || piece_is(doc, at + 1, "cents"));
}

static bool percent_of(const struct doc *doc, const struct number *number, struct amount *out)
{
    size_t end, at = number->end;
    if (piece_is_sign(doc, at, '-') && piece_at(doc, at)->gap == GAP_NONE)
        at++; /* a 5-percent rise */
    if (!piece_goes_on(doc, at) || !percent_sign(doc, at, &end))
        return false;
    *out =
        (struct amount){number->first, end, "percent", number->value, SLICE_NULL, SLICE_NULL, SURE};
    return true;
}

/* "per cent of twenty-two" */
static bool percent_before(const struct doc *doc, size_t at, struct amount *out)
{
    struct number number;
    size_t end;
    if (piece_at(doc, at)->kind != PIECE_LETTERS || !percent_sign(doc, at, &end) ||
        !piece_is(doc, end, "of") || !next_number(doc, end + 1, &number))
        return false;
    *out = (struct amount){at, number.end, "percent", number.value, SLICE_NULL, SLICE_NULL, BARE};
    return true;
}

/* ---- measures ---- */

static bool measure_of(const struct doc *doc, const struct number *number, struct amount *out)
{
    size_t end, at = number->end;
    if (piece_is_sign(doc, at, 0xb0) && piece_goes_on(doc, at)) { /* °C */
        bool celsius = piece_is(doc, at + 1, "c"), fahrenheit = piece_is(doc, at + 1, "f");
        *out = (struct amount){number->first,
                               at + 1 + (celsius || fahrenheit),
                               "measure",
                               number->value,
                               slice_from(celsius      ? "degree Celsius"
                                          : fahrenheit ? "degree Fahrenheit"
                                                       : "degree"),
                               SLICE_NULL,
                               SURE};
        return true;
    }
    if (piece_is_sign(doc, at, '-') && piece_at(doc, at)->gap == GAP_NONE)
        at++;
    if (!piece_goes_on(doc, at))
        return false;
    if ((piece_is(doc, at, "pounds") || piece_is(doc, at, "pound")) &&
        piece_is(doc, at + 1, "of")) {
        *out = (struct amount){number->first,    at + 1,     "measure", number->value,
                               slice_from("lb"), SLICE_NULL, SURE};
        return true;
    }
    const struct lexicon_entry *entry = piece_phrase(doc, at, PIECE_UNITS, &end);
    const struct doc_piece *piece = piece_at(doc, at);
    if (!entry || !(entry->more & UNIT_MEASURE))
        return false;
    bool letter = piece->to - piece->from <= 2 && end == at + 1;
    if (letter && (!number->digits || (piece->gap == GAP_BLANK && piece->to - piece->from < 2)))
        return false;
    if (piece_is(doc, at, "in") || (piece_is(doc, at, "g") && piece->gap != GAP_NONE))
        return false;
    struct slice unit = slice_from(unit_names[entry->value]);
    if (slice_is(unit, "km") && piece_is_sign(doc, end, '/') && piece_is(doc, end + 1, "h")) {
        unit = slice_from("km/h");
        end += 2;
    }
    *out = (struct amount){number->first, end, "measure", number->value, unit, SLICE_NULL, SURE};
    return true;
}

/* ---- counts ---- */

static const char *fate_name(uint32_t flags)
{
    if (flags & UNIT_KILL)
        return "KILL";
    if (flags & UNIT_WOUND)
        return "WOUND";
    if (flags & UNIT_ARREST)
        return "ARREST";
    if (flags & UNIT_DISPLACED)
        return "DISPLACED";
    if (flags & UNIT_KIDNAP)
        return "KIDNAP";
    return flags & UNIT_PROTEST ? "PROTEST" : NULL;
}

static bool is_plural(const struct doc *doc, size_t at)
{
    char word[PIECE_WORD_MAX];
    struct slice text = piece_word(doc, at, word);
    uint32_t flags = unit_flags(doc, at);
    if (flags & (UNIT_PEOPLE | UNIT_PLURAL))
        return true;
    if (flags & (UNIT_NOTPLURAL | UNIT_STOP) || text.len < 4 || text.data[text.len - 1] != 's')
        return false;
    char before = text.data[text.len - 2];
    return before != 's' && before != 'u' && before != 'i';
}

/* The plural noun behind a number: [*first, *end). */
static bool noun_behind(const struct doc *doc, size_t at, size_t *first, size_t *end)
{
    *first = at;
    if (piece_is(doc, at, "of") && piece_is(doc, at + 1, "the"))
        *first = at + 2;
    for (size_t i = *first; i < *first + NOUN_PIECES && piece_goes_on(doc, i); i++) {
        const struct doc_piece *piece = piece_at(doc, i);
        if (piece->kind == PIECE_SIGN && piece->sign == '-' && piece->gap == GAP_NONE)
            continue;
        if (piece->kind != PIECE_LETTERS || unit_flags(doc, i) & UNIT_STOP)
            return false;
        uint32_t fate = unit_flags(doc, i) & (UNIT_KILL | UNIT_WOUND | UNIT_ARREST);
        if (i == *first && fate)
            return false; /* "12 killed": nobody is named */
        if (is_plural(doc, i)) {
            *end = i + 1;
            return true;
        }
    }
    return false;
}

/* What became of those counted, behind them: "were killed", "have been displaced", "killed". */
static uint32_t fate_behind(const struct doc *doc, size_t at)
{
    for (size_t i = at; i < at + FATE_PIECES && piece_goes_on(doc, i); i++) {
        const struct doc_piece *piece = piece_at(doc, i);
        uint32_t flags = unit_flags(doc, i);
        if (piece->kind != PIECE_LETTERS)
            return 0;
        if (fate_name(flags))
            return flags;
        if (!(flags & UNIT_STOP))
            return 0;
    }
    return 0;
}

/* The same before the number: "killing at least 12 people". */
static uint32_t fate_before(const struct doc *doc, size_t at)
{
    for (size_t i = 0; i < FATE_PIECES && at > 0; i++) {
        if (!piece_goes_on(doc, at))
            return 0;
        at--;
        uint32_t flags = unit_flags(doc, at);
        if (piece_at(doc, at)->kind != PIECE_LETTERS)
            return 0;
        if (fate_name(flags))
            return flags;
        if (!(flags & UNIT_APPROXIMATE))
            return 0;
    }
    return 0;
}

static bool count_of(const struct doc *doc, const struct number *number, struct amount *out)
{
    size_t first, end;
    const char *fate = NULL;
    if (!number->whole || number->value < 0)
        return false;
    *out = (struct amount){number->first, number->end, "count",   number->value,
                           SLICE_NULL,    SLICE_NULL,  SURE - 0.1};
    uint32_t own = unit_flags(doc, number->end);
    if (fate_name(own) && piece_goes_on(doc, number->end) && !is_plural(doc, number->end)) {
        out->unit = slice_from(fate_name(own)); /* "12 killed" */
        out->object = slice_from("people");
        return true;
    }
    if (!noun_behind(doc, number->end, &first, &end))
        return false;
    out->object = pieces_text(doc, first, end);
    /* What is said of them counts for more than what they are: "45 protesters were arrested". */
    fate = fate_name(fate_behind(doc, end));
    if (!fate)
        fate = fate_name(fate_before(doc, number->first));
    for (size_t i = first; i < end && !fate; i++) /* "displaced civilians", "protesters" */
        fate = fate_name(unit_flags(doc, i));
    if (fate)
        out->unit = slice_from(fate);
    return true;
}

/* ---- the stage ---- */

/* "one" that counts nothing: the one, no one, one another. */
static bool is_pronoun(const struct doc *doc, const struct number *number)
{
    static const char *const before[] = {"the",  "this", "that",  "no",      "any",  "every",
                                         "each", "some", "which", "another", "only", "everyone"};
    if (!piece_is(doc, number->first, "one") || number->end != number->first + 1)
        return false;
    if (piece_is(doc, number->end, "another") ||
        (number->first > 0 && piece_is_sign(doc, number->first - 1, '-')))
        return true;
    for (size_t i = 0; number->first > 0 && i < sizeof before / sizeof *before; i++)
        if (piece_is(doc, number->first - 1, before[i]) && piece_goes_on(doc, number->first))
            return true;
    return false;
}

/* Most pieces begin nothing: this is what they cost. */
static bool may_begin(const struct doc *doc, size_t at)
{
    const struct doc_piece *piece = &doc->pieces[at];
    uint32_t len = piece->to - piece->from;
    if (number_may_begin(doc, at))
        return true;
    if (piece->kind == PIECE_SIGN)
        return piece->sign == '$';
    return piece_is_sign(doc, at + 1, '$') ||
           (piece->capital && (len == 3 || len == 4) && is_capitals(doc, at));
}

static bool amount_at(const struct doc *doc, size_t at, struct amount *out)
{
    struct number number;
    if (money_before(doc, at, out) || percent_before(doc, at, out))
        return true;
    if (!number_read(doc, at, &number))
        return false;
    if (percent_of(doc, &number, out) || money_behind(doc, &number, out) ||
        measure_of(doc, &number, out))
        return true;
    if (number.digits && piece_at(doc, number.end)->kind == PIECE_LETTERS &&
        piece_at(doc, number.end)->gap == GAP_NONE && number.end < doc->piece_count)
        return false; /* 5th, 3G, 747s: a name of something */
    if (is_pronoun(doc, &number))
        return false;
    if (count_of(doc, &number, out))
        return true;
    *out = (struct amount){number.first, number.end, "number", number.value,
                           SLICE_NULL,   SLICE_NULL, BARE};
    return true;
}

static bool add(struct finder *finder, const struct amount *amount)
{
    const struct doc *doc = finder->doc;
    uint32_t from = piece_at(doc, amount->first)->from, to = piece_at(doc, amount->end - 1)->to;
    void *items = finder->items;
    struct result_amount *item =
        arena_push(&items, &finder->count, &finder->capacity, sizeof *finder->items, finder->arena);
    finder->items = items;
    if (!item)
        return false;
    *item = (struct result_amount){.start = doc_point(doc, from),
                                   .end = doc_point(doc, to),
                                   .text = slice_sub(doc->text, from, to),
                                   .kind = slice_from(amount->kind),
                                   .value = amount->value,
                                   .unit = amount->unit,
                                   .object = amount->object,
                                   .confidence = amount->confidence};
    return true;
}

/* All of it is part of a date: 1945 is a year. */
static bool is_dated(const struct doc *doc, const struct amount *amount)
{
    for (size_t i = amount->first; i < amount->end; i++)
        if (!(piece_at(doc, i)->hints & PIECE_DATED))
            return false;
    return true;
}

enum status amounts_run(struct doc *doc, struct arena *arena)
{
    struct finder finder = {.doc = doc, .arena = arena};
    for (size_t at = 0; at < doc->piece_count;) {
        struct amount amount;
        if (!may_begin(doc, at) || !amount_at(doc, at, &amount)) {
            at++;
            continue;
        }
        if (!is_dated(doc, &amount) && !add(&finder, &amount))
            return STATUS_REJECT;
        at = amount.end;
    }
    doc->result->amounts.items = finder.items;
    doc->result->amounts.count = finder.count;
    return STATUS_OK;
}
